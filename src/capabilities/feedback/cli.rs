//! `nameless feedback`: what users wrote to the operators.

use super::Said;
use crate::app::database::Database;
use crate::config::Config;
use crate::store::rfc3339;
use clap::Subcommand;

/// Shows what users wrote to you with /feedback. Users are named by their Telegram id.
///
/// It is kept for 90 days, sealed in the database, and goes when its writer erases themselves.
#[derive(Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// Lists it, the newest first.
    List {
        /// How many at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
}

impl Feedback {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let Feedback::List { limit } = self;
        let database = Database::attach(config).await?;
        let said = database.store.feedback(limit).await;
        database.close().await;
        Ok(describe(&said?))
    }
}

/// A line each: when, who, what. What breaks lines or steers a terminal is shown, not done.
fn describe(said: &[Said]) -> String {
    if said.is_empty() {
        return "nobody has written\n".to_owned();
    }
    let line = |s: &Said| format!("{}  {}  {}\n", rfc3339(s.at.0), s.user.0, printable(&s.words));
    said.iter().map(line).collect()
}

fn printable(words: &str) -> String {
    words
        .chars()
        .map(|c| {
            if c == '\n' {
                '⏎'
            } else if c.is_control() {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::ids::UserId;
    use nameless_domain::time::Millis;

    #[test]
    fn a_line_each_and_nothing_that_steers_a_terminal() {
        let said = |words: &str| Said { user: UserId(7), at: Millis(0), words: words.to_owned() };
        let text = describe(&[said("one\ntwo"), said("\u{1b}[2Jgone\u{202e}")]);
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("one⏎two") && !text.contains('\u{1b}'), "{text:?}");
        assert_eq!(describe(&[]), "nobody has written\n");
    }
}
