//! How somebody likes the pages: language, light or dark, keys.

use super::{Served, cookie, door};
use actix_web::http::header::{ACCEPT_LANGUAGE, LOCATION, SET_COOKIE};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use nameless_domain::text::Lang;
use serde::Deserialize;

const COOKIE: &str = "nameless_look";
/// A year.
const KEPT: u64 = 31_536_000;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Theme {
    /// As the device has it.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub fn name(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// How somebody likes the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub lang: Lang,
    pub theme: Theme,
    /// Single keys do something in the queue. Who speaks to their computer turns that off.
    pub keys: bool,
}

impl Look {
    /// As they chose, or as the browser says.
    pub fn of(request: &HttpRequest) -> Look {
        let chosen = cookie::read(request, COOKIE).unwrap_or_default();
        let mut parts = chosen.split('.');
        let lang = parts.next().and_then(Lang::from_code).unwrap_or_else(|| browsers(request));
        let theme = match parts.next() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::Auto,
        };
        Look { lang, theme, keys: parts.next() != Some("off") }
    }

    fn cookie(self, secure: bool) -> String {
        let keys = if self.keys { "on" } else { "off" };
        let value = format!("{}.{}.{keys}", self.lang.code(), self.theme.name());
        cookie::set(COOKIE, &value, KEPT, secure)
    }
}

/// The first language of the browser's that there are texts in.
fn browsers(request: &HttpRequest) -> Lang {
    let said = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut codes =
        said.unwrap_or_default().split(',').map(|one| one.split([';', '-']).next().unwrap_or("").trim());
    codes.find_map(Lang::from_code).unwrap_or(Lang::En)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    lang: Option<String>,
    theme: Option<Theme>,
    keys: Option<String>,
    back: String,
}

/// `POST /admin/look`. It changes nothing but the cookie of whoever sends it.
pub(super) async fn choose(request: HttpRequest, body: Payload, state: Served) -> HttpResponse {
    if !door::is_from_here(&request, &state) {
        return HttpResponse::Forbidden().finish();
    }
    let Ok(chosen) = door::read::<Chosen>(&request, body).await else {
        return HttpResponse::BadRequest().finish();
    };
    let mut look = Look::of(&request);
    look.lang = chosen.lang.as_deref().and_then(Lang::from_code).unwrap_or(look.lang);
    look.theme = chosen.theme.unwrap_or(look.theme);
    look.keys = chosen.keys.map_or(look.keys, |keys| keys == "on");
    HttpResponse::SeeOther()
        .insert_header((LOCATION, door::back_to(&chosen.back)))
        .insert_header((SET_COOKIE, look.cookie(state.admin.is_secure())))
        .finish()
}
