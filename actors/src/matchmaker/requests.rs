//! What is asked of a queue that several nodes share, and what waits for that.

use crate::ports::Queue;
use crate::shard::Stays;
use nameless_domain::ids::UserId;
use nameless_domain::matching::Seeker;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The first wait before a request is made again, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Numbers of requests grow over the whole life of the process: the queue tells new from old by
/// them, and this actor may be started anew.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// What is asked of the queue for one user.
pub(super) enum Ask {
    /// Find a partner, or keep a place.
    Seek {
        /// Who.
        seeker: Seeker,
        /// For how long.
        stands: Duration,
    },
    /// Take back one whose proposed pair came to nothing.
    Return {
        /// Who.
        seeker: Seeker,
        /// For how long.
        stands: Duration,
    },
    /// End the search.
    Cancel,
}

/// A number that no request had before.
pub(super) fn next_number() -> u64 {
    REQUESTS.fetch_add(1, Ordering::Relaxed) + 1
}

/// One user's requests, of which one is made at a time.
pub(super) struct Requests {
    pub(super) ask: Ask,
    pub(super) number: u64,
    pub(super) under_way: bool,
    /// The newest word that came since.
    pub(super) next: Option<Ask>,
    /// Since when it fails.
    pub(super) failing: Option<Instant>,
    pub(super) pause: Duration,
    /// The user has heard that it takes longer.
    pub(super) told: bool,
}

impl Requests {
    pub(super) fn new(ask: Ask) -> Requests {
        let pause = FIRST_PAUSE;
        Requests { ask, number: 0, under_way: false, next: None, failing: None, pause, told: false }
    }
}

/// The way to the shared queue.
pub(super) struct Shared {
    pub(super) queue: Arc<dyn Queue>,
    pub(super) users: FxHashMap<UserId, Requests>,
    pub(super) unkept: Unkept,
    pub(super) leaving: Vec<Leaving>,
    /// Whose request is to be made, in order; may hold some that have no need of it any more.
    pub(super) ready: VecDeque<UserId>,
    pub(super) under_way: usize,
    /// The last request failed.
    pub(super) away: bool,
    pub(super) recall_armed: bool,
}

impl Shared {
    pub(super) fn new(queue: Arc<dyn Queue>) -> Shared {
        Shared {
            queue,
            users: FxHashMap::default(),
            unkept: Unkept::default(),
            leaving: Vec::new(),
            ready: VecDeque::new(),
            under_way: 0,
            away: false,
            recall_armed: false,
        }
    }
}

/// Wishes whose rows are on their way, each with the number of its first statement.
pub(super) type Unkept = FxHashMap<UserId, (u64, Ask)>;

/// Those who go, and who waits for them.
pub(super) struct Leaving {
    pub(super) stays: Stays,
    pub(super) gone: oneshot::Sender<()>,
}
