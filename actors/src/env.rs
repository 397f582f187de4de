//! What every actor is given: the ports, the rules, and where the others are.

use crate::admin::board::Board;
use crate::admin::on_its_way::Telling;
use crate::capabilities::{Capabilities, FaceBox};
use crate::jobs::JobsHandle;
use crate::kernel::directory::Directory;
use crate::kernel::meters::Meters;
use crate::ports::{BotApi, Clock, Decoder, Journal, Peers, Queue, Store, Texts};
use nameless_domain::capabilities::faceguard::{Memory, Verdict};
use nameless_domain::ids::{ChatId, Seq, UserId};
use nameless_domain::outbox::PacerConfig;
use nameless_domain::rules::Rules;
use nameless_domain::time::Millis;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Bounds and times of the actors.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Shards: arbiters with sessions and relays of their own.
    pub shards: usize,
    /// Whether each shard has a thread of its own. False: all share the one on which the engine is
    /// started, so that no text wakes a second one; for one shard on one core.
    pub shard_threads: bool,
    /// Updates of one user under way at a time.
    pub session_permits: u32,
    /// Updates of all users under way at a time.
    pub max_in_flight: u32,
    /// Updates per second that one user may send, in the long run.
    pub user_rate: f64,
    /// Updates that one user may send at once.
    pub user_burst: u32,
    /// A session without events for so long leaves the memory.
    pub idle_after: Duration,
    /// Writes per batch to the store.
    pub batch: usize,
    /// How long writes that nobody waits for wait for company.
    pub linger: Duration,
    /// Writes waiting for the store beyond which the history is no longer kept; beyond twice as
    /// many no more updates are taken until the store has caught up.
    pub persistence_bound: usize,
    /// Bytes of one file of a data export, about; Telegram takes 50 MB from a bot, and it is in
    /// memory until it has left.
    pub export_file_bytes: usize,
    /// Data exports under way, those that wait for their turn included.
    pub max_exports: usize,
    /// Photos that are looked at, or wait for that, at one time; more are unchecked.
    pub photos: usize,
    /// How long the verdict of a photo may take; later it is unchecked.
    pub photo_patience: Duration,
    /// Requests of capabilities that are carried out at one time, and as many more that read files;
    /// the others wait.
    pub max_asking: usize,
    /// Seekers waiting at a time.
    pub max_seekers: usize,
    /// How often a call that may have been sent is tried in all. One that definitely was not is
    /// tried for ever.
    pub send_attempts: u32,
    /// Restarts of one service within a minute beyond which the process ends.
    pub restart_budget: usize,
    /// Pacing towards Telegram.
    pub pacing: PacerConfig,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            shards: std::thread::available_parallelism().map_or(1, usize::from),
            shard_threads: true,
            session_permits: 32,
            max_in_flight: 20_000,
            user_rate: 5.0,
            user_burst: 30,
            idle_after: Duration::from_secs(600),
            batch: 1_000,
            linger: Duration::from_millis(250),
            persistence_bound: 100_000,
            export_file_bytes: 10_000_000,
            max_exports: 32,
            photos: 64,
            photo_patience: Duration::from_millis(3_500),
            max_asking: 6,
            max_seekers: 1_000_000,
            send_attempts: 10,
            restart_budget: 20,
            pacing: PacerConfig::default(),
        }
    }
}

/// Faults that tests and the demo ask for; none by default.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Handling an update whose raw JSON contains this panics in the session.
    pub poison: Option<String>,
    /// Handling an update whose raw JSON contains this ends the process at once, as a fault in
    /// foreign code would.
    pub deadly: Option<String>,
    /// How it ends then; none: by an abort. For simulations, which have several processes in one.
    pub ends: Option<Ends>,
}

/// Ends a simulated process: nothing that its actors do from then on has an effect.
#[derive(Clone)]
pub struct Ends(Arc<dyn Fn() + Send + Sync>);

impl Ends {
    /// By calling this.
    pub fn new(end: impl Fn() + Send + Sync + 'static) -> Ends {
        Ends(Arc::new(end))
    }

    pub(crate) fn end(&self) {
        (self.0)();
    }
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ends")
    }
}

/// Data exports share a lane: one is made at a time, in the order in which they were asked for.
pub struct Exports {
    /// Whose file is being made.
    pub(crate) turn: Semaphore,
    /// How many more may be under way.
    pub(crate) room: Semaphore,
}

impl Exports {
    /// A lane for so many.
    pub(crate) fn new(most: usize) -> Exports {
        Exports { turn: Semaphore::new(1), room: Semaphore::new(most) }
    }
}

/// Says whether this process still holds its lease. If it does not, its users live elsewhere by
/// now, and the process is being ended.
pub type Holds = Arc<dyn Fn() -> bool + Send + Sync>;

/// The surroundings of every actor.
pub struct Env {
    /// The domain's numbers.
    pub rules: Rules,
    /// The actors' numbers.
    pub limits: Limits,
    /// Faults asked for.
    pub faults: Faults,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Localised texts.
    pub texts: Arc<dyn Texts>,
    /// Reads raw updates.
    pub decoder: Arc<dyn Decoder>,
    /// Telegram.
    pub api: Arc<dyn BotApi>,
    /// The write-ahead log.
    pub journal: Arc<dyn Journal>,
    /// The database.
    pub store: Arc<dyn Store>,
    /// The capabilities' ports.
    pub capabilities: Capabilities,
    /// Requests of capabilities that are carried out at one time: they share the database's
    /// connections with all else.
    pub(crate) asking: Semaphore,
    /// The same of those that read files, of which each waits for Telegram for seconds.
    pub(crate) reading: Semaphore,
    /// Photos that were seen lately: what relays have to know at once.
    pub(crate) photos: Mutex<Memory>,
    /// The last verdict of a photo, and what it took: for the demo.
    pub(crate) last_photo: Mutex<Option<LastPhoto>>,
    /// What whoever comes to the menu reads.
    pub board: Board,
    /// What operators have to say to people, on its way to them.
    pub(crate) telling: Telling,
    /// Who waits, shared with other nodes; none: in the matchmaker's memory.
    pub queue: Option<Arc<dyn Queue>>,
    /// The journal's position when this process began, see [`Env::born()`].
    pub(crate) born: Seq,
    /// When this process began.
    pub(crate) began: Millis,
    /// The other nodes; none where there is one.
    pub peers: Option<Arc<dyn Peers>>,
    /// Durable work that takes long; none where nothing is carried out.
    pub jobs: Option<JobsHandle>,
    /// The lease that this process lives by, if others could take its place.
    pub lease: Option<Holds>,
    /// A number of this process's own, to tell its doings from those of a former life.
    pub life: i64,
    /// Data exports: one at a time, the others in the order in which they were asked for.
    pub exports: Exports,
    /// Counters.
    pub meters: Meters,
    /// How often actors of each service died, for the demo.
    pub(crate) deaths: Mutex<BTreeMap<&'static str, u64>>,
    /// Where the actors are.
    pub directory: Directory,
}

impl Env {
    /// Whether the user lives on this node.
    pub fn is_mine(&self, user: UserId) -> bool {
        self.peers.as_ref().is_none_or(|peers| peers.is_mine(user))
    }

    /// The journal's position when the user came to live in this process.
    pub fn born(&self, user: UserId) -> Seq {
        self.peers.as_ref().map_or(self.born, |peers| peers.born(user))
    }

    /// What was accepted at or before this position was written before a chat of the user that
    /// begins now. Of several nodes only what came before the user lived here: where another one
    /// accepts, its positions may be behind ours by as long as a slow store took to tell the time,
    /// and words into the chat would be refused.
    pub fn accepted_before(&self, user: UserId) -> Seq {
        self.peers.as_ref().map_or_else(|| self.journal.last(), |peers| peers.born(user))
    }

    /// The operators' chat as it is called now.
    pub fn alerts_chat(&self) -> Option<ChatId> {
        self.rules.alerts_chat.map(|chat| self.api.chat_now(chat))
    }

    /// Whether this process may act for its users; false once its lease is lost.
    pub fn may_act(&self) -> bool {
        self.lease.as_ref().is_none_or(|holds| holds())
    }
}

/// The last verdict of a photo.
#[derive(Clone, Debug, PartialEq)]
pub struct LastPhoto {
    /// Its file.
    pub unique_id: String,
    /// What was decided.
    pub verdict: Verdict,
    /// How long that took.
    pub took: Duration,
    /// Where faces are; none where nobody looked for them.
    pub faces: Vec<FaceBox>,
}
