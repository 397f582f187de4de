//! What the jobs actor is told. None of it waits for room: what is added is bounded by the updates
//! whose tickets it carries, the rest by what is under way. What is beyond the bulkheads waits in
//! the table.

use super::room::Taken;
use super::turn::Done;
use crate::kernel::ticket::Tickets;
use crate::ports::{Added, ClaimedJob, NewJob, Word};
use actix::Message;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Sent by sessions and capabilities: keep these jobs, all or none of them. The tickets are done
/// and the answer given when they are in the table. Refused by the store, both are dropped: the
/// update comes again, and ends as a dead letter.
#[derive(Message)]
#[rtype(result = "()")]
pub struct AddJobs {
    /// What.
    pub jobs: Vec<NewJob>,
    /// For what update.
    pub tickets: Tickets,
    /// Takes what became of each.
    pub reply: Option<oneshot::Sender<Vec<Added>>>,
}

/// Sent by capabilities that have added jobs in a transaction of their own: there is work in this
/// lane.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Wake {
    /// Which.
    pub lane: &'static str,
}

/// Sent by capabilities that have kept a job as held by this node: it is begun now. Dropped, it is
/// found by the next look.
#[derive(Message)]
#[rtype(result = "()")]
pub struct HandOver {
    /// The place that was taken for it.
    pub taken: Taken,
    /// It.
    pub job: ClaimedJob,
}

/// Sent by whoever no longer wants a job. Answered with whether there was anything to cancel.
#[derive(Message)]
#[rtype(result = "()")]
pub struct CancelJob {
    /// The job's cause.
    pub key: Arc<str>,
    /// Takes the answer.
    pub reply: oneshot::Sender<bool>,
}

/// Sent at the end of a drain: begin nothing and tell nothing more. Answered when what was told
/// before is in the store, and those who stop by themselves have.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Close {
    /// Takes the answer.
    pub reply: oneshot::Sender<()>,
}

/// From workers and receipts: something lies in the inbox.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Poke;

/// From its listener: other nodes told this.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Heard(pub Vec<Word>);

/// To itself: a turn is over.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct TurnDone(pub Option<Done>);
