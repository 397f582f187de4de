//! Commands of the alerts chat: words to acts.
//!
//! With a slash or without. Without one, only what looks like a command in full is one: operators
//! talk to each other in that chat, too.

use super::acts::Act;
use super::ban::BanKind;
use super::desk::{self, Deed};
use super::particulars::{Entries, Term, Verdict};
use crate::capabilities::news;
use crate::ids::{Seq, UserId};
use crate::time::Millis;

/// Lines of a list in the chat.
const LINES: u32 = 20;

/// What was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// To list the commands.
    Help,
    /// An act.
    Do(Act),
    /// An act whose answer is wanted as a file.
    File(Act),
    /// A known command that is not written as it has to be.
    Usage(&'static str),
}

/// The commands of the acts that stand in lists, each with how it is written.
const COMMANDS: &[(&str, &str)] = &[
    ("help", "help"),
    ("stats", "stats"),
    ("health", "health"),
    ("user", "user ID"),
    ("userfile", "userfile ID"),
    ("diafile", "diafile ID REASON"),
    ("note", "note ID WORDS"),
    ("warn", "warn ID REASON"),
    ("premium", "premium ID on DAYS | premium ID off"),
    ("payments", "payments ID"),
    ("refund", "refund NUMBER REASON"),
    ("ban", "ban ID DAYS|forever REASON"),
    ("shadow", "shadow ID DAYS|forever REASON"),
    ("unban", "unban ID REASON"),
    ("delete", "delete ID REASON"),
    ("erase", "erase ID REASON"),
    ("requests", "requests"),
    ("approve", "approve NUMBER"),
    ("refuse", "refuse NUMBER REASON"),
    ("appeals", "appeals"),
    ("accept", "accept ID REASON"),
    ("decline", "decline ID REASON"),
    ("detections", "detections"),
    ("activity", "activity"),
    ("retention", "retention"),
    ("reports", "reports"),
    ("report", "report NUMBER"),
    ("dismiss", "dismiss NUMBER REASON"),
    ("uphold", "uphold NUMBER REASON"),
    ("audit", "audit"),
    ("deadletters", "deadletters"),
    ("replay", "replay POSITION"),
    ("tokens", "tokens"),
    ("broadcasts", "broadcasts"),
    (
        "broadcast",
        "broadcast [silent] [lang=ru|en] [active=DAYS] [premium=yes|no] [at=2026-12-31T18:00] [link=https://...] [ru] TEXT [en] TEXT",
    ),
];

/// The commands, each with how it is written.
pub fn commands() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    COMMANDS.iter().chain(desk::COMMANDS.iter().copied().flatten())
}

/// Reads what was written; none if it is no command.
pub fn read(text: &str) -> Option<Order> {
    read_reply(text, None)
}

/// The same of what was written in reply to a message.
pub fn read_reply(text: &str, replied: Option<&str>) -> Option<Order> {
    let text = text.trim();
    let (slashed, text) = match text.strip_prefix('/') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (first, rest) = split(text);
    let name = first.split('@').next().unwrap_or_default().to_lowercase();
    let (name, usage) = commands().find(|(known, _)| *known == name)?;
    if *name == "broadcast" {
        return broadcast(slashed, rest, replied).or_else(|| slashed.then_some(Order::Usage(usage)));
    }
    let at_the_desk = || Deed::read(desk::Said { name, slashed, rest, replied }).map(Order::Do);
    match act(name, rest).or_else(at_the_desk) {
        Some(order) => Some(order),
        // "ban 123" is a command that went wrong; "ban him, please" is talk.
        None if slashed || rest.starts_with(|c: char| c.is_ascii_digit()) => Some(Order::Usage(usage)),
        None => None,
    }
}

/// The first word and what is behind it.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

/// "broadcast it tomorrow" is talk: without a slash there are options, a heading, or a message that
/// is replied to.
fn broadcast(slashed: bool, rest: &str, replied: Option<&str>) -> Option<Order> {
    let first = split(rest).0;
    let is_order = slashed
        || first.starts_with('[')
        || first.contains('=')
        || first == "silent"
        || rest.is_empty() && replied.is_some();
    let draft = news::order::read(rest, replied).filter(|_| is_order)?;
    Some(Order::Do(Act::DraftBroadcast { draft }))
}

fn act(name: &str, rest: &str) -> Option<Order> {
    let alone = |order: Order| rest.is_empty().then_some(order);
    let (first, behind) = split(rest);
    let user = || Some(UserId(first.parse().ok().filter(|id| *id > 0)?));
    let number = || first.parse::<i64>().ok().filter(|number| *number > 0);
    let only = |act: Act| behind.is_empty().then_some(Order::Do(act));
    match name {
        "help" => alone(Order::Help),
        "stats" => alone(Order::Do(Act::Stats)),
        "health" => alone(Order::Do(Act::Health)),
        "reports" => alone(Order::Do(Act::Reports { limit: LINES })),
        "audit" => alone(Order::Do(Act::Audit { before: i64::MAX, limit: LINES, of: Entries::default() })),
        "deadletters" => alone(Order::Do(Act::DeadLetters { limit: LINES })),
        "broadcasts" => alone(Order::Do(Act::Broadcasts { before: i64::MAX, limit: 5 })),
        "tokens" => alone(Order::Do(Act::Tokens)),
        "appeals" => alone(Order::Do(Act::Appeals { limit: LINES })),
        "detections" => alone(Order::Do(Act::Detections { limit: LINES })),
        "requests" => alone(Order::Do(Act::Requests { limit: LINES })),
        "approve" => only(Act::Approve { request: number()? }),
        "refuse" => {
            let request = number()?;
            reasoned(behind, |reason| Act::Refuse { request, reason })
        }
        "activity" => alone(Order::Do(Act::Activity { days: 14 })),
        "retention" => alone(Order::Do(Act::Retention { days: 31 })),
        "userfile" => behind.is_empty().then_some(Order::File(Act::Person { user: user()? })),
        "diafile" => {
            let user = user()?;
            match reasoned(behind, |reason| Act::Dialogs { user, reason })? {
                Order::Do(act) => Some(Order::File(act)),
                other => Some(other),
            }
        }
        "note" | "warn" | "delete" | "erase" | "accept" | "decline" => {
            let user = user()?;
            reasoned(behind, |reason| match name {
                "note" => Act::Note { user, words: reason },
                "warn" => Act::Warn { user, reason },
                "delete" => Act::Delete { user, reason },
                "erase" => Act::Erase { user, reason },
                _ => Act::AnswerAppeal { user, accepted: name == "accept", reason },
            })
        }
        "user" => only(Act::Person { user: user()? }),
        "payments" => only(Act::Payments { before: i64::MAX, limit: LINES, of: Some(user()?) }),
        "refund" => {
            let payment = number()?;
            reasoned(behind, |reason| Act::Refund { payment, payer: None, part: None, reason })
        }
        "report" => only(Act::Report { report: number()? }),
        "replay" => only(Act::Replay { seq: Seq(u64::try_from(number()?).ok()?) }),
        "ban" => ban(BanKind::Ban, user()?, behind),
        "shadow" => ban(BanKind::Shadow, user()?, behind),
        "unban" => {
            let user = user()?;
            reasoned(behind, |reason| Act::Unban { user, reason })
        }
        "dismiss" | "uphold" => {
            let report = number()?;
            let verdict = if name == "dismiss" { Verdict::Dismissed } else { Verdict::Upheld };
            reasoned(behind, |reason| Act::Decide { report, verdict, reason })
        }
        "premium" => {
            let user = user()?;
            match split(behind) {
                ("on", days) => Some(Order::Do(Act::Grant { user, days: days.parse().ok()? })),
                ("off", "") => Some(Order::Do(Act::Revoke { user })),
                _ => None,
            }
        }
        _ => None,
    }
}

fn reasoned(reason: &str, act: impl FnOnce(String) -> Act) -> Option<Order> {
    // Tabs and the like of a pasted text.
    let reason: String = reason.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    (!reason.is_empty()).then(|| Order::Do(act(reason)))
}

fn ban(kind: BanKind, user: UserId, behind: &str) -> Option<Order> {
    let (term, reason) = split(behind);
    let term = match term {
        "forever" => Term::Forever,
        days => Term::Days(days.parse().ok()?),
    };
    reasoned(reason, |reason| Act::Ban { user, kind, term, reason })
}

impl Term {
    /// When it is over.
    pub fn until(self, now: Millis) -> Millis {
        match self {
            Term::Days(days) => now.plus(i64::from(days) * crate::time::DAY_MS),
            Term::Forever => Millis::NEVER,
        }
    }
}
