//! The store over TLS, against a real PostgreSQL with certificates made here.

use crate::support::postgres::{FAST, Postgres};
use crate::support::proxy::{Proxy, Then};
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_actors::ports::{Store, StoreError};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// An authority of our own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A server whose certificate is for `name`, and its authority's certificate in a file.
fn server(name: &str, folder: &Path) -> Option<(Postgres, PathBuf)> {
    let mut server = Postgres::start(FAST)?;
    let (authority, key) = (authority(), KeyPair::generate().expect("a key"));
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .expect("a name")
        .signed_by(&key, &authority)
        .expect("a certificate");
    server.with_tls(&certificate.pem(), &key.serialize_pem());
    let file = folder.join("ca.pem");
    std::fs::write(&file, authority.pem()).expect("written");
    Some((server, file))
}

async fn connect(url: &str) -> Result<PgStore, StoreError> {
    let keys = Keys::parse(&SecretString::from("01".repeat(32))).expect("a key");
    let options = StoreOptions { statement: Duration::from_secs(1), ..StoreOptions::default() };
    PgStore::connect(url, keys, options).await
}

/// Whether the store's connections are encrypted, as the server sees it.
fn is_encrypted(server: &Postgres) -> bool {
    let sql = "SELECT bool_and(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
               WHERE a.application_name = 'nameless'";
    match server.ask("tls", sql).as_str() {
        "t" => true,
        "f" => false,
        other => panic!("no connection: {other:?}"),
    }
}

/// Connects, and says whether that is encrypted.
async fn encrypted(server: &Postgres, url: &str) -> Result<bool, StoreError> {
    let store = connect(url).await?;
    let seen = is_encrypted(server);
    store.close().await;
    Ok(seen)
}

fn text_of(refused: Result<bool, StoreError>) -> String {
    refused.expect_err("refused").to_string()
}

#[tokio::test]
async fn sslmode_is_honoured() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((server, ca)) = server("127.0.0.1", folder.path()) else { return };
    let url = server.create("tls");
    migrate::up(&format!("{url}?sslmode=require")).await.expect("migrations go over TLS, too");
    let with = |query: &str| format!("{url}?{query}");
    let ca = ca.display().to_string();

    assert_eq!(encrypted(&server, &with("sslmode=disable")).await, Ok(false));
    assert_eq!(encrypted(&server, &url).await, Ok(true), "used where the server has it");
    assert_eq!(encrypted(&server, &with("sslmode=require")).await, Ok(true), "from whomever");
    for mode in ["require", "verify-ca", "verify-full"] {
        let trusted = with(&format!("sslmode={mode}&sslrootcert={ca}"));
        assert_eq!(encrypted(&server, &trusted).await, Ok(true), "{mode}");
    }

    // Another authority than the one that it has its certificate from.
    let other = folder.path().join("other.pem");
    std::fs::write(&other, authority().pem()).expect("written");
    for mode in ["require", "verify-ca", "verify-full"] {
        let untrusted = with(&format!("sslmode={mode}&sslrootcert={}", other.display()));
        let text = text_of(encrypted(&server, &untrusted).await);
        assert!(text.contains("certificate"), "{mode}: {text}");
    }
    // Nor do the authorities of this system know it.
    assert!(encrypted(&server, &with("sslmode=verify-full")).await.is_err());

    // Another name than the one in its certificate.
    let by_name =
        |mode: &str| url.replace("127.0.0.1", "localhost") + &format!("?sslmode={mode}&sslrootcert={ca}");
    assert_eq!(encrypted(&server, &by_name("verify-ca")).await, Ok(true), "a name is not asked for");
    let text = text_of(encrypted(&server, &by_name("verify-full")).await);
    assert!(text.contains("name"), "{text}");

    let text = text_of(encrypted(&server, &with("sslmode=verify-full&sslrootcert=/no/such/file")).await);
    assert!(text.contains("/no/such/file"), "{text}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_it_is_required() {
    let Some(server) = Postgres::start(FAST) else { return };
    let url = server.create("tls");
    migrate::up(&url).await.expect("plain, as nothing else is asked for");
    assert_eq!(encrypted(&server, &url).await, Ok(false));
    for mode in ["require", "verify-ca", "verify-full"] {
        let text = text_of(encrypted(&server, &format!("{url}?sslmode={mode}")).await);
        assert!(text.contains("TLS") || text.contains("authorities"), "{mode}: {text}");
    }
}

/// An operation that is given up is cancelled, and that request is encrypted as everything else.
#[tokio::test]
async fn a_cancel_request_goes_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((server, _)) = server("127.0.0.1", folder.path()) else { return };
    server.create("tls");
    // There it says that it has got one.
    server.psql("tls", "ALTER SYSTEM SET log_min_messages = debug2");
    server.psql("tls", "SELECT pg_reload_conf()");
    let proxy = Proxy::to_port(server.port());
    let url = server.url_through(proxy.port(), "tls") + "?sslmode=require";
    migrate::up(&url).await.expect("migrations");
    let store = connect(&url).await.expect("a store");
    store.ping().await.expect("an answer");

    // An answer is lost, so the operation runs into its limit.
    proxy.drop_reply(b"", Then::Silence);
    let failed = store.ping().await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    let until = Instant::now() + Duration::from_secs(60);
    while !server.log().contains("processing cancel request: sending SIGINT") {
        assert!(Instant::now() < until, "no cancel request arrives");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    while store.ping().await.is_err() {
        assert!(Instant::now() < until, "it does not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(is_encrypted(&server));
}
