//! A node: the real engine over the simulated outside, life after life.

use crate::log::LogPort;
use crate::plan::Fault;
use crate::store_port::StorePort;
use crate::telegram::api::ApiPort;
use crate::words::{Keys, Lines};
use crate::world::{Life, Wall, World};
use nameless_actors::env::{Faults, Limits};
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Decoder, Journal, JournalError, Recovered};
use nameless_actors::{Engine, Parts};
use nameless_domain::rules::Rules;
use nameless_domain::update::Update;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::LocalSet;

/// Whoever reads this word dies.
const DEADLY: &str = "deadly";

/// How long a stop in order may take.
const DRAIN: Duration = Duration::from_secs(10);

/// An engine and the life that it is.
type Up = (Arc<Engine>, Arc<Life>);

/// The node's present engine and life, if it is up.
#[derive(Clone, Default)]
pub struct Present(Rc<RefCell<Option<Up>>>);

impl Present {
    /// The engine and its life, if there is one.
    pub fn get(&self) -> Option<Up> {
        self.0.borrow().clone()
    }
}

/// Runs lives, one after the other, for ever.
pub async fn lives(world: Arc<World>, present: Present) {
    for number in 1.. {
        let life = Life::new(number);
        {
            let mut state = world.lock();
            state.event("a life begins", [number as i64, 0, 0]);
        }
        // All that the process does is on a set of tasks of its own, which goes with it.
        let tasks = LocalSet::new();
        tasks.run_until(live(world.clone(), life.clone(), present.clone())).await;
        present.0.replace(None);
        drop(tasks);
        let pause = {
            let mut state = world.lock();
            state.wait(20, 4_000)
        };
        tokio::time::sleep(pause).await;
    }
}

async fn live(world: Arc<World>, life: Arc<Life>, present: Present) {
    let journal = Arc::new(LogPort { world: world.clone(), life: life.clone() });
    let starting = async {
        let engine = start(&world, &life, journal.clone());
        present.0.replace(Some((engine.clone(), life.clone())));
        engine.replay(unfinished(&world, &journal)).await;
        engine.wake_unsettled().await;
        poll(&world, &life, &engine, journal.as_ref()).await;
        if engine.drain(DRAIN).await {
            world.lock().trace.count("drained");
        }
        world.lock().end(&life, "stopped");
    };
    tokio::pin!(starting);
    loop {
        tokio::select! {
            biased;
            () = life.word.notified() => if life.is_dead() { return },
            () = &mut starting => return,
        }
    }
}

/// What a former life left. What has killed five lives is put aside, as the product does when its journal counts tries.
fn unfinished(world: &World, journal: &LogPort) -> Vec<Recovered> {
    let mut recovered = journal.recover();
    recovered.retain(|one| {
        let aside = {
            let state = world.lock();
            one.raw.contains(DEADLY) && state.log.tries(one.seq) >= 5 && !state.plan.wrong.uncounted
        };
        if aside {
            journal.done(one.seq);
            world.lock().trace.count("put aside after five lives");
        }
        !aside
    });
    recovered
}

/// Reads updates; one of them kills the process.
struct Reader {
    world: Arc<World>,
    life: Arc<Life>,
}

impl Decoder for Reader {
    fn decode(&self, raw: &str) -> Option<Update> {
        if raw.contains(DEADLY) {
            self.world.lock().end(&self.life, "killed by an update");
        }
        Lines.decode(raw)
    }
}

fn start(world: &Arc<World>, life: &Arc<Life>, journal: Arc<LogPort>) -> Arc<Engine> {
    let store = Arc::new(StorePort { world: world.clone(), life: life.clone() });
    let poison = world.lock().plan.has(Fault::Poison).then(|| "poison".to_owned());
    let (to_end, ended) = (world.clone(), life.clone());
    Engine::start(Parts {
        rules: Rules { confirm_end_under_ms: 0, repeat_window_ms: 0, ..Rules::default() },
        limits: Limits {
            shards: 2,
            shard_threads: false,
            idle_after: Duration::from_secs(30),
            ..Limits::default()
        },
        faults: Faults { poison, ..Faults::default() },
        clock: Arc::new(Wall(world.clone())),
        texts: Arc::new(Keys),
        decoder: Arc::new(Reader { world: world.clone(), life: life.clone() }),
        api: Arc::new(ApiPort { world: world.clone(), life: life.clone() }),
        journal,
        entitlements: store.clone(),
        store,
        peers: None,
        lease: None,
        queue: None,
        jobs: None,
        fatal: Arc::new(move |_| to_end.lock().end(&ended, "gave up")),
    })
}

/// Long polling, as the product does it: journal, hand over, wait for the disk, acknowledge.
async fn poll(world: &Arc<World>, life: &Arc<Life>, engine: &Arc<Engine>, journal: &dyn Journal) {
    let careful = {
        let state = world.lock();
        life.number > 1 && state.plan.has(Fault::Deadly) && !state.plan.wrong.uncounted
    };
    let mut offset = None;
    while !life.stopping.load(Ordering::SeqCst) {
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
