//! The command line, the configuration, and what must never be printed (I11).

use super::process::{Bot, nameless, variables};
use crate::support::app::{quick_simulator, real_postgres};
use crate::support::people::{chatting, press, sees};
use nameless_simulator::{Outgoing, Simulator};
use std::process::Output;

fn run(args: &[&str], variables: &[(&str, String)]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = nameless(args, variables).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn set(name: &'static str, value: &str) -> (&'static str, String) {
    (name, value.to_owned())
}

#[test]
fn every_problem_is_told_at_once() {
    let (code, out, err) = run(&["serve"], &[]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("BOT_TOKEN"), "{err}");
    let wrong = [set("BOT_TOKEN", "no-token-SECRETPART"), set("CHAT_RATE", "fast"), set("HTTP_ADDR", "here")];
    let (code, _, err) = run(&["serve"], &wrong);
    assert_eq!(code, Some(2));
    for name in ["BOT_TOKEN", "CHAT_RATE", "HTTP_ADDR"] {
        assert!(err.contains(name), "{name} is not in {err}");
    }
    assert!(!err.contains("SECRETPART"), "{err}");
}

#[test]
fn check_config_shows_no_secret() {
    let given = [
        set("BOT_TOKEN", "12345:SECRETPART"),
        set("DATABASE_URL", "postgresql://u:SECRETPART@127.0.0.1/x"),
        set("ADMIN_TOKEN", "SECRETPART-SECRETPART"),
        set("CHAT_RATE", "3"),
    ];
    let (code, out, err) = run(&["check-config"], &given);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        out.contains("CHAT_RATE") && !out.contains("SECRETPART") && !err.contains("SECRETPART"),
        "{out}{err}"
    );
}

/// What stands behind the values is on the screen, however long one of them is; and who reads may
/// go, as `head` does.
#[test]
fn an_answer_fits_and_may_be_cut_off() {
    let given = [set("BOT_TOKEN", "12345:abc"), set("OTEL_SERVICE_NAME", &"long".repeat(60))];
    let (code, out, err) = run(&["check-config"], &given);
    assert_eq!(code, Some(0), "{err}");
    let rate = out.lines().find(|line| line.starts_with("CHAT_RATE")).expect("its line");
    assert!(rate.ends_with("built in") && rate.len() < 110, "{rate}");
    for args in [&["check-config"][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = nameless(args, &given);
        let done = command.stdout(writer).output().expect("it runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && !said.contains("panic"), "{args:?}: {said}");
    }
}

#[test]
fn help_tells_the_commands() {
    let (code, out, _) = run(&["--help"], &[]);
    assert_eq!(code, Some(0));
    for word in ["serve", "demo", "migrate", "check-config", "simulator"] {
        assert!(out.contains(word), "{out}");
    }
    assert_eq!(run(&["fly"], &[]).0, Some(2));
}

fn migrate_there_and_back(variables: &[(&str, String)]) {
    let migrate = |args: &[&str]| {
        let (code, out, err) = run(&[&["migrate"], args].concat(), variables);
        assert_eq!(code, Some(0), "{args:?}: {err}");
        out
    };
    assert!(migrate(&["status"]).contains("not applied"));
    assert!(migrate(&["up"]).contains("applied"));
    assert!(!migrate(&["status"]).contains("not applied"));
    assert_eq!(migrate(&["up"]), "nothing to do\n");
    assert!(migrate(&["down"]).contains("taken back"));
    assert!(migrate(&["status"]).contains("not applied"));
}

#[test]
fn migrations_on_a_private_cluster() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [set("DATA_DIR", &folder.path().display().to_string())];
    for question in ["status", "plan"] {
        let (code, _, err) = run(&["migrate", question], &variables);
        assert!(code == Some(1) && err.contains("there is no database"), "{err}");
        assert!(!folder.path().join("postgres").exists(), "a question makes nothing");
    }
    for step in ["up", "down"] {
        assert_eq!(run(&["migrate", step], &variables).0, Some(0), "{step}");
    }
    migrate_there_and_back(&variables);
}

#[test]
fn migrations_on_a_real_postgres() {
    let Some((_server, url)) = real_postgres() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().display().to_string();
    migrate_there_and_back(&[set("DATA_DIR", &dir), set("DATABASE_URL", &url)]);
}

#[test]
fn a_data_folder_has_one_owner() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let folder = tempfile::tempdir().expect("a folder");
    let variables = variables(&simulator.url(), folder.path());
    let bot = Bot::serve(&variables);
    let (code, out, err) = run(&["serve"], &variables);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.lines().count() == 1 && err.contains("in use"), "{err}");
    bot.stop();
}

/// Says and does things that must not be found in what the process prints.
async fn nothing_is_printed(level: &str) {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    let token = "424242:TOKENSECRET_abcdefghijklmnopqrstuvw";
    world.default_bot(token);
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    // What cannot be said to a server that is away is not waited for.
    variables.extend([set("BOT_TOKEN", token), set("RUST_LOG", level), set("DRAIN_TIMEOUT", "5s")]);
    let mut bot = Bot::serve(&variables);
    let (anna, boris) = chatting(&world, "zanna", "zboris").await;
    anna.send_text("wordsthatnobodymayread");
    let seen = sees(&boris, "wordsthatnobodymayread").await;
    boris.reply(seen.message_id, "answerthatnobodymayread");
    sees(&anna, "answerthatnobodymayread").await;
    anna.send(Outgoing::document().file_name("zanna-passport.pdf").caption("captionthatnobodymayread"));
    boris
        .wait_for(crate::support::people::PATIENCE, |m| m.caption() == Some("captionthatnobodymayread"))
        .await
        .expect("a document");
    anna.send_text("/stop");
    press(&boris, "fb:up").await;
    // Somebody who cannot be reached, and a server that goes away.
    boris.block_bot();
    drop(simulator);
    bot.wait_line("updates could not be fetched");
    let printed = bot.stop();
    println!("{level}: {} lines", printed.lines().count());
    for secret in ["TOKENSECRET", "nobodymayread", "zanna", "zboris"] {
        let line = printed.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "at {level}, “{secret}” is printed");
    }
}

#[tokio::test]
async fn debug_logs_hold_no_words_no_names_no_token() {
    nothing_is_printed("debug").await;
}

#[tokio::test]
async fn trace_logs_hold_no_words_no_names_no_token() {
    nothing_is_printed("trace").await;
}
