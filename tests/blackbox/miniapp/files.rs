//! The page and its files over HTTP, and the way to them from the chat.

use super::{ADDRESS, options};
use crate::common::{ask, member, tap, told};
use crate::dating::{WOMAN, profile};
use crate::support::app::spawn_app;
use reqwest::StatusCode;

#[tokio::test]
async fn the_page_is_the_same_for_everybody_and_allows_little() {
    let app = spawn_app(options());
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let get = async |path: &str, name: &'static str, value: &str| {
        let asked = http.get(format!("http://{}{path}", app.http)).header(name, value);
        asked.send().await.expect("an answer")
    };
    let page = get("/app", "accept-encoding", "identity").await;
    let header = |answer: &reqwest::Response, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    };
    let policy = header(&page, "content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' https://telegram.org",
        "frame-ancestors 'self' https://web.telegram.org",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header(&page, "x-frame-options"), "", "Telegram's web clients open it in a frame");
    assert_eq!(header(&page, "cache-control"), "no-cache");
    let tag = header(&page, "etag");
    assert_eq!(get("/app", "if-none-match", &tag).await.status(), StatusCode::NOT_MODIFIED);
    let text = page.text().await.expect("text");
    let main =
        text.split("src=\"").find_map(|rest| rest.split('"').next().filter(|p| p.ends_with("/main.js")));
    let main = main.expect("the first module");

    let plain = get(main, "accept-encoding", "identity").await;
    assert_eq!(header(&plain, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&plain, "content-type"), "text/javascript; charset=utf-8");
    let tag = header(&plain, "etag");
    let plain = plain.bytes().await.expect("bytes");
    let packed = get(main, "accept-encoding", "br, gzip").await;
    assert_eq!(
        (header(&packed, "content-encoding"), header(&packed, "vary")),
        ("gzip".into(), "accept-encoding".into())
    );
    assert!(packed.bytes().await.expect("bytes").len() < plain.len());
    assert_eq!(get(main, "if-none-match", &tag).await.status(), StatusCode::NOT_MODIFIED);
    // Of another version comes what there is.
    let other = get("/app/assets/0000000000000000/main.js", "accept-encoding", "identity").await;
    assert_eq!((other.status(), header(&other, "cache-control")), (StatusCode::OK, "no-cache".into()));
    for path in ["/app/assets/x/index.html", "/app/assets/x/..%2f..%2fCargo.toml", "/app/assets/x/", "/app/"]
    {
        assert_eq!(get(path, "accept", "*/*").await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

/// The button, in the language of whoever is asked.
#[tokio::test]
async fn the_chat_leads_to_the_cards() {
    let app = spawn_app(options());
    let anna = member(&app.world, "anna", WOMAN).await;
    profile(&anna, "Lisa", "rain and old films", false).await;
    let address = |message: &nameless_simulator::ChatMessage, label: &str| {
        let buttons = message.buttons().into_iter().flatten();
        buttons.into_iter().find(|button| button.text == label).and_then(|button| button.url)
    };
    let home = ask(&anna, "/dating", "Likes left today").await;
    assert_eq!(address(&home, "Open cards").as_deref(), Some(ADDRESS), "{home:?}");
    let mark = anna.mark();
    ask(&anna, "/language", "").await;
    tap(&anna, "set:lang:0").await;
    anna.send_text("/dating");
    let home = told(&anna, mark, "Симпатий на сегодня").await;
    assert_eq!(address(&home, "Открыть карточки").as_deref(), Some(ADDRESS), "{home:?}");
}

/// Without an address there is no button.
#[tokio::test]
async fn there_is_no_button_to_nowhere() {
    let app = spawn_app(crate::dating::dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    profile(&anna, "Lisa", "rain and old films", false).await;
    let home = ask(&anna, "/dating", "Likes left today").await;
    assert!(home.buttons().iter().flatten().all(|button| button.url.is_none()), "{home:?}");
}
