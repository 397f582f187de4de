//! `nameless doctor` sees each fault, and says what to do.

use super::process::{nameless, variables};
use crate::support::app::{TOKEN, quick_simulator, real_postgres};
use nameless_simulator::{NewUser, Simulator};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

struct Patient {
    variables: Vec<(&'static str, String)>,
}

impl Patient {
    fn with(&self, name: &'static str, value: &str) -> Patient {
        let mut variables = self.variables.clone();
        variables.retain(|(known, _)| *known != name);
        variables.push((name, value.to_owned()));
        Patient { variables }
    }

    /// What it says, and its exit code.
    fn asks(&self) -> (Option<i32>, String) {
        let Output { status, stdout, .. } = nameless(&["doctor"], &self.variables).output().expect("it runs");
        (status.code(), String::from_utf8(stdout).expect("UTF-8"))
    }

    /// The code, and a line with both words.
    fn hears(&self, code: i32, what: &str, words: &str) {
        let (found, said) = self.asks();
        let line = said.lines().find(|line| line.contains(what) && line.contains(words));
        assert!(line.is_some() && found == Some(code), "{what} {words}: {found:?}\n{said}");
    }
}

#[test]
fn each_fault_is_seen() {
    let Some((server, url)) = real_postgres() else { return };
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    simulator.world().default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    variables.push(("DATABASE_URL", url));
    variables.push(("HISTORY_KEY", "01".repeat(32)));
    let patient = Patient { variables };
    let (code, said) = patient.asks();
    // How many files this machine lets us open and how full its disk is are not ours to say.
    let of_the_machine = |line: &&str| matches!(line.split_whitespace().nth(1), Some("limits" | "disk"));
    let unwell: Vec<&str> =
        said.lines().filter(|line| !line.starts_with("well") && !of_the_machine(line)).collect();
    assert!(unwell.is_empty() && matches!(code, Some(0 | 1)), "{code:?} {said}");

    // What migrations left for later: begun by the next start, under way, done.
    patient.hears(code.expect("a code"), "backfills", "companion_recall waits for the next start");
    let migrated = nameless(&["migrate", "up"], &patient.variables).output().expect("it runs");
    assert!(migrated.status.success(), "{migrated:?}");
    patient.hears(code.expect("a code"), "backfills", "companion_recall is done (0 rows)");
    server.ask("nameless", "UPDATE backfills SET reached = NULL, ended = NULL");
    patient.hears(1, "MIND  backfills", "of 0 in companion_turns; ");
    patient.hears(1, "backfills", "run: nameless migrate fill");
    server.ask("nameless", "UPDATE backfills SET ended = 1");

    patient.with("BOT_TOKEN", "").hears(2, "token", "@BotFather");
    patient.with("TELEGRAM_API_URL", "http://127.0.0.1:1").hears(2, "telegram", "cannot be reached");
    patient.with("DATABASE_URL", "postgres://postgres@127.0.0.1:1/x").hears(2, "database", "not reachable");
    patient.with("ALERTS_CHAT_ID", "-1007770001").hears(1, "alerts", "chat not found");
    let (operator, all) = (simulator.world().add_user(NewUser::default()), code.expect("a code"));
    let group = operator.add_to_group();
    let alerts = patient.with("ALERTS_CHAT_ID", &group.to_string());
    alerts.hears(all, "alerts", "the chat is there");
    let now = operator.group_becomes_supergroup(group).expect("it does");
    alerts.hears(1, "alerts", &format!("set ALERTS_CHAT_ID={now}"));
    let pools = patient.with("BOT_TOKENS", "two=2:test").with("BOT_POOLS", "apart");
    pools.hears(all, "pools", "people of main, two are apart");
    patient.with("REDIS_URL", "redis://127.0.0.1:1").hears(1, "redis", "not reachable");
    let webhook = patient.with("WEBHOOK_URL", "https://bot.example.org/webhook/telegram");
    webhook.with("WEBHOOK_SECRET", &"5a".repeat(16)).hears(1, "webhook", "another one");
    patient.with("JOURNAL_MAX_BYTES", "900000GiB").hears(2, "disk", "JOURNAL_MAX_BYTES");
    let key = folder.path().join("history.key.old");
    fs::write(&key, "02".repeat(32)).expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("chmod");
    patient.hears(1, "files", "chmod 600");
    fs::remove_file(key).expect("removed");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("chmod");
    patient.hears(1, "files", "chmod go-w");
}
