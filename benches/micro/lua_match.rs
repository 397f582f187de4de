//! Matching in a real Redis: one who comes and is matched, and the match put back so that as many
//! go on waiting.

use super::redis_server::RedisServer;
use super::samples::{NOW, seeker};
use super::{size, skip};
use criterion::{BenchmarkId, Criterion};
use futures_util::future::join_all;
use nameless::cluster::queue::RedisQueue;
use nameless::cluster::redis::Redis;
use nameless_actors::ports::{Queue, Sought, Wish};
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::UserId;
use nameless_domain::matching::{PoolLimits, Seeker};
use nameless_domain::profile::Gender::{Female, Male};
use nameless_domain::random::Random;
use std::cell::Cell;
use std::time::Duration;

const STANDS: Duration = Duration::from_secs(3_600);
/// Wishes stated at the same time while the queue is filled.
const AT_ONCE: usize = 50;

struct Bench {
    queue: RedisQueue,
    requests: Cell<u64>,
}

impl Bench {
    async fn with(server: &RedisServer, waiting: usize, random: &mut Random) -> Bench {
        let redis = Redis::connect(&server.url()).expect("an address");
        let queue = RedisQueue::new(redis, "bench", &Crowds::default(), PoolLimits::default());
        let bench = Bench { queue, requests: Cell::new(0) };
        let mut users = 1..=waiting as i64;
        loop {
            let some: Vec<Wish> = users
                .by_ref()
                .take(AT_ONCE)
                .map(|user| bench.wish(seeker(random, user, Female, Male, NOW.plus(user))))
                .collect();
            if some.is_empty() {
                return bench;
            }
            for sought in join_all(some.into_iter().map(|wish| bench.seek(wish))).await {
                assert_eq!(sought, Sought::Waiting);
            }
        }
    }

    fn wish(&self, seeker: Seeker) -> Wish {
        self.requests.set(self.requests.get() + 1);
        Wish { number: self.requests.get(), seeker, stands: STANDS, returned: false }
    }

    /// A request whose answer was late is made again: it is answered the same.
    async fn seek(&self, wish: Wish) -> Sought {
        for _ in 0..10 {
            if let Ok(sought) = self.queue.seek(wish.clone()).await {
                return sought;
            }
        }
        panic!("Redis does not answer")
    }
}

pub fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("lua_match");
    group.sample_size(20);
    for waiting in [1_000, 10_000, 100_000] {
        group.bench_function(BenchmarkId::from_parameter(waiting), |b| {
            let Some(server) = RedisServer::start(&[]) else { return skip(b) };
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let mut random = Random::new(1);
            let bench = runtime.block_on(Bench::with(&server, size(waiting, 200), &mut random));
            let mut user = 1_000_000_000;
            b.iter(|| {
                user += 1;
                let man = seeker(&mut random, user, Male, Female, NOW.plus(user));
                runtime.block_on(async {
                    match bench.seek(bench.wish(man)).await {
                        Sought::Matched { partner, .. } => {
                            let back = Wish { returned: true, ..bench.wish(*partner) };
                            assert_eq!(bench.seek(back).await, Sought::Waiting);
                        }
                        _ => {
                            let number = bench.requests.get() + 1;
                            bench.requests.set(number);
                            bench.queue.cancel(number, UserId(user)).await.expect("an answer");
                        }
                    }
                })
            });
        });
    }
    group.finish();
}
