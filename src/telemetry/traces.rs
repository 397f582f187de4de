//! An update's way as a trace, sent by OTLP to `OTEL_EXPORTER_OTLP_ENDPOINT`, if that is set.
//!
//! All nodes of a bot make the same ids out of an update's, under a key that only they have: so one
//! text's way across nodes is one trace, and nothing has to travel with it. A span holds its step's
//! name, its times and its node; no words, no ids of people or of Telegram.

mod otlp;

use crate::config::{BotToken, Tracing};
use hmac::{Hmac, KeyInit, Mac};
use nameless_actors::kernel::trace::{self, Step, Steps};
pub use otlp::headers;
use otlp::{Exporter, Span};
use sha2::Sha256;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Starts sending, if it is configured. The first bot of a process counts.
pub fn start(tracing: &Tracing, token: &BotToken) -> std::io::Result<()> {
    let Some(exporter) = Exporter::start(tracing)? else { return Ok(()) };
    let key = Hmac::<Sha256>::new_from_slice(token.expose().as_bytes()).expect("keys of any length will do");
    // Of all 64 bits.
    let share = (tracing.ratio.clamp(0.0, 1.0) * u64::MAX as f64) as u64;
    trace::report_to(Box::new(Traces { exporter, key, share, calls: AtomicU64::new(0) }));
    Ok(())
}

struct Traces {
    exporter: Exporter,
    key: Hmac<Sha256>,
    share: u64,
    /// Calls to Telegram so far: an update makes several.
    calls: AtomicU64,
}

impl Traces {
    /// Sixteen bytes that stand for an update and something of it.
    fn id(&self, update_id: i64, what: &[u8]) -> u128 {
        let mut mac = self.key.clone();
        mac.update(b"trace");
        mac.update(&update_id.to_be_bytes());
        mac.update(what);
        let made = mac.finalize().into_bytes();
        u128::from_be_bytes(made[..16].try_into().expect("sixteen of thirty-two")).max(1)
    }

    fn span_id(&self, update_id: i64, what: &[u8]) -> u64 {
        (self.id(update_id, what) as u64).max(1)
    }
}

impl Steps for Traces {
    fn wants(&self, update_id: i64) -> bool {
        // The low half, as other samplers by ratio take it.
        self.id(update_id, b"") as u64 <= self.share && self.share > 0
    }

    fn ended(&self, update_id: i64, step: Step, took: Duration) {
        let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (name, parent) = match step {
            Step::Accept => ("accept", None),
            Step::Update => ("update", Some("accept")),
            Step::Session => ("session", Some("update")),
            Step::Relay => ("relay", Some("update")),
            Step::Send => ("send", Some("update")),
        };
        let id = match step {
            Step::Accept | Step::Update => self.span_id(update_id, name.as_bytes()),
            _ => {
                let instance = self.exporter.instance().to_be_bytes();
                let number = self.calls.fetch_add(1, Ordering::Relaxed).to_be_bytes();
                self.span_id(update_id, &[&instance[..], &number[..]].concat())
            }
        };
        self.exporter.put(Span {
            trace: self.id(update_id, b""),
            id,
            parent: parent.map(|parent| self.span_id(update_id, parent.as_bytes())),
            name,
            is_call: step == Step::Send,
            begun: ended.saturating_sub(took),
            ended,
        });
    }
}
