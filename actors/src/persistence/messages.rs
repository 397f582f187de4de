//! What the persistence actor is told and asked.

use crate::kernel::ticket::Tickets;
use crate::ports::{AskedPair, ExportFile, ExportFrom, Loaded, Opened, PairRecord, Proposal, Write};
use actix::Message;
use nameless_domain::ids::{PairId, UserId};
use tokio::sync::oneshot;

/// Sent by everybody: keep these, in this order. The tickets are finished when all are kept.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Keep {
    /// What.
    pub writes: Vec<Write>,
    /// For what update.
    pub tickets: Tickets,
}

impl Keep {
    /// Keeps one thing.
    pub fn one(write: Write, tickets: Tickets) -> Keep {
        Keep { writes: vec![write], tickets }
    }
}

/// Sent by the matchmaker: open a pair if both are free. Answered once decided.
#[derive(Message)]
#[rtype(result = "()")]
pub struct OpenPair {
    /// Which two.
    pub proposal: Proposal,
    /// Takes the answer.
    pub reply: oneshot::Sender<Opened>,
}

/// Sent by sessions: load a user, with everything kept before this message. Waits as long as it
/// takes.
#[derive(Message)]
#[rtype(result = "()")]
pub struct LoadUser {
    /// Whom.
    pub user: UserId,
    /// Takes the answer.
    pub reply: oneshot::Sender<Option<Loaded>>,
}

/// Sent by relays: load a pair, with everything kept before this message. Waits as long as it
/// takes.
#[derive(Message)]
#[rtype(result = "()")]
pub struct LoadPair {
    /// Which, and what is asked of it.
    pub asked: AskedPair,
    /// Takes the answer.
    pub reply: oneshot::Sender<PairRecord>,
}

/// Sent by the matchmaker and at start: who must be woken, with everything kept before this
/// message.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ListUnsettled {
    /// Takes the answer.
    pub reply: oneshot::Sender<Vec<UserId>>,
}

/// Sent by sessions: a file with all that is kept of a user, with everything kept before this
/// message.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ExportUser {
    /// Whom.
    pub user: UserId,
    /// Where the file begins.
    pub from: ExportFrom,
    /// Takes the answer; none if the store could not be read.
    pub reply: oneshot::Sender<Option<ExportFile>>,
}

/// Answered when everything told before has been kept; or all of it that is one person's own.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Flush {
    /// Whose. None, as at the end of a drain: all.
    pub of: Option<UserId>,
    /// Takes the answer.
    pub reply: oneshot::Sender<()>,
}

/// To itself: a batch is done.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct BatchDone {
    /// What its writes were about.
    pub touched: Vec<(Option<UserId>, Option<PairId>)>,
}

/// To itself: the writes before these loads are in the store.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct LetThrough {
    /// The loads.
    pub loads: super::loads::Waiting,
}

/// To itself: some loads are over.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct LoadsDone;

/// Panics inside the guard, as asked by a test or the demo.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Crash;
