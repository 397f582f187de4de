//! Who likes somebody is not read out of the cards that lie open before them.

use super::context::Context;
use super::dating::{card, joins, known, says};
use crate::support::clock::one_day;
use nameless::capabilities::dating::Decided;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{Verdict, Windows};
use nameless_domain::capabilities::dating::place::Cell;
use nameless_domain::capabilities::dating::profile::Answer;
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;

const HER: UserId = UserId(7_980);
/// Likes her, and wishes for what he wished for then.
const LIKER: i64 = 7_985;
/// Likes her, and wishes for somebody else since.
const FUSSY_LIKER: i64 = 7_986;
/// Wishes for somebody else, too.
const FUSSY: i64 = 7_987;

/// Whose cards wait before her, seen or not.
async fn open(c: &mut Context) -> Vec<String> {
    c.sql(
        "SELECT other::text FROM dating_cards WHERE viewer = 7980 AND other BETWEEN 7981 AND 7989
            AND answered IS NULL ORDER BY other",
    )
    .await
}

/// Where somebody is from now on.
async fn moves(c: &Context, (user, seq): (UserId, u64), cell: Cell) {
    c.store.dating_place(user, true).await.expect("a question");
    says(c, user.0, seq, Answer::Place { cell, is_live: false }).await;
}

/// Guards: `is_let_in` in `may_show` and in `deal`, the trigger `dating_profiles_note_change`.
pub async fn who_moves_away_does_not_see_who_likes_them(c: &mut Context) {
    let (here, far) = (Cell::of(25.20, 55.27).expect("a cell"), Cell::of(40.71, -74.01).expect("a cell"));
    for man in 7_981..=7_989 {
        joins(c, man, known(Gender::Male, 0b001), ("1.2.1996", "Dubai")).await;
    }
    joins(c, HER.0, known(Gender::Female, 0b010), ("24.03.1998", "Dubai")).await;
    for man in [LIKER, FUSSY_LIKER] {
        let (token, whom) = card(c, man).await.expect("a card");
        assert_eq!(whom, HER);
        let says = c.store.dating_say(UserId(man), token, Verdict::Like, 5).await.unwrap();
        assert_eq!(says, Decided::Kept);
    }
    c.store.dating_deal(HER, Windows::default()).await.expect("cards");
    let all: Vec<String> = (7_981..=7_989).map(|man| man.to_string()).collect();
    assert_eq!(open(c).await, all);

    // Two look for somebody else than her: of them the one who likes her stays. Theirs come first.
    c.sql(&format!(
        "UPDATE dating_profiles SET wish_goals = 1 WHERE user_id IN ({FUSSY_LIKER}, {FUSSY});
        UPDATE dating_cards SET served = 1, place = CASE other WHEN {FUSSY} THEN 0 WHEN {FUSSY_LIKER} THEN 1
            ELSE place + 10 END WHERE viewer = 7980"
    ))
    .await;
    assert_eq!(card(c, HER.0).await.map(|(_, whom)| whom), Some(UserId(FUSSY_LIKER)));
    assert_eq!(open(c).await.len(), 8);

    // She looks for people anywhere from far away: nobody looks for her there.
    c.sql("UPDATE dating_profiles SET reach = 4 WHERE user_id = 7980").await;
    moves(c, (HER, 10), far).await;
    let next = card(c, HER.0).await.map(|(_, whom)| whom.0);
    assert!(next.is_none_or(|whom| !(7_981..=7_989).contains(&whom)), "{next:?}");
    assert_eq!(open(c).await, Vec::<String>::new(), "a liker's card goes like the others'");

    // Back again she is one whom nobody has liked as she is: wishes decide. The likes stand.
    moves(c, (HER, 11), here).await;
    c.sql("DELETE FROM dating_cards WHERE viewer = 7980").await;
    c.store.dating_deal(HER, Windows::default()).await.expect("cards");
    let fussy = [FUSSY_LIKER, FUSSY].map(|man| man.to_string());
    let admit: Vec<String> = all.into_iter().filter(|man| !fussy.contains(man)).collect();
    assert_eq!(open(c).await, admit);
    c.sql(&format!("UPDATE dating_cards SET served = 1 WHERE viewer = 7980 AND other = {LIKER}")).await;
    let (token, whom) = card(c, HER.0).await.expect("a card");
    assert_eq!(whom, UserId(LIKER));
    assert_eq!(c.store.dating_say(HER, token, Verdict::Like, 5).await.unwrap(), Decided::Matched);

    what_others_look_at_is_noted(c).await;
    c.sql("DELETE FROM dating_profiles WHERE user_id BETWEEN 7980 AND 7989").await;
}

/// Whoever keeps cards and moves far away learns by a like what any like tells, and each costs what
/// any does. Guard: that `say` asks wishes of no like; `is_heard` there.
pub async fn a_like_of_a_card_that_lies_no_more_is_one_as_any(c: &mut Context) {
    one_day().await;
    let (her, liker, other) = (UserId(8_210), UserId(8_211), UserId(8_212));
    for man in [liker, other] {
        joins(c, man.0, known(Gender::Male, 0b001), ("1.2.1996", "Riga")).await;
    }
    joins(c, her.0, known(Gender::Female, 0b010), ("24.03.1998", "Riga")).await;
    let (token, whom) = card(c, liker.0).await.expect("a card");
    assert_eq!(whom, her);
    assert_eq!(c.store.dating_say(liker, token, Verdict::Like, 5).await.unwrap(), Decided::Kept);
    c.store.dating_deal(her, Windows::default()).await.expect("cards");
    c.sql("UPDATE dating_cards SET served = 1 WHERE viewer = 8210").await;
    let cards = c
        .sql("SELECT token FROM dating_cards WHERE viewer = 8210 AND other IN (8211, 8212) ORDER BY other")
        .await;
    let tokens: Vec<Token> =
        cards.iter().map(|card| Token(card.parse::<i64>().expect("a name").cast_unsigned())).collect();
    let [of_liker, of_other] = tokens[..] else { panic!("{tokens:?}") };

    moves(c, (her, 10), Cell::of(40.71, -74.01).expect("a cell")).await;
    card(c, her.0).await;
    let open = "SELECT count(*) FROM dating_cards WHERE viewer = 8210 AND other IN (8211, 8212) AND answered IS NULL";
    assert_eq!(c.sql(open).await, ["0"], "neither lies before her any more");
    let spent = "SELECT spent FROM dating_profiles WHERE user_id = 8210";
    assert_eq!(c.store.dating_say(her, of_other, Verdict::Like, 2).await.unwrap(), Decided::Kept);
    assert_eq!(c.sql(spent).await, ["1"]);
    assert_eq!(c.store.dating_say(her, of_liker, Verdict::Like, 2).await.unwrap(), Decided::Matched);
    assert_eq!(c.sql(spent).await, ["2"]);
    let told = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:liked:8212:%'";
    assert_eq!(c.sql(told).await, ["0"], "he does not look for her there");
    c.sql("DELETE FROM dating_profiles WHERE user_id BETWEEN 8210 AND 8212").await;
}

/// Each of it by itself, and nothing else; the same again is no change, and another photo is none.
async fn what_others_look_at_is_noted(c: &mut Context) {
    for (set, is_change) in [
        ("cell = 100", true),
        ("goal = 3", true),
        ("interests = 8", true),
        ("gender = 2", true),
        ("birth = '1997-03-24'", true),
        ("photo = 'x'", true),
        ("cell = 100, goal = 3, interests = 8, gender = 2, birth = '1997-03-24', photo = 'y'", false),
        ("photo = NULL", true),
        (
            "genders = 7, from_age = 18, to_age = 99, reach = 4, wish_photo = true, active = 1, spent = 1",
            false,
        ),
    ] {
        c.sql("UPDATE dating_profiles SET changed = 1 WHERE user_id = 7981").await;
        c.sql(&format!("UPDATE dating_profiles SET {set} WHERE user_id = 7981")).await;
        let is_noted = c.sql("SELECT changed > 1 FROM dating_profiles WHERE user_id = 7981").await;
        assert_eq!(is_noted, [if is_change { "t" } else { "f" }], "{set}");
    }
}
