//! What has ended between two people reaches the session of whoever ended it, whatever becomes of
//! the process behind the commit.

use super::context::{Context, NOW};
use super::dating::{card, joins, known};
use super::dating_letters::two;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;

/// How many jobs are to tell somebody of an end.
async fn jobs(c: &mut Context, user: i64) -> Vec<String> {
    c.sql(&format!("SELECT count(*) FROM jobs WHERE key LIKE 'dating:ended:{user}:%' AND user_id = {user}"))
        .await
}

/// Guards: `tell_later` in `matches::end`, and that its job looks whether the chat goes on.
pub async fn the_end_of_a_match_is_told_by_its_transaction(c: &mut Context) {
    let (her, him) = (UserId(8_220), UserId(8_221));
    let [hers, _] = two(c, her.0, him.0, "Vilnius").await;
    let pair = c.open(her.0, him.0, NOW).await;
    c.sql(&format!("UPDATE dating_pairs SET talked = true, chat = {} WHERE lo = 8220 AND hi = 8221", pair.0))
        .await;
    let owed = (him, false);
    assert!(!c.store.dating_end_told(her, owed).await.unwrap(), "they are a match");
    assert_eq!(jobs(c, her.0).await, ["0"]);
    // Nobody tells her session, as where the process ends behind the commit.
    assert_eq!(c.store.dating_part(her, hers).await.unwrap(), (Event::Parted, Some(him)));
    assert_eq!(jobs(c, her.0).await, ["1"]);
    assert!(c.store.dating_end_told(her, owed).await.unwrap(), "the chat goes on");
    c.sql(&format!("DELETE FROM active_pair_member WHERE pair_id = {}", pair.0)).await;
    assert!(!c.store.dating_end_told(her, owed).await.unwrap(), "it is over by now");
    // One that began by chance is none of it.
    c.open(her.0, him.0, NOW.plus(1)).await;
    assert!(!c.store.dating_end_told(her, owed).await.unwrap());
    c.sql("DELETE FROM active_pair_member WHERE user_id IN (8220, 8221)").await;
    c.sql("UPDATE dating_profiles SET standing = 'paused' WHERE user_id IN (8220, 8221)").await;
}

/// Guard: `tell_later` in `avoid`.
pub async fn a_block_is_told_by_its_transaction(c: &mut Context) {
    let (her, him) = (UserId(8_222), UserId(8_223));
    joins(c, her.0, known(Gender::Female, 0b010), ("24.03.1998", "Tallinn")).await;
    joins(c, him.0, known(Gender::Male, 0b001), ("1.2.1996", "Tallinn")).await;
    let (token, whom) = card(c, her.0).await.expect("a card");
    assert_eq!(whom, him);
    assert!(!c.store.dating_end_told(her, (him, true)).await.unwrap());
    assert_eq!(c.store.dating_turn_away(her, token, None).await.unwrap(), Some(him));
    assert_eq!((jobs(c, her.0).await, jobs(c, him.0).await), (vec!["1".to_owned()], vec!["0".to_owned()]));
    assert!(c.store.dating_end_told(her, (him, true)).await.unwrap());
    assert!(!c.store.dating_end_told(him, (her, true)).await.unwrap(), "he is told nothing");
    c.sql("DELETE FROM blocks WHERE user_id = 8222").await;
    assert!(!c.store.dating_end_told(her, (him, true)).await.unwrap(), "it stands no more");
    c.sql("UPDATE dating_profiles SET standing = 'paused' WHERE user_id IN (8222, 8223)").await;
}
