//! What others hold of the jobs: the way to the actor, whichever one is at work now.

use super::common::{Common, Setup};
use super::messages::{AddJobs, CancelJob, Close, HandOver, Poke, Wake};
use super::room::Taken;
use super::{Jobs, meters::JobMeters};
use crate::kernel::directory::Place;
use crate::kernel::ticket::Tickets;
use crate::kernel::watched::{Exit, On, spawn_on};
use crate::ports::{Added, ClaimedJob, NewJob, OpenLane, Peers, StoreError};
use crate::tell;
use nameless_domain::ids::Seq;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The jobs as others use them. Cheap to clone.
#[derive(Clone)]
pub struct JobsHandle {
    common: Arc<Common>,
    place: Arc<Place<Jobs>>,
}

impl JobsHandle {
    /// Jobs beside an engine: its peers say who lives here, its journal where a telling stands
    /// among the updates.
    pub fn new(
        setup: Setup,
        peers: Option<Arc<dyn Peers>>,
        last: impl Fn() -> Seq + Send + Sync + 'static,
    ) -> JobsHandle {
        let place: Arc<Place<Jobs>> = Arc::default();
        let actor = place.clone();
        let poke = move || _ = tell!(actor, Poke);
        JobsHandle { common: Arc::new(Common::new(setup, peers, last, poke)), place }
    }

    /// Starts an actor, in place of one that is gone; `watch` is called at its end.
    pub fn start(&self, on: &On, watch: impl FnOnce(Exit) + Send + 'static) {
        let common = self.common.clone();
        self.place.set(spawn_on(on, move || Jobs::new(common), watch));
    }

    /// Adds jobs, all or none of them. The tickets are done when they are in the table.
    pub fn add(&self, jobs: Vec<NewJob>, tickets: Tickets) {
        tell!(self.place, AddJobs { jobs, tickets, reply: None });
    }

    /// Adds jobs and says what became of each; none if that is not known, as the actor died
    /// meanwhile.
    pub async fn added(&self, jobs: Vec<NewJob>) -> Option<Vec<Added>> {
        let (reply, answer) = oneshot::channel();
        tell!(self.place, AddJobs { jobs, tickets: Tickets::new(), reply: Some(reply) });
        answer.await.ok()
    }

    /// Jobs of this lane were added beside the actor, in a transaction of a capability's.
    pub fn wake(&self, lane: &'static str) {
        tell!(self.place, Wake { lane });
    }

    /// A place for a job of this lane that is kept as held in a transaction of a capability's; none
    /// where the lane is full, or others wait: then it is added, and the actor woken.
    pub fn take(&self, lane: &'static str) -> Option<Taken> {
        Taken::new(&self.common, lane)
    }

    /// Begins a job that was kept as held, for which a place was taken before.
    pub fn hand_over(&self, taken: Taken, job: ClaimedJob) {
        tell!(self.place, HandOver { taken, job });
    }

    /// Cancels the job of this cause, waiting or under way: nobody is told of its end. False if
    /// there is none, or none any more; none if that is not known.
    pub async fn cancel(&self, key: Arc<str>) -> Option<bool> {
        let (reply, answer) = oneshot::channel();
        tell!(self.place, CancelJob { key, reply });
        answer.await.ok()
    }

    /// From now on nothing is begun and nothing told. Returns when all that was added is in the
    /// table and all that was being told is marked. What is under way goes on until the process
    /// ends, and is begun anew elsewhere.
    pub async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        tell!(self.place, Close { reply });
        let _ = answer.await;
    }

    /// What is not done, by lane, on all nodes. A query: for who watches, not for the engine.
    pub async fn open(&self) -> Result<Vec<OpenLane>, StoreError> {
        self.common.setup.store.open().await
    }

    /// Counters.
    pub fn meters(&self) -> &JobMeters {
        &self.common.meters
    }

    /// Where the actor is, for tests that end it.
    #[doc(hidden)]
    pub fn place(&self) -> &Place<Jobs> {
        &self.place
    }
}
