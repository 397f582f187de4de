//! Where somebody says that they are is in no log and in no file, however much is logged.

use super::process::{Bot, variables};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::people::{onboard, person, press, sees_part};
use nameless_simulator::{Outgoing, Simulator};
use std::path::Path;

/// Somewhere in Surgut, to the metre, and how it begins: no clock in a log shows so many seconds.
const EXACT: (f64, f64) = (61.253215, 73.422504);
const NEEDLES: [&str; 2] = ["61.2532", "73.4225"];

/// Every file below that holds any of it.
fn holding(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map_while(Result::ok) {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            holding(&path, found);
        } else if let Ok(bytes) = std::fs::read(&path) {
            let text = String::from_utf8_lossy(&bytes);
            found.extend(NEEDLES.iter().filter(|n| text.contains(**n)).map(|n| format!("{n} in {path:?}")));
        }
    }
}

#[tokio::test]
async fn an_exact_place_is_in_no_log_and_in_no_file() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = variables(&simulator.url(), folder.path());
    settings.push(("DATING", "on".to_owned()));
    settings.push(("RUST_LOG", "trace".to_owned()));
    let bot = Bot::serve(&settings);
    let anna = person(&world, "anna");
    onboard(&anna, 0).await;
    for (words, answer) in
        [("/dating", "When were you born?"), ("24.03.1998", "call you?"), ("Lisa", "send a place on the map")]
    {
        anna.send_text(words);
        sees_part(&anna, answer).await;
    }
    press(&anna, "dt:pin").await;
    sees_part(&anna, "Tap the button below").await;
    anna.send(Outgoing::location(EXACT.0, EXACT.1));
    sees_part(&anna, "Noted: Surgut").await;
    let printed = bot.stop();
    let line = printed.lines().find(|line| NEEDLES.iter().any(|needle| line.contains(needle)));
    assert_eq!(line, None, "a place is printed");
    let mut found = Vec::new();
    holding(folder.path(), &mut found);
    assert!(found.is_empty(), "{found:?}");
}
