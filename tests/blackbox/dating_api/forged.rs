//! initData that Telegram did not sign for this bot.

use super::phone::{Phone, exchange, init_data, now, signed, url};
use crate::common::member;
use crate::dating::{WOMAN, dating};
use crate::random::Random;
use crate::support::app::{TOKEN, spawn_app};
use futures_util::StreamExt;
use reqwest::{Client, StatusCode};
use serde_json::json;

/// What nobody signed, made of what Telegram signed: each time something else is wrong with it.
fn forged(user: i64, n: usize, random: &mut Random) -> String {
    let good = init_data(user, now());
    let mut bytes = good.as_bytes().to_vec();
    let place = random.below(bytes.len());
    match n % 10 {
        0 => bytes[place] = if bytes[place] == b'z' { b'y' } else { b'z' },
        1 => bytes.truncate(place),
        2 => bytes.insert(place, b'x'),
        3 => return signed_by("2:another", user, now()),
        4 => return signed_by(TOKEN, user, now() - 90_000),
        5 => return signed_by(TOKEN, user, now() + 3_600),
        6 => return good.replace(&user.to_string(), &(user + 1).to_string()),
        7 => return format!("{good}&user=%7B%22id%22%3A1%7D"),
        8 => {
            return format!(
                "{}&hash={:064x}",
                good.split("&hash=").next().unwrap_or_default(),
                random.below(usize::MAX)
            );
        }
        // The secret and the message in each other's place.
        _ => return signed(&[("auth_date", &now().to_string())], "WebAppData"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn signed_by(token: &str, user: i64, at: i64) -> String {
    let user = json!({ "id": user, "first_name": "A" }).to_string();
    signed(&[("auth_date", &at.to_string()), ("user", &user)], token)
}

/// From many addresses, so that each is looked at: nobody is let in, and nothing breaks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_init_data_opens_nothing() {
    let app = spawn_app(dating().with("TRUSTED_PROXIES", "127.0.0.1"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let client = Client::new();
    let tries = if std::env::var_os("NAMELESS_SOAK").is_some() { 100_000 } else { 2_000 };
    // The same ones each time, but for the clock.
    let mut random = Random::new(18);
    let good = init_data(anna.id(), now());
    let all: Vec<String> = (0..tries).map(|n| forged(anna.id(), n, &mut random)).collect();
    let statuses = futures_util::stream::iter(all.into_iter().enumerate())
        .map(|(n, raw)| {
            let from = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
            // What is no header at all is none of ours to refuse.
            let raw: String = raw.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect();
            let is_same = raw == good;
            let request = client.post(url(&app, "session")).header("X-Forwarded-For", from);
            let request = request.header("Authorization", format!("tma {raw}"));
            async move { (is_same, request.send().await.expect("an answer").status(), raw) }
        })
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await;
    for (is_same, status, raw) in statuses {
        assert!(!is_same && status == StatusCode::UNAUTHORIZED, "{status} {raw}");
    }
    assert_eq!(exchange(&app, &good).await.0, StatusCode::OK);
    assert_eq!(app.count("actor_deaths"), 0);
}

/// One address that guesses is locked out for a while; a reload is no guess.
#[tokio::test]
async fn guesses_are_few() {
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    let raw = init_data(anna.id(), now());
    let phone = Phone::of(&app, &anna).await;
    for _ in 0..5 {
        assert_eq!(exchange(&app, &raw).await.0, StatusCode::OK, "a reload");
    }
    let mut last = StatusCode::OK;
    for _ in 0..60 {
        last = exchange(&app, "auth_date=1&hash=00").await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let answer = Client::new().post(url(&app, "session")).send().await.expect("an answer");
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let guess = Phone::with(&app, "a guess");
    for _ in 0..5 {
        last = guess.look("me").await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "a session that is none is a guess as well");
    // Whoever has a session is not locked out with those who guess beside them.
    phone.get("me").await;
}
