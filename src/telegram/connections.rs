//! Connections to one server that are kept from one request to the next, one request at a time on
//! each (HTTP/1.1).
//!
//! Over hyper's connections, without the pool of hyper-util: that one gives a connection back in a
//! task of its own and puts every request's URL and host together anew (4 % of the processor time
//! of a text, docs/performance/profiles.md).

use super::transport::{Answer, Failure};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use nameless_actors::kernel::lock;
use rustls::{ClientConfig, RootCertStore};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tower_service::Service;

/// Time to get a connection, its TLS included.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// Idle connections that are kept, and for how long.
pub(super) const IDLE: (usize, Duration) = (512, Duration::from_secs(60));

type Sender = SendRequest<Full<Bytes>>;

/// The connections to one server.
pub(super) struct Connections {
    connector: HttpsConnector<HttpConnector>,
    server: Uri,
    host: HeaderValue,
    /// In the order in which they were used: the last is taken first, so that those beyond need
    /// grow old.
    idle: Mutex<VecDeque<Idle>>,
}

struct Idle {
    sender: Sender,
    since: Instant,
}

impl Connections {
    /// Connects at the first request. TLS trusts the authorities that reqwest trusts. None if
    /// `server` names no host.
    pub fn new(server: &Uri) -> Result<Option<Connections>, rustls::Error> {
        Connections::trusting(
            RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            server,
        )
    }

    fn trusting(roots: RootCertStore, server: &Uri) -> Result<Option<Connections>, rustls::Error> {
        // Not the whole authority, which may hold a password.
        let host = server.host().and_then(|host| match server.port() {
            Some(port) => HeaderValue::from_str(&format!("{host}:{port}")).ok(),
            None => HeaderValue::from_str(host).ok(),
        });
        let Some(host) = host.filter(|_| server.scheme().is_some()) else { return Ok(None) };
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.enforce_http(false);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let tls = tls.with_root_certificates(roots).with_no_client_auth();
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let connector = https.wrap_connector(http);
        Ok(Some(Connections { connector, server: server.clone(), host, idle: Mutex::default() }))
    }

    /// Sends a request, whose URL is a path only, and reads the answer's body, at most `bytes` of
    /// it.
    pub async fn exchange(&self, request: Request<Full<Bytes>>, bytes: usize) -> Result<Answer, Failure> {
        self.exchange_on(self.take(), request, bytes).await
    }

    /// The same, first on a connection that was idle.
    async fn exchange_on(
        &self,
        mut idle: Option<Sender>,
        mut request: Request<Full<Bytes>>,
        bytes: usize,
    ) -> Result<Answer, Failure> {
        request.headers_mut().insert(HOST, self.host.clone());
        loop {
            let (mut sender, was_idle) = match idle {
                Some(sender) => (sender, true),
                // In a place of its own, as it is rare and large.
                None => match Box::pin(self.connect()).await {
                    Ok(sender) => (sender, false),
                    // One may have become free in the meantime.
                    Err(failure) => (self.take().ok_or(failure)?, true),
                },
            };
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let answer = read(response, bytes).await?;
                    self.give_back(sender);
                    return Ok(answer);
                }
                Err(mut error) => match error.take_message() {
                    // The server had closed it in the meantime; nothing of the request was written.
                    Some(unsent) if was_idle => (request, idle) = (unsent, self.take()),
                    Some(_) => return Err(Failure::Unsent("the connection broke at once".to_owned())),
                    None => return Err(Failure::Unknown("the connection broke".to_owned())),
                },
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        lock(&self.idle)
    }

    /// The connection that was used last. One that is closed, or still at the end of its last
    /// exchange, is left to grow old. One that is old is not used: what stands between may have
    /// forgotten it without a word.
    fn take(&self) -> Option<Sender> {
        let mut idle = self.idle();
        let_go(&mut idle);
        let ready = idle.iter().rposition(|one| one.sender.is_ready())?;
        idle.remove(ready).map(|one| one.sender)
    }

    fn give_back(&self, sender: Sender) {
        if sender.is_closed() {
            return;
        }
        let mut idle = self.idle();
        idle.push_back(Idle { sender, since: Instant::now() });
        let_go(&mut idle);
    }

    async fn connect(&self) -> Result<Sender, Failure> {
        let made = async {
            let stream = self.connector.clone().call(self.server.clone()).await.map_err(drop)?;
            http1::handshake(stream).await.map_err(drop)
        };
        let unsent = |()| Failure::Unsent("no connection".to_owned());
        let (sender, connection) = tokio::time::timeout(CONNECT, made)
            .await
            .map_err(|_| unsent(()))
            .and_then(|r| r.map_err(unsent))?;
        // Ends with the connection, or when its sender is dropped. What goes wrong is told to who
        // waits.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }
}

/// Closes those that are too old, and the oldest of those that are too many.
fn let_go(idle: &mut VecDeque<Idle>) {
    let now = Instant::now();
    while idle.len() > IDLE.0 || idle.front().is_some_and(|one| now - one.since > IDLE.1) {
        idle.pop_front();
    }
}

/// Reads an answer. Nearly always its body comes in one part, which is not copied.
async fn read(response: Response<Incoming>, bytes: usize) -> Result<Answer, Failure> {
    let (head, mut body) = response.into_parts();
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

#[cfg(test)]
#[path = "tests/connections.rs"]
mod tests;
