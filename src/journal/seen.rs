//! The duplicate filter: which update ids were accepted in the last hours (I3).
//!
//! A set, never a high-water mark: webhooks arrive concurrently, and Telegram's ids start anew at
//! random after a quiet week. Ids come nearly without gaps, so ranges keep it small.

use std::collections::BTreeMap;

/// Ranges kept at most (20 bytes each on disk). Only ids scattered at random come near it; then the
/// oldest go first.
pub const MAX_RANGES: usize = 200_000;

/// Bytes of one range on disk: first id, last id, hour.
const RANGE_BYTES: usize = 20;

/// Accepted update ids as ranges, each with the hour of its acceptance.
#[derive(Debug, Default, PartialEq)]
pub struct SeenIds {
    /// First id -> (last id, hours since the Unix epoch). Ranges do not overlap.
    ranges: BTreeMap<i64, (i64, u32)>,
}

impl SeenIds {
    /// Whether the id was accepted.
    pub fn contains(&self, id: i64) -> bool {
        self.ranges.range(..=id).next_back().is_some_and(|(_, &(last, _))| id <= last)
    }

    /// Notes an id; false if it was there.
    pub fn insert(&mut self, id: i64, hour: u32) -> bool {
        let before = self.ranges.range_mut(..=id).next_back();
        let mut first = id;
        if let Some((&start, (last, its_hour))) = before {
            if id <= *last {
                return false;
            }
            // `id > last`, so `last + 1` cannot overflow.
            if *last + 1 == id && *its_hour == hour {
                *last = id;
                first = start;
            }
        }
        let after =
            id.checked_add(1).and_then(|next| self.ranges.get(&next).map(|&(last, h)| (next, last, h)));
        let mut last = id;
        if let Some((next, its_last, its_hour)) = after
            && its_hour == hour
        {
            self.ranges.remove(&next);
            last = its_last;
        }
        self.ranges.insert(first, (last, hour));
        if self.ranges.len() > MAX_RANGES {
            self.drop_oldest();
        }
        true
    }

    /// Forgets what was accepted before `oldest` (hours since the Unix epoch).
    pub fn expire(&mut self, oldest: u32) {
        self.ranges.retain(|_, &mut (_, hour)| hour >= oldest);
    }

    /// Makes room: the oldest hour goes or, if there is only one, the lower half of the ids.
    fn drop_oldest(&mut self) {
        let hours = self.ranges.values().map(|&(_, hour)| hour);
        let (oldest, newest) = (hours.clone().min().unwrap_or(0), hours.max().unwrap_or(0));
        if oldest < newest {
            self.expire(oldest + 1);
        } else if let Some(&middle) = self.ranges.keys().nth(self.ranges.len() / 2) {
            self.ranges = self.ranges.split_off(&middle);
        }
    }

    /// Appends the ranges for a segment's head.
    pub fn encode(&self, buf: &mut Vec<u8>) {
        for (first, (last, hour)) in &self.ranges {
            buf.extend_from_slice(&first.to_le_bytes());
            buf.extend_from_slice(&last.to_le_bytes());
            buf.extend_from_slice(&hour.to_le_bytes());
        }
    }

    /// Reads what [`SeenIds::encode`] wrote; none if it is not that.
    pub fn decode(bytes: &[u8]) -> Option<SeenIds> {
        let (ranges, rest) = bytes.as_chunks::<RANGE_BYTES>();
        let mut seen = SeenIds::default();
        for range in ranges {
            let first = i64::from_le_bytes(range[..8].try_into().ok()?);
            let last = i64::from_le_bytes(range[8..16].try_into().ok()?);
            let hour = u32::from_le_bytes(range[16..].try_into().ok()?);
            if last < first {
                return None;
            }
            seen.ranges.insert(first, (last, hour));
        }
        rest.is_empty().then_some(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn consecutive_ids_are_one_range_and_age_by_hour() {
        let mut seen = SeenIds::default();
        (100..200).for_each(|id| assert!(seen.insert(id, 1)));
        (300..400).rev().for_each(|id| assert!(seen.insert(id, 1)));
        (200..250).for_each(|id| assert!(seen.insert(id, 2)));
        assert_eq!(seen.ranges.len(), 3);
        assert!(!seen.insert(150, 2));
        seen.expire(2);
        assert!(!seen.contains(199) && seen.contains(200) && !seen.contains(300));
    }

    #[test]
    fn the_ends_of_the_scale_do_not_overflow() {
        let mut seen = SeenIds::default();
        for id in [i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1] {
            assert!(seen.insert(id, 1));
        }
        assert_eq!(seen.ranges.len(), 2);
    }

    #[test]
    fn scattered_ids_are_bounded() {
        let mut seen = SeenIds::default();
        for i in 0..(MAX_RANGES as i64 + 10) {
            seen.insert(i * 2, (i / 1000) as u32);
        }
        assert!(seen.ranges.len() <= MAX_RANGES);
        assert!(seen.contains((MAX_RANGES as i64 + 9) * 2));
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(ids in proptest::collection::vec((-20i64..20, 0u32..3), 0..80)) {
            let mut seen = SeenIds::default();
            let mut model = BTreeSet::new();
            for (id, hour) in ids {
                prop_assert_eq!(seen.insert(id, hour), model.insert(id));
            }
            for id in -21..21 {
                prop_assert_eq!(seen.contains(id), model.contains(&id));
            }
            let mut bytes = Vec::new();
            seen.encode(&mut bytes);
            prop_assert_eq!(SeenIds::decode(&bytes), Some(seen));
        }
    }
}
