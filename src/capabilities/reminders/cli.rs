//! `nameless reminders`: what they came to.

use crate::app::database::Database;
use crate::config::Config;
use clap::Subcommand;
use nameless_domain::capabilities::reminders::Kind;
use nameless_domain::capabilities::reminders::effect::{Effect, FEWEST, Group};
use std::fmt::Write as _;

/// Says whether reminders are of any use.
#[derive(Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminders {
    /// Compares people who got them with people who were held out, by who came back.
    ///
    /// Both were due one at the same kind of moment. Nothing is said of fewer than ten people.
    Report {
        /// Of so many last days.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..=90))]
        days: u32,
    },
}

impl Reminders {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let Reminders::Report { days } = self;
        let database = Database::attach(config).await?;
        let told = database.store.reminders_effect(days).await;
        database.close().await;
        Ok(describe(days, &told?))
    }
}

fn describe(days: u32, effects: &[Effect]) -> String {
    let mut out = format!("reminders that were due within the last {days} days, a day ago or longer\n");
    for effect in effects {
        let what = match effect.kind {
            Kind::Waiting => "somebody waits",
            Kind::Match => "a match has written",
        };
        // Writing into a string does not fail.
        let _ = writeln!(out, "\n{what}");
        for (name, group) in [("reminded", effect.reminded), ("held out", effect.held)] {
            let _ = match group {
                Some(group) => writeln!(out, "  {name}: {}", line(&group)),
                None => writeln!(out, "  {name}: fewer than {FEWEST} people"),
            };
        }
        if let Some((more, half)) = effect.difference() {
            let (more, half) = (100.0 * more, 100.0 * half);
            let _ = writeln!(out, "  difference: {more:+.1} points, give or take {half:.1} (95 %)");
        }
    }
    out
}

fn line(group: &Group) -> String {
    let Group { people, times, back, weeks, chats } = group;
    let share = 100.0 * group.share();
    let mut line =
        format!("{people} people, {times} times; came back within 24 hours {back} times ({share:.1} %)");
    match group.chats_each() {
        Some(each) => _ = write!(line, "; {chats} chats within 7 days of {weeks} times ({each:.2} each)"),
        None => line.push_str("; no week is over yet"),
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_people_are_not_told_of() {
        let group = Group { people: 40, times: 50, back: 20, weeks: 25, chats: 50 };
        let held = Group { people: 9, ..group };
        let effect = |held: Group| Effect { kind: Kind::Waiting, reminded: group.told(), held: held.told() };
        let told = describe(30, &[effect(held)]);
        assert!(told.contains("reminded: 40 people, 50 times; came back within 24 hours 20 times (40.0 %)"));
        assert!(told.contains("50 chats within 7 days of 25 times (2.00 each)"));
        assert!(told.contains("held out: fewer than 10 people") && !told.contains("difference"), "{told}");
        let told = describe(30, &[effect(Group { back: 10, weeks: 0, ..group })]);
        assert!(told.contains("no week is over yet"));
        assert!(told.contains("difference: +20.0 points, give or take 17.5 (95 %)"), "{told}");
    }
}
