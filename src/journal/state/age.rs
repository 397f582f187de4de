//! When segments are left and emptied: their time is over, or somebody was erased.

use super::State;
use std::time::{Duration, Instant};

/// Longest wait between two looks for what an erasure is owed.
const OWED_LOOK: Duration = Duration::from_secs(3_600);

/// What people erased must go with the files that hold it.
#[derive(Debug)]
pub(super) struct Owed {
    /// Updates before this position are meant.
    before: u64,
    /// When it is looked next.
    at: Instant,
    /// And how long after that.
    wait: Duration,
}

impl State {
    /// Someone was erased: what is finished is to be unreadable soon, and the rest once it is
    /// finished.
    pub fn forget_finished(&mut self, now: Instant) {
        let wait = self.config.forget_after;
        let at = self.owed.as_ref().map_or(now + wait, |owed| owed.at.min(now + wait));
        self.owed = Some(Owed { before: self.next_seq, at, wait });
    }

    /// Begins a new segment where the time of the newest is over, or an erasure is owed it; those
    /// before are emptied then. Says when to look again.
    pub fn tick(&mut self, now: Instant) -> Option<Instant> {
        if self.has_entries() {
            self.begun.get_or_insert(now);
        }
        let aged = self.begun.map(|begun| begun + self.config.segment_age);
        let owed = self.owed.as_ref().map(|owed| owed.at);
        if aged.is_none_or(|at| now < at) && owed.is_none_or(|at| now < at) {
            return [aged, owed].into_iter().flatten().min();
        }
        let begun = match self.segments.back() {
            Some(newest) if self.has_entries() => self.begin_segment(newest.no + 1, &[]),
            _ => Ok(()),
        };
        match begun {
            Ok(()) => self.purge = self.segments.back().map_or(0, |newest| newest.no),
            Err(cause) => tracing::error!(%cause, "the journal cannot begin a new file"),
        }
        self.begun = None;
        if let Some(owed) = self.owed.as_mut().filter(|owed| owed.at <= now) {
            owed.wait = (owed.wait * 2).min(OWED_LOOK);
            owed.at = now + owed.wait;
            if self.live.range(..owed.before).next().is_none() {
                self.owed = None;
            }
        }
        self.owed.as_ref().map(|owed| owed.at)
    }

    fn has_entries(&self) -> bool {
        self.segments.back().is_some_and(|newest| newest.len > newest.head)
    }
}
