//! `nameless broadcast`.

use crate::app::database::Database;
use crate::capabilities::admin::cli::order;
use crate::config::Config;
use crate::store::PgStore;
use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use nameless_actors::capabilities::{Answer, BroadcastLine, Denied};
use nameless_domain::capabilities::admin::{Act, Flaw, Refusal, judge};
use nameless_domain::capabilities::news::{self, Audience, Draft, Link, State, Steer, Texts};
use nameless_domain::time::Millis;
use std::fmt::Write as _;

/// Tells everybody something: drafts it, counts who would get it, sends it.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Broadcast {
    /// Drafts one and counts who would get it. Nobody gets it before `start`.
    ///
    /// The tags b, i, u, s, code, spoiler, blockquote and a format its text.
    Draft(Drafting),
    /// Lists the last ones.
    List {
        /// How many at most.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Shows one: whom it is for, what it says, how far it is.
    Show(Which),
    /// Sends a draft, behind everything else that the running bot has to say. What has arrived
    /// cannot be taken back.
    Start(Which),
    /// Has one wait.
    Pause(Which),
    /// Has it go on where it stopped.
    Resume(Which),
    /// Ends one: nobody else gets it.
    Cancel(Which),
}

/// Which broadcast.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// Its number, as listed.
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    broadcast: i64,
}

/// What is said, and to whom.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Drafting {
    /// The text in Russian. One language is enough: then everybody gets that.
    #[arg(long, value_name = "TEXT", required_unless_present = "en")]
    ru: Option<String>,
    /// The text in English.
    #[arg(long, value_name = "TEXT")]
    en: Option<String>,
    /// Where a button below it leads.
    #[arg(long, value_name = "https://...")]
    link: Option<String>,
    /// It makes no sound.
    #[arg(long)]
    silent: bool,
    /// Once it is started it leaves no sooner than this minute of UTC, within 60 days.
    #[arg(long, value_name = "2026-12-31T18:00", value_parser = minute)]
    at: Option<Millis>,
    /// Only who speaks this language.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// Only who wrote within so many days.
    #[arg(long, value_name = "DAYS")]
    active: Option<u32>,
    /// Only who has premium, or who has none.
    #[arg(long, value_name = "true|false")]
    premium: Option<bool>,
}

/// A language on the command line.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Russian.
    Ru,
    /// English.
    En,
}

fn minute(words: &str) -> Result<Millis, &'static str> {
    news::draft::minute(words).ok_or("a minute of UTC is written as 2026-12-31T18:00")
}

impl Drafting {
    fn draft(self) -> Draft {
        let lang = self.lang.map(|lang| match lang {
            Lang::Ru => nameless_domain::text::Lang::Ru,
            Lang::En => nameless_domain::text::Lang::En,
        });
        Draft {
            text: Texts { ru: self.ru, en: self.en },
            link: self.link.map(|url| Link { url, label: Texts::default() }),
            silent: self.silent,
            at: self.at,
            to: Audience { lang, active_days: self.active, premium: self.premium },
        }
    }
}

impl Broadcast {
    fn act(self) -> Act {
        let steer = |Which { broadcast }: Which, steer| Act::SteerBroadcast { broadcast, steer };
        match self {
            Broadcast::Draft(drafting) => Act::DraftBroadcast { draft: drafting.draft() },
            Broadcast::List { limit } => Act::Broadcasts { before: i64::MAX, limit },
            Broadcast::Show(Which { broadcast }) => Act::Broadcast { broadcast },
            Broadcast::Start(which) => steer(which, Steer::Start),
            Broadcast::Pause(which) => steer(which, Steer::Pause),
            Broadcast::Resume(which) => steer(which, Steer::Resume),
            Broadcast::Cancel(which) => steer(which, Steer::Cancel),
        }
    }

    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let database = Database::attach(config).await?;
        let done = carry_out(&database.store, self.act()).await;
        database.close().await;
        done
    }
}

async fn carry_out(store: &PgStore, act: Act) -> anyhow::Result<String> {
    let order = order(act);
    if judge(&order.actor, &order.act).is_err() {
        bail!(
            "it takes a text of at most {} characters, a button to an https address of at most {}, and 1 to {} days",
            news::draft::TEXT_MAX,
            news::draft::URL_MAX,
            news::draft::ACTIVE_DAYS_MAX
        );
    }
    match store.carry_out(order).await? {
        Ok(carried) => match carried.answer {
            Answer::Broadcast(line) => Ok(shown(&line)),
            Answer::Broadcasts(page) if page.items.is_empty() => Ok("there are no broadcasts\n".to_owned()),
            Answer::Broadcasts(page) => Ok(page.items.iter().map(head).collect()),
            _ => bail!("there is no broadcast of this number"),
        },
        Err(Denied::Refused(Refusal::Flawed(Flaw::When))) => {
            bail!("it leaves within 60 days, and not before now")
        }
        Err(Denied::NotNow) => bail!("it stands where this makes no sense; `show` tells where that is"),
        Err(denied) => bail!("it was not done: {denied}"),
    }
}

/// A line about it.
fn head(line: &BroadcastLine) -> String {
    let BroadcastLine { broadcast, people, sent, gone, failed, left_out, waiting, .. } = line;
    let state = match (line.state, &line.why) {
        (State::Running, Some(_)) => "stopped, its job failed: `pause` and `resume` it",
        (state, _) => state.name(),
    };
    format!(
        "{broadcast}  {state}  for {people}: {sent} sent, {gone} gone, {failed} failed, {left_out} left out, {waiting} waiting\n"
    )
}

/// The same, and what it says.
fn shown(line: &BroadcastLine) -> String {
    let mut shown = head(line);
    for lang in nameless_domain::text::Lang::ALL {
        if let Some(text) = line.text.own(lang) {
            // Writing into a string does not fail.
            let _ = writeln!(shown, "[{}]\n{text}", lang.code());
        }
    }
    shown
}
