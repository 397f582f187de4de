//! Durable work that takes seconds to minutes: where it is kept, and how nodes tell each other of
//! it.

use super::future::PortFuture;
use super::store::StoreError;
use nameless_domain::ids::{MessageId, UserId};
use std::sync::Arc;
use std::time::Duration;

/// A job's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

/// The right to carry a job out. The attempt is its fencing token: each claim raises it, and what
/// comes under an earlier one changes nothing (I20).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hold {
    /// Which job.
    pub job: JobId,
    /// Which attempt at it, from 1.
    pub attempt: u16,
}

/// How long a job may wait and be carried out in all, unless said otherwise.
const WITHIN: Duration = Duration::from_secs(7 * 86_400);

/// Work to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Names the cause, such as `companion:turn:UPDATE_ID`: the same key again adds nothing for as
    /// long as the first job's row is kept. It is made of what is known before the update is in the
    /// journal, so not of a position there.
    pub key: Arc<str>,
    /// Who carries it out.
    pub lane: &'static str,
    /// Whose it is: for fairness, and for export and erasure. Such a job is added only if the user
    /// is known.
    pub user: Option<UserId>,
    /// Within its lane higher goes first, whoever waits.
    pub priority: i16,
    /// What the worker is given. The store seals it, under the user's key where there is a user.
    pub payload: Arc<[u8]>,
    /// Not to begin before that is over.
    pub delay: Duration,
    /// If it has not come to an end by then, it fails.
    pub within: Duration,
}

impl NewJob {
    /// A job of nobody's that may begin at once.
    pub fn new(lane: &'static str, key: impl Into<Arc<str>>, payload: impl Into<Arc<[u8]>>) -> NewJob {
        let (key, payload) = (key.into(), payload.into());
        NewJob { key, lane, user: None, priority: 0, payload, delay: Duration::ZERO, within: WITHIN }
    }

    /// The same as a user's.
    pub fn of(self, user: UserId) -> NewJob {
        NewJob { user: Some(user), ..self }
    }
}

/// What became of a [`NewJob`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is in the table.
    New,
    /// Its key was there before.
    Before,
    /// Its user is not known (any more).
    NoUser,
}

/// A request for work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Of which lane.
    pub lane: &'static str,
    /// For how long the holder may go without a heartbeat.
    pub lease: Duration,
    /// So many at most.
    pub most: usize,
}

/// A job that the claimer holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The right to carry it out.
    pub hold: Hold,
    /// Its cause.
    pub key: Arc<str>,
    /// Its lane.
    pub lane: String,
    /// Whose it is.
    pub user: Option<UserId>,
    /// What was given.
    pub payload: Arc<[u8]>,
}

/// For how long an ended job is kept, and whether somebody is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// The end is owed to somebody until it is marked as delivered.
    pub owed: bool,
    /// The row goes that long after the end, told or not.
    pub ttl: Duration,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a result.
    Completed(Arc<[u8]>, Keeping),
    /// In vain, for good. The reason holds ids and numbers, never a user's words.
    Failed(Arc<str>, Keeping),
    /// In vain; to be tried again after this.
    Again(Arc<str>, Duration),
}

/// An attempt's end on its way to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEnd {
    /// Whose.
    pub hold: Hold,
    /// The job's cause: the result is sealed for it.
    pub key: Arc<str>,
    /// The job's user.
    pub user: Option<UserId>,
    /// How.
    pub how: Ending,
}

/// What a lane does about jobs that nobody holds any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneRule {
    /// Its name.
    pub lane: &'static str,
    /// Attempts at one job in all.
    pub attempts: u16,
    /// What is kept of those that fail.
    pub keeping: Keeping,
}

/// A look at what lies about: leases that ran out, jobs that may begin by now or are too late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tidy {
    /// The caller begins: what is held under its name, it has forgotten.
    pub fresh: bool,
    /// Jobs that the caller knows it holds. Others under its name it was given in an answer that
    /// got lost: it is given them again, under the attempt that nobody has begun.
    pub known: Vec<JobId>,
}

/// An ended job whose end is owed to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedJob {
    /// Which.
    pub job: JobId,
    /// Its cause.
    pub key: Arc<str>,
    /// Its lane.
    pub lane: String,
    /// Whose it is.
    pub user: Option<UserId>,
    /// What was given.
    pub payload: Arc<[u8]>,
    /// The result, or why there is none.
    pub outcome: Result<Arc<[u8]>, Arc<str>>,
    /// Messages that it was told by, before whoever told it was gone.
    pub sent: Vec<MessageId>,
    /// How often it was read to be told.
    pub told: u16,
}

/// A look at what is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Behind this one.
    pub after: JobId,
    /// So many at most.
    pub most: usize,
}

/// All that gathered. One transaction, in the order of the fields: a commit is what a job costs
/// most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobBatch {
    /// Ends that were told.
    pub delivered: Vec<JobId>,
    /// Messages by which ends were told.
    pub sent: Vec<(JobId, Vec<MessageId>)>,
    /// Ends of attempts.
    pub ends: Vec<JobEnd>,
    /// Causes that are no more: their jobs are cancelled.
    pub cancels: Vec<Arc<str>>,
    /// Holders that live, each with its lease from now on.
    pub beats: Vec<(Hold, Duration)>,
    /// New jobs.
    pub adds: Vec<NewJob>,
    /// If what lies about is to be looked at, for `rules`.
    pub tidy: Option<Tidy>,
    /// The lanes that are carried out here.
    pub rules: Arc<[LaneRule]>,
    /// Requests for work, each lane once. Who was served least goes first: a job stands where it
    /// would if each other job of its user's, waiting or under way, took an hour.
    pub claims: Vec<Claim>,
    /// Ends that are to be told: read, and counted.
    pub tell: Vec<JobId>,
    /// If what is owed is to be looked for.
    pub look: Option<Look>,
}

/// What became of a [`JobBatch`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobAnswer {
    /// For each of the ends whether it counts. One that does not came under a hold that was lost.
    pub ends: Vec<bool>,
    /// For each of the cancels whether there was anything to cancel.
    pub cancels: Vec<bool>,
    /// Those of the beats whose hold was lost: cancelled, erased, or held by another.
    pub lost: Vec<Hold>,
    /// For each of the adds what became of it.
    pub adds: Vec<Added>,
    /// How long until the next job may begin, of those that are delayed.
    pub next: Option<Duration>,
    /// What the caller holds now, in the order in which to begin.
    pub claimed: Vec<ClaimedJob>,
    /// Lanes that had fewer than were asked for.
    pub dry: Vec<&'static str>,
    /// Those of `tell` that are still owed.
    pub tell: Vec<OwedJob>,
    /// What is owed: whose, by number.
    pub owed: Vec<(JobId, Option<UserId>)>,
}

/// Keeps jobs. Everything in a batch has a natural key or a fencing token: a batch whose answer was
/// lost may come again as it is, but for its claims.
pub trait JobStore: Send + Sync {
    /// Carries all of it out, or nothing.
    fn carry_out(&self, batch: Arc<JobBatch>) -> PortFuture<'_, Result<JobAnswer, StoreError>>;
    /// The name under which jobs are held.
    fn holder(&self) -> i64;
    /// What is not done, by lane, for who watches.
    fn open(&self) -> PortFuture<'_, Result<Vec<OpenLane>, StoreError>>;
}

/// What is not done in a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLane {
    /// Its name.
    pub lane: String,
    /// Waits to begin; what may not begin yet is counted as well.
    pub waiting: u64,
    /// Is held by a node.
    pub running: u64,
    /// Since when the oldest that might have begun is there.
    pub oldest: Duration,
}

/// What one node tells the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// Jobs wait in this lane.
    Waiting(String),
    /// An end is owed to somebody who lives elsewhere.
    Owed,
}

/// The way between the nodes. A hint: each of them also looks by itself.
pub trait JobWakes: Send + Sync {
    /// Tells the others. Does not wait; may be lost.
    fn tell(&self, word: Word);
    /// Waits for what others tell. Never fails: it waits on.
    fn heard(&self) -> PortFuture<'_, Vec<Word>>;
}
