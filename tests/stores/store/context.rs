//! A store on a migrated database, and raw SQL beside it.

use crate::support::cluster::without_sync;
use nameless::postgres::{PrivateCluster, Programs};
use nameless::store::migrate::{self, MIGRATIONS};
use nameless::store::{Keys, PgStore, StoreOptions, tables};
use nameless_actors::ports::{HistoryRow, Opened, Proposal, Store, Write};
use nameless_domain::ids::{MessageId, PairId, Seq, UserId};
use nameless_domain::profile::{AgeBand, Gender, Interests};
use nameless_domain::relay::Side;
use nameless_domain::session::account::{Account, AdultConsent, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use secrecy::SecretString;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// A moment that the tests call now: the present, because erasures take theirs from the clock.
pub const NOW: Millis = Millis(1_760_000_000_000);

pub struct Context {
    pub store: PgStore,
    pub url: String,
    pub options: StoreOptions,
    cluster: Option<(PrivateCluster, tempfile::TempDir)>,
}

pub fn keys(byte: u8) -> Keys {
    Keys::parse(&SecretString::from(format!("{byte:02x}").repeat(32))).expect("a key")
}

impl Context {
    pub async fn private(programs: &Programs) -> Context {
        let dir = tempfile::tempdir().expect("a folder");
        let bin = programs.path("initdb");
        let start = || PrivateCluster::start(dir.path(), bin.parent(), 8).expect("it starts");
        start().stop();
        without_sync(&dir.path().join("postgres"));
        let cluster = start();
        let mut context = Context::real(cluster.url().to_owned()).await;
        context.options.revive = Some(cluster.revive());
        context.cluster = Some((cluster, dir));
        context
    }

    pub async fn real(url: String) -> Context {
        migrate::up(&url).await.expect("migrations");
        let options = StoreOptions::default();
        let store = PgStore::connect(&url, keys(1), options.clone()).await.expect("a store");
        Context { store, url, options, cluster: None }
    }

    /// Runs SQL beside the store and returns the rows as text. The store is closed meanwhile: what
    /// it knows of tables may be stale afterwards.
    pub async fn sql(&mut self, sql: &str) -> Vec<String> {
        self.store.close().await;
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.expect("a connection");
        let driver = tokio::spawn(connection);
        let answer = client.simple_query(sql).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        drop(client);
        driver.await.expect("the driver").expect("the connection");
        self.store = self.connect(1).await.expect("a store");
        let mut rows = Vec::new();
        for message in answer {
            if let SimpleQueryMessage::Row(row) = message {
                let cells: Vec<&str> = (0..row.len()).map(|i| row.get(i).unwrap_or("null")).collect();
                rows.push(cells.join("|"));
            }
        }
        rows
    }

    pub async fn connect(&self, key: u8) -> Result<PgStore, nameless_actors::ports::StoreError> {
        PgStore::connect(&self.url, keys(key), self.options.clone()).await
    }

    /// Empties every table but those that are not filled anew.
    pub async fn clear(&mut self) {
        let names =
            tables().map(|table| table.name).filter(|name| !["partitions", "key_check"].contains(name));
        let names: Vec<&str> = names.collect();
        self.sql(&format!("TRUNCATE {} RESTART IDENTITY", names.join(", "))).await;
    }

    /// Takes back what came from the migration of this name on, and closes the store. The names of
    /// what was taken back.
    pub async fn back_before(&self, name: &str) -> Vec<String> {
        self.store.close().await;
        let at = MIGRATIONS.iter().position(|m| m.name == name).expect("a migration of this name");
        migrate::down(&self.url, MIGRATIONS.len() - at).await.expect("taken back")
    }

    pub async fn write(&self, batch: Vec<Write>) {
        self.store.write(batch.into()).await.expect("written");
    }

    pub async fn open(&self, a: i64, b: i64, at: Millis) -> PairId {
        match self.store.open_pairs(vec![proposal(a, b, at)]).await.expect("an answer")[..] {
            [Opened::Pair(pair)] => pair,
            ref other => panic!("{a} and {b}: {other:?}"),
        }
    }

    pub async fn finish(self) {
        self.store.close().await;
        if let Some((cluster, _dir)) = self.cluster {
            cluster.stop();
        }
    }
}

pub fn proposal(a: i64, b: i64, at: Millis) -> Proposal {
    Proposal { members: [UserId(a), UserId(b)], at }
}

pub fn account(user: i64, applied: u64) -> Account {
    let mut account = Account::new(UserId(user), Lang::En, NOW);
    account.adult = Some(AdultConsent { at: NOW, version: 1 });
    account.gender = Some(Gender::Female);
    account.age = Some(AgeBand::From26);
    account.interests = Interests(0b101);
    account.phase = Phase::Idle;
    account.applied = Seq(applied);
    account
}

pub fn history(pair: PairId, side: Side, user: i64, message: i32, at: Millis, text: &str) -> Write {
    Write::History(HistoryRow {
        pair,
        from: (side, UserId(user)),
        message: MessageId(message),
        edit: 0,
        payload: serde_json::json!({ "text": text }).to_string().into(),
        at,
    })
}
