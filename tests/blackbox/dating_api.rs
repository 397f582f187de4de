//! Dating over HTTP, as the Mini App uses it.

mod ends;
mod filters;
mod fit;
mod forged;
mod goods;
mod judge;
mod oracle;
pub mod phone;
mod photos;

use crate::common::{ask, found, member, search, tap, texts, together, told};
use crate::dating::{MAN, WOMAN, dating};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::people::PATIENCE;
use nameless_simulator::SimUser;
use phone::Phone;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A profile is made in the app.
async fn joins(phone: &Phone, name: &str, bio: &str) -> Value {
    let (status, profile) = phone
        .put(
            "profile",
            json!({ "birth": "1998-03-24", "name": name, "bio": bio, "city": "moscow", "goal": "dates" }),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{profile}");
    profile
}

/// Two people with profiles, and the app open before each.
async fn two(app: &TestApp) -> ((SimUser, Phone), (SimUser, Phone)) {
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    let (hers, his) = (Phone::of(app, &anna).await, Phone::of(app, &boris).await);
    joins(&hers, "Lisa", "rain and old films").await;
    joins(&his, "Tom", "climbing").await;
    ((anna, hers), (boris, his))
}

/// The two like each other.
async fn matched(hers: &Phone, his: &Phone) {
    let (_, answer) = hers.says("like").await;
    assert_eq!((&answer["matched"], &answer["name"]), (&json!(false), &Value::Null));
    let (_, answer) = his.says("like").await;
    assert_eq!((&answer["matched"], &answer["name"]), (&json!(true), &json!("Lisa")));
    assert_eq!(answer["match"], his.get("matches").await["matches"][0]["token"]);
}

#[tokio::test]
async fn two_people_meet_by_the_app_and_talk_in_the_chat() {
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    let hers = Phone::of(&app, &anna).await;
    let me = hers.get("me").await;
    assert_eq!((&me["has_profile"], &me["question"]), (&json!(false), &json!("birth")), "{me}");
    assert_eq!(hers.look("profile").await.1["code"], "no_profile");
    assert_eq!(hers.look("cards").await.1["code"], "no_profile");
    // Step by step; what is not finished is nobody's card.
    let (status, draft) = hers.put("profile", json!({ "birth": "1998-03-24", "name": "Lisa" })).await;
    assert_eq!((status, &draft["place"]), (StatusCode::OK, &Value::Null), "{draft}");
    assert_eq!(hers.get("me").await["question"], "city");
    let ((anna, hers), (boris, his)) = {
        let boris = member(&app.world, "boris", MAN).await;
        let his = Phone::of(&app, &boris).await;
        joins(&his, "Tom", "climbing").await;
        assert_eq!(his.get("cards").await["state"], "dry");
        let cell = json!({ "lat": 557, "lon": 376 });
        let rest = json!({ "cell": cell, "goal": "dates", "bio": "rain and old films" });
        let (status, whole) = hers.put("profile", rest).await;
        assert_eq!((status, &whole["place"]["city"]), (StatusCode::OK, &json!("moscow")), "{whole}");
        ((anna, hers), (boris, his))
    };
    assert_eq!(hers.get("me").await["has_profile"], true);
    assert_eq!(hers.get("profile/preview").await["name"], "Lisa");

    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    let card = hers.card().await;
    assert_eq!(
        (&card["name"], &card["band"], &card["same_goal"]),
        (&json!("Tom"), &json!("near"), &json!(true))
    );
    assert_eq!(hers.card().await, card, "the same until something is said of it");
    matched(&hers, &his).await;
    told(&anna, from_anna, "It is mutual: you and Tom").await;
    told(&boris, from_boris, "It is mutual: you and Lisa").await;
    assert_eq!(hers.get("me").await["likes_left"], 49);

    let (token, line) = hers.only_match().await;
    assert_eq!((&line["name"], &line["contacts"]), (&json!("Tom"), &json!("none")), "{line}");
    assert_eq!(hers.get("matches?q=TO").await["matches"][0]["name"], "Tom");
    assert_eq!(hers.get("matches?q=lisa").await["matches"], json!([]));
    let mark = boris.mark();
    let (status, chat) = hers.act(&format!("matches/{token}/chat")).await;
    assert_eq!((status, &chat["state"]), (StatusCode::OK, &json!("open")), "{chat}");
    told(&anna, from_anna, "This is Tom, your match").await;
    told(&boris, mark, "This is Lisa, your match").await;
    together(&anna, &boris).await;
    for (user, mark) in [(&anna, from_anna), (&boris, from_boris)] {
        let times = texts(user, mark).iter().filter(|text| text.contains("It is mutual")).count();
        assert_eq!(times, 1, "told once");
    }
    let mark = boris.mark();
    ask(&anna, "/stop", "").await;
    told(&boris, mark, "ended the chat").await;
    let stats = his.get("stats").await;
    assert_eq!((&stats["likes_given"], &stats["matches"]), (&json!(1), &json!(1)), "{stats}");
    assert_eq!(stats["reply_rate"], Value::Null, "one match says nothing");
    assert_eq!(his.delete(&format!("matches/{token}")).await.0, StatusCode::NOT_FOUND, "her name of it");
    assert_eq!(hers.delete(&format!("matches/{token}")).await.0, StatusCode::NO_CONTENT);
    assert_eq!(his.get("matches").await["matches"], json!([]));
}

/// Whoever is shown from now on need not wait for cards to be dealt. Guards: `refill` behind a
/// change, behind the last answer in the chat, and behind a break.
#[tokio::test]
async fn the_first_cards_of_a_newcomer_are_there_before_they_ask() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..dating() });
    let ((anna, hers), (boris, _)) = two(&app).await;
    let carl = member(&app.world, "carl", MAN).await;
    crate::dating::profile(&carl, "Carl", "chess", false).await;
    let dealt = |user: &SimUser| {
        let sql =
            format!("SELECT count(*) FROM dating_cards WHERE viewer = {} AND served IS NULL", user.id());
        server.psql_rows("nameless", &sql)
    };
    for (user, how) in [(&boris, "in the app"), (&carl, "in the chat")] {
        crate::support::crowd::until(how, PATIENCE, || dealt(user) == ["1"]).await;
    }
    // After a break she has all who came meanwhile.
    for on in [true, false] {
        let (status, _) = hers.post("profile/pause", json!({ "on": on })).await;
        assert_eq!(status, StatusCode::OK);
    }
    crate::support::crowd::until("after a break", PATIENCE, || dealt(&anna) == ["2"]).await;
}

/// The queue of an app that was offline sends again what may have arrived.
#[tokio::test]
async fn the_same_key_does_a_thing_once() {
    let app = spawn_app(dating());
    let ((_, hers), _) = two(&app).await;
    let token = hers.card().await["token"].as_str().expect("a token").to_owned();
    let path = format!("cards/{token}/verdict");
    let like = || Some(json!({ "verdict": "like" }));
    let first = hers.keyed(Method::POST, &path, like(), Some("k1")).await;
    assert_eq!((first.0, &first.1["likes_left"]), (StatusCode::OK, &json!(49)), "{first:?}");
    let undone = hers.keyed(Method::POST, "undo", None, Some("k2")).await;
    assert_eq!(undone.1["card"]["token"], json!(token), "{undone:?}");
    // Again: it is answered, and not done.
    let again = hers.keyed(Method::POST, &path, like(), Some("k1")).await;
    assert_eq!((again.0, &again.1["matched"]), (StatusCode::OK, &json!(false)));
    assert_eq!(hers.get("me").await["likes_left"], 50, "the like was taken back, and stays so");
    assert_eq!(hers.keyed(Method::POST, "undo", None, Some("k2")).await.0, StatusCode::OK);
    let (status, other) =
        hers.keyed(Method::POST, &path, Some(json!({ "verdict": "pass" })), Some("k1")).await;
    assert_eq!((status, &other["code"]), (StatusCode::CONFLICT, &json!("conflict")));
    for key in [None, Some(""), Some("with space"), Some(&*"k".repeat(65))] {
        let (status, refused) = hers.keyed(Method::POST, &path, like(), key).await;
        assert_eq!((status, &refused["code"]), (StatusCode::BAD_REQUEST, &json!("bad_request")), "{key:?}");
    }
    // At the same moment: one does it, the other finds it done.
    let both = tokio::join!(
        hers.keyed(Method::POST, &path, like(), Some("k3")),
        hers.keyed(Method::POST, &path, like(), Some("k3"))
    );
    assert_eq!((both.0.0, both.1.0), (StatusCode::OK, StatusCode::OK), "{both:?}");
    assert_eq!(hers.get("me").await["likes_left"], 49);
    let (status, super_like) = hers.post(&path, json!({ "verdict": "super" })).await;
    assert_eq!((status, &super_like["code"]), (StatusCode::FORBIDDEN, &json!("not_entitled")));
}

/// The rules of the dialogue in the chat: all of a change, or nothing of it.
#[tokio::test]
async fn a_profile_is_changed_by_the_rules_of_the_chat() {
    let app = spawn_app(dating());
    let ((anna, hers), (_, his)) = two(&app).await;
    for (field, reason, change) in [
        ("name", "contact", json!({ "name": "@lisa", "goal": "friendship" })),
        ("name", "length", json!({ "name": "x".repeat(31) })),
        ("bio", "minor", json!({ "bio": "I am 15 years old", "name": "Liza" })),
        ("bio", "contact", json!({ "bio": "t.me/somebody", "age_range": [30, 40] })),
        ("birth", "kind", json!({ "birth": "1990-01-01" })),
        ("city", "no_city", json!({ "city": "atlantis" })),
        ("age_range", "kind", json!({ "age_range": [40, 30] })),
    ] {
        let (status, problem) = hers.put("profile", change.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{change} {problem}");
        assert_eq!(
            (&problem["code"], &problem["field"], &problem["reason"]),
            (&json!("objection"), &json!(field), &json!(reason))
        );
    }
    let (status, same) = hers.put("profile", json!({ "birth": "1998-03-24" })).await;
    assert_eq!(status, StatusCode::OK, "who did not hear that it was taken says it again: {same}");
    let profile = hers.get("profile").await;
    assert_eq!(
        (&profile["name"], &profile["goal"]),
        (&json!("Lisa"), &json!("dates")),
        "nothing of it stays"
    );
    for odd in [
        json!({ "birth": null }),
        json!({ "name": 5 }),
        json!({ "wants": [] }),
        json!({ "interests": ["music", "music"] }),
        json!({ "distance": 11 }),
        json!({ "city": "omsk", "cell": { "lat": 1, "lon": 1 } }),
        json!({ "user": 5 }),
    ] {
        assert_eq!(hers.put("profile", odd.clone()).await.0, StatusCode::BAD_REQUEST, "{odd}");
    }
    let change = json!({
        "bio": "", "wants": ["female"], "interests": ["music", "art"], "age_range": [30, 44], "distance": null,
    });
    let (_, changed) = hers.put("profile", change).await;
    assert_eq!((&changed["bio"], &changed["wants"]), (&json!(""), &json!(["female"])), "{changed}");
    assert_eq!((&changed["age_range"], &changed["distance"]), (&json!([30, 44]), &Value::Null));
    assert_eq!(hers.get("cards").await["state"], "dry");
    let (_, me) = hers.post("profile/pause", json!({ "on": true })).await;
    assert_eq!(me["is_paused"], true);
    assert_eq!(hers.get("cards").await["state"], "paused");
    assert_eq!(his.get("cards").await["state"], "dry");
    let settings = json!({
        "notify": { "match": true, "like": false, "message": true },
        "quiet": { "from": "23:00", "to": "08:30", "offset": 180 }, "digest": false, "show_online": false,
    });
    assert_eq!(hers.put("settings", settings.clone()).await, (StatusCode::OK, settings.clone()));
    assert_eq!(hers.get("settings").await, settings);
    // The end takes a tap in the chat.
    let mark = anna.mark();
    assert_eq!(hers.delete("profile").await.0, StatusCode::ACCEPTED);
    told(&anna, mark, "Delete your profile?").await;
    assert_eq!(hers.get("profile").await["name"], "Lisa");
    tap(&anna, "dt:delete-yes").await;
    told(&anna, mark, "Your profile is gone").await;
    assert_eq!(hers.look("profile").await.1["code"], "no_profile");
    let (status, young) = hers.put("profile", json!({ "birth": "2015-01-01" })).await;
    assert_eq!((status, &young["code"]), (StatusCode::FORBIDDEN, &json!("too_young")));
    assert_eq!(hers.look("me").await.0, StatusCode::UNAUTHORIZED, "the session is over");
}

/// Both agree, and only then each learns who the other is.
#[tokio::test]
async fn contacts_open_when_both_agree() {
    let app = spawn_app(dating());
    let ((anna, hers), (boris, his)) = two(&app).await;
    matched(&hers, &his).await;
    let (mine, _) = hers.only_match().await;
    let (theirs, _) = his.only_match().await;
    let (mine, theirs) = (format!("matches/{mine}/contacts"), format!("matches/{theirs}/contacts"));
    assert_eq!(hers.act(&mine).await, (StatusCode::OK, json!({ "contacts": "mine" })));
    assert_eq!(his.only_match().await.1["contacts"], "theirs");
    assert_eq!(hers.delete(&mine).await, (StatusCode::OK, json!({ "contacts": "none" })));
    assert_eq!(his.act(&theirs).await, (StatusCode::OK, json!({ "contacts": "mine" })));
    let all = format!("{}{}", his.get("matches").await, crate::common::dump(&boris));
    assert!(!all.contains("anna_username"), "{all}");
    // She agrees in the chat.
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    ask(&anna, "/matches", "Who would you like to write to?").await;
    tap(&anna, "dt:share:").await;
    told(&anna, from_anna, "Let this match see who you are?").await;
    tap(&anna, "dt:share-yes:").await;
    told(&anna, from_anna, "Tom in Telegram: @boris_username").await;
    told(&boris, from_boris, "Lisa in Telegram: @anna_username").await;
    let (_, line) = his.only_match().await;
    assert_eq!((&line["contacts"], &line["username"]), (&json!("open"), &json!("anna_username")));
    let (status, last) = his.delete(&theirs).await;
    assert_eq!((status, &last["code"]), (StatusCode::CONFLICT, &json!("conflict")), "final");
}

/// Who does not want to hear of matches finds them in the list.
#[tokio::test]
async fn whoever_does_not_want_to_hear_of_matches_is_not_told() {
    let app = spawn_app(dating());
    let ((anna, hers), (boris, his)) = two(&app).await;
    let (status, _) = hers
        .put(
            "settings",
            json!({
                "notify": { "match": false, "like": true, "message": true }, "quiet": null, "digest": false,
                "show_online": true,
            }),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    matched(&hers, &his).await;
    told(&boris, from_boris, "It is mutual: you and Lisa").await;
    ask(&anna, "/matches", "Who would you like to write to?").await;
    assert!(!texts(&anna, from_anna).iter().any(|text| text.contains("It is mutual")));
}

/// A block in the app ends the chat in the bot.
#[tokio::test]
async fn a_block_ends_the_chat_with_a_match() {
    let app = spawn_app(dating());
    let ((anna, hers), (boris, his)) = two(&app).await;
    matched(&hers, &his).await;
    let (token, _) = hers.only_match().await;
    let (path, marks) = (format!("matches/{token}/chat"), [anna.mark(), boris.mark()]);
    // Under the same key both are told again; who talks already does not hear of it.
    for _ in 0..2 {
        assert_eq!(hers.keyed(Method::POST, &path, None, Some("chat")).await.1["state"], "open");
        // Who writes before they know of the chat writes to nobody.
        told(&anna, marks[0], "your match").await;
        told(&boris, marks[1], "your match").await;
        together(&anna, &boris).await;
    }
    for (user, mark) in [&anna, &boris].into_iter().zip(marks) {
        let times = texts(user, mark).iter().filter(|text| text.contains("your match")).count();
        assert_eq!(times, 1, "told once");
    }
    // Who talks to somebody already opens no other chat, and the same one stays.
    assert_eq!(hers.act(&format!("matches/{token}/chat")).await.1["state"], "open");
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    assert_eq!(hers.act(&format!("matches/{token}/block")).await.0, StatusCode::NO_CONTENT);
    told(&anna, from_anna, "The chat is over").await;
    told(&boris, from_boris, "ended the chat").await;
    assert_eq!(his.get("matches").await["matches"], json!([]));
    assert_eq!(his.get("cards").await["state"], "dry");
}

/// Who an anonymous partner is cannot be found out by way of a match.
#[tokio::test]
async fn a_chat_that_began_by_chance_tells_nothing_of_a_match() {
    let app = spawn_app(dating());
    let ((anna, hers), (boris, his)) = two(&app).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    matched(&hers, &his).await;
    told(&anna, from_anna, "It is mutual").await;
    told(&boris, from_boris, "It is mutual").await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    search(&anna).await;
    boris.send_text("/search");
    found(&anna, from_anna).await;
    found(&boris, from_boris).await;
    together(&anna, &boris).await;
    let (token, _) = hers.only_match().await;
    let path = format!("matches/{token}");
    assert_eq!(hers.act(&format!("{path}/chat")).await.1["state"], "busy", "as in any other chat");
    assert_eq!(hers.delete(&path).await.0, StatusCode::NO_CONTENT);
    // It goes on, and nobody has heard of anything.
    together(&anna, &boris).await;
    assert!(!texts(&boris, from_boris).iter().any(|text| text.contains("Lisa")));
}

/// Whoever talks to a character is in no other chat; who is told of a wish can follow it.
#[tokio::test]
async fn whoever_is_not_free_opens_no_chat_and_none_is_opened_with_them() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..dating() });
    let ((anna, hers), (boris, his)) = two(&app).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    matched(&hers, &his).await;
    told(&anna, from_anna, "It is mutual").await;
    told(&boris, from_boris, "It is mutual").await;
    let path = format!("matches/{}/chat", hers.only_match().await.0);
    // What is still to be written of them would come behind what is changed below.
    let kept = || app.count("persistence_depth") == 0;
    crate::support::crowd::until("all is kept", PATIENCE, kept).await;
    let is_at = |user: &SimUser, phase: &str| {
        let (id, phase) = (user.id(), json!({ "at": phase, "dialog": 1 }));
        server.psql("nameless", &format!("UPDATE accounts SET phase = '{phase}' WHERE user_id = {id}"));
    };
    is_at(&anna, "companion");
    assert_eq!(hers.act(&path).await.1["state"], "busy");
    let told_of_it = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:wanted:%'";
    assert_eq!(server.psql_rows("nameless", told_of_it), ["0"], "she could not come herself");
    is_at(&anna, "idle");
    is_at(&boris, "companion");
    let mark = boris.mark();
    assert_eq!(hers.act(&path).await.1["state"], "busy");
    told(&boris, mark, "would like to talk to you").await;
    assert_eq!(server.psql_rows("nameless", "SELECT count(*) FROM active_pair_member"), ["0"]);
}

/// It waits for hours, and by then they do not want to hear of each other.
#[tokio::test]
async fn a_notice_that_waited_is_not_told_across_a_block() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..dating() });
    let ((anna, hers), (boris, his)) = two(&app).await;
    let (mark, id) = (boris.mark(), boris.id());
    // An hour to both sides of now, by a clock of UTC.
    let quiet = format!(
        "UPDATE dating_profiles SET utc_offset = 0, quiet_from = (m + 1380) % 1440, quiet_to = (m + 60) % 1440
        FROM (SELECT (extract(epoch FROM now()) / 60)::bigint % 1440 AS m) AS clock WHERE user_id = {id}"
    );
    server.psql("nameless", &quiet);
    matched(&hers, &his).await;
    let block = format!(
        "INSERT INTO blocks VALUES ({id}, {}, 1);
        UPDATE dating_profiles SET quiet_from = NULL, quiet_to = NULL WHERE user_id = {id};
        UPDATE jobs SET not_before = now() WHERE key LIKE 'dating:match:%' AND user_id = {id}",
        anna.id()
    );
    server.psql("nameless", &block);
    let done = format!(
        "SELECT count(*) FROM jobs WHERE key LIKE 'dating:match:%' AND user_id = {id} AND state = 'completed'"
    );
    let over = async {
        while server.psql_rows("nameless", &done) != ["1"] {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.expect("the job is over");
    ask(&boris, "/matches", "No matches yet").await;
    assert!(!texts(&boris, mark).iter().any(|text| text.contains("It is mutual")));
}
