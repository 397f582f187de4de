//! What the jobs are made of, and what outlives their actor.

use super::lane::JobLane;
use super::meters::JobMeters;
use super::room::Rooms;
use super::running::Outcome;
use crate::kernel::lock;
use crate::kernel::ticket::{Receipt, Ticket};
use crate::ports::{Anchor, Hold, JobId, JobStore, JobWakes, OwedJob, Peers};
use nameless_domain::ids::{MessageId, Seq, UserId};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// What jobs are made of.
pub struct Setup {
    /// Where they are kept.
    pub store: Arc<dyn JobStore>,
    /// What is carried out here.
    pub lanes: Vec<JobLane>,
    /// The way to the other nodes; none where there is one.
    pub wakes: Option<Arc<dyn JobWakes>>,
    /// Who is told of ends.
    pub results: Arc<dyn Results>,
    /// How often the store is looked at by itself: for what no wake told of, and for leases that
    /// ran out.
    pub poll: Duration,
}

/// How often the store is looked at unless said otherwise.
pub const POLL: Duration = Duration::from_secs(2);

/// Tells a job's end to its user.
pub trait Results: Send + Sync {
    /// Takes an end that is owed. Called on the node where the user lives. Does not wait: it passes
    /// the ticket on. When each clone of that is done the end counts as told; if one is dropped, or
    /// the process ends, it comes again, with the messages that had left in [`Ticket::claim_sent`].
    fn take(&self, finished: FinishedJob);
}

/// A job's end on its way to its user.
#[derive(Debug)]
pub struct FinishedJob {
    /// The job's cause.
    pub key: Arc<str>,
    /// Its lane.
    pub lane: String,
    /// Whose it is.
    pub user: UserId,
    /// What the worker was given.
    pub payload: Arc<[u8]>,
    /// The result, or why there is none.
    pub outcome: Result<Arc<[u8]>, Arc<str>>,
    /// Stands for the telling.
    pub ticket: Ticket,
}

/// What outlives the actor.
pub(super) struct Common {
    pub(super) setup: Setup,
    peers: Option<Arc<dyn Peers>>,
    /// The journal's last position.
    last: Box<dyn Fn() -> Seq + Send + Sync>,
    /// Wakes the actor, whichever one is at work now.
    poke: Box<dyn Fn() + Send + Sync>,
    inbox: Mutex<Inbox>,
    pub(super) rooms: Rooms,
    pub(super) meters: JobMeters,
    /// True once nothing more is begun: the process ends.
    pub(super) closing: watch::Sender<bool>,
}

/// What is told from outside of the actor, and waits for its next turn.
#[derive(Default)]
pub(super) struct Inbox {
    /// Attempts that have ended, and how.
    pub(super) ended: Vec<(Hold, Outcome)>,
    /// Ends that were told.
    pub(super) delivered: Vec<JobId>,
    /// Messages by which ends were told.
    pub(super) sent: FxHashMap<JobId, Vec<MessageId>>,
    /// Ends whose telling got lost, and when to try again.
    pub(super) lost: Vec<(JobId, Instant)>,
    /// Ends that are being told, or were and are not yet marked so: nobody else is to tell them.
    /// Their users stay on this node for so long.
    pub(super) handed: FxHashMap<JobId, Anchor>,
}

impl Common {
    /// Nothing is under way yet. `last` says where the journal stands, `poke` wakes the actor.
    pub(super) fn new(
        setup: Setup,
        peers: Option<Arc<dyn Peers>>,
        last: impl Fn() -> Seq + Send + Sync + 'static,
        poke: impl Fn() + Send + Sync + 'static,
    ) -> Common {
        Common {
            rooms: Rooms::new(&setup.lanes),
            setup,
            peers,
            last: Box::new(last),
            poke: Box::new(poke),
            inbox: Mutex::default(),
            meters: JobMeters::default(),
            closing: watch::Sender::new(false),
        }
    }

    pub(super) fn is_mine(&self, user: UserId) -> bool {
        self.peers.as_ref().is_none_or(|peers| peers.is_mine(user))
    }

    /// Keeps a user here while they are told of an end; none where another node is to tell them,
    /// now or soon.
    pub(super) fn anchor(&self, user: UserId) -> Option<Anchor> {
        match &self.peers {
            Some(peers) => peers.anchor(user),
            None => Some(Anchor::default()),
        }
    }

    pub(super) fn inbox(&self) -> std::sync::MutexGuard<'_, Inbox> {
        lock(&self.inbox)
    }

    /// Something lies in the inbox.
    pub(super) fn poke(&self) {
        (self.poke)();
    }

    /// Hands an end over, unless that was done. Where its user is about to go it stays owed, and
    /// their next node finds it.
    pub(super) fn hand_over(self: &Arc<Common>, owed: OwedJob) {
        let OwedJob { job, key, lane, user, payload, outcome, sent, told } = owed;
        let Some(user) = user else { return };
        let Some(anchor) = self.anchor(user) else { return };
        if self.inbox().handed.insert(job, anchor).is_some() {
            return;
        }
        self.meters.told.add(1);
        let receipt = Box::new(Told { common: self.clone(), job, times: told });
        let ticket = Ticket::of_receipt(receipt, user, (self.last)(), sent);
        self.setup.results.take(FinishedJob { key, lane, user, payload, outcome, ticket });
    }
}

/// Keeps account of a telling.
struct Told {
    common: Arc<Common>,
    job: JobId,
    times: u16,
}

/// The first wait after a telling got lost; doubles with each time.
const TELL_AGAIN: Duration = Duration::from_millis(100);

impl Receipt for Told {
    fn sent(&self, copies: &[MessageId]) {
        self.common.inbox().sent.insert(self.job, copies.to_vec());
        self.common.poke();
    }

    fn done(&self) {
        // It stays handed until that is in the store.
        self.common.inbox().delivered.push(self.job);
        self.common.poke();
    }

    fn lost(&self, sent: Vec<MessageId>) {
        let again = Instant::now() + TELL_AGAIN * 2u32.pow(u32::from(self.times.min(6)));
        let mut inbox = self.common.inbox();
        if !sent.is_empty() {
            inbox.sent.insert(self.job, sent);
        }
        inbox.lost.push((self.job, again));
        drop(inbox);
        self.common.poke();
    }
}
