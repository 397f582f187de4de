//! Coming and going: by a link that the bot made, or by a token.

use super::door::{self, page, see};
use super::frame::Frame;
use super::look::Look;
use super::refused::Refused;
use super::{Served, cookie};
use crate::capabilities::admin::http::gate::{self, Barred};
use crate::store::keys::Keys;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::web::{Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use nameless_actors::Engine;
use nameless_actors::capabilities::{Answer, Credential, Order};
use nameless_domain::capabilities::admin::{Act, Actor, Role, Source};
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// As long as a session at most.
const KEPT: u64 = 12 * 3_600;

#[derive(Template)]
#[template(path = "admin/login.html", whitespace = "minimize")]
struct View<'a> {
    f: &'a Frame,
    /// The secret part of a link, if they came by one.
    link: Option<String>,
    /// What is wrong, if something is.
    wrong: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Linked {
    link: Option<String>,
}

/// Characters of a link's secret part.
fn is_link(link: &str) -> bool {
    link.len() == 43 && link.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// `GET /admin/login`. A link is not used by being looked at: apps fetch links to show what is
/// behind them.
pub(super) async fn show(request: HttpRequest, state: Served) -> HttpResponse {
    let query = Query::<Linked>::from_query(request.query_string()).map(Query::into_inner);
    let link = query.ok().and_then(|query| query.link).filter(|link| is_link(link));
    form(&request, &state, StatusCode::OK, link, None)
}

fn form(
    request: &HttpRequest,
    state: &Served,
    status: StatusCode,
    link: Option<String>,
    wrong: Option<&'static str>,
) -> HttpResponse {
    let f = Frame::bare(request, state, Look::of(request));
    let wrong = wrong.map(|key| f.say(key));
    page(status, View { f: &f, link, wrong }.render().unwrap_or_default())
}

/// Nobody is logged in.
pub(super) fn first(_: &HttpRequest, _: &Served) -> HttpResponse {
    see("/admin/login")
}

/// A session that is none, or none any more.
pub(super) fn again(request: &HttpRequest, state: &Served) -> HttpResponse {
    let mut response = form(request, state, StatusCode::UNAUTHORIZED, None, Some("pages-login-ended"));
    forget(&mut response, state);
    response
}

fn forget(response: &mut HttpResponse, state: &Served) {
    let line = cookie::set(cookie::SESSION, "", 0, state.admin.is_secure());
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(SET_COOKIE, line);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    token: Option<String>,
    link: Option<String>,
}

/// `POST /admin/login`.
pub(super) async fn log_in(request: HttpRequest, body: Payload, state: Served) -> HttpResponse {
    let bare = || Frame::bare(&request, &state, Look::of(&request));
    if !door::is_from_here(&request, &state) {
        return Refused::Foreign.respond(&bare());
    }
    let shown = match door::read::<Shown>(&request, body).await {
        Ok(shown) => shown,
        Err(refused) => return refused.respond(&bare()),
    };
    let credential = match (shown.link, shown.token) {
        (Some(link), None) => Credential::Link(link),
        (None, Some(token)) => Credential::Token(token.trim().to_owned()),
        _ => return Refused::Malformed.respond(&bare()),
    };
    let was_link = matches!(credential, Credential::Link(_));
    match gate::log_in(&request, &state, credential).await {
        Ok(entered) => {
            let mut response = see("/admin");
            let line = cookie::set(cookie::SESSION, &entered.secret, KEPT, state.admin.is_secure());
            if let Ok(line) = HeaderValue::from_str(&line) {
                response.headers_mut().append(SET_COOKIE, line);
            }
            response
        }
        Err(Barred::Stranger) => {
            let wrong = if was_link { "pages-login-link-used" } else { "pages-login-no-token" };
            form(&request, &state, StatusCode::UNAUTHORIZED, None, Some(wrong))
        }
        Err(Barred::TooMany) => Refused::TooMany.respond(&bare()),
        Err(Barred::Away(cause)) => Refused::from(cause).respond(&bare()),
    }
}

/// Lets a browser in without a link or a token, for the demo: the cookie of an owner's session.
/// None if the database does not answer.
pub async fn let_in(engine: &Engine) -> Option<String> {
    let actor = Actor { name: "demo".into(), role: Role::Owner };
    let random = Keys::random().ok()?;
    let name: String = random[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    let act = Act::CreateToken { name: format!("demo-{name}"), role: Role::Owner, days: 1 };
    let order = Order { actor, act, source: Source::Engine, key: None };
    let Ok(Answer::Token(made)) = engine.administer(order).await else { return None };
    let entered = engine.env().capabilities.admin.log_in(Credential::Token(made.token)).await;
    let entered = entered.ok().flatten()?;
    Some(cookie::set(cookie::SESSION, &entered.secret, KEPT, false))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaving {
    csrf: String,
}

/// `POST /admin/logout`.
pub(super) async fn log_out(request: HttpRequest, body: Payload, state: Served) -> HttpResponse {
    let bare = || Frame::bare(&request, &state, Look::of(&request));
    let Some(secret) = cookie::read(&request, cookie::SESSION) else { return see("/admin/login") };
    if !door::is_from_here(&request, &state) {
        return Refused::Foreign.respond(&bare());
    }
    let leaving = match door::read::<Leaving>(&request, body).await {
        Ok(leaving) => leaving,
        Err(refused) => return refused.respond(&bare()),
    };
    if !bool::from(leaving.csrf.as_bytes().ct_eq(door::csrf(&secret).as_bytes())) {
        return Refused::Foreign.respond(&bare());
    }
    match gate::log_out(&request, &state, secret).await {
        Ok(()) => {
            let mut response = see("/admin/login");
            forget(&mut response, &state);
            response
        }
        Err(Barred::TooMany | Barred::Stranger) => Refused::TooMany.respond(&bare()),
        Err(Barred::Away(cause)) => Refused::from(cause).respond(&bare()),
    }
}
