//! How many messages were sent, and what became of them.

use super::verdict::Reason;

/// Counts since the beginning, or between two moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages sent.
    pub sent: u64,
    /// Messages that arrived at the partner for the first time.
    pub arrived: u64,
    /// Arrivals of what had arrived before.
    pub doubled: u64,
    /// Arrivals after a later message of the same sender.
    pub reordered: u64,
    /// Arrivals at somebody who is not the partner, or of what was never sent.
    pub astray: u64,
}

impl Counts {
    /// What came since an earlier moment.
    pub fn since(self, before: Counts) -> Counts {
        Counts {
            sent: self.sent - before.sent,
            arrived: self.arrived - before.arrived,
            doubled: self.doubled - before.doubled,
            reordered: self.reordered - before.reordered,
            astray: self.astray - before.astray,
        }
    }

    /// Messages that have not arrived.
    pub fn missing(self) -> u64 {
        self.sent.saturating_sub(self.arrived)
    }

    /// What makes a run void, if nothing more is under way.
    pub fn problems(self) -> Vec<Reason> {
        let lost = self.missing();
        let all = [
            (lost, Reason::Lost(lost)),
            (self.doubled, Reason::Doubled(self.doubled)),
            (self.reordered, Reason::Reordered(self.reordered)),
            (self.astray, Reason::Astray(self.astray)),
        ];
        all.into_iter().filter(|(n, _)| *n > 0).map(|(_, reason)| reason).collect()
    }
}
