//! JSON requests over HTTP/1.1: what nearly every call is, hence what most of a relayed text costs.
//!
//! Straight over hyper's pool of connections. reqwest, which stands on the same pool, reads the URL anew three times
//! per request and has its layers for redirects, retries and proxies: half of all the engine did for a text. Where a
//! proxy is configured in the environment, requests go through reqwest, which knows how.

use super::client::cause;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use reqwest::header;
use rustc_hash::FxHashMap;
use rustls::{ClientConfig, RootCertStore};
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// Time to get a connection, its TLS included.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// Idle connections that are kept, and for how long.
pub(super) const IDLE: (usize, Duration) = (512, Duration::from_secs(60));

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

type Pool = legacy::Client<Connector, Full<Bytes>>;

/// The connections to one server.
pub(super) enum Transport {
    /// To the server itself. The URLs hold the token: never to be shown.
    Direct { pool: Pool, base: String, urls: RwLock<FxHashMap<String, Uri>> },
    /// Through a proxy.
    Proxied { http: reqwest::Client, base: String },
}

impl Transport {
    /// Connects at the first request. `base` is what stands before a method's name; `proxied` is for where a proxy
    /// stands between.
    pub fn new(base: String, proxied: reqwest::Client) -> Result<Transport, rustls::Error> {
        let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if PROXIES.iter().any(|name| named(name) || named(&name.to_ascii_lowercase())) {
            return Ok(Transport::Proxied { http: proxied, base });
        }
        let pool = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(IDLE.0)
            .pool_idle_timeout(IDLE.1)
            .build(Connector::new()?);
        Ok(Transport::Direct { pool, base, urls: RwLock::default() })
    }

    /// Posts a JSON body. `limit` is for the whole exchange, `bytes` for the answer's body.
    pub async fn post(
        &self,
        method: &str,
        json: Vec<u8>,
        limit: Duration,
        bytes: usize,
    ) -> Result<Answer, Failure> {
        match self {
            Transport::Direct { pool, base, urls } => {
                let url = url_of(base, urls, method)?;
                let exchange = direct(pool, url, json, bytes);
                let late = |_| Failure::Unknown("no answer in time".to_owned());
                tokio::time::timeout(limit, exchange).await.map_err(late)?
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

/// The URL of a method, read once.
fn url_of(base: &str, urls: &RwLock<FxHashMap<String, Uri>>, method: &str) -> Result<Uri, Failure> {
    if let Some(url) = urls.read().unwrap_or_else(PoisonError::into_inner).get(method) {
        return Ok(url.clone());
    }
    // The parser's error is dropped: it may quote.
    let url: Uri =
        format!("{base}/{method}").parse().map_err(|_| Failure::Unsent("the URL is none".to_owned()))?;
    urls.write().unwrap_or_else(PoisonError::into_inner).insert(method.to_owned(), url.clone());
    Ok(url)
}

async fn direct(pool: &Pool, url: Uri, json: Vec<u8>, bytes: usize) -> Result<Answer, Failure> {
    let mut request = Request::new(Full::from(json));
    *request.method_mut() = hyper::Method::POST;
    *request.uri_mut() = url;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let response = pool.request(request).await.map_err(|e| match e.is_connect() {
        true => Failure::Unsent("no connection".to_owned()),
        false => Failure::Unknown("the connection broke".to_owned()),
    })?;
    let (head, mut body) = response.into_parts();
    // Nearly always it comes in one part, which is not copied.
    let (mut first, mut all) = (Bytes::new(), Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::Unknown("the answer broke off".to_owned()))?;
        let Ok(part) = frame.into_data() else { continue };
        if first.len().max(all.len()) + part.len() > bytes {
            return Err(Failure::TooLarge);
        }
        match (first.is_empty(), all.is_empty()) {
            (true, _) => first = part,
            (false, true) => all = [&first[..], &part].concat(),
            (false, false) => all.extend_from_slice(&part),
        }
    }
    let body = if all.is_empty() { first } else { all.into() };
    Ok(Answer { status: head.status.as_u16(), body })
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

/// Makes connections, within a limit of time; TLS trusts the authorities that reqwest trusts.
#[derive(Clone)]
pub(super) struct Connector(HttpsConnector<HttpConnector>);

impl Connector {
    fn new() -> Result<Connector, rustls::Error> {
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.enforce_http(false);
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let tls = tls.with_root_certificates(roots).with_no_client_auth();
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        Ok(Connector(https.wrap_connector(http)))
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let connecting = self.0.call(url);
        Box::pin(async move { tokio::time::timeout(CONNECT, connecting).await? })
    }
}
