//! The outside world as the actors see it. Adapters live in the root crate; tests bring their own.

use crate::kernel::ticket::Accepted;
use nameless_domain::ids::{MessageId, PairId, Seq, UserId};
use nameless_domain::matching::Seeker;
use nameless_domain::outgoing::Outgoing;
use nameless_domain::profile::Interests;
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::account::Account;
use nameless_domain::session::feedback::ReportReason;
use nameless_domain::session::notice::Notice;
use nameless_domain::text::{Button, Lang, Msg};
use nameless_domain::time::Millis;
use nameless_domain::update::Update;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A future of a port: boxed, as ports are used behind `dyn`.
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The wall clock; tests bring one that they move themselves.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Millis;
}

/// Localised texts.
pub trait Texts: Send + Sync {
    /// A text of the bot as Telegram's HTML.
    fn html(&self, lang: Lang, msg: &Msg) -> String;
    /// A button's label (plain text, with its tick if chosen).
    fn label(&self, lang: Lang, button: &Button) -> String;
    /// A short plain text (toast of a pressed button).
    fn plain(&self, lang: Lang, msg: &Msg) -> String;
}

/// Reads raw updates; the first allowlist, as it parses nothing else.
pub trait Decoder: Send + Sync {
    /// The update if it is one of a user in a private chat, else none.
    fn decode(&self, raw: &str) -> Option<Update>;
}

// ---------------------------------------------------------------- Bot API

/// What a call to Telegram gave back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    /// Ids of the messages made, in order; empty for calls that make none.
    pub messages: Vec<MessageId>,
}

/// Why a call to Telegram failed, in terms of what may be done next.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SendError {
    /// 429. Definitely unsent; this chat must wait.
    #[error("told to wait {0:?}")]
    RetryAfter(Duration),
    /// The user blocked the bot, was deactivated, or the chat does not exist.
    #[error("the chat is gone")]
    Gone,
    /// A 4xx that trying again does not mend. The description is Telegram's, never a user's words.
    #[error("refused: {0}")]
    Refused(String),
    /// A file cannot be given a neutral name because it is too large to be read.
    #[error("the file is too large")]
    TooLarge,
    /// Definitely not sent (connection refused, name not found): safe to try again.
    #[error("not sent: {0}")]
    Unsent(String),
    /// Written, but no answer or a 5xx: it may or may not have been sent.
    #[error("unknown whether sent: {0}")]
    Ambiguous(String),
}

/// Telegram, or a server that speaks its Bot API.
pub trait BotApi: Send + Sync {
    /// Makes one call. Has a timeout of its own.
    fn call(&self, out: Arc<Outgoing>) -> PortFuture<'_, Result<Sent, SendError>>;
}

// ---------------------------------------------------------------- Journal

/// An update that was accepted before a crash and is not done.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// Its position.
    pub seq: Seq,
    /// The update as it came in.
    pub raw: Arc<str>,
    /// If its relay had already left: the ids it got in the partner's chat. It must not be sent again.
    pub sent: Option<Vec<MessageId>>,
}

/// The result of [`Journal::append`].
pub struct Appended<'a> {
    /// Position of each entry, in order; none for an `update_id` that was seen before (I3).
    pub seqs: Vec<Option<Seq>>,
    /// Resolves when the entries would survive kill -9 and loss of power. Only then may the updates be
    /// acknowledged to Telegram.
    pub durable: PortFuture<'a, Result<(), JournalError>>,
}

/// The result of [`Journal::reopen`].
pub enum Reopened<'a> {
    /// It is accepted anew; resolves when that would survive kill -9 and loss of power.
    Accepted(PortFuture<'a, Result<(), JournalError>>),
    /// This wish was granted before, maybe by a former life; resolves when that is on disk.
    Before(PortFuture<'a, Result<(), JournalError>>),
    /// It is not finished yet from the last time.
    UnderWay,
}

/// Why the journal did not take something.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum JournalError {
    /// As many bytes of unfinished updates as configured: stop acknowledging.
    #[error("the journal is full; updates stay with Telegram until it drains")]
    Full,
    /// The disk failed.
    #[error("the journal cannot be written: {0}")]
    Io(String),
}

/// The write-ahead log of accepted updates.
pub trait Journal: Send + Sync {
    /// Accepts updates in order: `(update_id, raw JSON)`. Positions are known at once; durability comes later.
    fn append(&self, entries: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError>;
    /// Accepts an update that was finished once more, under the position it had: so whoever handles it knows what
    /// came after it. For dead letters. `wish` is a negative number of this wish's own; the same wish is granted
    /// once within the time for which the journal knows update ids (I3).
    fn reopen(&self, seq: Seq, wish: i64, raw: Arc<str>) -> Result<Reopened<'_>, JournalError> {
        let _ = (seq, wish, raw);
        Err(JournalError::Io("this journal takes no update a second time".into()))
    }
    /// Notes that the relay of `seq` has left, with the ids it got. Does not wait.
    fn sent(&self, seq: Seq, copies: &[MessageId]);
    /// Notes that every effect of `seq` has happened. Does not wait.
    fn done(&self, seq: Seq);
    /// The last position given out.
    fn last(&self) -> Seq;
    /// Takes what a former life left unfinished, in order of acceptance. Empty when called again.
    fn recover(&self) -> Vec<Recovered>;
    /// Waits until everything noted so far is on disk.
    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>>;
}

// ---------------------------------------------------------------- Peers

/// What one node tells another of a user whose session lives there. A hint: the truth is in the store, and a node
/// that never hears it finds it there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum PeerEvent {
    /// A pair was opened.
    PairOpened {
        /// Which.
        pair: PairId,
        /// The other member.
        partner: UserId,
        /// Topics that both like.
        common: Interests,
    },
    /// The partner, or the system, ended the pair: nothing more goes from here to the partner (I4).
    PairClosed {
        /// Which.
        pair: PairId,
        /// Why.
        cause: EndCause,
        /// The other member.
        partner: UserId,
    },
    /// The partner's messages have arrived: replies and reactions to them can be threaded.
    Mapped {
        /// In which pair.
        pair: PairId,
        /// Their rows.
        rows: Vec<MapRow>,
    },
    /// Telegram says that this user cannot be reached any more.
    Unreachable,
    /// The store knows better than the session: it is to look there.
    Recall,
}

/// What is to be done with an accepted update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its user lives here: handle it.
    Here,
    /// It was sent on to the node where its user lives.
    Elsewhere,
    /// It was taken before (I3).
    Before,
}

/// The other nodes of a cluster. A user's session, their half of a pair and what they send live on one node, the
/// owner of the user's partition.
pub trait Peers: Send + Sync {
    /// Takes an accepted update for its user, or sends it on.
    fn take(&self, accepted: &Accepted) -> Taken;
    /// Whether the user lives here.
    fn is_mine(&self, user: UserId) -> bool;
    /// The journal's position when the user came to live here: what is at or before it was accepted for a former life.
    fn born(&self, user: UserId) -> Seq;
    /// Tells the node where the user lives. Does not wait.
    fn tell(&self, user: UserId, event: PeerEvent);
}

// ---------------------------------------------------------------- Store

/// A live pair as the store knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct LivePair {
    /// Which.
    pub pair: PairId,
    /// Members in the order of [`Side::A`], [`Side::B`].
    pub members: [UserId; 2],
    /// When it was opened.
    pub opened: Millis,
}

/// A user as loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The row.
    pub account: Account,
    /// The live pair the user is in. It, and not the account's phase, is the truth (I1): they differ when
    /// a crash came between the two writes.
    pub live: Option<LivePair>,
    /// What the engine has to tell the user and, as far as the store knows, has not yet.
    pub owed: Vec<Owed>,
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

/// A pair with its message map, for a relay that was restarted.
#[derive(Clone, Debug, PartialEq)]
pub struct PairRecord {
    /// The pair; none if it has ended or never was.
    pub live: Option<LivePair>,
    /// Its members, also after its end; none for one who is not known (any more).
    pub members: [Option<UserId>; 2],
    /// Its message map, oldest first; bounded to the newest `Rules::map_per_pair` rows.
    pub map: Vec<MapRow>,
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

/// One write. Writes of one batch happen in one transaction, in an order that gives the same outcome as
/// one after the other. Each has a natural key: writing it twice is the same as once.
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
    /// A relayed message for the history; the store encrypts it. Key: pair, side, message id, edit number.
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
    /// A report. The store snapshots the evidence (the pair's newest history) in the same transaction.
    /// Key: pair, reporter.
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
    /// An update that cannot be handled. Key: journal position. The raw update is encrypted at rest.
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
    /// Everything about the user goes, their history key first (I14). Reports against them stay while open,
    /// and a ban stays.
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
    /// 0 for the message itself; its edits have numbers that grow, and the same ones when they are handled again.
    /// With pair, sender and message this names the row: written twice it is there once.
    pub edit: i32,
    /// JSON of the rebuilt `Payload`.
    pub payload: Box<str>,
    /// When.
    pub at: Millis,
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
    /// The user's row and live pair.
    fn load(&self, user: UserId) -> PortFuture<'_, Result<Option<Loaded>, StoreError>>;
    /// Writes a batch in one transaction. On `Refused` nothing of it is written; the caller then writes one by
    /// one to find the culprit.
    fn write(&self, batch: Vec<Write>) -> PortFuture<'_, Result<(), StoreError>>;
    /// Opens pairs, each by itself: the primary key of `active_pair_member` decides (I1).
    fn open_pairs(&self, proposals: Vec<Proposal>) -> PortFuture<'_, Result<Vec<Opened>, StoreError>>;
    /// A pair with its newest message map rows.
    fn load_pair(&self, pair: PairId, newest: u32) -> PortFuture<'_, Result<PairRecord, StoreError>>;
    /// Users whose sessions must be woken at start: those who are searching, those whose phase and live
    /// pair contradict each other, and those who are owed a line. Ordered by how long they have waited.
    fn unsettled(&self) -> PortFuture<'_, Result<Vec<UserId>, StoreError>>;
    /// All that is kept of a user, as one JSON document in the user's own terms; nothing of partners.
    fn export(&self, user: UserId) -> PortFuture<'_, Result<serde_json::Value, StoreError>>;
    /// Drops what is past its time: message maps, history, expired avoidances; makes room for what comes. Returns the
    /// number of rows that were dropped one by one.
    fn expire(&self, now: Millis) -> PortFuture<'_, Result<u64, StoreError>>;
    /// A round trip.
    fn ping(&self) -> PortFuture<'_, Result<(), StoreError>>;
}

// ---------------------------------------------------------------- Queue

/// A wish on its way to the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Number of the request. The same again (its answer was lost) is answered the same without happening twice. Of
    /// one user a node makes one request at a time, each with a higher number.
    pub number: u64,
    /// Who seeks whom. If the user waits already, this replaces the wish, and the place stays.
    pub seeker: Seeker,
    /// For how long the wish stands unless it is stated again.
    pub stands: Duration,
    /// The pair they were proposed for came to nothing: they get their place back, never [`Sought::Full`], and
    /// nothing changes if they wait already.
    pub returned: bool,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Sought {
    /// Both have left the queue.
    Matched {
        /// Since when the one who sought has waited: the place to return to.
        since: Millis,
        /// The other one.
        partner: Box<Seeker>,
        /// For how long the other one's wish still stands.
        stands: Duration,
    },
    /// They wait.
    Waiting,
    /// Nobody fits and too many wait.
    Full,
    /// Only for one who is returned: they have stopped looking meanwhile.
    Gone,
}

/// Why the queue did not answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueueError {
    /// Not reachable or too slow: the same request again may help; nobody knows whether it happened.
    #[error("the queue is not reachable: {0}")]
    Unavailable(String),
    /// It has lost everybody and begins anew, without this request: everyone who searches has to state their wish
    /// again. The next request finds the new queue.
    #[error("the queue has lost everybody")]
    Reset,
    /// The request is at fault: trying again does not help.
    #[error("the queue refused: {0}")]
    Refused(String),
}

/// Everyone who waits, shared by several nodes. It proposes; the store decides (I1).
pub trait Queue: Send + Sync {
    /// A partner for a seeker, or a place.
    fn seek(&self, wish: Wish) -> PortFuture<'_, Result<Sought, QueueError>>;
    /// Ends a user's search; says whether they waited. `number` as in [`Wish`].
    fn cancel(&self, number: u64, user: UserId) -> PortFuture<'_, Result<bool, QueueError>>;
    /// Takes out those whose wish no longer stands, a bounded number at a time; says how many.
    fn expire(&self) -> PortFuture<'_, Result<u64, QueueError>>;
    /// A round trip.
    fn ping(&self) -> PortFuture<'_, Result<(), QueueError>>;
}
