//! Dating in the chat: two people make profiles, like each other, hear of it once, and talk.

use crate::admin::{GROUP, answered, get, orders, post, staff, staffed_with, token, yes};
use crate::common::{Answers, ask, dump, marker, member, tap, texts, together, told};
use crate::pages::entries;
use crate::pages::visitor::{self, Visitor};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::PATIENCE;
use nameless_domain::capabilities::admin::Role;
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use nameless_vision::picture::Picture;
use reqwest::StatusCode;
use serde_json::json;

pub const WOMAN: Answers = Answers { gender: 0, age: 1, wish: 2 };
pub const MAN: Answers = Answers { gender: 1, age: 1, wish: 1 };

pub fn dating() -> Options {
    Options::default().with("DATING", "on")
}

/// Makes a profile.
pub async fn profile(user: &SimUser, name: &str, bio: &str, photo: bool) {
    profile_with(user, name, bio, photo.then(picture)).await;
}

/// Makes a profile, with this picture if any.
pub async fn profile_with(user: &SimUser, name: &str, bio: &str, photo: Option<Vec<u8>>) {
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
        Some(picture) => _ = user.send(Outgoing::photo().bytes(picture).mime("image/jpeg")),
        None => _ = tap(user, "dt:skip").await,
    }
    told(user, mark, "Your card is ready").await;
}

/// A card after `mark`.
pub async fn card(user: &SimUser, mark: i32, name: &str) -> ChatMessage {
    let says = |m: &ChatMessage| m.caption().or(m.text()).is_some_and(|words| words.contains(name));
    user.wait_after(mark, PATIENCE, |m| m.from_bot && says(m) && has_like(m))
        .await
        .unwrap_or_else(|e| panic!("no card of {name}: {e}"))
}

fn has_like(message: &ChatMessage) -> bool {
    message.buttons().iter().flatten().any(|b| b.data.as_deref().is_some_and(|d| d.starts_with("dt:like:")))
}

fn picture() -> Vec<u8> {
    Picture::plain(320, 240, [90, 120, 150]).jpeg(80).expect("a picture")
}

async fn two(app: &TestApp) -> (SimUser, SimUser) {
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    profile(&anna, "Lisa", "rain and old films", true).await;
    profile(&boris, "Tom", "climbing", false).await;
    (anna, boris)
}

/// Asks for the next card; presses like.
pub async fn likes(user: &SimUser, name: &str) -> ChatMessage {
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
    assert!(shown.text().is_some_and(|t| !t.contains("Only you see this")), "{shown:?}");
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
    together(&anna, &boris).await;
    anna.send_text("hello, Tom");
    told(&boris, mark, "hello, Tom").await;
    for (user, mark) in [(&anna, from_anna), (&boris, mark)] {
        assert!(!texts(user, mark).iter().any(|text| text.contains("Someone is here")), "nobody searched");
    }
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

/// Also where the match is ended by its list, beside the chat.
#[tokio::test]
async fn a_chat_ends_with_its_match() {
    let app = spawn_app(dating());
    let (anna, boris) = two(&app).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    likes(&anna, "Tom").await;
    likes(&boris, "Lisa").await;
    told(&anna, from_anna, "It is mutual").await;
    tap(&anna, "dt:write:").await;
    told(&anna, from_anna, "This is Tom, your match").await;
    told(&boris, from_boris, "This is Lisa, your match").await;
    together(&anna, &boris).await;
    ask(&boris, "/matches", "Who would you like to write to?").await;
    tap(&boris, "dt:part:").await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    tap(&boris, "dt:part-yes:").await;
    told(&boris, from_boris, "The match has ended").await;
    told(&boris, from_boris, "The chat is over").await;
    told(&anna, from_anna, "ended the chat").await;
}

/// Whoever only wants to be rid of somebody need not report them.
#[tokio::test]
async fn who_is_blocked_in_the_chat_is_gone_for_both() {
    let app = spawn_app(dating());
    let (anna, boris) = two(&app).await;
    let mark = anna.mark();
    tap(&anna, "dt:next").await;
    card(&anna, mark, "Tom").await;
    tap(&anna, "dt:report:").await;
    told(&anna, mark, "What is wrong with this card?").await;
    let mark = anna.mark();
    tap(&anna, "dt:block:").await;
    told(&anna, mark, "That is everybody for now").await;
    let mark = boris.mark();
    tap(&boris, "dt:next").await;
    told(&boris, mark, "That is everybody for now").await;
    assert_eq!(app.count("actor_deaths"), 0);
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
    crate::support::clock::one_day().await;
    let app = spawn_app(dating());
    let (anna, boris) = two(&app).await;
    let mark = anna.mark();
    ask(&anna, "/dating", "Likes left today: 50").await;
    tap(&anna, "dt:me").await;
    let own = anna.wait_after(mark, PATIENCE, |m| m.caption().is_some_and(|c| c.contains("Lisa"))).await;
    let own = own.expect("her own card");
    assert!(!has_like(&own));
    let says = own.caption().unwrap_or_default();
    assert!(says.contains("Only you see this") && says.contains("a few more words about you"), "{says}");
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
    told(&boris, mark, "What is wrong with this card?").await;
    tap(&boris, "dt:why:3:").await;
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

/// Asks for the next card, which is nobody's.
async fn sees_nobody(user: &SimUser) {
    let mark = user.mark();
    tap(user, "dt:next").await;
    told(user, mark, "That is everybody for now").await;
}

/// A reported profile, from the report to its end: over HTTP, on the page and in the alerts chat.
#[tokio::test]
async fn operators_look_at_a_reported_profile() {
    let (app, owner, viewer) = staffed_with(staff().with("DATING", "on")).await;
    let (anna, boris) = two(&app).await;
    let carl = member(&app.world, "carl", MAN).await;
    profile(&carl, "Carl", "chess", false).await;
    let mark = boris.mark();
    tap(&boris, "dt:next").await;
    card(&boris, mark, "Lisa").await;
    tap(&boris, "dt:report:").await;
    told(&boris, mark, "What is wrong with this card?").await;
    tap(&boris, "dt:why:3:").await;
    told(&boris, mark, "That is everybody for now").await;

    // Whom, how many, why; the words are for who may read evidence.
    let id = anna.id();
    let listed = orders(&owner, "datingreports", "1 person reports it").await;
    assert!(listed.text().is_some_and(|text| text.contains(&id.to_string()) && !text.contains("rain")));
    orders(&viewer, &format!("datingprofile {id}"), "see_evidence").await;
    orders(&owner, &format!("datingprofile {id}"), "rain and old films").await;
    let (eyes, hand) = (token(&app, Role::Viewer).await, token(&app, Role::Moderator).await);
    let (_, queue) = get(&app, &eyes, "v1/dating/reports").await;
    let line = &queue["items"][0];
    assert_eq!((&line["user"], &line["standing"]), (&json!(id), &json!("shown")), "{queue}");
    assert_eq!(line["reasons"], json!([{ "reason": "spam", "reporters": 1 }]));
    assert!(!queue.to_string().contains(&boris.id().to_string()), "who reported it stays unsaid: {queue}");
    let path = format!("v1/dating/profiles/{id}");
    assert_eq!(get(&app, &eyes, &path).await.0, StatusCode::FORBIDDEN);
    let (_, read) = get(&app, &hand, &path).await;
    assert_eq!((&read["name"], &read["reports"][0]["bio"]), (&json!("Lisa"), &json!("rain and old films")));
    let waits = read["photos"].as_array().expect("photos");
    assert!(waits.len() == 1 && waits[0].is_number(), "the photo waits for an operator, too: {read}");
    let looks = entries(&app, "dating_profile").await;
    assert!(looks.iter().any(|(who, ..)| who == "token:moderator"), "{looks:?}");

    let rule = format!("{path}/rule");
    let hides = json!({ "ruling": "hide", "reason": "sells things" });
    assert_eq!(post(&app, &eyes, &rule, hides.clone()).await.0, StatusCode::FORBIDDEN);
    let (status, ruled) = post(&app, &hand, &rule, hides).await;
    assert_eq!((status, &ruled["standing"]), (StatusCode::OK, &json!("hidden")), "{ruled}");
    sees_nobody(&carl).await;
    ask(&anna, "/dating", "Your card is hidden at the moment").await;

    let page = Visitor::of_name(&app, "page", Role::Moderator).await;
    let (_, shown) = visitor::get(&page, "/admin/dating").await;
    assert!(shown.contains(&format!("/admin/dating/{id}")) && shown.contains("hidden"), "{shown}");
    let (_, shown) = visitor::get(&page, &format!("/admin/dating/{id}")).await;
    assert!(shown.contains("rain and old films") && shown.contains("/admin/photos/"), "{shown}");
    let fields = [("csrf", &*page.csrf), ("key", "k"), ("ruling", "show"), ("reason", "it is fine")];
    let sent = visitor::post(&page, &format!("/admin/dating/{id}/rule"), &fields).await;
    assert_eq!(sent.location.as_deref(), Some("/admin/dating?done=show-card"), "{}", sent.body);
    let mark = carl.mark();
    tap(&carl, "dt:next").await;
    card(&carl, mark, "Lisa").await;
    orders(&owner, "datingreports", "No dating profile waits").await;

    // A report of a profile that is gone can be closed.
    ask(&anna, "/dating", "Likes left today").await;
    let mark = anna.mark();
    tap(&anna, "dt:next").await;
    card(&anna, mark, "Carl").await;
    tap(&anna, "dt:report:").await;
    told(&anna, mark, "What is wrong with this card?").await;
    tap(&anna, "dt:why:3:").await;
    told(&anna, mark, "That is everybody for now").await;
    ask(&carl, "/dating", "Likes left today").await;
    let mark = carl.mark();
    tap(&carl, "dt:delete").await;
    tap(&carl, "dt:delete-yes").await;
    told(&carl, mark, "Your profile is gone").await;
    let gone = carl.id();
    let (_, shown) = visitor::get(&page, &format!("/admin/dating/{gone}")).await;
    assert!(shown.contains("deleted") && shown.contains("name=\"ruling\""), "{shown}");
    let fields = [("csrf", &*page.csrf), ("key", "g"), ("ruling", "show"), ("reason", "it is gone")];
    let sent = visitor::post(&page, &format!("/admin/dating/{gone}/rule"), &fields).await;
    assert_eq!(sent.location.as_deref(), Some("/admin/dating?done=show-card"), "{}", sent.body);
    orders(&owner, "datingreports", "No dating profile waits").await;

    let asked = orders(&owner, &format!("removedating {id} sells things"), "can make a new one").await;
    owner.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    answered(&owner, asked.message_id - 1, "deleted").await;
    ask(&anna, "/dating", "When were you born?").await;
}
