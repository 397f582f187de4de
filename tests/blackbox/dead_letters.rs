//! What could not be handled, looked at and replayed by an operator with the command line.

use crate::common::{counted, marker, texts, together, told};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::cluster::on_store;
use crate::support::people::{PATIENCE, chatting, onboard, pair, person, sees, sees_part};
use nameless::store::{DeadUpdate, PgStore};
use nameless_actors::env::Faults;
use nameless_actors::ports::{Store, Write};
use nameless_simulator::SimUser;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const WORDS: &str = "pOiSoN for you";

/// An application that fails whenever it handles [`WORDS`].
fn failing() -> Options {
    Options { faults: Faults { poison: Some("pOiSoN".into()), ..Faults::default() }, ..Options::default() }
}

/// Sends what fails; returns when it is set aside and kept.
async fn set_aside(app: &TestApp, user: &SimUser) {
    let before = app.count("dead_letters");
    user.send_text(WORDS);
    sees_part(user, "Something broke on our side").await;
    counted(app, "dead_letters", before + 1).await;
}

/// The program itself.
fn program(folder: &Path, database: Option<&str>, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.arg("dead-letters").args(args).env_clear().stdin(Stdio::null()).current_dir(std::env::temp_dir());
    command.env("DATA_DIR", folder).env("RUST_LOG", "warn");
    command.envs(database.map(|url| ("DATABASE_URL", url)));
    command.output().expect("the program runs")
}

/// What it prints if all is well.
pub fn says(folder: &Path, database: Option<&str>, args: &[&str]) -> String {
    let output = program(folder, database, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// The positions that are listed.
pub fn listed(folder: &Path, database: Option<&str>) -> Vec<String> {
    let text = says(folder, database, &["list"]);
    text.lines().skip(1).filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect()
}

/// Waits until no letter is marked any more.
async fn taken(folder: &Path, url: &str) {
    let taken = async {
        while says(folder, Some(url), &["list"]).contains("asked 20") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("the bot takes what is marked");
}

#[tokio::test]
async fn a_replayed_message_reaches_the_partner_if_the_chat_still_goes_on() {
    let app = spawn_app(failing());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    set_aside(&app, &anna).await;
    marker(&anna, &boris).await;
    // Beside the running bot as well as on its folder alone.
    let seqs = listed(app.data_dir.path(), None);
    let [seq] = &seqs[..] else { panic!("{seqs:?}") };

    let (world, folder) = app.stop();
    assert_eq!(listed(folder.path(), None), seqs);
    let shown = says(folder.path(), None, &["show", seq]);
    assert!(shown.contains("given up after 2 tries") && !shown.contains("pOiSoN"), "{shown}");
    assert!(says(folder.path(), None, &["show", seq, "--raw"]).contains(WORDS));
    for (args, code) in [(["show", "1"], 1), (["replay", "1"], 1), (["drop", "1"], 1), (["drop", "x"], 2)] {
        assert_eq!(program(folder.path(), None, &args).status.code(), Some(code), "{args:?}");
    }
    assert!(says(folder.path(), None, &["replay", seq]).contains("1 marked"));

    // The fault is mended.
    let app = spawn_app(Options { world: Some(world), data_dir: Some(folder), ..Options::default() });
    sees(&boris, WORDS).await;
    counted(&app, "dead_letters_replayed", 1).await;
    together(&anna, &boris).await;
    assert_eq!(texts(&boris, 0).iter().filter(|t| *t == WORDS).count(), 1);
    let (_world, folder) = app.stop();
    assert_eq!(says(folder.path(), None, &["list"]), "no dead letters\n");
}

/// I4. Guard: the position that a replayed update keeps.
#[tokio::test]
async fn a_replayed_message_never_reaches_another_partner() {
    let app = spawn_app(failing());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let clara = person(&app.world, "clara");
    onboard(&clara, 0).await;
    set_aside(&app, &anna).await;
    anna.send_text("/stop");
    sees_part(&boris, "The other person ended the chat").await;
    pair(&anna, &clara).await;
    marker(&anna, &clara).await;
    let (world, folder) = app.stop();
    says(folder.path(), None, &["replay", "--all"]);
    let app = spawn_app(Options { world: Some(world), data_dir: Some(folder), ..Options::default() });
    told(&anna, 0, "before this chat began").await;
    counted(&app, "dead_letters_replayed", 1).await;
    together(&anna, &clara).await;
    for other in [&boris, &clara] {
        assert!(!texts(other, 0).iter().any(|t| t == WORDS));
    }
}

/// A bot that runs is told through the database; what fails again is set aside again.
#[tokio::test]
async fn a_running_bot_takes_what_is_marked() {
    let Some((_server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url.clone()), ..failing() });
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    set_aside(&app, &anna).await;
    let folder = app.data_dir.clone();
    let seqs = listed(folder.path(), Some(&url));
    assert_eq!(seqs.len(), 1);
    says(folder.path(), Some(&url), &["replay", "--all"]);
    counted(&app, "dead_letters", 2).await;
    taken(folder.path(), &url).await;
    assert_eq!(listed(folder.path(), Some(&url)), seqs, "the same letter, once more");
    assert_eq!(app.count("dead_letters_replayed"), 1);
    marker(&anna, &boris).await;

    let (world, folder) = app.stop();
    let options = Options {
        place: Place::Server(url.clone()),
        world: Some(world),
        data_dir: Some(folder.clone()),
        ..Options::default()
    };
    let app = spawn_app(options);
    marker(&anna, &boris).await;
    says(folder.path(), Some(&url), &["replay", &seqs[0]]);
    sees(&boris, WORDS).await;
    taken(folder.path(), &url).await;
    assert!(listed(folder.path(), Some(&url)).is_empty());
    assert_eq!(texts(&boris, 0).iter().filter(|t| *t == WORDS).count(), 1);

    set_aside_by_hand(&app).await;
    assert!(says(folder.path(), Some(&url), &["drop", "--all"]).contains("1 dropped"));
    assert!(listed(folder.path(), Some(&url)).is_empty());
}

/// A letter that nothing has come of yet.
async fn set_aside_by_hand(app: &TestApp) {
    let env = app.engine.env();
    let write = Write::DeadLetter {
        seq: nameless_domain::ids::Seq(4),
        update_id: 4,
        user: nameless_domain::ids::UserId(4),
        at: env.clock.now(),
        error: "by hand".into(),
        raw: "{}".into(),
    };
    env.store.write(vec![write].into()).await.expect("written");
}

/// Killed after the update was accepted again and before the letter was removed: the letter stands
/// there, marked as before. Guard: the number of the wish in the journal.
#[tokio::test]
async fn a_wish_is_granted_once_even_if_the_letter_survives() {
    let app = spawn_app(failing());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    set_aside(&app, &anna).await;
    let (world, folder) = app.stop();
    says(folder.path(), None, &["replay", "--all"]);
    let letter = on_store(folder.path(), async |store: &PgStore| {
        let marked = store.asked_replays(1).await.expect("an answer").remove(0);
        store.dead_letter(marked.seq).await.expect("an answer").expect("a letter")
    })
    .await;
    let again = Options { world: Some(world), data_dir: Some(folder), ..Options::default() };
    let app = spawn_app(again);
    sees(&boris, WORDS).await;
    marker(&anna, &boris).await;
    let (world, folder) = app.stop();

    let DeadUpdate { letter, raw } = letter;
    on_store(folder.path(), async |store: &PgStore| {
        assert!(store.dead_letters(1).await.expect("an answer").is_empty());
        let (seq, update_id, user, at) = (letter.seq, letter.update_id, letter.user, letter.at);
        let error = letter.error.clone();
        store
            .write(vec![Write::DeadLetter { seq, update_id, user, at, error, raw: raw.clone() }].into())
            .await
            .expect("written");
        store.ask_replay(Some(seq), letter.replay_asked.expect("a mark")).await.expect("marked");
    })
    .await;
    let again = Options { world: Some(world), data_dir: Some(folder.clone()), ..Options::default() };
    let app = spawn_app(again);
    let gone = async {
        while !listed(folder.path(), None).is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the wish was granted before: the letter goes");
    together(&anna, &boris).await;
    assert_eq!(texts(&boris, 0).iter().filter(|t| *t == WORDS).count(), 1);
    assert_eq!(app.count("dead_letters_replayed"), 0);
    let (_world, folder) = app.stop();
    assert!(listed(folder.path(), None).is_empty(), "and the letter is gone");
}
