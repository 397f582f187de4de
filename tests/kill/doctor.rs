//! `nameless doctor` sees each fault, and says what to do.

use super::process::{nameless, variables};
use crate::support::app::{TOKEN, quick_simulator, real_postgres};
use nameless_simulator::{NewUser, Simulator};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
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

/// A server that answers everybody with the same; its address.
fn says(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut caller in listener.incoming().flatten() {
            let _ = caller.read(&mut [0; 4096]);
            let _ = caller.write_all(answer.as_bytes());
        }
    });
    format!("http://{at}")
}

/// A file of one back end.
fn companions(url: &str, key: &str) -> String {
    format!(
        "[day]\nperson = 0.1\nall = 1.0\n[help]\nconfirmed = \"a test\"\nru = \"где помогут\"\nen = \"where to find help\"\n\
         [[model]]\nname = \"home\"\nurl = \"{url}/v1\"\nmodels = [\"m\"]\ncontext = 8192\nanswer = 400\nfree = true\n{key}"
    )
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
    // Of several, each line says whose it is.
    pools.hears(all, "token", "main: @");
    pools.hears(all, "webhook", "two: none");
    let gated = patient.with("GATE_CHANNEL", "@example_channel");
    gated.hears(1, "channel", "everybody comes in: make the bot an administrator");
    simulator.world().set_told("@example_channel", true);
    gated.hears(all, "channel", "the bot is told who has joined");
    patient.with("GATE_CHANNEL", "-1001234567890").hears(1, "channel", "set GATE_LINK");

    patient.hears(all, "clock", "as Telegram's");
    let late =
        says("HTTP/1.1 404 Not Found\r\nDate: Mon, 01 Jan 2001 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n");
    patient.with("TELEGRAM_API_URL", &late).hears(2, "clock", "ahead of Telegram's: have it kept by NTP");

    let (file, key) = (folder.path().join("backends.toml"), folder.path().join("backend.key"));
    let characters = patient.with("COMPANIONS", &file.display().to_string());
    fs::write(&key, "a key").expect("written");
    let keyed = format!("key_file = \"{}\"", key.display());
    for (url, key, code, words) in [
        ("http://127.0.0.1:1".to_owned(), "", 1, "home does not answer"),
        (says("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"), "", 1, "home wants a key"),
        (
            says("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"),
            keyed.as_str(),
            1,
            "does not take its key",
        ),
        (says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), "", 1, "home wants a key"),
        (
            says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
            keyed.as_str(),
            1,
            "does not take its key",
        ),
        (says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "", all, "the back ends answer"),
    ] {
        fs::write(&file, companions(&url, key)).expect("written");
        characters.hears(code, "characters", words);
    }
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
