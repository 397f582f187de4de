//! Health: alive, ready, and what of it is ill.
//!
//! Whether the process lives and takes updates is for everybody, as balancers ask; what of it is
//! ill, and how much is under way, is for the operator, on the listener of the metrics.

use super::State;
use crate::telemetry::watchdog::BLOCKED;
use crate::version;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use nameless_actors::engine::Readiness;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long an answer holds: who asks more often is told the same, and no server is asked.
const HOLDS: Duration = Duration::from_secs(1);

/// What is so without Redis.
const SEARCHES_WAIT: &str = "Redis does not answer: searches wait, and nodes talk through PostgreSQL";

/// How a server beside this process is, asked by one at a time and at most once a second: whoever
/// asks for health without end takes one connection, and for a moment.
#[derive(Clone, Default)]
pub(super) struct Probe(Arc<Mutex<Option<(Instant, bool)>>>);

impl Probe {
    /// The last answer, or a new one where that is old.
    async fn is_well(&self, ask: impl Future<Output = bool>) -> bool {
        let mut last = self.0.lock().await;
        match *last {
            Some((at, well)) if at.elapsed() < HOLDS => well,
            _ => {
                let well = tokio::time::timeout(PATIENCE, ask).await.unwrap_or(false);
                *last = Some((Instant::now(), well));
                well
            }
        }
    }
}

/// The process answers, and every thread of its actors turns.
pub(super) async fn live(state: Data<State>) -> impl Responder {
    let blocked = !state.engine.blocked(BLOCKED).is_empty();
    answer(!blocked, json!({ "status": if blocked { "blocked" } else { "live" } }))
}

async fn store_answers(state: &State) -> bool {
    let store = &state.engine.env().store;
    state.db.is_well(async { store.ping().await.is_ok() }).await
}

fn answer(well: bool, body: serde_json::Value) -> HttpResponse {
    if well { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

/// Takes updates. Also while the database is away: they are kept on this machine's disk, and
/// running chats go on. A balancer that sent nothing any more would end what still works. Where
/// nothing is taken any more, it says so.
pub(super) async fn ready(state: Data<State>) -> impl Responder {
    if !state.ready.load(Ordering::Acquire) {
        return answer(false, json!({ "status": "stopping" }));
    }
    // Nothing is accepted: with a webhook, another node may.
    if let Err(cause) = state.engine.env().journal.health() {
        return answer(false, json!({ "status": "journal", "reason": cause.to_string() }));
    }
    match state.engine.readiness() {
        Readiness::Ready => answer(true, json!({ "status": "ready" })),
        Readiness::Degraded(reason) => answer(true, json!({ "status": "degraded", "reason": reason })),
        Readiness::Held(reason) => answer(false, json!({ "status": "held", "reason": reason })),
    }
}

pub(super) async fn db(state: Data<State>) -> impl Responder {
    let well = store_answers(&state).await;
    answer(well, json!({ "status": if well { "up" } else { "down" } }))
}

/// How Redis is: none where there is none.
async fn queue_answers(state: &State) -> Option<bool> {
    let queue = state.engine.env().queue.as_ref()?;
    Some(state.redis.is_well(async { queue.ping().await.is_ok() }).await)
}

fn word(well: Option<bool>) -> &'static str {
    match well {
        Some(true) => "up",
        Some(false) => "down",
        None => "not configured",
    }
}

/// A process that is no node has no Redis to be ill.
pub(super) async fn redis(state: Data<State>) -> impl Responder {
    let well = queue_answers(&state).await;
    answer(well != Some(false), json!({ "status": word(well) }))
}

pub(super) async fn all(state: Data<State>) -> impl Responder {
    let (db, redis) = tokio::join!(store_answers(&state), queue_answers(&state));
    let (inside, bound) = state.engine.in_flight();
    // Without Redis chats go on: it makes nobody unwell by itself. Without Telegram this process
    // can do nothing about it.
    let trouble = state.intake.get().reason();
    let (status, reason) = match (state.engine.readiness(), db, trouble) {
        (Readiness::Degraded(reason) | Readiness::Held(reason), ..) => ("ill", Some(reason)),
        (Readiness::Ready, false, _) => ("ill", Some("the database does not answer")),
        (Readiness::Ready, true, Some(trouble)) => ("degraded", Some(trouble)),
        (Readiness::Ready, true, None) if redis == Some(false) => ("well", Some(SEARCHES_WAIT)),
        (Readiness::Ready, true, None) => ("well", None),
    };
    let photos = &state.engine.env().capabilities.faceguard;
    let (policy, looking) = (photos.policy(), photos.health());
    let blocked = state.engine.blocked(BLOCKED);
    let blocked: Vec<_> =
        blocked.iter().map(|b| json!({ "thread": &*b.thread, "seconds": b.since.as_secs() })).collect();
    let (status, reason) = match blocked.is_empty() {
        true => (status, reason),
        false => ("ill", Some("a thread of actors is blocked")),
    };
    let body = json!({
        "status": status,
        "reason": reason,
        "version": version::VERSION,
        "commit": version::COMMIT,
        "blocked": blocked,
        "telegram": trouble.unwrap_or("up"),
        "db": word(Some(db)),
        "redis": word(redis),
        "in_flight": { "inside": inside, "bound": bound },
        "photos": {
            "policy": policy.word(),
            "workers": looking.workers,
            "lost": looking.lost,
            "sandbox": looking.sandbox,
            "trouble": looking.trouble,
        },
    });
    answer(status == "well", body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    /// A hundred who ask at one moment take one connection, and so does who asks again at once.
    #[tokio::test]
    async fn a_server_is_asked_by_one_at_a_time_and_seldom() {
        let (probe, asked) = (Probe::default(), AtomicU32::new(0));
        let ask = || async {
            asked.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            true
        };
        let answers = futures_util::future::join_all((0..100).map(|_| probe.is_well(ask()))).await;
        assert!(answers.into_iter().all(|well| well));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        // An answer that is old is no answer.
        let old = Instant::now().checked_sub(HOLDS).expect("the clock is older than a second");
        *probe.0.lock().await = Some((old, true));
        assert!(!probe.is_well(async { false }).await);
        assert!(!probe.is_well(ask()).await, "the new one holds");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}
