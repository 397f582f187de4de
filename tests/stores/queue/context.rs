//! A node of the queue, and people.

use crate::support::redis::RedisServer;
use nameless::cluster::queue::RedisQueue;
use nameless::cluster::redis::Redis;
use nameless_actors::ports::{Queue, QueueError, Sought, Wish};
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::{CrowdId, UserId};
use nameless_domain::matching::{PoolLimits, Seeker};
use nameless_domain::profile::{AgeBand, Gender, Interests, Profile, Wishes};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// For how long the wishes here stand.
pub const STANDS: Duration = Duration::from_secs(600);

/// The queue as one node has it.
pub struct Node {
    pub queue: RedisQueue,
    requests: AtomicU64,
}

impl Node {
    pub fn new(server: &RedisServer, limits: PoolLimits) -> Node {
        Node::over(Redis::connect(&server.url()).unwrap(), "test", limits)
    }

    pub fn over(redis: Redis, name: &str, limits: PoolLimits) -> Node {
        Node { queue: RedisQueue::new(redis, name, &Crowds::default(), limits), requests: AtomicU64::new(0) }
    }

    /// See [`RedisQueue::looking_by_time_at`].
    pub fn looking_by_time_at(mut self, seekers: u32) -> Node {
        self.queue = self.queue.looking_by_time_at(seekers);
        self
    }

    /// The number of the next request.
    pub fn number(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn wish(&self, seeker: Seeker) -> Wish {
        Wish { number: self.number(), seeker, stands: STANDS, returned: false }
    }

    pub fn returned(&self, seeker: Seeker) -> Wish {
        Wish { returned: true, ..self.wish(seeker) }
    }

    pub async fn seek(&self, seeker: Seeker) -> Result<Sought, QueueError> {
        self.queue.seek(self.wish(seeker)).await
    }

    pub async fn seek_for(&self, seeker: Seeker, stands: Duration) -> Result<Sought, QueueError> {
        self.queue.seek(Wish { stands, ..self.wish(seeker) }).await
    }

    pub async fn give_back(&self, seeker: Seeker) -> Result<Sought, QueueError> {
        self.queue.seek(self.returned(seeker)).await
    }

    pub async fn cancel(&self, user: i64) -> Result<bool, QueueError> {
        self.queue.cancel(self.number(), UserId(user)).await
    }

    /// Seeks and must be matched.
    pub async fn matched(&self, seeker: Seeker) -> Seeker {
        match self.seek(seeker).await {
            Ok(Sought::Matched { partner, .. }) => *partner,
            other => panic!("{other:?}"),
        }
    }

    pub async fn partner(&self, seeker: Seeker) -> i64 {
        self.matched(seeker).await.user.0
    }
}

fn anyone(user: i64, since: i64) -> Seeker {
    let profile = Profile {
        gender: Gender::Other,
        age: AgeBand::From22,
        lang: Lang::Ru,
        interests: Interests(0),
        wishes: Wishes::anyone(Lang::Ru),
    };
    let (user, crowd, since) = (UserId(user), CrowdId::FIRST, Millis(since));
    Seeker { user, crowd, profile, since, priority: false, avoid: Box::default() }
}

/// One who fits nobody of their own kind: women who look for men.
pub fn woman(user: i64, since: i64) -> Seeker {
    let mut s = anyone(user, since);
    s.profile.gender = Gender::Female;
    s.profile.wishes.genders = 1 << Gender::Male as u8;
    s
}

/// A man who looks for a woman.
pub fn man(user: i64, since: i64) -> Seeker {
    let mut s = anyone(user, since);
    s.profile.gender = Gender::Male;
    s.profile.wishes.genders = 1 << Gender::Female as u8;
    s
}

pub fn avoiding(seeker: Seeker, users: impl IntoIterator<Item = i64>) -> Seeker {
    Seeker { avoid: users.into_iter().map(UserId).collect(), ..seeker }
}
