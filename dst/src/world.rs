//! Everything outside of the engine: what is durable, what people see, and the chance that rules it
//! all.
//!
//! One lock guards it, and one thread takes it. It is never held over an await.

use crate::cluster::Cluster;
use crate::log::Log;
use crate::plan::{Fault, Plan};
use crate::rng::Rng;
use crate::said::Said;
use crate::store::Tables;
use crate::telegram::Telegram;
use crate::trace::Trace;
use nameless_actors::kernel::lock;
use nameless_actors::ports::Clock;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

/// The wall clock when a history begins.
const EPOCH: i64 = 1_800_000_000_000;

/// The first person's number; long enough to be recognised wherever it should not be.
pub const FIRST_PERSON: i64 = 700_000_001;

/// How long the line that a chat is over waits for the store, milliseconds.
const END: i64 = 2_000;

/// One life of a node, from its start to its crash or stop.
pub struct Life {
    /// Which life of all.
    pub number: u64,
    /// On which machine.
    pub machine: usize,
    dead: AtomicBool,
    /// It is to stop in order.
    pub stopping: AtomicBool,
    /// Its actors have been stopped, and it has yet to leave the other nodes: it calls nobody.
    pub halted: AtomicBool,
    /// Told when it is dead, or is to stop.
    pub word: Notify,
    /// Until when the process stands still (true time), and when it last went on.
    pub frozen_until: AtomicI64,
    /// When it last went on after it had stood still (true time).
    pub thawed: AtomicI64,
}

impl Life {
    /// A life that begins.
    pub fn new(number: u64, machine: usize) -> Arc<Life> {
        Arc::new(Life {
            number,
            machine,
            dead: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            halted: AtomicBool::new(false),
            word: Notify::new(),
            frozen_until: AtomicI64::new(0),
            thawed: AtomicI64::new(-1),
        })
    }

    /// Whether it is over: nothing that it does has an effect any more.
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }
}

/// What has left a process goes its way without it.
pub type Journey = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What all share.
pub struct World {
    state: Mutex<State>,
    /// Told when Telegram has something for the bot.
    pub arrived: Notify,
    /// Told when a stream has something new.
    pub streamed: Notify,
    wire: UnboundedSender<Journey>,
}

/// See [`World`].
pub struct State {
    /// Chance.
    pub rng: Rng,
    /// What the history is made of.
    pub plan: Plan,
    /// What has happened.
    pub trace: Trace,
    /// Faults happen now.
    pub faulty: bool,
    /// Telegram.
    pub telegram: Telegram,
    /// The database.
    pub tables: Tables,
    /// The journal's disk, of one node.
    pub log: Log,
    /// What two nodes share; none where there is one.
    pub cluster: Option<Cluster>,
    /// Lives that have begun.
    pub lives: u64,
    /// What people have said, by number.
    pub said: Vec<Said>,
    /// Promises that were broken.
    pub broken: Vec<String>,
    /// A life has ended other than in order.
    pub crashed: bool,
    /// Crashes that may still come.
    pub crashes: u64,
    /// Crashes per ten thousand dealings with the outside.
    pub crash_rate: u64,
    /// Machines that a rolling restart has yet to stop, the next one last; none: there was none.
    pub rolling: Option<Vec<usize>>,
    /// Until when (true time) something is away or full.
    pub windows: BTreeMap<Fault, i64>,
    begun: Instant,
    /// How far the wall clock has been set away from the truth.
    wall: i64,
}

impl World {
    /// The beginning of a history. Must be called on its runtime.
    pub fn new(plan: Plan, loud: bool) -> (Arc<World>, UnboundedReceiver<Journey>) {
        let mut rng = Rng::new(plan.seed.wrapping_mul(31).wrapping_add(7));
        let crashes = if plan.has(Fault::Kill) || plan.has(Fault::Power) { rng.between(1, 8) } else { 0 };
        let state = State {
            trace: Trace::new(loud),
            faulty: true,
            telegram: Telegram::new(plan.people),
            tables: Tables::default(),
            log: Log::default(),
            cluster: (plan.nodes > 1).then(Cluster::default),
            lives: 0,
            said: Vec::new(),
            broken: Vec::new(),
            crashed: false,
            crashes,
            crash_rate: rng.between(5, 100),
            rolling: None,
            windows: BTreeMap::new(),
            begun: Instant::now(),
            wall: 0,
            rng,
            plan,
        };
        let (wire, journeys) = unbounded_channel();
        let (arrived, streamed) = (Notify::new(), Notify::new());
        (Arc::new(World { state: Mutex::new(state), arrived, streamed, wire }), journeys)
    }

    /// The state, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Whether a life may go on with the outside: a dealing begins or has just had its effect. It
    /// may end here.
    pub fn deals(&self, life: &Life) -> bool {
        if life.is_dead() {
            return false;
        }
        let mut state = self.lock();
        if state.faulty && state.crashes > 0 {
            let rate = state.crash_rate;
            if state.rng.below(10_000) < rate {
                state.crash(life);
                return false;
            }
        }
        true
    }

    /// Sends something on its way: it goes on while the process that sent it stands still.
    pub fn send_off(&self, journey: Journey) {
        let _ = self.wire.send(journey);
    }

    /// Never returns once the life is over.
    pub async fn alive(&self, life: &Life) {
        if life.is_dead() {
            std::future::pending().await
        }
    }

    /// As [`World::deals`], for ports that wait: never returns once the life is over.
    pub async fn dealing(&self, life: &Life) {
        if !self.deals(life) {
            std::future::pending().await
        }
    }
}

impl State {
    /// True time since the beginning, milliseconds.
    pub fn now(&self) -> i64 {
        self.begun.elapsed().as_millis() as i64
    }

    /// What a clock on the wall shows.
    pub fn wall(&self) -> Millis {
        Millis(EPOCH + self.now() + self.wall)
    }

    /// Sets the wall clock by so many milliseconds.
    pub fn set_wall(&mut self, by: i64) {
        self.wall += by;
        self.event("the wall clock is set", [by, 0, 0]);
        self.trace.count(if by < 0 { "clock set back" } else { "clock set forward" });
    }

    /// Notes an event.
    pub fn event(&mut self, what: &'static str, of: [i64; 3]) {
        let now = self.now();
        self.trace.event(now, what, of);
    }

    /// A promise was broken.
    pub fn broke(&mut self, what: String) {
        if self.trace.loud {
            println!("{:>9} BROKEN {what}", self.now());
        }
        if self.broken.len() < 8 {
            self.broken.push(what);
        }
    }

    /// Whether a fault of this kind happens now, `permille` times in a thousand of those histories
    /// that have it.
    pub fn strikes(&mut self, fault: Fault, permille: u64) -> bool {
        let strikes = self.faulty && self.plan.has(fault) && self.rng.permille(permille);
        if strikes {
            self.trace.count(fault.word());
        }
        strikes
    }

    /// Whether something is away or full now.
    pub fn in_window(&self, fault: Fault) -> bool {
        self.faulty && self.windows.get(&fault).is_some_and(|&until| self.now() < until)
    }

    /// From now on nothing goes wrong.
    pub fn calm(&mut self) {
        self.faulty = false;
        self.event("calm", [0; 3]);
    }

    /// A wait of `low` to `high` milliseconds, mostly near the low end.
    pub fn wait(&mut self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.rng.skewed(low, high))
    }

    /// The life ends without a word.
    pub fn crash(&mut self, life: &Life) {
        if life.dead.swap(true, Ordering::SeqCst) {
            return;
        }
        let (kill, power) = (self.plan.has(Fault::Kill), self.plan.has(Fault::Power));
        let power = power && (!kill || self.rng.permille(500));
        self.trace.count(if power { "power" } else { "kill" });
        self.event("crash", [life.number as i64, i64::from(power), 0]);
        self.crashes = self.crashes.saturating_sub(1);
        self.ends(life, power);
        life.word.notify_one();
    }

    /// The life ends after a stop in order, or because the process itself gives up.
    pub fn end(&mut self, life: &Life, what: &'static str) {
        if !life.dead.swap(true, Ordering::SeqCst) {
            self.event(what, [life.number as i64, 0, 0]);
            self.trace.count(what);
            if what == "stopped" {
                self.log.innocent();
            }
            self.ends(life, false);
            life.word.notify_one();
        }
    }

    fn ends(&mut self, life: &Life, power: bool) {
        self.crashed = true;
        self.telegram.forget_waits(life.number);
        if let Some(cluster) = &mut self.cluster {
            cluster.lives.remove(&life.number);
        }
        if self.cluster.is_some() {
            self.forget_copies(Some(life.number), true);
        } else {
            let State { rng, log, said, .. } = self;
            log.crash(power, rng);
            for copy in said.iter_mut().flat_map(|said| said.copies.iter_mut().map(|c| (said.update, c))) {
                // Nobody knows any more that it left, so it may leave again.
                copy.1.lost |= !copy.1.after_failure && !log.knows_copy(copy.0, copy.1.id);
            }
        }
        let slow = [Fault::SlowStore, Fault::NoStore, Fault::SlowDisk, Fault::BadDisk];
        if slow.into_iter().any(|fault| self.plan.has(fault)) {
            self.forget_ends_of_the_living();
        }
    }

    /// The line that a chat is over does not wait longer than two seconds for the store, which
    /// waits for the disk. A life that ends between such a line and the row leaves the pair live.
    fn forget_ends_of_the_living(&mut self) {
        let asked: BTreeMap<PairId, i64> =
            self.tables.active.values().map(|&p| (p, self.asked_to_end(p))).collect();
        for chat in self.telegram.chats.values_mut() {
            chat.over.retain(|pair, over| asked.get(pair).is_none_or(|&at| *over - at < END));
        }
    }

    /// When somebody first wanted this pair to end (true time); now if nobody did.
    fn asked_to_end(&self, pair: PairId) -> i64 {
        let row = &self.tables.pairs[&pair];
        let of = |user: UserId| self.telegram.chats.get(&user.0).map(|chat| &chat.person.left);
        let left = row.members.into_iter().filter_map(of).flatten();
        left.map(|&(_, at)| at).filter(|&at| at >= row.opened).min().unwrap_or_else(|| self.now())
    }
}

/// The clocks as the engine sees them.
pub struct Wall(pub Arc<World>);

impl Clock for Wall {
    fn now(&self) -> Millis {
        self.0.lock().wall()
    }
    fn steady(&self) -> Millis {
        let state = self.0.lock();
        if state.plan.wrong.one_clock { state.wall() } else { Millis(state.now()) }
    }
}
