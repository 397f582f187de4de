//! Backups of long ago: under keys of before, of schemas of before.

use super::backup::{Shelf, small};
use super::context::{Context, keys};
use crate::support::export::WholeExport;
use crate::support::postgres::{FAST, Postgres};
use nameless::backup;
use nameless::store::{Exchange, PgStore, StoreOptions};
use nameless_actors::ports::Store;
use nameless_domain::ids::UserId;

/// The key was exchanged twice since: with that of then a backup is restored, under the newest keys
/// or under those of then.
#[tokio::test]
async fn a_backup_of_two_keys_ago_comes_back() {
    let Some(server) = Postgres::start(FAST) else { return };
    let c = small(server.create("first")).await;
    let shelf = Shelf::new();
    shelf.save(&c.url, 1, "first").await.expect("saved");
    c.store.close().await;
    for (new, old) in [(2, 1), (3, 2)] {
        let store = PgStore::connect(&c.url, keys(new).or(keys(old)), StoreOptions::default());
        let store = store.await.expect("a store");
        assert_eq!(store.exchange_key(false).await.expect("exchanged"), Exchange::Done);
        while store.renew(true, |_, _| {}).await.expect("renewed").old > 0 {}
        store.close().await;
    }
    shelf.save(&c.url, 3, "newest.keys").await.expect("saved");

    let all = || keys(3).or(keys(2)).or(keys(1));
    let (data, newest, then) = (shelf.path("first"), shelf.path("newest.keys"), shelf.path("first.keys"));
    let refused = shelf.restore(&server.create("refused"), 3, "first", "newest.keys").await;
    assert!(refused.expect_err("another key").to_string().contains("HISTORY_KEY_OLD"));
    for (database, apart) in [("newest", &newest), ("of_then", &then)] {
        let url = server.create(database);
        let restored = backup::restore(&url, &all(), &data, apart, &shelf.identities, &|_| {}).await;
        restored.unwrap_or_else(|e| panic!("{database}: {e}"));
        let store = PgStore::connect(&url, all(), StoreOptions::default()).await.expect("a store");
        let export = store.whole_export(UserId(1)).await.expect("an export");
        assert_eq!(export["messages"][0]["content"]["text"], "hello", "{database}");
        // And goes over to the newest.
        store.exchange_key(false).await.expect("exchanged");
        while store.renew(true, |_, _| {}).await.expect("renewed").old > 0 {}
        store.close().await;
        let store =
            PgStore::connect(&url, keys(3), StoreOptions::default()).await.expect("one key is enough");
        store.close().await;
    }
}

/// Keys of before a migration that has added columns to their tables: these are as in new rows.
#[tokio::test]
async fn keys_of_before_a_new_column_come_back() {
    let Some(server) = Postgres::start(FAST) else { return };
    let c = small(server.create("columns")).await;
    c.back_before("moderation").await;
    server.psql("columns", "INSERT INTO appeals (user_hash, seq, at, sealed) VALUES ('x', 1, 2, 'y')");
    let shelf = Shelf::new();
    shelf.save(&c.url, 1, "a").await.expect("saved");
    let url = server.create("with_them");
    let restored = shelf.restore(&url, 1, "a", "a.keys").await.expect("restored");
    assert!(restored.migrated.contains(&"moderation".to_owned()), "{restored:?}");
    let appeals = "SELECT seq, at, answered IS NULL, accepted IS NULL FROM appeals";
    assert_eq!(server.psql_rows("with_them", appeals), ["1|2|t|t"]);
    let c = Context::real(url).await;
    assert!(c.store.load(UserId(1)).await.expect("read").is_some());
    c.finish().await;
}
