//! The journal, with its disk: what was written survives the process, what was synced survives the
//! machine.

use crate::plan::Fault;
use crate::rng::Rng;
use crate::world::{Life, World};
use nameless_actors::ports::{Appended, Journal, JournalError, PortFuture, Recovered};
use nameless_domain::ids::{MessageId, Seq};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Positions skipped at each start.
const GAP: u64 = 1_000;
/// Notes wait so long for company.
const LINGER: Duration = Duration::from_millis(2);

enum Record {
    Update { seq: u64, update: i64, raw: Arc<str> },
    Sent { seq: u64, copies: Vec<MessageId> },
    Done { seq: u64 },
    Tries { seq: u64, count: u32 },
}

#[derive(Clone)]
struct Entry {
    update: i64,
    raw: Arc<str>,
    sent: Option<Vec<MessageId>>,
    /// How often it was handed to an engine, the first time included.
    tries: u32,
}

type Waiter = oneshot::Sender<Result<(), JournalError>>;

/// One node's disk and what its process knows of it.
#[derive(Default)]
pub struct Log {
    records: Vec<Record>,
    written: usize,
    synced: usize,
    /// The end of the write that is under way.
    writing: usize,
    next: u64,
    unfinished: BTreeMap<u64, Entry>,
    seen: BTreeSet<i64>,
    waiters: Vec<(usize, Waiter)>,
    writer: bool,
    /// Nothing can be written any more.
    pub failed: bool,
    failed_at: i64,
    /// Updates by number that are done, and when (true time).
    pub done: BTreeMap<i64, i64>,
}

impl Log {
    /// The numbers of updates accepted and not done.
    pub fn unfinished_updates(&self) -> Vec<i64> {
        self.unfinished.values().map(|entry| entry.update).collect()
    }

    /// Whether the update was ever accepted.
    pub fn knows(&self, update: i64) -> bool {
        self.seen.contains(&update)
    }

    /// Notes how often an update was tried, and leaves it to be written.
    fn note_tries(&mut self, seq: u64, change: impl FnOnce(u32) -> u32) {
        if let Some(entry) = self.unfinished.get_mut(&seq) {
            entry.tries = change(entry.tries);
            self.records.push(Record::Tries { seq, count: entry.tries });
        }
    }

    /// The process ends in order, and all that it knows is written: nothing that is left has killed
    /// it.
    pub fn innocent(&mut self) {
        let left: Vec<u64> = self.unfinished.keys().copied().collect();
        left.into_iter().for_each(|seq| self.note_tries(seq, |_| 1));
        if !self.failed {
            self.written = self.records.len();
            self.synced = self.written;
        }
    }

    /// What a crash leaves.
    pub fn crash(&mut self, power: bool, rng: &mut Rng) {
        let end = self.records.len();
        let low = if power { self.synced } else { self.written }.min(end);
        let high = if power { self.written.min(end) } else { self.writing.clamp(low, end) };
        let kept = rng.between(low as u64, high as u64) as usize;
        self.records.truncate(kept);
        (self.written, self.synced, self.writing) = (kept, kept, kept);
        self.waiters.clear();
        (self.writer, self.failed) = (false, false);
        self.unfinished.clear();
        self.seen.clear();
        for record in &self.records {
            match record {
                Record::Update { seq, update, raw } => {
                    self.seen.insert(*update);
                    let entry = Entry { update: *update, raw: raw.clone(), sent: None, tries: 1 };
                    self.unfinished.insert(*seq, entry);
                }
                Record::Sent { seq, copies } => {
                    if let Some(entry) = self.unfinished.get_mut(seq) {
                        entry.sent = Some(copies.clone());
                    }
                }
                Record::Done { seq } => _ = self.unfinished.remove(seq),
                Record::Tries { seq, count } => {
                    if let Some(entry) = self.unfinished.get_mut(seq) {
                        entry.tries = *count;
                    }
                }
            }
        }
        let unfinished: BTreeSet<i64> = self.unfinished.values().map(|entry| entry.update).collect();
        let seen = &self.seen;
        self.done.retain(|update, _| seen.contains(update) && !unfinished.contains(update));
        self.next += GAP;
    }

    /// Whether it is known that this copy of an update's message has left, or nothing more will
    /// leave for it.
    pub fn knows_copy(&self, update: i64, copy: i32) -> bool {
        self.done.contains_key(&update)
            || self
                .unfinished
                .values()
                .any(|entry| entry.update == update && entry.sent.iter().flatten().any(|id| id.0 == copy))
    }

    /// Whether nothing could be written before this moment (true time).
    pub fn failed_before(&self, at: i64) -> bool {
        self.failed && self.failed_at < at
    }

    fn fail(&mut self, now: i64) {
        (self.failed, self.failed_at) = (true, now);
        for (_, waiter) in self.waiters.drain(..) {
            let _ = waiter.send(Err(JournalError::Io("simulated".into())));
        }
    }
}

/// The journal as one life sees it.
pub struct LogPort {
    /// Where the disk is.
    pub world: Arc<World>,
    /// Whose it is.
    pub life: Arc<Life>,
}

impl LogPort {
    /// Sees to it that what waits is written.
    fn urge(&self) {
        let mut state = self.world.lock();
        if !std::mem::replace(&mut state.log.writer, true) {
            let (world, life) = (self.world.clone(), self.life.clone());
            drop(state);
            tokio::task::spawn_local(write(world, life));
        }
    }

    fn waiter(&self) -> PortFuture<'static, Result<(), JournalError>> {
        if self.life.is_dead() {
            return Box::pin(std::future::pending());
        }
        let (tx, rx) = oneshot::channel();
        {
            let mut state = self.world.lock();
            if state.log.failed {
                return Box::pin(std::future::ready(Err(JournalError::Io("simulated".into()))));
            }
            let end = state.log.records.len();
            state.log.waiters.push((end, tx));
        }
        self.urge();
        Box::pin(async move { rx.await.unwrap_or_else(|_| Err(JournalError::Io("simulated".into()))) })
    }
}

/// The writer of one life: writes what waits, syncs it if somebody waits.
async fn write(world: Arc<World>, life: Arc<Life>) {
    loop {
        let urgent = {
            let mut state = world.lock();
            if life.is_dead() || state.log.failed {
                return;
            }
            let urgent = !state.log.waiters.is_empty();
            if !urgent && state.log.records.len() == state.log.written {
                state.log.writer = false;
                return;
            }
            urgent
        };
        if !urgent {
            tokio::time::sleep(LINGER).await;
        }
        let wait = {
            let mut state = world.lock();
            if life.is_dead() {
                return;
            }
            state.log.writing = state.log.records.len();
            let slow = state.strikes(Fault::SlowDisk, 100);
            state.wait(0, if slow { 2_000 } else { 2 })
        };
        tokio::time::sleep(wait).await;
        if !world.deals(&life) || disk_fails(&world, &life) {
            return;
        }
        let wait = {
            let mut state = world.lock();
            state.log.written = state.log.writing;
            state.wait(0, 4)
        };
        if world.lock().log.waiters.is_empty() {
            continue;
        }
        let end = world.lock().log.written;
        tokio::time::sleep(wait).await;
        if !world.deals(&life) || disk_fails(&world, &life) {
            return;
        }
        let mut state = world.lock();
        state.log.synced = end;
        let waiters = std::mem::take(&mut state.log.waiters);
        for (at, waiter) in waiters {
            match at <= end {
                true => _ = waiter.send(Ok(())),
                false => state.log.waiters.push((at, waiter)),
            }
        }
    }
}

/// The disk may fail. The process then ends of itself, unless it is one that keeps silent about it.
fn disk_fails(world: &Arc<World>, life: &Arc<Life>) -> bool {
    let mut state = world.lock();
    if !state.strikes(Fault::BadDisk, 20) {
        return false;
    }
    state.event("the journal's disk fails", [0; 3]);
    let now = state.now();
    state.log.fail(now);
    if !state.plan.wrong.silent_journal {
        let wait = state.wait(0, 2_000);
        let (world, life) = (world.clone(), life.clone());
        tokio::task::spawn_local(async move {
            tokio::time::sleep(wait).await;
            world.lock().end(&life, "ended for its journal");
        });
    }
    true
}

impl Journal for LogPort {
    fn append(&self, entries: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError> {
        if self.life.is_dead() {
            return Err(JournalError::Io("the process has ended".into()));
        }
        let seqs = {
            let mut state = self.world.lock();
            if state.log.failed {
                return Err(JournalError::Io("simulated".into()));
            }
            if state.in_window(Fault::FullJournal) {
                return Err(JournalError::Full);
            }
            let mut seqs = Vec::with_capacity(entries.len());
            for (update, raw) in entries {
                let log = &mut state.log;
                if !log.seen.insert(update) {
                    seqs.push(None);
                    continue;
                }
                log.next += 1;
                let seq = log.next;
                log.unfinished.insert(seq, Entry { update, raw: raw.clone(), sent: None, tries: 1 });
                log.records.push(Record::Update { seq, update, raw });
                state.event("accepted", [update, seq as i64, 0]);
                seqs.push(Some(Seq(seq)));
            }
            seqs
        };
        Ok(Appended { seqs, durable: self.waiter() })
    }

    fn sent(&self, seq: Seq, copies: &[MessageId]) {
        if self.life.is_dead() {
            return;
        }
        let mut state = self.world.lock();
        let log = &mut state.log;
        let Some(entry) = log.unfinished.get_mut(&seq.0).filter(|_| !log.failed) else { return };
        entry.sent = Some(copies.to_vec());
        log.records.push(Record::Sent { seq: seq.0, copies: copies.to_vec() });
        drop(state);
        self.urge();
    }

    fn done(&self, seq: Seq) {
        if self.life.is_dead() {
            return;
        }
        let mut state = self.world.lock();
        if state.log.failed {
            return;
        }
        let now = state.now();
        let Some(entry) = state.log.unfinished.remove(&seq.0) else {
            return;
        };
        state.log.records.push(Record::Done { seq: seq.0 });
        state.log.done.insert(entry.update, now);
        state.event("done", [entry.update, 0, 0]);
        drop(state);
        self.urge();
    }

    fn takes_marks(&self) -> bool {
        let state = self.world.lock();
        !state.log.failed || state.plan.wrong.silent_journal
    }

    fn tries(&self, seq: Seq) -> u32 {
        self.world.lock().log.unfinished.get(&seq.0).map_or(0, |entry| entry.tries)
    }

    fn trying(&self, seqs: &[Seq]) -> PortFuture<'_, Result<(), JournalError>> {
        let mut state = self.world.lock();
        if !state.plan.wrong.uncounted {
            seqs.iter().for_each(|seq| state.log.note_tries(seq.0, |tries| tries + 1));
        }
        drop(state);
        self.waiter()
    }

    fn survived(&self, seq: Seq) {
        if !self.life.is_dead() {
            self.world.lock().log.note_tries(seq.0, |tries| tries.saturating_sub(1));
            self.urge();
        }
    }

    fn last(&self) -> Seq {
        Seq(self.world.lock().log.next)
    }

    fn recover(&self) -> Vec<Recovered> {
        let state = self.world.lock();
        let unfinished = state.log.unfinished.iter();
        unfinished
            .map(|(&seq, entry)| Recovered {
                seq: Seq(seq),
                raw: entry.raw.clone(),
                sent: entry.sent.clone(),
            })
            .collect()
    }

    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>> {
        self.waiter()
    }
}
