//! The local journal: the write-ahead log of accepted updates, in files of this machine.
//!
//! Updates are acknowledged to Telegram only after they are here (I2), and an update id that was here within the last
//! 48 hours is not accepted again (I3). What kill -9 leaves unfinished comes back from [`Journal::recover`].
//!
//! The log is a row of segments in one folder. A segment begins with the set of update ids seen before it, so that
//! older ones can go as soon as all their updates are finished. Finished or not, an update stays where it was
//! written, except when a few old unfinished ones would keep a log that is mostly waste: those are copied to the end.
//! On disk the log takes at most twice the unfinished bytes or four segments, whichever is more, a segment, the
//! heads (a few KB each), and a megabyte of zeroes behind the last record, written ahead so that a group waits for the
//! disk once (`segment.rs`).
//!
//! It survives the death of the process (all that was written) and of the machine (all that was synced), not that of
//! the disk: it is local to one node.

mod folder;
mod record;
mod replay;
mod seen;
mod segment;
mod state;
mod writer;

use folder::{Folder, Taken};
use nameless_actors::ports::{Appended, Journal, JournalError, PortFuture, Recovered, Reopened};
use nameless_domain::ids::{MessageId, Seq};
use replay::Replay;
use segment::SegmentFile;
use state::{Again, State};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::oneshot;
use writer::{Disk, Shared, Writer};

/// How long callers wait for the disk before they are told that it does not answer.
const DISK_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a closing journal waits for its last write.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Positions skipped at each start: more than can have been given out without reaching the disk (64 MiB of records
/// of at least 29 bytes), so that none is given out twice.
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
    /// Whether to wait for the disk. Without it, the death of the process loses nothing, that of the machine does.
    pub fsync: bool,
}

impl Default for JournalConfig {
    fn default() -> JournalConfig {
        JournalConfig { segment_bytes: 64 << 20, max_bytes: 1 << 30, dedupe_hours: 48, fsync: true }
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
#[derive(Debug)]
pub struct LocalJournal {
    shared: Arc<Shared>,
    recovered: Mutex<Vec<Recovered>>,
    /// Closed by the writer thread at its end.
    ended: Mutex<mpsc::Receiver<()>>,
}

impl LocalJournal {
    /// Opens or makes the journal in folder `dir`, reading back what an earlier life left.
    pub fn open(dir: &Path, config: JournalConfig) -> Result<LocalJournal, OpenError> {
        let fsync = config.fsync;
        let disk = Disk { fsync, ahead: if fsync { AHEAD.min(config.segment_bytes) } else { 0 } };
        let folder = Folder::lock(dir, fsync).map_err(|e| match e {
            Taken::InUse => OpenError::InUse(dir.to_owned()),
            Taken::Io(e) => OpenError::io(dir, e),
        })?;
        let replay = Replay::read(&folder)?;
        if replay.torn > 0 {
            tracing::warn!(
                bytes = replay.torn,
                "the journal ended in a torn record, as a crash leaves it; cut off"
            );
        }
        let recovered = replay.recovered(&folder)?;
        // Starting from the clock keeps positions growing even if the folder was lost but the database was not.
        let next_seq = (replay.next_seq + SEQ_GAP).max(now().as_millis() as u64 * 1024);
        let first = replay.segments.back().map_or(1, |s| s.no + 1);
        let state = State::new(config, next_seq, replay.live, replay.seen, replay.segments, first);
        let shared = Arc::new(Shared::new(state));
        let begun = Writer::begin(&shared, &folder, disk, first).map(Writer::into_file);
        let file = begun.map_err(|e| OpenError::io(&folder.file(first), e))?;
        let ended = spawn(shared.clone(), folder, disk, first, file).map_err(|e| OpenError::io(dir, e))?;
        Ok(LocalJournal { shared, recovered: Mutex::new(recovered), ended: Mutex::new(ended) })
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

/// Starts the writer thread, which owns the folder and its lock. The receiver closes when it has ended.
fn spawn(
    shared: Arc<Shared>,
    folder: Folder,
    disk: Disk,
    segment: u64,
    file: SegmentFile,
) -> io::Result<mpsc::Receiver<()>> {
    let (end, ended) = mpsc::sync_channel(1);
    std::thread::Builder::new().name("journal".into()).spawn(move || {
        Writer::resume(&shared, &folder, disk, segment, file).run();
        // The lock is free before anybody is told.
        drop(folder);
        drop(end);
    })?;
    Ok(ended)
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

    fn last(&self) -> Seq {
        self.shared.with(|state| Seq(state.next_seq - 1))
    }

    fn recover(&self) -> Vec<Recovered> {
        std::mem::take(&mut self.recovered.lock().unwrap_or_else(PoisonError::into_inner))
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
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
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
