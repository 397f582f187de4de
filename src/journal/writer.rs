//! The writer thread: takes all that waits, writes it, syncs once for everybody (group commit).
//!
//! While it syncs, the next group gathers, so the disk's own speed decides the size of the groups. Notes (`sent`,
//! `done`) need no sync: they leave at once when the thread is idle, else within [`NOTE_LINGER`] or with the next
//! update. That keeps the window small in which kill -9 makes a message leave twice, without waking the thread for
//! each.

use super::folder::Folder;
use super::record::{self, Read, Record};
use super::segment::SegmentFile;
use super::state::{Group, Move, State};
use nameless_actors::ports::JournalError;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Notes wait no longer than this for company.
const NOTE_LINGER: Duration = Duration::from_millis(2);
/// An idle thread looks around this often; nothing depends on it.
const IDLE: Duration = Duration::from_secs(60);

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
}

impl Shared {
    /// Before the thread starts.
    pub fn new(state: State) -> Shared {
        let inner = Inner { state, waiting: Waiting::No, closing: false };
        Shared { inner: Mutex::new(inner), wake: Condvar::new() }
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
        self.notify(&mut inner);
    }

    fn notify(&self, inner: &mut Inner) {
        inner.waiting = Waiting::No;
        self.wake.notify_one();
    }

    /// A poisoned lock is taken all the same: every change of the state is complete before anything can panic,
    /// and a journal that refuses everything would be worse.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to write. `synced` says that the last group was: the notes on it are about to come, and need
    /// not wake the thread. None when closing and nothing is left.
    fn next(&self, last_write: Instant, mut synced: bool) -> Option<Group> {
        let mut inner = self.lock();
        loop {
            let pending = &inner.state.pending;
            if pending.is_urgent() || inner.closing && pending.bytes > 0 {
                return Some(inner.state.take());
            }
            if inner.closing {
                return None;
            }
            let (waiting, time) = match NOTE_LINGER.checked_sub(last_write.elapsed()) {
                _ if pending.bytes == 0 && !synced => (Waiting::Idle, IDLE),
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

    /// Nothing can be written any more: tells everybody who waits, and all who come.
    fn fail(&self, error: JournalError, group: Option<Group>) {
        let mut inner = self.lock();
        inner.state.failed.get_or_insert(error.clone());
        let waiting = inner.state.take().waiters;
        drop(inner);
        for waiter in group.into_iter().flat_map(|g| g.waiters).chain(waiting) {
            let _ = waiter.send(Err(error.clone()));
        }
    }
}

/// How the disk is dealt with.
#[derive(Clone, Copy, Debug)]
pub struct Disk {
    /// Whether to wait for it.
    pub fsync: bool,
    /// Bytes of space to write ahead of the records.
    pub ahead: u64,
}

/// The thread's own side.
pub struct Writer<'a> {
    shared: &'a Shared,
    folder: &'a Folder,
    disk: Disk,
    /// The segment being written.
    current: u64,
    file: SegmentFile,
    /// Written but not synced.
    dirty: bool,
}

impl<'a> Writer<'a> {
    /// Opens the newest segment, which must not exist yet, and puts its head on disk, so that positions given out
    /// before are never given out again.
    pub fn begin(shared: &'a Shared, folder: &'a Folder, disk: Disk, first: u64) -> io::Result<Writer<'a>> {
        let file = SegmentFile::create(folder, first, disk.ahead)?;
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
        Writer { shared, folder, disk, current, file, dirty: false }
    }

    /// The open segment, for [`Writer::resume`] on another thread.
    pub fn into_file(self) -> SegmentFile {
        self.file
    }

    /// Writes until the journal closes or the disk fails.
    pub fn run(mut self) {
        // Should this thread ever panic, nobody may go on believing in it.
        let _guard = FailOnPanic(self.shared);
        let (mut last_write, mut synced) = (Instant::now(), false);
        while let Some(group) = self.shared.next(last_write, synced) {
            synced = group.is_urgent();
            if let Err(e) = self.commit(group) {
                let error = JournalError::Io(e.to_string());
                tracing::error!(%error, "the journal cannot be written; updates stay with Telegram until a restart");
                return self.shared.fail(error, None);
            }
            last_write = Instant::now();
        }
        let ended = if self.disk.fsync { self.file.finish() } else { Ok(()) };
        if let Err(e) = ended {
            self.shared.fail(JournalError::Io(e.to_string()), None);
        }
    }

    fn commit(&mut self, mut group: Group) -> io::Result<()> {
        let urgent = group.is_urgent();
        let written = self.write(&group).and_then(|()| if urgent { self.sync() } else { Ok(()) });
        if let Err(e) = written {
            self.shared.fail(JournalError::Io(e.to_string()), Some(group));
            return Err(e);
        }
        for waiter in group.waiters.drain(..) {
            let _ = waiter.send(Ok(()));
        }
        self.shared.with(|state| {
            group.moved.take().into_iter().for_each(|moved| state.release(moved));
            group.parts.into_iter().for_each(|part| state.recycle(part.bytes));
        });
        self.clean()
    }

    fn write(&mut self, group: &Group) -> io::Result<()> {
        for part in &group.parts {
            if part.segment != self.current {
                // Only the last segment may have a torn tail, so the one before is synced whatever is configured.
                self.file.finish()?;
                self.file = SegmentFile::create(self.folder, part.segment, self.disk.ahead)?;
                self.current = part.segment;
            }
            self.file.append(&part.bytes)?;
            self.dirty = true;
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.dirty && self.disk.fsync {
            self.file.sync()?;
        }
        self.dirty = false;
        Ok(())
    }

    /// Removes what nothing needs; moves what alone keeps the oldest segment.
    fn clean(&mut self) -> io::Result<()> {
        let finished = self.shared.with(|state| state.finished_segments(self.current));
        if !finished.is_empty() {
            // What replaces them (the head of the current segment, copies) must be on disk first.
            self.sync()?;
            self.folder.remove(&finished)?;
        }
        if let Some((segment, moves)) = self.shared.with(|state| state.moves(self.current)) {
            let copies = self.read_copies(segment, &moves)?;
            self.shared.with(|state| state.reappend(segment, &copies));
        }
        Ok(())
    }

    fn read_copies(&self, segment: u64, moves: &[Move]) -> io::Result<Vec<(u64, Vec<u8>)>> {
        let file = File::open(self.folder.file(segment))?;
        let read = |m: &Move| {
            let mut bytes = vec![0; m.len as usize];
            file.read_exact_at(&mut bytes, m.offset)?;
            match record::read(&bytes) {
                Read::Record(Record::Update { seq, .. }, _) if seq == m.seq => Ok((m.seq, bytes)),
                _ => {
                    Err(io::Error::new(io::ErrorKind::InvalidData, "an unfinished update became unreadable"))
                }
            }
        };
        moves.iter().map(read).collect()
    }
}

struct FailOnPanic<'a>(&'a Shared);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail(JournalError::Io("its writer failed".into()), None);
        }
    }
}
