//! What was seen of photos, who sent them where, which are banned.

use super::context::{Context, account};
use crate::support::export::WholeExport;
use nameless_actors::ports::{Store, Write};
use nameless_domain::capabilities::faceguard::{Hash, Reason, Seen, Verdict};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::{DAY_MS, Millis};

fn seen(reasons: &[Reason], hash: Option<u8>) -> Seen {
    Seen { verdict: Verdict::of(reasons.iter().copied()), hash: hash.map(|byte| Hash([byte; 32])) }
}

async fn known(c: &Context, name: &str) -> Option<Seen> {
    c.store.photo(name.to_owned(), 2).await.unwrap()
}

pub async fn what_was_seen_is_known_by_this_version_and_expires(c: &mut Context) {
    let (fine, nude) = (seen(&[], Some(1)), seen(&[Reason::Nude, Reason::Failed], None));
    c.store.keep_photo("first".into(), nude, 2).await.unwrap();
    c.store.keep_photo("first".into(), fine, 2).await.unwrap();
    c.store.keep_photo("second".into(), nude, 2).await.unwrap();
    assert_eq!((known(c, "first").await, known(c, "second").await), (Some(fine), Some(nude)));
    assert_eq!(known(c, "third").await, None);
    let found = c.sql("SELECT count(*) FROM photo_verdicts WHERE position('first'::bytea IN name) > 0").await;
    assert_eq!(found, ["0"], "a name that nobody can tell");
    // Another program's, and reasons that this one does not know.
    c.sql("UPDATE photo_verdicts SET version = version + 1 WHERE reasons = 0").await;
    c.sql("UPDATE photo_verdicts SET reasons = 32768 WHERE reasons > 0").await;
    assert_eq!((known(c, "first").await, known(c, "second").await), (None, None));
    c.store.keep_photo("second".into(), fine, 2).await.unwrap();
    let at: i64 = c.sql("SELECT max(at) FROM photo_verdicts").await[0].parse().unwrap();
    c.store.expire(Millis(at + 30 * DAY_MS)).await.unwrap();
    assert_eq!(known(c, "second").await, Some(fine));
    c.store.expire(Millis(at + 30 * DAY_MS + 1)).await.unwrap();
    assert_eq!(known(c, "second").await, None);
}

pub async fn the_same_picture_in_many_chats_is_counted_and_goes_with_the_user(c: &mut Context) {
    for user in [870, 871] {
        c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
    }
    let (picture, other) = (Hash([3; 32]), Hash([0xfc; 32]));
    let mut alike = picture;
    alike.0[0] ^= 0xff;
    for (user, pair, hash, chats) in [
        (870, 1, picture, 1),
        (870, 1, picture, 1),
        (870, 2, alike, 2),
        (870, 3, other, 1),
        (871, 4, picture, 1),
        (870, 5, picture, 3),
        // Nobody's row is kept for somebody who is not known.
        (872, 6, picture, 0),
    ] {
        let counted = c.store.sent_photo(UserId(user), PairId(pair), hash).await.unwrap();
        assert_eq!(counted, chats, "{user} in {pair}");
    }
    c.sql(&format!("UPDATE sent_photos SET at = at - {DAY_MS} WHERE pair_id < 3")).await;
    assert_eq!(c.store.sent_photo(UserId(870), PairId(5), picture).await.unwrap(), 1, "of the last day");
    let export = c.store.whole_export(UserId(870)).await.unwrap();
    assert_eq!(export["photos_sent_lately"].as_array().map(Vec::len), Some(4));
    c.write(vec![Write::Erase { user: UserId(870) }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM sent_photos WHERE user_id = 870").await, ["0"]);
    let at: i64 = c.sql("SELECT max(at) FROM sent_photos").await[0].parse().unwrap();
    c.store.expire(Millis(at + DAY_MS + 1)).await.unwrap();
    assert_eq!(c.sql("SELECT count(*) FROM sent_photos").await, ["0"]);
}

pub async fn bans_are_taken_back(c: &mut Context) {
    c.sql("DELETE FROM banned_photos").await;
    let (one, two) = (Hash([1; 32]), Hash([2; 32]));
    c.store.ban_photo(one, "an ad".into()).await.unwrap();
    c.store.ban_photo(two, String::new()).await.unwrap();
    c.store.ban_photo(one, "the same ad".into()).await.unwrap();
    let banned = c.store.banned_photos().await.unwrap();
    let mut notes: Vec<&str> = banned.iter().map(|banned| banned.note.as_str()).collect();
    notes.sort_unstable();
    assert_eq!(notes, ["", "the same ad"]);
    assert!(c.store.unban_photo(two).await.unwrap());
    assert!(!c.store.unban_photo(two).await.unwrap());
    let left: Vec<Hash> = c.store.banned_photos().await.unwrap().into_iter().map(|b| b.hash).collect();
    assert_eq!(left, [one]);
    c.sql("DELETE FROM banned_photos").await;
}
