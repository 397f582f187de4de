//! Nodes whose lease is past in PostgreSQL, until they are known to live or to be dead.

use super::lease::LEASE;
use rustc_hash::FxHashMap;
use std::time::Duration;

/// For how long a Redis that answers must know nobody of that name: one that was emptied hears of
/// everybody who lives within a beat, and this is one and a half.
const ABSENT: Duration = Duration::from_millis(1_500);

/// What is said of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// It lives.
    Lives,
    /// Redis knows nobody of that name.
    Absent,
    /// Redis did not answer: the node may live on what it said there before.
    Unknown,
    /// There is no Redis.
    NoneKept,
}

#[derive(Clone, Copy)]
struct Suspect {
    /// Since when nobody bears witness.
    since: Duration,
    /// Since when Redis says so each time; none: it did not answer the last time.
    absent: Option<Duration>,
}

/// Nodes that may be dead, by the moment (on the boot clock) when that was first seen.
#[derive(Default)]
pub struct Suspects(FxHashMap<i64, Suspect>);

impl Suspects {
    /// Forgets those whose lease holds again, or who are gone.
    pub fn keep(&mut self, expired: &[i64]) {
        self.0.retain(|node, _| expired.contains(node));
    }

    /// Whether a node, whose lease is past, is dead by what was seen at `now`.
    pub fn is_dead(&mut self, node: i64, witness: Witness, now: Duration) -> bool {
        if witness == Witness::Lives {
            self.0.remove(&node);
            return false;
        }
        let suspect = self.0.entry(node).or_insert(Suspect { since: now, absent: None });
        match witness {
            Witness::NoneKept => return true,
            Witness::Absent => _ = suspect.absent.get_or_insert(now),
            _ => suspect.absent = None,
        }
        let absent = suspect.absent.is_some_and(|at| now.saturating_sub(at) >= ABSENT);
        // What nobody could renew for a whole lease is past.
        absent || now.saturating_sub(suspect.since) >= LEASE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn an_unreachable_redis_is_no_word_of_death() {
        let mut suspects = Suspects::default();
        assert!(!suspects.is_dead(1, Witness::Unknown, MS(10_000)));
        assert!(!suspects.is_dead(1, Witness::Unknown, MS(14_900)), "it may have said so at 9,999");
        assert!(!suspects.is_dead(1, Witness::Lives, MS(14_950)));
        assert!(!suspects.is_dead(1, Witness::Unknown, MS(15_000)), "it lived a moment ago");
        assert!(suspects.is_dead(1, Witness::Unknown, MS(20_000)), "nobody can have renewed it for a lease");
    }

    #[test]
    fn an_emptied_redis_is_asked_again() {
        let mut suspects = Suspects::default();
        assert!(!suspects.is_dead(1, Witness::Absent, MS(10_000)));
        assert!(!suspects.is_dead(1, Witness::Absent, MS(11_000)), "its next word may be on its way");
        assert!(!suspects.is_dead(1, Witness::Unknown, MS(11_400)));
        assert!(!suspects.is_dead(1, Witness::Absent, MS(11_600)), "it may have been emptied since");
        assert!(suspects.is_dead(1, Witness::Absent, MS(13_100)));
        assert!(suspects.is_dead(2, Witness::NoneKept, MS(13_100)), "no Redis, nothing to wait for");
    }

    #[test]
    fn who_is_back_is_no_suspect() {
        let mut suspects = Suspects::default();
        assert!(!suspects.is_dead(1, Witness::Absent, MS(10_000)));
        suspects.keep(&[2]);
        assert!(!suspects.is_dead(1, Witness::Absent, MS(90_000)));
    }
}
