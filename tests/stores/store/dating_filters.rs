//! Filters of dating beyond genders, ages and distance: when cards are dealt, when one is served,
//! on both sides; and how often they are changed.

use super::context::Context;
use super::dating::{card, joins, known, says};
use crate::support::clock::one_day;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Known;
use nameless_domain::capabilities::dating::filters::{CHANGES, Change, Filters, Lately};
use nameless_domain::capabilities::dating::pair::Windows;
use nameless_domain::capabilities::dating::person::Goal;
use nameless_domain::capabilities::dating::profile::{Answer, Objection, Question};
use nameless_domain::ids::UserId;
use nameless_domain::profile::{Gender, Interests};

const HER: UserId = UserId(7_840);

/// Whom she has cards of, dealt anew.
async fn dealt(c: &mut Context) -> Vec<String> {
    c.sql("DELETE FROM dating_cards WHERE viewer = 7840").await;
    c.store.dating_deal(HER, Windows::default()).await.expect("cards");
    c.sql("SELECT other::text FROM dating_cards WHERE viewer = 7840 AND other BETWEEN 7841 AND 7849 ORDER BY other")
        .await
}

async fn asks(c: &Context, change: Option<Change>) -> (Filters, bool) {
    match c.store.dating_filters(HER, change).await.expect("an answer") {
        Event::Filters { filters, often } => (filters, often),
        other => panic!("{other:?}"),
    }
}

/// As it was before any filter.
async fn anew(c: &mut Context) {
    c.sql(
        "UPDATE dating_profiles SET wish_shared = false, wish_goals = 15, wish_photo = false, wish_active = 0,
            filter_changes = 0 WHERE user_id BETWEEN 7840 AND 7849",
    )
    .await;
}

/// Guards: the conditions of `fit!`, `admit` in `may_show`, the count in `KEEP`.
pub async fn cards_keep_to_filters_of_both(c: &mut Context) {
    one_day().await;
    joins(c, HER.0, known(Gender::Female, 0b010), ("24.03.1998", "Kostroma")).await;
    for man in 7_841..=7_843 {
        joins(c, man, known(Gender::Male, 0b001), ("1.2.1996", "Kostroma")).await;
    }
    assert_eq!(dealt(c).await, ["7841", "7842", "7843"]);
    // The last one fits whatever is asked for.
    c.sql(
        "UPDATE dating_profiles SET photo = 'x' WHERE user_id = 7843;
        UPDATE dating_profiles SET interests = 8 WHERE user_id = 7842;
        UPDATE dating_profiles SET goal = 0 WHERE user_id = 7841;
        UPDATE dating_profiles SET active = active - 10 * 86400000::bigint WHERE user_id IN (7841, 7842);
        UPDATE dating_profiles SET show_online = false WHERE user_id = 7842",
    )
    .await;
    let all = ["7841", "7842", "7843"];
    assert_eq!(dealt(c).await, all);
    let dates = Change::Goals(0b0010);
    let cases: [(Change, &[&str]); 4] = [
        (Change::Shared(true), &["7841", "7843"]),
        (dates, &["7842", "7843"]),
        (Change::Photo(true), &["7843"]),
        // Who does not show that they are here is found all the same.
        (Change::Lately(Lately::Week), &["7842", "7843"]),
    ];
    for (change, left) in cases {
        let (filters, often) = asks(c, Some(change)).await;
        assert_eq!((filters, often), (Filters::default().with(change), false));
        assert_eq!(dealt(c).await, left, "{change:?}");
        anew(c).await;
    }
    // What the others ask for counts as well: she looks for dates, has no photo, shares nothing
    // with one.
    for (theirs, left) in [
        ("wish_goals = 1 WHERE user_id = 7841", ["7842", "7843"]),
        ("wish_photo = true WHERE user_id = 7842", ["7841", "7843"]),
        ("wish_shared = true WHERE user_id = 7842", ["7841", "7843"]),
    ] {
        c.sql(&format!("UPDATE dating_profiles SET {theirs}")).await;
        assert_eq!(dealt(c).await, left, "{theirs}");
        anew(c).await;
    }
    // Looked at again when one is served: whatever was dealt before.
    assert_eq!(dealt(c).await, all);
    c.sql(
        "UPDATE dating_profiles SET photo = NULL WHERE user_id = 7843;
        UPDATE dating_profiles SET wish_goals = 2, wish_shared = true WHERE user_id = 7840",
    )
    .await;
    assert_eq!(card(c, HER.0).await.map(|(_, whom)| whom), Some(UserId(7_843)));
    anew(c).await;
    // A change takes away what was dealt by other wishes, and not what lies open.
    assert_eq!(dealt(c).await, all);
    asks(c, Some(Change::Photo(true))).await;
    assert_eq!(
        c.sql("SELECT count(*) FROM dating_cards WHERE viewer = 7840 AND served IS NULL").await,
        ["0"]
    );

    // Few changes a day; the same again is none, and looking is none.
    anew(c).await;
    for n in 0..CHANGES {
        let (filters, often) = asks(c, Some(Change::Shared(n % 2 == 0))).await;
        assert_eq!((filters.shared, often), (n % 2 == 0, false), "{n}");
        assert!(!asks(c, Some(Change::Shared(n % 2 == 0))).await.1);
    }
    let last = asks(c, None).await;
    assert_eq!(asks(c, Some(Change::Photo(true))).await, (last.0, true), "it stays");
    assert_eq!(asks(c, None).await, last);
    c.sql("UPDATE dating_profiles SET filter_day = filter_day - 1 WHERE user_id = 7840").await;
    assert!(!asks(c, Some(Change::Photo(true))).await.1);
    assert_eq!(c.store.dating_filters(UserId(7_849), None).await.expect("an answer"), Event::Gone);
}

/// Whoever tries which of their own answers takes an open card away would read what its owner asks
/// for. Guards: `count` in `hear` and in `fill`; that of the app's is in the black box.
pub async fn own_answers_are_changed_as_seldom_as_filters(c: &mut Context) {
    one_day().await;
    const WHO: i64 = 7_850;
    let began = known(Gender::Female, 0b010);
    joins(c, WHO, began, ("24.03.1998", "Cheboksary")).await;
    let changes = "SELECT filter_changes FROM dating_profiles WHERE user_id = 7850";
    assert_eq!(c.sql(changes).await, ["0"], "what nobody has seen yet is no change");
    let mut seq = 10;
    let mut goal = async |c: &mut Context, goal: Goal| {
        c.sql("UPDATE dating_profiles SET asks = 'goal' WHERE user_id = 7850").await;
        seq += 1;
        says(c, WHO, seq, Answer::Goal(goal)).await
    };
    let asks = |question, objection| Event::Ask { question, objection };
    for n in 0..CHANGES - 1 {
        let other = if n % 2 == 0 { Goal::Friendship } else { Goal::Dates };
        assert_eq!(goal(c, other).await, asks(Question::Bio, None), "{n}");
    }
    assert_eq!(goal(c, Goal::Friendship).await, asks(Question::Bio, None), "the same again is none");
    // The last one of today: other topics, with the questions anew.
    let other = Known { interests: Interests(0b1000), ..began };
    let fill = async |c: &Context, known| c.store.dating_fill(UserId(WHO), known).await.expect("a question");
    assert_eq!(fill(c, other).await, asks(Question::Name, None));
    let wants = Known { genders: 0b011, ..began };
    assert_eq!(fill(c, wants).await, asks(Question::Name, Some(Objection::Often)));
    let genders = "SELECT genders FROM dating_profiles WHERE user_id = 7850";
    assert_eq!(c.sql(genders).await, ["3"], "whom they want to meet is no answer of theirs");
    assert_eq!(fill(c, other).await, asks(Question::Name, None));
    assert_eq!(goal(c, Goal::Open).await, asks(Question::Goal, Some(Objection::Often)));
    assert_eq!(
        c.sql("SELECT goal, interests FROM dating_profiles WHERE user_id = 7850").await,
        [format!("{}|8", Goal::Friendship as u8)],
        "they stay"
    );
    // Filters are of the same number.
    let filters = c.store.dating_filters(UserId(WHO), Some(Change::Photo(true))).await.expect("an answer");
    assert!(matches!(filters, Event::Filters { often: true, .. }), "{filters:?}");
    c.sql("UPDATE dating_profiles SET filter_day = filter_day - 1 WHERE user_id = 7850").await;
    assert_eq!(goal(c, Goal::Open).await, asks(Question::Bio, None));
    assert_eq!(fill(c, began).await, asks(Question::Name, None));
}
