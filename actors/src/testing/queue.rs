//! A shared queue in memory that fails by script, and keeps its word about numbers.

use super::lock;
use crate::ports::*;
use nameless_domain::ids::UserId;
use nameless_domain::matching::{Offer, PoolLimits, Pools};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// It never arrived.
    Unsent,
    /// It happened, and the answer was lost.
    AnswerLost,
    /// Everybody is gone.
    Reset,
}

/// The queue.
pub struct Scripted {
    pub pool: Mutex<Pools>,
    script: Mutex<VecDeque<Failure>>,
    /// Every request fails as unsent while this is set.
    pub away: AtomicBool,
    /// Requests of users, failed ones included.
    pub asked: AtomicU32,
    /// Whose searches happened, in order; one that is asked for again with its number does not.
    pub sought: Mutex<Vec<UserId>>,
    answers: Mutex<BTreeMap<UserId, (u64, Option<Sought>)>>,
    /// Users whose seek does not end before [`Scripted::release`].
    held: Mutex<Vec<UserId>>,
}

impl Default for Scripted {
    fn default() -> Scripted {
        Scripted {
            pool: Mutex::new(Pools::new(PoolLimits::default())),
            script: Mutex::default(),
            away: AtomicBool::new(false),
            asked: AtomicU32::new(0),
            sought: Mutex::default(),
            answers: Mutex::default(),
            held: Mutex::default(),
        }
    }
}

impl Scripted {
    /// The next requests fail so.
    pub fn fail(&self, failures: impl IntoIterator<Item = Failure>) {
        lock(&self.script).extend(failures);
    }

    /// Requests of this user wait.
    pub fn hold(&self, user: i64) {
        lock(&self.held).push(UserId(user));
    }

    /// They go on.
    pub fn release(&self) {
        lock(&self.held).clear();
    }

    pub fn waiting(&self) -> usize {
        lock(&self.pool).len()
    }

    async fn request(
        &self,
        user: UserId,
        number: u64,
        f: impl FnOnce(&mut Pools) -> Option<Sought>,
    ) -> Result<Option<Sought>, QueueError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        while lock(&self.held).contains(&user) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let failure = match self.away.load(Ordering::SeqCst) {
            true => Some(Failure::Unsent),
            false => lock(&self.script).pop_front(),
        };
        match failure {
            Some(Failure::Unsent) => return Err(QueueError::Unavailable("scripted".into())),
            Some(Failure::Reset) => {
                *lock(&self.pool) = Pools::new(PoolLimits::default());
                lock(&self.answers).clear();
                return Err(QueueError::Reset);
            }
            Some(Failure::AnswerLost) | None => {}
        }
        let mut answers = lock(&self.answers);
        let answer = match answers.get(&user) {
            Some((last, answer)) if *last == number => answer.clone(),
            Some((last, _)) if *last > number => return Err(QueueError::Refused("stale".into())),
            _ => f(&mut lock(&self.pool)),
        };
        answers.insert(user, (number, answer.clone()));
        match failure {
            None => Ok(answer),
            Some(_) => Err(QueueError::Unavailable("scripted".into())),
        }
    }
}

impl Queue for Scripted {
    fn seek(&self, wish: Wish) -> PortFuture<'_, Result<Sought, QueueError>> {
        Box::pin(async move {
            let Wish { number, seeker, stands, returned } = wish;
            let user = seeker.user;
            let seek = |pool: &mut Pools| {
                lock(&self.sought).push(user);
                let offer = match (returned, pool.get(seeker.user)) {
                    (true, _) => pool.return_seeker(seeker),
                    (false, Some(_)) => pool.replace(seeker),
                    (false, None) => pool.offer(seeker),
                };
                Some(match offer {
                    Offer::Matched(partner, me) => {
                        Sought::Matched { since: me.since, partner: Box::new(partner), stands }
                    }
                    Offer::Full(_) => Sought::Full,
                    Offer::Waiting | Offer::Already | Offer::Absent(_) => Sought::Waiting,
                })
            };
            Ok(self.request(user, number, seek).await?.expect("an answer to a wish"))
        })
    }
    fn cancel(&self, number: u64, user: UserId) -> PortFuture<'_, Result<bool, QueueError>> {
        Box::pin(async move {
            self.request(user, number, |pool| {
                pool.cancel(user);
                None
            })
            .await?;
            Ok(true)
        })
    }
    fn expire(&self) -> PortFuture<'_, Result<u64, QueueError>> {
        Box::pin(async { Ok(0) })
    }
    fn ping(&self) -> PortFuture<'_, Result<(), QueueError>> {
        Box::pin(async { Ok(()) })
    }
}
