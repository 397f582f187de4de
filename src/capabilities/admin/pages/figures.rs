//! Activity per day, and how many came back: charts, and tables that say the same.

use super::chart::{self, Chart};
use super::door::{Shown, Visit};
use super::frame::Frame;
use super::refused::Refused;
use super::words::number;
use askama::Template;
use nameless_actors::capabilities::{Answer, CohortLine, DayLine};
use nameless_domain::capabilities::admin::Act;
use nameless_domain::time::{DAY_MS, Millis};

/// Days of the charts.
const DAYS: u32 = 60;

/// A chart with what stands around it.
struct Figure {
    id: &'static str,
    title: String,
    /// What it shows, for who does not see it.
    says: String,
    chart: Chart,
    unit: &'static str,
    legend: Vec<(&'static str, String)>,
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
    none: String,
    note: String,
}

#[derive(Template)]
#[template(path = "admin/figures.html", whitespace = "minimize")]
struct View {
    f: Frame,
    figures: Vec<Figure>,
    first: String,
    last: String,
}

/// The last days, oldest first, as they are written.
fn days(now: Millis) -> Vec<String> {
    let day = |back: u32| {
        let (year, month, day) = now.plus(-i64::from(back) * DAY_MS).date();
        format!("{year}-{month:02}-{day:02}")
    };
    (0..DAYS).rev().map(day).collect()
}

fn activity(f: &Frame, days: &[String], of: &[DayLine]) -> Figure {
    let line = |day: &String| of.iter().find(|line| line.day == *day);
    let places: Vec<[i64; 2]> = days
        .iter()
        .map(|day| line(day).map_or([0; 2], |line| [(line.active - line.fresh).max(0), line.fresh]))
        .collect();
    let most = of.iter().map(|line| line.active).max().unwrap_or(0);
    let row = |line: &DayLine| {
        let figures = [line.active, line.fresh, line.dialogs, line.messages, line.photos];
        (line.day.clone(), figures.map(number).to_vec())
    };
    let columns = [
        "pages-figures-active",
        "pages-figures-fresh",
        "pages-figures-dialogs",
        "pages-figures-messages",
        "pages-figures-photos",
    ];
    Figure {
        id: "activity",
        title: f.say("pages-figures-activity"),
        says: f.counted("pages-figures-activity-says", "n", most),
        chart: chart::bars(["old", "fresh"], &places),
        unit: "",
        legend: vec![("old", f.say("pages-figures-again")), ("fresh", f.say("pages-figures-fresh"))],
        columns: columns.map(|key| f.say(key)).to_vec(),
        rows: of.iter().map(row).collect(),
        none: f.say("pages-figures-none"),
        note: f.say("pages-figures-activity-note"),
    }
}

/// What was shown of a cohort, of a hundred. Its size is shown with it or not at all.
fn share(of: Option<i64>, people: Option<i64>) -> Option<f64> {
    let (of, people) = (of?, people.filter(|people| *people > 0)?);
    Some(of as f64 / people as f64 * 100.0)
}

fn retention(f: &Frame, days: &[String], of: &[CohortLine]) -> Figure {
    type After = fn(&CohortLine) -> Option<i64>;
    let kinds: [(&str, &str, After); 4] = [
        ("d1", "D1", |line| line.d1),
        ("d4", "D4", |line| line.d4),
        ("d7", "D7", |line| line.d7),
        ("d30", "D30", |line| line.d30),
    ];
    let drawn = |(class, _, after): &(&'static str, &str, After)| {
        let figure = |day: &String| {
            let line = of.iter().find(|line| line.day == *day)?;
            share(after(line), line.people)
        };
        (*class, days.iter().map(figure).collect())
    };
    let lines: Vec<(&'static str, Vec<Option<f64>>)> = kinds.iter().map(drawn).collect();
    let row = |line: &CohortLine| {
        let people = line.people.map_or_else(|| "–".to_owned(), number);
        let shares = kinds.iter().map(|(_, _, after)| {
            share(after(line), line.people).map_or_else(|| "–".to_owned(), |share| format!("{share:.0} %"))
        });
        (line.day.clone(), std::iter::once(people).chain(shares).collect())
    };
    let columns = std::iter::once(f.say("pages-figures-people"));
    Figure {
        id: "retention",
        title: f.say("pages-figures-retention"),
        says: f.say("pages-figures-retention-says"),
        chart: chart::lines(&lines),
        unit: " %",
        legend: kinds.iter().map(|(class, label, _)| (*class, (*label).to_owned())).collect(),
        columns: columns.chain(kinds.iter().map(|(_, label, _)| (*label).to_owned())).collect(),
        rows: of.iter().map(row).collect(),
        none: f.say("pages-figures-none"),
        note: f.say("pages-figures-retention-note"),
    }
}

/// `/admin/figures`
pub(super) async fn show(visit: &Visit) -> Shown {
    let Answer::Activity(active) = visit.look_at(Act::Activity { days: DAYS }).await? else {
        return Err(Refused::Away);
    };
    let Answer::Retention(cohorts) = visit.look_at(Act::Retention { days: DAYS }).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/figures", "pages-figures");
    let days = days(visit.state.engine.env().clock.now());
    let figures = vec![activity(&f, &days, &active.items), retention(&f, &days, &cohorts.items)];
    let end = |day: Option<&String>| day.cloned().unwrap_or_default();
    let view = View { figures, first: end(days.first()), last: end(days.last()), f };
    Ok(view.f.show(&view))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guard: a cohort of fewer than ten has no size, and then nothing of it is drawn or written.
    #[test]
    fn few_people_are_no_figure() {
        assert_eq!(share(Some(5), Some(10)), Some(50.0));
        for (of, people) in [(None, Some(10)), (Some(5), None), (Some(0), Some(0)), (None, None)] {
            assert_eq!(share(of, people), None);
        }
    }

    #[test]
    fn days_end_today() {
        let days = days(Millis(1_772_323_200_000));
        assert_eq!(days.len(), DAYS as usize);
        assert_eq!((days[59].as_str(), days[58].as_str()), ("2026-03-01", "2026-02-28"));
    }
}
