//! I18: no answer of any route tells more of another person than its page is for.

use super::phone::{Phone, url};
use super::{joins, matched, two};
use crate::admin::{post, staff, token};
use crate::common::member;
use crate::dating::{MAN, WOMAN, profile};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use nameless_domain::capabilities::admin::Role;
use nameless_domain::capabilities::dating::cities;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// Every GET route of the description, with names of what the viewer has.
async fn routes(app: &TestApp, tokens: &[String]) -> Vec<String> {
    let answer = Client::new().get(url(app, "openapi.json")).send().await.expect("an answer");
    let document: Value = answer.json().await.expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let gets = paths.iter().filter(|(_, operations)| operations.get("get").is_some());
    let mut all = Vec::new();
    for (path, _) in gets {
        match path.contains("{token}") {
            true => all.extend(tokens.iter().flat_map(|token| {
                let named = path.strip_prefix("/app/api/v1/").expect("the API's").replace("{token}", token);
                let places = if named.contains("{n}") { &["0", "1"][..] } else { &[""] };
                places.iter().map(move |n| named.replace("{n}", n)).collect::<Vec<_>>()
            })),
            false => all.push(path.strip_prefix("/app/api/v1/").expect("the API's").to_owned()),
        }
    }
    assert!(all.len() >= 12, "{all:?}");
    all
}

#[tokio::test]
async fn no_answer_tells_who_somebody_is() {
    let app = spawn_app(staff().with("DATING", "on"));
    let admin = token(&app, Role::Admin).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    let dora = member(&app.world, "dora", WOMAN).await;
    profile(&anna, "Lisa", "rain and old films", true).await;
    profile(&dora, "Dora", "chess", true).await;
    let (hers, his) = (Phone::of(&app, &anna).await, Phone::of(&app, &boris).await);
    joins(&his, "Tom", "climbing").await;
    let doras = Phone::of(&app, &dora).await;
    let second = doras.sends(super::photos::picture(2), "image/jpeg", "second").await;
    assert_eq!(second.0, StatusCode::OK, "{second:?}");
    // Whoever is entitled sees most: a card that waits, a match, a like.
    let path = format!("v1/users/{}/premium", boris.id());
    let granted = post(&app, &admin, &path, json!({ "days": 5 })).await;
    assert_eq!(granted.0, StatusCode::OK, "{granted:?}");
    let (_, _) = doras.says("like").await;
    let open = his.get("cards?limit=10").await;
    let mut tokens: Vec<String> = Vec::new();
    for card in open["cards"].as_array().expect("cards") {
        tokens.push(card["token"].as_str().expect("a token").to_owned());
        if card["name"] == "Lisa" {
            let token = tokens.last().expect("just there");
            his.post(&format!("cards/{token}/verdict"), json!({ "verdict": "like" })).await;
        }
    }
    assert_eq!(tokens.len(), 2, "{open}");
    let (_, answer) = hers.says("like").await;
    assert_eq!(answer["matched"], true);
    let (token, line) = his.only_match().await;
    assert_eq!(line["photo"], json!(format!("/app/api/v1/photos/{token}/0")));
    tokens.push(token);
    assert_eq!(his.get("likes").await["cards"][0]["name"], "Dora");

    let cell = cities::find("moscow").expect("a city");
    let (lat, lon) = cell.centre();
    let mut secret: Vec<String> = vec![cell.number().to_string(), format!("{lat:.2}"), format!("{lon:.2}")];
    for (user, name) in [(&anna, "anna"), (&dora, "dora")] {
        secret.push(user.id().to_string());
        secret.extend(["First", "Last", "_username"].map(|part| format!("{name}{part}")));
    }
    let mut pictures = 0;
    for path in routes(&app, &tokens).await {
        let answer = his.raw(Method::GET, &path, None, None).await;
        let (status, headers) = (answer.status(), format!("{:?}", answer.headers()));
        let bytes = answer.bytes().await.expect("a body");
        let text = String::from_utf8_lossy(&bytes);
        for part in &secret {
            assert!(
                !text.contains(part.as_str()) && !headers.contains(part.as_str()),
                "{part} in {path}: {text}"
            );
        }
        for handle in ["file_id", "AgAC", "/file/bot", "1:test"] {
            assert!(!text.contains(handle) && !headers.contains(handle), "{handle} in {path}: {text}");
        }
        pictures += usize::from(headers.contains("image/jpeg"));
        let is_fine =
            status == StatusCode::OK || (path.contains("photos/") && status == StatusCode::NOT_FOUND);
        assert!(is_fine, "{path} {status} {text}");
    }
    // Both of Dora's, which lie open, and Lisa's as that of a match; the card that was answered has
    // none, and nobody's own photos are those of another.
    assert_eq!(pictures, 3);
}

#[tokio::test]
async fn pictures_come_by_the_proxy_alone_and_are_kept_by_their_tag() {
    let app = spawn_app(crate::dating::dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    profile(&anna, "Lisa", "rain and old films", true).await;
    let (hers, his) = (Phone::of(&app, &anna).await, Phone::of(&app, &boris).await);
    joins(&his, "Tom", "climbing").await;
    let card = his.card().await;
    assert_eq!(card["photos"][0]["is_checked"], false, "nobody has looked at it");
    let path = card["photos"][0]["url"].as_str().expect("a photo").to_owned();
    let path = path.strip_prefix("/app/api/v1/").expect("the API's");
    let answer = his.raw(Method::GET, path, None, None).await;
    assert_eq!(
        (answer.status(), &answer.headers()["content-type"]),
        (StatusCode::OK, &"image/jpeg".parse().unwrap())
    );
    assert_eq!(answer.headers()["cache-control"], "private, no-cache");
    let waits = |answer: &reqwest::Response| answer.headers()["x-photo-look"] == "waiting";
    assert!(waits(&answer), "what comes says itself that it is to be veiled");
    let varies = |answer: &reqwest::Response| {
        answer.headers().get_all("vary").iter().any(|value| value == "Authorization")
    };
    assert!(varies(&answer), "{:?}", answer.headers());
    let tag = answer.headers()["etag"].to_str().expect("a tag").to_owned();
    let picture = answer.bytes().await.expect("bytes");
    assert!(picture.starts_with(&[0xff, 0xd8, 0xff]));
    let again = Client::new().get(format!("http://{}/app/api/v1/{path}", app.http)).bearer_auth(&his.token);
    let again = again.header("If-None-Match", &tag).send().await.expect("an answer");
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(varies(&again) && waits(&again), "{:?}", again.headers());
    // Another viewer's name of a card is nobody's; the same picture has another tag there.
    assert_eq!(hers.look(path).await.0, StatusCode::NOT_FOUND);
    let own = hers.get("profile").await["photos"][0]["url"].as_str().expect("a photo").to_owned();
    let own = own.strip_prefix("/app/api/v1/").expect("the API's");
    assert_eq!(his.look(own).await.0, StatusCode::NOT_FOUND, "it is hers alone");
    let own = hers.raw(Method::GET, own, None, None).await;
    assert_eq!(own.status(), StatusCode::OK);
    assert_ne!(own.headers()["etag"].to_str().expect("a tag"), tag);
    for odd in ["photos/own/0", "photos/0000000000000000/0", "photos/nobody/0", "photos/0000000000000000/6"] {
        assert_eq!(his.look(odd).await.1["code"], "gone", "{odd}");
    }
    matched(&hers, &his).await;
    assert_eq!(his.look(path).await.0, StatusCode::NOT_FOUND, "the card does not lie open any more");
}

/// A number that moves with a like tells when it was given, and so by whom.
#[tokio::test]
async fn what_others_did_is_counted_from_the_next_midnight_on() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..crate::dating::dating() });
    let ((_, hers), (_, his)) = two(&app).await;
    hers.says("like").await;
    for (pass, n) in [(false, 0), (true, 1)] {
        if pass {
            let sql = "UPDATE dating_pairs SET lo_at = lo_at - 86400000, hi_at = hi_at - 86400000;
                UPDATE dating_profiles SET told_day = told_day - 1";
            server.psql("nameless", sql);
        }
        let stats = his.get("stats").await;
        assert_eq!((&stats["seen"], &stats["likes_received"]), (&json!(n), &json!(n)), "{stats}");
        assert_eq!(his.get("likes").await["count"], n.to_string());
        assert_eq!(his.get("me").await["likers"], n.to_string());
    }
}
