//! What ends a session, and who gets none.

use super::phone::{Phone, exchange, init_data, now};
use super::{joins, matched, two};
use crate::admin::{post, staff, token};
use crate::common::{ask, member, newcomer, tap, together, told};
use crate::dating::{MAN, WOMAN, dating};
use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::people::{PATIENCE, press};
use nameless_domain::capabilities::admin::Role;
use reqwest::{Method, StatusCode};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

#[tokio::test]
async fn a_session_is_renewed_and_ended() {
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    let first = Phone::of(&app, &anna).await;
    let (status, next) = first.keyed(Method::POST, "session/renew", None, None).await;
    assert_eq!(status, StatusCode::OK, "{next}");
    let second = Phone::with(&app, next["token"].as_str().expect("a token"));
    // The answer may have got lost: the old one is good for a moment.
    first.get("me").await;
    second.get("me").await;
    assert_eq!(second.keyed(Method::DELETE, "session", None, None).await.0, StatusCode::NO_CONTENT);
    let (status, over) = second.look("me").await;
    assert_eq!((status, &over["code"]), (StatusCode::UNAUTHORIZED, &json!("session")));
    first.get("me").await;
    // Of a day ago; renewed it lives no longer than a day after that.
    let (_, old) = exchange(&app, &init_data(anna.id(), now() - 86_000)).await;
    assert!(old["expires_in"].as_i64().is_some_and(|seconds| (1..=400).contains(&seconds)), "{old}");
}

/// Of too many sessions the one that ends soonest goes, but never the one that was asked for.
#[tokio::test]
async fn who_opens_the_app_with_what_is_old_gets_in_beside_many_sessions() {
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    let first = Phone::of(&app, &anna).await;
    for _ in 0..10 {
        Phone::of(&app, &anna).await;
    }
    assert_eq!(first.look("me").await.0, StatusCode::UNAUTHORIZED, "the oldest of eleven");
    let (status, old) = exchange(&app, &init_data(anna.id(), now() - 86_000)).await;
    assert_eq!(status, StatusCode::OK, "{old}");
    Phone::with(&app, old["token"].as_str().expect("a token")).get("me").await;
}

#[tokio::test]
async fn whoever_is_banned_erased_or_too_young_has_none() {
    let app = spawn_app(staff().with("DATING", "on"));
    let admin = token(&app, Role::Admin).await;
    let ((anna, hers), (boris, his)) = two(&app).await;
    let path = format!("v1/users/{}/ban", boris.id());
    let (status, _) = post(&app, &admin, &path, json!({ "kind": "ban", "reason": "sells things" })).await;
    assert_eq!(status, StatusCode::OK);
    // Whose session it is is known by now, and his cards are read with it.
    assert_eq!(his.look("cards").await.1["code"], "session");
    assert_eq!(his.look("me").await.1["code"], "session");
    assert_eq!(exchange(&app, &init_data(boris.id(), now())).await.1["code"], "forbidden");
    assert_eq!(hers.get("cards").await["state"], "dry", "nobody sees him");

    ask(&anna, "/privacy", "Privacy").await;
    tap(&anna, "pv:erase").await;
    tap(&anna, "pv:erase-yes").await;
    let gone = async {
        while hers.look("me").await.0 != StatusCode::UNAUTHORIZED {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("erased");
    assert_eq!(exchange(&app, &init_data(anna.id(), now())).await.1["code"], "no_account");

    let young = newcomer(&app.world, "young", Some("en"));
    assert_eq!(exchange(&app, &init_data(young.id(), now())).await.1["code"], "no_account", "never here");
    young.send_text("/start");
    press(&young, "on:lang:1").await;
    let begun = async {
        while exchange(&app, &init_data(young.id(), now())).await.0 != StatusCode::OK {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.expect("the account is there");
    let phone = Phone::of(&app, &young).await;
    assert_eq!(phone.get("me").await["needs_account"], true);
    assert_eq!(phone.look("cards").await.1["code"], "no_account");
    press(&young, "on:adult:0").await;
    let over = async {
        while phone.look("me").await.0 != StatusCode::UNAUTHORIZED {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.expect("the session is over");
    assert_eq!(exchange(&app, &init_data(young.id(), now())).await.1["code"], "too_young");
}

/// Cards are read with a session whose owner is remembered: what bars holds at once all the same.
/// Guards: `looked_at` in `sessions.rs`, `may_show`.
#[tokio::test]
async fn nothing_is_shown_by_what_is_remembered_of_a_session() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..dating() });
    let ((anna, hers), (boris, his)) = two(&app).await;
    for _ in 0..2 {
        assert_eq!((&hers.card().await["name"], &his.card().await["name"]), (&json!("Tom"), &json!("Lisa")));
    }
    let (her_id, his_id) = (anna.id(), boris.id());
    server.psql("nameless", &format!("INSERT INTO blocks VALUES ({his_id}, {her_id}, 1)"));
    assert_eq!(hers.get("cards").await["state"], "dry");
    assert_eq!(his.get("cards").await["state"], "dry");
    server.psql("nameless", &format!("DELETE FROM blocks WHERE user_id = {his_id}"));
    assert_eq!(hers.card().await["name"], "Tom");
    assert_eq!(hers.look("cards?limit=11").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(hers.look("cards?limits=1").await.0, StatusCode::BAD_REQUEST);
    // It is over, for this phone alone.
    server.psql("nameless", &format!("UPDATE dating_sessions SET expires = 1 WHERE user_id = {her_id}"));
    let (status, over) = hers.look("cards").await;
    assert_eq!((status, &over["code"]), (StatusCode::UNAUTHORIZED, &json!("session")));
    // Another's from now on, which cannot be: theirs are the cards, and none of whom it was.
    let is_hers = format!(
        "UPDATE dating_sessions SET user_id = {her_id} WHERE user_id = {his_id}; \
         UPDATE dating_sessions SET expires = 9000000000000 WHERE user_id = {her_id}"
    );
    server.psql("nameless", &is_hers);
    assert_eq!(his.card().await["name"], "Tom");
}

/// A shadow's likes reach nobody, and the shadow does not learn that.
#[tokio::test]
async fn a_shadow_makes_no_match() {
    let app = spawn_app(staff().with("DATING", "on"));
    let admin = token(&app, Role::Admin).await;
    let ((_, hers), (boris, his)) = two(&app).await;
    hers.says("like").await;
    let card = his.card().await["token"].as_str().expect("a token").to_owned();
    let path = format!("v1/users/{}/ban", boris.id());
    post(&app, &admin, &path, json!({ "kind": "shadow", "reason": "sells things" })).await;
    assert_eq!(his.look("me").await.0, StatusCode::OK);
    assert_eq!(his.get("cards").await["state"], "dry", "as if nobody were left");
    let (_, answer) = his.post(&format!("cards/{card}/verdict"), json!({ "verdict": "like" })).await;
    assert_ne!(answer["matched"], true, "{answer}");
    assert_eq!(hers.get("matches").await["matches"], json!([]));
    assert_eq!(hers.get("likes").await["count"], "0");
}

/// Whoever agreed and is banned since, in whatever way, learns nobody's name by that. Guard:
/// `are_here` in `contacts.rs`.
#[tokio::test]
async fn who_is_barred_learns_nobodys_name() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..staff().with("DATING", "on") });
    let admin = token(&app, Role::Admin).await;
    let ((anna, hers), (boris, his)) = two(&app).await;
    matched(&hers, &his).await;
    let contacts = |token: String| format!("matches/{token}/contacts");
    let (path, other) = (contacts(hers.only_match().await.0), contacts(his.only_match().await.0));
    assert_eq!(his.act(&other).await.1["contacts"], "mine");
    let ban = format!("v1/users/{}/ban", boris.id());
    post(&app, &admin, &ban, json!({ "kind": "shadow", "reason": "sells things" })).await;
    // The button is in an old message still.
    assert_eq!(hers.act(&path).await.0, StatusCode::NOT_FOUND);
    let open = "SELECT count(*) FILTER (WHERE lo_shares AND hi_shares), count(*) FILTER (WHERE lo_shares OR hi_shares)
        FROM dating_pairs";
    assert_eq!(server.psql_rows("nameless", open), ["0|1"]);
    // She has agreed before, and it is the one who is barred that presses: they do not learn why.
    let hers = anna.id();
    let agreed = format!("UPDATE dating_pairs SET lo_shares = (lo = {hers}), hi_shares = (hi = {hers})");
    server.psql("nameless", &agreed);
    ask(&boris, "/matches", "Who would you like to write to?").await;
    tap(&boris, "dt:share:").await;
    let mark = boris.mark();
    tap(&boris, "dt:share-yes:").await;
    told(&boris, mark, "You have agreed").await;
    assert_eq!(server.psql_rows("nameless", open), ["0|1"]);
    assert_eq!(server.ask("nameless", "SELECT count(*) FROM jobs WHERE key LIKE 'dating:contact:%'"), "0");
}

/// Whom somebody reports or blocks is not seen again by either.
#[tokio::test]
async fn a_report_and_a_block_part_two_people() {
    let app = spawn_app(dating());
    let ((_, hers), (boris, his)) = two(&app).await;
    let carl = member(&app.world, "carl", MAN).await;
    let carls = Phone::of(&app, &carl).await;
    joins(&carls, "Carl", "chess").await;
    let cards = hers.get("cards").await["cards"].clone();
    let of = |name: &str| {
        let card = cards.as_array().and_then(|cards| cards.iter().find(|card| card["name"] == name));
        card.and_then(|card| card["token"].as_str()).expect("a card").to_owned()
    };
    let (tom, other) = (of("Tom"), of("Carl"));
    let reported = hers.post(&format!("cards/{tom}/report"), json!({ "reason": "spam" })).await;
    assert_eq!(reported.0, StatusCode::NO_CONTENT);
    assert_eq!(hers.act(&format!("cards/{other}/block")).await.0, StatusCode::NO_CONTENT);
    assert_eq!(hers.get("cards").await["state"], "dry");
    for phone in [&his, &carls] {
        assert_eq!(phone.get("cards").await["state"], "dry");
    }
    let (status, gone) = hers.post(&format!("cards/{tom}/verdict"), json!({ "verdict": "like" })).await;
    assert_eq!((status, &gone["code"]), (StatusCode::GONE, &json!("gone")));
    let (status, unknown) = his.post(&format!("cards/{tom}/verdict"), json!({ "verdict": "like" })).await;
    assert_eq!((status, &unknown["code"]), (StatusCode::NOT_FOUND, &json!("gone")), "another viewer's name");
    assert_eq!(his.look(&format!("photos/{tom}/00000000000000a1")).await.0, StatusCode::NOT_FOUND);
    let mark = boris.mark();
    ask(&boris, "/dating", "Likes left today").await;
    tap(&boris, "dt:next").await;
    told(&boris, mark, "That is everybody for now").await;
}

/// The engine was cut off between the commit and the word to the session, and the phone asks again
/// under the same key. Guard: `ends::again` in `before`.
#[tokio::test]
async fn an_end_of_which_no_session_has_heard_is_told_again() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..dating() });
    let ((anna, hers), (boris, his)) = two(&app).await;
    matched(&hers, &his).await;
    let (token, _) = hers.only_match().await;
    let (her_id, his_id) = (anna.id(), boris.id());
    for (method, path, block) in [
        ("DELETE", format!("matches/{token}"), ""),
        ("POST", format!("matches/{token}/block"), "INSERT INTO blocks VALUES ({her}, {him}, 1);"),
    ] {
        let (from_anna, from_boris) = (anna.mark(), boris.mark());
        assert_eq!(hers.act(&format!("matches/{token}/chat")).await.1["state"], "open");
        told(&anna, from_anna, "your match").await;
        told(&boris, from_boris, "your match").await;
        together(&anna, &boris).await;
        // What the transaction leaves behind.
        let request = digest(&SHA256, format!("{method}\0/app/api/v1/{path}\0").as_bytes());
        let request: String = request.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let blocked = if block.is_empty() { "false" } else { "lo = {her}" };
        let sql = "CREATE TABLE kept AS SELECT * FROM dating_pairs;
            UPDATE dating_pairs SET lo_said = NULL, lo_at = NULL, hi_said = NULL, hi_at = NULL, matched_at = NULL,
                lo_token = NULL, hi_token = NULL, closed = true, lo_blocked = {blocked}, hi_blocked = {other};
            INSERT INTO dating_done (user_id, key, request, done, at)
            VALUES ({her}, 'cut-off-{method}', '\\x{request}', '{}', (extract(epoch FROM now()) * 1000)::bigint);";
        let other = if block.is_empty() { "false" } else { "hi = {her}" };
        let sql = format!("{sql}{block}").replace("{blocked}", blocked).replace("{other}", other);
        let sql = sql.replace("{her}", &her_id.to_string()).replace("{him}", &his_id.to_string());
        server.psql("nameless", &sql.replace("{method}", method).replace("{request}", &request));
        let (from_anna, from_boris) = (anna.mark(), boris.mark());
        let key = format!("cut-off-{method}");
        let method = if block.is_empty() { Method::DELETE } else { Method::POST };
        for _ in 0..2 {
            let again = hers.keyed(method.clone(), &path, None, Some(&key)).await;
            assert_eq!(again.0, StatusCode::NO_CONTENT, "{again:?}");
        }
        told(&anna, from_anna, "The chat is over").await;
        told(&boris, from_boris, "ended the chat").await;
        // As it was, for the other way to end it.
        server.psql(
            "nameless",
            "DELETE FROM dating_pairs; INSERT INTO dating_pairs SELECT * FROM kept; DROP TABLE kept",
        );
    }
}

/// However much somebody writes a day: of their keys the last 2,000 are kept. One request in
/// sixteen looks, by its hash. Guard: `OLDEST` in `once.rs`.
#[tokio::test]
async fn keys_of_a_person_are_bounded() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..dating() });
    let ((anna, hers), _) = two(&app).await;
    let id = anna.id();
    let many = format!(
        "INSERT INTO dating_done (user_id, key, request, at)
        SELECT {id}, 'k' || n, 'x', (extract(epoch FROM now()) * 1000)::bigint - 9000 + n FROM generate_series(1, 2500) n"
    );
    server.psql("nameless", &many);
    let looks = |change: &Value| {
        let asked = format!("PUT\0/app/api/v1/profile\0{change}");
        digest(&SHA256, asked.as_bytes()).as_ref()[0] % 16 == 0
    };
    let change = (0..).map(|n| json!({ "bio": format!("rain {n}") })).find(looks).expect("one of them");
    assert_eq!(hers.put("profile", change).await.0, StatusCode::OK);
    let kept = format!("SELECT count(*), bool_or(key = 'k1') FROM dating_done WHERE user_id = {id}");
    assert_eq!(server.psql_rows("nameless", &kept), ["2000|f"]);
}

#[tokio::test]
async fn where_dating_is_off_there_is_nothing() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WOMAN).await;
    let (status, off) = exchange(&app, &init_data(anna.id(), now())).await;
    assert_eq!((status, &off["code"]), (StatusCode::NOT_FOUND, &json!("off")));
    let phone = Phone::with(&app, "x");
    for path in ["me", "cards", "openapi.json", "lists", "profile/photos", "photos/0000000000000000/0"] {
        assert_eq!(phone.look(path).await.1["code"], "off", "{path}");
    }
}
