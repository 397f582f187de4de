//! Sends envelopes, on a thread of its own: a Sentry that is away or slow holds up nothing.

use super::dsn::Dsn;
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// Envelopes that wait; what comes beyond that is dropped. The log has it.
const WAITING: usize = 64;
/// How long one may take.
const WITHIN: Duration = Duration::from_secs(10);
/// How long nothing is sent after a 429 that does not say for how long.
const PAUSE: Duration = Duration::from_secs(60);

/// The way to the thread.
#[derive(Clone)]
pub(super) struct Sender {
    queue: SyncSender<Vec<u8>>,
    /// Envelopes that wait or are on their way.
    open: Arc<AtomicUsize>,
}

impl Sender {
    /// Starts the thread.
    pub fn start(dsn: Dsn) -> std::io::Result<Sender> {
        let (queue, envelopes) = sync_channel(WAITING);
        let open = Arc::new(AtomicUsize::new(0));
        let left = open.clone();
        std::thread::Builder::new().name("sentry".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            // Between two envelopes nobody would look after a connection.
            let client = reqwest::Client::builder().timeout(WITHIN).pool_max_idle_per_host(0);
            let client = client.redirect(reqwest::redirect::Policy::none());
            if let (Ok(runtime), Ok(client)) = (runtime, client.build()) {
                runtime.block_on(work(&dsn, &client, &envelopes, &left));
            }
        })?;
        Ok(Sender { queue, open })
    }

    /// Sends one, or drops it if too many wait.
    pub fn send(&self, envelope: Vec<u8>) {
        self.open.fetch_add(1, Ordering::SeqCst);
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.queue.try_send(envelope) {
            self.open.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Waits until nothing is on its way.
    pub fn flush(&self, at_most: Duration) {
        let until = Instant::now() + at_most;
        while self.open.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// One whose envelopes are held.
    #[cfg(test)]
    pub fn held() -> (Sender, Receiver<Vec<u8>>) {
        let (queue, held) = sync_channel(WAITING);
        (Sender { queue, open: Arc::default() }, held)
    }
}

async fn work(dsn: &Dsn, client: &reqwest::Client, envelopes: &Receiver<Vec<u8>>, open: &AtomicUsize) {
    let mut not_before = Instant::now();
    // Nothing else runs on this thread: it may block.
    while let Ok(envelope) = envelopes.recv() {
        if Instant::now() >= not_before {
            let sent = client
                .post(dsn.address.expose_secret())
                .header("X-Sentry-Auth", dsn.auth.expose_secret())
                .header("Content-Type", "application/x-sentry-envelope")
                .body(envelope)
                .send()
                .await;
            match sent {
                Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => {
                    let seconds = answer
                        .headers()
                        .get("retry-after")
                        .and_then(|after| after.to_str().ok()?.parse().ok());
                    not_before =
                        Instant::now() + seconds.map_or(PAUSE, |s: u16| Duration::from_secs(s.into()));
                }
                Ok(answer) if !answer.status().is_success() => {
                    let status = answer.status().as_u16();
                    tracing::warn!(status, "Sentry refuses what is reported; is SENTRY_DSN right?");
                }
                Ok(_) => {}
                // The error holds the address.
                Err(_) => tracing::warn!("Sentry is not reached; errors are in this log only"),
            }
        }
        open.fetch_sub(1, Ordering::SeqCst);
    }
}
