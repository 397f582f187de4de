//! A bound that actix's mailboxes do not have: so many at a time, and a visible refusal beyond.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Notify;

/// Counts what is under way, and refuses what is too much. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

/// A gate before which one may wait.
#[derive(Clone, Debug)]
pub struct WaitingGate {
    gate: Gate,
    waiting: Arc<Waiting>,
}

#[derive(Debug)]
struct Inner {
    inside: AtomicU32,
    capacity: u32,
    /// None where nobody can wait: each session has a gate.
    waiting: Option<Arc<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    left: Notify,
    /// Apart from `left`: who waits for emptiness must not take the word that was meant for who
    /// waits for room.
    emptied: Notify,
}

/// Leave to be inside; leaves when dropped.
#[derive(Debug)]
pub struct Pass(Arc<Inner>);

impl Gate {
    /// A gate that lets `capacity` in at a time.
    pub fn new(capacity: u32) -> Gate {
        Gate(Arc::new(Inner { inside: AtomicU32::new(0), capacity, waiting: None }))
    }

    /// Enters, or none if it is full.
    pub fn try_enter(&self) -> Option<Pass> {
        self.try_enter_beyond(0)
    }

    /// Enters unless there are `reserve` inside beyond what it holds: for what must not wait behind
    /// the rest.
    pub fn try_enter_beyond(&self, reserve: u32) -> Option<Pass> {
        let bound = self.0.capacity.saturating_add(reserve);
        self.0
            .inside
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < bound).then_some(n + 1))
            .ok()
            .map(|_| Pass(self.0.clone()))
    }

    /// How many are inside.
    pub fn inside(&self) -> u32 {
        self.0.inside.load(Ordering::Acquire)
    }

    /// How many may be inside.
    pub fn capacity(&self) -> u32 {
        self.0.capacity
    }
}

impl WaitingGate {
    /// A gate that lets `capacity` in at a time.
    pub fn new(capacity: u32) -> WaitingGate {
        let waiting = Arc::<Waiting>::default();
        let inner = Inner { inside: AtomicU32::new(0), capacity, waiting: Some(waiting.clone()) };
        WaitingGate { gate: Gate(Arc::new(inner)), waiting }
    }

    /// The gate itself.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Enters, waiting for room.
    pub async fn enter(&self) -> Pass {
        loop {
            let left = self.waiting.left.notified();
            if let Some(pass) = self.gate.try_enter() {
                return pass;
            }
            left.await;
        }
    }

    /// Enters even if it is full: for what had been let in before and comes back.
    pub fn enter_again(&self) -> Pass {
        self.gate.0.inside.fetch_add(1, Ordering::AcqRel);
        Pass(self.gate.0.clone())
    }

    /// Waits until nobody is inside.
    pub async fn empty(&self) {
        loop {
            // It hears of every emptying after this line, awaited or not.
            let emptied = self.waiting.emptied.notified();
            if self.gate.inside() == 0 {
                return;
            }
            emptied.await;
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let left = self.0.inside.fetch_sub(1, Ordering::AcqRel);
        if let Some(waiting) = &self.0.waiting {
            if left == 1 {
                waiting.emptied.notify_waiters();
            }
            // A permit is stored if nobody waits yet, so a waiter between its look and its await is
            // not missed.
            waiting.left.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_refuses_and_leaving_makes_room() {
        let gate = Gate::new(2);
        let a = gate.try_enter().unwrap();
        let _b = gate.try_enter().unwrap();
        assert!(gate.try_enter().is_none());
        let reserved = gate.try_enter_beyond(1).unwrap();
        assert!(gate.try_enter_beyond(1).is_none());
        drop((a, reserved));
        assert!(gate.try_enter().is_some());
    }

    #[actix::test]
    async fn waits_for_room_and_for_emptiness() {
        let gate = WaitingGate::new(1);
        let pass = gate.enter().await;
        let waiter = tokio::task::spawn_local({
            let gate = gate.clone();
            async move { drop(gate.enter().await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drop(pass);
        waiter.await.unwrap();
        gate.empty().await;
    }

    #[actix::test]
    async fn who_waits_for_emptiness_takes_no_room_from_others() {
        let gate = WaitingGate::new(1);
        let pass = gate.enter().await;
        let spawn = |empty: bool| {
            let gate = gate.clone();
            tokio::task::spawn_local(async move {
                match empty {
                    true => gate.empty().await,
                    false => drop(gate.enter().await),
                }
            })
        };
        let waiters = [spawn(true), spawn(false)];
        tokio::task::yield_now().await;
        let back = gate.enter_again();
        assert_eq!(gate.gate().inside(), 2, "what comes back is not refused");
        drop((pass, back));
        for waiter in waiters {
            let ended = tokio::time::timeout(std::time::Duration::from_secs(60), waiter).await;
            ended.expect("nobody is forgotten").unwrap();
        }
    }
}
