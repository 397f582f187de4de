//! A bound that actix's mailboxes do not have: so many at a time, and a visible refusal beyond.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Notify;

/// Counts what is under way. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    inside: AtomicU32,
    capacity: u32,
    left: Notify,
}

/// Leave to be inside; leaves when dropped.
#[derive(Debug)]
pub struct Pass(Arc<Inner>);

impl Gate {
    /// A gate that lets `capacity` in at a time.
    pub fn new(capacity: u32) -> Gate {
        Gate(Arc::new(Inner { inside: AtomicU32::new(0), capacity, left: Notify::new() }))
    }

    /// Enters, or none if it is full.
    pub fn try_enter(&self) -> Option<Pass> {
        self.0
            .inside
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < self.0.capacity).then_some(n + 1))
            .ok()
            .map(|_| Pass(self.0.clone()))
    }

    /// Enters, waiting for room.
    pub async fn enter(&self) -> Pass {
        loop {
            let left = self.0.left.notified();
            if let Some(pass) = self.try_enter() {
                return pass;
            }
            left.await;
        }
    }

    /// Waits until nobody is inside.
    pub async fn empty(&self) {
        loop {
            let left = self.0.left.notified();
            if self.inside() == 0 {
                return;
            }
            left.await;
        }
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

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
        // A permit is stored if nobody waits yet, so a waiter between its look and its await is not missed.
        self.0.left.notify_one();
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
        drop(a);
        assert!(gate.try_enter().is_some());
    }

    #[actix::test]
    async fn waits_for_room_and_for_emptiness() {
        let gate = Gate::new(1);
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
}
