//! What happened, as a hash, and on request in words.

use std::collections::BTreeMap;

/// The trace of a history.
#[derive(Debug, Default)]
pub struct Trace {
    hash: u64,
    events: u64,
    /// Print each event.
    pub loud: bool,
    /// How often each kind of fault was injected and each way out was taken.
    pub cover: BTreeMap<&'static str, u64>,
}

impl Trace {
    /// An empty one.
    pub fn new(loud: bool) -> Trace {
        Trace { loud, ..Trace::default() }
    }

    /// Notes an event: when (ms), what, and of whom.
    pub fn event(&mut self, at: i64, what: &'static str, of: [i64; 3]) {
        let mut mix = |n: u64| self.hash = (self.hash.rotate_left(5) ^ n).wrapping_mul(0x517c_c1b7_2722_0a95);
        mix(at as u64);
        what.bytes().for_each(|b| mix(u64::from(b)));
        of.into_iter().for_each(|n| mix(n as u64));
        self.events += 1;
        if self.loud {
            println!("{:>9}.{:03} {what} {} {} {}", at / 1_000, at % 1_000, of[0], of[1], of[2]);
        }
    }

    /// Counts something for the report.
    pub fn count(&mut self, what: &'static str) {
        *self.cover.entry(what).or_default() += 1;
    }

    /// Equal for equal histories.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Number of events.
    pub fn events(&self) -> u64 {
        self.events
    }
}
