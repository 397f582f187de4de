//! The history's key is exchanged: everything is read on the way and afterwards, and whoever was
//! banned or erased under the old key is known under the new one.

use super::context::{Context, NOW, account, history, keys};
use super::declared;
use crate::support::export::WholeExport;
use crate::support::postgres::{FAST, Postgres};
use nameless::store::{Exchange, PgStore, StoreOptions};
use nameless_actors::ports::{Store, Write};
use nameless_domain::ids::UserId;
use nameless_domain::relay::Side;

async fn words(store: &PgStore, user: i64) -> Vec<String> {
    let export = store.whole_export(UserId(user)).await.expect("an export");
    let messages = export["messages"].as_array().expect("messages").clone();
    messages.iter().map(|m| m["content"]["text"].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn both_keys_are_good_until_the_old_one_is_not_needed() {
    let Some(server) = Postgres::start(FAST) else { return };
    let mut c = Context::real(server.create("exchange")).await;
    declared::fill_every_table(&mut c).await;
    // Only what was really sealed: what the schema alone has put there opens under no key.
    for made_up in ["operator_notes", "admin_requests", "jobs"] {
        c.sql(&format!("TRUNCATE {made_up} CASCADE")).await;
    }
    let pair = c.open(31, 32, NOW).await;
    let accounts = [31, 32].map(|user| Write::Account(Box::new(account(user, 1))));
    c.write(accounts.into()).await;
    c.write(vec![history(pair, Side::A, 31, 1, NOW, "under the old one")]).await;
    let hashes =
        c.sql("SELECT user_hash::text FROM bans UNION ALL SELECT user_hash::text FROM erasures").await;
    let connect = async |keys| PgStore::connect(&c.url, keys, StoreOptions::default()).await;

    // Nodes come with both keys one after the other: all of them go on under the old one.
    let old = connect(keys(1)).await.expect("a store");
    let both = connect(keys(2).or(keys(1))).await.expect("a store");
    assert!(!both.follow_key().await.expect("an answer"));
    both.write(vec![history(pair, Side::B, 32, 2, NOW, "by a new node")].into()).await.expect("written");
    assert_eq!(words(&old, 32).await, ["by a new node"]);
    old.close().await;

    // A node that has the old one alone, one of a version that does not say, one with both.
    let ttl = std::time::Duration::from_secs(600);
    server.ask("exchange", "DELETE FROM nodes");
    let old = connect(keys(1)).await.expect("a store");
    old.register_node(1, "with the old one", ttl).await.expect("registered");
    old.register_node(2, "of before", ttl).await.expect("registered");
    both.register_node(3, "with both", ttl).await.expect("registered");
    server.ask("exchange", "UPDATE nodes SET keys = NULL WHERE node = 2");
    let lacking = ["of before", "with the old one"].map(str::to_owned).to_vec();
    assert_eq!(both.nodes_lacking_keys().await.expect("an answer"), lacking);
    assert_eq!(both.exchange_key(false).await.expect("an answer"), Exchange::Lacking(lacking));
    assert!(!both.follow_key().await.expect("an answer"), "nothing has changed");
    let shown = server.ask("exchange", "SELECT keys::text FROM nodes");
    assert!(!shown.contains(&"01".repeat(8)) && !shown.contains(&"02".repeat(8)), "no key: {shown}");
    // One is started with both, the other is gone for a while.
    server.ask("exchange", "DELETE FROM nodes WHERE node = 1");
    both.register_node(1, "with the old one", ttl).await.expect("registered");
    server.ask("exchange", "UPDATE nodes SET expires = now() - interval '1 minute' WHERE node = 2");
    assert_eq!(both.exchange_key(false).await.expect("exchanged"), Exchange::Done);
    assert_eq!(both.exchange_key(false).await.expect("an answer"), Exchange::Before, "once");
    // Nobody comes with the old one alone that looked before that.
    let refused = old.register_node(4, "late", ttl).await.expect_err("refused").to_string();
    assert!(refused.contains("HISTORY_KEY"), "{refused}");
    old.close().await;
    server.ask("exchange", "DELETE FROM nodes");
    let counted = both.renew(false, |_, _| {}).await.expect("counted");
    assert!(counted.old >= 5 && counted.old < counted.seen, "{counted:?}");
    // And what is left of that is gone past, counted, and not touched.
    let made_up = "SELECT string_agg(sealed::text, ' ') FROM admin_replies";
    let before = server.ask("exchange", made_up);
    assert!(counted.broken > 0, "{counted:?}");
    let renewed = both.renew(true, |_, _| {}).await.expect("renewed");
    assert_eq!((renewed.old, renewed.broken), (counted.old, counted.broken), "counting changes nothing");
    assert_eq!(server.ask("exchange", made_up), before);
    assert_eq!(both.renew(true, |_, _| {}).await.expect("renewed").old, 0);
    assert_eq!(words(&both, 31).await, ["under the old one"]);
    both.close().await;

    // The old one is not needed any more, and of no use.
    let refused = connect(keys(1)).await.err().expect("refused").to_string();
    assert!(refused.contains("HISTORY_KEY"), "{refused}");
    let new = connect(keys(2)).await.expect("a store");
    assert_eq!(words(&new, 31).await, ["under the old one"]);
    assert_eq!(words(&new, 32).await, ["by a new node"]);
    let reports = new.open_reports(100).await.expect("read");
    assert!(!reports.is_empty());
    // Somebody erased under the old key has the same hash.
    let before = "SELECT count(*) FROM erasures";
    let known = server.ask("exchange", before);
    new.write(vec![Write::Erase { user: UserId(31) }].into()).await.expect("erased");
    let once = server.ask("exchange", before);
    new.write(vec![Write::Erase { user: UserId(31) }].into()).await.expect("erased");
    assert_eq!(server.ask("exchange", before), once);
    assert_ne!(known, once);
    for hash in hashes {
        let sql = format!(
            "SELECT (SELECT count(*) FROM bans WHERE user_hash::text = '{hash}') +
            (SELECT count(*) FROM erasures WHERE user_hash::text = '{hash}') > 0"
        );
        assert_eq!(server.ask("exchange", &sql), "t");
    }
    new.close().await;
    c.store.close().await;
}
