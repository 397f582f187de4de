//! JSON requests over HTTP/1.1: what nearly every call is, hence what most of a relayed text costs.
//!
//! Straight over hyper's connections, see `connections`. reqwest, which stands on them too, reads
//! the URL anew three times per request and has its layers for redirects, retries and proxies: half
//! of all the engine did for a text. Where a proxy is configured in the environment, requests go
//! through reqwest, which knows how.

use super::client::{ClientError, cause};
use super::connections::Connections;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Uri};
use nameless_actors::kernel::{read_lock, write_lock};
use reqwest::header;
use rustc_hash::FxHashMap;
use std::sync::RwLock;
use std::time::Duration;

/// Where the environment names a proxy.
const PROXIES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// Why there is no answer. Never holds the URL, as that holds the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection was made: nothing was sent.
    Unsent(String),
    /// The request, or part of it, may have arrived.
    Unknown(String),
    /// The answer is larger than allowed.
    TooLarge,
}

/// An answer as it came.
pub(super) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its body.
    pub body: Bytes,
}

/// The way to one server.
pub(super) enum Transport {
    /// To the server itself. The paths hold the token: never to be shown.
    Direct { connections: Box<Connections>, base: String, paths: RwLock<FxHashMap<&'static str, Uri>> },
    /// Through a proxy.
    Proxied { http: reqwest::Client, base: String },
}

impl Transport {
    /// Connects at the first request. `base` is what stands before a method's name; `proxied` is
    /// for where a proxy stands between.
    pub fn new(base: String, proxied: reqwest::Client) -> Result<Transport, ClientError> {
        let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if PROXIES.iter().any(|name| named(name) || named(&name.to_ascii_lowercase())) {
            return Ok(Transport::Proxied { http: proxied, base });
        }
        // The parser's error is dropped: it may quote.
        let none = || {
            ClientError("TELEGRAM_API_URL is no address; it looks like https://api.telegram.org".to_owned())
        };
        let url: Uri = base.parse().map_err(|_| none())?;
        let connections = Connections::new(&url).map_err(|e| ClientError(e.to_string()))?.ok_or_else(none)?;
        let connections = Box::new(connections);
        Ok(Transport::Direct { connections, base: url.path().to_owned(), paths: RwLock::default() })
    }

    /// Posts a JSON body. `limit` is for the whole exchange, `bytes` for the answer's body.
    pub async fn post(
        &self,
        method: &'static str,
        json: Vec<u8>,
        limit: Duration,
        bytes: usize,
    ) -> Result<Answer, Failure> {
        match self {
            Transport::Direct { connections, base, paths } => {
                let mut request = Request::new(Full::from(json));
                *request.method_mut() = hyper::Method::POST;
                *request.uri_mut() = path_of(base, paths, method)?;
                request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let late = |_| Failure::Unknown("no answer in time".to_owned());
                tokio::time::timeout(limit, connections.exchange(request, bytes)).await.map_err(late)?
            }
            Transport::Proxied { http, base } => {
                let url = format!("{base}/{method}");
                let request = http.post(url).timeout(limit);
                let request = request.header(header::CONTENT_TYPE, "application/json").body(json);
                proxied(request, bytes).await
            }
        }
    }
}

/// The path of a method, read once.
fn path_of(
    base: &str,
    paths: &RwLock<FxHashMap<&'static str, Uri>>,
    method: &'static str,
) -> Result<Uri, Failure> {
    if let Some(path) = read_lock(paths).get(method) {
        return Ok(path.clone());
    }
    let path: Uri =
        format!("{base}/{method}").parse().map_err(|_| Failure::Unsent("the path is none".to_owned()))?;
    write_lock(paths).insert(method, path.clone());
    Ok(path)
}

async fn proxied(request: reqwest::RequestBuilder, bytes: usize) -> Result<Answer, Failure> {
    let unsent = |e: &reqwest::Error| e.is_connect() || e.is_builder();
    let response = request.send().await.map_err(|e| match unsent(&e) {
        true => Failure::Unsent(cause(&e)),
        false => Failure::Unknown(cause(&e)),
    })?;
    read(response, bytes).await
}

/// Reads the rest of reqwest's answer.
pub(super) async fn read(mut response: reqwest::Response, bytes: usize) -> Result<Answer, Failure> {
    let mut whole = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|e| Failure::Unknown(cause(&e)))? {
        if whole.len() + part.len() > bytes {
            return Err(Failure::TooLarge);
        }
        whole.extend_from_slice(&part);
    }
    Ok(Answer { status: response.status().as_u16(), body: whole.into() })
}
