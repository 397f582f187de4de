//! A process: the real engine over the simulated outside, life after life.

use crate::cluster::life::live_in_cluster;
use crate::log::LogPort;
use crate::plan::Fault;
use crate::store_port::StorePort;
use crate::telegram::api::ApiPort;
use crate::words::{Keys, Lines};
use crate::world::{Life, Wall, World};
use nameless_actors::capabilities::Capabilities;
use nameless_actors::env::{Ends, Faults, Holds, Limits};
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Journal, JournalError, Peers, Queue};
use nameless_actors::{Engine, Parts};
use nameless_domain::rules::Rules;
use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

/// Whoever handles an update with this word dies.
const DEADLY: &str = "deadly";

/// How long a stop in order may take.
pub const DRAIN: Duration = Duration::from_secs(10);

/// An engine and the life that it is.
pub type Up = (Arc<Engine>, Arc<Life>);

/// A machine's present engine and life, if it is up.
#[derive(Clone, Default)]
pub struct Present(Rc<RefCell<Option<Up>>>);

impl Present {
    /// The engine and its life, if there is one.
    pub fn get(&self) -> Option<Up> {
        self.0.borrow().clone()
    }

    /// It is up.
    pub fn set(&self, engine: &Arc<Engine>, life: &Arc<Life>) {
        self.0.replace(Some((engine.clone(), life.clone())));
    }
}

/// Runs lives on a machine, one after the other, for ever.
pub async fn lives(world: Arc<World>, machine: usize, present: Present) {
    loop {
        let (life, clustered) = {
            let mut state = world.lock();
            state.lives += 1;
            let life = Life::new(state.lives, machine);
            state.event("a life begins", [life.number as i64, machine as i64, 0]);
            (life, state.cluster.is_some())
        };
        // All that the process does is on a set of tasks of its own, which goes with it.
        let tasks = LocalSet::new();
        {
            let (world, present) = (world.clone(), present.clone());
            let living = async {
                match clustered {
                    false => until_dead(&life, live(world.clone(), life.clone(), present)).await,
                    true => until_dead(&life, live_in_cluster(world.clone(), life.clone(), present)).await,
                }
            };
            unless_frozen(&world, &life, tasks.run_until(living)).await;
        }
        present.0.replace(None);
        drop(tasks);
        let pause = {
            let mut state = world.lock();
            // Longer than a lease lasts, or not.
            let most = if clustered { 12_000 } else { 4_000 };
            state.wait(20, most)
        };
        tokio::time::sleep(pause).await;
    }
}

async fn until_dead(life: &Life, living: impl Future<Output = ()>) {
    let mut living = pin!(living);
    loop {
        tokio::select! {
            biased;
            () = life.word.notified() => if life.is_dead() { return },
            () = &mut living => return,
        }
    }
}

/// Polls a process, except while it stands still.
async fn unless_frozen(world: &World, life: &Life, process: impl Future<Output = ()>) {
    let mut process = pin!(process);
    loop {
        let mut until = 0;
        let ended = std::future::poll_fn(|cx| {
            until = life.frozen_until.load(Ordering::SeqCst);
            let frozen = world.lock().now() < until;
            if frozen {
                return Poll::Ready(false);
            }
            process.as_mut().poll(cx).map(|()| true)
        });
        if ended.await {
            return;
        }
        let left = Duration::from_millis((until - world.lock().now()).max(0) as u64);
        let thaws = Instant::now() + left;
        // A machine that loses power does not stand still any more.
        loop {
            let soon = thaws.min(Instant::now() + Duration::from_secs(1));
            sleep_until(soon).await;
            if life.is_dead() || soon == thaws {
                break;
            }
        }
        life.frozen_until.store(0, Ordering::SeqCst);
        let mut state = world.lock();
        life.thawed.store(state.now(), Ordering::SeqCst);
        state.event("goes on", [life.number as i64, 0, 0]);
    }
}

async fn live(world: Arc<World>, life: Arc<Life>, present: Present) {
    let journal = Arc::new(LogPort { world: world.clone(), life: life.clone() });
    let engine = start(&world, &life, journal.clone(), None);
    present.set(&engine, &life);
    engine.replay(journal.recover()).await;
    engine.wake_unsettled().await;
    poll(&world, &life, &engine, journal.as_ref()).await;
    if engine.drain(DRAIN).await {
        world.lock().trace.count("drained");
    }
    world.lock().end(&life, "stopped");
}

/// What a node of a cluster has beside what every process has.
pub struct Clustered {
    /// The other nodes.
    pub peers: Arc<dyn Peers>,
    /// The lease.
    pub lease: Holds,
    /// Who waits.
    pub queue: Arc<dyn Queue>,
}

/// Starts the engine of a life.
pub fn start(
    world: &Arc<World>,
    life: &Arc<Life>,
    journal: Arc<dyn Journal>,
    clustered: Option<Clustered>,
) -> Arc<Engine> {
    let store = Arc::new(StorePort { world: world.clone(), life: life.clone() });
    let poison = world.lock().plan.has(Fault::Poison).then(|| "poison".to_owned());
    let ends = |what: &'static str| {
        let (world, life) = (world.clone(), life.clone());
        move || world.lock().end(&life, what)
    };
    let (killed, gave_up) = (ends("killed by an update"), ends("gave up"));
    let (peers, lease, queue) = match clustered {
        None => (None, None, None),
        Some(Clustered { peers, lease, queue }) => (Some(peers), Some(lease), Some(queue)),
    };
    Engine::start(Parts {
        // Few are known, so that the store is asked for older ones.
        rules: Rules { confirm_end_under_ms: 0, repeat_window_ms: 0, map_per_pair: 4, ..Rules::default() },
        limits: limits(world),
        faults: Faults { poison, deadly: Some(DEADLY.to_owned()), ends: Some(Ends::new(killed)) },
        clock: Arc::new(Wall(world.clone())),
        texts: Arc::new(Keys),
        decoder: Arc::new(Lines),
        api: Arc::new(ApiPort { world: world.clone(), life: life.clone() }),
        journal,
        capabilities: Capabilities { premium: store.clone(), ..Capabilities::absent() },
        store,
        peers,
        lease,
        queue,
        jobs: None,
        fatal: Arc::new(move |_| gave_up()),
    })
}

/// Where people flood, bounds are low enough to be met.
fn limits(world: &World) -> Limits {
    let state = world.lock();
    let limits =
        Limits { shards: 2, shard_threads: false, idle_after: Duration::from_secs(30), ..Limits::default() };
    match state.plan.has(Fault::Flood) && state.plan.seed.is_multiple_of(2) {
        true => Limits { max_in_flight: 48, persistence_bound: 100, ..limits },
        false => limits,
    }
}

/// Long polling, as the product does it: journal, hand over, wait for the disk, acknowledge.
pub async fn poll(world: &Arc<World>, life: &Arc<Life>, engine: &Arc<Engine>, journal: &dyn Journal) {
    let careful = {
        let state = world.lock();
        life.number > 1 && state.plan.has(Fault::Deadly) && !state.plan.wrong.uncounted
    };
    let mut offset = None;
    while !life.stopping.load(Ordering::SeqCst) && engine.env().may_act() {
        let fetching = world.get_updates(life, offset);
        let fetched = tokio::time::timeout(Duration::from_secs(5), fetching).await;
        let Ok(fetched) = fetched else { continue };
        let Some(updates) = fetched else {
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let newest = updates.iter().map(|waiting| waiting.update + 1).max();
        let entries: Vec<(i64, Arc<str>)> =
            updates.into_iter().map(|waiting| (waiting.update, waiting.raw.into())).collect();
        match take(engine, journal, entries, careful).await {
            Ok(()) => offset = newest.max(offset),
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

async fn take(
    engine: &Arc<Engine>,
    journal: &dyn Journal,
    entries: Vec<(i64, Arc<str>)>,
    careful: bool,
) -> Result<(), JournalError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut appended = journal.append(entries.clone())?;
    if careful {
        // An update that kills at once would never be on disk, and its tries never counted.
        appended.durable.as_mut().await?;
    }
    for ((update_id, raw), seq) in entries.into_iter().zip(appended.seqs) {
        let Some(seq) = seq else { continue };
        let Some(update) = engine.env().decoder.decode(&raw) else {
            journal.done(seq);
            continue;
        };
        let accepted = Accepted { seq, update_id, user: update.user, raw, sent: None, attempt: 0 };
        engine.deliver(update, accepted).await;
    }
    if careful { Ok(()) } else { appended.durable.await }
}
