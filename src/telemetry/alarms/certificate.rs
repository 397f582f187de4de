//! When the certificates of this bot's own addresses end. Whoever renews them is another program,
//! and nobody looks whether it still does.

use crate::clock::SystemClock;
use crate::store::AnyCertificate;
use nameless_actors::ports::Clock;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use url::Url;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// How often it is looked; certificates live for weeks.
const LOOK: Duration = Duration::from_secs(86_400);
/// How soon again where nobody answered. A machine need not reach itself by its public name, so that
/// is no alarm.
const AGAIN: Duration = Duration::from_secs(3_600);
/// How long one look may take at each step.
const PATIENCE: Duration = Duration::from_secs(10);
/// Less time than this is too little: Let's Encrypt's are renewed thirty days before their end.
const NEAR_MS: i64 = 10 * 86_400_000;

/// When the first of them ends.
#[derive(Clone, Debug)]
pub(super) struct Ends(Arc<AtomicI64>);

impl Ends {
    /// Nobody knows yet.
    pub fn unknown() -> Ends {
        Ends(Arc::new(AtomicI64::new(i64::MAX)))
    }

    /// Whether one ends within days, or has ended.
    pub fn is_near(&self) -> bool {
        self.0.load(Ordering::Relaxed) < SystemClock.now().0.saturating_add(NEAR_MS)
    }
}

/// Looks at them now and once a day, until it is aborted.
pub(super) async fn watch(addresses: Vec<Url>, ends: Ends) {
    let addresses: Vec<Url> = addresses.into_iter().filter(|url| url.scheme() == "https").collect();
    while !addresses.is_empty() {
        let (mut first, mut unknown) = (None, false);
        for url in &addresses {
            let asked = url.clone();
            // Names are looked up and hands shaken on a thread that may wait.
            let end = tokio::task::spawn_blocking(move || end_of(&asked)).await.ok().flatten();
            match end {
                Some(end) => first = Some(first.map_or(end, |known: i64| known.min(end))),
                None => unknown = true,
            }
        }
        if let Some(first) = first {
            ends.0.store(first, Ordering::Relaxed);
        }
        tokio::time::sleep(if unknown { AGAIN } else { LOOK }).await;
    }
}

/// When the certificate that is shown there ends, in milliseconds since the Unix epoch. Nothing is
/// proved and nothing sent: whoever answers is asked for what everybody may see.
fn end_of(url: &Url) -> Option<i64> {
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut places = (bare, port).to_socket_addrs().ok()?;
    let mut stream = places.find_map(|place| TcpStream::connect_timeout(&place, PATIENCE).ok())?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let provider = Arc::new(ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().ok()?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)));
    let name = ServerName::try_from(bare.to_owned()).ok()?;
    let mut connection = ClientConnection::new(Arc::new(config.with_no_client_auth()), name).ok()?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).ok()?;
    }
    let certificate = Certificate::from_der(connection.peer_certificates()?.first()?).ok()?;
    let end = certificate.tbs_certificate.validity.not_after.to_unix_duration();
    i64::try_from(end.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_days_are_near_and_what_nobody_knows_is_not() {
        let ends = Ends::unknown();
        assert!(!ends.is_near());
        for (days, is_near) in [(-1, true), (9, true), (11, false)] {
            ends.0.store(SystemClock.now().0 + days * 86_400_000, Ordering::Relaxed);
            assert_eq!(ends.is_near(), is_near, "{days}");
        }
    }
}
