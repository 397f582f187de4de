//! /feedback: a word to the operators, from the chat to their terminal.

use crate::common::{MAN, ask, member, tap};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::people::PATIENCE;
use nameless_simulator::SimUser;
use std::path::Path;
use std::process::{Command, Stdio};

const WORDS: &str = "the search is <slow> at night & my cat agrees";

/// What `nameless feedback list` prints.
fn list(folder: &Path, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.args(["feedback", "list"]).env_clear().stdin(Stdio::null()).current_dir(std::env::temp_dir());
    let output =
        command.env("DATA_DIR", folder).envs(variables.iter().copied()).output().expect("the program runs");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}\n{log}", output.status);
    assert!(!log.contains("slow"), "words are for the terminal, not for the log: {log}");
    String::from_utf8(output.stdout).expect("text")
}

async fn writes(app: &TestApp, variables: &[(&str, &str)]) -> SimUser {
    let anna = member(&app.world, "anna", MAN).await;
    let folder = app.data_dir.path();
    ask(&anna, "/feedback", "write it right after the command").await;
    assert_eq!(list(folder, variables), "nobody has written\n");
    ask(&anna, &format!("/feedback {WORDS}"), "will read it").await;
    ask(&anna, "/feedback and again", "in an hour").await;
    let listed = list(folder, variables);
    assert!(listed.contains(WORDS) && listed.contains(&anna.id().to_string()), "{listed}");
    assert!(!listed.contains("anna") && !listed.contains("again"), "{listed}");
    anna
}

#[tokio::test]
async fn words_reach_the_operators_and_go_with_the_user() {
    let app = spawn_app(Options::default());
    // The very first word of somebody who has answered nothing yet.
    let stranger = crate::support::people::person(&app.world, "stranger");
    ask(&stranger, "/feedback hello there", "will read it").await;
    assert!(list(app.data_dir.path(), &[]).contains("hello there"));
    erase(&stranger).await;
    until_nobody(&app).await;

    let anna = writes(&app, &[]).await;
    // It stays over a restart, and so does the hour.
    let (world, data_dir) = app.stop();
    assert!(list(data_dir.path(), &[]).contains(WORDS), "beside no running bot");
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    ask(&anna, "/feedback once more", "in an hour").await;
    erase(&anna).await;
    until_nobody(&app).await;
}

/// The screen that says so may be a moment ahead of the database.
async fn until_nobody(app: &TestApp) {
    let gone = async {
        while list(app.data_dir.path(), &[]) != "nobody has written\n" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("erased words go");
}

async fn erase(user: &SimUser) {
    ask(user, "/privacy", "Privacy").await;
    tap(user, "pv:erase").await;
    tap(user, "pv:erase-yes").await;
}

#[tokio::test]
async fn on_a_given_postgresql() {
    let Some((_server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url.clone()), ..Options::default() });
    writes(&app, &[("DATABASE_URL", &url)]).await;
}
