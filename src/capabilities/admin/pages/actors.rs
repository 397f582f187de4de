//! The tree of actors: what each has to do, and how often it fell.

use super::door::{Shown, Visit};
use super::frame::Frame;
use super::refused::Refused;
use super::words::number;
use askama::Template;
use nameless_actors::capabilities::Answer;
use nameless_domain::capabilities::admin::Act;

struct Row {
    name: &'static str,
    depth: String,
    restarts: String,
    fell: bool,
    when_full: &'static str,
    /// What it has below it.
    below: Option<String>,
}

struct Timed {
    name: &'static str,
    count: String,
    p50: String,
    p99: String,
}

#[derive(Template)]
#[template(path = "admin/actors.html", whitespace = "minimize")]
struct View {
    f: Frame,
    deaths: String,
    rows: Vec<Row>,
    timed: Vec<Timed>,
    counters: Vec<(&'static str, String)>,
}

/// `/admin/actors`
pub(super) async fn show(visit: &Visit) -> Shown {
    let Answer::Health(health) = visit.look_at(Act::Health).await? else { return Err(Refused::Away) };
    let f = visit.frame("/admin/actors", "pages-actors");
    let whole = |n: u64| number(i64::try_from(n).unwrap_or(i64::MAX));
    let shown = |n: Option<u64>| n.map_or_else(|| "–".to_owned(), whole);
    let rows = health.actors.iter().map(|actor| Row {
        name: actor.name,
        depth: shown(actor.depth),
        restarts: shown(actor.restarts),
        fell: actor.restarts.is_some_and(|n| n > 0),
        when_full: actor.when_full,
        below: match actor.name {
            "shard" => Some(f.say("pages-below-shard")),
            "relay" => Some(f.say("pages-below-relay")),
            _ => None,
        },
    });
    let ms = |us: Option<u64>| us.map_or_else(|| "–".to_owned(), |us| format!("{:.1}", us as f64 / 1_000.0));
    let timed = health.timed.iter().map(|line| Timed {
        name: line.name,
        count: whole(line.count),
        p50: ms(line.p50_us),
        p99: ms(line.p99_us),
    });
    let view = View {
        deaths: whole(health.counters.get("actor_deaths").copied().unwrap_or(0)),
        rows: rows.collect(),
        timed: timed.collect(),
        counters: health.counters.iter().map(|(name, n)| (*name, whole(*n))).collect(),
        f,
    };
    Ok(view.f.show(&view))
}
