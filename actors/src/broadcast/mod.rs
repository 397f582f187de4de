//! Broadcasts on their way: a job each, so that one node at a time carries one, and another goes on
//! where a process ends.
//!
//! Whom it is told next is due in the store before it leaves, and counted there once it has landed;
//! both under the courier's number, so that of two only one is given somebody new. It leaves in the
//! bulk lane, behind all that people say to each other, and only some are in the outbox at a time.
//! Who is in a chat waits in the store. What a crash leaves is what had left and was not counted
//! yet: as with every send, the moment between Telegram's answer and the mark. What an outage of
//! the store leaves is counted by the process that had it in hand, before another one goes on.

pub mod message;
#[cfg(test)]
mod tests;

use crate::capabilities::{Arrival, Errand, NewsStore, Round, Taking};
use crate::env::Env;
use crate::jobs::{Failure, Holding, Job, JobLane, Worker};
use crate::kernel::lock;
use crate::kernel::ticket::{Tickets, all_done};
use crate::outbox::{Enqueue, Landing, Listener, Origin, Outbox};
use crate::ports::{PortFuture, SendError, StoreError};
use crate::tell;
use nameless_domain::ids::{ChatId, UserId};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::Outgoing;
use nameless_domain::text::Lang;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// The lane of the jobs that carry broadcasts.
pub const LANE: &str = "broadcast";
/// How long a broadcast waits for another one before it looks again.
const BEHIND: Duration = Duration::from_secs(15);
/// How often it is looked whether somebody's chat is over, whether it is to wait, and, beside each
/// landing, what has landed.
const LOOK: Duration = Duration::from_secs(2);
/// Where the store does not answer, what an attempt has left in hand is counted so much later.
const COUNT_AGAIN: Duration = Duration::from_millis(250);
/// Where another process had the attempt before this one, it has so long to count what it had in
/// hand: its store's breaker probes every two seconds at most, a probe takes two more at most, and
/// it tries every [`COUNT_AGAIN`].
const OTHERS_COUNT: Duration = Duration::from_secs(5);
/// After so many in a row that Telegram refuses, it waits for an operator.
const REFUSED: u32 = 20;
/// In the outbox at a time, at least and at most.
const IN_HAND: (usize, usize) = (8, 500);

/// Whom a process is telling what, and what came of it. It outlives attempts: what is in the outbox
/// when one ends is not said again by the next.
#[derive(Default)]
struct Hands {
    /// None: it has not landed yet.
    of: Mutex<FxHashMap<(i64, UserId), Option<Arrival>>>,
    /// That something has: all who wait hear of each.
    landed: watch::Sender<()>,
}

impl Hands {
    /// Who is not to be given again.
    fn holds(&self, broadcast: i64) -> Vec<UserId> {
        lock(&self.of).keys().filter(|(of, _)| *of == broadcast).map(|(_, user)| *user).collect()
    }

    /// What has landed and is not known to be counted.
    fn arrivals(&self, broadcast: i64) -> Vec<(UserId, Arrival)> {
        let hands = lock(&self.of);
        let of = hands.iter().filter(|((of, _), _)| *of == broadcast);
        of.filter_map(|((_, user), arrival)| Some((*user, (*arrival)?))).collect()
    }

    fn counted(&self, broadcast: i64, of: &[(UserId, Arrival)]) {
        let mut hands = lock(&self.of);
        of.iter().for_each(|(user, _)| _ = hands.remove(&(broadcast, *user)));
    }
}

/// One in the outbox. Dropped without having landed, it was taken out: it is still due.
struct InHand {
    hands: Arc<Hands>,
    key: (i64, UserId),
    arrival: Option<Arrival>,
}

impl InHand {
    fn lands(mut self, arrival: Option<Arrival>) {
        self.arrival = arrival;
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let mut hands = lock(&self.hands.of);
        match self.arrival {
            Some(_) => _ = hands.insert(self.key, self.arrival),
            None => _ = hands.remove(&self.key),
        }
        drop(hands);
        self.hands.landed.send_replace(());
    }
}

/// Carries broadcasts.
pub struct Courier {
    env: OnceLock<Weak<Env>>,
    hands: Arc<Hands>,
    /// Which attempt at a job was begun here last. Broadcasts are few.
    begun: Mutex<FxHashMap<Arc<str>, u16>>,
    /// [`OTHERS_COUNT`].
    others_count: Duration,
}

impl Courier {
    /// For an engine that is yet to be started, see [`Courier::bind`].
    pub fn new() -> Arc<Courier> {
        Courier::waiting(OTHERS_COUNT)
    }

    fn waiting(others_count: Duration) -> Arc<Courier> {
        Arc::new(Courier {
            env: OnceLock::new(),
            hands: Arc::default(),
            begun: Mutex::default(),
            others_count,
        })
    }

    /// The engine runs.
    pub fn bind(&self, env: &Arc<Env>) {
        let _ = self.env.set(Arc::downgrade(env));
    }

    /// The lane of its jobs.
    pub fn lane(self: &Arc<Courier>) -> JobLane {
        JobLane {
            // The others wait for the first one: Telegram's limit is for all of them together.
            at_once: 4,
            attempts: 30_000,
            owed: false,
            yields: true,
            ..JobLane::new(LANE, Arc::new(Carrying(self.clone())))
        }
    }

    /// Waits for another process that had the attempt before: its lease ran out while the store was
    /// away, perhaps, and what it had in hand has left and is not counted. Until that is, the store
    /// would give it out again.
    async fn wait_for_others(&self, job: &Job, holding: &Holding) -> Result<(), Failure> {
        let attempt = holding.attempt();
        let before = lock(&self.begun).get(&job.key).copied().unwrap_or(0);
        if attempt > before.saturating_add(1) {
            tokio::select! {
                () = tokio::time::sleep(self.others_count) => {}
                () = holding.closing() => {
                    return Err(Failure::After("the process ends".into(), Duration::ZERO));
                }
                () = holding.lost() => return Err(Failure::Again("another one has it".into())),
            }
        }
        lock(&self.begun).insert(job.key.clone(), attempt);
        Ok(())
    }
}

/// The courier as a worker of its lane.
struct Carrying(Arc<Courier>);

impl Worker for Carrying {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let courier = self.0.clone();
        Box::pin(async move {
            let broadcast = std::str::from_utf8(&job.payload).ok().and_then(|number| number.parse().ok());
            let broadcast = broadcast.ok_or_else(|| Failure::Final("it has no number".into()))?;
            let env = courier.env.get().and_then(Weak::upgrade);
            let env = env.ok_or_else(|| Failure::Again("there is no engine yet".into()))?;
            let store = env.capabilities.news.clone();
            let run = job.key.rsplit(':').next().and_then(|run| run.parse().ok());
            let run = run.ok_or_else(|| Failure::Final("it does not say which time it begins".into()))?;
            courier.wait_for_others(&job, &holding).await?;
            let errand = match store.take(broadcast, run).await.map_err(away)? {
                Taking::Taken(errand) => *errand,
                Taking::Later => return Err(Failure::After("another one is under way".into(), BEHIND)),
                Taking::Former => {
                    let wait = LOOK.saturating_mul(holding.attempt().into()).min(BEHIND);
                    return Err(Failure::After("it is still in former hands".into(), wait));
                }
                Taking::Not => return Ok(Vec::new()),
            };
            let hands = courier.hands.clone();
            let landed = hands.landed.subscribe();
            let walk = Walk { env, store, hands, landed, broadcast, errand, holding, refused: 0 };
            walk.go().await
        })
    }
}

fn away(cause: StoreError) -> Failure {
    Failure::Again(cause.to_string())
}

/// One attempt at a broadcast.
struct Walk {
    env: Arc<Env>,
    store: Arc<dyn NewsStore>,
    hands: Arc<Hands>,
    landed: watch::Receiver<()>,
    broadcast: i64,
    errand: Errand,
    holding: Holding,
    /// In a row.
    refused: u32,
}

/// An attempt ends early where the store is away or the job is lost. What it has in hand lands all
/// the same, and whoever carries on, here or elsewhere, must not say that again: it is counted as
/// soon as the store answers.
impl Drop for Walk {
    fn drop(&mut self) {
        if self.hands.holds(self.broadcast).is_empty() {
            return;
        }
        let (env, store, hands) = (Arc::downgrade(&self.env), self.store.clone(), self.hands.clone());
        let broadcast = self.broadcast;
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(count_left(broadcast, store, hands, move || env.strong_count() > 0));
    }
}

/// Counts what an attempt has left in hand, as it lands.
async fn count_left(
    broadcast: i64,
    store: Arc<dyn NewsStore>,
    hands: Arc<Hands>,
    is_up: impl Fn() -> bool + Send,
) {
    let mut landed = hands.landed.subscribe();
    while is_up() && !hands.holds(broadcast).is_empty() {
        let arrivals = hands.arrivals(broadcast);
        if arrivals.is_empty() {
            tokio::select! {
                _ = landed.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        } else if store.landed(broadcast, arrivals.clone()).await.is_ok() {
            hands.counted(broadcast, &arrivals);
        } else {
            tokio::time::sleep(COUNT_AGAIN).await;
        }
    }
}

impl Walk {
    async fn go(mut self) -> Result<Vec<u8>, Failure> {
        let rate = self.env.limits.pacing.bulk_rate;
        // Two seconds' worth: enough to keep the lane busy, few enough to be stopped at once.
        let most = ((rate * 2.0) as usize).clamp(IN_HAND.0, IN_HAND.1);
        loop {
            self.holding.progress();
            self.count().await?;
            if self.refused >= REFUSED {
                self.store.halt(self.broadcast, self.errand.holder).await.map_err(away)?;
            }
            let in_hand = self.hands.holds(self.broadcast);
            let room = most - in_hand.len().min(most);
            if self.holding.is_closing() {
                if in_hand.is_empty() {
                    return Err(Failure::After("the process ends".into(), Duration::ZERO));
                }
            } else if room > most / 2 || in_hand.is_empty() {
                let holder = self.errand.holder;
                let none = in_hand.is_empty();
                match self.store.round(self.broadcast, holder, most, in_hand).await.map_err(away)? {
                    Round::To(people) => people.into_iter().for_each(|(chat, lang)| self.say(chat, lang)),
                    Round::Over | Round::Stop if none => return Ok(Vec::new()),
                    // What is in hand is waited for.
                    Round::Over | Round::Stop => {}
                }
            }
            let Walk { holding, landed, .. } = &mut self;
            let closing = async {
                if holding.is_closing() {
                    std::future::pending::<()>().await;
                }
                holding.closing().await;
            };
            tokio::select! {
                _ = landed.changed() => {}
                () = closing => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Tells the store what has landed.
    async fn count(&mut self) -> Result<(), Failure> {
        let landed = self.hands.arrivals(self.broadcast);
        if landed.is_empty() {
            return Ok(());
        }
        self.store.landed(self.broadcast, landed.clone()).await.map_err(away)?;
        self.hands.counted(self.broadcast, &landed);
        for (_, arrival) in landed {
            match arrival {
                Arrival::Sent => self.refused = 0,
                Arrival::Failed => self.refused += 1,
                Arrival::Gone => {}
            }
        }
        Ok(())
    }

    fn say(&self, chat: ChatId, lang: Lang) {
        // A process that was held up may have lost its hold to another.
        if !self.holding.is_held() {
            return;
        }
        let Some(user) = chat.user() else { return };
        let Some(call) = message::of(&*self.env.texts, &self.errand.draft, lang, chat) else { return };
        let key = (self.broadcast, user);
        lock(&self.hands.of).insert(key, None);
        let in_hand = InHand { hands: self.hands.clone(), key, arrival: None };
        let listener = Listener::own(move |_, Landing { result, tickets, .. }| {
            in_hand.lands(match result {
                Ok(_) => Some(Arrival::Sent),
                Err(SendError::Gone) => Some(Arrival::Gone),
                // It was not sent: it stays due.
                Err(SendError::Away(_)) => None,
                Err(_) => Some(Arrival::Failed),
            });
            all_done(tickets);
        });
        let out = Outgoing { chat, call };
        let message =
            Enqueue { out, lane: Lane::Bulk, origin: Origin::Heard(listener), tickets: Tickets::new() };
        tell!(self.env.directory.one::<Outbox>(), message);
    }
}
