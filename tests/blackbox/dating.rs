//! Dating in the chat: two people make profiles, like each other, hear of it once, and talk.

use crate::common::{Answers, ask, dump, found, marker, member, tap, texts, together, told};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::PATIENCE;
use nameless_simulator::{ChatMessage, Outgoing, SimUser};

const WOMAN: Answers = Answers { gender: 0, age: 1, wish: 2 };
const MAN: Answers = Answers { gender: 1, age: 1, wish: 1 };

fn dating() -> Options {
    Options::default().with("DATING", "on")
}

/// Makes a profile.
async fn profile(user: &SimUser, name: &str, bio: &str, photo: bool) {
    ask(user, "/dating", "When were you born?").await;
    ask(user, "tomorrow", "not a date").await;
    ask(user, "24.03.1998", "What should your card call you?").await;
    ask(user, name, "Which city").await;
    ask(user, "Atlantis", "do not know this city").await;
    let mark = user.mark();
    user.send_text("moscow");
    told(user, mark, "What are you looking for?").await;
    let mark = user.mark();
    tap(user, "dt:goal:1").await;
    told(user, mark, "A few words about you").await;
    ask(user, "write me at @somebody_else", "No links").await;
    let mark = user.mark();
    user.send_text(bio);
    told(user, mark, "And a photo").await;
    let mark = user.mark();
    match photo {
        true => _ = user.send(Outgoing::photo()),
        false => _ = tap(user, "dt:skip").await,
    }
    told(user, mark, "Your card is ready").await;
}

/// A card after `mark`.
async fn card(user: &SimUser, mark: i32, name: &str) -> ChatMessage {
    let says = |m: &ChatMessage| m.caption().or(m.text()).is_some_and(|words| words.contains(name));
    user.wait_after(mark, PATIENCE, |m| m.from_bot && says(m) && has_like(m))
        .await
        .unwrap_or_else(|e| panic!("no card of {name}: {e}"))
}

fn has_like(message: &ChatMessage) -> bool {
    message.buttons().iter().flatten().any(|b| b.data.as_deref().is_some_and(|d| d.starts_with("dt:like:")))
}

async fn two(app: &TestApp) -> (SimUser, SimUser) {
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    profile(&anna, "Lisa", "rain and old films", true).await;
    profile(&boris, "Tom", "climbing", false).await;
    (anna, boris)
}

/// Asks for the next card; presses like.
async fn likes(user: &SimUser, name: &str) -> ChatMessage {
    let mark = user.mark();
    tap(user, "dt:next").await;
    let card = card(user, mark, name).await;
    tap(user, "dt:like:").await;
    card
}

#[tokio::test]
async fn two_like_each_other_are_told_once_and_talk() {
    let app = spawn_app(dating());
    let (anna, boris) = two(&app).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    let shown = likes(&anna, "Tom").await;
    assert!(
        shown.text().is_some_and(|t| t.contains("climbing") && t.contains("less than 10 km")),
        "{shown:?}"
    );
    told(&anna, from_anna, "That is everybody for now").await;
    let shown = likes(&boris, "Lisa").await;
    assert_eq!(shown.kind(), "photo");
    assert!(shown.has_spoiler(), "nobody has looked at it");
    told(&anna, from_anna, "It is mutual: you and Tom").await;
    told(&boris, from_boris, "It is mutual: you and Lisa").await;
    // A second tap on the same card is nothing.
    tap(&boris, "dt:like:").await;

    let mark = boris.mark();
    tap(&anna, "dt:write:").await;
    told(&anna, from_anna, "This is Tom, your match").await;
    told(&boris, mark, "This is Lisa, your match").await;
    found(&boris, mark).await;
    together(&anna, &boris).await;
    anna.send_text("hello, Tom");
    told(&boris, mark, "hello, Tom").await;
    ask(&anna, "/dating", "You are talking to somebody").await;
    for (user, mark) in [(&anna, from_anna), (&boris, from_boris)] {
        let times = texts(user, mark).iter().filter(|text| text.contains("It is mutual")).count();
        assert_eq!(times, 1, "told once");
    }
    let mark = boris.mark();
    ask(&anna, "/stop", "").await;
    told(&boris, mark, "ended the chat").await;

    // Once more, by the list; then it is over.
    let (mark, mine) = (boris.mark(), anna.mark());
    ask(&anna, "/matches", "Who would you like to write to?").await;
    tap(&anna, "dt:write:").await;
    told(&anna, mine, "This is Tom, your match").await;
    told(&boris, mark, "This is Lisa, your match").await;
    marker(&anna, &boris).await;
    ask(&boris, "/stop", "").await;
    ask(&boris, "/matches", "Who would you like to write to?").await;
    tap(&boris, "dt:part:").await;
    let mark = boris.mark();
    tap(&boris, "dt:part-yes:").await;
    told(&boris, mark, "The match has ended").await;
    ask(&anna, "/matches", "No matches yet").await;

    // I18: nothing of who the other one is, in anything that was shown.
    for (reader, other, name) in [(&anna, &boris, "boris"), (&boris, &anna, "anna")] {
        let all = dump(reader);
        for part in [
            other.id().to_string(),
            format!("{name}First"),
            format!("{name}Last"),
            format!("{name}_username"),
        ] {
            assert!(!all.contains(&part), "{part} in {all}");
        }
    }
}

#[tokio::test]
async fn there_is_none_where_it_is_off() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/dating", "There is no such command").await;
    let help = ask(&anna, "/help", "How it works").await;
    assert!(!help.text().unwrap_or_default().contains("/dating"));
}

#[tokio::test]
async fn a_profile_rests_and_goes() {
    let app = spawn_app(dating());
    let (anna, boris) = two(&app).await;
    let mark = anna.mark();
    ask(&anna, "/dating", "Likes left today: 50").await;
    tap(&anna, "dt:me").await;
    let own = anna.wait_after(mark, PATIENCE, |m| m.caption().is_some_and(|c| c.contains("Lisa"))).await;
    assert!(own.is_ok_and(|own| !has_like(&own)));
    tap(&anna, "dt:pause").await;
    told(&anna, mark, "You are taking a break").await;
    let mark = boris.mark();
    tap(&boris, "dt:next").await;
    told(&boris, mark, "That is everybody for now").await;
    let mark = anna.mark();
    tap(&anna, "dt:resume").await;
    told(&anna, mark, "Likes left today").await;
    let mark = boris.mark();
    tap(&boris, "dt:next").await;
    card(&boris, mark, "Lisa").await;
    // Reported, she is never seen again.
    let mark = boris.mark();
    tap(&boris, "dt:report:").await;
    told(&boris, mark, "That is everybody for now").await;
    let mark = anna.mark();
    tap(&anna, "dt:delete").await;
    tap(&anna, "dt:delete-yes").await;
    told(&anna, mark, "Your profile is gone").await;
    ask(&anna, "/dating", "When were you born?").await;
    let mark = anna.mark();
    anna.send_text("1.1.2012");
    told(&anna, mark, "18 and older only").await;
    ask(&anna, "/dating", "18 and older only").await;
    let words = "nobody is here";
    ask(&anna, words, "not talking to anyone").await;
}
