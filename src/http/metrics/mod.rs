//! `/metrics` for Prometheus. Numbers only: nothing here names a person. `docs/metrics.md` is
//! written from this page (`tests/blackbox/metrics.rs`).

mod exposition;
mod process;

use super::State;
use crate::cluster::cache::{Counts, Kind};
use crate::version;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use exposition::Page;
use nameless_actors::engine::Readiness;
use nameless_actors::jobs::JobMeters;
use nameless_actors::kernel::by_bot::OfBot;
use nameless_actors::kernel::meters::Figure;
use nameless_domain::ids::BotId;
use std::time::Duration;

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
    let mut page = Page::default();
    page.head("build_info", "Which program this is.", "gauge");
    page.labels("build_info", &[("version", version::VERSION), ("commit", version::COMMIT)], 1);
    counters(&mut page, &state);
    bots(&mut page, &state);
    levels(&mut page, &state);
    journal(&mut page, &state);
    photos(&mut page, &state);
    characters(&mut page, &state);
    sales(&mut page, &state);
    cards(&mut page, &state);
    open_jobs(&mut page, &state).await;
    cache(&mut page, &state);
    for timed in state.engine.meters().timed() {
        page.histogram(timed.name, timed.help, &timed.latency.noted());
    }
    process::write(&mut page);
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(page.finish())
}

fn counters(page: &mut Page, state: &State) {
    // A process without jobs says that there are none.
    let idle = JobMeters::default();
    let jobs = state.engine.env().jobs.as_ref().map_or(idle.figures(), |jobs| jobs.meters().figures());
    for Figure { name, help, value } in state.engine.meters().figures().into_iter().chain(jobs) {
        match LEVELS.contains(&name) {
            true => page.gauge(name, help, value),
            false => page.counter(name, help, value),
        }
    }
}

/// By a bot's place in the table `bots`: of a name or a token nothing is said.
fn bots(page: &mut Page, state: &State) {
    let seen = state.engine.meters().bots.seen(state.engine.env().rules.main_bot);
    for (at, (name, help, _)) in OfBot::default().figures().into_iter().enumerate() {
        let name = format!("{name}_total");
        page.head(&name, help, "counter");
        for (bot, of) in &seen {
            page.labelled(&name, ("bot", &bot.0.to_string()), of.figures()[at].2);
        }
    }
    page.head(
        "crowd_seekers",
        "Seekers waiting now, by crowd (BOT_POOLS): the lowest place among its bots.",
        "gauge",
    );
    for crowd in state.engine.env().rules.crowds.all() {
        let waiting = state.engine.meters().bots.of(BotId(crowd.0)).seekers.get();
        page.labelled("crowd_seekers", ("crowd", &crowd.0.to_string()), waiting);
    }
}

fn levels(page: &mut Page, state: &State) {
    let (inside, bound) = state.engine.in_flight();
    page.gauge("updates_in_flight", "Updates accepted and under way now.", inside);
    page.gauge("updates_in_flight_bound", "How many may be; beyond it, intake waits.", bound);
    let held = matches!(state.engine.readiness(), Readiness::Held(_));
    page.gauge(
        "intake_held",
        "1 while updates are left with Telegram: something is far behind.",
        u8::from(held),
    );
    let drops = state.engine.drops_history();
    page.gauge(
        "history_dropping",
        "1 while what people say is passed on and not kept: the store is behind.",
        u8::from(drops),
    );
    let well = state.intake.get().reason().is_none();
    page.gauge("intake_up", "0 while Telegram gives no updates; /health says why.", u8::from(well));
    page.gauge(
        "database_slow_seconds",
        "From here on PostgreSQL counts as slow (DATABASE_SLOW): the alerts compare with it.",
        state.trips.database.slow().as_secs_f64(),
    );
    page.gauge(
        "redis_slow_seconds",
        "The same of Redis (REDIS_SLOW).",
        state.trips.redis.slow().as_secs_f64(),
    );
}

fn journal(page: &mut Page, state: &State) {
    let journal = &state.engine.env().journal;
    let figures = journal.figures();
    page.gauge(
        "journal_up",
        "0 while nothing can be accepted; /health/ready says why.",
        u8::from(journal.health().is_ok()),
    );
    page.gauge(
        "journal_unfinished",
        "Updates in this machine's journal that are not done.",
        figures.unfinished,
    );
    page.gauge("journal_bytes", "Their size.", figures.bytes);
    page.gauge(
        "journal_max_bytes",
        "The size from which on updates are left with Telegram.",
        figures.max_bytes,
    );
    page.counter("journal_failures", "Times that the disk refused the journal something.", figures.failures);
    if let Some(syncs) = &figures.syncs {
        page.histogram("journal_sync", "How long the disk takes to confirm what was written.", syncs);
    }
}

fn photos(page: &mut Page, state: &State) {
    let photos = state.engine.env().capabilities.faceguard.health();
    page.gauge("face_workers", "Processes that look at photos.", photos.workers);
    page.counter("face_workers_lost", "Such processes that crashed or were too late.", photos.lost);
}

fn cards(page: &mut Page, state: &State) {
    page.counter(
        "dating_left_out",
        "Names and photos of dating that could not be read: cards, lists and albums were shown without them.",
        state.engine.env().capabilities.dating.left_out(),
    );
}

/// How long a page waits for the table of jobs.
const PATIENCE: Duration = Duration::from_secs(1);

/// Families stand there without values while the database does not answer: other numbers are
/// wanted most just then.
async fn open_jobs(page: &mut Page, state: &State) {
    let lanes = match &state.engine.env().jobs {
        Some(jobs) => tokio::time::timeout(PATIENCE, jobs.open()).await,
        None => Ok(Ok(Vec::new())),
    };
    let lanes = lanes.ok().and_then(Result::ok).unwrap_or_default();
    page.head("jobs_waiting", "Jobs of all nodes that wait to begin, by lane.", "gauge");
    for lane in &lanes {
        page.labelled("jobs_waiting", ("lane", &lane.lane), lane.waiting);
    }
    page.head("jobs_held", "Jobs of all nodes that are under way, by lane.", "gauge");
    for lane in &lanes {
        page.labelled("jobs_held", ("lane", &lane.lane), lane.running);
    }
    page.head(
        "jobs_oldest_seconds",
        "Age of the oldest job that is not done and might be, by lane; those of billing are payments' intents.",
        "gauge",
    );
    for lane in &lanes {
        page.labelled("jobs_oldest_seconds", ("lane", &lane.lane), lane.oldest.as_secs_f64());
    }
}

/// Families of labels stand there without values where there are no characters.
fn characters(page: &mut Page, state: &State) {
    let health = state.engine.env().capabilities.companion.health();
    page.head("companion_back_end_open", "1 while a back end of characters is left alone.", "gauge");
    for (name, is_open) in &health.back_ends {
        page.labelled("companion_back_end_open", ("back_end", name.as_str()), u8::from(*is_open));
    }
    page.head("companion_turns_total", "Turns with characters by how they ended.", "counter");
    for (outcome, count) in health.turns {
        page.labelled("companion_turns_total", ("outcome", outcome), count);
    }
    page.counter("companion_calls", "Calls of back ends of characters.", health.calls);
    page.counter(
        "companion_spent_micros",
        "What they cost, in millionths of the prices' currency; the reserve where nobody knows.",
        health.spent_micros,
    );
}

/// Families of labels stand there without values where nothing is sold.
fn sales(page: &mut Page, state: &State) {
    let sales = state.engine.env().capabilities.billing.figures();
    page.counter("billing_orders", "Orders for which somebody was given a way to pay.", sales.orders);
    page.head("billing_refused_total", "People who were about to pay and heard no, by why.", "counter");
    for (why, times) in sales.refused {
        page.labelled("billing_refused_total", ("reason", why), times);
    }
    page.head("billing_stars_total", "Stars that were paid and credited, by product.", "counter");
    for (product, stars) in &sales.stars {
        page.labelled("billing_stars_total", ("product", product.as_str()), *stars);
    }
    page.head("billing_kopecks_total", "Kopecks that were paid by card and credited, by product.", "counter");
    for (product, kopecks) in &sales.kopecks {
        page.labelled("billing_kopecks_total", ("product", product.as_str()), *kopecks);
    }
}

/// Families stand there without values where there is no Redis.
fn cache(page: &mut Page, state: &State) {
    for (at, Figure { name, help, .. }) in Counts::default().figures().into_iter().enumerate() {
        let name = format!("cache_{name}_total");
        page.head(&name, &format!("Cache before the store: {help}"), "counter");
        let Some(cache) = &state.cache else { continue };
        for kind in Kind::ALL {
            let value = cache.figures().of(*kind).figures()[at].value;
            page.labelled(&name, ("kind", kind.name()), value);
        }
    }
}
