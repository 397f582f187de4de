//! Rows into a real PostgreSQL with its defaults (it waits for the disk): as the engine writes
//! them, batch by batch, and the same rows by COPY through psql, the quickest way in that
//! PostgreSQL has.
//!
//! What COPY reads is what the engine's batches had left in the table, so both write the same.

use super::postgres::Postgres;
use super::samples::{NOW, SHORT};
use super::{size, skip};
use criterion::{Criterion, SamplingMode, Throughput};
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_actors::env::Limits;
use nameless_actors::ports::{HistoryRow, MapRow, Opened, Proposal, Store, Write};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::relay::Side;
use secrecy::SecretString;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const DATABASE: &str = "bench";
/// Texts that a member has sent.
const PER_MEMBER: usize = 50;

/// A message's write: its pair, side, sender and number.
type MakeWrite = fn(PairId, Side, UserId, i32) -> Write;

struct Bench {
    server: Postgres,
    store: PgStore,
    runtime: Runtime,
    table: &'static str,
    /// Writes as the relay tells them, one message each.
    writes: Vec<Write>,
}

impl Bench {
    /// None where PostgreSQL is not installed.
    fn new(table: &'static str, write: MakeWrite) -> Option<Bench> {
        let server = Postgres::start(&[])?;
        let url = server.create(DATABASE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let keys = Keys::parse(&SecretString::from("01".repeat(32))).expect("a key");
        let store = runtime.block_on(async {
            migrate::up(&url).await.expect("migrations");
            PgStore::connect(&url, keys, StoreOptions::default()).await.expect("a store")
        });
        let pairs = size(1_000, 10);
        let proposals =
            (0..pairs as i64).map(|i| Proposal { members: [UserId(2 * i + 1), UserId(2 * i + 2)], at: NOW });
        let opened = runtime.block_on(store.open_pairs(proposals.collect())).expect("pairs");
        let mut writes = Vec::with_capacity(2 * pairs * PER_MEMBER);
        // One message of everybody after the other, as in life.
        for n in 0..PER_MEMBER as i32 {
            for (i, opened) in opened.iter().enumerate() {
                let Opened::Pair(pair) = opened else { panic!("nobody is in a pair yet") };
                for side in Side::BOTH {
                    writes.push(write(*pair, side, UserId((2 * i + side.index()) as i64 + 1), 2 * n + 1));
                }
            }
        }
        Some(Bench { server, store, runtime, table, writes })
    }

    fn empty(&self) {
        self.server.psql(DATABASE, &format!("TRUNCATE {}", self.table));
    }

    fn rows(&self) -> usize {
        self.server.ask(DATABASE, &format!("SELECT count(*) FROM {}", self.table)).parse().expect("a number")
    }

    /// As the engine does: batches of its size, the next when the one before is in.
    fn write(&self) -> Duration {
        let batches: Vec<Vec<Write>> =
            self.writes.chunks(Limits::default().batch).map(<[Write]>::to_vec).collect();
        let began = Instant::now();
        self.runtime.block_on(async {
            for batch in batches {
                self.store.write(batch.into()).await.expect("written");
            }
        });
        began.elapsed()
    }

    fn copy(&self, file: &std::path::Path) -> Duration {
        let began = Instant::now();
        self.server.psql(DATABASE, &format!("\\copy {} FROM '{}'", self.table, file.display()));
        began.elapsed()
    }
}

fn history(pair: PairId, side: Side, user: UserId, message: i32) -> Write {
    let payload = serde_json::json!({"text": {"text": SHORT}}).to_string().into();
    Write::History(HistoryRow {
        pair,
        from: (side, user),
        message: MessageId(message),
        edit: 0,
        payload,
        at: NOW,
    })
}

fn mapped(pair: PairId, from: Side, _: UserId, message: i32) -> Write {
    let row = MapRow { from, source: MessageId(message), copy: MessageId(message + 1) };
    Write::Mapped { pair, at: NOW, rows: vec![row] }
}

/// `rounds` times into the empty table; what is timed must leave as many rows as there are writes.
fn timed(bench: &Bench, rounds: u64, mut work: impl FnMut() -> Duration) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..rounds {
        bench.empty();
        took += work();
        assert_eq!(bench.rows(), bench.writes.len());
    }
    took
}

pub fn benches(c: &mut Criterion) {
    let kinds: [(_, _, MakeWrite); 2] = [("map", "message_map", mapped), ("history", "history", history)];
    for (name, table, write) in kinds {
        let mut group = c.benchmark_group(format!("write/{name}"));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.throughput(Throughput::Elements((2 * size(1_000, 10) * PER_MEMBER) as u64));
        group.bench_function("batches", |b| {
            let Some(bench) = Bench::new(table, write) else { return skip(b) };
            b.iter_custom(|rounds| timed(&bench, rounds, || bench.write()));
        });
        group.bench_function("copy", |b| {
            let Some(bench) = Bench::new(table, write) else { return skip(b) };
            bench.write();
            let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
            let file = dir.path().join("rows");
            let out = format!("\\copy (SELECT * FROM {table}) TO '{}'", file.display());
            bench.server.psql(DATABASE, &out);
            b.iter_custom(|rounds| timed(&bench, rounds, || bench.copy(&file)));
        });
    }
}
