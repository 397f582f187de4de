//! `/admin/api/v1`: the operators' tools over HTTP.
//!
//! A route only says which act a request is ([`Endpoint`]); the act is judged and carried out by
//! the operators' actor, as from the chat. So there is no handler that could forget its guard.

mod announcements;
mod broadcasts;
mod characters;
mod dating;
mod endpoints;
pub(super) mod gate;
mod jobs;
mod openapi;
mod pairs;
mod problem;
mod shared;

pub use gate::Gatekeeper;

use crate::http::routes::{On, Route};
use crate::http::{State, json};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use nameless_actors::capabilities::{Answer, Order};
use nameless_domain::capabilities::admin::{Act, Permission, Source};
use nameless_domain::ids::UserId;
use problem::Problem;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Bytes of a body.
const MAX_BODY: usize = 16 << 10;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);
/// Characters of an idempotency key.
const MAX_KEY: usize = 64;

/// The methods that the API knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    const fn method(self) -> Method {
        match self {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Delete => Method::DELETE,
        }
    }

    /// As OpenAPI has it.
    fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
            Verb::Delete => "delete",
        }
    }
}

/// What is said of a route.
#[derive(Clone, Copy)]
struct Spec {
    pub method: Verb,
    pub path: &'static str,
    /// What it takes. Looked at before a byte of the body is read; the actor judges the act itself.
    pub needs: Permission,
    pub summary: &'static str,
    /// Name and JSON schema of each parameter of the query.
    pub query: &'static [(&'static str, &'static str)],
    /// JSON schema of the body.
    pub body: Option<&'static str>,
    /// What it is called where others refer to it.
    pub name: &'static str,
    /// Name of the answer's schema in `schemas.json`.
    pub answer: &'static str,
}

impl Spec {
    /// Whether it changes something that has versions.
    fn has_versions(&self) -> bool {
        self.method != Verb::Get && (self.path.contains("/users/{user}/") || self.path.ends_with("/decide"))
    }

    /// Whether the caller has to say what they have seen: what nobody can bring back.
    fn must_be_seen(&self) -> bool {
        self.needs == Permission::Erase && self.has_versions()
    }

    /// The status of what went well.
    fn success(&self) -> u16 {
        if self.answer == "NewToken" { 201 } else { 200 }
    }
}

/// A route of the API.
trait Endpoint: 'static {
    const SPEC: Spec;
    /// The act that a request is.
    fn act(asked: &Asked<'_>) -> Result<Act, Problem>;
}

/// A request as far as it matters.
struct Asked<'a> {
    request: &'a HttpRequest,
    body: &'a [u8],
}

impl Asked<'_> {
    /// A number of the path. One that is none is nobody's.
    fn number(&self, name: &str) -> Result<i64, Problem> {
        let part = self.request.match_info().get(name).unwrap_or_default();
        part.parse().ok().filter(|number| *number > 0).ok_or_else(Problem::missing)
    }

    fn word(&self, name: &str) -> String {
        self.request.match_info().get(name).unwrap_or_default().to_owned()
    }

    fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let query = Query::<T>::from_query(self.request.query_string());
        query.map(Query::into_inner).map_err(|_| Problem::malformed("the query is not as it is described"))
    }

    fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        json::read(self.body).map_err(|error| Problem::malformed(odd(&error)))
    }
}

/// What is wrong with a body. The parser's own words may quote what was sent; a field that is
/// missing is one of ours.
fn odd(error: &serde_json::Error) -> String {
    const ODD: &str = "the body is not as /admin/api/openapi.json describes it";
    let said = error.to_string();
    match said.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        Some((field, _)) => format!("{ODD}: {field} is missing"),
        None => ODD.to_owned(),
    }
}

/// Answers a route.
async fn serve<E: Endpoint>(request: HttpRequest, body: Payload, state: Data<State>) -> HttpResponse {
    answer::<E>(&request, body, &state).await.unwrap_or_else(Problem::respond)
}

async fn answer<E: Endpoint>(
    request: &HttpRequest,
    body: Payload,
    state: &State,
) -> Result<HttpResponse, Problem> {
    let actor = gate::enter(request, state).await?;
    let spec = E::SPEC;
    let may = actor.role.may(spec.needs);
    let body = match spec.body {
        Some(_) if may => read(request, body).await?,
        _ => Vec::new(),
    };
    if spec.query.is_empty() && !request.query_string().is_empty() {
        return Err(Problem::malformed("the query is not as it is described"));
    }
    let key = idempotency_key(request)?;
    let asked = Asked { request, body: &body };
    let act = match E::act(&asked) {
        Ok(act) => act,
        // Who may not learns nothing of what would have been right, and the try is written down.
        Err(_) if !may => {
            let user = asked.number("user").ok().map(UserId);
            Act::Attempt { route: spec.path.to_owned(), user, needs: spec.needs }
        }
        Err(problem) => return Err(problem),
    };
    let act = match seen(request, &spec)? {
        Some(seen) => Act::IfSeen { seen, what: Box::new(act) },
        // Who may not is refused for that, and not told what else is missing.
        None if may && spec.must_be_seen() => return Err(Problem::unseen()),
        None => act,
    };
    let order = Order { actor, act, source: Source::Http, key };
    let answer = state.engine.administer(order).await.map_err(|denied| Problem::of(&denied))?;
    if answer == Answer::Missing {
        return Err(Problem::missing());
    }
    let status = StatusCode::from_u16(spec.success()).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    if let Some(version) = answer.version() {
        response.insert_header((ETAG, format!("\"{version}\"")));
    }
    response.insert_header((CACHE_CONTROL, "no-store"));
    if let Answer::Picture(picture) = answer {
        response.insert_header(("x-content-type-options", "nosniff"));
        response.insert_header(("content-security-policy", "default-src 'none'; sandbox"));
        return Ok(response.content_type(picture.kind.mime()).body(picture.bytes));
    }
    Ok(response.json(&answer))
}

/// What the caller has seen, of what has versions; none if that is left open, or any will do.
fn seen(request: &HttpRequest, spec: &Spec) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(IF_MATCH).filter(|_| spec.has_versions()) else {
        return Ok(None);
    };
    let malformed = || Problem::malformed("If-Match has one ETag, in quotes, or *");
    // What cannot be read asks for something: it must not count for nothing.
    let text = value.to_str().map_err(|_| malformed())?.trim();
    match text {
        // A header without a value asks for nothing.
        "" => return Ok(None),
        "*" => return Ok(Some("*".to_owned())),
        _ => {}
    }
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match inner.filter(|inner| inner.len() <= 200 && inner.bytes().all(|b| matches!(b, b'!' | b'#'..=b'~'))) {
        Some(inner) => Ok(Some(inner.to_owned())),
        None => Err(malformed()),
    }
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    // Spaces around it are no part of it, so one of nothing else is none.
    let plain = |key: &&[u8]| key.len() <= MAX_KEY && key.iter().all(|byte| (b' '..=b'~').contains(byte));
    match Some(value.as_bytes()).filter(plain).map(|key| String::from_utf8_lossy(key).trim().to_owned()) {
        None => Err(Problem::malformed("an Idempotency-Key has at most 64 characters of ASCII")),
        Some(key) => Ok(Some(key).filter(|key| !key.is_empty())),
    }
}

async fn read(request: &HttpRequest, mut body: Payload) -> Result<Vec<u8>, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if kind != Some("application/json") {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body has to be application/json"));
    }
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| Problem::malformed("the body broke off"))?;
            if bytes.len() + chunk.len() > MAX_BODY {
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is over 16 KiB"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(BODY_TIME, reading)
        .await
        .unwrap_or_else(|_| Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")))
}

/// `/admin/api/openapi.json`, for whoever has a token.
async fn describe(request: HttpRequest, state: Data<State>) -> HttpResponse {
    match gate::enter(&request, &state).await {
        Ok(_) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(openapi::document()),
        Err(problem) => problem.respond(),
    }
}

/// A route for each endpoint, and what is said of it.
macro_rules! routes {
    ($($endpoint:ident),+ $(,)?) => {
        /// The routes of the API.
        pub(super) static ROUTES: &[Route] = &[
            Route::new(On::Public, Method::GET, "/admin/api/openapi.json", |r| r.to(describe)),
            $(Route::new(
                On::Public,
                <endpoints::$endpoint as Endpoint>::SPEC.method.method(),
                <endpoints::$endpoint as Endpoint>::SPEC.path,
                |r| r.to(serve::<endpoints::$endpoint>),
            ),)+
        ];

        /// What is said of each.
        fn specs() -> Vec<Spec> {
            vec![$(<endpoints::$endpoint as Endpoint>::SPEC),+]
        }
    };
}

routes! {
    Stats, Health, Config, People, Person, Ban, Unban, Grant, Revoke, Reports, Take, Decide, Audit,
    DeadLetters, Replay, Tokens, CreateToken, RevokeToken, Warn, Note, DeleteDelivered, Dialogs, Appeals,
    AnswerAppeal, Detections, Activity, Retention, Photos, LookAtPhoto, Picture, RulePhoto,
    Payments, Payment, Refund, Pairs, History, Broadcasts, DraftBroadcast, Broadcast, ConfirmBroadcast,
    PauseBroadcast, ResumeBroadcast, CancelBroadcast, PreviewBroadcast,
    Erase, Requests, Approve, Refuse, PreviewMany,
    DoMany, PreviewFailed, MendMany,
    Announcements, Announce, TakeDown, Jobs, FailedJobs, Spend,
    DatingFigures, DatingReports, DatingProfile, RuleDating,
    SharedCharacters, SharedCharacter, RuleShared,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_nothing_that_was_sent() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            #[allow(dead_code, reason = "read by nobody")]
            reason: String,
        }
        let wrong = |body: &str| odd(&serde_json::from_str::<Body>(body).unwrap_err());
        assert!(wrong("{}").ends_with("describes it: reason is missing"), "{}", wrong("{}"));
        for body in [r#"{"reason": 77}"#, r#"{"reason": "a", "secret": 1}"#, "secret", r#"{"secret"#] {
            assert!(wrong(body).ends_with("describes it"), "{}", wrong(body));
        }
    }
}
