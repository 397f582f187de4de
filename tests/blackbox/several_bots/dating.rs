//! Dating where two people are at different bots: a photo is one bot's file, and what is signed for
//! the Mini App one bot's word.

use super::{SECOND, two_bots};
use crate::common::{ask, comes, member, newcomer, receives, tap, together, told};
use crate::dating::{MAN, WOMAN, card, dating, likes, profile};
use crate::dating_api::phone::{Phone, exchange, now, signed};
use crate::support::app::{Options, TOKEN, TestApp, spawn_app};
use crate::support::people::{PATIENCE, has_button, pair};
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use nameless_vision::picture::Picture;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn both() -> Options {
    two_bots().with("DATING", "on")
}

/// Anna, whose profile is made at the first bot, and Boris, whose is at the second.
pub(super) async fn two(app: &TestApp) -> (SimUser, SimUser) {
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = newcomer(&app.world, "boris", Some("en")).with_bot(SECOND);
    comes(&boris, MAN).await;
    profile(&anna, "Lisa", "rain and old films", true).await;
    profile(&boris, "Tom", "climbing", true).await;
    (anna, boris)
}

/// What Telegram signs for the app that somebody opens at a bot; it may write to them or not.
fn opened(user: &SimUser, token: &str, may_write: bool) -> String {
    let mut said = json!({ "id": user.id(), "first_name": "A", "language_code": "en" });
    if may_write {
        said["allows_write_to_pm"] = json!(true);
    }
    signed(&[("auth_date", &now().to_string()), ("user", &said.to_string())], token)
}

/// The app, open at a bot.
async fn phone(app: &TestApp, user: &SimUser, token: &str, may_write: bool) -> Phone {
    let (status, session) = exchange(app, &opened(user, token, may_write)).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    Phone::with(app, session["token"].as_str().expect("a token"))
}

fn picture(n: u8) -> Vec<u8> {
    Picture::plain(320, 240, [90, 20 * n, 150]).jpeg(80).expect("a picture")
}

/// The photos of a card that another one's app shows.
async fn looked_at(phone: &Phone, card: &Value) -> Vec<Vec<u8>> {
    let mut photos = Vec::new();
    for shot in card["photos"].as_array().expect("photos") {
        let path = shot["url"].as_str().expect("an address");
        let path = path.strip_prefix("/app/api/v1/").unwrap_or(path);
        let answer = phone.raw(Method::GET, path, None, None).await;
        assert_eq!(answer.status(), StatusCode::OK);
        photos.push(answer.bytes().await.expect("bytes").to_vec());
    }
    photos
}

/// Guard: whose a photo is, in its handle. A bot that names another one's file is refused.
#[tokio::test]
async fn two_at_two_bots_see_each_other_match_and_talk() {
    let app = spawn_app(both());
    let (anna, boris) = two(&app).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    for (user, name) in [(&anna, "Tom"), (&boris, "Lisa")] {
        let shown = likes(user, name).await;
        assert_eq!((shown.kind(), shown.has_spoiler()), ("photo", true), "{name}: {shown:?}");
    }
    told(&anna, from_anna, "It is mutual: you and Tom").await;
    told(&boris, from_boris, "It is mutual: you and Lisa").await;
    // What somebody is called in Telegram is asked by the bot that they are at.
    for user in [&anna, &boris] {
        ask(user, "/matches", "Who would you like to write to?").await;
        tap(user, "dt:share:").await;
        tap(user, "dt:share-yes:").await;
    }
    told(&anna, from_anna, "@boris_username").await;
    told(&boris, from_boris, "@anna_username").await;
    let mark = boris.mark();
    tap(&anna, "dt:write:").await;
    told(&anna, from_anna, "This is Tom, your match").await;
    told(&boris, mark, "This is Lisa, your match").await;
    together(&anna, &boris).await;
    assert!(boris.with_bot(TOKEN).chat().is_empty() && anna.with_bot(SECOND).chat().is_empty());

    // Where she writes next, her matches are.
    let mark = boris.mark();
    ask(&anna, "/stop", "").await;
    told(&boris, mark, "ended the chat").await;
    let there = anna.with_bot(SECOND);
    let mark = there.mark();
    ask(&there, "/matches", "Who would you like to write to?").await;
    tap(&there, "dt:write:").await;
    told(&there, mark, "This is Tom, your match").await;
    together(&there, &boris).await;
    assert_eq!(app.count("actor_deaths"), 0);
}

/// A letter's file is read at one bot and uploaded at the other.
#[tokio::test]
async fn a_letters_photo_gets_to_the_other_bot() {
    let app = spawn_app(both());
    let (anna, boris) = two(&app).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    likes(&anna, "Tom").await;
    likes(&boris, "Lisa").await;
    told(&anna, from_anna, "It is mutual: you and Tom").await;
    told(&boris, from_boris, "It is mutual: you and Lisa").await;
    let carla = member(&app.world, "carla", WOMAN).await;
    pair(&boris, &carla).await;
    let (hers, his) = (anna.mark(), boris.mark());
    tap(&anna, "dt:write:").await;
    told(&anna, hers, "What you write now goes to Tom").await;
    let sent = anna.send(Outgoing::photo().caption("a view"));
    let got = receives(&boris, his, "photo").await;
    assert_eq!((got.caption(), got.has_spoiler()), (Some("a view"), true));
    assert!(has_button(&got, "dt:letter:"), "{got:?}");
    let is_taken = |m: &ChatMessage| m.message_id == sent && m.bot_emoji() == ["🕊"];
    assert!(anna.wait_for(PATIENCE, is_taken).await.is_ok(), "it is not marked");
    let mark = anna.mark();
    boris.send(Outgoing::voice().reply_to(got.message_id));
    let voice = receives(&anna, mark, "voice").await;
    assert!(has_button(&voice, "dt:letter:"), "{voice:?}");
    together(&boris, &carla).await;
}

#[tokio::test]
async fn the_app_is_the_bots_at_which_it_was_opened() {
    let app = spawn_app(both());
    let (anna, boris) = two(&app).await;
    let his = phone(&app, &boris, SECOND, true).await;
    let (status, refused) = exchange(&app, &opened(&boris, "3:test", true)).await;
    assert_eq!((status, &refused["code"]), (StatusCode::UNAUTHORIZED, &json!("signature")));
    // What he adds lies in his chat with that bot.
    for n in [1, 2] {
        let mark = boris.mark();
        let (status, list) = his.sends(picture(n), "image/jpeg", &format!("p{n}")).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        receives(&boris, mark, "photo").await;
    }
    assert!(boris.with_bot(TOKEN).chat().is_empty());

    // She sees all of it: in the app, on the card, behind the card.
    let hers = phone(&app, &anna, TOKEN, true).await;
    let photos = looked_at(&hers, &hers.card().await).await;
    assert_eq!((photos.len(), &photos[1..]), (3, &[picture(1), picture(2)][..]));
    let mark = anna.mark();
    tap(&anna, "dt:next").await;
    let shown = card(&anna, mark, "Tom").await;
    assert_eq!(shown.kind(), "photo");
    let mark = anna.mark();
    tap(&anna, "dt:album:").await;
    let is_of_album =
        |m: &&ChatMessage| m.from_bot && m.message_id > mark && m.kind() == "photo" && m.caption().is_none();
    let came = anna.wait_chat(PATIENCE, |chat| chat.iter().filter(is_of_album).count() == 2).await;
    assert!(came.is_ok(), "no album");

    // A bot that may not write to her is none for her to be at; one that may is.
    let there = anna.with_bot(SECOND);
    let mark = anna.mark();
    phone(&app, &anna, SECOND, false).await;
    let (status, list) = hers.sends(picture(3), "image/jpeg", "p3").await;
    assert_eq!(status, StatusCode::OK, "{list}");
    receives(&anna, mark, "photo").await;
    ask(&there, "/help", "How it works").await;
    ask(&anna, "/help", "How it works").await;
    let mark = there.mark();
    let hers = phone(&app, &anna, SECOND, true).await;
    hers.says("like").await;
    his.says("like").await;
    told(&there, mark, "It is mutual: you and Tom").await;
    assert!(!anna.chat().iter().any(|m| m.text().is_some_and(|text| text.contains("It is mutual"))));
}

#[tokio::test]
async fn a_card_comes_without_the_photo_of_a_bot_that_is_gone() {
    let app = spawn_app(both());
    let (anna, _) = two(&app).await;
    let (world, data_dir) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..dating() });
    let shown = likes(&anna, "Tom").await;
    assert_eq!(shown.kind(), "text", "{shown:?}");
    assert_eq!(app.count("actor_deaths"), 0);
}

/// The photos that are there come; what only a bot that is gone could read does not. Guard:
/// `without_lost`.
#[tokio::test]
async fn an_album_comes_without_the_photos_of_a_bot_that_is_gone() {
    let app = spawn_app(both());
    let (anna, boris) = two(&app).await;
    // Behind his first photo one more at this bot, and one at the other.
    for (at, n) in [(boris.clone(), 2), (boris.with_bot(TOKEN), 3)] {
        ask(&at, "/dating", "Likes left today").await;
        let mark = at.mark();
        tap(&at, "dt:photos").await;
        told(&at, mark, "Your photos:").await;
        tap(&at, "dt:more").await;
        told(&at, mark, "Send another photo").await;
        let mark = at.mark();
        at.send(Outgoing::photo().bytes(picture(n)).mime("image/jpeg"));
        told(&at, mark, &format!("Your photos: {n} of 6")).await;
    }
    let (world, data_dir) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..dating() });
    let mark = anna.mark();
    tap(&anna, "dt:next").await;
    let shown = card(&anna, mark, "Tom").await;
    assert_eq!(shown.kind(), "text", "{shown:?}");
    let mark = anna.mark();
    tap(&anna, "dt:album:").await;
    let other = receives(&anna, mark, "photo").await;
    assert!(other.has_spoiler(), "nobody has looked at it");
    let file = other.file_id().expect("a file").to_owned();
    assert_eq!(anna.file(&file).expect("its bytes").to_vec(), picture(3));
    assert_eq!(app.count("actor_deaths"), 0);
}
