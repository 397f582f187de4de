//! What operators are answered. Times are milliseconds since the Unix epoch.

use super::desk::Told;
use super::dossier::*;
use super::many::*;
use super::page::Page;
use super::payments::*;
use super::picture::*;
use super::reports::*;
use super::requests::*;
use crate::capabilities::news::BroadcastLine;
use nameless_domain::capabilities::admin::{Ban, Role};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::Millis;
use serde::Serialize;
use serde_json::Value;

/// What came of an act.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// There is nobody, or nothing, of that name.
    Missing,
    /// Figures.
    Stats(Stats),
    /// The actors and what they have to do.
    Health(Health),
    /// People by id.
    People(Page<PersonLine>),
    /// A person.
    Person(Box<Dossier>),
    /// What holds for a person now.
    Standing(StandingNow),
    /// A person's premium now.
    Premium(PremiumNow),
    /// The queue, the weightiest first.
    Reports(Page<ReportLine>),
    /// A report with its evidence.
    Report(Box<ReportPage>),
    /// A report that is decided.
    Decided(Decided),
    /// Pictures that wait for an operator, the oldest first.
    Photos(Page<PhotoLine>),
    /// One of them.
    Photo(Box<PhotoPage>),
    /// The picture itself, which leaves as it is.
    Picture(Picture),
    /// One of which something was said.
    PhotoRuled(PhotoRuled),
    /// The audit log, the newest first.
    Audit(Page<AuditLine>),
    /// Updates that failed.
    DeadLetters(Page<DeadLine>),
    /// One that is handled again.
    Replayed(Replayed),
    /// The configuration.
    Settings(Shown),
    /// Tokens.
    Tokens(Page<TokenLine>),
    /// A new token: shown this once.
    Token(NewToken),
    /// A token that is of no use any more.
    Revoked(Named),
    /// A warning that was written down.
    Warned(Warned),
    /// A note that was written down.
    Noted(Noted),
    /// Appeals that nobody has answered.
    Appeals(Page<AppealLine>),
    /// What was deleted.
    Deleted(Deleted),
    /// What was written as programs write.
    Detections(Page<DetectionLine>),
    /// A person's chats.
    Dialogs(Box<Dialogs>),
    /// What all did, per day.
    Activity(Page<DayLine>),
    /// How many came back.
    Retention(Page<CohortLine>),
    /// Payments, the newest first.
    Payments(Page<PaymentLine>),
    /// A payment.
    Payment(Box<PaymentPage>),
    /// A payment that is given back.
    Refunding(Refunding),
    /// Who is and was in a chat with whom.
    Pairs(Page<PairLine>),
    /// What happened to a person.
    History(Page<Happened>),
    /// Broadcasts, the newest first.
    Broadcasts(Page<BroadcastLine>),
    /// One of them.
    Broadcast(Box<BroadcastLine>),
    /// What an act on many would be done to.
    Preview(Preview),
    /// What it was done to.
    Many(ManyDone),
    /// Somebody is being erased.
    Erasing(Erasing),
    /// It waits for a second owner.
    Waits(RequestLine),
    /// What waits for a second owner, the oldest first.
    Requests(Page<RequestLine>),
    /// It is not carried out.
    RequestRefused(RequestRefused),
    /// One of those that say all about themselves.
    Desk(Told),
    /// The answer that was given before under the same key.
    Before(Value),
}

impl From<BroadcastLine> for Answer {
    fn from(line: BroadcastLine) -> Answer {
        Answer::Broadcast(Box::new(line))
    }
}

impl Answer {
    /// The version of what was looked at, where that has one.
    pub fn version(&self) -> Option<&str> {
        match self {
            Answer::Person(dossier) => Some(&dossier.version),
            Answer::Report(page) => Some(&page.version),
            _ => None,
        }
    }
}

/// Figures of the whole bot.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Accounts, about.
    pub accounts: i64,
    /// People who search.
    pub searching: i64,
    /// Chats that go on.
    pub chats: i64,
    /// Chats that began within 24 hours.
    pub chats_of_a_day: i64,
    /// Open reports.
    pub reports: i64,
    /// Bans in force, of both kinds.
    pub bans: i64,
    /// Updates that failed.
    pub dead_letters: i64,
    /// When the report was made that has waited longest.
    pub oldest_report: Option<Millis>,
    /// When the update failed that has waited longest.
    pub oldest_dead_letter: Option<Millis>,
}

/// How the process is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Health {
    /// `ready`, `degraded` or `held`.
    pub state: &'static str,
    /// Counters by name.
    pub counters: std::collections::BTreeMap<&'static str, u64>,
    /// The actors.
    pub actors: Vec<ActorLine>,
    /// What is timed.
    pub timed: Vec<TimedLine>,
}

/// How long something takes, since the process began.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimedLine {
    /// What.
    pub name: &'static str,
    /// How often it was timed.
    pub count: u64,
    /// What half of them did not exceed, microseconds; none if nothing was timed.
    pub p50_us: Option<u64>,
    /// What 99 of 100 did not exceed, microseconds.
    pub p99_us: Option<u64>,
}

/// A service of the tree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActorLine {
    /// What it is called.
    pub name: &'static str,
    /// What happens when too much waits for it.
    pub when_full: &'static str,
    /// What it has to do now, if that is counted: waiting calls, sessions, pairs, seekers.
    pub depth: Option<u64>,
    /// How often it was rebuilt after a panic, if that is counted.
    pub restarts: Option<u64>,
}

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonLine {
    /// Who.
    pub user: UserId,
    /// First seen.
    pub created: Millis,
    /// Where they are.
    pub phase: String,
}

/// What is known of a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dossier {
    /// Who.
    pub user: UserId,
    /// First seen; none if there is no account (any more).
    pub created: Option<Millis>,
    /// Language.
    pub lang: Option<String>,
    /// Where they are: `idle`, `searching`, `chatting`, `onboarding`, `underage`.
    pub phase: Option<String>,
    /// They have blocked the bot.
    pub blocked_bot: bool,
    /// They said that they are 18.
    pub adult: bool,
    /// Until when they have premium.
    pub premium_until: Option<Millis>,
    /// What holds now.
    pub ban: Option<Ban>,
    /// Who decided that.
    pub banned_by: Option<String>,
    /// Chats of which there is still a row.
    pub chats: i64,
    /// Ratings of others: up, down.
    pub rated_up: i64,
    /// Down.
    pub rated_down: i64,
    /// Open reports about them.
    pub reports_open: i64,
    /// Reports about them that were upheld: strikes.
    pub strikes: i64,
    /// Reports that they made and that were dismissed.
    pub false_reports: i64,
    /// Warnings that they got.
    pub warnings: i64,
    /// What they did; none of who has not written since there are such sums.
    pub activity: Option<ActivityNow>,
    /// What operators noted about them, the newest first.
    pub notes: Vec<NoteLine>,
    /// Where they wrote as programs write, the newest first: outlives what followed of it.
    pub detections: Vec<DetectionLine>,
    /// Why they were banned, warned or let off, the newest first: outlives the ban.
    pub decisions: Vec<AuditLine>,
    /// What they wrote against a ban, the newest first.
    pub appeals: Vec<Appeal>,
    /// Another one after everything that is done about them.
    #[serde(skip)]
    pub version: String,
}

/// What somebody wrote against their ban.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Appeal {
    /// When.
    pub at: Millis,
    /// What.
    pub words: String,
    /// When it was answered.
    pub answered: Option<Millis>,
    /// Whether they were right.
    pub accepted: Option<bool>,
}

/// What holds for a person now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StandingNow {
    /// Who.
    pub user: UserId,
    /// What.
    pub ban: Option<Ban>,
}

/// A person's premium now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PremiumNow {
    /// Who.
    pub user: UserId,
    /// Until when.
    pub until: Option<Millis>,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditLine {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Millis,
    /// Who.
    pub who: String,
    /// In which role.
    pub role: String,
    /// What.
    pub what: String,
    /// To whom; none also for somebody who has erased themselves.
    pub whom: Option<UserId>,
    /// Particulars.
    pub detail: String,
    /// Why.
    pub reason: String,
    /// From where.
    pub source: String,
    /// What became of it.
    pub outcome: String,
}

/// An update that failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeadLine {
    /// Its position.
    pub seq: Seq,
    /// Whose.
    pub user: UserId,
    /// When.
    pub at: Millis,
    /// What failed.
    pub error: String,
}

/// An update that is handled again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replayed {
    /// Which.
    pub seq: Seq,
}

/// A text to be shown as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// The text.
    pub text: String,
}

/// A token, without itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenLine {
    /// Its name.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// When it was made.
    pub created: Millis,
    /// Until when it is good.
    pub expires: Millis,
    /// Since when it is of no use.
    pub revoked: Option<Millis>,
}

/// A new token.
#[derive(Clone, PartialEq, Serialize)]
pub struct NewToken {
    /// Its name.
    pub name: String,
    /// Itself: kept nowhere.
    pub token: String,
    /// Until when it is good.
    pub expires: Millis,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewToken").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Something by its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    /// Its name.
    pub name: String,
}
