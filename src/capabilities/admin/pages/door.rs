//! The way in to a page: who comes, from where, and what they may do.

use super::cookie;
use super::frame::Frame;
use super::look::Look;
use super::refused::Refused;
use super::{Served, login};
use crate::capabilities::admin::http::gate::{self, Barred};
use crate::http::State;
use crate::store::keys::Keys;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, LOCATION, ORIGIN};
use actix_web::web::{Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt;
use nameless_actors::capabilities::{Answer, Order};
use nameless_domain::capabilities::admin::{Act, Actor, Permission, Source};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// Bytes of a form.
const MAX_FORM: usize = 16 << 10;
/// How long a form may take to arrive.
const FORM_TIME: Duration = Duration::from_secs(10);

/// Somebody on a page.
pub(super) struct Visit {
    pub request: HttpRequest,
    pub state: Served,
    pub actor: Actor,
    pub look: Look,
    /// Stands in every form: whoever has not seen the page does not know it.
    pub csrf: String,
    body: Vec<u8>,
}

/// What a page comes to.
pub(super) type Shown = Result<HttpResponse, Refused>;

/// What the forms of a session carry. It tells nothing of the secret that it is made of.
pub(super) fn csrf(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("form:{secret}").as_bytes()))
}

/// Answers a page's request.
pub(super) async fn serve(
    request: HttpRequest,
    body: Payload,
    state: Served,
    needs: Permission,
    show: impl AsyncFnOnce(&Visit) -> Shown,
) -> HttpResponse {
    let look = Look::of(&request);
    let secret = cookie::read(&request, cookie::SESSION);
    let Some(secret) = secret else { return login::first(&request, &state) };
    let actor = match gate::enter_pages(&request, &state, &secret).await {
        Ok(actor) => actor,
        Err(Barred::Stranger) => return login::again(&request, &state),
        Err(Barred::TooMany) => return Refused::TooMany.respond(&Frame::bare(&request, &state, look)),
        Err(Barred::Away(cause)) => {
            return Refused::from(cause).respond(&Frame::bare(&request, &state, look));
        }
    };
    let mut visit = Visit { csrf: csrf(&secret), request, state, actor, look, body: Vec::new() };
    let shown = match visit.let_in(body).await {
        Ok(()) => show(&visit).await,
        Err(refused) => Err(refused),
    };
    // Whoever may not learns nothing of what would have been right.
    let may = visit.actor.role.may(needs);
    let refused = match shown {
        Ok(response) if may => return response,
        Err(refused @ (Refused::Foreign | Refused::Forbidden(_))) => refused,
        Err(refused) if may => refused,
        Ok(_) | Err(_) => Refused::Forbidden(needs),
    };
    refused.respond(&visit.frame("", ""))
}

impl Visit {
    /// Reads a form, and looks whether it was sent from a page of the same session.
    async fn let_in(&mut self, body: Payload) -> Result<(), Refused> {
        if self.request.method() == actix_web::http::Method::GET {
            return Ok(());
        }
        if !is_from_here(&self.request, &self.state) {
            return Err(Refused::Foreign);
        }
        self.body = read_bytes(&self.request, body).await?;
        #[derive(serde::Deserialize)]
        struct Sealed {
            csrf: String,
        }
        let sealed: Sealed = form(&self.body).map_err(|_| Refused::Foreign)?;
        let same = bool::from(sealed.csrf.as_bytes().ct_eq(self.csrf.as_bytes()));
        if same { Ok(()) } else { Err(Refused::Foreign) }
    }

    /// Has an act carried out, by the operators' actor.
    pub async fn carry(&self, act: Act, key: Option<String>) -> Result<Answer, Refused> {
        let order = Order { actor: self.actor.clone(), act, source: Source::Page, key };
        match self.state.engine.administer(order).await {
            Ok(Answer::Missing) => Err(Refused::Missing),
            Ok(answer) => Ok(answer),
            Err(denied) => Err(denied.into()),
        }
    }

    /// Looks at something.
    pub async fn look_at(&self, act: Act) -> Result<Answer, Refused> {
        self.carry(act, None).await
    }

    /// For a page that only asks: whether they may do what it asks about.
    pub fn needs(&self, permission: Permission) -> Result<(), Refused> {
        if self.actor.role.may(permission) { Ok(()) } else { Err(Refused::Forbidden(permission)) }
    }

    /// A number of the path.
    pub fn number(&self, name: &str) -> Result<i64, Refused> {
        let part = self.request.match_info().get(name).unwrap_or_default();
        part.parse().ok().filter(|number| *number > 0).ok_or(Refused::Missing)
    }

    /// A word of the path.
    pub fn word(&self, name: &str) -> String {
        self.request.match_info().get(name).unwrap_or_default().to_owned()
    }

    /// What stands behind the question mark. A field that was left empty is none.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        let full = self.request.query_string().split('&').filter(|pair| !pair.ends_with('='));
        let query = full.collect::<Vec<_>>().join("&");
        Query::<T>::from_query(&query).map(Query::into_inner).map_err(|_| Refused::Malformed)
    }

    /// The form.
    pub fn form<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        form(&self.body)
    }

    /// A key for a form: sent twice, it is done once.
    pub fn new_key(&self) -> Result<String, Refused> {
        let random = Keys::random().map_err(|_| Refused::Away)?;
        Ok(URL_SAFE_NO_PAD.encode(&random[..16]))
    }

    /// The frame of a page: its place in the menu, the key of its title.
    pub fn frame(&self, here: &'static str, title: &'static str) -> Frame {
        Frame::of(self, here, title)
    }
}

/// Sends the browser to a page.
pub(super) fn see(to: &str) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, to)).insert_header((CACHE_CONTROL, "no-store")).finish()
}

/// A page of ours to go back to; anything else is the first one.
pub(super) fn back_to(path: &str) -> String {
    let ours =
        path.strip_prefix("/admin").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let plain = path.bytes().all(|b| b.is_ascii_graphic()) && !path.contains(['\\', '#']);
    if ours && plain && path.len() <= 500 { path.to_owned() } else { "/admin".to_owned() }
}

/// Whether a request was made by a page of ours: browsers say so with every form.
pub(super) fn is_from_here(request: &HttpRequest, state: &State) -> bool {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = header(ORIGIN.as_str()) else { return false };
    let ours = match state.admin.origin() {
        Some(address) => origin == address,
        None => {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            host.is_some() && host == header(HOST.as_str())
        }
    };
    ours && header("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// Reads a form that belongs to no session.
pub(super) async fn read<T: DeserializeOwned>(request: &HttpRequest, body: Payload) -> Result<T, Refused> {
    form(&read_bytes(request, body).await?)
}

fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let text = std::str::from_utf8(body).map_err(|_| Refused::Malformed)?;
    // A form has the form of a query.
    Query::<T>::from_query(text).map(Query::into_inner).map_err(|_| Refused::Malformed)
}

async fn read_bytes(request: &HttpRequest, mut body: Payload) -> Result<Vec<u8>, Refused> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if kind != Some("application/x-www-form-urlencoded") {
        return Err(Refused::Malformed);
    }
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| Refused::Malformed)?;
            if bytes.len() + chunk.len() > MAX_FORM {
                return Err(Refused::Malformed);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(FORM_TIME, reading).await.unwrap_or(Err(Refused::Malformed))
}

/// A page as it leaves: nothing of it is kept, shown in a frame, or loaded from elsewhere.
pub(super) fn page(status: StatusCode, html: String) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    for (name, value) in HEADERS {
        response.insert_header((name, value));
    }
    response.content_type("text/html; charset=utf-8").body(html)
}

/// What goes with every page.
pub(super) const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    // With no-referrer browsers would send their forms without an origin.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (path, to) in [
            ("/admin", "/admin"),
            ("/admin/users?after=5", "/admin/users?after=5"),
            ("/admin?done=ban", "/admin?done=ban"),
            ("//evil.example", "/admin"),
            ("/admin.evil.example", "/admin"),
            ("https://evil.example/admin", "/admin"),
            ("/admin/\\evil", "/admin"),
            ("/admin/\r\nx: y", "/admin"),
        ] {
            assert_eq!(back_to(path), to, "{path}");
        }
    }
}
