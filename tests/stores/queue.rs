//! The queue in Redis: its scripts one by one, against the pool in memory, and on a Cluster.

mod context;
mod model;

use crate::support::redis::{RedisCluster, RedisServer};
use context::*;
use nameless::cluster::redis::Redis;
use nameless_actors::ports::{Queue, QueueError, Sought};
use nameless_domain::ids::{CrowdId, UserId};
use nameless_domain::matching::{PoolLimits, Seeker};
use nameless_domain::profile::{Interests, Profile, Wishes};
use std::time::Duration;

#[tokio::test]
async fn seek_enqueues_or_matches() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let node = Node::new(&server, PoolLimits::default());
    let first = Seeker {
        avoid: [UserId(7), UserId(8)].into(),
        profile: Profile { interests: Interests(0b101), ..woman(1, 10).profile },
        priority: true,
        ..woman(1, 10)
    };
    assert_eq!(node.seek(first.clone()).await, Ok(Sought::Waiting));
    assert_eq!(node.seek(woman(2, 5)).await, Ok(Sought::Waiting), "women who look for men");
    let Ok(Sought::Matched { since, partner, stands }) = node.seek(man(100, 77)).await else { panic!() };
    assert_eq!((*partner, since.0), (first, 77), "as they were when they came; premium before free");
    assert!(stands <= STANDS && stands > STANDS / 2, "{stands:?}");
    assert_eq!(node.partner(man(101, 1)).await, 2);
    assert_eq!(node.seek(man(101, 1)).await, Ok(Sought::Waiting), "both have left");
}

#[tokio::test]
async fn avoidance_is_honoured_in_both_directions_within_the_look_ahead() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let node = Node::new(&server, PoolLimits { look_ahead: 3, ..PoolLimits::default() });
    node.seek(avoiding(woman(1, 1), 100..=300)).await.unwrap();
    node.seek(woman(2, 2)).await.unwrap();
    node.seek(woman(3, 3)).await.unwrap();
    node.seek(woman(14, 4)).await.unwrap();
    // 1 avoids him, he avoids 2; 4 and 1400 begin like others and are nobody here.
    assert_eq!(node.partner(avoiding(man(100, 9), [2, 4, 1400])).await, 3);
    assert_eq!(node.seek(avoiding(man(101, 9), [2, 14])).await, Ok(Sought::Waiting), "1 avoids him");
    assert_eq!(node.cancel(101).await, Ok(true));
    node.seek(woman(5, 5)).await.unwrap();
    let shy = avoiding(man(102, 9), [2, 14]);
    assert_eq!(node.seek(shy).await, Ok(Sought::Waiting), "5 fits, three others were looked at before");
}

#[tokio::test]
async fn a_new_wish_replaces_the_old_one_at_its_place() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let node = Node::new(&server, PoolLimits { max_seekers: 2, ..PoolLimits::default() });
    let picky = |s: Seeker| {
        let wishes = Wishes { shared_interest: true, ..s.profile.wishes };
        Seeker { profile: Profile { interests: Interests(1), wishes, ..s.profile }, ..s }
    };
    node.seek(picky(woman(1, 1))).await.unwrap();
    node.seek(woman(2, 2)).await.unwrap();
    assert_eq!(node.seek(woman(3, 3)).await, Ok(Sought::Full));
    assert_eq!(node.partner(man(100, 4)).await, 2);
    node.seek(woman(3, 3)).await.unwrap();
    assert_eq!(node.seek(woman(1, 50)).await, Ok(Sought::Waiting), "never full for one who waits");
    assert_eq!(node.partner(man(101, 60)).await, 1, "widened, with the old place");
    node.seek(picky(woman(4, 4))).await.unwrap();
    let shares = Profile { interests: Interests(3), ..man(0, 0).profile };
    assert_eq!(node.partner(Seeker { profile: shares, ..man(102, 61) }).await, 3);
    assert_eq!(node.partner(Seeker { profile: shares, ..man(103, 62) }).await, 4, "a shared interest");
}

/// Guard: the crowd in the classes of `order` and `times`.
#[tokio::test]
async fn crowds_do_not_meet_and_who_goes_over_leaves_the_first() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let node = Node::new(&server, PoolLimits { max_seekers: 3, ..PoolLimits::default() });
    let of = |crowd: u8, seeker: Seeker| Seeker { crowd: CrowdId(crowd), ..seeker };
    node.seek(woman(1, 1)).await.unwrap();
    node.seek(Seeker { priority: true, ..of(1, woman(2, 2)) }).await.unwrap();
    // Beyond a letter, beside one that it could be taken for.
    node.seek(of(99, woman(3, 3))).await.unwrap();
    assert_eq!(node.seek(of(40, man(100, 9))).await, Ok(Sought::Full), "the bound is of all together");
    assert_eq!(node.matched(of(1, man(101, 9))).await.crowd, CrowdId(1), "as they were when they came");
    assert_eq!(node.seek(of(1, man(102, 9))).await, Ok(Sought::Waiting));
    // Somebody goes to a bot of another crowd: they stand there, at their place, and not here.
    assert_eq!(node.seek(of(99, woman(1, 50))).await, Ok(Sought::Waiting));
    assert_eq!(node.cancel(102).await, Ok(true));
    assert_eq!(node.seek(man(103, 9)).await, Ok(Sought::Waiting));
    assert_eq!(node.partner(of(99, man(104, 9))).await, 1, "who waited longest");
    assert_eq!(node.partner(of(99, man(105, 9))).await, 3);
}

#[tokio::test]
async fn premium_goes_first_and_the_free_still_move() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let node = Node::new(&server, PoolLimits::default());
    for i in 1..=3 {
        node.seek(woman(i, i)).await.unwrap();
    }
    for i in 11..=15 {
        node.seek(Seeker { priority: true, ..woman(i, i) }).await.unwrap();
    }
    let mut picked = Vec::new();
    for i in 0..8 {
        picked.push(node.partner(man(100 + i, 100)).await);
    }
    assert_eq!(picked, [11, 12, 1, 13, 14, 2, 15, 3]);
}

#[tokio::test]
async fn cancel_ends_a_search() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let node = Node::new(&server, PoolLimits::default());
    node.seek(woman(1, 1)).await.unwrap();
    assert_eq!(node.cancel(1).await, Ok(true));
    assert_eq!(node.cancel(1).await, Ok(false));
    assert_eq!(node.seek(man(100, 1)).await, Ok(Sought::Waiting));
    assert_eq!(node.cancel(100).await, Ok(true));
    // Nothing is left but the epoch, the counters and the kept answers.
    let keys: Vec<String> = server.command(&["KEYS", "nameless:{queue:test}:[a-z]*[a-z]"]);
    let mut keys: Vec<&str> = keys.iter().map(|key| key.rsplit(':').next().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["epoch", "state"]);
}

#[tokio::test]
async fn expire_takes_out_whose_wish_no_longer_stands() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let node = Node::new(&server, PoolLimits::default());
    node.seek(woman(2, 2)).await.unwrap();
    node.seek_for(woman(1, 1), Duration::ZERO).await.unwrap();
    assert_eq!(node.queue.expire().await, Ok(1));
    assert_eq!(node.queue.expire().await, Ok(0));
    node.seek_for(woman(3, 0), Duration::ZERO).await.unwrap();
    assert_eq!(node.partner(man(100, 9)).await, 2, "a search does not find those either");
    node.seek_for(woman(4, 4), Duration::ZERO).await.unwrap();
    node.seek(woman(5, 5)).await.unwrap();
    node.seek_for(woman(5, 5), Duration::ZERO).await.unwrap();
    node.seek(woman(5, 5)).await.unwrap();
    assert_eq!(node.partner(man(100, 9)).await, 5, "stated again, it stands again");
}

#[tokio::test]
async fn who_is_returned_gets_the_old_place_unless_they_stopped() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let limits = PoolLimits { max_seekers: 2, ..PoolLimits::default() };
    let (node, other) = (Node::new(&server, limits.clone()), Node::new(&server, limits));
    other.seek(woman(1, 1)).await.unwrap();
    other.seek(woman(2, 2)).await.unwrap();
    let first = node.matched(man(100, 3)).await;
    assert_eq!(first.user, UserId(1));
    other.seek(woman(3, 3)).await.unwrap();
    assert_eq!(node.give_back(first.clone()).await, Ok(Sought::Waiting), "never full");
    assert_eq!(node.give_back(first.clone()).await, Ok(Sought::Waiting), "nothing changes");
    assert_eq!(other.cancel(3).await, Ok(true));
    assert_eq!(node.partner(man(100, 3)).await, 1);
    assert_eq!(other.cancel(1).await, Ok(false), "the word comes while the pair is being opened");
    assert_eq!(node.give_back(first.clone()).await, Ok(Sought::Gone));
    other.seek(woman(1, 1)).await.unwrap();
    assert_eq!(node.partner(man(100, 3)).await, 1);
    assert_eq!(node.give_back(first).await, Ok(Sought::Waiting), "they searched again after that");
    // A returned one may find someone at once.
    let man = man(100, 3);
    assert!(
        matches!(node.give_back(man).await, Ok(Sought::Matched { partner, .. }) if partner.user == UserId(1))
    );
}

/// What was answered stays the answer when the reply was lost, whatever has happened since.
#[tokio::test]
async fn the_same_request_again_is_answered_the_same_and_happens_once() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (node, other) =
        (Node::new(&server, PoolLimits::default()), Node::new(&server, PoolLimits::default()));
    let waits = node.wish(woman(1, 1));
    assert_eq!(node.queue.seek(waits.clone()).await, Ok(Sought::Waiting));
    let meets = node.wish(avoiding(man(100, 2), 500..=900));
    let answer = node.queue.seek(meets.clone()).await;
    assert!(matches!(&answer, Ok(Sought::Matched { partner, .. }) if partner.user == UserId(1)));
    other.seek(woman(2, 2)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(node.queue.seek(meets.clone()).await, answer, "and not the one who waits now");
        assert_eq!(node.queue.seek(waits.clone()).await, Ok(Sought::Waiting), "and does not wait again");
    }
    let back = node.returned(woman(1, 1));
    assert_eq!(node.queue.seek(back.clone()).await, Ok(Sought::Waiting));
    assert_eq!(other.partner(man(101, 3)).await, 1);
    assert_eq!(node.queue.seek(back).await, Ok(Sought::Waiting), "without waiting again");
    assert_eq!(other.partner(man(102, 3)).await, 2);
    let number = node.number();
    other.seek(woman(3, 3)).await.unwrap();
    node.seek(woman(4, 4)).await.unwrap();
    let number = number.max(node.number());
    assert_eq!(node.queue.cancel(number, UserId(4)).await, Ok(true));
    assert_eq!(node.queue.cancel(number, UserId(4)).await, Ok(true), "they waited then");
    // A search that was held up on its way and that nobody waits for any more does not happen.
    let late = node.wish(woman(5, 5));
    assert_eq!(node.cancel(5).await, Ok(false));
    assert!(matches!(node.queue.seek(late).await, Err(QueueError::Refused(_))));
    assert_eq!(other.partner(man(103, 3)).await, 3);
    assert_eq!(other.seek(man(104, 3)).await, Ok(Sought::Waiting));
}

#[tokio::test]
async fn an_emptied_redis_is_noticed_by_every_node() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let (node, other) =
        (Node::new(&server, PoolLimits::default()), Node::new(&server, PoolLimits::default()));
    node.seek(woman(1, 1)).await.unwrap();
    other.seek(woman(2, 2)).await.unwrap();
    server.restart_empty();
    let lost = loop {
        match node.seek(woman(3, 3)).await {
            Err(QueueError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            answer => break answer,
        }
    };
    assert_eq!(lost, Err(QueueError::Reset));
    assert_eq!(node.seek(woman(3, 3)).await, Ok(Sought::Waiting));
    let lost = loop {
        match other.cancel(2).await {
            Err(QueueError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            answer => break answer,
        }
    };
    assert_eq!(lost, Err(QueueError::Reset), "it would never know that 2 is gone");
    assert_eq!(other.seek(woman(2, 2)).await, Ok(Sought::Waiting));
    assert_eq!(node.partner(man(100, 9)).await, 2, "the same queue again");
    // A node that comes new has lost nothing.
    assert_eq!(Node::new(&server, PoolLimits::default()).partner(man(101, 9)).await, 3);
}

#[tokio::test]
async fn it_answers_as_the_pool_in_memory() {
    let Some(server) = RedisServer::start(&[]) else { return };
    for (n, limits) in model::LIMITS.iter().enumerate() {
        let redis = Redis::connect(&server.url()).unwrap();
        // By types only, by time first, by time only.
        let node = Node::over(redis, &format!("model-{n}"), limits.clone());
        let node = node.looking_by_time_at([0, 3, 12, 100_000][n]);
        model::compare(&node, limits.clone(), model::seed() + n as u64, 1_500).await;
    }
}

#[tokio::test]
async fn it_works_on_a_cluster() {
    let Some(cluster) = RedisCluster::start() else { return };
    let limits = PoolLimits::default();
    let node = Node::over(Redis::connect(&cluster.url()).unwrap(), "cluster", limits.clone());
    model::compare(&node, limits, model::seed(), 300).await;
}
