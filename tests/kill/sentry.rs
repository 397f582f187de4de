//! What leaves for Sentry when updates break: which update, and what the log said. Never what
//! people or Telegram said (I11).

use super::process::PATIENCE;
use super::server::{Reply, Server};
use crate::support::app::{Options, Place, quick_simulator, spawn_against};
use crate::support::cluster;
use crate::support::people::{chatting, sees};
use nameless::config::{LogFormat, Logging, Tracing};
use nameless::telemetry;
use nameless_actors::env::Faults;
use nameless_simulator::{Outgoing, Simulator};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CHILD: &str = "NAMELESS_TEST_SENTRY_CHILD";
const URL: &str = "NAMELESS_TEST_SENTRY_URL";
const DSN: &str = "NAMELESS_TEST_SENTRY_DSN";
/// Made up; in two parts, so that nobody takes it for a real one.
const TOKEN: &str = concat!("987654321", ":AAcanaryOfTheToken_0123456789abcdefg");

/// None of these may be found in any byte that leaves.
const CANARIES: [&str; 14] = [
    "AAcanaryOfTheToken",
    "canarykey",
    "79161234567",
    "916 123",
    "canary words",
    "canaryFirst",
    "canary_username",
    "AAHdCanaryInitData",
    "c501b71e775f74ce",
    "canaryfile.jpg",
    "stxCanaryCharge",
    "canaryprovider",
    // ESC, as JSON writes it.
    "\\u001b",
    "forged line",
];

/// Not a test by itself: the process that reports.
#[test]
fn child_serves_and_reports() {
    let (Ok(dir), Ok(url), Ok(dsn)) = (std::env::var(CHILD), std::env::var(URL), std::env::var(DSN)) else {
        return;
    };
    let filter = "info".to_owned();
    let logging = Logging {
        format: LogFormat::Json,
        filter,
        sentry_dsn: Some(dsn.into()),
        tracing: Tracing::default(),
    };
    telemetry::init(&logging).expect("logs");
    telemetry::install_panic_hook();
    let nobody = Simulator::start(quick_simulator()).expect("a simulator").world();
    let faults = Faults { poison: Some("pOiSoN".into()), ..Faults::default() };
    let options = Options { place: Place::Private, faults, ..Options::default() };
    let _app = spawn_against(&url, nobody, options.with("DATA_DIR", dir).with("BOT_TOKEN", TOKEN));
    loop {
        std::thread::park();
    }
}

struct Bot(Child);

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn events(sentry: &Server) -> Vec<Value> {
    let seen = sentry.seen();
    seen.iter()
        .map(|r| serde_json::from_str(r.text().lines().nth(2).expect("an event")).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn a_broken_update_is_reported_and_nothing_of_it() {
    let sentry = Server::start(|_| Reply::Body(200, b"{}".to_vec()));
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    cluster::prepare(folder.path());
    let dsn = sentry.url().replace("http://", "http://canarykey@") + "/under/42";
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "sentry::child_serves_and_reports", "--nocapture"])
        .env(CHILD, folder.path())
        .env(URL, simulator.url())
        .env(DSN, dsn)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let _bot = Bot(child);
    let (anna, boris) = chatting(&world, "canary", "boris").await;
    let words =
        "pOiSoN canary words, +79161234567, 8 (916) 123-45-67 \u{1b}[31m\nERROR nameless: forged line";
    let more = json!({
        "successful_payment": {"telegram_payment_charge_id": "stxCanaryCharge_0123456789", "provider_payment_charge_id": "canaryprovider:1"},
        "web_app_data": {"data": "query_id=AAHdCanaryInitData0123456789&hash=c501b71e775f74ce10e377dea85a7ea2", "button_text": "x"},
        "link": format!("https://api.telegram.org/file/bot{TOKEN}/photos/canaryfile.jpg"),
    });
    // As a text it breaks the session, twice; with all the rest of what Telegram may say with it.
    let link = more["link"].as_str().expect("a link").to_owned();
    anna.send(
        Outgoing::text(format!("{words} {link}")).with_raw(json!({ "web_app_data": more["web_app_data"] })),
    );
    sees_broken(&anna).await;
    anna.send(Outgoing::raw(json!({ "successful_payment": more["successful_payment"], "text": "pOiSoN" })));
    // Whoever is not concerned notices nothing.
    boris.send_text("and on it goes");
    sees(&anna, "and on it goes").await;

    let until = Instant::now() + PATIENCE;
    let of_update =
        |event: &Value| event["tags"]["update_id"].as_str().is_some_and(|id| id.parse::<i64>().is_ok());
    while events(&sentry).iter().filter(|event| of_update(event)).count() < 2 {
        assert!(Instant::now() < until, "{:#?}", events(&sentry));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seen = sentry.seen();
    let panicked = events(&sentry)
        .into_iter()
        .find(|e| e["logentry"]["formatted"].as_str().is_some_and(|s| s.contains("panicked")));
    let panicked = panicked.expect("the session's panic");
    assert!(
        panicked["breadcrumbs"]["values"].as_array().is_some_and(|crumbs| !crumbs.is_empty()),
        "{panicked:#}"
    );
    for request in &seen {
        assert_eq!(request.path, "/under/api/42/envelope/");
        let text = request.text();
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} left: {text}");
        }
    }
    println!(
        "{} envelopes, {} bytes: {panicked:#}",
        seen.len(),
        seen.iter().map(|r| r.body.len()).sum::<usize>()
    );
}

async fn sees_broken(user: &nameless_simulator::SimUser) {
    let said = user.wait_for(PATIENCE, |m| {
        m.from_bot && m.text().is_some_and(|t| t.starts_with("Something broke on our side"))
    });
    said.await.unwrap_or_else(|e| panic!("nothing is said: {e}"));
}
