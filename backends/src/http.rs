//! Connections to a back end: hyper's pool, TLS by rustls, a clock for connecting.

use http_body_util::Full;
use hyper::Uri;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// Idle connections that are kept per back end, and for how long.
const IDLE: (usize, Duration) = (16, Duration::from_secs(60));

/// A client that connects within a time, TLS included.
pub(crate) type Http = Client<Timed, Full<Bytes>>;

/// A client. TLS trusts the authorities of the web.
pub(crate) fn client(connect: Duration) -> Result<Http, rustls::Error> {
    let mut http = HttpConnector::new();
    http.set_nodelay(true);
    http.enforce_http(false);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
    let timed = Timed { inner: https.wrap_connector(http), limit: connect };
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_max_idle_per_host(IDLE.0).pool_idle_timeout(IDLE.1);
    Ok(builder.build(timed))
}

/// Whether nothing was sent, and whether the clock said so.
pub(crate) fn is_unsent(error: &hyper_util::client::legacy::Error) -> Option<bool> {
    if !error.is_connect() {
        return None;
    }
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(one) = cause {
        if one.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::TimedOut) {
            return Some(true);
        }
        cause = one.source();
    }
    Some(false)
}

/// A connector under a clock.
#[derive(Clone)]
pub(crate) struct Timed {
    inner: HttpsConnector<HttpConnector>,
    limit: Duration,
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Boxed = Box<dyn Error + Send + Sync>;

impl Service<Uri> for Timed {
    type Response = Stream;
    type Error = Boxed;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Boxed>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Boxed>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connected = self.inner.call(uri);
        let limit = self.limit;
        Box::pin(async move {
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection in time");
            tokio::time::timeout(limit, connected).await.map_err(late)?
        })
    }
}
