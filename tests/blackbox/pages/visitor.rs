//! Somebody with a browser that keeps one cookie, follows nothing and sends what it is told.

use crate::support::app::TestApp;
use crate::support::people::PATIENCE;
use nameless_actors::capabilities::{Answer, Order};
use nameless_domain::capabilities::admin::{Act, Actor, Role, Source};
use reqwest::header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};

/// A visitor.
pub struct Visitor {
    pub client: Client,
    pub base: String,
    pub origin: String,
    /// As it is sent.
    pub cookie: String,
    pub csrf: String,
}

/// What came of a form.
pub struct Sent {
    pub status: StatusCode,
    pub cookie: Option<String>,
    /// Where it leads to.
    pub location: Option<String>,
    pub body: String,
}

/// Makes a token.
pub async fn token(app: &TestApp, name: &str, role: Role) -> String {
    let actor = Actor { name: "cli".into(), role: Role::Owner };
    let act = Act::CreateToken { name: name.into(), role, days: 1 };
    let order = Order { actor, act, source: Source::Cli, key: None };
    match app.engine.administer(order).await.expect("made") {
        Answer::Token(new) => new.token,
        other => panic!("{other:?}"),
    }
}

impl Visitor {
    /// Nobody yet.
    pub fn stranger(app: &TestApp, origin: &str) -> Visitor {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client");
        Visitor {
            client,
            base: format!("http://{}", app.http),
            origin: origin.to_owned(),
            cookie: String::new(),
            csrf: String::new(),
        }
    }

    /// Somebody of a role, by a token of its name.
    pub async fn of(app: &TestApp, role: Role) -> Visitor {
        Visitor::of_name(app, role.name(), role).await
    }

    /// Somebody of a role, by a token of a name.
    pub async fn of_name(app: &TestApp, name: &str, role: Role) -> Visitor {
        Visitor::log_in(app, &token(app, name, role).await).await
    }

    /// Somebody with a token.
    pub async fn log_in(app: &TestApp, token: &str) -> Visitor {
        let visitor = Visitor::stranger(app, &format!("http://{}", app.http));
        let sent = post(&visitor, "/admin/login", &[("token", token)]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        visitor.with(&sent.cookie.expect("a session")).await
    }

    /// The same with a session.
    pub async fn with(mut self, set_cookie: &str) -> Visitor {
        self.cookie = set_cookie.split(';').next().unwrap_or_default().to_owned();
        let (_, page) = get(&self, "/admin").await;
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        self.csrf = csrf.unwrap_or_else(|| panic!("no form: {page}")).to_owned();
        self
    }

    /// A request with its cookie.
    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).header(COOKIE, &self.cookie)
    }

    /// The headers of a page.
    pub async fn headers(&self, path: &str) -> HeaderMap {
        send(self.request(reqwest::Method::GET, path)).await.headers().clone()
    }
}

/// Sends it, and waits.
pub async fn send(request: RequestBuilder) -> reqwest::Response {
    tokio::time::timeout(PATIENCE, request.send()).await.expect("in time").expect("an answer")
}

/// A page.
pub async fn get(visitor: &Visitor, path: &str) -> (StatusCode, String) {
    let response = send(visitor.request(reqwest::Method::GET, path)).await;
    (response.status(), response.text().await.expect("text"))
}

/// A form.
pub async fn post(visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> Sent {
    let request = visitor.request(reqwest::Method::POST, path).header(ORIGIN, &visitor.origin).form(fields);
    let response = send(request).await;
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (cookie, location) = (header(SET_COOKIE), header(LOCATION));
    Sent { status: response.status(), cookie, location, body: response.text().await.expect("text") }
}
