//! Laundered copies.

use super::context::Context;
use nameless_actors::ports::{CopyStore, Store};
use nameless_domain::time::Millis;

const DAY_MS: i64 = 86_400_000;

pub async fn are_kept_for_one_bot_and_unreadable(c: &mut Context) {
    // `Context::sql` connects anew: the store is asked for each time.
    let original = || "AgADannasFavourite".to_owned();
    assert_eq!(c.store.copy(1, original()).await.unwrap(), None);
    c.store.keep_copy(1, original(), "CAAChandle".into()).await.unwrap();
    assert_eq!(c.store.copy(1, original()).await.unwrap().as_deref(), Some("CAAChandle"));
    assert_eq!(c.store.copy(2, original()).await.unwrap(), None, "a handle is good for one bot");
    // Neither the original nor the handle lies there, in whatever form PostgreSQL shows bytes.
    let rows = c.sql("SELECT encode(name, 'escape') || encode(sealed, 'escape') FROM laundered_copies").await;
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].contains("annas") && !rows[0].contains("handle"), "{rows:?}");
    c.store.keep_copy(1, original(), "CAACanother".into()).await.unwrap();
    assert_eq!(c.store.copy(1, original()).await.unwrap().as_deref(), Some("CAACanother"));
    // One that another key sealed is as good as none.
    c.sql("UPDATE laundered_copies SET sealed = '\\x0101'").await;
    assert_eq!(c.store.copy(1, original()).await.unwrap(), None);
    c.store.forget_copy(1, original()).await.unwrap();
    assert_eq!(c.sql("SELECT count(*) FROM laundered_copies").await, ["0"]);
    c.store.keep_copy(1, original(), "CAAC".into()).await.unwrap();
    c.sql("UPDATE laundered_copies SET made = 0").await;
    c.store.expire(Millis(29 * DAY_MS)).await.unwrap();
    assert_eq!(c.sql("SELECT count(*) FROM laundered_copies").await, ["1"]);
    c.store.expire(Millis(31 * DAY_MS)).await.unwrap();
    assert_eq!(c.sql("SELECT count(*) FROM laundered_copies").await, ["0"]);
}
