//! Who meets whom, in which order, never whom again; what a search says while nobody is there.

use crate::common::{
    Answers, MAN, WOMAN, ask, found, inbox, member, search, still_searching, tap, together, told,
};
use crate::support::app::{Options, spawn_app};
use crate::support::people::{PATIENCE, pair};
use nameless_simulator::SimUser;

const WANTS_MEN: Answers = Answers { gender: 0, age: 0, wish: 2 };
const WANTS_WOMEN: Answers = Answers { gender: 1, age: 0, wish: 1 };

async fn stop(user: &SimUser) {
    ask(user, "/stop", "The chat is over").await;
}

#[tokio::test]
async fn wishes_must_fit_both_ways() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WANTS_MEN).await;
    // Whom she would like, but who would not like her; and the reverse.
    let boris = member(&app.world, "boris", Answers { wish: 2, ..MAN }).await;
    let clara = member(&app.world, "clara", Answers { gender: 0, age: 0, wish: 1 }).await;
    let other = member(&app.world, "other", Answers { gender: 2, age: 4, wish: 1 }).await;
    for user in [&anna, &boris, &clara, &other] {
        search(user).await;
    }
    for user in [&anna, &boris, &clara, &other] {
        still_searching(user).await;
    }
    let (mark, dmitri) = (anna.mark(), member(&app.world, "dmitri", WANTS_WOMEN).await);
    search(&dmitri).await;
    found(&anna, mark).await;
    found(&dmitri, 0).await;
    together(&anna, &dmitri).await;
    still_searching(&boris).await;
    still_searching(&clara).await;
}

#[tokio::test]
async fn who_has_waited_longest_is_first_and_searching_twice_keeps_the_place() {
    let app = spawn_app(Options::default());
    let mut women = Vec::new();
    for name in ["first", "second", "third"] {
        let woman = member(&app.world, name, WANTS_MEN).await;
        search(&woman).await;
        women.push(woman);
    }
    ask(&women[0], "/search", "Already looking. To stop").await;
    ask(&women[0], "/start", "Already looking. To stop").await;
    for woman in &women {
        let man = member(&app.world, "man", WANTS_WOMEN).await;
        let mark = woman.mark();
        search(&man).await;
        found(woman, mark).await;
        found(&man, 0).await;
        together(woman, &man).await;
    }
}

#[tokio::test]
async fn the_same_two_do_not_meet_again_within_the_window_nor_after_a_restart() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    pair(&anna, &boris).await;
    stop(&anna).await;
    search(&anna).await;
    search(&boris).await;
    still_searching(&anna).await;
    still_searching(&boris).await;
    let (world, data_dir) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    // Both searches go on by themselves, and still do not meet.
    still_searching(&anna).await;
    still_searching(&boris).await;
    // The longest-waiting of them meets the next who comes.
    let (mark, clara) = (anna.mark(), member(&app.world, "clara", WOMAN).await);
    search(&clara).await;
    found(&anna, mark).await;
    found(&clara, 0).await;
    together(&anna, &clara).await;
    still_searching(&boris).await;
}

#[tokio::test]
async fn after_the_window_they_may_meet_but_never_who_blocked_or_reported() {
    let app = spawn_app(Options::default().with("REPEAT_WINDOW", "0s"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    pair(&anna, &boris).await;
    stop(&anna).await;
    pair(&anna, &boris).await;
    stop(&boris).await;
    // Without a window they would meet again; the block stands against it, whichever side searches
    // first.
    told(&anna, 0, "The other person ended the chat").await;
    assert_eq!(
        tap(&anna, "fb:block").await.text.as_deref(),
        Some("Done, you will not be paired with this person again.")
    );
    search(&boris).await;
    search(&anna).await;
    still_searching(&anna).await;
    still_searching(&boris).await;
    let (mark, clara) = (boris.mark(), member(&app.world, "clara", WOMAN).await);
    search(&clara).await;
    found(&boris, mark).await;
    found(&clara, 0).await;
    together(&boris, &clara).await;
    // Reported while the chat goes on: it ends, and the two do not meet again.
    let mark = boris.mark();
    ask(&clara, "/report", "What happened?").await;
    tap(&clara, "fb:r:").await;
    told(&clara, 0, "your report is in").await;
    told(&boris, mark, "The other person ended the chat").await;
    ask(&anna, "/stop", "Search stopped").await;
    search(&clara).await;
    search(&boris).await;
    still_searching(&clara).await;
    still_searching(&boris).await;
}

#[tokio::test]
async fn wishes_widen_saying_so() {
    let app = spawn_app(Options::default().with("WIDEN_AFTER", "1s"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", Answers { gender: 1, age: 3, wish: 0 }).await;
    // Only people with shared topics, and only of her own age.
    ask(&anna, "/profile", "Your profile").await;
    tap(&anna, "pf:shared").await;
    tap(&anna, "pf:ages").await;
    for age in 1..5 {
        tap(&anna, &format!("pf:ages:{age}")).await;
    }
    let mark = anna.mark();
    search(&anna).await;
    search(&boris).await;
    let topics = told(&anna, mark, "Nobody with shared topics so far").await;
    let ages = told(&anna, mark, "Nobody of that age so far").await;
    let here = told(&anna, mark, "Someone is here").await;
    assert!(topics.message_id < ages.message_id && ages.message_id < here.message_id);
    found(&boris, 0).await;
    together(&anna, &boris).await;
}

#[tokio::test]
async fn a_search_that_finds_nobody_asks_whether_to_go_on() {
    let app = spawn_app(Options::default().with("SEARCH_TIMEOUT", "4s"));
    let anna = member(&app.world, "anna", WOMAN).await;
    search(&anna).await;
    let asked = told(&anna, 0, "Keep looking?").await;
    let query = anna.press(asked.message_id, "s:more");
    let answer = anna.wait_answer(PATIENCE, &query).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(answer.text.as_deref(), Some("Still looking."));
    // It asks again, and unanswered it ends.
    let again = told(&anna, asked.message_id, "Keep looking?").await;
    told(&anna, again.message_id, "Nobody suitable turned up").await;
    ask(&anna, "hello?", "not talking to anyone").await;
    // "That's enough" ends it at once.
    let mark = anna.mark();
    search(&anna).await;
    told(&anna, mark, "Keep looking?").await;
    tap(&anna, "s:stop").await;
    told(&anna, mark, "Search stopped").await;
    assert!(!inbox(&anna, 0).iter().any(|m| m.text().is_some_and(|t| t.contains("Someone is here"))));
}
