//! The database.

use super::future::PortFuture;
use nameless_domain::capabilities::admin::Standing;
use nameless_domain::ids::BotId;
use nameless_domain::ids::MessageId;
use nameless_domain::ids::PairId;
use nameless_domain::ids::Seq;
use nameless_domain::ids::UserId;
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::account::Account;
use nameless_domain::session::notice::Notice;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;
use serde::Deserialize;
use serde::Serialize;
use std::sync::Arc;

/// A live pair as the store knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct LivePair {
    /// Which.
    pub pair: PairId,
    /// Members in the order of [`Side::A`], [`Side::B`].
    pub members: [UserId; 2],
    /// The bot that each is at.
    pub bots: [BotId; 2],
    /// When it was opened.
    pub opened: Millis,
}

/// A user as loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The row.
    pub account: Account,
    /// The live pair the user is in. It, and not the account's phase, is the truth (I1): they
    /// differ when a crash came between the two writes.
    pub live: Option<LivePair>,
    /// What the engine has to tell the user and, as far as the store knows, has not yet.
    pub owed: Vec<Owed>,
    /// The ban in force: also of somebody who has no account any more.
    pub standing: Option<Standing>,
}

/// A line that is owed to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Which.
    pub notice: Notice,
    /// The life of the engine that is about to say it, see [`crate::env::Env::life`].
    pub life: i64,
}

/// One relayed message on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapRow {
    /// Who sent it.
    pub from: Side,
    /// Its id in the sender's chat.
    pub source: MessageId,
    /// Its id in the receiver's chat.
    pub copy: MessageId,
}

/// A pair that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedPair {
    /// Which.
    pub pair: PairId,
    /// A message in the chat of one of them whose row is wanted, however old it is.
    pub message: Option<(Side, MessageId)>,
}

/// A pair with its message map, for a relay that was restarted.
#[derive(Clone, Debug, PartialEq)]
pub struct PairRecord {
    /// The pair; none if it has ended or never was.
    pub live: Option<LivePair>,
    /// Its members, also after its end; none for one who is not known (any more).
    pub members: [Option<UserId>; 2],
    /// Its message map, oldest first; bounded to the newest rows, as many as were asked for.
    pub map: Vec<MapRow>,
    /// The row of the message that was asked for.
    pub asked: Option<MapRow>,
}

impl PairRecord {
    /// What a store that has all of the pair's rows answers of them, oldest first.
    pub fn cut(mut self, newest: u32, message: Option<(Side, MessageId)>) -> PairRecord {
        let is_asked = |row: &&MapRow| {
            message.is_some_and(|(side, id)| id == if row.from == side { row.source } else { row.copy })
        };
        self.asked = self.map.iter().rfind(is_asked).copied();
        let older = self.map.len().saturating_sub(newest as usize);
        self.map.drain(..older);
        self
    }
}

/// Two seekers proposed to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Members in the order of [`Side::A`], [`Side::B`].
    pub members: [UserId; 2],
    /// When.
    pub at: Millis,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The pair exists now.
    Pair(PairId),
    /// These of the two are in a live pair already (I1): the proposal is void.
    Conflict(Vec<UserId>),
}

/// One write. Writes of one batch happen in one transaction, in an order that gives the same
/// outcome as one after the other. Each has a natural key: writing it twice is the same as once.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The user's row; the newest of a batch wins.
    Account(Box<Account>),
    /// A line is owed to a user. Key: the user and the line.
    Owed {
        /// To whom.
        user: UserId,
        /// What.
        owed: Owed,
    },
    /// It has left, or holds no more.
    NotOwed {
        /// To whom.
        user: UserId,
        /// What.
        notice: Notice,
    },
    /// The pair ends: both members become free. Key: the pair.
    EndPair {
        /// Which.
        pair: PairId,
        /// When.
        at: Millis,
        /// Why.
        cause: EndCause,
    },
    /// Message map rows. Key: pair, side, source.
    Mapped {
        /// Which pair.
        pair: PairId,
        /// When.
        at: Millis,
        /// The rows.
        rows: Vec<MapRow>,
    },
    /// A relayed message for the history; the store encrypts it. Key: pair, side, message id, edit
    /// number.
    History(HistoryRow),
    /// A rating of a partner. Key: pair, rater; the newest wins.
    Rated {
        /// Of which chat.
        pair: PairId,
        /// Who rates.
        by: UserId,
        /// Who is rated.
        of: UserId,
        /// Up or down.
        up: bool,
        /// When.
        at: Millis,
    },
    /// Someone is not to be met again, ever. Key: both.
    Blocked {
        /// By whom.
        by: UserId,
        /// Who.
        of: UserId,
        /// When.
        at: Millis,
    },
    /// A report. The store snapshots the evidence (the pair's newest history) in the same
    /// transaction. Key: pair, reporter.
    Reported {
        /// Of which chat.
        pair: PairId,
        /// Who reports.
        by: UserId,
        /// Who is reported.
        of: UserId,
        /// Why.
        reason: ReportReason,
        /// When.
        at: Millis,
    },
    /// An update that cannot be handled. Key: journal position. The raw update is encrypted at
    /// rest.
    DeadLetter {
        /// Its position.
        seq: Seq,
        /// Telegram's id of it.
        update_id: i64,
        /// Whose.
        user: UserId,
        /// When.
        at: Millis,
        /// What failed; never the user's words.
        error: String,
        /// The update.
        raw: Arc<str>,
    },
    /// Everything about the user goes, their history key first (I14). Reports against them stay
    /// while open, and a ban stays.
    Erase {
        /// Whom.
        user: UserId,
    },
}

/// A relayed message as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRow {
    /// In which pair.
    pub pair: PairId,
    /// Who sent it (side and user).
    pub from: (Side, UserId),
    /// Its id in the sender's chat.
    pub message: MessageId,
    /// 0 for the message itself; its edits have numbers that grow, and the same ones when they are
    /// handled again. With pair, sender and message this names the row: written twice it is there
    /// once.
    pub edit: i32,
    /// JSON of the rebuilt `Payload`.
    pub payload: Box<str>,
    /// When.
    pub at: Millis,
}

/// Where a file of an export begins: behind the last message of the file before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportFrom {
    /// Which file it is, from 0.
    pub file: u32,
    /// The store's name for the last message before; none: with the first.
    pub after: Option<(i64, i32, i32, i64)>,
}

/// One file of an export.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportFile {
    /// A JSON document.
    pub json: Vec<u8>,
    /// Where the next one begins; none: this is the last.
    pub next: Option<ExportFrom>,
}

/// Why the store did not answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// Not reachable, too slow, shutting down: trying again may help.
    #[error("the store is not reachable: {0}")]
    Unavailable(String),
    /// The statement is at fault: trying again does not help.
    #[error("the store refused: {0}")]
    Refused(String),
}

/// The database.
pub trait Store: Send + Sync {
    /// Rows and live pairs of these users, in the order asked for; none for one who is not known.
    /// On `Refused` the caller asks one by one, so that a row that cannot be read costs only
    /// itself.
    fn load_users(&self, users: Vec<UserId>) -> PortFuture<'_, Result<Vec<Option<Loaded>>, StoreError>>;
    /// One of them.
    fn load(&self, user: UserId) -> PortFuture<'_, Result<Option<Loaded>, StoreError>> {
        Box::pin(async move { Ok(self.load_users(vec![user]).await?.pop().flatten()) })
    }
    /// Writes a batch in one transaction. On `Refused` nothing of it is written; the caller then
    /// writes one by one to find the culprit.
    fn write(&self, batch: Arc<[Write]>) -> PortFuture<'_, Result<(), StoreError>>;
    /// Opens pairs, each by itself: the primary key of `active_pair_member` decides (I1).
    fn open_pairs(&self, proposals: Vec<Proposal>) -> PortFuture<'_, Result<Vec<Opened>, StoreError>>;
    /// Pairs with their newest message map rows, at most `newest` of each, and the row that is
    /// asked for, in the order asked for; as `load_users`.
    fn load_pairs(
        &self,
        pairs: Vec<AskedPair>,
        newest: u32,
    ) -> PortFuture<'_, Result<Vec<PairRecord>, StoreError>>;
    /// One of them.
    fn load_pair(&self, pair: PairId, newest: u32) -> PortFuture<'_, Result<PairRecord, StoreError>> {
        Box::pin(async move {
            let asked = AskedPair { pair, message: None };
            let one = self.load_pairs(vec![asked], newest).await?.pop();
            one.ok_or_else(|| StoreError::Refused("no answer for a pair".to_owned()))
        })
    }
    /// Users whose sessions must be woken at start: those who are searching, those whose phase and
    /// live pair contradict each other, and those who are owed a line. Ordered by how long they
    /// have waited.
    fn unsettled(&self) -> PortFuture<'_, Result<Vec<UserId>, StoreError>>;
    /// All that is kept of a user, in the user's own terms and with nothing of partners, file by
    /// file: each is a JSON document of about `max_bytes` at most (one message more, at worst), and
    /// says where the next one goes on. Holds one connection for the time of one file, and no more
    /// in memory than that file.
    fn export(
        &self,
        user: UserId,
        from: ExportFrom,
        max_bytes: usize,
    ) -> PortFuture<'_, Result<ExportFile, StoreError>>;
    /// Drops what is past its time, until nothing of it is left, and makes room for what comes;
    /// works slowly enough to disturb nobody, so it may take hours. Can be given up at any moment.
    /// Returns the number of rows that were dropped one by one.
    fn expire(&self, now: Millis) -> PortFuture<'_, Result<u64, StoreError>>;
    /// A round trip.
    fn ping(&self) -> PortFuture<'_, Result<(), StoreError>>;
}
