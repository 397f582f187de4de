//! What the simulator has counted.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::limits::Violations;
use crate::state::lock;

/// A snapshot of all counters.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Calls per method, by its real name.
    pub methods: BTreeMap<&'static str, u64>,
    /// Refused calls per `error_code`.
    pub errors: BTreeMap<u16, u64>,
    /// Violations of Telegram's limits, per kind.
    pub violations: BTreeMap<&'static str, u64>,
    /// Applied faults, per kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Updates put into the queues of all bots.
    pub updates_made: u64,
    /// Updates that bots acknowledged.
    pub updates_acked: u64,
    /// Updates that wait.
    pub updates_pending: u64,
    /// Webhook deliveries that were tried.
    pub webhook_attempts: u64,
    /// Webhook deliveries that failed.
    pub webhook_failures: u64,
    /// Messages that bots sent.
    pub messages_sent: u64,
    /// People in the world.
    pub users: u64,
}

impl Stats {
    /// Calls of one method, by its real name (`sendMessage`).
    pub fn calls(&self, method: &str) -> u64 {
        self.methods.get(method).copied().unwrap_or(0)
    }

    /// Violations of all kinds together.
    pub fn total_violations(&self) -> u64 {
        self.violations.values().sum()
    }
}

#[derive(Debug)]
pub(crate) struct Counters {
    /// In the order of the method table.
    pub(crate) methods: Vec<AtomicU64>,
    errors: Mutex<BTreeMap<u16, u64>>,
    pub(crate) violations: Violations,
    pub(crate) webhook_attempts: AtomicU64,
    pub(crate) webhook_failures: AtomicU64,
    pub(crate) messages_sent: AtomicU64,
}

impl Counters {
    pub(crate) fn new(methods: usize) -> Self {
        Self {
            methods: (0..methods).map(|_| AtomicU64::new(0)).collect(),
            errors: Mutex::default(),
            violations: Violations::default(),
            webhook_attempts: AtomicU64::new(0),
            webhook_failures: AtomicU64::new(0),
            messages_sent: AtomicU64::new(0),
        }
    }

    pub(crate) fn error(&self, code: u16) {
        *lock(&self.errors).entry(code).or_default() += 1;
    }

    pub(crate) fn errors(&self) -> BTreeMap<u16, u64> {
        lock(&self.errors).clone()
    }
}

pub(crate) fn bump(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
