//! Random operations on the queue in Redis and on the pool in memory: every answer must be the
//! same.

use super::context::{Node, STANDS};
use nameless_actors::ports::{Queue, Sought};
use nameless_domain::ids::{CrowdId, UserId};
use nameless_domain::matching::{Offer, PoolLimits, Pools, Seeker};
use nameless_domain::profile::{AgeBand, Gender, Interests, Profile, Wishes};
use nameless_domain::random::Random;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::collections::HashSet;

/// Few seekers and none, short look-ahead and long, premium without effect and with.
pub const LIMITS: [PoolLimits; 4] = [
    PoolLimits { max_seekers: 1_000, look_ahead: 32, premium_streak: 2 },
    PoolLimits { max_seekers: 1_000, look_ahead: 2, premium_streak: 1 },
    PoolLimits { max_seekers: 10, look_ahead: 32, premium_streak: 0 },
    PoolLimits { max_seekers: 10, look_ahead: 2, premium_streak: 2 },
];

const USERS: u64 = 60;

/// Another one each time; `SEED` repeats a run.
pub fn seed() -> u64 {
    let now = || std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a clock").as_nanos() as u64;
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(now)
}

/// Mostly everything, so that people meet; sometimes picky, so that they wait.
fn mask(r: &mut Random, all: u8) -> u8 {
    if r.chance(60) { all } else { 1 + r.below(u64::from(all)) as u8 }
}

/// Anybody at all.
pub fn seeker(r: &mut Random) -> Seeker {
    let topics = [1, 16, 4_096][r.below(3) as usize];
    let profile = Profile {
        gender: Gender::ALL[r.below(3) as usize],
        age: AgeBand::ALL[r.below(5) as usize],
        lang: Lang::ALL[r.below(2) as usize],
        interests: Interests(r.below(topics) as u16),
        wishes: Wishes {
            genders: mask(r, Wishes::ANY_GENDER),
            ages: mask(r, Wishes::ANY_AGE),
            langs: mask(r, Wishes::ANY_LANG),
            shared_interest: r.chance(30),
        },
    };
    // Some avoid nearly everybody, so that heads are passed over.
    let avoided = [0, 6, 60][r.below(3) as usize];
    let mut avoid: Vec<UserId> = (0..avoided).map(|_| UserId(1 + r.below(USERS) as i64)).collect();
    avoid.sort_unstable();
    avoid.dedup();
    Seeker {
        user: UserId(1 + r.below(USERS) as i64),
        // Mostly the first one; numbers below and above those that fit a digit.
        crowd: CrowdId([0, 0, 1, 40][r.below(4) as usize]),
        profile,
        since: Millis(r.below(50) as i64),
        priority: r.chance(20),
        avoid: avoid.into(),
    }
}

/// Runs `operations` on both. One in five is repeated, as if its reply had been lost.
pub async fn compare(node: &Node, limits: PoolLimits, seed: u64, operations: u32) {
    println!("SEED={seed} {limits:?}");
    let mut pool = Pools::new(limits);
    let r = &mut Random::new(seed);
    let mut stopped = HashSet::new();
    let (mut matched, mut longest) = (0, 0);
    for step in 0..operations {
        let seeker = seeker(r);
        let again = r.chance(20);
        if r.chance(25) {
            let number = node.number();
            let expected = Ok(pool.cancel(seeker.user).is_some());
            stopped.insert(seeker.user);
            assert_eq!(node.queue.cancel(number, seeker.user).await, expected, "SEED={seed}, step {step}");
            if again {
                assert_eq!(
                    node.queue.cancel(number, seeker.user).await,
                    expected,
                    "SEED={seed}, step {step}"
                );
            }
            continue;
        }
        let mut wish = node.wish(seeker);
        wish.returned = r.chance(15);
        if !wish.returned {
            stopped.remove(&wish.seeker.user);
        }
        let expected = match (wish.returned, pool.get(wish.seeker.user)) {
            // Of one who has stopped nothing is taken back; the pool leaves that to its caller.
            (true, None) if stopped.contains(&wish.seeker.user) => {
                assert_eq!(node.queue.seek(wish).await, Ok(Sought::Gone), "SEED={seed}, step {step}");
                continue;
            }
            (true, _) => pool.return_seeker(wish.seeker.clone()),
            (false, Some(_)) => pool.replace(wish.seeker.clone()),
            (false, None) => pool.offer(wish.seeker.clone()),
        };
        let got =
            node.queue.seek(wish.clone()).await.unwrap_or_else(|e| panic!("SEED={seed}, step {step}: {e}"));
        if again {
            assert_eq!(node.queue.seek(wish.clone()).await.as_ref(), Ok(&got), "SEED={seed}, step {step}");
        }
        match (&got, &expected) {
            (Sought::Matched { since, partner, stands }, Offer::Matched(other, me)) => {
                assert_eq!((&**partner, *since), (other, me.since), "SEED={seed}, step {step}");
                assert!(partner.may_meet(me) && me.may_meet(partner) && *stands <= STANDS);
                matched += 1;
            }
            (Sought::Waiting, Offer::Waiting | Offer::Already) | (Sought::Full, Offer::Full(_)) => {}
            _ => panic!("SEED={seed}, step {step}: {got:?}, in memory {expected:?}"),
        }
        longest = longest.max(pool.len());
    }
    println!("{matched} pairs, {longest} waiting at most");
    assert!(matched > operations / 20, "a run in which hardly anybody met says little");
}
