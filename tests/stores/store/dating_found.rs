//! Matches as the chat lists them, and names that are looked for.

use super::context::Context;
use super::dating::{card, joins, known, says, words};
use nameless::capabilities::dating::Decided;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::found::{Found, PAGE};
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::capabilities::dating::profile::{Answer, Objection, Question};
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;

/// A city of their own.
const CITY: &str = "Tbilisi";
const HER: i64 = 7_950;
/// One more than a page has, the oldest match first.
const NAMES: [&str; 9] = ["Иван", "Алёша", "Tom", "Thomas", "Марк", "Лев", "Олег", "Пётр", "Юрий"];

async fn found(c: &Context, part: &str, from: usize) -> Found {
    match c.store.dating_found(UserId(HER), part.into(), from).await.unwrap() {
        Event::Matches(found) => found,
        other => panic!("{other:?}"),
    }
}

fn names(found: &Found) -> Vec<&str> {
    found.all.iter().map(|one| &*one.name).collect()
}

async fn find(c: &Context) -> Event {
    c.store.dating_find(UserId(HER)).await.unwrap()
}

async fn asks(c: &mut Context) -> Vec<String> {
    c.sql(&format!("SELECT coalesce(asks, 'nothing') FROM dating_profiles WHERE user_id = {HER}")).await
}

/// Guards: the page of `Found::of`, `CLOSE` and `FIND_MS`, that `ring` goes on without one key.
pub async fn matches_are_found_by_name(c: &mut Context) {
    joins(c, HER, known(Gender::Female, 0b010), ("24.03.1998", CITY)).await;
    for (n, name) in (1..).zip(NAMES) {
        let him = HER + n;
        joins(c, him, known(Gender::Male, 0b001), ("1.2.1996", CITY)).await;
        c.sql(&format!("UPDATE dating_profiles SET asks = 'name' WHERE user_id = {him}")).await;
        let next = Event::Ask { question: Question::City, objection: None };
        assert_eq!(says(c, him, 10, words(name)).await, next);
        for (viewer, decided) in [(him, Decided::Kept), (HER, Decided::Matched)] {
            let (token, _) = card(c, viewer).await.expect("a card");
            assert_eq!(
                c.store.dating_say(UserId(viewer), token, Verdict::Like, 1_000).await.unwrap(),
                decided
            );
        }
        // The order is theirs by the clock; of two in one millisecond it would be by id.
        c.sql(&format!(
            "UPDATE dating_pairs SET matched_at = matched_at + {n} WHERE lo = {HER} AND hi = {him}"
        ))
        .await;
    }
    let first = found(c, "", 0).await;
    assert_eq!((names(&first)[0], first.all.len(), first.more), ("Юрий", PAGE, true));
    let second = found(c, "", PAGE).await;
    assert_eq!((names(&second), second.more), (vec!["Иван"], false));
    assert_eq!(names(&found(c, "", 10_000).await), ["Иван"], "the last page");
    assert_eq!(names(&found(c, "t", 0).await), ["Thomas", "Tom"]);
    assert_eq!(names(&found(c, "петр", 0).await), ["Пётр"]);

    // The question is asked by itself, heard once, and forgotten soon.
    let question = |objection| Event::Ask { question: Question::Find, objection };
    assert_eq!(find(c).await, question(None));
    assert_eq!(says(c, HER, 20, Answer::Other).await, question(Some(Objection::Kind)));
    match says(c, HER, 21, words("  АЛЕ ")).await {
        Event::Matches(page) => assert_eq!((names(&page), &*page.part), (vec!["Алёша"], "але")),
        other => panic!("{other:?}"),
    }
    assert_eq!(says(c, HER, 22, words("Tom")).await, Event::NotAsked);
    find(c).await;
    found(c, "", 0).await;
    assert_eq!(asks(c).await, ["nothing"], "who looks at the list is asked for no name");
    find(c).await;
    c.sql(&format!("UPDATE dating_profiles SET asked = asked - 600001 WHERE user_id = {HER}")).await;
    assert_eq!(says(c, HER, 23, words("Tom")).await, Event::NotAsked);
    // No other question is closed by the list.
    c.sql(&format!("UPDATE dating_profiles SET asks = 'bio' WHERE user_id = {HER}")).await;
    found(c, "", 0).await;
    assert_eq!(asks(c).await, ["bio"]);

    // One whose key or words cannot be read is left out, and takes nobody along.
    c.sql(&format!("UPDATE user_keys SET wrapped = wrapped || 'x'::bytea WHERE user_id = {}", HER + 3)).await;
    c.sql(&format!("UPDATE dating_profiles SET sealed = 'x' WHERE user_id = {}", HER + 5)).await;
    assert_eq!(names(&found(c, "t", 0).await), ["Thomas"]);
    assert_eq!(found(c, "", 0).await.all.len(), NAMES.len() - 2);
    // Nobody finds another's.
    let his = c.store.dating_found(UserId(HER + 1), "t".into(), 0).await.unwrap();
    assert_eq!(his, Event::Matches(Found { part: "t".into(), ..Found::default() }));
    let all: Vec<Token> = found(c, "", 0).await.all.iter().map(|one| one.token).collect();
    assert!(c.store.dating_matches(UserId(HER)).await.unwrap().iter().all(|one| all.contains(&one.token)));
    let theirs = format!("BETWEEN {HER} AND {}", HER + 9);
    c.sql(&format!(
        "DELETE FROM dating_pairs WHERE lo {theirs}; DELETE FROM dating_profiles WHERE user_id {theirs}"
    ))
    .await;
    let whole = "substring(wrapped FROM 1 FOR octet_length(wrapped) - 1)";
    c.sql(&format!("UPDATE user_keys SET wrapped = {whole} WHERE user_id = {}", HER + 3)).await;
}
