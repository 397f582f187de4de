//! The pool against a matcher that tries everybody.

use super::pool::{LEFT, alive};
use super::*;
use crate::ids::{CrowdId, UserId};
use crate::profile::{AgeBand, Gender, Interests, Profile, Wishes};
use crate::text::Lang;
use crate::time::Millis;
use proptest::prelude::*;

/// Everyone in one list, in order of (since, arrival); each search walks it from the start.
struct Brute {
    limits: PoolLimits,
    waiting: Vec<(i64, u64, Seeker)>,
    arrivals: u64,
    streak: u32,
}

impl Brute {
    fn first(&self, seeker: &Seeker, premium: bool) -> Option<usize> {
        let fitting = |s: &Seeker| s.profile.fits(&seeker.profile);
        let class = |s: &Seeker| (s.priority && self.limits.premium_streak > 0) == premium;
        let all = self.waiting.iter().enumerate().filter(|(_, w)| class(&w.2) && fitting(&w.2));
        all.take(self.limits.look_ahead).find(|(_, w)| w.2.may_meet(seeker)).map(|(i, _)| i)
    }

    fn offer(&mut self, seeker: Seeker, max: usize) -> Offer {
        if self.waiting.iter().any(|w| w.2.user == seeker.user) {
            return Offer::Already;
        }
        let (premium, free) = (self.first(&seeker, true), self.first(&seeker, false));
        let found = match (premium, free) {
            (Some(p), Some(_)) if self.streak < self.limits.premium_streak => {
                self.streak += 1;
                Some(p)
            }
            (_, Some(f)) => {
                self.streak = 0;
                Some(f)
            }
            (p, None) => p,
        };
        if let Some(i) = found {
            return Offer::Matched(self.waiting.remove(i).2, seeker);
        }
        if self.waiting.len() >= max {
            return Offer::Full(seeker);
        }
        self.arrivals += 1;
        self.waiting.push((seeker.since.0, self.arrivals, seeker));
        self.waiting.sort_by_key(|w| (w.0, w.1));
        Offer::Waiting
    }

    fn cancel(&mut self, user: UserId) -> Option<Seeker> {
        let at = self.waiting.iter().position(|w| w.2.user == user)?;
        Some(self.waiting.remove(at).2)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Op {
    Offer(Seeker),
    Return(Seeker),
    Replace(Seeker),
    Cancel(UserId),
}

const USERS: i64 = 60;

fn arb_profile() -> impl Strategy<Value = Profile> {
    // Mostly anyone, so that people meet; sometimes picky, so that they wait.
    let mask = |all: u8| prop_oneof![2 => Just(all), 1 => 1..=all];
    let wishes =
        (mask(Wishes::ANY_GENDER), mask(Wishes::ANY_AGE), mask(Wishes::ANY_LANG), prop::bool::weighted(0.3));
    let own = (0..3usize, 0..5usize, 0..2usize, prop_oneof![Just(0u16), 0u16..16, 0u16..4096]);
    (own, wishes).prop_map(|((g, a, l, i), (genders, ages, langs, shared_interest))| Profile {
        gender: Gender::ALL[g],
        age: AgeBand::ALL[a],
        lang: Lang::ALL[l],
        interests: Interests(i),
        wishes: Wishes { genders, ages, langs, shared_interest },
    })
}

fn arb_seeker() -> impl Strategy<Value = Seeker> {
    let avoid = prop_oneof![
        Just(vec![]),
        prop::collection::vec(1..=USERS, 0..6),
        // Avoids nearly everybody: heads are passed over.
        prop::collection::vec(1..=USERS, 20..60),
    ];
    (1..=USERS, arb_profile(), 0..50i64, prop::bool::weighted(0.2), avoid).prop_map(
        |(user, profile, since, priority, avoid)| {
            let mut avoid: Vec<_> = avoid.into_iter().map(UserId).collect();
            avoid.sort_unstable();
            let (user, crowd, since) = (UserId(user), CrowdId::FIRST, Millis(since));
            Seeker { user, crowd, profile, since, priority, avoid: avoid.into() }
        },
    )
}

pub(super) fn arb_ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => arb_seeker().prop_map(Op::Offer),
        1 => arb_seeker().prop_map(Op::Return),
        2 => arb_seeker().prop_map(Op::Replace),
        3 => (1..=USERS).prop_map(|u| Op::Cancel(UserId(u))),
    ];
    prop::collection::vec(op, 0..250)
}

pub(super) fn config() -> ProptestConfig {
    ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// The same partner for everyone at every step, so also: fits both ways, avoids respected,
    /// premium within its bound, nobody lost or doubled, no fitting pair left waiting within the
    /// look-ahead.
    #[test]
    fn as_if_everybody_were_tried(
        ops in arb_ops(),
        rising in any::<bool>(),
        look_ahead in prop_oneof![Just(2usize), Just(32)],
        premium_streak in 0..3u32,
        max_seekers in prop_oneof![Just(10usize), Just(1000)],
        read in prop_oneof![0..6usize, Just(1000)],
        few_kinds in any::<bool>(),
    ) {
        let limits = PoolLimits { max_seekers, look_ahead, premium_streak };
        let mut pool = Pool::new(limits.clone());
        pool.read = read;
        let mut brute = Brute { limits, waiting: vec![], arrivals: 0, streak: 0 };
        for (step, mut op) in ops.into_iter().enumerate() {
            if let Op::Offer(s) | Op::Return(s) | Op::Replace(s) = &mut op && few_kinds {
                (s.profile.age, s.profile.lang) = (AgeBand::From18, Lang::Ru);
            }
            match op {
                Op::Offer(mut s) => {
                    // People come as time passes, unless the test wants disorder.
                    if rising {
                        s.since = Millis(step as i64);
                    }
                    let got = pool.offer(s.clone());
                    if let Offer::Matched(a, b) = &got {
                        prop_assert!(a.may_meet(b) && b.may_meet(a));
                    }
                    prop_assert_eq!(got, brute.offer(s, max_seekers));
                }
                Op::Return(s) => prop_assert_eq!(pool.return_seeker(s.clone()), brute.offer(s, usize::MAX)),
                Op::Replace(mut s) => {
                    let got = pool.replace(s.clone());
                    match brute.cancel(s.user) {
                        None => prop_assert_eq!(got, Offer::Absent(s)),
                        Some(old) => {
                            s.since = old.since;
                            prop_assert_eq!(got, brute.offer(s, usize::MAX));
                        }
                    }
                }
                Op::Cancel(user) => prop_assert_eq!(pool.cancel(user), brute.cancel(user)),
            }
            prop_assert_eq!(pool.len(), brute.waiting.len());
            check(&pool);
        }
        let mut all: Vec<_> = pool.iter().cloned().collect();
        all.sort_by_key(|s| s.user);
        let mut expected: Vec<_> = brute.waiting.iter().map(|w| w.2.clone()).collect();
        expected.sort_by_key(|s| s.user);
        prop_assert_eq!(&all, &expected);
        for s in &all {
            prop_assert_eq!(pool.get(s.user), Some(s));
        }
    }
}

/// Everything held is counted rightly, and what those who left still hold is bounded.
fn check(pool: &Pool) {
    pool.rows.iter().flatten().for_each(|row| row.check(|n| alive(&pool.holders, n)));
    let there = pool.cohorts.iter().map(|cohorts| cohorts.check(|n| alive(&pool.holders, n)));
    assert_eq!(there.sum::<usize>(), pool.len());
    assert!(pool.indexed() < pool.len() + LEFT, "{} of {}", pool.indexed(), pool.len());
}

pub(super) fn anyone(user: i64, since: i64) -> Seeker {
    let profile = Profile {
        gender: Gender::Other,
        age: AgeBand::From22,
        lang: Lang::Ru,
        interests: Interests(0),
        wishes: Wishes::anyone(Lang::Ru),
    };
    let (user, crowd, since) = (UserId(user), CrowdId::FIRST, Millis(since));
    Seeker { user, crowd, profile, since, priority: false, avoid: Box::default() }
}

/// One who fits nobody of their own kind: women who look for men.
fn waits(user: i64, since: i64) -> Seeker {
    let mut s = anyone(user, since);
    s.profile.gender = Gender::Female;
    s.profile.wishes.genders = 1 << Gender::Male as u8;
    s
}

fn man(user: i64, since: i64) -> Seeker {
    let mut s = anyone(user, since);
    s.profile.gender = Gender::Male;
    s
}

fn partner(offer: Offer) -> i64 {
    match offer {
        Offer::Matched(partner, _) => partner.user.0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_longest_waiting_goes_first_also_after_coming_back() {
    let mut pool = Pool::new(PoolLimits::default());
    for i in 1..=5 {
        assert_eq!(pool.offer(waits(i, i)), Offer::Waiting);
    }
    assert_eq!(pool.offer(waits(3, 99)), Offer::Already);
    let Offer::Matched(first, _) = pool.offer(man(100, 10)) else { panic!("somebody waits") };
    assert_eq!(first.user, UserId(1));
    assert_eq!(pool.return_seeker(first), Offer::Waiting);
    assert_eq!(partner(pool.offer(man(100, 10))), 1);
    assert_eq!(partner(pool.offer(man(101, 11))), 2);
}

#[test]
fn premium_goes_first_and_the_free_still_move() {
    let mut pool = Pool::new(PoolLimits::default());
    for i in 1..=4 {
        pool.offer(waits(i, i));
    }
    for i in 11..=16 {
        pool.offer(Seeker { priority: true, ..waits(i, i) });
    }
    let picked: Vec<i64> = (0..10).map(|i| partner(pool.offer(man(100 + i, 100)))).collect();
    assert_eq!(picked, [11, 12, 1, 13, 14, 2, 15, 16, 3, 4]);
}

#[test]
fn widened_wishes_keep_the_place() {
    let mut pool = Pool::new(PoolLimits::default());
    let picky = |s: Seeker| {
        let wishes = Wishes { shared_interest: true, ..s.profile.wishes };
        Seeker { profile: Profile { interests: Interests(1), wishes, ..s.profile }, ..s }
    };
    pool.offer(picky(waits(1, 1)));
    pool.offer(waits(2, 2));
    assert_eq!(partner(pool.offer(man(100, 3))), 2);
    pool.offer(waits(3, 3));
    assert_eq!(pool.replace(waits(1, 50)), Offer::Waiting);
    assert_eq!(partner(pool.offer(man(101, 60))), 1);
    assert_eq!(pool.replace(waits(1, 50)), Offer::Absent(waits(1, 50)));
}

#[test]
fn those_who_leave_do_not_pile_up() {
    let mut pool = Pool::new(PoolLimits::default());
    pool.offer(waits(1, 0));
    for i in 2..100_000 {
        pool.offer(waits(i, i));
        assert!(pool.cancel(UserId(i)).is_some());
    }
    let held: usize = pool.rows.iter().flatten().flat_map(|r| &r.queues).map(|q| q.held()).sum();
    assert!(held < 200, "{held}");
    check(&pool);
    assert!(pool.entries.len() < 10);
    // Every type there can be, one after the other: recycled.
    for i in 0..5_000u32 {
        let mut s = waits(2, 0);
        s.profile.wishes.genders = 1;
        s.profile.gender = Gender::ALL[i as usize % 2 * 2];
        s.profile.age = AgeBand::ALL[i as usize / 2 % 5];
        s.profile.wishes.ages = 1 + (i / 10 % 31) as u8;
        s.profile.wishes.langs = 1 + (i / 310 % 3) as u8;
        s.profile.lang = Lang::ALL[i as usize / 930 % 2];
        pool.offer(s);
        pool.cancel(UserId(2));
    }
    check(&pool);
    assert!(pool.types.len() <= 520, "{}", pool.types.len());
    assert_eq!(partner(pool.offer(man(100, 0))), 1);
}

#[test]
fn a_long_row_of_the_gone_is_walked_once() {
    let mut pool = Pool::new(PoolLimits::default());
    for i in 1..=10_000 {
        pool.offer(waits(i, i));
    }
    for i in 2..5_000 {
        pool.cancel(UserId(i));
    }
    for n in 0..3 {
        let shy = Seeker { avoid: [UserId(1)].into(), ..man(20_000 + n, 20_000) };
        assert_eq!(partner(pool.offer(shy)), 5_000 + n);
    }
    for i in 5_003..=10_000 {
        assert_eq!(pool.cancel(UserId(i)).map(|s| s.user), Some(UserId(i)));
    }
    assert_eq!(partner(pool.offer(man(1_000_000, 0))), 1);
    assert!(pool.is_empty());
}

#[test]
fn those_matched_do_not_pile_up_in_other_queues() {
    let mut pool = Pool::new(PoolLimits::default());
    // The first is in nobody's reach, so that those behind leave from the middle.
    pool.offer(Seeker { avoid: (5_000..8_000).map(UserId).collect(), ..waits(1, 0) });
    for i in 2..3_000 {
        let mut s = waits(i, i);
        s.profile.interests = Interests(0b111);
        pool.offer(s);
    }
    for i in 2..2_999 {
        if i % 2 == 0 {
            assert_eq!(partner(pool.offer(man(5_000 + i, 5_000))), i / 2 + 1);
        } else {
            assert!(pool.cancel(UserId(3_000 - i / 2)).is_some());
        }
        check(&pool);
    }
    let held: usize = pool.rows.iter().flatten().flat_map(|r| &r.queues).map(|q| q.held()).sum();
    assert!(held < 4 * 3 + 4 * 32, "{held}");
    // None is searched who is gone: those who come find the last ones.
    let mut keen = man(9_000, 9_000);
    keen.profile.interests = Interests(0b100);
    keen.profile.wishes.shared_interest = true;
    assert_eq!(partner(pool.offer(keen)), 1_501);
    assert_eq!(partner(pool.offer(man(9_001, 9_001))), 1);
    assert!(pool.is_empty());
    check(&pool);
}
