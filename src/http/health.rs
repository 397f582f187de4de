//! Health: alive, ready, and what of it is ill.

use super::State;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready))
        .route("/health/db", web::get().to(db))
        .route("/health/redis", web::get().to(redis))
        .route("/health", web::get().to(all));
}

/// The process answers.
async fn live() -> impl Responder {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

async fn store_answers(state: &State) -> bool {
    let store = state.engine.env().store.clone();
    let ping = store.ping();
    matches!(tokio::time::timeout(PATIENCE, ping).await, Ok(Ok(())))
}

fn answer(well: bool, body: serde_json::Value) -> HttpResponse {
    if well { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

/// Takes updates. Also while the database is away: they are kept on this machine's disk, and running chats go on. A
/// balancer that sent nothing any more would end what still works.
async fn ready(state: Data<State>) -> impl Responder {
    let open = state.ready.load(Ordering::Acquire);
    answer(open, json!({ "status": if open { "ready" } else { "stopping" } }))
}

async fn db(state: Data<State>) -> impl Responder {
    let well = store_answers(&state).await;
    answer(well, json!({ "status": if well { "up" } else { "down" } }))
}

/// How Redis is: none where there is none.
async fn queue_answers(state: &State) -> Option<bool> {
    let queue = state.engine.env().queue.clone()?;
    let answer = tokio::time::timeout(PATIENCE, queue.ping()).await;
    Some(matches!(answer, Ok(Ok(()))))
}

fn word(well: Option<bool>) -> &'static str {
    match well {
        Some(true) => "up",
        Some(false) => "down",
        None => "not configured",
    }
}

/// A process that is no node has no Redis to be ill.
async fn redis(state: Data<State>) -> impl Responder {
    let well = queue_answers(&state).await;
    answer(well != Some(false), json!({ "status": word(well) }))
}

async fn all(state: Data<State>) -> impl Responder {
    let (db, redis) = tokio::join!(store_answers(&state), queue_answers(&state));
    let (inside, bound) = state.engine.in_flight();
    // Without Redis chats go on: it makes nobody unwell by itself. Without Telegram this process can do nothing about it.
    let trouble = state.intake.get().reason();
    let body = json!({
        "status": match (db, trouble) {
            (false, _) => "ill",
            (true, Some(_)) => "degraded",
            (true, None) => "well",
        },
        "telegram": trouble.unwrap_or("up"),
        "db": word(Some(db)),
        "redis": word(redis),
        "in_flight": { "inside": inside, "bound": bound },
    });
    answer(db, body)
}
