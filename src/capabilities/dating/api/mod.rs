//! `/app/api/v1`: dating over HTTP, for the Mini App.
//!
//! A route says what it is and what it needs ([`Spec`]); the gate, limits, bodies and keys are the
//! same for all of them and cannot be forgotten. Nothing that leaves here names another person: no
//! id, @name, handle of a file or place (I18), but what two agreed to tell each other.

mod body;
mod cards;
mod channel;
mod gate;
mod goods;
mod likes;
mod limits;
mod lists;
mod matches;
mod me;
mod names;
mod openapi;
mod owners;
mod photos;
mod problem;
mod profile;
mod session;
mod settings;
mod shots;
mod stats;
mod verdicts;

use super::port::Port;
use super::store::{Once, Read, Viewer};
use crate::capabilities::{Backends, gate as membership};
use crate::http::State;
use crate::http::routes::{On, Route};
use crate::store::PgStore;
use crate::telegram::Client;
use actix_web::http::header::{CACHE_CONTROL, ETAG, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use limits::Limits;
use nameless_actors::capabilities::DatingPort;
use nameless_actors::env::Env;
use nameless_domain::capabilities::dating::bot::{Known, Token};
use nameless_domain::time::Millis;
use problem::Problem;
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;

/// What the API stands on.
pub struct Api {
    port: Port,
    client: Arc<Client>,
    limits: Limits,
    photos: photos::Photos,
    names: names::Names,
    channel: Arc<channel::Channel>,
    owners: owners::Owners,
}

impl Api {
    /// Over the database and Telegram; what concerns others is told by way of `env`.
    pub fn open(backends: &Backends<'_>, env: &Arc<Env>) -> Api {
        let (store, texts) = (backends.store.clone(), backends.texts.clone());
        let port = Port::new(store, texts, backends.config, backends.shop.clone());
        port.attach(nameless_actors::dating::ears(env));
        let link = membership::settings::link(backends.config);
        let channel = channel::Channel::new(link, membership::port(backends), Some(env.clone()));
        Api {
            port,
            client: backends.client.clone(),
            limits: Limits::new(),
            photos: photos::Photos::default(),
            names: names::Names::new(),
            channel,
            owners: owners::Owners::default(),
        }
    }

    fn store(&self) -> &PgStore {
        &self.port.store
    }
}

/// The methods that the API knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    const fn method(self) -> Method {
        match self {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Delete => Method::DELETE,
        }
    }

    /// As OpenAPI has it.
    fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
            Verb::Put => "put",
            Verb::Delete => "delete",
        }
    }
}

/// What somebody must have to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Nothing.
    Nothing,
    /// What Telegram signed.
    Launch,
    /// A session.
    Session,
    /// And an account whose questions are answered.
    Account,
}

/// The header of a picture that says whether somebody has looked at it.
const LOOK: &str = "x-photo-look";

/// The schema of a body or an answer that is a picture.
const PICTURE: &str = "Picture";

/// What is said of a route.
#[derive(Clone, Copy)]
struct Spec {
    method: Verb,
    path: &'static str,
    needs: Needs,
    /// Whether it waits until they have joined the operator's channel. What people need does not:
    /// ways out, reports, payments, what is kept of them.
    is_gated: bool,
    /// Whether cards are read with the session, in one way to the database.
    reads_hand: bool,
    summary: &'static str,
    /// Name and JSON schema of each parameter of the query.
    query: &'static [(&'static str, &'static str)],
    /// Name of the body's schema in `schemas.json`; [`PICTURE`]: the picture itself.
    body: Option<&'static str>,
    /// What it is called in the description.
    name: &'static str,
    /// Name of the answer's schema in `schemas.json`; empty: it has no body.
    answer: &'static str,
    /// The status of what went well.
    status: u16,
}

impl Spec {
    const fn new(method: Verb, path: &'static str, name: &'static str, answer: &'static str) -> Spec {
        let status = if answer.is_empty() { 204 } else { 200 };
        let (needs, is_gated, reads_hand, summary) = (Needs::Account, false, false, "");
        let (query, body) = (&[], None);
        Spec { method, path, needs, is_gated, reads_hand, summary, query, body, name, answer, status }
    }

    /// Whether a key says that it is done once.
    fn is_once(&self) -> bool {
        self.method != Verb::Get && self.needs == Needs::Account
    }

    fn has_etag(&self) -> bool {
        self.answer == "Lists" || self.answer == PICTURE
    }

    /// Whether the body is a picture.
    fn takes_picture(&self) -> bool {
        self.body == Some(PICTURE)
    }
}

/// A route of the API.
trait Endpoint: 'static {
    const SPEC: Spec;
    /// Answers a request that has passed the gate.
    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem>;
}

/// A request as far as it matters.
struct Ask<'a> {
    api: &'a Api,
    state: &'a State,
    request: &'a HttpRequest,
    address: IpAddr,
    /// The session's secret.
    token: Option<String>,
    viewer: Option<Viewer>,
    /// The viewer's cards, where they were read with the session.
    hand: Option<Read>,
    body: Vec<u8>,
    once: Option<Once>,
    /// The place of a picture that is on its way here.
    place: Option<photos::Place>,
}

impl Ask<'_> {
    fn viewer(&self) -> Result<&Viewer, Problem> {
        self.viewer.as_ref().ok_or_else(Problem::session)
    }

    /// What the account of the viewer says.
    fn known(&self) -> Result<Known, Problem> {
        self.viewer()?.known.ok_or_else(Problem::no_account)
    }

    /// Under which key it is done.
    fn once(&self) -> Result<Once, Problem> {
        self.once.clone().ok_or_else(|| Problem::malformed("an Idempotency-Key is needed"))
    }

    /// The clock of limits.
    fn now(&self) -> Millis {
        self.state.engine.env().clock.steady()
    }

    /// What the address sent was good.
    fn forgive(&self) {
        self.api.limits.forgives(self.address, self.now());
    }

    /// A card or a match of the path. What is no name is nobody's.
    fn named(&self) -> Result<Token, Problem> {
        Token::of_word(self.request.match_info().get("token").unwrap_or_default())
            .ok_or_else(Problem::unknown)
    }
}

/// What is answered.
struct Reply {
    status: StatusCode,
    body: Said,
    etag: Option<String>,
    /// Of a picture: whether somebody has looked at it.
    is_checked: Option<bool>,
    /// Of a picture: how long it may be kept.
    keeping: &'static str,
}

/// Kept, and asked for each time whether it is the same still.
const FRESH: &str = "private, no-cache";

/// A body.
enum Said {
    Nothing,
    Json(Value),
    Picture(photos::Picture),
}

impl Reply {
    fn json(value: Value) -> Reply {
        Reply {
            status: StatusCode::OK,
            body: Said::Json(value),
            etag: None,
            is_checked: None,
            keeping: FRESH,
        }
    }

    fn nothing() -> Reply {
        let status = StatusCode::NO_CONTENT;
        Reply { status, body: Said::Nothing, etag: None, is_checked: None, keeping: FRESH }
    }

    fn unchanged(etag: String) -> Reply {
        let status = StatusCode::NOT_MODIFIED;
        Reply { status, body: Said::Nothing, etag: Some(etag), is_checked: None, keeping: FRESH }
    }

    fn respond(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        let is_picture = matches!(self.body, Said::Picture(_)) || self.status == StatusCode::NOT_MODIFIED;
        let keeping = if is_picture { self.keeping } else { "no-store" };
        response.insert_header((CACHE_CONTROL, keeping)).insert_header(("x-content-type-options", "nosniff"));
        if is_picture {
            // One path is another picture to somebody else.
            response.insert_header((VARY, "Authorization"));
        }
        if let Some(is_checked) = self.is_checked {
            // Behind the same path another one may lie by now than the card told of (I12).
            response.insert_header((LOOK, if is_checked { "checked" } else { "waiting" }));
        }
        if let Some(etag) = self.etag {
            response.insert_header((ETAG, format!("\"{etag}\"")));
        }
        match self.body {
            Said::Nothing => response.finish(),
            Said::Json(value) => response.json(value),
            Said::Picture(picture) => {
                response.insert_header(("content-security-policy", "default-src 'none'; sandbox"));
                response.content_type(picture.kind.mime()).body(picture.bytes)
            }
        }
    }
}

/// Answers a route.
async fn serve<E: Endpoint>(request: HttpRequest, body: Payload, state: Data<State>) -> HttpResponse {
    let answered = async {
        let ask = gate::enter(&request, body, &state, &E::SPEC).await?;
        E::answer(ask).await
    };
    answered.await.map_or_else(Problem::respond, Reply::respond)
}

/// A route for each endpoint, and what is said of it.
macro_rules! routes {
    ($($module:ident::$endpoint:ident),+ $(,)?) => {
        /// The routes of the API.
        pub(super) static ROUTES: &[Route] = &[
            $(Route::new(
                On::Public,
                <$module::$endpoint as Endpoint>::SPEC.method.method(),
                <$module::$endpoint as Endpoint>::SPEC.path,
                |r| r.to(serve::<$module::$endpoint>),
            ),)+
        ];

        /// What is said of each.
        fn specs() -> Vec<Spec> {
            vec![$(<$module::$endpoint as Endpoint>::SPEC),+]
        }
    };
}

routes! {
    openapi::Describe, session::Open, session::Renew, session::Close, me::Me, lists::Lists,
    profile::Get, profile::Put, profile::Preview, profile::Pause, profile::Delete,
    cards::Cards, verdicts::Say, verdicts::Undo, verdicts::Report, verdicts::Block, likes::Likes, likes::Open,
    goods::List, goods::Invoice,
    matches::Matches, matches::Chat, matches::Part, matches::Report, matches::Block, matches::Share,
    matches::Unshare, photos::Look, shots::List, shots::Add, shots::Order, shots::Remove, shots::Own,
    settings::Get, settings::Put, stats::Own,
}
