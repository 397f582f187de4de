//! What is sent: an envelope with one event, as Sentry's developers' documentation has it
//! (develop.sentry.dev/sdk/data-model/envelopes, .../event-payloads).

use super::scrub::scrub;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::Level;

/// A line of the log, scrubbed.
#[derive(Clone, Debug)]
pub(super) struct Crumb {
    /// Seconds since the Unix epoch.
    at: f64,
    level: &'static str,
    target: String,
    sentence: String,
}

impl Crumb {
    pub fn new(level: &Level, target: &str, sentence: String) -> Crumb {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let level = match *level {
            Level::ERROR => "error",
            Level::WARN => "warning",
            _ => "info",
        };
        Crumb { at, level, target: target.to_owned(), sentence }
    }
}

/// An error.
pub(super) struct Event {
    /// The line itself.
    pub line: Crumb,
    /// File and line of code.
    pub place: (&'static str, u32),
    /// Which update was being handled.
    pub update_id: Option<i64>,
    /// By whom.
    pub actor: Option<&'static str>,
    /// More of it, scrubbed.
    pub fields: Vec<(&'static str, String)>,
    /// The lines before it.
    pub before: Vec<Crumb>,
}

impl Event {
    /// The bytes of its envelope.
    pub fn envelope(self) -> Vec<u8> {
        let id = id();
        let mut tags = Map::new();
        if let Some(update_id) = self.update_id {
            tags.insert("update_id".to_owned(), update_id.to_string().into());
        }
        if let Some(actor) = self.actor {
            tags.insert("actor".to_owned(), actor.into());
        }
        let extra: Map<String, Value> =
            self.fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let crumbs: Vec<Value> = self
            .before
            .iter()
            .map(|c| json!({ "timestamp": c.at, "level": c.level, "category": c.target, "message": c.sentence }))
            .collect();
        let place = format!("{}:{}", self.place.0, self.place.1);
        let event = json!({
            "event_id": id,
            "timestamp": self.line.at,
            "platform": "other",
            "level": self.line.level,
            "logger": self.line.target,
            "release": concat!("nameless@", env!("CARGO_PKG_VERSION")),
            "logentry": { "formatted": self.line.sentence },
            "transaction": scrub(&place),
            // One issue a line of code.
            "fingerprint": [place],
            "tags": tags,
            "extra": extra,
            "breadcrumbs": { "values": crumbs },
        });
        let event = event.to_string();
        let head = json!({ "event_id": id });
        let item = json!({ "type": "event", "length": event.len() });
        format!("{head}\n{item}\n{event}\n").into_bytes()
    }
}

/// Sixteen random bytes, in hex.
fn id() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness two events could be taken for one, no more.
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
