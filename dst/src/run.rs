//! One history from beginning to end.

use crate::cluster::{MACHINES, PARTITIONS};
use crate::node::{Present, Up, lives};
use crate::plan::{Fault, Plan};
use crate::world::{State, World};
use nameless_actors::kernel::chance;
use nameless_domain::ids::UserId;
use nameless_domain::profile::{AgeBand, Gender};
use nameless_domain::session::account::{Account, AdultConsent, Phase};
use nameless_domain::text::Lang;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::LocalSet;

/// How long after the last fault everything may take to come to rest.
const REST: Duration = Duration::from_secs(3_600);

/// So many processes one after the other on a machine, without a fault, are no coming to rest: an
/// update that kills is put aside after five.
const LIVES: u64 = 100;

/// Longer than a session or a pair stays in memory that nobody needs.
const IDLE: Duration = Duration::from_secs(40);

/// Longer than it takes until each wish in a shared queue is stated again.
const RESTATED: Duration = Duration::from_secs(62);

/// What came of a history.
#[derive(Debug)]
pub struct Outcome {
    /// The history.
    pub plan: Plan,
    /// Promises that were broken; empty if all is well.
    pub broken: Vec<String>,
    /// Equal for equal histories.
    pub hash: u64,
    /// Number of events.
    pub events: u64,
    /// How often each fault was injected and each way out taken.
    pub cover: BTreeMap<&'static str, u64>,
}

/// Plays a history.
pub fn run(plan: Plan, loud: bool) -> Outcome {
    chance::seed(plan.seed);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime =
        runtime.enable_time().start_paused(true).build().expect("a runtime without threads or sockets");
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        let (world, mut journeys) = World::new(plan, loud);
        settle_people(&world);
        let wire = tokio::task::spawn_local(async move {
            while let Some(journey) = journeys.recv().await {
                tokio::task::spawn_local(journey);
            }
        });
        let machines = if world.lock().cluster.is_some() { MACHINES } else { 1 };
        let present: Vec<Present> = (0..machines).map(|_| Present::default()).collect();
        let up = present.iter().enumerate();
        let nodes: Vec<_> = up
            .map(|(n, present)| tokio::task::spawn_local(lives(world.clone(), n, present.clone())))
            .collect();
        history(&world, &present).await;
        for task in nodes.into_iter().chain([wire]) {
            task.abort();
            let _ = task.await;
        }
        let state = world.lock();
        Outcome {
            plan: state.plan.clone(),
            broken: state.broken.clone(),
            hash: state.trace.hash(),
            events: state.trace.events(),
            cover: state.trace.cover.clone(),
        }
    })
}

/// Most people have answered the first questions already.
fn settle_people(world: &World) {
    let mut state = world.lock();
    let now = state.wall();
    let users: Vec<i64> = state.telegram.chats.keys().copied().collect();
    for user in users {
        if state.rng.permille(200) {
            continue;
        }
        let account = Account {
            adult: Some(AdultConsent { at: now, version: 1 }),
            gender: Some(Gender::Other),
            age: Some(AgeBand::From22),
            confirm_end: false,
            phase: Phase::Idle,
            ..Account::new(UserId(user), Lang::En, now)
        };
        state.tables.accounts.insert(UserId(user), account);
        if let Some(chat) = state.telegram.chats.get_mut(&user) {
            chat.person.mode = crate::person::Mode::Idle;
        }
    }
}

async fn history(world: &Arc<World>, present: &[Present]) {
    let steps = world.lock().plan.steps;
    for _ in 0..steps {
        let pause = {
            let mut state = world.lock();
            state.step();
            if state.broken.is_empty() { state.wait(1, 8_000) } else { return }
        };
        world.arrived.notify_waiters();
        nature(world, present);
        tokio::time::sleep(pause).await;
        let mut state = world.lock();
        present.iter().filter_map(Present::get).for_each(|(engine, _)| state.look_at_bounds(&engine));
    }
    world.lock().calm();
    if !rests(world, present).await {
        return;
    }
    world.lock().say_at_the_end();
    world.arrived.notify_waiters();
    if !rests(world, present).await {
        return;
    }
    // One who was taken out of the queue for nobody is back when their wish is stated again.
    if world.lock().lonely().is_some() && present.len() > 1 {
        tokio::time::sleep(RESTATED).await;
        if !rests(world, present).await {
            return;
        }
    }
    world.lock().look_at_the_end();
    // A few of the histories wait until sessions and pairs have left the memory.
    let idle = world.lock().plan.seed.is_multiple_of(4);
    let mut pairs = None;
    // A wish that is stated again may still find somebody meanwhile.
    while idle && pairs != Some(world.lock().tables.pairs.len()) {
        pairs = Some(world.lock().tables.pairs.len());
        tokio::time::sleep(IDLE).await;
        if !rests(world, present).await {
            return;
        }
    }
    let mut state = world.lock();
    present.iter().filter_map(Present::get).for_each(|(engine, _)| state.look_at_memory(&engine, idle));
}

/// What happens to machines and networks between two steps.
fn nature(world: &World, present: &[Present]) {
    let mut state = world.lock();
    for (fault, permille) in
        [(Fault::Away, 20), (Fault::Limit, 20), (Fault::NoStore, 30), (Fault::FullJournal, 20)]
    {
        if state.strikes(fault, permille) {
            let until = state.now() + state.wait(100, 20_000).as_millis() as i64;
            state.windows.insert(fault, until);
        }
    }
    if state.strikes(Fault::ClockBack, 20) {
        let by = state.rng.between(1_000, 3_600_000) as i64;
        state.set_wall(-by);
    }
    if state.strikes(Fault::ClockForward, 20) {
        let by = state.rng.between(1_000, 3_600_000) as i64;
        state.set_wall(by);
    }
    nature_of_two(&mut state, present);
    let up: Vec<Up> = present.iter().filter_map(Present::get).collect();
    let Some((engine, life)) = state.rng.pick(&up).cloned() else { return };
    if state.strikes(Fault::Restart, 20) {
        life.stopping.store(true, Ordering::SeqCst);
    }
    let broken_silently = state.log.failed && state.plan.wrong.silent_journal && state.rng.permille(100);
    if broken_silently {
        state.end(&life, "stopped by an operator");
    }
    let death = state.strikes(Fault::Death, 60);
    let users: Vec<i64> = state.telegram.chats.keys().copied().collect();
    let user = UserId(state.rng.pick(&users).copied().unwrap_or_default());
    let for_good = state.rng.permille(500);
    drop(state);
    if death && engine.env().peers.as_ref().is_none_or(|peers| peers.is_mine(user)) {
        world.lock().event("a session dies", [user.0, i64::from(for_good), 0]);
        match for_good {
            true => engine.kill_session(user),
            false => engine.crash_session(user),
        }
    }
}

/// What happens where there are two nodes.
fn nature_of_two(state: &mut State, present: &[Present]) {
    if state.cluster.is_none() {
        return;
    }
    if state.strikes(Fault::NoRedis, 30) {
        let until = state.now() + state.wait(100, 20_000).as_millis() as i64;
        state.windows.insert(Fault::NoRedis, until);
    }
    if state.strikes(Fault::EmptyRedis, 20) {
        state.empty_redis();
    }
    let up: Vec<Up> = present.iter().filter_map(Present::get).collect();
    if let Some((_, life)) = state.rng.pick(&up).cloned()
        && state.strikes(Fault::Freeze, 40)
    {
        let until = state.now() + state.wait(200, 30_000).as_millis() as i64;
        state.event("stands still", [life.number as i64, until, 0]);
        life.frozen_until.store(until, Ordering::SeqCst);
    }
    // One after the other, each when the one before is back and has its share.
    if let Some(rolling) = &mut state.rolling {
        let settled = state.cluster.as_ref().is_some_and(|cluster| {
            let shares = present.iter().filter_map(Present::get);
            let shares: Vec<usize> = shares.map(|(_, life)| cluster.owned(life.number).len()).collect();
            shares.len() == present.len() && shares.into_iter().all(|share| share == PARTITIONS / MACHINES)
        });
        if settled && let Some(machine) = rolling.pop() {
            if let Some((_, life)) = present[machine].get() {
                life.stopping.store(true, Ordering::SeqCst);
            }
            state.event("rolling restart", [machine as i64, 0, 0]);
            state.trace.count("stopped in a rolling restart");
        }
    } else if state.strikes(Fault::Rolling, 100) {
        state.rolling = Some((0..present.len()).collect());
    }
}

/// Waits until nothing is left to do; false, and a broken promise, if that takes too long.
async fn rests(world: &Arc<World>, present: &[Present]) -> bool {
    let begun = tokio::time::Instant::now();
    let lives = world.lock().lives;
    let mut quiet = 0;
    let mut unrest = String::new();
    while begun.elapsed() < REST && world.lock().lives < lives + LIVES {
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.arrived.notify_waiters();
        let state = world.lock();
        if !state.broken.is_empty() {
            return false;
        }
        let up: Vec<Up> = present.iter().filter_map(Present::get).collect();
        let found = match up.len() == present.len() {
            true => up.iter().find_map(|(engine, _)| state.unrest(engine)),
            false => Some("a node is down".to_owned()),
        };
        match found {
            None => quiet += 1,
            Some(what) => (quiet, unrest) = (0, what),
        }
        // Albums and restated wishes take a moment.
        if quiet > 8 {
            return true;
        }
    }
    let mut state = world.lock();
    let lives = state.lives - lives;
    state.broke(format!("no rest within {:?} and {lives} lives: {unrest}", begun.elapsed()));
    false
}
