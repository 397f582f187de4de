//! One request and its answer, whole and bounded.

use crate::answer::{Attempt, Limit, body, body_within};
use crate::chat::{BadAddress, Clocks};
use crate::chunk;
use crate::http::{self, Http};
use crate::port::{Clock, Why};
use crate::retry;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::SystemTime;
use tokio::time::{Instant, timeout_at};

/// Bytes of an answer that holds no picture, and of one that does, in base64.
pub(crate) const SMALL: usize = 1024 * 1024;
pub(crate) const LARGE: usize = 24 * 1024 * 1024;

/// What is asked.
pub(crate) struct Ask<'a> {
    /// Behind the back end's address.
    pub path: &'a str,
    /// Posted; a GET without.
    pub body: Option<&'a Value>,
    /// Bytes of the answer at most.
    pub most: usize,
    /// The clock of the answer's head.
    pub clock: Clock,
}

/// A back end's address, and the way to it.
pub(crate) struct Exchange {
    url: String,
    authorization: Option<HeaderValue>,
    http: Http,
    clocks: Clocks,
}

impl Exchange {
    pub(crate) fn new(
        url: &str,
        (key, basic): (Option<&SecretString>, bool),
        clocks: Clocks,
    ) -> Result<Exchange, BadAddress> {
        let url = url.trim_end_matches('/').to_owned();
        let uri: Uri = url.parse().map_err(|_| BadAddress)?;
        if !matches!(uri.scheme_str(), Some("http" | "https"))
            || uri.host().is_none()
            || uri.query().is_some()
        {
            return Err(BadAddress);
        }
        let header = |key: &SecretString| {
            let key = key.expose_secret();
            let text = match basic && key.contains(':') {
                true => format!("Basic {}", STANDARD.encode(key)),
                false => format!("Bearer {key}"),
            };
            let mut value = HeaderValue::from_str(&text).map_err(|_| BadAddress)?;
            value.set_sensitive(true);
            Ok(value)
        };
        let authorization = key.map(header).transpose()?;
        let http = http::client(clocks.connect).map_err(|_| BadAddress)?;
        Ok(Exchange { url, authorization, http, clocks })
    }

    /// The answer's body; a failure if its status is none of success. What was posted may have been
    /// charged wherever nothing says that it was not.
    pub(crate) async fn ask(&self, ask: Ask<'_>, until: Instant) -> Result<Vec<u8>, Attempt> {
        let request = self.request(&ask).ok_or_else(|| Attempt::unsent(Why::Unsendable))?;
        let head = match ask.clock {
            Clock::Total => until,
            _ => Instant::now() + self.clocks.first,
        };
        let limit = Limit::sooner(ask.clock, head, until);
        let posted = ask.body.is_some();
        let failed = |why| Attempt { unknown: posted, ..Attempt::unsent(why) };
        let response = match timeout_at(limit.at, self.http.request(request)).await {
            Err(_) => return Err(failed(Why::Late(limit.clock))),
            Ok(Err(error)) => {
                return Err(match http::is_unsent(&error) {
                    Some(true) => Attempt::unsent(Why::Late(Clock::Connect)),
                    Some(false) => Attempt::unsent(Why::Unreachable),
                    None => failed(Why::CutOff),
                });
            }
            Ok(Ok(response)) => response,
        };
        let limit = Limit::sooner(Clock::Between, Instant::now() + self.clocks.between, until);
        if !response.status().is_success() {
            let status = response.status().as_u16();
            let retry_after = retry::after(response.headers(), SystemTime::now());
            let body = body(response.into_body(), limit).await.unwrap_or_default();
            let why = chunk::of_error(status, retry_after.is_some(), &body);
            // What failed inside may have been charged.
            let unknown = posted && why == Why::Broken;
            return Err(Attempt { why, status: Some(status), retry_after, unknown, shown: false });
        }
        body_within(response.into_body(), limit, ask.most).await.map_err(failed)
    }

    /// The same, for an answer in JSON.
    pub(crate) async fn json(&self, ask: Ask<'_>, until: Instant) -> Result<Value, Attempt> {
        let posted = ask.body.is_some();
        let bytes = self.ask(ask, until).await?;
        let malformed = Attempt { unknown: posted, ..Attempt::unsent(Why::Malformed) };
        serde_json::from_slice(&bytes).map_err(|_| malformed)
    }

    fn request(&self, ask: &Ask<'_>) -> Option<Request<Full<Bytes>>> {
        let bytes = ask.body.map(|body| Bytes::from(body.to_string()));
        let mut request = Request::new(Full::new(bytes.clone().unwrap_or_default()));
        *request.uri_mut() = format!("{}{}", self.url, ask.path).parse().ok()?;
        if bytes.is_some() {
            *request.method_mut() = Method::POST;
        }
        let headers = request.headers_mut();
        if bytes.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(USER_AGENT, HeaderValue::from_static("nameless"));
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Some(request)
    }
}
