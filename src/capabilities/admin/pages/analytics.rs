//! How dating goes, in figures of which none is about fewer than ten people.

use super::door::{Shown, Visit};
use super::frame::Frame;
use super::refused::Refused;
use super::words::number;
use askama::Template;
use nameless_actors::capabilities::{Answer, DatingDesk, Told};
use nameless_domain::capabilities::admin::desk::dating::Deed;

struct Line {
    label: String,
    value: String,
    /// What it is made of.
    note: String,
}

struct Step {
    label: String,
    value: String,
    /// Of those who began, percent: how long its bar is.
    share: u32,
}

struct Reminder {
    kind: String,
    reminded: String,
    reminded_back: String,
    held: String,
    held_back: String,
}

#[derive(Template)]
#[template(path = "admin/analytics.html", whitespace = "minimize")]
struct View {
    f: Frame,
    /// How long ago it was counted.
    ago: String,
    /// When.
    at: String,
    lines: Vec<Line>,
    steps: Vec<Step>,
    reminders: Vec<Reminder>,
}

/// `/admin/analytics`
pub(super) async fn show(visit: &Visit) -> Shown {
    let told = visit.look_at(Deed::Figures.into()).await?;
    let Answer::Desk(Told::Dating(DatingDesk::Figures(all))) = told else { return Err(Refused::Away) };
    let f = visit.frame("/admin/analytics", "pages-analytics");
    let few = f.say("dating-few");
    let people = |n: Option<u32>| n.map_or_else(|| few.clone(), |n| number(n.into()));
    let share = |n: Option<u32>| n.map_or_else(|| few.clone(), |n| format!("{n}\u{202f}%"));
    let gini = all.gini.map_or_else(|| few.clone(), |gini| gini.to_string());
    let line = |label: &'static str, value: String, note: &'static str| Line {
        label: f.say(label),
        value,
        note: f.say(note),
    };
    let lines = vec![
        line("pages-analytics-today", people(all.today), "pages-analytics-today-note"),
        line("pages-analytics-profiles", people(all.profiles), "pages-analytics-profiles-note"),
        line("pages-analytics-match-rate", share(all.match_rate), "pages-analytics-match-rate-note"),
        line("pages-analytics-talks", people(all.conversations), "pages-analytics-talks-note"),
        line("pages-analytics-talk-rate", share(all.conversation_rate), "pages-analytics-talk-rate-note"),
        line("pages-analytics-newcomers", share(all.newcomers_matched), "pages-analytics-newcomers-note"),
        line("pages-analytics-gini", gini, "pages-analytics-gini-note"),
        line("pages-analytics-starved", share(all.starved), "pages-analytics-starved-note"),
    ];
    let began = all.funnel.began.unwrap_or_default().max(1);
    let steps = all.funnel.steps().into_iter().map(|(_, label, n)| Step {
        label: f.say(label),
        value: people(n),
        share: 100 * n.unwrap_or_default() / began,
    });
    let reminders = all.reminders.iter().map(|one| Reminder {
        kind: f.say(one.key()),
        reminded: people(one.reminded),
        reminded_back: share(one.reminded_back),
        held: people(one.held),
        held_back: share(one.held_back),
    });
    let (steps, reminders) = (steps.collect(), reminders.collect());
    let view = View { ago: f.ago(all.at), at: f.moment(all.at), lines, steps, reminders, f };
    Ok(view.f.show(&view))
}
