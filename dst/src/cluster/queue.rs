//! Who waits for a partner, for both nodes: the pool in Redis, with its promises about repeated
//! requests.

use super::redis::Unreached;
use crate::world::{Life, State, World};
use nameless_actors::kernel::lock;
use nameless_actors::ports::{PortFuture, Queue, QueueError, Sought, Wish};
use nameless_domain::ids::UserId;
use nameless_domain::matching::{Offer, PoolLimits, Pools, Seeker};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Most who are taken out at a time.
const EXPIRE: usize = 200;

/// A request that is about nobody.
const NOBODY: (&str, UserId) = ("queue", UserId(0));

/// What a request was answered.
#[derive(Clone, Debug)]
enum Answer {
    Sought(Sought),
    Cancelled(bool),
}

/// The queue as Redis has it.
pub struct SharedQueue {
    pool: Pools,
    /// By when a wish has to be stated again (true time).
    expiry: BTreeMap<UserId, i64>,
    /// The answer to the last request about a user: by whom, its number. Returns keep theirs apart.
    answers: BTreeMap<(UserId, bool), (u64, u64, Answer)>,
    /// The life of this queue; none before somebody begins it.
    epoch: Option<u64>,
}

impl Default for SharedQueue {
    fn default() -> SharedQueue {
        let (expiry, answers) = (BTreeMap::new(), BTreeMap::new());
        SharedQueue { pool: Pools::new(PoolLimits::default()), expiry, answers, epoch: None }
    }
}

impl SharedQueue {
    /// How many wait by the word of one of these lives. A wish that another one has left behind
    /// stands until it would have to be stated again; nobody takes it out before.
    pub fn waiting_by(&self, lives: &BTreeSet<u64>) -> usize {
        let by = |key| self.answers.get(&key).is_some_and(|(life, ..)| lives.contains(life));
        self.expiry.keys().filter(|&&user| by((user, false)) || by((user, true))).count()
    }

    fn expire(&mut self, now: i64) -> u64 {
        let gone: Vec<UserId> = self.expiry.iter().filter(|(_, at)| **at <= now).map(|(u, _)| *u).collect();
        for user in gone.iter().take(EXPIRE) {
            self.pool.cancel(*user);
            self.expiry.remove(user);
        }
        gone.len().min(EXPIRE) as u64
    }

    /// What the request was answered if it is repeated; an older one of the same life is stale.
    fn repeated(&self, key: (UserId, bool), life: u64, number: u64) -> Option<Result<Answer, QueueError>> {
        let (by, last, answer) = self.answers.get(&key)?;
        if *by != life || *last < number {
            return None;
        }
        let stale = || QueueError::Refused("a later request of this user was answered already".into());
        Some(if *last > number { Err(stale()) } else { Ok(answer.clone()) })
    }

    fn seek(&mut self, wish: Wish, now: i64) -> Sought {
        self.expire(now);
        let Wish { mut seeker, stands, returned, .. } = wish;
        let user = seeker.user;
        if returned {
            if self.pool.get(user).is_some() {
                return Sought::Waiting;
            }
            let own = self.answers.get(&(user, false));
            if own.is_some_and(|(_, _, answer)| matches!(answer, Answer::Cancelled(_))) {
                return Sought::Gone;
            }
        }
        let old = self.pool.cancel(user);
        self.expiry.remove(&user);
        if let Some(old) = &old {
            seeker.since = old.since;
        }
        let placed = returned || old.is_some();
        let offer = if placed { self.pool.return_seeker(seeker) } else { self.pool.offer(seeker) };
        match offer {
            Offer::Matched(partner, me) => {
                let left = self.expiry.remove(&partner.user).map_or(0, |at| at - now).max(0);
                let stands = Duration::from_millis(left as u64);
                Sought::Matched { since: me.since, partner: Box::<Seeker>::new(partner), stands }
            }
            Offer::Full(_) => Sought::Full,
            Offer::Waiting | Offer::Already | Offer::Absent(_) => {
                self.expiry.insert(user, now + stands.as_millis() as i64);
                Sought::Waiting
            }
        }
    }
}

/// The queue as one life reaches it.
pub struct QueuePort {
    /// Where it is.
    world: Arc<World>,
    /// Who asks.
    life: Arc<Life>,
    /// The epoch that this life knows.
    epoch: Mutex<Option<u64>>,
}

fn away(_: Unreached) -> QueueError {
    QueueError::Unavailable("simulated".into())
}

impl QueuePort {
    /// For one life.
    pub fn new(world: Arc<World>, life: Arc<Life>) -> QueuePort {
        QueuePort { world, life, epoch: Mutex::new(None) }
    }

    async fn request<T>(
        &self,
        (what, user): (&'static str, UserId),
        act: impl FnOnce(&mut SharedQueue, i64) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        let known = *lock(&self.epoch);
        let adopted = |state: &mut State| {
            let name = state.rng.number();
            state.cluster.as_mut().map(|cluster| *cluster.redis.queue.epoch.get_or_insert(name))
        };
        let adopt = async {
            let epoch = self.world.redis(&self.life, adopted).await.map_err(away)?;
            *lock(&self.epoch) = epoch;
            Ok::<_, QueueError>(epoch)
        };
        let epoch = match known {
            Some(epoch) => Some(epoch),
            None => adopt.await?,
        };
        let asked = self.world.redis(&self.life, |state| {
            let now = state.now();
            state.event(what, [user.0, self.life.number as i64, 0]);
            let queue = &mut state.cluster.as_mut()?.redis.queue;
            (queue.epoch == epoch).then(|| act(queue, now))
        });
        match asked.await.map_err(away)? {
            Some(answer) => answer,
            None => {
                let epoch = self.world.redis(&self.life, adopted).await.map_err(away)?;
                *lock(&self.epoch) = epoch;
                Err(QueueError::Reset)
            }
        }
    }
}

impl Queue for QueuePort {
    fn seek(&self, wish: Wish) -> PortFuture<'_, Result<Sought, QueueError>> {
        let (life, number) = (self.life.number, wish.number);
        let key = (wish.seeker.user, wish.returned);
        Box::pin(async move {
            let what = if wish.returned { "wish comes back" } else { "wish" };
            let answer = self.request((what, key.0), |queue, now| {
                if let Some(before) = queue.repeated(key, life, number) {
                    return before;
                }
                let answer = Answer::Sought(queue.seek(wish, now));
                queue.answers.insert(key, (life, number, answer.clone()));
                Ok(answer)
            });
            match answer.await? {
                Answer::Sought(sought) => Ok(sought),
                Answer::Cancelled(_) => Err(QueueError::Refused("an answer to something else".into())),
            }
        })
    }

    fn cancel(&self, number: u64, user: UserId) -> PortFuture<'_, Result<bool, QueueError>> {
        let (life, key) = (self.life.number, (user, false));
        Box::pin(async move {
            let answer = self.request(("wish ends", user), |queue, _| {
                if let Some(before) = queue.repeated(key, life, number) {
                    return before;
                }
                queue.expiry.remove(&user);
                let answer = Answer::Cancelled(queue.pool.cancel(user).is_some());
                queue.answers.insert(key, (life, number, answer.clone()));
                Ok(answer)
            });
            match answer.await? {
                Answer::Cancelled(waited) => Ok(waited),
                Answer::Sought(_) => Err(QueueError::Refused("an answer to something else".into())),
            }
        })
    }

    fn expire(&self) -> PortFuture<'_, Result<u64, QueueError>> {
        Box::pin(self.request(NOBODY, |queue, now| Ok(queue.expire(now))))
    }

    fn ping(&self) -> PortFuture<'_, Result<(), QueueError>> {
        Box::pin(self.request(NOBODY, |_, _| Ok(())))
    }
}
