//! What operators do, as values. What each takes is in [`super::demands`].

use super::ban::BanKind;
use super::desk::Deed;
use super::particulars::{Entries, Many, Mending, Persons, Ruling, Suspicion, Term, Verdict};
use super::roles::{Permission, Role};
use crate::capabilities::news::{Draft, Steer};
use crate::ids::{Seq, UserId};
use serde::{Deserialize, Serialize};

/// Days that a ban or a grant may have, at most.
pub const DAYS_MAX: u32 = 3_650;
/// Rows of a page at most.
pub const PAGE_MAX: u32 = 200;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// By name, as the audit log has it: `telegram:111`, `token:backup`, `cli`.
    pub name: String,
    /// What they are trusted with.
    pub role: Role,
}

/// Where an act comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The alerts chat.
    Chat,
    /// The HTTP API.
    Http,
    /// The command line.
    Cli,
    /// The pages.
    Page,
    /// The engine itself.
    Engine,
}

impl Source {
    /// As the audit log has it.
    pub fn name(self) -> &'static str {
        match self {
            Source::Chat => "chat",
            Source::Http => "http",
            Source::Cli => "cli",
            Source::Page => "page",
            Source::Engine => "engine",
        }
    }
}

/// Something that an operator does or looks at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// Looks at figures.
    Stats,
    /// Looks at the actors and what they have to do.
    Health,
    /// Looks at who uses the bot, by id.
    People {
        /// Behind this id.
        after: i64,
        /// So many.
        limit: u32,
        /// Which.
        of: Persons,
    },
    /// Looks at a person.
    Person {
        /// Whom.
        user: UserId,
    },
    /// Bans a person, in place of a ban that they have.
    Ban {
        /// Whom.
        user: UserId,
        /// How it is felt.
        kind: BanKind,
        /// For how long.
        term: Term,
        /// Why.
        reason: String,
    },
    /// Lifts a ban of either kind.
    Unban {
        /// Whose.
        user: UserId,
        /// Why.
        reason: String,
    },
    /// Grants premium, or adds to it.
    Grant {
        /// Whom.
        user: UserId,
        /// For how many days.
        days: u32,
    },
    /// Ends premium.
    Revoke {
        /// Whose.
        user: UserId,
    },
    /// Looks at the queue of open reports.
    Reports {
        /// So many.
        limit: u32,
    },
    /// Takes a report, so that nobody else works on it, and reads its evidence.
    Report {
        /// Which.
        report: i64,
    },
    /// Decides about a report.
    Decide {
        /// Which.
        report: i64,
        /// What is made of it.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// Looks at which pictures wait for an operator, without them.
    Photos {
        /// So many.
        limit: u32,
    },
    /// Looks at one of them.
    Photo {
        /// Which.
        photo: i64,
        /// Why.
        reason: String,
    },
    /// Has the picture itself sent, within minutes of a look: part of that look, which stands in
    /// the log. There is none without it.
    Picture {
        /// Which.
        photo: i64,
    },
    /// Says what becomes of it.
    RulePhoto {
        /// Which.
        photo: i64,
        /// What.
        ruling: Ruling,
        /// Why.
        reason: String,
    },
    /// Reads the audit log, the newest first.
    Audit {
        /// Before this entry.
        before: i64,
        /// So many.
        limit: u32,
        /// Which.
        of: Entries,
    },
    /// Looks at updates that failed.
    DeadLetters {
        /// So many.
        limit: u32,
    },
    /// Has one of them handled again.
    Replay {
        /// Which.
        seq: Seq,
    },
    /// Looks at the configuration.
    Settings,
    /// Looks at the tokens of the API.
    Tokens,
    /// Makes one.
    CreateToken {
        /// Its name, of which there is no other.
        name: String,
        /// What its bearer may do.
        role: Role,
        /// For how many days it is good.
        days: u32,
    },
    /// Makes one of no use.
    RevokeToken {
        /// Its name.
        name: String,
    },
    /// Warns a person: they are told why, and it is a strike on their dossier.
    Warn {
        /// Whom.
        user: UserId,
        /// Why.
        reason: String,
    },
    /// Notes something about a person for the other operators.
    Note {
        /// About whom.
        user: UserId,
        /// What.
        words: String,
    },
    /// Looks at what banned people wrote and nobody has answered.
    Appeals {
        /// So many.
        limit: u32,
    },
    /// Answers a person's appeal; they are told. Accepted, it lifts their ban.
    AnswerAppeal {
        /// Whose.
        user: UserId,
        /// Whether they are right.
        accepted: bool,
        /// Why.
        reason: String,
    },
    /// Deletes what a person's partners got from them, as far back as Telegram lets a bot delete.
    Delete {
        /// Whose.
        user: UserId,
        /// Why.
        reason: String,
    },
    /// Hides a person for a while, as the engine does by itself, unless an operator has looked at
    /// them since.
    Hide {
        /// Whom.
        user: UserId,
        /// Why.
        why: Suspicion,
    },
    /// Looks at what was written as programs write.
    Detections {
        /// So many.
        limit: u32,
    },
    /// Reads a person's chats.
    Dialogs {
        /// Whose.
        user: UserId,
        /// Why.
        reason: String,
    },
    /// Looks at what all did, per day.
    Activity {
        /// So many days.
        days: u32,
    },
    /// Looks at how many came back, by the day on which they came first.
    Retention {
        /// So many days.
        days: u32,
    },
    /// Looks at payments, the newest first.
    Payments {
        /// Before this number.
        before: i64,
        /// So many.
        limit: u32,
        /// Of one person; none: of all.
        of: Option<UserId>,
    },
    /// Looks at a payment and at the books of whoever paid.
    Payment {
        /// Its number.
        payment: i64,
    },
    /// Gives a payment back and ends what of it is not used.
    Refund {
        /// Its number.
        payment: i64,
        /// The payer, where they have erased themselves: nobody else knows who that was.
        payer: Option<UserId>,
        /// How much of one by card, kopecks; none: all that is left of it.
        part: Option<i64>,
        /// Why.
        reason: String,
    },
    /// Looks at who is and was in a chat with whom, the newest first.
    Pairs {
        /// Before this one.
        before: i64,
        /// Only those that go on.
        live: bool,
        /// So many.
        limit: u32,
    },
    /// Looks at what happened to a person.
    History {
        /// Whom.
        user: UserId,
    },
    /// Looks at broadcasts, the newest first.
    Broadcasts {
        /// Before this one.
        before: i64,
        /// So many.
        limit: u32,
    },
    /// Looks at a broadcast.
    Broadcast {
        /// Which.
        broadcast: i64,
    },
    /// Drafts a broadcast, and counts who would get it.
    DraftBroadcast {
        /// What, and to whom.
        draft: Draft,
    },
    /// Has a broadcast sent to whoever asks, in each of its languages.
    PreviewBroadcast {
        /// Which.
        broadcast: i64,
    },
    /// Has a broadcast begin, wait, go on, or end.
    SteerBroadcast {
        /// Which.
        broadcast: i64,
        /// What.
        steer: Steer,
    },
    /// Looks into an update that failed, has it handled again, or drops it, on the command line.
    Mend {
        /// What is done.
        what: Mending,
        /// With which; none: with all.
        seq: Option<Seq>,
        /// Whose it is, where it is read.
        user: Option<UserId>,
    },
    /// Erases a person, as they could themselves.
    Erase {
        /// Whom.
        user: UserId,
        /// Why.
        reason: String,
    },
    /// Looks at what an act on many would be done to.
    Preview {
        /// Which.
        of: Many,
    },
    /// Does one act to many, each written down by itself.
    Many {
        /// Which.
        of: Many,
        /// How many there were when they were looked at: if that has changed, nothing is done.
        expects: u32,
        /// Why.
        reason: String,
    },
    /// Looks at what waits for a second owner.
    Requests {
        /// So many.
        limit: u32,
    },
    /// Has carried out what another owner has asked for.
    Approve {
        /// Which.
        request: i64,
    },
    /// Says that it is not to be carried out.
    Refuse {
        /// Which.
        request: i64,
        /// Why.
        reason: String,
    },
    /// One of those that say all about themselves: a new one goes there.
    Desk(Deed),
    /// Does something if all is still as it was when they looked.
    IfSeen {
        /// What they saw, by its version.
        seen: String,
        /// What they do.
        what: Box<Act>,
    },
    /// Asked for something that their role may not, so that nobody read what it was in full. It is
    /// always refused, and written down.
    Attempt {
        /// The route.
        route: String,
        /// Whom it was about.
        user: Option<UserId>,
        /// What it takes.
        needs: Permission,
    },
}
