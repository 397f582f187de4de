//! What a day came to, in tables: how long things took, what has to hold, what it cost.

use super::super::args::{Day, DayFault};
use super::super::ledger::histogram;
use super::super::model::Model;
use super::super::report::{Cell, Chart, Report, Table};
use super::super::round::ms;
use super::super::verdict::Reason;
use super::books::Books;
use super::groups::user;
use super::loads::Scene;
use super::painter::{PLACES, Painter};
use super::watch::{KINDS, Kind, Took};
use super::{ROUNDS, Spent, slope};
use hdrhistogram::Histogram;
use nameless_actors::kernel::lock;
use serde_json::json;
use std::sync::atomic::Ordering;

/// Texts whose first copies may come twice at a kill: those that were under way, about a second's.
const DOUBLES_S: f64 = 1.0;

fn merged(parts: &[Histogram<u64>]) -> Histogram<u64> {
    let mut all = histogram();
    parts.iter().for_each(|part| _ = all.add(part));
    all
}

/// Tells everything.
pub fn tell(
    report: &mut Report,
    (args, scene): (&Day, &Scene),
    (model, painter): (&Model, &Painter),
    day: &Spent,
    books: &Books,
) {
    let columns =
        ["what", "how many", "lost", "calm p50 ms", "calm p99 ms", "day p50 ms", "day p99 ms", "max ms"];
    let mut table = Table::new("What people did", &columns);
    let calm = day.calm_rounds.min(day.texts.len());
    let texts = Took {
        calm: merged(&day.texts[..calm]),
        whole: merged(&day.texts),
        asked: day.counts.sent,
        lost: day.counts.missing(),
    };
    let mut kinds = serde_json::Map::new();
    let unfound = lock(&scene.state.unfound);
    let (hidden, unfound): (Vec<_>, Vec<_>) =
        unfound.iter().partition(|one| books.hidden.contains(&user(one.person)));
    let mut others = scene.watch.took();
    others[Kind::Search as usize].lost -= hidden.len() as u64;
    let all = std::iter::once(("a text, a photo, an answer", texts))
        .chain(KINDS.iter().map(|(_, name)| *name).zip(others));
    for (name, took) in all {
        let times = [(&took.calm, 0.5), (&took.calm, 0.99), (&took.whole, 0.5), (&took.whole, 0.99)];
        let times = times.map(|(of, q)| ms(of, q));
        let most = took.whole.max() as f64 / 1e3;
        let cells = [Cell::text(name), Cell::number(took.asked as f64, 0), Cell::number(took.lost as f64, 0)];
        let figures = times.into_iter().chain([most]).map(|n| Cell::number(n, 1));
        table.row(cells.into_iter().chain(figures).collect(), took.lost > 0);
        if took.lost > 0 {
            report.void(name.to_owned(), Reason::Lost(took.lost));
        }
        let [calm50, calm99, p50, p99] = times;
        kinds.insert(
            name.replace(' ', "_"),
            json!({
                "n": took.asked, "lost": took.lost,
                "calm_ms": {"p50": calm50, "p99": calm99}, "day_ms": {"p50": p50, "p99": p99, "max": most},
            }),
        );
    }
    report.table(table);
    report.data("kinds", kinds.into());
    promises(report, args, scene, model, day);
    pictures(report, args, scene, painter, books);
    load(report, day);
    slope::tell(report, args.duration, day, args.calm);
    let line = day.texts.iter().zip(1u32..).map(|(round, n)| {
        let minutes = args.duration.as_secs_f64() / 60.0 * f64::from(n) / f64::from(ROUNDS);
        (minutes, ms(round, 0.99))
    });
    report.chart(Chart::new("Texts through the day", "minutes", "p99, ms").line("texts", line.collect()));
    day.log.iter().for_each(|what| report.note(what.clone()));
    if !books.hidden.is_empty() {
        report.note(format!(
            "Two reported each of {} people, whom the engine hid for that; {} of their searches found nobody.",
            books.hidden.len(),
            hidden.len()
        ));
    }
    for (one, last) in unfound.iter().filter_map(|one| Some((one, one.last.as_ref()?))) {
        let at = one.since.saturating_duration_since(day.start).as_secs();
        report.note(format!("Never found, from {at} s on: {last}"));
    }
    let skipped = scene.state.skipped.load(Ordering::Relaxed);
    if skipped > 0 {
        report.note(format!("{skipped} actions found nobody free to do them."));
    }
}

/// Nothing is doubled, astray, or told of others.
fn promises(report: &mut Report, args: &Day, scene: &Scene, model: &Model, day: &Spent) {
    let counts = day.counts;
    // Telegram took it, the node was killed before it knew: it is sent once more.
    let kills = if args.suffers(DayFault::Kill) { 1.0 } else { 0.0 };
    let (texts, _) = args.rates();
    let most = (texts * DOUBLES_S * kills) as u64;
    // One may always be under way.
    let few = (most / 50).max(kills as u64);
    let replies = scene.watch.doubled();
    for (what, reason) in [
        (counts.doubled > most, Reason::Doubled(counts.doubled)),
        (counts.reordered > 0, Reason::Reordered(counts.reordered)),
        (counts.astray > 0, Reason::Astray(counts.astray)),
        (day.refused > 0, Reason::Refused(day.refused)),
    ] {
        if what {
            report.void("texts".to_owned(), reason);
        }
    }
    if replies > few {
        report.void("replies, receipts, pictures".to_owned(), Reason::Doubled(replies));
    }
    let telling = scene.watch.telling();
    if telling > 0 {
        report
            .void("anonymity".to_owned(), Reason::Failed(format!("{telling} messages tell who somebody is")));
    }
    let (turns, again) = model.take();
    let mut table = Table::new("What has to hold", &["what", "how often", "at most"]);
    for (what, many, most) in [
        ("texts doubled (under way at the kill)", counts.doubled, most),
        ("replies, receipts, pictures doubled", replies, few),
        ("texts out of order", counts.reordered, 0),
        ("texts at somebody else", counts.astray, 0),
        ("messages that tell who somebody is", telling, 0),
    ] {
        table.row(
            [Cell::text(what), Cell::number(many as f64, 0), Cell::number(most as f64, 0)].into(),
            false,
        );
    }
    report.table(table);
    let paid = scene.state.paid.load(Ordering::Relaxed);
    report.note(format!(
        "{} turns reached the model, {again} of them once more; {paid} orders were paid, and the books balance.",
        turns.len()
    ));
    report.data(
        "promises",
        json!({
            "doubled": counts.doubled, "replies_doubled": replies, "reordered": counts.reordered,
            "astray": counts.astray, "telling": telling, "turns": turns.len(), "turns_again": again, "paid": paid,
        }),
    );
}

/// Each picture that was asked for came once, or it was said that there is none; each is in the
/// books once.
fn pictures(report: &mut Report, args: &Day, scene: &Scene, painter: &Painter, books: &Books) {
    let took = &scene.watch.took()[Kind::Picture as usize];
    let refused = scene.state.undrawn.load(Ordering::Relaxed);
    let came = (took.asked - took.lost).saturating_sub(refused);
    // Of a call that was under way at a kill nobody knows what became: it is given up, and said.
    let most = if args.suffers(DayFault::Kill) { PLACES } else { 0 };
    if refused > most {
        let what = format!("{refused} were not drawn; {most} may have been under way at a kill");
        report.void("pictures".to_owned(), Reason::Failed(what));
    }
    for mistake in books.pictures.mistakes(came, painter.drawn()) {
        report.void("the books of pictures".to_owned(), Reason::Failed(mistake));
    }
    let paid = books.pictures.paid;
    report.note(format!(
        "{} pictures were asked for: {came} came, of {refused} it was said that there is none (at most {most}: what was \
         under way at the kill); {} were drawn, {paid} calls paid.",
        took.asked,
        painter.drawn(),
    ));
    report.data(
        "pictures",
        json!({
            "asked": took.asked, "came": came, "refused": refused, "lost": took.lost, "drawn": painter.drawn(),
            "paid": paid,
        }),
    );
}

/// What it cost.
fn load(report: &mut Report, day: &Spent) {
    let seconds = day.took.as_secs_f64();
    let mut table = Table::new("What it cost", &["what", "CPU, cores", "memory at most, MB"]);
    for (n, name) in ["the engine", "PostgreSQL and Redis"].into_iter().enumerate() {
        let cells =
            [Cell::number(day.cpu[n].as_secs_f64() / seconds, 2), Cell::number(day.most[n] as f64 / 1e6, 0)];
        table.row(std::iter::once(Cell::text(name)).chain(cells).collect(), false);
    }
    report.table(table);
    let commits = day.commits.map(|commits| commits / seconds);
    if let Some(commits) = commits {
        report.note(format!("The database committed {commits:.0} transactions a second."));
    }
    report.data(
        "cost",
        json!({
            "engine_cores": day.cpu[0].as_secs_f64() / seconds, "servers_cores": day.cpu[1].as_secs_f64() / seconds,
            "engine_bytes": day.most[0], "servers_bytes": day.most[1], "commits_per_s": commits,
        }),
    );
}
