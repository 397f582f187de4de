//! The first page: what goes on, and what waits.

use super::door::{Shown, Visit};
use super::frame::Frame;
use super::refused::Refused;
use super::words::number;
use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use askama::Template;
use nameless_actors::capabilities::{Answer, Health, Stats, TimedLine};
use nameless_domain::capabilities::admin::Act;
use serde_json::{Map, Value, json};

/// A figure: its name for the script, its label, its value now.
struct Figure {
    name: &'static str,
    label: String,
    value: String,
    /// What it is made of, or since when.
    note: String,
    /// Somebody should look.
    bad: bool,
}

#[derive(Template)]
#[template(path = "admin/overview.html", whitespace = "minimize")]
struct View {
    f: Frame,
    state: &'static str,
    state_text: String,
    now: Vec<Figure>,
    waiting: Vec<Figure>,
    troubles: Vec<Figure>,
    relayed: u64,
}

/// Counters of what goes wrong: label, counters of which the sum is shown.
const TROUBLES: [(&str, &str, &[&str]); 6] = [
    ("refused", "pages-relay-failed", &["relay_failed"]),
    ("told_to_wait", "pages-told-to-wait", &["told_to_wait"]),
    ("failed", "pages-dead-made", &["dead_letters"]),
    ("writes_refused", "pages-writes-refused", &["writes_refused", "history_dropped"]),
    (
        "restarts",
        "pages-restarts",
        &[
            "session_restarts",
            "relay_restarts",
            "matchmaker_restarts",
            "outbox_restarts",
            "persistence_restarts",
            "actor_deaths",
        ],
    ),
    ("strangers", "pages-strangers", &["admin_strangers", "webhook_strangers"]),
];

async fn figures(visit: &Visit) -> Result<(Stats, Health), Refused> {
    let Answer::Stats(stats) = visit.look_at(Act::Stats).await? else { return Err(Refused::Away) };
    let Answer::Health(health) = visit.look_at(Act::Health).await? else { return Err(Refused::Away) };
    Ok((stats, health))
}

fn count(health: &Health, name: &str) -> i64 {
    i64::try_from(health.counters.get(name).copied().unwrap_or(0)).unwrap_or(i64::MAX)
}

/// A duration as people say it.
fn took(us: Option<u64>) -> String {
    match us {
        None => "–".to_owned(),
        Some(us) if us < 10_000 => format!("{}.{}\u{202f}ms", us / 1_000, us % 1_000 / 100),
        Some(us) if us < 1_000_000 => format!("{}\u{202f}ms", us / 1_000),
        Some(us) => format!("{}.{}\u{202f}s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}

/// The state as a key: Fluent's keys stand in the code as they are.
fn state_key(state: &str) -> &'static str {
    match state {
        "ready" => "pages-state-ready",
        "degraded" => "pages-state-degraded",
        _ => "pages-state-held",
    }
}

fn now(f: &Frame, stats: &Stats, health: &Health) -> Vec<Figure> {
    let relay: Option<&TimedLine> = health.timed.iter().find(|line| line.name == "relay_latency");
    let of = |name, label: &'static str, value: String, note: String| Figure {
        name,
        label: f.say(label),
        value,
        note,
        bad: false,
    };
    vec![
        of("sessions", "pages-sessions", number(count(health, "sessions")), f.say("pages-sessions-note")),
        of("searching", "pages-searching", number(stats.searching), String::new()),
        of(
            "chats",
            "pages-chats",
            number(stats.chats),
            f.words("pages-chats-note", "n", &number(stats.chats_of_a_day)),
        ),
        of("rate", "pages-rate", "–".to_owned(), f.say("pages-rate-note")),
        of("p50", "pages-p50", took(relay.and_then(|line| line.p50_us)), f.say("pages-p50-note")),
        of("p99", "pages-p99", took(relay.and_then(|line| line.p99_us)), f.say("pages-p50-note")),
        of("accounts", "pages-accounts", number(stats.accounts), f.say("pages-accounts-note")),
        of("bans", "pages-bans", number(stats.bans), String::new()),
    ]
}

fn waiting(f: &Frame, stats: &Stats, health: &Health) -> Vec<Figure> {
    let age = |at: Option<nameless_domain::time::Millis>| {
        at.map(|at| f.words("pages-oldest", "ago", &f.ago(at))).unwrap_or_default()
    };
    let of = |name, label: &'static str, n: i64, note: String, bad| Figure {
        name,
        label: f.say(label),
        value: number(n),
        note,
        bad,
    };
    let waits = count(health, "store_waits");
    vec![
        of("reports", "pages-reports-open", stats.reports, age(stats.oldest_report), false),
        of(
            "dead",
            "pages-dead-waiting",
            stats.dead_letters,
            age(stats.oldest_dead_letter),
            stats.dead_letters > 0,
        ),
        of("outbox", "pages-outbox", count(health, "outbox_depth"), String::new(), false),
        of("store", "pages-store", count(health, "persistence_depth"), String::new(), false),
        of("waits", "pages-store-waits", waits, String::new(), waits > 0),
    ]
}

fn troubles(f: &Frame, health: &Health) -> Vec<Figure> {
    let line = |(name, label, counters): &(&'static str, &'static str, &[&str])| {
        let n = counters.iter().map(|counter| count(health, counter)).sum();
        Figure { name, label: f.say(label), value: number(n), note: String::new(), bad: false }
    };
    TROUBLES.iter().map(line).collect()
}

/// `/admin`
pub(super) async fn show(visit: &Visit) -> Shown {
    let (stats, health) = figures(visit).await?;
    let f = visit.frame("/admin", "pages-overview");
    let view = View {
        state: health.state,
        state_text: f.say(state_key(health.state)),
        now: now(&f, &stats, &health),
        waiting: waiting(&f, &stats, &health),
        troubles: troubles(&f, &health),
        relayed: health.counters.get("relayed").copied().unwrap_or(0),
        f,
    };
    Ok(view.f.show(&view))
}

/// `/admin/live`: the same figures for the page's script.
pub(super) async fn live(visit: &Visit) -> Shown {
    let (stats, health) = figures(visit).await?;
    let f = visit.frame("/admin", "pages-overview");
    let all =
        now(&f, &stats, &health).into_iter().chain(waiting(&f, &stats, &health)).chain(troubles(&f, &health));
    let figures: Map<String, Value> = all
        .filter(|figure| figure.name != "rate")
        .map(|figure| (figure.name.to_owned(), json!([figure.value, figure.note, figure.bad])))
        .collect();
    let body = json!({
        "state": health.state,
        "state_text": f.say(state_key(health.state)),
        "relayed": health.counters.get("relayed").copied().unwrap_or(0),
        "figures": figures,
    });
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}
