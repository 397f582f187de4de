//! Partitions: what nodes own of the users.

use nameless_domain::ids::{UserId, spread};

/// How many there are.
pub const PARTITIONS: usize = 256;

/// One of [`PARTITIONS`] groups of users, placed there by hash for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(pub u8);

impl Partition {
    /// Where a user belongs. Part of the contract between nodes of different versions: never to be
    /// changed.
    pub fn of(user: UserId) -> Partition {
        Partition((spread(user.0) >> 56) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_spread_evenly_and_stay_where_they_are() {
        let mut counts = [0; PARTITIONS];
        (0..256_000).for_each(|id| counts[usize::from(Partition::of(UserId(5_000_000_000 + id)).0)] += 1);
        assert!(counts.iter().all(|n| (800..1_200).contains(n)), "{counts:?}");
        // Between versions of the program, too.
        assert_eq!([1, 2, 5_000_000_007].map(|id| Partition::of(UserId(id)).0), [180, 58, 45]);
    }
}
