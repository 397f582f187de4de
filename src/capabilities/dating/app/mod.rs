//! The Mini App's pages: cards, likes and matches in a window of Telegram's. What they show and do
//! goes through the HTTP API; these are files out of the program itself, the same for everybody.

mod assets;

use crate::http::routes::{On, Route};
use actix_web::http::Method;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use assets::Kept;
use std::sync::OnceLock;

/// What the page may load and do. Telegram's script is the one thing from elsewhere; pictures come
/// through the API and are shown from memory. Telegram's web clients open the page in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self' https://telegram.org; style-src 'self'; \
    img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'self' https://web.telegram.org";

/// What else is sent with the page, whoever shows it.
const HEADERS: [(&str, &str); 4] = [
    ("content-security-policy", POLICY),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Telegram's script, as the page names it.
const TELEGRAM: &str = "https://telegram.org/js/telegram-web-app.js";

const HTML: &str = "text/html; charset=utf-8";

/// Its routes.
pub(super) static ROUTES: [Route; 2] = [
    Route::new(On::Public, Method::GET, "/app", |r| r.to(page)),
    Route::new(On::Public, Method::GET, "/app/assets/{version}/{file}", |r| r.to(assets::give)),
];

/// The page, which names its files by their version.
static PAGE: OnceLock<Kept> = OnceLock::new();

/// The page where another script of this server stands in for Telegram's: in the demo.
pub(crate) fn page_in(script: &str) -> HttpResponse {
    let page = assets::index();
    assert!(page.contains(TELEGRAM), "the page names Telegram's script otherwise");
    let mut answer = HttpResponse::Ok();
    with_headers(answer.content_type(HTML));
    answer.body(page.replace(TELEGRAM, script))
}

/// `GET /app`: looked at anew each time, so that a new version of the program is seen at once.
async fn page(request: HttpRequest) -> HttpResponse {
    let page = PAGE.get_or_init(|| Kept::new(HTML, &assets::index()));
    page.answer(&request, with_headers)
}

fn with_headers(answer: &mut HttpResponseBuilder) {
    answer.insert_header((CACHE_CONTROL, "no-cache"));
    for header in HEADERS {
        answer.insert_header(header);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::MessageBody as _;
    use actix_web::test::TestRequest;

    /// What the demo shows is the page itself, but for one script.
    #[tokio::test]
    async fn another_script_may_stand_in_for_telegrams() {
        let (real, other) = (page(TestRequest::get().to_http_request()).await, page_in("/other.js"));
        for (name, _) in HEADERS.into_iter().chain([("cache-control", ""), ("content-type", "")]) {
            assert!(other.headers().contains_key(name), "{name}");
            assert_eq!(other.headers().get(name), real.headers().get(name), "{name}");
        }
        let [real, other] = [real, other].map(|answer| answer.into_body().try_into_bytes().expect("a page"));
        let [real, other] = [real, other].map(|page| String::from_utf8(page.to_vec()).expect("text"));
        assert!(!other.contains("https://") && other.contains("src=\"/other.js\""), "{other}");
        assert_eq!(other, real.replace(TELEGRAM, "/other.js"));
    }
}
