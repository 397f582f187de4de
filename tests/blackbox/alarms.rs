//! What the bot tells its operators by itself: a database that goes away and comes back, an update
//! that was set aside.

use super::admin::{GROUP, answered, orders, staff, staffed_with};
use crate::support::app::{Options, Place, spawn_app};
use crate::support::people::{PATIENCE, onboard, person};
use crate::support::postgres::{Postgres, STOPPED};
use nameless_actors::env::Faults;
use nameless_simulator::{Outgoing, SimUser};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

fn watched(options: Options) -> Options {
    options.with("ALERT_AFTER", "1s")
}

/// How often the group was told something of it.
fn told(user: &SimUser, part: &str) -> usize {
    let chat = user.group_chat(GROUP);
    chat.iter().filter(|m| m.from_bot && m.text().is_some_and(|text| text.contains(part))).count()
}

#[tokio::test]
async fn the_operators_hear_once_that_the_database_is_away_and_once_that_it_is_back() {
    let Some(mut server) = Postgres::start(STOPPED) else { return };
    server.create("nameless");
    let place = Place::Server(server.url("nameless"));
    let options = watched(Options { place, ..staff() }).with("DATABASE_STATEMENT_TIMEOUT", "5s");
    let (app, owner, _) = staffed_with(options).await;
    let anna = person(&app.world, "anna");
    onboard(&anna, 0).await;
    assert_eq!(told(&owner, "The database does not answer"), 0, "nothing is wrong yet");

    server.stop();
    // Somebody needs it.
    anna.send_text("/search");
    let away = answered(&owner, 0, "The database does not answer").await;
    assert!(away.text().is_some_and(|text| text.contains("docs/operations.md#database")), "{away:?}");
    server.start_again();
    let back = answered(&owner, away.message_id, "Over after").await;
    assert!(back.text().is_some_and(|text| text.contains("The database does not answer")), "{back:?}");
    assert_eq!(told(&owner, "🔴 The database does not answer"), 1);
    assert!(app.engine.meters().list().contains(&("store_waits", 0)), "within {PATIENCE:?}");
}

#[tokio::test]
async fn an_update_that_was_set_aside_is_told_at_once() {
    let faults = Faults { poison: Some("pOiSoN".into()), ..Faults::default() };
    let options = watched(Options { faults, ..staff() });
    let (app, owner, _) = staffed_with(options).await;
    let anna = person(&app.world, "anna");
    anna.send_text("pOiSoN");
    let line = answered(&owner, 0, "An update failed twice").await;
    assert!(line.text().is_some_and(|text| text.contains("docs/operations.md#dead-letters")), "{line:?}");
}

/// Waits for what the bot says in a group of this number.
async fn says(user: &SimUser, group: i64, part: &str) {
    let said = || {
        let chat = user.group_chat(group);
        chat.iter().any(|m| m.from_bot && m.text().is_some_and(|text| text.contains(part)))
    };
    let waiting = async {
        while !said() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("nothing with “{part}”"));
}

/// Guards: what `greet` asks before it leaves, `Moves`, and the look at the start.
#[tokio::test]
async fn operators_whose_group_becomes_a_supergroup_are_followed() {
    let (app, owner, _) = staffed_with(watched(staff())).await;
    orders(&owner, "health", "ready").await;
    let now = owner.group_becomes_supergroup(GROUP).expect("it does");
    let line = format!("ALERTS_CHAT_ID={now}");
    says(&owner, now, &line).await;
    // What operators write there is heard, and answered there.
    owner.in_group(now, Outgoing::text("health")).expect("it is sent");
    says(&owner, now, "ready").await;
    let times = |part: &str| {
        let chat = owner.group_chat(now);
        chat.iter().filter(|m| m.from_bot && m.text().is_some_and(|text| text.contains(part))).count()
    };
    assert_eq!(times("private chats"), 0, "it does not leave");
    assert_eq!(times(&line), 1, "once");
    // With the setting of before a new life finds it by itself.
    let (world, data_dir) = app.stop();
    let options = Options { world: Some(world), data_dir: Some(data_dir), ..watched(staff()) };
    let _app = spawn_app(options);
    let told_again = async {
        while times(&line) < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, told_again).await.expect("it is told again");
    owner.in_group(now, Outgoing::text("health")).expect("it is sent");
    let answered_again = async {
        while times("ready") < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, answered_again).await.expect("it is answered again");
}

/// A server of TLS that shows a certificate which has ended, as one that nobody renews any more.
fn with_an_old_certificate() -> u16 {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut wanted = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    wanted.not_after = rcgen::date_time_ymd(2026, 1, 31);
    let certificate = wanted.self_signed(&key).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a server");
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").expect("a port"));
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut connection = rustls::ServerConnection::new(config.clone()).expect("a connection");
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        }
    });
    port
}

#[tokio::test]
async fn a_certificate_that_nobody_renews_is_told() {
    let at = format!("https://localhost:{}", with_an_old_certificate());
    let (_app, owner, _) = staffed_with(watched(staff()).with("PUBLIC_URL", at)).await;
    let line = answered(&owner, 0, "A certificate of the bot's address").await;
    assert!(line.text().is_some_and(|text| text.contains("docs/operations.md#certificate")), "{line:?}");
}
