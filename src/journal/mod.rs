//! The local journal: the write-ahead log of accepted updates, in files of this machine.
//!
//! Updates are acknowledged to Telegram only after they are here (I2), and an update id that was
//! here within the last 48 hours is not accepted again (I3). What kill -9 leaves unfinished comes
//! back from [`Journal::recover`].
//!
//! The log is a row of segments in one folder. A segment begins with the set of update ids seen
//! before it, so that older ones can go as soon as all their updates are finished. Finished or not,
//! an update stays where it was written, except when a few old unfinished ones would keep a log
//! that is mostly waste: those are copied to the end. On disk the log takes at most twice the
//! unfinished bytes or four segments, whichever is more, a segment, the heads (a few KB each), and
//! a megabyte of zeroes behind the last record, written ahead so that a group waits for the disk
//! once (`segment.rs`).
//!
//! What came from people is sealed: each segment has a key of its own, which goes with it. A
//! segment is left after an hour at most, and sooner when somebody was erased; what is unfinished
//! in it moves on, and it is removed, its key first.
//!
//! A disk that fails is told to everybody and tried again, see `failure.rs`.
//!
//! It survives the death of the process (all that was written) and of the machine (all that was
//! synced), not that of the disk: it is local to one node.

#[doc(hidden)]
pub mod cost;
mod failure;
mod folder;
mod record;
mod replay;
mod seen;
mod segment;
mod state;
#[cfg(test)]
mod tests;
mod writer;

use crate::store::Keys;
use folder::{Folder, Taken};
use nameless_actors::kernel::lock;
use nameless_actors::ports::{
    Appended, Journal, JournalError, JournalFigures, PortFuture, Recovered, Reopened,
};
use nameless_domain::ids::{MessageId, Seq};
use replay::Replay;
use segment::Disk;
use state::{Again, State};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::oneshot;
use writer::{Shared, Writer};

/// How long callers wait for the disk before they are told that it does not answer.
const DISK_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a closing journal waits for its last write.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Positions skipped at each start: more than can have been given out without reaching the disk (64
/// MiB of records of at least 29 bytes), so that none is given out twice.
const SEQ_GAP: u64 = 1 << 24;

/// Bytes of space written ahead of the records: a few seconds of a busy node.
const AHEAD: u64 = 1 << 20;

/// Limits of a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalConfig {
    /// Bytes after which the next segment begins.
    pub segment_bytes: u64,
    /// Bytes of unfinished updates beyond which more are refused.
    pub max_bytes: u64,
    /// Hours for which an update id is remembered. Telegram keeps undelivered updates for 24.
    pub dedupe_hours: u32,
    /// Whether to wait for the disk. Without it, the death of the process loses nothing, that of
    /// the machine does.
    pub fsync: bool,
    /// How long a segment is written to: what is finished in it is gone some seconds later, within
    /// the hour in all.
    pub segment_age: Duration,
    /// How soon after an erasure what was finished is gone: many that come together cost one new
    /// segment.
    pub forget_after: Duration,
    /// How long a failing disk that is not merely full is tried, before the process is to end.
    pub give_up: Duration,
}

impl Default for JournalConfig {
    fn default() -> JournalConfig {
        JournalConfig {
            segment_bytes: 64 << 20,
            max_bytes: 1 << 30,
            dedupe_hours: 48,
            fsync: true,
            segment_age: Duration::from_secs(55 * 60),
            forget_after: Duration::from_secs(60),
            give_up: Duration::from_secs(60),
        }
    }
}

/// Why a journal could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses it.
    #[error(
        "the journal in {0} is in use by another process: stop that one, or give this one its own DATA_DIR"
    )]
    InUse(PathBuf),
    /// A segment is damaged where a crash cannot have damaged it.
    #[error(
        "the journal file {file} is damaged at byte {at}: {what}. Restore it from a copy, or move it away: the \
         updates in it that were not finished are lost then, everything else goes on"
    )]
    Corrupt {
        /// The segment.
        file: PathBuf,
        /// Offset of the first bad byte's record.
        at: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// It was written under another key.
    #[error(
        "the journal file {0} does not open: HISTORY_KEY (or history.key in DATA_DIR) is not the one that it was \
         written with. Give that back, or move the file away: the updates in it that were not finished are lost then"
    )]
    WrongKey(PathBuf),
    /// The disk failed.
    #[error("the journal file {file} cannot be used: {source}")]
    Io {
        /// Which file or folder.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl OpenError {
    fn io(file: &Path, source: io::Error) -> OpenError {
        OpenError::Io { file: file.to_owned(), source }
    }

    fn corrupt(file: &Path, at: u64, what: &'static str) -> OpenError {
        OpenError::Corrupt { file: file.to_owned(), at, what }
    }
}

/// The journal of one node. Dropping it writes what waits.
pub struct LocalJournal {
    shared: Arc<Shared>,
    recovered: Mutex<Vec<Recovered>>,
    /// Closed by the writer thread at its end.
    ended: Mutex<mpsc::Receiver<()>>,
    lost: Arc<OnceLock<OnLost>>,
    after_crash: bool,
}

/// Called when the journal's disk has failed for good; ends the process.
pub type OnLost = Box<dyn Fn() + Send + Sync>;

impl std::fmt::Debug for LocalJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalJournal").finish_non_exhaustive()
    }
}

impl LocalJournal {
    /// Opens or makes the journal in folder `dir`, reading back what an earlier life left. `keys`
    /// are those of the history.
    pub fn open(dir: &Path, config: JournalConfig, keys: Arc<Keys>) -> Result<LocalJournal, OpenError> {
        let fsync = config.fsync;
        let ahead = if fsync { AHEAD.min(config.segment_bytes) } else { 0 };
        LocalJournal::open_on(dir, config, keys, Disk { fsync, ahead, fault: None })
    }

    fn open_on(
        dir: &Path,
        config: JournalConfig,
        keys: Arc<Keys>,
        disk: Disk,
    ) -> Result<LocalJournal, OpenError> {
        let folder = Folder::lock(dir, disk.fsync).map_err(|e| match e {
            Taken::InUse => OpenError::InUse(dir.to_owned()),
            Taken::Io(e) => OpenError::io(dir, e),
        })?;
        let after_crash = folder.was_left_open();
        let replay = Replay::read(&folder)?;
        if let Some(damage) = &replay.damage {
            tracing::error!(
                file = %damage.file.display(), at = damage.at, bytes = damage.bytes, copy = %damage.copy.display(),
                "a file of the journal is damaged in its midst: what could be read is taken, these bytes are lost. The \
                 copy is kept for two days. Check the disk"
            );
        }
        if replay.torn > 0 {
            tracing::warn!(
                bytes = replay.torn,
                "the journal ended in a torn record, as a crash leaves it; cut off"
            );
        }
        let open = replay.keys(&folder, &keys)?;
        let recovered = replay.recovered(&folder, &open)?;
        // Starting from the clock keeps positions growing even if the folder was lost but the
        // database was not.
        let next_seq = (replay.next_seq + SEQ_GAP).max(now().as_millis() as u64 * 1024);
        let first = replay.segments.back().map_or(1, |s| s.no + 1);
        let give_up = config.give_up;
        let open = open.into_iter().map(|(no, key)| (no, Arc::new(key))).collect();
        let state =
            State::new(config, (keys, open), next_seq, replay.live, replay.seen, replay.segments, first);
        let state = state.map_err(|e| OpenError::io(dir, io::Error::other(e)))?;
        let shared = Arc::new(Shared::new(state));
        let begun = Writer::begin(&shared, &folder, disk.clone(), first).map(Writer::into_file);
        let file = begun.map_err(|e| OpenError::io(&folder.file(first), e))?;
        let lost: Arc<OnceLock<OnLost>> = Arc::default();
        let (writer, on_lost) = (shared.clone(), lost.clone());
        let (end, ended) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("journal".into());
        let started = thread.spawn(move || {
            let lost = || on_lost.get().iter().for_each(|lost| lost());
            Writer::resume(&writer, &folder, disk, first, file).run(give_up, lost);
            if !writer.is_failed() {
                folder.leave();
            }
            // The lock is free before anybody is told.
            drop(folder);
            drop(end);
        });
        started.map_err(|e| OpenError::io(dir, e))?;
        let (recovered, ended) = (Mutex::new(recovered), Mutex::new(ended));
        Ok(LocalJournal { shared, recovered, ended, lost, after_crash })
    }

    /// Has `lost` called when the disk has failed for good.
    pub fn on_lost(&self, lost: OnLost) {
        let _ = self.lost.set(lost);
    }

    /// Number of unfinished updates.
    pub fn unfinished(&self) -> usize {
        self.shared.with(|state| state.live.len())
    }

    /// What the writer will tell once everything queued so far is on disk.
    fn group(
        rx: oneshot::Receiver<Result<(), JournalError>>,
    ) -> PortFuture<'static, Result<(), JournalError>> {
        Box::pin(async move {
            match tokio::time::timeout(DISK_TIMEOUT, rx).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(JournalError::Io("its writer has ended".into())),
                Err(_) => Err(JournalError::Io("the disk does not answer".into())),
            }
        })
    }
}

impl Journal for LocalJournal {
    fn append(&self, entries: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError> {
        let hour = hour();
        let (tx, rx) = oneshot::channel();
        let seqs = self.shared.urge(|state| {
            let seqs = state.append(&entries, hour)?;
            // Even if all were seen before: the first of them may still be on its way to the disk.
            state.pending.waiters.push(tx);
            Ok(seqs)
        })?;
        Ok(Appended { seqs, durable: LocalJournal::group(rx) })
    }

    fn reopen(&self, seq: Seq, wish: i64, raw: Arc<str>) -> Result<Reopened<'_>, JournalError> {
        let (tx, rx) = oneshot::channel();
        let again = self.shared.urge(|state| {
            let again = state.reopen(seq.0, (wish, raw), hour())?;
            // Even if it was granted before: that may still be on its way to the disk.
            if again != Again::UnderWay {
                state.pending.waiters.push(tx);
            }
            Ok(again)
        })?;
        let durable = LocalJournal::group(rx);
        Ok(match again {
            Again::Accepted => Reopened::Accepted(durable),
            Again::Before => Reopened::Before(durable),
            Again::UnderWay => Reopened::UnderWay,
        })
    }

    fn sent(&self, seq: Seq, copies: &[MessageId]) {
        self.shared.note(|state| state.sent(seq.0, copies));
    }

    fn done(&self, seq: Seq) {
        self.shared.note(|state| state.done(seq.0));
    }

    fn takes_marks(&self) -> bool {
        !self.shared.is_failed()
    }

    fn figures(&self) -> JournalFigures {
        let (unfinished, bytes, max_bytes) =
            self.shared.with(|state| (state.live.len() as u64, state.live_bytes, state.max_bytes()));
        let (syncs, failures) = (Some(self.shared.syncs.noted()), self.shared.failures.get());
        JournalFigures { unfinished, bytes, max_bytes, syncs, failures }
    }

    fn health(&self) -> Result<(), JournalError> {
        match self.shared.is_failed() {
            true => Err(self.shared.with(|state| state.failed.clone()).unwrap_or(JournalError::Full)),
            false => Ok(()),
        }
    }

    fn is_after_crash(&self) -> bool {
        self.after_crash
    }

    fn tries(&self, seq: Seq) -> u32 {
        self.shared.with(|state| state.tries(seq.0))
    }

    fn trying(&self, seqs: &[Seq]) -> PortFuture<'_, Result<(), JournalError>> {
        self.shared.with(|state| state.tried(seqs.iter().map(|seq| seq.0), |count| count + 1));
        self.flush()
    }

    fn survived(&self, seq: Seq) {
        self.shared.note(|state| state.tried([seq.0], |count| count.saturating_sub(1)));
    }

    fn forget_finished(&self) {
        self.shared.urge(|state| state.forget_finished(Instant::now()));
    }

    fn last(&self) -> Seq {
        self.shared.with(|state| Seq(state.next_seq - 1))
    }

    fn recover(&self) -> Vec<Recovered> {
        std::mem::take(&mut lock(&self.recovered))
    }

    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>> {
        let (tx, rx) = oneshot::channel();
        let failed = self.shared.urge(|state| match &state.failed {
            Some(failed) => Some(failed.clone()),
            None => {
                state.pending.waiters.push(tx);
                None
            }
        });
        match failed {
            Some(failed) => Box::pin(std::future::ready(Err(failed))),
            None => LocalJournal::group(rx),
        }
    }
}

impl Drop for LocalJournal {
    fn drop(&mut self) {
        self.shared.close();
        let ended = lock(&self.ended);
        if ended.recv_timeout(CLOSE_TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::error!("the journal's disk does not answer; its last notes may be lost");
        }
    }
}

/// Hours since the Unix epoch.
fn hour() -> u32 {
    (now().as_secs() / 3600) as u32
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
