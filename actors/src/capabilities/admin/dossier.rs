//! What operators are answered about people and their chats, and in figures. Times are milliseconds
//! since the Unix epoch.

use nameless_domain::capabilities::admin::Pattern;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;
use serde::Serialize;
use serde_json::Value;

/// Two who are or were in a chat, without what they wrote.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairLine {
    /// Which.
    pub pair: PairId,
    /// Who; none of somebody who has erased themselves.
    pub members: [Option<UserId>; 2],
    /// Since when.
    pub opened: Millis,
    /// When it ended.
    pub ended: Option<Millis>,
    /// Why.
    pub cause: Option<String>,
    /// Messages of each that are still kept.
    pub messages: [i64; 2],
}

/// Something that happened to a person: a report, a decision, an appeal. Without anybody's words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Happened {
    /// When.
    pub at: Millis,
    /// What.
    pub what: String,
    /// Particulars.
    pub detail: String,
    /// Which operator did it, if one did.
    pub by: Option<String>,
}

/// What a person did, in sums.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActivityNow {
    /// When they wrote last, within a minute.
    pub last_seen: Millis,
    /// Times that they came back after half an hour.
    pub sessions: i64,
    /// Messages that were passed on.
    pub messages: i64,
    /// Photos among them.
    pub photos: i64,
    /// Days on which they wrote.
    pub days: i64,
}

/// What an operator noted about a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoteLine {
    /// When.
    pub at: Millis,
    /// Who.
    pub by: String,
    /// What.
    pub words: String,
}

/// A warning that was written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warned {
    /// Who is told.
    pub user: UserId,
    /// How many it makes.
    pub warnings: i64,
}

/// A note that was written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Noted {
    /// About whom.
    pub user: UserId,
    /// How many there are.
    pub notes: i64,
}

/// An appeal that nobody has answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppealLine {
    /// Whose; none of somebody who has erased themselves.
    pub user: Option<UserId>,
    /// When.
    pub at: Millis,
    /// What they wrote.
    pub words: String,
    /// Why they were banned.
    pub reason: Option<String>,
}

/// What was deleted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deleted {
    /// Whose.
    pub user: UserId,
    /// Messages that are on their way out of others' chats.
    pub messages: i64,
    /// In so many chats.
    pub chats: i64,
}

/// Something that was written as programs write.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DetectionLine {
    /// Who; none of somebody who has erased themselves.
    pub user: Option<UserId>,
    /// In what way.
    pub pattern: Pattern,
    /// When.
    pub at: Millis,
}

/// A person's chats, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dialogs {
    /// Whose.
    pub user: UserId,
    /// The chats.
    pub chats: Vec<Dialog>,
    /// There are more than were read.
    pub more: bool,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dialog {
    /// Which.
    pub pair: PairId,
    /// When it began.
    pub opened: Millis,
    /// When it ended.
    pub ended: Option<Millis>,
    /// What was said, oldest first.
    pub messages: Vec<DialogLine>,
    /// Messages that cannot be read: whoever wrote them has erased themselves.
    pub unreadable: u32,
}

/// A message of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DialogLine {
    /// `person` or `partner`.
    pub from: &'static str,
    /// When.
    pub at: Millis,
    /// What, as it was passed on.
    pub payload: Value,
}

/// What all did on a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayLine {
    /// The day, as 2026-11-28, in UTC.
    pub day: String,
    /// People who wrote.
    pub active: i64,
    /// Who wrote for the first time.
    pub fresh: i64,
    /// Messages.
    pub messages: i64,
    /// Photos among them.
    pub photos: i64,
    /// Chats that began.
    pub dialogs: i64,
}

/// Of those who came first on a day, how many were here again. None: the day has not come, or the
/// figure would be about fewer than ten people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CohortLine {
    /// The day, as 2026-11-28, in UTC.
    pub day: String,
    /// How many came first on it.
    pub people: Option<i64>,
    /// A day later.
    pub d1: Option<i64>,
    /// Four days later.
    pub d4: Option<i64>,
    /// Seven days later.
    pub d7: Option<i64>,
    /// Thirty days later.
    pub d30: Option<i64>,
}
