//! The journal under crashes: a model with cuts at arbitrary bytes, and kill -9 of a writing
//! process.

use crate::support::segments::{keys, records, segments};
use nameless::journal::{JournalConfig, LocalJournal};
use nameless_actors::ports::{Journal, Recovered};
use nameless_domain::ids::{MessageId, Seq};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CHILD: &str = "NAMELESS_TEST_JOURNAL_CHILD";

#[derive(Clone, Debug)]
enum Op {
    Append(Vec<i64>),
    /// Of one of the unfinished.
    Sent(prop::sample::Index, Vec<i32>),
    Done(prop::sample::Index),
    Flush,
    /// Ends cleanly.
    Restart,
    /// Loses a part of what was not flushed.
    Crash(prop::sample::Index, Tail),
}

/// What a crash leaves behind the last whole byte.
#[derive(Clone, Copy, Debug)]
enum Tail {
    Nothing,
    /// Space written ahead, or what some file systems leave after a loss of power.
    Zeroes,
    Rubbish,
}

fn tail() -> impl Strategy<Value = Tail> {
    prop_oneof![Just(Tail::Nothing), Just(Tail::Zeroes), Just(Tail::Rubbish)]
}

fn op() -> impl Strategy<Value = Op> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => prop::collection::vec(0i64..60, 1..5).prop_map(Op::Append),
        3 => (index(), prop::collection::vec(any::<i32>(), 0..3)).prop_map(|(i, v)| Op::Sent(i, v)),
        6 => index().prop_map(Op::Done),
        2 => Just(Op::Flush),
        1 => Just(Op::Restart),
        2 => (index(), tail()).prop_map(|(i, t)| Op::Crash(i, t)),
    ]
}

#[derive(Clone, Debug, Default)]
struct Known {
    update_id: i64,
    /// Ids, and whether that is durable.
    sent: Option<(Vec<MessageId>, bool)>,
    /// Finished, and whether that is durable.
    done: Option<bool>,
    durable: bool,
}

/// What must and what may be in the journal.
#[derive(Debug, Default)]
struct Model {
    known: BTreeMap<u64, Known>,
    /// Accepted update id -> whether that is durable; none if a crash left it open.
    accepted: BTreeMap<i64, Option<bool>>,
    highest: u64,
}

impl Model {
    fn flushed(&mut self) {
        self.accepted.values_mut().flatten().for_each(|d| *d = true);
        for known in self.known.values_mut() {
            known.durable = true;
            known.sent.iter_mut().for_each(|s| s.1 = true);
            known.done.iter_mut().for_each(|d| *d = true);
        }
        self.known.retain(|_, k| k.done != Some(true));
    }

    fn unfinished(&self, at: &prop::sample::Index) -> Option<u64> {
        let open: Vec<u64> = self.known.iter().filter(|(_, k)| k.done.is_none()).map(|(s, _)| *s).collect();
        (!open.is_empty()).then(|| *at.get(&open))
    }

    /// Checks what came back and takes it for the truth.
    fn recovered(&mut self, recovered: Vec<Recovered>) {
        assert!(recovered.iter().map(|r| r.seq).is_sorted());
        let found: BTreeMap<u64, Recovered> = recovered.into_iter().map(|r| (r.seq.0, r)).collect();
        for (seq, known) in &self.known {
            assert!(found.contains_key(seq) || !known.durable || known.done.is_some(), "lost {known:?}");
        }
        for durable in self.accepted.values_mut().filter(|d| **d == Some(false)) {
            *durable = None;
        }
        let mut after = BTreeMap::new();
        for (seq, r) in found {
            let known =
                self.known.get(&seq).unwrap_or_else(|| panic!("finished or unknown came back: {r:?}"));
            assert_eq!(&*r.raw, raw(known.update_id));
            match &known.sent {
                None => assert_eq!(r.sent, None),
                Some((ids, true)) => assert_eq!(r.sent.as_ref(), Some(ids)),
                Some((ids, false)) => assert!(r.sent.is_none() || r.sent.as_ref() == Some(ids)),
            }
            self.accepted.insert(known.update_id, Some(true));
            let sent = r.sent.map(|ids| (ids, true));
            after.insert(seq, Known { update_id: known.update_id, sent, done: None, durable: true });
        }
        self.known = after;
    }
}

fn raw(id: i64) -> String {
    format!("{{\"update_id\":{id},\"text\":\"{}\"}}", "ю".repeat(id as usize % 17))
}

fn config() -> JournalConfig {
    JournalConfig { segment_bytes: 700, max_bytes: 1 << 20, ..JournalConfig::default() }
}

/// The segments, and how many bytes the newest one's records take.
#[derive(Debug, PartialEq)]
struct Files {
    paths: Vec<PathBuf>,
    len: u64,
}

fn files(dir: &Path) -> Files {
    let paths = segments(dir);
    // The writer may be removing others meanwhile, the newest never.
    let len = records(paths.last().unwrap());
    Files { paths, len }
}

/// The files once everything is synced and the writer's housekeeping has come to rest.
async fn settled(journal: &LocalJournal, dir: &Path) -> Files {
    loop {
        journal.flush().await.unwrap();
        let before = files(dir);
        journal.flush().await.unwrap();
        if files(dir) == before {
            return before;
        }
    }
}

fn number(path: &Path) -> u64 {
    path.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}

async fn play(ops: Vec<Op>) {
    let dir = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let mut journal = Some(LocalJournal::open(dir.path(), config(), keys()).unwrap());
    let mut durable = files(dir.path());
    for op in ops {
        let open = journal.as_ref().unwrap();
        match op {
            Op::Append(ids) => {
                let entries = ids.iter().map(|&id| (id, raw(id).into())).collect();
                let seqs = open.append(entries).unwrap().seqs;
                for (id, seq) in ids.into_iter().zip(seqs) {
                    match seq {
                        Some(Seq(seq)) => {
                            assert_ne!(
                                model.accepted.insert(id, Some(false)),
                                Some(Some(true)),
                                "duplicate {id}"
                            );
                            assert!(seq > model.highest);
                            model.highest = seq;
                            model.known.insert(seq, Known { update_id: id, ..Known::default() });
                        }
                        None => assert!(model.accepted.contains_key(&id), "{id} was never accepted"),
                    }
                }
            }
            Op::Sent(at, ids) => {
                // Once only, as the engine does.
                if let Some(seq) = model.unfinished(&at)
                    && let Some(known @ Known { sent: None, .. }) = model.known.get_mut(&seq)
                {
                    let ids: Vec<MessageId> = ids.into_iter().map(MessageId).collect();
                    open.sent(Seq(seq), &ids);
                    known.sent = Some((ids, false));
                }
            }
            Op::Done(at) => {
                if let Some(seq) = model.unfinished(&at) {
                    open.done(Seq(seq));
                    model.known.get_mut(&seq).unwrap().done = Some(false);
                }
            }
            Op::Flush => {
                durable = settled(open, dir.path()).await;
                model.flushed();
            }
            Op::Restart | Op::Crash(..) => {
                drop(journal.take());
                match op {
                    Op::Crash(at, tail) => cut(dir.path(), &durable, at, tail),
                    _ => model.flushed(),
                }
                let reopened = LocalJournal::open(dir.path(), config(), keys()).unwrap();
                model.recovered(reopened.recover());
                durable = settled(&reopened, dir.path()).await;
                journal = Some(reopened);
            }
        }
    }
}

/// Loses a part of what came after `durable`.
fn cut(dir: &Path, durable: &Files, at: prop::sample::Index, tail: Tail) {
    let now = files(dir);
    let (file, then) = (now.paths.last().unwrap(), durable.paths.last().unwrap());
    let kept = if number(&durable.paths[0]) < number(&now.paths[0]) {
        // Segments were removed, hence everything that replaces them was synced.
        now.len
    } else if file == then {
        durable.len
    } else {
        // Rotation synced the one before.
        0
    };
    let cut = kept + at.index((now.len - kept) as usize + 1) as u64;
    let mut file = OpenOptions::new().append(true).open(file).unwrap();
    file.set_len(cut).unwrap();
    match tail {
        Tail::Nothing => {}
        Tail::Zeroes => file.set_len(cut + 3_000).unwrap(),
        Tail::Rubbish => file.write_all(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 3]).unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn no_cut_loses_what_was_durable(ops in prop::collection::vec(op(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(ops));
    }
}

/// Not a test by itself: the process that [`kill_9_loses_nothing_that_was_durable`] kills.
#[test]
fn child_writes_until_killed() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let config = JournalConfig { segment_bytes: 20_000, ..config() };
        let journal = LocalJournal::open(dir.as_ref(), config, keys()).unwrap();
        let mut out = std::io::stdout();
        let first = journal.recover().len() as i64 * 1_000_000;
        for id in first.. {
            let appended = journal.append(vec![(id, raw(id).into())]).unwrap();
            let seq = appended.seqs[0].unwrap();
            appended.durable.await.unwrap();
            writeln!(out, "accepted {id}").unwrap();
            if id % 3 != 0 {
                journal.done(seq);
                journal.flush().await.unwrap();
                writeln!(out, "done {id}").unwrap();
            }
        }
    });
}

#[test]
fn kill_9_loses_nothing_that_was_durable() {
    let dir = tempfile::tempdir().unwrap();
    let mut open: Vec<i64> = Vec::new();
    for lines in [5, 60, 300] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "journal_crash::child_writes_until_killed", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = 0;
        while let Some(Ok(line)) = output.next() {
            // The test harness's own words may stand before ours on a line.
            if let Some((_, id)) = line.split_once("accepted ") {
                open.push(id.parse().unwrap());
            } else if let Some((_, id)) = line.split_once("done ") {
                let id: i64 = id.parse().unwrap();
                open.retain(|&i| i != id);
            }
            heard += 1;
            if heard == lines {
                child.kill().unwrap();
            }
        }
        assert!(heard >= lines, "the child ended by itself");
        child.wait().unwrap();

        let journal = LocalJournal::open(dir.path(), config(), keys()).unwrap();
        let recovered = journal.recover();
        for &id in &open {
            // The last one may have been finished without having said so.
            let last = Some(&id) == open.last() && id % 3 != 0;
            assert!(last || recovered.iter().any(|r| *r.raw == raw(id)), "{id} is lost");
        }
        // At most one more: accepted without having said so.
        assert!(recovered.len() <= open.len() + 1, "{} of {}", recovered.len(), open.len());
        let id_of = |r: &Recovered| r.raw[13..].split(',').next().unwrap().parse().unwrap();
        open = recovered.iter().map(id_of).collect();
    }
}
