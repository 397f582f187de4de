//! pgbouncer between the store and its server: refused with words where it shares sessions, of use
//! where it does not.

use crate::support::port::Port;
use crate::support::postgres::{FAST, Postgres};
use crate::support::skip;
use nameless::postgres::Runner;
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_actors::ports::{Store, Write};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::Account;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A pgbouncer before a server.
struct Pooler {
    child: Child,
    port: Port,
    _dir: TempDir,
}

impl Pooler {
    fn start(server: &Postgres, mode: &str) -> Pooler {
        let port = Port::free();
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 8\n",
            server.port(),
            port.number()
        );
        // Any name is let in, as the one that the database is given.
        let text = text.replace("host=127.0.0.1 port", "user=postgres host=127.0.0.1 port");
        fs::write(&file, text).expect("written");
        let mut command = Command::new(PROGRAM);
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Like PostgreSQL it does not run as root.
        if let Some(runner) = Runner::choose(None).expect("somebody to run it") {
            runner.own(dir.path()).expect("chown");
            runner.own(&file).expect("chown");
            runner.run(&mut command);
        }
        let child = command.spawn().expect("pgbouncer runs");
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(port.addr()).is_err() {
            assert!(Instant::now() < until, "pgbouncer does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Pooler { child, port, _dir: dir }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_pooler_that_shares_sessions_is_refused_with_words() {
    if !Path::new(PROGRAM).exists() {
        assert!(skip::allowed("pgbouncer"), "Debian's package pgbouncer is not installed");
        return;
    }
    let Some(server) = Postgres::start(FAST) else { return };
    server.create("pooled");
    let pooler = Pooler::start(&server, "transaction");
    let refused = migrate::up(&server.url_through(pooler.port.number(), "pooled"))
        .await
        .expect_err("refused")
        .to_string();
    assert!(refused.contains("pgbouncer") && !refused.contains('\n'), "{refused}");
    assert_eq!(server.ask("pooled", "SELECT to_regclass('schema_migrations') IS NULL"), "t");
    drop(pooler);

    let pooler = Pooler::start(&server, "session");
    let url = server.url_through(pooler.port.number(), "pooled");
    migrate::up(&url).await.expect("migrations");
    let keys = Keys::parse(&"01".repeat(32).into()).expect("a key");
    let store = PgStore::connect(&url, keys, StoreOptions { connections: 4, ..StoreOptions::default() });
    let store = store.await.expect("a store");
    let account = Account::new(UserId(1), Lang::En, Millis(0));
    store.write(vec![Write::Account(Box::new(account))].into()).await.expect("written");
    assert!(store.load(UserId(1)).await.expect("read").is_some());
    store.close().await;
}
