//! What users write to the operators.

use super::context::{Context, account};
use crate::support::export::WholeExport;
use nameless_actors::capabilities::FeedbackStore;
use nameless_actors::ports::{Store, Write};
use nameless_domain::capabilities::feedback::Event;
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::{DAY_MS, Millis};

async fn keep(c: &Context, user: i64, seq: u64, words: &str) -> Event {
    c.store.keep(UserId(user), Seq(seq), words.to_owned()).await.unwrap()
}

async fn known(c: &Context, user: i64) {
    c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
}

/// Everything of one user, the newest first.
async fn of(c: &Context, user: i64) -> Vec<String> {
    let all = c.store.feedback(1_000).await.unwrap();
    all.into_iter().filter(|said| said.user.0 == user).map(|said| said.words).collect()
}

pub async fn one_an_hour_and_the_same_once(c: &mut Context) {
    assert_eq!(keep(c, 850, 1, "from nobody").await, Event::NotKept);
    known(c, 850).await;
    known(c, 851).await;
    assert_eq!(keep(c, 850, 10, "first").await, Event::Kept);
    assert_eq!(keep(c, 850, 10, "first").await, Event::Kept, "it comes again after a crash");
    assert_eq!(keep(c, 850, 11, "second").await, Event::TooSoon);
    assert_eq!(keep(c, 851, 10, "another's").await, Event::Kept);
    c.sql("UPDATE feedback SET at = at - 3600000 WHERE user_id = 850").await;
    assert_eq!(keep(c, 850, 12, "third").await, Event::Kept);
    assert_eq!(of(c, 850).await, ["third", "first"]);
    assert_eq!(c.store.feedback(1).await.unwrap().len(), 1);
    // Two at once: one of them is too soon.
    known(c, 852).await;
    let (a, b) = tokio::join!(keep(c, 852, 1, "a"), keep(c, 852, 2, "b"));
    assert!(matches!((a, b), (Event::Kept, Event::TooSoon) | (Event::TooSoon, Event::Kept)), "{a:?} {b:?}");
}

/// I14, and I11: the words are sealed, exported to who wrote them, and go with them.
pub async fn is_sealed_exported_erased_and_expired(c: &mut Context) {
    known(c, 860).await;
    known(c, 861).await;
    keep(c, 860, 1, "a secret opinion").await;
    keep(c, 861, 1, "an old one").await;
    let found = c.sql("SELECT count(*) FROM feedback WHERE position('secret'::bytea IN sealed) > 0").await;
    assert_eq!(found, ["0"]);
    let export = c.store.whole_export(UserId(860)).await.unwrap();
    assert_eq!(export["feedback"][0]["words"], "a secret opinion");
    c.write(vec![Write::Erase { user: UserId(860) }]).await;
    assert_eq!(of(c, 860).await, [""; 0]);
    assert_eq!(c.sql("SELECT count(*) FROM feedback WHERE user_id = 860").await, ["0"]);
    let at: i64 = c.sql("SELECT at FROM feedback WHERE user_id = 861").await[0].parse().unwrap();
    c.store.expire(Millis(at + 90 * DAY_MS)).await.unwrap();
    assert_eq!(of(c, 861).await, ["an old one"]);
    c.store.expire(Millis(at + 90 * DAY_MS + 1)).await.unwrap();
    assert_eq!(of(c, 861).await, [""; 0]);
}
