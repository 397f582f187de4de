//! Premium: granted by an operator with the command line, told by the bot, felt in searches.

use crate::common::{Answers, MAN, WOMAN, ask, found, member, metric, search, still_searching, tap, told};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::people::PATIENCE;
use crate::support::redis::RedisServer;
use nameless::config::ExposeSecret;
use nameless_simulator::SimUser;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const WANTS_MEN: Answers = Answers { wish: 2, ..WOMAN };

/// The program itself, run by an operator.
fn program(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.arg("premium").args(args).env_clear().stdin(Stdio::null()).current_dir(std::env::temp_dir());
    command.env("DATA_DIR", folder).envs(variables.iter().copied());
    command.output().expect("the program runs")
}

/// What it prints if all is well, and what it logs.
fn says(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> (String, String) {
    let output = program(folder, variables, args);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {}\n{log}", output.status);
    (String::from_utf8(output.stdout).expect("text"), log)
}

fn refused(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> String {
    let output = program(folder, variables, args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `ahead` is found before `free`, who has waited longer.
async fn goes_first(app: &TestApp, free: &SimUser, ahead: &SimUser) {
    search(free).await;
    search(ahead).await;
    let (mark, man) = (ahead.mark(), member(&app.world, "man", MAN).await);
    search(&man).await;
    found(ahead, mark).await;
    still_searching(free).await;
}

#[tokio::test]
async fn granted_to_a_stopped_bot_it_is_there_after_the_start() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WANTS_MEN).await;
    let boris = member(&app.world, "boris", WANTS_MEN).await;
    ask(&anna, "/premium", "You have no premium").await;
    let (id, nobody) = (anna.id().to_string(), (anna.id() + 1_000_000).to_string());
    assert!(refused(app.data_dir.path(), &[], &["revoke", &id]).contains("has no premium"), "beside the bot");

    let (world, data_dir) = app.stop();
    let folder = data_dir.path();
    assert!(refused(folder, &[], &["grant", &nobody]).contains("is not known"));
    assert!(refused(folder, &[], &["show", &nobody]).contains("is not known"));
    assert!(refused(folder, &[], &["revoke", &id]).contains("has no premium"));
    assert!(says(folder, &[], &["show", &id]).0.contains("has no premium"));
    let (said, log) = says(folder, &[], &["grant", &id, "--days", "3"]);
    assert!(said.contains("has premium until") && said.contains("within seconds"), "{said}");
    assert!(log.contains("an operator granted premium") && log.contains(&id), "{log}");
    assert!(!log.contains("anna"), "{log}");
    let before = says(folder, &[], &["show", &id]).0;
    assert!(says(folder, &[], &["grant", &id, "--days", "1"]).0 > before, "a day later");

    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    let until = ask(&anna, "/premium", "You have premium until").await;
    assert!(until.text().is_some_and(|text| text.contains(" UTC: your searches go before")), "{until:?}");
    ask(&boris, "/premium", "You have no premium").await;
    goes_first(&app, &boris, &anna).await;
    // In a chat, in the other language.
    tap_language(&anna).await;
    ask(&anna, "/premium", "Премиум действует до").await;

    let (world, data_dir) = app.stop();
    assert!(says(data_dir.path(), &[], &["revoke", &id]).0.contains("no premium any more"));
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    ask(&anna, "/premium", "Премиума у тебя нет").await;
    drop(app);
}

async fn tap_language(user: &SimUser) {
    ask(user, "/language", "language").await;
    tap(user, "set:lang:0").await;
}

/// Who looks at the entry in Redis; what it holds is sealed.
fn cached(server: &RedisServer, user: &SimUser) -> bool {
    let entry = format!("nameless:cache:entitlement:{}", user.id());
    server.command::<Option<Vec<u8>>>(&["GET", &entry]).is_some_and(|held| held[0] == b'V')
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let reached = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("does not come: {what}"));
}

/// Waits until nobody's session is in memory.
async fn forgotten(app: &TestApp) {
    until("the sessions leave", || app.count("sessions") == 0).await;
}

/// Guard: the removal of the cached answer. Without it, "no premium" would stand for ten minutes.
#[tokio::test]
async fn granted_beside_a_running_node_it_is_there_for_the_next_session() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let Some((_database, url)) = real_postgres() else { return };
    let redis = server.url().expose_secret().to_owned();
    let options = Options { place: Place::Server(url.clone()), ..Options::default() };
    let app = spawn_app(options.with("REDIS_URL", &redis).with("IDLE_AFTER", "1s"));
    let anna = member(&app.world, "anna", WANTS_MEN).await;
    let boris = member(&app.world, "boris", WANTS_MEN).await;
    ask(&anna, "/premium", "You have no premium").await;
    until("it is cached", || cached(&server, &anna)).await;
    forgotten(&app).await;
    let hits = metric(&app, "nameless_cache_hits_total{kind=\"entitlement\"}").await;
    ask(&anna, "/premium", "You have no premium").await;
    assert!(metric(&app, "nameless_cache_hits_total{kind=\"entitlement\"}").await > hits);

    let (id, folder) = (anna.id().to_string(), app.data_dir.clone());
    let variables = [("DATABASE_URL", &*url), ("REDIS_URL", &*redis)];
    let (said, _) = says(folder.path(), &variables, &["grant", &id]);
    assert!(said.contains("has premium until") && said.contains("within seconds\n"), "{said}");
    forgotten(&app).await;
    ask(&anna, "/premium", "You have premium until").await;
    goes_first(&app, &boris, &anna).await;
    ask(&anna, "/stop", "The chat is over").await;

    // I14: what is cached goes with the user.
    until("it is cached", || cached(&server, &anna)).await;
    ask(&anna, "/privacy", "Privacy").await;
    tap(&anna, "pv:erase").await;
    tap(&anna, "pv:erase-yes").await;
    told(&anna, 0, "we no longer remember you").await;
    until("it is not cached any more", || !cached(&server, &anna)).await;
    assert!(refused(folder.path(), &variables, &["show", &id]).contains("is not known"));

    // Without Redis the grant stands, and the operator hears that it is seen later.
    let id = boris.id().to_string();
    server.kill();
    let (said, _) = says(folder.path(), &variables, &["grant", &id]);
    assert!(said.contains("the cache could not be told"), "{said}");
    server.restart_empty();
    forgotten(&app).await;
    ask(&boris, "/premium", "You have premium until").await;
}
