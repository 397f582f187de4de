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

/// Every GET route of the description, with names of what the viewer has, and these pictures.
async fn routes(app: &TestApp, tokens: &[String], pictures: &[String]) -> Vec<String> {
    let answer = Client::new().get(url(app, "openapi.json")).send().await.expect("an answer");
    let document: Value = answer.json().await.expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let gets = paths.iter().filter(|(_, operations)| operations.get("get").is_some());
    let own = |path: &str| path.strip_prefix("/app/api/v1/").expect("the API's").to_owned();
    let mut all: Vec<String> = pictures.iter().map(|path| own(path)).collect();
    for (path, _) in gets {
        match path.contains("{token}") {
            true => all.extend(tokens.iter().map(|token| {
                let named = own(path).replace("{token}", token);
                // A name that somebody made up.
                named.replace("{photo}", "00000000000000a1")
            })),
            false => all.push(own(path)),
        }
    }
    assert!(all.len() >= 16, "{all:?}");
    all
}

/// Addresses of the pictures on a card, or of a match.
fn pictures_of(one: &Value) -> Vec<String> {
    let photos = one["photos"].as_array().expect("photos");
    photos.iter().map(|photo| photo["url"].as_str().expect("an address").to_owned()).collect()
}

/// Whether a number begins there: in the middle of a token it is chance.
fn holds(text: &str, number: &str) -> bool {
    let begins = |at: usize| !text[..at].ends_with(|before: char| before.is_ascii_alphanumeric());
    text.match_indices(number).any(|(at, _)| begins(at))
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
    let (mut tokens, mut shown): (Vec<String>, Vec<String>) = Default::default();
    for card in open["cards"].as_array().expect("cards") {
        tokens.push(card["token"].as_str().expect("a token").to_owned());
        shown.extend(pictures_of(card));
        if card["name"] == "Lisa" {
            let token = tokens.last().expect("just there");
            his.post(&format!("cards/{token}/verdict"), json!({ "verdict": "like" })).await;
        }
    }
    assert_eq!(tokens.len(), 2, "{open}");
    let (_, answer) = hers.says("like").await;
    assert_eq!(answer["matched"], true);
    let (token, line) = his.only_match().await;
    let of_match = pictures_of(&line);
    assert_eq!((line["photo"].as_str(), of_match.len()), (Some(&*of_match[0]), 1));
    assert!(of_match[0].starts_with(&format!("/app/api/v1/photos/{token}/")), "{of_match:?}");
    shown.extend(of_match);
    tokens.push(token);
    // Names say nothing: none is there twice, none holds a place that could be counted.
    let names: std::collections::BTreeSet<&str> =
        shown.iter().filter_map(|path| path.rsplit('/').next()).collect();
    assert_eq!((names.len(), shown.len()), (4, 4), "{shown:?}");
    assert!(names.iter().all(|name| name.len() == 16), "{names:?}");
    assert_eq!(his.get("likes").await["cards"][0]["name"], "Dora");

    let cell = cities::find("moscow").expect("a city");
    let (lat, lon) = cell.centre();
    let mut numbers: Vec<String> = vec![cell.number().to_string(), format!("{lat:.2}"), format!("{lon:.2}")];
    let mut secret: Vec<String> = Vec::new();
    for (user, name) in [(&anna, "anna"), (&dora, "dora")] {
        numbers.push(user.id().to_string());
        secret.extend(["First", "Last", "_username"].map(|part| format!("{name}{part}")));
    }
    let mut pictures = 0;
    for path in routes(&app, &tokens, &shown).await {
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
        for number in &numbers {
            assert!(!holds(&text, number) && !holds(&headers, number), "{number} in {path}: {text}");
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
    assert_eq!(answer.headers()["cache-control"], "private, max-age=300, immutable");
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
    // A name is good behind its card alone, and there is no counting on.
    let (token, name) =
        path.strip_prefix("photos/").and_then(|rest| rest.split_once('/')).expect("two names");
    for odd in
        ["0".to_owned(), "1".to_owned(), format!("{:016x}", u64::from_str_radix(name, 16).unwrap() ^ 1)]
    {
        assert_eq!(his.look(&format!("photos/{token}/{odd}")).await.0, StatusCode::NOT_FOUND, "{odd}");
    }
    // Another viewer's name of a card is nobody's; the same picture has another tag there.
    assert_eq!(hers.look(path).await.0, StatusCode::NOT_FOUND);
    let own = hers.get("profile").await["photos"][0]["url"].as_str().expect("a photo").to_owned();
    let own = own.strip_prefix("/app/api/v1/").expect("the API's");
    assert_eq!(his.look(own).await.0, StatusCode::NOT_FOUND, "it is hers alone");
    let own = hers.raw(Method::GET, own, None, None).await;
    assert_eq!(own.status(), StatusCode::OK);
    assert_ne!(own.headers()["etag"].to_str().expect("a tag"), tag);
    for odd in [
        "photos/own/0",
        "photos/0000000000000000/00000000000000a1",
        "photos/nobody/00000000000000a1",
        "photos/0000000000000000/6",
    ] {
        assert_eq!(his.look(odd).await.1["code"], "gone", "{odd}");
    }
    matched(&hers, &his).await;
    assert_eq!(his.look(path).await.0, StatusCode::NOT_FOUND, "the card does not lie open any more");
}

/// A number that moves with a like tells when it was given, and so by whom.
#[tokio::test]
async fn what_others_did_is_counted_from_the_next_midnight_on() {
    crate::support::clock::one_day().await;
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
