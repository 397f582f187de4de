//! The Mini App's pages: cards, likes and matches in a window of Telegram's. What they show and do
//! goes through the HTTP API; these are files out of the program itself, the same for everybody.

mod assets;

use crate::http::routes::{On, Route};
use actix_web::http::Method;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse};
use assets::Kept;
use std::sync::OnceLock;

/// What the page may load and do. Telegram's script is the one thing from elsewhere; pictures come
/// through the API and are shown from memory. Telegram's web clients open the page in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self' https://telegram.org; style-src 'self'; \
    img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'self' https://web.telegram.org";

/// Its routes.
pub(super) static ROUTES: [Route; 2] = [
    Route::new(On::Public, Method::GET, "/app", |r| r.to(page)),
    Route::new(On::Public, Method::GET, "/app/assets/{version}/{file}", |r| r.to(assets::give)),
];

/// The page, which names its files by their version.
static PAGE: OnceLock<Kept> = OnceLock::new();

/// The page where another script of this server stands in for Telegram's: in the demo.
pub(crate) fn page_in(script: &str) -> HttpResponse {
    let page = assets::index().replace("https://telegram.org/js/telegram-web-app.js", script);
    let mut answer = HttpResponse::Ok();
    answer.content_type("text/html; charset=utf-8").insert_header((CACHE_CONTROL, "no-cache"));
    answer.insert_header(("content-security-policy", POLICY)).insert_header(("referrer-policy", "no-referrer"));
    answer.body(page)
}

/// `GET /app`: looked at anew each time, so that a new version of the program is seen at once.
async fn page(request: HttpRequest) -> HttpResponse {
    let page = PAGE.get_or_init(|| Kept::new("text/html; charset=utf-8", &assets::index()));
    page.answer(&request, |answer| {
        answer.insert_header((CACHE_CONTROL, "no-cache"));
        for (name, value) in [
            ("content-security-policy", POLICY),
            ("referrer-policy", "no-referrer"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            answer.insert_header((name, value));
        }
    })
}
