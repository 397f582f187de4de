//! `/metrics` in Prometheus's text format. Numbers only.

use super::State;
use crate::cluster::cache::{Counts, Kind};
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use nameless_actors::engine::Readiness;
use std::fmt::Write;

/// Counters that go up and down.
const LEVELS: [&str; 8] = [
    "jobs_running",
    "sessions",
    "pairs_loaded",
    "seekers",
    "outbox_depth",
    "outbox_in_flight",
    "persistence_depth",
    "store_waits",
];

pub(super) async fn metrics(state: Data<State>) -> impl Responder {
    let meters = state.engine.meters();
    let mut text = String::new();
    let jobs = state.engine.env().jobs.as_ref().map(|jobs| jobs.meters().list());
    for (name, value) in meters.list().into_iter().chain(jobs.into_iter().flatten()) {
        let (kind, suffix) = if LEVELS.contains(&name) { ("gauge", "") } else { ("counter", "_total") };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# TYPE nameless_{name}{suffix} {kind}\nnameless_{name}{suffix} {value}");
    }
    let held = matches!(state.engine.readiness(), Readiness::Held(_));
    for (name, is_so) in [("history_dropping", state.engine.drops_history()), ("intake_held", held)] {
        let _ = writeln!(text, "# TYPE nameless_{name} gauge\nnameless_{name} {}", u8::from(is_so));
    }
    let photos = state.engine.env().capabilities.faceguard.health();
    let _ = writeln!(text, "# TYPE nameless_face_workers gauge\nnameless_face_workers {}", photos.workers);
    let _ = writeln!(
        text,
        "# TYPE nameless_face_workers_lost_total counter\nnameless_face_workers_lost_total {}",
        photos.lost
    );
    if let Some(cache) = &state.cache {
        for (at, (name, _)) in Counts::default().list().into_iter().enumerate() {
            let _ = writeln!(text, "# TYPE nameless_cache_{name}_total counter");
            for kind in Kind::ALL {
                let (_, value) = cache.figures().of(*kind).list()[at];
                let _ = writeln!(text, "nameless_cache_{name}_total{{kind=\"{}\"}} {value}", kind.name());
            }
        }
    }
    for (name, latency) in meters.latencies() {
        let _ = writeln!(text, "# TYPE nameless_{name}_seconds summary");
        for q in [0.5, 0.9, 0.99] {
            if let Some(value) = latency.quantile(q) {
                let seconds = value.as_secs_f64();
                let _ = writeln!(text, "nameless_{name}_seconds{{quantile=\"{q}\"}} {seconds}");
            }
        }
        let _ = writeln!(text, "nameless_{name}_seconds_count {}", latency.count());
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}
