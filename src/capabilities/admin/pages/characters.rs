//! What talks with characters cost, and how those are who answer.

use super::door::{Shown, Visit};
use super::frame::Frame;
use super::refused::Refused;
use super::words::{number, shown};
use askama::Template;
use nameless_actors::capabilities::{Answer, Characters, Told, amount};
use nameless_domain::capabilities::admin::desk::characters::Deed;

/// Days that the page shows.
const DAYS: u32 = 14;

struct Row {
    day: String,
    cap: String,
    spent: String,
    /// The day's budget, where this process knows it.
    budget: String,
    reserved: String,
    calls: String,
}

struct BackEnd {
    name: String,
    /// It is left alone for a while.
    is_away: bool,
}

#[derive(Template)]
#[template(path = "admin/characters.html", whitespace = "minimize")]
struct View {
    f: Frame,
    back_ends: Vec<BackEnd>,
    rows: Vec<Row>,
}

/// `/admin/characters`
pub(super) async fn show(visit: &Visit) -> Shown {
    let told = visit.look_at(Deed::Spend { days: DAYS }.into()).await?;
    let Answer::Desk(Told::Characters(Characters::Spend(page))) = told else { return Err(Refused::Away) };
    let health = visit.state.engine.env().capabilities.companion.health();
    let f = visit.frame("/admin/characters", "pages-characters");
    let budget = |cap: &str| {
        let found = health.caps.iter().find(|(name, _)| name == cap);
        found.map_or_else(|| "–".to_owned(), |(_, micros)| amount(i64::try_from(*micros).unwrap_or(i64::MAX)))
    };
    let row = |line: &nameless_actors::capabilities::SpendLine| Row {
        day: line.day.clone(),
        cap: shown(&line.cap, false),
        spent: amount(line.spent),
        budget: budget(&line.cap),
        reserved: amount(line.reserved),
        calls: number(line.calls),
    };
    let view = View {
        rows: page.items.iter().map(row).collect(),
        back_ends: health
            .back_ends
            .iter()
            .map(|(name, is_away)| BackEnd { name: shown(name, false), is_away: *is_away })
            .collect(),
        f,
    };
    Ok(view.f.show(&view))
}
