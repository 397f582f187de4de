//! The local journal on a real disk: every round ends when the disk has said that it holds what was
//! appended.

use super::samples::{SHORT, message};
use criterion::{BenchmarkId, Criterion, Throughput};
use futures_util::future::join_all;
use nameless::journal::cost::Records;
use nameless::journal::{JournalConfig, LocalJournal};
use nameless::store::Keys;
use nameless_actors::ports::Journal;
use nameless_domain::ids::{MessageId, Seq};
use serde_json::json;
use std::sync::Arc;
use tempfile::TempDir;

/// A journal in a folder of its own, beside the build and not in a file system that lives in
/// memory.
fn journal() -> (LocalJournal, TempDir) {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    (LocalJournal::open(dir.path(), JournalConfig::default(), Arc::new(keys())).expect("a journal"), dir)
}

fn keys() -> Keys {
    Keys::parse(&"07".repeat(32).into()).expect("a key")
}

/// Entries that were never seen before.
struct Entries {
    raw: Arc<str>,
    next: i64,
}

impl Entries {
    fn new() -> Entries {
        Entries { raw: message(900, 5_000_000_123, 41, json!({"text": SHORT})).into(), next: 0 }
    }

    fn take(&mut self, n: usize) -> Vec<(i64, Arc<str>)> {
        let first = self.next;
        self.next += n as i64;
        (first..self.next).map(|id| (id, self.raw.clone())).collect()
    }
}

/// Appends and waits for the disk; the updates are relayed and finished then, as they would pile
/// up.
async fn append(journal: &LocalJournal, entries: Vec<(i64, Arc<str>)>) {
    let appended = journal.append(entries).expect("room");
    let seqs: Vec<Seq> = appended.seqs.into_iter().flatten().collect();
    appended.durable.await.expect("on disk");
    for seq in seqs {
        journal.sent(seq, &[MessageId(seq.0 as i32)]);
        journal.done(seq);
    }
}

pub fn benches(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut group = c.benchmark_group("journal");
    // One batch of a poll, one after the other.
    for n in [1, 100] {
        group.throughput(Throughput::Elements(n as u64));
        group.bench_with_input(BenchmarkId::new("append", n), &n, |b, &n| {
            let ((journal, _dir), mut entries) = (journal(), Entries::new());
            b.iter(|| runtime.block_on(append(&journal, entries.take(n))));
        });
    }
    // Webhooks: so many at once with one update each, which share a sync.
    for n in [16, 128] {
        group.throughput(Throughput::Elements(n as u64));
        group.bench_with_input(BenchmarkId::new("group", n), &n, |b, &n| {
            let ((journal, _dir), mut entries) = (journal(), Entries::new());
            b.iter(|| {
                let all = (0..n).map(|_| append(&journal, entries.take(1)));
                runtime.block_on(join_all(all.collect::<Vec<_>>()))
            });
        });
    }
    group.finish();
    // What sealing adds to a record, beside all the rest of it; appends above are sealed.
    let raw = Entries::new().raw;
    let mut group = c.benchmark_group("journal/record");
    group.throughput(Throughput::Bytes(raw.len() as u64));
    for (name, put) in
        [("sealed", Records::sealed as fn(&mut Records, &str) -> usize), ("plain", Records::plain)]
    {
        let mut records = Records::new(&keys()).expect("random bytes");
        group.bench_function(name, |b| b.iter(|| put(&mut records, &raw)));
    }
    group.finish();
}
