//! Everything there is: people, groups, bots, files, faults, counters.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;
use serde_json::Value;
use tokio::sync::Notify;

use super::bot::Bot;
use super::chat::Chat;
use super::files::FileStore;
use super::lock;
use super::peer::{NewUser, Peer};
use super::rng::Rng;
use crate::actions::ActionError;
use crate::bot_api::METHODS;
use crate::client::SimUser;
use crate::config::SimConfig;
use crate::faults::Faults;
use crate::onlooker::{Onlooker, Watch};
use crate::stats::{Counters, Stats};

const SHARDS: usize = 64;

/// The simulated world. It outlives the servers that show it, so that a server can go down and come
/// back. Every method is quick and may be called from any thread; what waits is `async` and has a
/// timeout.
#[derive(Debug)]
pub struct World {
    pub(crate) config: SimConfig,
    pub(crate) rng: Rng,
    pub(crate) files: FileStore,
    pub(crate) counters: Counters,
    /// Rung when a webhook is set or removed.
    pub(crate) webhooks_changed: Notify,
    /// Who has paid what.
    pub(crate) books: std::sync::Mutex<super::books::Books>,
    /// Rung when a checkout is answered.
    pub(crate) books_changed: Notify,
    /// Who looks on while bots write.
    pub(crate) watch: Watch,
    /// Channels that somebody may have joined.
    pub(crate) channels: super::channels::Channels,
    peers: [RwLock<FxHashMap<i64, Arc<Peer>>>; SHARDS],
    bots: RwLock<Bots>,
    faults: Faults,
    next_user: AtomicI64,
    next_group: AtomicI64,
    serial: AtomicU64,
    /// Microseconds by which the world's clock is ahead of the real one.
    clock_offset: AtomicI64,
}

#[derive(Debug, Default)]
struct Bots {
    list: Vec<Arc<Bot>>,
    by_token: FxHashMap<String, Arc<Bot>>,
    default: Option<Arc<Bot>>,
}

/// Tokens that a world remembers: a bound against clients that make up tokens.
const MAX_BOTS: usize = 10_000;

impl World {
    /// An empty world.
    pub fn new(config: SimConfig) -> Arc<Self> {
        let rng = Rng::new(config.seed);
        let first_user = 5_000_000_000 + i64::try_from(rng.below(900_000_000)).unwrap_or(0);
        Arc::new(Self {
            files: FileStore::new(config.max_files, config.max_file_bytes),
            counters: Counters::new(METHODS.len()),
            webhooks_changed: Notify::new(),
            books: std::sync::Mutex::default(),
            books_changed: Notify::new(),
            watch: Watch::default(),
            channels: super::channels::Channels::default(),
            peers: std::array::from_fn(|_| RwLock::default()),
            bots: RwLock::default(),
            faults: Faults::new(config.seed),
            next_user: AtomicI64::new(first_user),
            next_group: AtomicI64::new(-4_000_000_001),
            serial: AtomicU64::new(1),
            clock_offset: AtomicI64::new(0),
            rng,
            config,
        })
    }

    /// Microseconds since 1970 of the world's clock.
    pub(crate) fn now_micros(&self) -> u64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let real = i64::try_from(real.as_micros()).unwrap_or(i64::MAX);
        real.saturating_add(self.clock_offset.load(Ordering::Relaxed)).unsigned_abs()
    }

    /// Seconds since 1970 of the world's clock: the `date` of what happens now.
    pub fn now(&self) -> i64 {
        (self.now_micros() / 1_000_000) as i64
    }

    /// Puts the world's clock forward: ages messages for the 48-hour rule and refills rate limits.
    pub fn advance_clock(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.clock_offset.fetch_add(by, Ordering::Relaxed);
    }

    /// Somebody joins a channel, or leaves it; `name` is what bots call it by. It is there from
    /// then on.
    pub fn set_member(&self, name: &str, user: i64, joined: bool) {
        self.channels.set(name, user, joined);
    }

    /// The bot is, or is no longer, one of a channel's administrators: others are not told who is
    /// in it.
    pub fn set_told(&self, name: &str, is_told: bool) {
        self.channels.close(name, !is_told);
    }

    /// A number that is never repeated.
    pub(crate) fn serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    fn shard(&self, id: i64) -> &RwLock<FxHashMap<i64, Arc<Peer>>> {
        &self.peers[(id.unsigned_abs() % SHARDS as u64) as usize]
    }

    pub(crate) fn peer(&self, id: i64) -> Option<Arc<Peer>> {
        self.shard(id).read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn insert(&self, peer: Peer) -> bool {
        let mut shard = self.shard(peer.id).write().unwrap_or_else(PoisonError::into_inner);
        if shard.contains_key(&peer.id) {
            return false;
        }
        shard.insert(peer.id, Arc::new(peer));
        true
    }

    /// Adds a person. An id that is taken gives the person who has it, unchanged; so does one that
    /// is not positive, of which a free one is made.
    pub fn add_user(self: &Arc<Self>, new: NewUser) -> SimUser {
        let id = match new.id.filter(|id| *id > 0) {
            Some(id) => {
                self.insert(Peer::person(id, new));
                id
            }
            None => loop {
                let step = 1 + i64::try_from(self.rng.below(1000)).unwrap_or(0);
                let id = self.next_user.fetch_add(step, Ordering::Relaxed);
                if self.insert(Peer::person(id, new.clone())) {
                    break id;
                }
            },
        };
        SimUser::new(self.clone(), id)
    }

    /// The person with this id.
    pub fn user(self: &Arc<Self>, id: i64) -> Option<SimUser> {
        let peer = self.peer(id).filter(|p| !p.is_group())?;
        Some(SimUser::new(self.clone(), peer.id))
    }

    /// Ids of all people, sorted.
    pub fn user_ids(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = Vec::new();
        for shard in &self.peers {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            ids.extend(shard.keys().filter(|id| **id > 0));
        }
        ids.sort_unstable();
        ids
    }

    /// Adds a group; its id is negative.
    pub(crate) fn add_group(&self, title: &str) -> Arc<Peer> {
        loop {
            let id = self.next_group.fetch_sub(7, Ordering::Relaxed);
            if self.insert(Peer::group(id, title))
                && let Some(peer) = self.peer(id)
            {
                return peer;
            }
        }
    }

    /// Adds the supergroup that a group becomes.
    pub(crate) fn add_supergroup(&self, of: &Peer) -> Option<Arc<Peer>> {
        let title = of.with_identity(|i| serde_json::from_str::<serde_json::Value>(&i.chat).ok());
        let title = title.as_ref().and_then(|chat| chat["title"].as_str()).unwrap_or_default().to_owned();
        // As Telegram numbers them: below -10^12.
        let id = of.id - 1_000_000_000_000;
        self.insert(Peer::supergroup(id, &title)).then(|| self.peer(id)).flatten()
    }

    /// The bot with this token; made, or matched with the one that users already wrote to, at its
    /// first call.
    pub(crate) fn bot(&self, token: &str) -> Option<Arc<Bot>> {
        if let Some(bot) = self.bots.read().unwrap_or_else(PoisonError::into_inner).by_token.get(token) {
            return Some(bot.clone());
        }
        super::bot::token_id(token)?;
        let mut bots = self.bots.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(bot) = bots.by_token.get(token) {
            return Some(bot.clone());
        }
        let waiting = bots.list.iter().find(|b| b.token().is_none()).cloned();
        let bot = match waiting {
            Some(bot) => {
                bot.adopt(token);
                bot
            }
            None => self.make_bot(&mut bots, Some(token))?,
        };
        bots.by_token.insert(token.to_owned(), bot.clone());
        Some(bot)
    }

    fn make_bot(&self, bots: &mut Bots, token: Option<&str>) -> Option<Arc<Bot>> {
        if bots.list.len() >= MAX_BOTS {
            return None;
        }
        let index = u32::try_from(bots.list.len()).ok()?;
        let first_update = 100_000_000 + i64::try_from(self.rng.below(800_000_000)).unwrap_or(0);
        let bot = Arc::new(Bot::new(index, token, first_update, self.config.max_pending_updates));
        bots.list.push(bot.clone());
        Some(bot)
    }

    /// Makes `token` the bot that people write to unless they are told otherwise.
    pub fn default_bot(&self, token: &str) {
        let bot = self.bot(token);
        self.bots.write().unwrap_or_else(PoisonError::into_inner).default = bot;
    }

    /// The bot that people write to: the default, else the newest, else one whose token is yet
    /// unknown.
    pub(crate) fn current_bot(&self) -> Option<Arc<Bot>> {
        {
            let bots = self.bots.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(bot) = bots.default.as_ref().or(bots.list.last()) {
                return Some(bot.clone());
            }
        }
        let mut bots = self.bots.write().unwrap_or_else(PoisonError::into_inner);
        match bots.list.last() {
            Some(bot) => Some(bot.clone()),
            None => self.make_bot(&mut bots, None),
        }
    }

    pub(crate) fn bots(&self) -> Vec<Arc<Bot>> {
        self.bots.read().unwrap_or_else(PoisonError::into_inner).list.clone()
    }

    /// A chat that begins now; ids start anywhere, so that the two sides of a relay differ.
    pub(crate) fn new_chat(&self, bot: &Bot) -> Chat {
        let first = 1 + self.rng.below(9000) as i32;
        Chat::new(bot.index, first, self.config.history_per_chat)
    }

    /// Puts a raw update into a bot's queue, whatever it is: an `update_id` is added to an object
    /// that has none. Returns the id under which an offset acknowledges it.
    pub fn inject_update(&self, token: &str, update: Value) -> Result<i64, ActionError> {
        let bot = self.bot(token).ok_or(ActionError::BadToken)?;
        let id = lock(&bot.queue).push_raw(update).map_err(|_| ActionError::QueueFull)?;
        bot.wake.notify_waiters();
        Ok(id)
    }

    /// Updates that wait for one bot.
    pub fn pending_updates(&self, token: &str) -> usize {
        self.bot(token).map_or(0, |bot| bot.pending())
    }

    /// When each update of a bot's left for its poller for the first time, in their order, since
    /// this was asked last; nothing the first time, from which on it is noted.
    pub fn polled(&self, token: &str) -> Vec<std::time::Instant> {
        self.bot(token).map_or_else(Vec::new, |bot| lock(&bot.queue).polled())
    }

    /// Has somebody look on while bots write, from now until the world ends. False if somebody does
    /// already.
    pub fn watch(&self, onlooker: Arc<dyn Onlooker>) -> bool {
        self.watch.set(onlooker)
    }

    /// The rules by which calls fail.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// A snapshot of all counters.
    pub fn stats(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let named = METHODS.iter().map(|m| m.name).zip(self.counters.methods.iter().map(read));
        let mut stats = Stats {
            methods: named.filter(|(_, n)| *n > 0).collect(),
            errors: self.counters.errors(),
            violations: self
                .counters
                .violations
                .snapshot()
                .filter(|(_, n)| *n > 0)
                .collect::<BTreeMap<_, _>>(),
            faults: self.faults.applied(),
            webhook_attempts: read(&self.counters.webhook_attempts),
            webhook_failures: read(&self.counters.webhook_failures),
            messages_sent: read(&self.counters.messages_sent),
            ..Stats::default()
        };
        for bot in self.bots() {
            let queue = lock(&bot.queue);
            stats.updates_made += queue.made;
            stats.updates_acked += queue.acked;
            stats.updates_pending += queue.pending() as u64;
        }
        for shard in &self.peers {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            stats.users += shard.keys().filter(|id| **id > 0).count() as u64;
        }
        stats
    }
}
