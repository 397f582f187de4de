//! Jobs: durable work that takes seconds to minutes.
//!
//! A job is a row; the store decides who holds it, and counts an end only under the attempt that
//! holds it (I20). This actor adds, claims, begins and ends the jobs of its node. What gathers
//! while a turn is under way goes with the next one, and each turn is one transaction: so a job
//! that is added where there is room is begun with the same commit that keeps it, and at many a
//! second they share commits.
//!
//! Work comes to a node by being added there, by a word of another node, and by a look at the store
//! every two seconds. A lane's bulkhead bounds what is under way; the rest waits in the table.
//!
//! An end that is owed to a user is handed to [`Results`] on the node where the user lives, with a
//! ticket. It is owed until that ticket is done, and comes again when it was dropped, or when the
//! process ended before. Its messages that had left are known then, as those of an update are.
//! Until it is marked the user's partition does not move, as while an update is under way.
//!
//! A capability that keeps a job with rows of its own may hold it from the start and hand it over
//! ([`JobsHandle::take`]): then no turn stands between its commit and its beginning.
//!
//! If the actor dies, its attempts are given up with it and begun again as the next ones; ends that
//! were told to it meanwhile lie in [`common::Common`] and are kept.

mod back;
mod common;
mod ends;
#[cfg(test)]
mod engine_tests;
mod handle;
mod handlers;
mod lane;
mod messages;
mod meters;
mod room;
mod running;
mod tellings;
#[cfg(test)]
mod tests;
mod turn;

pub use common::{FinishedJob, POLL, Results, Setup};
pub use handle::JobsHandle;
pub use lane::{Failure, Holding, Job, JobLane, Worker};
pub use messages::{AddJobs, CancelJob, Close, HandOver, Wake};
pub use meters::JobMeters;
pub use room::Taken;

use crate::ports::{Claim, ClaimedJob, Hold, JobId, LaneRule, Look, NewJob, Tidy, Word};
use crate::service::{Die, Entry, Spread};
use crate::tell;
use actix::{Actor, AsyncContext, Context, SpawnHandle};
use back::Back;
use common::Common;
use running::{Outcome, Running};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use turn::{Adding, Done, Turn};

/// The service; there is none where nothing is carried out.
pub(crate) const ENTRY: Entry = Entry::own(
    "jobs",
    Spread::Beside,
    "work waits in the table",
    |env, _, on, watch| {
        if let Some(jobs) = &env.jobs {
            jobs.start(on, watch);
        }
    },
    |env| {
        if let Some(jobs) = &env.jobs {
            tell!(jobs.place(), Die);
        }
    },
);
crate::mortal!(Jobs);

/// Jobs added, or ends told, in one turn.
const MOST_A_TURN: usize = 500;
/// Ends that are being told at a time; more stay in the store.
const MOST_TOLD: usize = 256;
/// Nobody hands a job over so long after it was kept.
const LATE: Duration = Duration::from_secs(60);
/// What is owed is looked for so many at a time.
const LOOK: usize = 500;

/// A lane and how full it is.
struct LaneState {
    lane: JobLane,
    running: usize,
    /// The store may have work for it.
    hungry: bool,
}

/// The jobs actor.
pub struct Jobs {
    common: Arc<Common>,
    lanes: Vec<LaneState>,
    rules: Arc<[LaneRule]>,
    running: FxHashMap<JobId, Running>,
    /// Jobs whose end the store does not take: theirs runs out with the lease, and they are not to
    /// be given again before.
    unkept: FxHashSet<JobId>,
    /// First attempts that a look has found, and when: whoever kept such a job as held may hand it
    /// over late.
    found: FxHashMap<Hold, Instant>,
    /// Which actor of its kind this is.
    life: u64,
    adds: VecDeque<(Vec<NewJob>, Adding)>,
    cancels: Vec<(Arc<str>, tokio::sync::oneshot::Sender<bool>)>,
    /// Ends to be read and told.
    to_tell: Vec<JobId>,
    look_after: Option<JobId>,
    tidy: bool,
    fresh: bool,
    beats: bool,
    busy: bool,
    closing: Vec<tokio::sync::oneshot::Sender<()>>,
    is_closed: bool,
    /// Set while the next delayed job is waited for.
    timer: Option<SpawnHandle>,
    listener: Option<JoinHandle<()>>,
}

impl Jobs {
    fn new(common: Arc<Common>) -> Jobs {
        let state = |lane: &JobLane| LaneState { lane: lane.clone(), running: 0, hungry: true };
        let lanes: Vec<LaneState> = common.setup.lanes.iter().map(state).collect();
        let rules = lanes.iter().map(|state| state.lane.rule()).collect();
        Jobs {
            lanes,
            rules,
            running: FxHashMap::default(),
            unkept: FxHashSet::default(),
            found: FxHashMap::default(),
            life: common.rooms.begin(),
            adds: VecDeque::new(),
            cancels: Vec::new(),
            to_tell: Vec::new(),
            look_after: Some(JobId(0)),
            tidy: true,
            fresh: true,
            beats: false,
            busy: false,
            closing: Vec::new(),
            is_closed: false,
            timer: None,
            listener: None,
            common,
        }
    }

    /// Between two looks by itself: three heartbeats fit into each lease.
    fn tick(&self) -> Duration {
        let leases = self.lanes.iter().map(|state| state.lane.lease / 3);
        leases.chain([self.common.setup.poll]).min().unwrap_or(POLL).max(Duration::from_millis(10))
    }

    fn lane(&mut self, name: &str) -> Option<&mut LaneState> {
        self.lanes.iter_mut().find(|state| state.lane.name == name)
    }

    /// Sends the next turn off unless one is under way.
    fn pump(&mut self, ctx: &mut Context<Self>) {
        if self.busy {
            return;
        }
        let turn = self.gather();
        if turn.is_empty() {
            let yielding = |running: &Running| self.lanes[running.lane].lane.yields && !running.has_ended;
            let is_over = !self.running.values().any(yielding);
            if is_over && self.adds.is_empty() && self.common.inbox().handed.is_empty() {
                self.closing.drain(..).for_each(|reply| _ = reply.send(()));
            }
            return;
        }
        self.busy = true;
        let (common, to) = (self.common.clone(), ctx.address());
        actix_rt::spawn(async move {
            let mut back = Back { to, done: None };
            back.done = Some(turn.carry_out(&common).await);
        });
    }

    fn gather(&mut self) -> Turn {
        let mut turn = Turn::default();
        self.take_inbox(&mut turn);
        let batch = &mut turn.batch;
        for (key, reply) in self.cancels.drain(..) {
            batch.cancels.push(key);
            turn.cancels.push(reply);
        }
        if std::mem::take(&mut self.beats) {
            let now = Instant::now();
            for running in self.running.values_mut().filter(|running| !running.has_ended) {
                let lease = self.lanes[running.lane].lane.lease;
                if now.duration_since(running.beat) * 3 >= lease {
                    running.beat = now;
                    batch.beats.push((running.holding.hold, lease));
                }
            }
        }
        while batch.adds.len() < MOST_A_TURN
            && let Some((jobs, adding)) = self.adds.pop_front()
        {
            for name in jobs.iter().map(|job| job.lane) {
                if let Some(state) = self.lanes.iter_mut().find(|state| state.lane.name == name) {
                    state.hungry = true;
                }
            }
            batch.adds.extend(jobs);
            turn.adding.push(adding);
        }
        // A look would find what is better begun elsewhere, and begin it.
        if std::mem::take(&mut self.tidy) && !self.is_closed {
            let known = self.running.keys().copied().chain(self.unkept.iter().copied()).collect();
            batch.tidy = Some(Tidy { fresh: self.fresh, known });
        }
        batch.rules = self.rules.clone();
        if self.is_closed {
            return turn;
        }
        for state in self.lanes.iter_mut().filter(|state| state.hungry) {
            let most = self.common.rooms.ask(state.lane.name);
            if most > 0 {
                // Who wakes it from now on may mean what this claim does not see.
                state.hungry = false;
                batch.claims.push(Claim { lane: state.lane.name, lease: state.lane.lease, most });
            }
        }
        let room = MOST_TOLD.saturating_sub(self.common.inbox().handed.len());
        batch.tell = self.to_tell.split_off(self.to_tell.len().saturating_sub(room));
        if self.to_tell.is_empty() && room > 0 {
            batch.look = self.look_after.take().map(|after| Look { after, most: LOOK });
        }
        turn
    }

    /// Takes what was told from outside.
    fn take_inbox(&mut self, turn: &mut Turn) {
        let batch = &mut turn.batch;
        let mut inbox = self.common.inbox();
        let most = inbox.ended.len().min(MOST_A_TURN);
        let ended: Vec<(_, Outcome)> = inbox.ended.drain(..most).collect();
        let most = inbox.delivered.len().min(MOST_A_TURN);
        batch.delivered = inbox.delivered.drain(..most).collect();
        let anchor = |job: &JobId| inbox.handed.get_mut(job).map(std::mem::take);
        turn.anchors.extend(batch.delivered.iter().filter_map(anchor));
        batch.sent = inbox.sent.drain().collect();
        let now = Instant::now();
        let lost = std::mem::take(&mut inbox.lost);
        for (job, again) in lost {
            if again > now || self.is_closed {
                // Nothing is on its way: they may go. Who tells it again asks for another anchor.
                turn.anchors.extend(inbox.handed.get_mut(&job).map(std::mem::take));
                inbox.lost.push((job, again));
            } else {
                turn.anchors.extend(inbox.handed.remove(&job));
                self.to_tell.push(job);
            }
        }
        if self.is_closed {
            // They come again in the next life.
            let lost = std::mem::take(&mut inbox.lost);
            turn.anchors.extend(lost.iter().filter_map(|(job, _)| inbox.handed.remove(job)));
        }
        drop(inbox);
        for (hold, outcome) in ended {
            if let Some(end) = self.end(hold, outcome) {
                batch.ends.push(end);
            }
        }
    }

    /// Takes what a turn came to.
    fn learn(&mut self, done: Done, ctx: &mut Context<Self>) {
        let Done { batch, answer, lanes, is_doubtful, unkept, asked } = done;
        for job in &batch.delivered {
            self.common.inbox().handed.remove(job);
            self.common.meters.delivered.add(1);
        }
        self.unkept.extend(unkept.iter().map(|hold| hold.job));
        for (end, counts) in batch.ends.into_iter().zip(answer.ends) {
            self.ended(end, counts);
        }
        for (hold, lease) in batch.beats {
            if let Some(running) = self.running.get(&hold.job).filter(|r| r.holding.hold == hold) {
                match answer.lost.contains(&hold) {
                    true => {
                        self.common.meters.lost.add(1);
                        running.holding.lose();
                    }
                    false => running.holding.held_until(asked + lease),
                }
            }
        }
        if let Some(tidy) = batch.tidy {
            self.fresh &= !tidy.fresh;
        }
        for claimed in answer.claimed {
            if claimed.hold.attempt == 1 {
                self.found.insert(claimed.hold, asked);
            }
            self.begin(claimed, asked);
        }
        // Behind those: a place that was asked for is given back once its job is counted.
        for state in &mut self.lanes {
            let was_asked = batch.claims.iter().any(|claim| claim.lane == state.lane.name);
            let was_dry = was_asked.then(|| answer.dry.contains(&state.lane.name));
            state.hungry |= was_dry == Some(false);
            self.common.rooms.answered(state.lane.name, was_dry);
        }
        if is_doubtful {
            self.tidy = true;
            // Its claims were not carried out again.
            self.all_hungry();
        }
        self.pass_on(&lanes);
        for owed in answer.tell {
            self.tell(owed);
        }
        self.found(batch.look, answer.owed);
        if let Some(next) = answer.next {
            self.wake_in(next, ctx);
        }
    }

    fn begin(&mut self, claimed: ClaimedJob, asked: Instant) {
        let ClaimedJob { hold, key, lane, user, payload } = claimed;
        if self.running.get(&hold.job).is_some_and(|running| running.holding.hold == hold) {
            return;
        }
        let Some(at) = self.lanes.iter().position(|state| state.lane.name == lane) else { return };
        let state = &mut self.lanes[at];
        state.running += 1;
        self.common.rooms.running(state.lane.name, state.running);
        self.common.meters.running.add(1);
        self.common.meters.started.add(1);
        let job = Job { key, user, payload };
        let running = Running::begin(&self.common, (at, &state.lane), job, hold, asked);
        self.unkept.remove(&hold.job);
        self.running.insert(hold.job, running);
    }

    /// Looks for delayed jobs when the next one may begin.
    fn wake_in(&mut self, wait: Duration, ctx: &mut Context<Self>) {
        if wait >= self.common.setup.poll || self.timer.is_some() {
            return;
        }
        self.timer = Some(ctx.run_later(wait, |actor, ctx| {
            actor.timer = None;
            actor.tidy = true;
            actor.all_hungry();
            actor.pump(ctx);
        }));
    }

    fn all_hungry(&mut self) {
        self.lanes.iter_mut().for_each(|state| state.hungry = true);
    }
}

impl Actor for Jobs {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.common.meters.running.set(0);
        if self.common.setup.wakes.is_some() {
            let (common, me) = (self.common.clone(), ctx.address().downgrade());
            self.listener = Some(actix_rt::spawn(async move {
                while let Some(wakes) = &common.setup.wakes {
                    let words = wakes.heard().await;
                    let Some(me) = me.upgrade() else { return };
                    crate::kernel::tell(&me, messages::Heard(words));
                }
            }));
        }
        ctx.run_interval(self.tick(), |actor, ctx| {
            actor.found.retain(|_, since| since.elapsed() < LATE);
            actor.beats = true;
            actor.tidy = true;
            actor.look_after.get_or_insert(JobId(0));
            actor.all_hungry();
            actor.pump(ctx);
        });
        self.pump(ctx);
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
    }
}
