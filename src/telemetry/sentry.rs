//! Errors reported to Sentry, or to what speaks its protocol, if `SENTRY_DSN` is set.
//!
//! What leaves is made here, from lines of the log at `ERROR`: which line of code, its sentence, an
//! allow-list of its fields, `update_id`, and the lines before it. Never a body, a header, an
//! address, a variable: nothing that a library would gather by itself. Lines of the log hold no
//! words and no secrets (I11); what is sent is scrubbed once more all the same, as it goes to
//! somebody else.
//!
//! Sentry's own crate is not used: its transports bring a second HTTP client, and its value, the
//! context that it gathers by itself, is what must not leave here.

mod dsn;
mod event;
mod scrub;
mod send;

pub use dsn::Dsn;

use event::{Crumb, Event};
use nameless_actors::kernel::{guard, lock};
use send::Sender;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Lines before an error that go with it.
const CRUMBS: usize = 30;
/// The same line of code is reported once in so long.
const AGAIN: Duration = Duration::from_secs(60);
/// How long the end of the process waits for what is on its way.
const FLUSH: Duration = Duration::from_secs(2);

/// Fields that may leave, beside the sentence and `update_id`. What is not here stays in the log.
const FIELDS: [&str; 16] = [
    "actor", "after_ms", "alarm", "attempt", "cause", "code", "context", "error", "job", "lane", "location",
    "payload", "place", "service", "thread", "write",
];

static SENDER: OnceLock<Sender> = OnceLock::new();

/// Turns lines of the log into events.
pub struct Reporter {
    sender: Sender,
    crumbs: Mutex<VecDeque<Crumb>>,
    /// When a line of code was reported last; there are some hundred of them.
    reported: Mutex<HashMap<Identifier, Instant>>,
}

impl Reporter {
    /// Starts the thread that sends. A process has one.
    pub fn start(dsn: Dsn) -> std::io::Result<Reporter> {
        let sender = Sender::start(dsn)?;
        let _ = SENDER.set(sender.clone());
        Ok(Reporter { sender, crumbs: Mutex::default(), reported: Mutex::default() })
    }

    /// Whether this line of code was not reported just now.
    fn is_news(&self, place: Identifier) -> bool {
        let (mut reported, now) = (lock(&self.reported), Instant::now());
        let is_news = reported.get(&place).is_none_or(|at| now - *at >= AGAIN);
        if is_news {
            reported.insert(place, now);
        }
        is_news
    }
}

impl<S: Subscriber> Layer<S> for Reporter {
    fn on_event(&self, line: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = line.metadata();
        // What libraries say is theirs; and what is finer than that is no context of an error.
        if *metadata.level() > Level::INFO || !metadata.target().starts_with("nameless") {
            return;
        }
        let mut said = Said::default();
        line.record(&mut said);
        let crumb = Crumb::new(metadata.level(), metadata.target(), scrub::scrub(&said.sentence));
        if *metadata.level() == Level::ERROR && self.is_news(metadata.callsite()) {
            let doing = guard::current();
            let update_id = said.update_id.or_else(|| doing.as_ref().and_then(|doing| doing.update_id));
            let actor = doing.map(|doing| doing.actor);
            let before = lock(&self.crumbs).iter().cloned().collect();
            let place = (metadata.file().unwrap_or_default(), metadata.line().unwrap_or_default());
            let event = Event { line: crumb.clone(), place, update_id, actor, fields: said.fields, before };
            self.sender.send(event.envelope());
        }
        let mut crumbs = lock(&self.crumbs);
        if crumbs.len() == CRUMBS {
            crumbs.pop_front();
        }
        crumbs.push_back(crumb);
    }
}

/// Waits a moment for what is on its way: the process is about to end.
pub fn flush() {
    if let Some(sender) = SENDER.get() {
        sender.flush(FLUSH);
    }
}

/// What a line of the log says.
#[derive(Default)]
struct Said {
    sentence: String,
    update_id: Option<i64>,
    fields: Vec<(&'static str, String)>,
}

impl Said {
    fn put(&mut self, field: &Field, value: impl FnOnce() -> String) {
        match field.name() {
            "message" => self.sentence = value(),
            name if FIELDS.contains(&name) => self.fields.push((name, scrub::scrub(&value()))),
            _ => {}
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, || format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, || value.to_owned());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        match field.name() {
            "update_id" => self.update_id = Some(value),
            _ => self.put(field, || value.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    /// What would be sent for these lines.
    fn sent(lines: impl FnOnce()) -> Vec<String> {
        let (sender, held) = Sender::held();
        let reporter = Reporter { sender, crumbs: Mutex::default(), reported: Mutex::default() };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(reporter), lines);
        held.try_iter().map(|envelope| String::from_utf8(envelope).expect("text")).collect()
    }

    #[test]
    fn an_error_leaves_with_its_update_and_what_came_before_and_nothing_else() {
        let all = sent(|| {
            tracing::info!(user = 5_001_234_567_i64, "a start");
            tracing::debug!("too fine");
            tracing::warn!(target: "hyper", "not ours");
            tracing::error!(
                update_id = 42_i64,
                cause = "it broke",
                words = "how are you",
                "a session panicked"
            );
        });
        assert_eq!(all.len(), 1, "{all:?}");
        let lines: Vec<serde_json::Value> =
            all[0].lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines[1]["type"], "event");
        assert_eq!(lines[1]["length"], all[0].lines().nth(2).expect("the event").len());
        let event = &lines[2];
        assert_eq!(event["event_id"], lines[0]["event_id"]);
        assert_eq!(event["logentry"]["formatted"], "a session panicked");
        assert_eq!(event["tags"]["update_id"], "42");
        assert_eq!(event["extra"], serde_json::json!({ "cause": "it broke" }));
        let crumbs = event["breadcrumbs"]["values"].as_array().expect("crumbs");
        assert!(crumbs.len() == 1 && crumbs[0]["message"] == "a start", "{event}");
        for absent in ["how are you", "5001234567", "too fine", "not ours"] {
            assert!(!all[0].contains(absent), "{absent}: {}", all[0]);
        }
    }

    #[test]
    fn the_same_line_is_reported_once_a_minute_and_crumbs_are_bounded() {
        let all = sent(|| {
            for n in 0..100 {
                tracing::warn!(n, "again");
                tracing::error!("the same");
            }
            tracing::error!("another");
        });
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].matches("\"category\"").count(), CRUMBS);
    }
}
