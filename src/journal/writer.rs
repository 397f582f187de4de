//! The writer thread: takes all that waits, writes it, syncs once for everybody (group commit).
//!
//! While it syncs, the next group gathers, so the disk's own speed decides the size of the groups.
//! Notes (`sent`, `done`) need no sync: they leave at once when the thread is idle, else within
//! [`NOTE_LINGER`] or with the next update. That keeps the window small in which kill -9 makes a
//! message leave twice, without waking the thread for each.

use super::failure::Failure;
use super::folder::Folder;
use super::record::{self, Read, Record};
use super::segment::{Disk, SegmentFile};
use super::state::{Copied, Group, Move, Part, State};
use nameless_actors::kernel::latency::Latency;
use nameless_actors::kernel::lock;
use nameless_actors::kernel::meters::Count;
use nameless_actors::ports::JournalError;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Notes wait no longer than this for company.
const NOTE_LINGER: Duration = Duration::from_millis(2);
/// An idle thread looks around this often.
const IDLE: Duration = Duration::from_secs(60);
/// Bytes written and not synced that are kept in memory; beyond them the disk is waited for.
const MAX_UNSYNCED: usize = 1 << 20;

/// How the thread waits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Waiting {
    /// Not at all: it will look by itself.
    No,
    /// For company for its notes: only something urgent wakes it.
    Lingering,
    /// For anything.
    Idle,
}

#[derive(Debug)]
struct Inner {
    state: State,
    waiting: Waiting,
    closing: bool,
}

/// What the thread and the callers share.
#[derive(Debug)]
pub struct Shared {
    inner: Mutex<Inner>,
    wake: Condvar,
    /// The disk takes nothing at the moment.
    failed: AtomicBool,
    /// How long it took to confirm what was written.
    pub syncs: Latency,
    /// Times that it refused something.
    pub failures: Count,
}

impl Shared {
    /// Before the thread starts.
    pub fn new(state: State) -> Shared {
        let inner = Inner { state, waiting: Waiting::No, closing: false };
        Shared {
            inner: Mutex::new(inner),
            wake: Condvar::new(),
            failed: AtomicBool::new(false),
            syncs: Latency::default(),
            failures: Count::default(),
        }
    }

    /// Looks at or changes the state without waking the thread.
    pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.lock().state)
    }

    /// Queues a note; wakes the thread only if it is idle. `act` says whether anything was queued.
    pub fn note(&self, act: impl FnOnce(&mut State) -> bool) {
        let mut inner = self.lock();
        if act(&mut inner.state) && inner.waiting == Waiting::Idle {
            self.notify(&mut inner);
        }
    }

    /// Queues something that somebody waits for.
    pub fn urge<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut inner = self.lock();
        let result = act(&mut inner.state);
        if inner.waiting != Waiting::No {
            self.notify(&mut inner);
        }
        result
    }

    /// Asks the thread to write what waits and end.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.closing = true;
        // What ends in order was not killed by what it had under way.
        let open: Vec<u64> = inner.state.live.keys().copied().collect();
        inner.state.tried(open, |_| 0);
        self.notify(&mut inner);
    }

    fn notify(&self, inner: &mut Inner) {
        inner.waiting = Waiting::No;
        self.wake.notify_one();
    }

    /// A poisoned lock is taken all the same: every change of the state is complete before anything
    /// can panic, and a journal that refuses everything would be worse.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    /// Waits for something to write. `synced` says that the last group was: the notes on it are
    /// about to come, and need not wake the thread. None when closing and nothing is left.
    fn next(&self, last_write: Instant, mut synced: bool) -> Option<Group> {
        let mut inner = self.lock();
        loop {
            let look = inner.state.tick(Instant::now());
            let pending = &inner.state.pending;
            if pending.is_urgent() || inner.closing && pending.bytes > 0 {
                return Some(inner.state.take());
            }
            if inner.closing {
                return None;
            }
            let (waiting, time) = match NOTE_LINGER.checked_sub(last_write.elapsed()) {
                _ if pending.bytes == 0 && !synced => {
                    let look = look.map(|at| at.saturating_duration_since(Instant::now()));
                    // A millisecond more: it must not turn in circles just before the moment.
                    (Waiting::Idle, look.map_or(IDLE, |wait| IDLE.min(wait + Duration::from_millis(1))))
                }
                Some(time) if !time.is_zero() => (Waiting::Lingering, time),
                _ if pending.bytes == 0 => {
                    synced = false;
                    continue;
                }
                _ => return Some(inner.state.take()),
            };
            inner.waiting = waiting;
            inner = self.wake.wait_timeout(inner, time).unwrap_or_else(PoisonError::into_inner).0;
            inner.waiting = Waiting::No;
        }
    }

    /// Nothing can be written at the moment: tells everybody who waits, and all who come.
    pub fn fail(&self, error: &JournalError, group: &mut Group) {
        let mut inner = self.lock();
        inner.state.failed = Some(error.clone());
        self.failures.add(1);
        self.failed.store(true, Ordering::Release);
        let waiting = std::mem::take(&mut inner.state.pending.waiters);
        drop(inner);
        for waiter in group.waiters.drain(..).chain(waiting) {
            let _ = waiter.send(Err(error.clone()));
        }
    }

    /// The disk has taken everything again.
    pub fn recover(&self) {
        self.lock().state.failed = None;
        self.failed.store(false, Ordering::Release);
    }

    /// Whether the disk takes nothing at the moment.
    pub fn is_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Waits; true if the journal is closing, at once then.
    pub fn pause(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        let mut inner = self.lock();
        while !inner.closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            inner = self.wake.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        inner.closing
    }
}

/// The thread's own side.
pub struct Writer<'a> {
    pub(super) shared: &'a Shared,
    pub(super) folder: &'a Folder,
    pub(super) disk: Disk,
    /// The segment being written.
    pub(super) current: u64,
    pub(super) file: SegmentFile,
    /// Its bytes that are on disk for sure.
    pub(super) synced: u64,
    /// What was written and is not on disk for sure. After a failed sync nobody knows what the
    /// system still has.
    pub(super) unsynced: Vec<Part>,
    /// Segments that could not be removed.
    leftover: Vec<u64>,
}

impl<'a> Writer<'a> {
    /// Opens the newest segment, which must not exist yet, and puts its head on disk, so that
    /// positions given out before are never given out again.
    pub fn begin(shared: &'a Shared, folder: &'a Folder, disk: Disk, first: u64) -> io::Result<Writer<'a>> {
        let file = SegmentFile::create(folder, first, &disk)?;
        let mut writer = Writer::resume(shared, folder, disk, first, file);
        let group = shared.with(State::take);
        writer.write(&group)?;
        writer.sync()?;
        writer.clean()?;
        Ok(writer)
    }

    /// Goes on with a segment that [`Writer::begin`] opened.
    pub fn resume(
        shared: &'a Shared,
        folder: &'a Folder,
        disk: Disk,
        current: u64,
        file: SegmentFile,
    ) -> Writer<'a> {
        let synced = file.len();
        Writer { shared, folder, disk, current, file, synced, unsynced: Vec::new(), leftover: Vec::new() }
    }

    /// The open segment, for [`Writer::resume`] on another thread.
    pub fn into_file(self) -> SegmentFile {
        self.file
    }

    /// Writes until the journal closes, or the disk fails for good; `lost` is told of that.
    pub fn run(mut self, give_up: Duration, lost: impl Fn()) {
        // Should this thread ever panic, nobody may go on believing in it.
        let _guard = FailOnPanic(self.shared, &lost);
        let (mut last_write, mut synced) = (Instant::now(), false);
        while let Some(group) = self.shared.next(last_write, synced) {
            synced = group.is_urgent();
            let mut written = self.commit(group);
            while let Err(failure) = written {
                if !self.start_anew(failure, give_up) {
                    // A journal that closes has nobody left to tell.
                    if !self.shared.pause(Duration::ZERO) {
                        lost();
                    }
                    return;
                }
                written = self.clean().map_err(|error| Failure { error, group: Group::default() });
            }
            last_write = Instant::now();
        }
        let ended = if self.disk.fsync { self.file.finish() } else { Ok(()) };
        if let Err(e) = ended {
            self.shared.fail(&JournalError::Io(e.to_string()), &mut Group::default());
        }
    }

    fn commit(&mut self, mut group: Group) -> Result<(), Failure> {
        let urgent = group.is_urgent();
        if let Err(error) = self.write(&group) {
            return Err(Failure { error, group });
        }
        if (urgent || self.unsynced.iter().map(|p| p.bytes.len()).sum::<usize>() > MAX_UNSYNCED)
            && let Err(error) = self.sync()
        {
            return Err(Failure { error, group });
        }
        for waiter in group.waiters.drain(..) {
            let _ = waiter.send(Ok(()));
        }
        self.shared.with(|state| {
            group.moved.take().into_iter().for_each(|moved| state.release(moved));
            group.parts.into_iter().for_each(|part| state.recycle(part.bytes));
        });
        self.clean().map_err(|error| Failure { error, group: Group::default() })
    }

    fn write(&mut self, group: &Group) -> io::Result<()> {
        // What is synced at once is in the group itself.
        let keep = self.disk.fsync && !group.is_urgent();
        for part in &group.parts {
            if part.segment != self.current {
                // Only the last segment may have a torn tail, so the one before is synced whatever
                // is configured.
                self.file.finish()?;
                (self.synced, self.unsynced) = (self.file.len(), Vec::new());
                self.file = SegmentFile::create(self.folder, part.segment, &self.disk)?;
                (self.current, self.synced) = (part.segment, 0);
            }
            self.file.append(&part.bytes)?;
            if keep {
                self.keep(part);
            } else if !self.disk.fsync {
                self.synced = self.file.len();
            }
        }
        Ok(())
    }

    fn keep(&mut self, part: &Part) {
        match self.unsynced.last_mut() {
            Some(last) if last.segment == part.segment => last.bytes.extend_from_slice(&part.bytes),
            _ => self.unsynced.push(Part { segment: part.segment, at: part.at, bytes: part.bytes.clone() }),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.synced < self.file.len() && self.disk.fsync {
            let begun = Instant::now();
            self.file.sync()?;
            self.shared.syncs.record(begun.elapsed());
        }
        self.synced = self.file.len();
        self.unsynced.clear();
        Ok(())
    }

    /// Removes what nothing needs; moves what alone keeps the oldest segment.
    fn clean(&mut self) -> io::Result<()> {
        let mut finished = std::mem::take(&mut self.leftover);
        finished.extend(self.shared.with(|state| state.finished_segments(self.current)));
        if !finished.is_empty() {
            // What replaces them (the head of the current segment, copies) must be on disk first.
            self.sync()?;
            let removed = self.folder.remove(&finished).and_then(|()| self.folder.forget_damaged());
            if let Err(error) = removed {
                tracing::error!(%error, "finished files of the journal cannot be removed; once more with the next");
                self.leftover = finished;
            }
        }
        if let Some((segment, moves)) = self.shared.with(|state| state.moves(self.current)) {
            match self.read_copies(segment, &moves) {
                Ok(copies) => self.shared.with(|state| state.reappend(segment, &copies)),
                Err(error) => {
                    let file = self.folder.file(segment);
                    tracing::error!(%error, file = %file.display(), "a file of the journal cannot be emptied and stays");
                    self.shared.with(|state| state.stuck = Some(segment));
                }
            }
        }
        Ok(())
    }

    fn read_copies(&self, segment: u64, moves: &[Move]) -> io::Result<Vec<Copied>> {
        let file = File::open(self.folder.file(segment))?;
        let key = self.shared.with(|state| state.key(segment));
        let read = |m: &Move| {
            let mut bytes = vec![0; m.len as usize];
            file.read_exact_at(&mut bytes, m.offset)?;
            let copy = match record::read(&bytes) {
                Read::Record(Record::Update { seq, update_id, hour, raw }, _) if seq == m.seq => {
                    let raw = raw.open(m.offset, key.as_deref());
                    raw.map(|raw| Copied { seq, id: (update_id, hour), raw })
                }
                _ => None,
            };
            copy.ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "an unfinished update became unreadable")
            })
        };
        moves.iter().map(read).collect()
    }
}

struct FailOnPanic<'a, F: Fn()>(&'a Shared, &'a F);

impl<F: Fn()> Drop for FailOnPanic<'_, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail(&JournalError::Io("its writer failed".into()), &mut Group::default());
            (self.1)();
        }
    }
}
