//! Photos of a profile: sent by the app and by the chat, in an order, looked at, and gone.

use super::phone::Phone;
use super::{joins, matched, two};
use crate::common::{ask, member, metric, tap, told};
use crate::dating::{WOMAN, dating};
use crate::photos::{guarded, has_worker, models, nude};
use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::people::PATIENCE;
use nameless_domain::capabilities::dating::photo;
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use nameless_vision::picture::Picture;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// One of several pictures of nothing.
pub(super) fn picture(n: u8) -> Vec<u8> {
    Picture::plain(320, 240, [90, 20 * n, 150]).jpeg(80).expect("a picture")
}

/// Names of photos in their order.
fn names(list: &Value) -> Vec<String> {
    let name = |shot: &Value| shot["id"].as_str().expect("a name").to_owned();
    list["photos"].as_array().expect("photos").iter().map(name).collect()
}

/// Photos that the bot put into somebody's chat.
fn kept(user: &SimUser) -> usize {
    let says =
        |m: &ChatMessage| m.caption().is_some_and(|words| words.contains("Photo for your dating card"));
    user.chat().iter().filter(|m| m.from_bot && m.kind() == "photo" && says(m)).count()
}

async fn bytes(phone: &Phone, path: &str) -> Option<Vec<u8>> {
    let path = path.strip_prefix("/app/api/v1/").unwrap_or(path);
    let answer = phone.raw(Method::GET, path, None, None).await;
    match answer.status() {
        StatusCode::OK => Some(answer.bytes().await.expect("bytes").to_vec()),
        _ => None,
    }
}

#[tokio::test]
async fn photos_go_from_the_app_to_the_cards_of_others() {
    let app = spawn_app(dating());
    let ((anna, hers), (_, his)) = two(&app).await;
    assert_eq!(hers.get("profile/photos").await, json!({ "photos": [], "most": 6 }));
    let (status, first) = hers.sends(picture(1), "image/jpeg", "p1").await;
    assert_eq!(status, StatusCode::OK, "{first}");
    // Nobody looks here: it is there, and veiled.
    let shot = &first["photos"][0];
    assert_eq!((&shot["is_main"], &shot["is_checked"]), (&json!(true), &json!(false)));
    assert_eq!(bytes(&hers, shot["url"].as_str().expect("an address")).await, Some(picture(1)));
    assert_eq!(kept(&anna), 1, "it is in her own chat");
    // The same again, as by an app whose answer was lost: it is one photo, sent once.
    assert_eq!(hers.sends(picture(1), "image/jpeg", "p1").await, (StatusCode::OK, first.clone()));
    assert_eq!(kept(&anna), 1);
    let (status, other) = hers.sends(picture(2), "image/jpeg", "p1").await;
    assert_eq!((status, &other["code"]), (StatusCode::CONFLICT, &json!("conflict")));

    let (_, second) = hers.sends(picture(2), "image/png", "p2").await;
    let (_, third) = hers.sends(picture(3), "application/octet-stream", "p3").await;
    assert_eq!(names(&third)[..2], names(&second)[..]);
    let mut order = names(&third);
    order.rotate_left(2);
    let (status, turned) = hers.put("profile/photos", json!({ "order": order })).await;
    assert_eq!((status, names(&turned)), (StatusCode::OK, order.clone()));
    let mains: Vec<bool> =
        turned["photos"].as_array().expect("photos").iter().map(|one| one["is_main"] == true).collect();
    assert_eq!(mains, [true, false, false]);
    for odd in [json!(["0000000000000001"]), json!([order[0], order[0], order[1]]), json!([])] {
        let (status, problem) = hers.put("profile/photos", json!({ "order": odd })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{odd} {problem}");
        assert_eq!((&problem["field"], &problem["reason"]), (&json!("order"), &json!("kind")));
    }
    assert_eq!(hers.put("profile/photos", json!({ "order": ["x"] })).await.0, StatusCode::BAD_REQUEST);

    // All of them are on her card, in this order, by its name alone.
    let card = his.card().await;
    let shown = card["photos"].as_array().expect("photos").clone();
    assert_eq!(shown.len(), 3, "{card}");
    for (shot, n) in shown.iter().zip([3, 1, 2]) {
        assert_eq!(shot["is_checked"], false);
        assert_eq!(bytes(&his, shot["url"].as_str().expect("an address")).await, Some(picture(n)));
    }
    let token = card["token"].as_str().expect("a token");
    assert_eq!(bytes(&his, &format!("photos/{token}/00000000000000a1")).await, None);
    assert_eq!(hers.get("profile/preview").await["photos"].as_array().map(Vec::len), Some(3));
    let profile = hers.get("profile").await;
    assert!(!profile["hints"].as_array().expect("hints").contains(&json!("photo")), "{profile}");

    // The first goes: the next one is the face of the card.
    assert_eq!(hers.delete(&format!("profile/photos/{}", order[0])).await.0, StatusCode::NO_CONTENT);
    assert_eq!(hers.delete(&format!("profile/photos/{}", order[0])).await.0, StatusCode::NOT_FOUND);
    assert_eq!(his.delete(&format!("profile/photos/{}", order[1])).await.0, StatusCode::NOT_FOUND);
    assert_eq!(names(&hers.get("profile/photos").await), order[1..]);
    let gone = shown[0]["url"].as_str().expect("an address");
    assert_eq!(bytes(&his, gone).await, None, "its name is nobody's now");
    let left = his.card().await;
    let first = left["photos"][0]["url"].as_str().expect("an address");
    assert_eq!(bytes(&his, first).await, Some(picture(1)));
    // A match has the same ones, by other names.
    matched(&hers, &his).await;
    let (_, line) = his.only_match().await;
    let all = line["photos"].as_array().expect("photos");
    assert_eq!(
        (all.len(), &all[0]["is_checked"], &all[0]["url"]),
        (2, &json!(false), &line["photo"]),
        "{line}"
    );
    for (shot, n) in all.iter().zip([1, 2]) {
        let path = shot["url"].as_str().expect("an address");
        assert_ne!(path.rsplit('/').next(), first.rsplit('/').next());
        assert_eq!(bytes(&his, path).await, Some(picture(n)));
    }
    assert_eq!(app.count("actor_deaths"), 0);
}

#[tokio::test]
async fn what_is_no_photo_is_refused_with_a_reason() {
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    let hers = Phone::of(&app, &anna).await;
    let (status, none) = hers.sends(picture(1), "image/jpeg", "early").await;
    assert_eq!((status, &none["code"]), (StatusCode::NOT_FOUND, &json!("no_profile")));
    joins(&hers, "Lisa", "rain and old films").await;
    let narrow = Picture::plain(2_000, 170, [9, 9, 9]).jpeg(60).expect("a picture");
    for (n, odd) in [b"GIF89a".to_vec(), vec![], picture(1)[..12].to_vec(), narrow].into_iter().enumerate() {
        let (status, problem) = hers.sends(odd, "image/jpeg", &format!("odd{n}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{n} {problem}");
        assert_eq!((&problem["field"], &problem["reason"]), (&json!("photo"), &json!("picture")));
    }
    let (status, problem) = hers.sends(picture(1), "text/html", "kind").await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!("bad_request")));
    let (status, problem) = hers.sends(vec![0xff; 3_000_001], "image/jpeg", "large").await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
    assert_eq!(kept(&anna), 0, "nothing of it went anywhere");
    for n in 1..=6 {
        assert_eq!(hers.sends(picture(n), "image/jpeg", &format!("p{n}")).await.0, StatusCode::OK);
    }
    let (status, problem) = hers.sends(picture(7), "image/jpeg", "p7").await;
    assert_eq!((status, &problem["reason"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("full")), "{problem}");
    // So many at once are enough for a while.
    let mut tries = Vec::new();
    while tries.len() < 60 && tries.last() != Some(&StatusCode::TOO_MANY_REQUESTS) {
        let key = format!("more{}", tries.len());
        tries.push(hers.sends(picture(7), "image/jpeg", &key).await.0);
    }
    assert!(tries.contains(&StatusCode::TOO_MANY_REQUESTS), "{tries:?}");
    assert_eq!(kept(&anna), 6);
    let mark = anna.mark();
    ask(&anna, "/dating", "Likes left today").await;
    tap(&anna, "dt:photos").await;
    told(&anna, mark, "Your photos: 6 of 6").await;
    anna.send(Outgoing::photo().bytes(picture(8)).mime("image/jpeg"));
    told(&anna, mark, "not talking to anyone").await;
}

/// One photo that cannot be read is nobody's fault but its own: the card comes with the next one,
/// the app has the rest, and so has the album. Guard: `readable`, `stand_in`.
#[tokio::test]
async fn a_photo_that_cannot_be_read_leaves_the_card_and_the_others() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..dating() });
    let ((anna, hers), (boris, his)) = two(&app).await;
    for n in 1..=4 {
        assert_eq!(hers.sends(picture(n), "image/jpeg", &format!("p{n}")).await.0, StatusCode::OK);
    }
    let id = anna.id();
    server.psql(
        "nameless",
        &format!(
            "UPDATE dating_profiles SET photo = 'x' WHERE user_id = {id};
            UPDATE dating_photos SET sealed = 'x', preview = 'x' WHERE user_id = {id} AND place IN (1, 3)"
        ),
    );
    let card = his.card().await;
    let mut shown = Vec::new();
    for shot in card["photos"].as_array().expect("photos") {
        shown.push(bytes(&his, shot["url"].as_str().expect("an address")).await);
    }
    assert_eq!(shown, [None, Some(picture(2)), None, Some(picture(4))]);
    ask(&boris, "/dating", "Likes left today").await;
    let mark = boris.mark();
    tap(&boris, "dt:next").await;
    let card = crate::dating::card(&boris, mark, "Lisa").await;
    assert_eq!((card.kind(), card.has_spoiler()), ("photo", true), "{card:?}");
    let file = card.file_id().expect("a file").to_owned();
    assert_eq!(boris.file(&file).expect("its bytes").to_vec(), picture(2));
    let mark = card.message_id;
    tap(&boris, "dt:album:").await;
    let is_of_album =
        |m: &&ChatMessage| m.from_bot && m.message_id > mark && m.kind() == "photo" && m.caption().is_none();
    let came = boris.wait_chat(PATIENCE, |chat| chat.iter().filter(is_of_album).count() == 2).await;
    assert!(came.is_ok(), "no album of the two that can be read");
    // One in which no face was seen stands in for none.
    let fine = format!("UPDATE dating_photos SET seen = 'fine' WHERE user_id = {id} AND place = 2");
    server.psql("nameless", &fine);
    ask(&boris, "/dating", "Likes left today").await;
    let mark = boris.mark();
    tap(&boris, "dt:next").await;
    let card = crate::dating::card(&boris, mark, "Lisa").await;
    let file = card.file_id().expect("a file").to_owned();
    assert_eq!(boris.file(&file).expect("its bytes").to_vec(), picture(4));
    assert!(metric(&app, "nameless_dating_left_out_total").await >= 4);
    assert_eq!(app.count("actor_deaths"), 0);
}

/// Guards: `dating_may_change_photos`, `COUNT`.
#[tokio::test]
async fn photos_change_so_often_a_day() {
    crate::support::clock::one_day().await;
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..dating() });
    let ((anna, hers), _) = two(&app).await;
    for n in 1..=2 {
        assert_eq!(hers.sends(picture(n), "image/jpeg", &format!("p{n}")).await.0, StatusCode::OK);
    }
    let all = names(&hers.get("profile/photos").await);
    let used_up = format!(
        "UPDATE dating_profiles SET photo_day = floor(extract(epoch FROM now()) / 86400)::int, photo_changes = {}
        WHERE user_id = {}",
        photo::CHANGES,
        anna.id()
    );
    server.psql("nameless", &used_up);
    let before = kept(&anna);
    let (status, problem) = hers.sends(picture(3), "image/jpeg", "p3").await;
    assert_eq!(
        (status, &problem["reason"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("often")),
        "{problem}"
    );
    assert_eq!(kept(&anna), before, "it was sent nowhere");
    let same = hers.put("profile/photos", json!({ "order": all })).await;
    assert_eq!(same.0, StatusCode::OK, "the same order is no change");
    let (status, problem) = hers.put("profile/photos", json!({ "order": [all[1], all[0]] })).await;
    assert_eq!(
        (status, &problem["reason"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("often")),
        "{problem}"
    );
    let mark = anna.mark();
    ask(&anna, "/dating", "Likes left today").await;
    tap(&anna, "dt:photos").await;
    told(&anna, mark, "Your photos: 2 of 6").await;
    tap(&anna, &format!("dt:first:{}", all[1])).await;
    told(&anna, mark, "changed your photos often enough").await;
    assert_eq!(
        hers.delete(&format!("profile/photos/{}", all[0])).await.0,
        StatusCode::NO_CONTENT,
        "any time"
    );
}

/// A photo has to become a file in a chat of its owner's.
#[tokio::test]
async fn where_there_is_no_chat_a_photo_is_refused_for_good() {
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    let hers = Phone::of(&app, &anna).await;
    joins(&hers, "Lisa", "rain and old films").await;
    anna.block_bot();
    let (status, problem) = hers.sends(picture(1), "image/jpeg", "p1").await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("no_chat")), "{problem}");
}

/// The same photos in the chat: a list, one more, another first one, one less, and on cards.
#[tokio::test]
async fn photos_go_by_the_chat_as_well() {
    let app = spawn_app(dating());
    let ((anna, hers), (boris, _)) = two(&app).await;
    let mark = anna.mark();
    ask(&anna, "/dating", "Likes left today").await;
    tap(&anna, "dt:photos").await;
    told(&anna, mark, "No photos on your card yet").await;
    tap(&anna, "dt:more").await;
    told(&anna, mark, "Send another photo").await;
    for n in 1..=3 {
        let mark = anna.mark();
        anna.send(Outgoing::photo().bytes(picture(n)).mime("image/jpeg"));
        told(&anna, mark, &format!("Your photos: {n} of 6")).await;
    }
    // What is written is no photo, and ends it.
    ask(&anna, "that is all", "not talking to anyone").await;
    let before = names(&hers.get("profile/photos").await);
    let mark = anna.mark();
    tap(&anna, &format!("dt:first:{}", before[2])).await;
    told(&anna, mark, "Your photos: 3 of 6").await;
    let after = names(&hers.get("profile/photos").await);
    assert_eq!(after, [&*before[2], &*before[0], &*before[1]]);
    tap(&anna, &format!("dt:away:{}", before[0])).await;
    told(&anna, mark, "Your photos: 2 of 6").await;

    ask(&boris, "/dating", "Likes left today").await;
    let mark = boris.mark();
    tap(&boris, "dt:next").await;
    let card =
        boris.wait_after(mark, PATIENCE, |m| m.caption().is_some_and(|words| words.contains("Lisa"))).await;
    let mark = card.expect("her card").message_id;
    tap(&boris, "dt:album:").await;
    let other =
        boris.wait_after(mark, PATIENCE, |m| m.from_bot && m.kind() == "photo" && m.caption().is_none());
    let other = other.await.expect("the other photo");
    assert!(other.has_spoiler(), "nobody has looked at it");
    let file = other.file_id().expect("a file").to_owned();
    assert_eq!(boris.file(&file).expect("its bytes").to_vec(), picture(2));
}

/// With somebody to look: the first one shows exactly one clear face, the others what they like,
/// but nothing that may not be shown; each refusal says why.
#[tokio::test]
async fn each_photo_is_looked_at() {
    let Some((models, face)) = models() else { return };
    let app = spawn_app(guarded("spoiler", &models).with("DATING", "on"));
    has_worker(&app).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    let hers = Phone::of(&app, &anna).await;
    joins(&hers, "Lisa", "rain and old films").await;
    let (status, refused) = hers.sends(picture(1), "image/jpeg", "no-face").await;
    assert_eq!((status, &refused["reason"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("face")), "{refused}");
    let (status, refused) = hers.sends(nude(), "image/jpeg", "nude").await;
    assert_eq!(
        (status, &refused["reason"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("picture")),
        "{refused}"
    );
    assert_eq!(kept(&anna), 0, "what is refused goes nowhere");
    let (status, first) = hers.sends(face, "image/png", "face").await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(first["photos"][0]["is_checked"], true);
    let (status, both) = hers.sends(picture(1), "image/jpeg", "second").await;
    assert_eq!(status, StatusCode::OK, "{both}");
    assert_eq!(both["photos"][1]["is_checked"], true);
    let mut order = names(&both);
    order.reverse();
    let (status, refused) = hers.put("profile/photos", json!({ "order": order })).await;
    assert_eq!((status, &refused["reason"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("face")), "{refused}");
    // Without the face nobody sees the other one; its owner does.
    assert_eq!(hers.delete(&format!("profile/photos/{}", order[1])).await.0, StatusCode::NO_CONTENT);
    assert_eq!(hers.get("profile/photos").await["photos"][0]["is_main"], false);
    assert_eq!(hers.get("profile/preview").await["photos"], json!([]));
    let mark = anna.mark();
    ask(&anna, "/dating", "Likes left today").await;
    tap(&anna, "dt:photos").await;
    told(&anna, mark, "None of them shows exactly one clear face").await;
}
