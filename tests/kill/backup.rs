//! A backup of the private database beside the bot that runs on it, as an operator makes one, and a
//! new machine that is made of it.

use super::process::{Bot, nameless, variables};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::people::{chatting, sees};
use nameless_simulator::Simulator;
use std::fs;
use std::path::Path;
use std::process::Output;

fn run(args: &[&str], variables: &[(&str, String)]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = nameless(args, variables).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), format!("{}{}", text(stdout), text(stderr)))
}

fn well(args: &[&str], variables: &[(&str, String)]) -> String {
    let (code, said) = run(args, variables);
    assert_eq!(code, Some(0), "{args:?}: {said}");
    said
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_made_of_a_backup() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let [old, new, shelf] = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
    let at = |name: &str| shelf.path().join(name).display().to_string();
    let here = variables(&simulator.url(), old.path());
    let bot = Bot::serve(&here);
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    anna.send_text("before");
    sees(&boris, "before").await;

    let folder = at("backups");
    fs::create_dir(&folder).expect("made");
    let (code, said) = run(&["backup", &folder], &here);
    assert!(code == Some(1) && said.contains("BACKUP_RECIPIENT"), "{said}");
    let recipient = well(&["backup", "identity", &at("identity")], &here);
    let recipient = recipient.lines().next().expect("a recipient").to_owned();
    let with_recipient = [&here[..], &[("BACKUP_RECIPIENT", recipient)]].concat();
    // A folder that was forgotten does not become a file.
    let (code, said) = run(&["backup", &at("nowhere"), "--keep", "1"], &with_recipient);
    assert!(
        code == Some(1) && said.contains("make it first") && !Path::new(&at("nowhere")).exists(),
        "{said}"
    );
    // Beside the bot, which holds the folder.
    let said = well(&["backup", &folder, "--keep", "1"], &with_recipient);
    assert!(said.contains("data: ") && said.contains("keys: ") && said.contains(" rows "), "{said}");
    let files = names(Path::new(&folder));
    assert_eq!(files.len(), 2, "{files:?}");
    well(&["backup", &folder, "--keys-only"], &with_recipient);
    assert_eq!(names(Path::new(&folder)), files, "the keys have taken the place of the keys");
    let data = format!("{folder}/{}", files[0]);
    let refused = run(&["restore", &data, "--identity", &at("identity")], &here);
    assert!(refused.0 == Some(1) && refused.1.contains("in use"), "{refused:?}");
    let said = well(&["backup", "verify", &data, "--identity", &at("identity")], &here);
    assert!(said.contains("accounts") && said.contains("user_keys"), "{said}");
    bot.stop();

    // Without the key of the history a backup is of no use, and none is made up for it.
    let there = variables(&simulator.url(), new.path());
    let (code, said) = run(&["restore", &data, "--identity", &at("identity")], &there);
    assert!(code == Some(1) && said.contains("HISTORY_KEY"), "{said}");
    assert!(names(new.path()).is_empty());
    fs::copy(old.path().join("history.key"), new.path().join("history.key")).expect("copied");
    let said = well(&["restore", &data, "--identity", &at("identity")], &there);
    assert!(said.contains("restored: "), "{said}");
    let bot = Bot::serve(&there);
    boris.send_text("after");
    sees(&anna, "after").await;
    bot.stop();
}
