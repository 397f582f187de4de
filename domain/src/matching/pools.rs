//! Everyone who waits: a pool for each crowd, so that nobody of two crowds is ever compared. What a
//! crowd costs depends on its own people; who seeks stands in one of them.

use super::pool::{Offer, Pool, PoolLimits};
use super::seeker::Seeker;
use crate::ids::{CrowdId, UserId};
use std::collections::BTreeMap;

/// Everyone who waits, in memory of one node.
pub struct Pools {
    limits: PoolLimits,
    /// The only one nearly everywhere.
    first: Pool,
    /// Each is made when the first of its people comes. Bounded by the number of bots that there
    /// can be.
    others: BTreeMap<CrowdId, Pool>,
}

impl Pools {
    /// Nobody waits. [`PoolLimits::max_seekers`] is of all together.
    pub fn new(limits: PoolLimits) -> Pools {
        Pools { first: Pool::new(limits.clone()), others: BTreeMap::new(), limits }
    }

    fn all(&self) -> impl Iterator<Item = (CrowdId, &Pool)> {
        let others = self.others.iter().map(|(crowd, pool)| (*crowd, pool));
        std::iter::once((CrowdId::FIRST, &self.first)).chain(others)
    }

    fn of(&mut self, crowd: CrowdId) -> &mut Pool {
        match crowd {
            CrowdId::FIRST => &mut self.first,
            crowd => self.others.entry(crowd).or_insert_with(|| Pool::new(self.limits.clone())),
        }
    }

    /// As [`Pool::offer`], among their own crowd.
    pub fn offer(&mut self, seeker: Seeker) -> Offer {
        let (waiting, most) = (self.len(), self.limits.max_seekers);
        self.offer_within(seeker, most.saturating_sub(waiting))
    }

    /// As [`Pool::return_seeker`].
    pub fn return_seeker(&mut self, seeker: Seeker) -> Offer {
        self.offer_within(seeker, usize::MAX)
    }

    /// `room` says for how many more there is place.
    fn offer_within(&mut self, seeker: Seeker, room: usize) -> Offer {
        if self.get(seeker.user).is_some() {
            return Offer::Already;
        }
        let pool = self.of(seeker.crowd);
        let most = pool.len().saturating_add(room);
        pool.offer_within(seeker, most)
    }

    /// As [`Pool::replace`]; who has come to another crowd since stands there by the same `since`.
    pub fn replace(&mut self, mut seeker: Seeker) -> Offer {
        let Some(old) = self.cancel(seeker.user) else { return Offer::Absent(seeker) };
        seeker.since = old.since;
        self.return_seeker(seeker)
    }

    /// As [`Pool::cancel`], in whichever crowd they wait.
    pub fn cancel(&mut self, user: UserId) -> Option<Seeker> {
        let others = &mut self.others;
        self.first.cancel(user).or_else(|| others.values_mut().find_map(|pool| pool.cancel(user)))
    }

    /// The waiting seeker of a user.
    pub fn get(&self, user: UserId) -> Option<&Seeker> {
        self.all().find_map(|(_, pool)| pool.get(user))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.all().map(|(_, pool)| pool.len()).sum()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of each crowd wait.
    pub fn by_crowd(&self) -> impl Iterator<Item = (CrowdId, usize)> {
        self.all().map(|(crowd, pool)| (crowd, pool.len()))
    }

    /// Everyone who waits, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Seeker> {
        self.all().flat_map(|(_, pool)| pool.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Op, anyone, arb_ops, config};
    use super::*;
    use proptest::prelude::*;

    const CROWDS: [CrowdId; 3] = [CrowdId::FIRST, CrowdId(1), CrowdId(7)];

    fn of(offer: &Offer) -> Option<(UserId, UserId)> {
        match offer {
            Offer::Matched(one, other) => Some((one.user, other.user)),
            _ => None,
        }
    }

    proptest! {
        #![proptest_config(config())]

        /// Guard: the crowd by which a pool is chosen. Each crowd meets as if the others were not
        /// there, whoever goes over from one to another; nobody stands in two; and nobody crosses.
        #[test]
        fn nobody_meets_anybody_of_another_crowd(
            ops in arb_ops(),
            crowds in prop::collection::vec(0..CROWDS.len(), 250),
        ) {
            let mut pools = Pools::new(PoolLimits::default());
            let mut alone = CROWDS.map(|_| Pool::new(PoolLimits::default()));
            for (op, at) in ops.into_iter().zip(crowds) {
                let here = |s: Seeker| Seeker { crowd: CROWDS[at], ..s };
                let waits = |alone: &[Pool; 3], user| alone.iter().position(|pool| pool.get(user).is_some());
                let offer = match op {
                    Op::Offer(s) | Op::Return(s) => {
                        let s = here(s);
                        let expected = match waits(&alone, s.user) {
                            Some(_) => Offer::Already,
                            None => alone[at].offer(s.clone()),
                        };
                        let offer = pools.offer(s);
                        prop_assert_eq!(&offer, &expected);
                        offer
                    }
                    Op::Replace(s) => {
                        let s = here(s);
                        let expected = match waits(&alone, s.user) {
                            None => Offer::Absent(s.clone()),
                            Some(before) => {
                                let since = alone[before].cancel(s.user).expect("they wait").since;
                                alone[at].return_seeker(Seeker { since, ..s.clone() })
                            }
                        };
                        let offer = pools.replace(s);
                        prop_assert_eq!(&offer, &expected);
                        offer
                    }
                    Op::Cancel(user) => {
                        let expected = waits(&alone, user).and_then(|crowd| alone[crowd].cancel(user));
                        prop_assert_eq!(pools.cancel(user), expected);
                        continue;
                    }
                };
                if let Offer::Matched(one, other) = &offer {
                    prop_assert!(one.crowd == other.crowd && one.may_meet(other), "{:?}", of(&offer));
                }
                let each: Vec<usize> = alone.iter().map(Pool::len).collect();
                prop_assert_eq!(pools.len(), each.iter().sum::<usize>());
                let waiting = |of: &CrowdId| CROWDS.iter().position(|one| one == of).map(|at| each[at]);
                let are_counted = pools.by_crowd().all(|(crowd, many)| waiting(&crowd) == Some(many));
                prop_assert!(are_counted);
            }
            prop_assert!(pools.iter().all(|s| pools.get(s.user) == Some(s)));
        }
    }

    #[test]
    fn the_bound_is_of_all_together() {
        let limits = PoolLimits { max_seekers: 2, ..PoolLimits::default() };
        let mut pools = Pools::new(limits);
        let seeker = |user: i64, crowd: CrowdId| {
            let mut seeker = Seeker { crowd, ..anyone(user, user) };
            // Who accepts nobody waits.
            seeker.profile.wishes.genders = 0;
            seeker
        };
        assert_eq!(pools.offer(seeker(1, CROWDS[0])), Offer::Waiting);
        assert_eq!(pools.offer(seeker(2, CROWDS[1])), Offer::Waiting);
        assert!(matches!(pools.offer(seeker(3, CROWDS[2])), Offer::Full(_)));
        // Whoever waits goes over all the same, with their place.
        assert_eq!(pools.replace(seeker(2, CROWDS[2])), Offer::Waiting);
        assert_eq!(pools.get(UserId(2)).map(|s| s.crowd), Some(CROWDS[2]));
        assert_eq!(pools.len(), 2);
        assert!(pools.cancel(UserId(1)).is_some() && !pools.is_empty());
        assert_eq!(pools.offer(seeker(3, CROWDS[2])), Offer::Waiting);
    }
}
