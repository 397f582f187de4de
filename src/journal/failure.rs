//! What the writer does when the disk fails.
//!
//! After a failed sync nobody knows what of the file is on disk: Linux takes the pages for written
//! and tells once. So the file is not written or synced again. All that it is not known to hold is
//! still in memory; it goes into a new segment, which counts only once it is whole and on disk, and
//! says up to where the failed one is good. Until then nothing is accepted, and as what leaves
//! could not be marked, nothing is sent.
//!
//! A full disk is waited for as long as it takes. Any other failure must be over within a minute,
//! or the process ends.

use super::segment::SegmentFile;
use super::state::{Group, Part};
use super::writer::Writer;
use nameless_actors::ports::JournalError;
use std::io;
use std::time::{Duration, Instant};

/// First and longest wait between tries.
const AGAIN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How often the log is told while it lasts.
const TELL: Duration = Duration::from_secs(60);

/// A group that was not written, or not synced.
pub struct Failure {
    /// What the system said.
    pub error: io::Error,
    /// The group.
    pub group: Group,
}

impl Writer<'_> {
    /// Tries until everything is on disk in a new segment. False if that cannot be, or the journal
    /// closes.
    pub(super) fn start_anew(&mut self, failure: Failure, give_up: Duration) -> bool {
        let Failure { mut error, mut group } = failure;
        self.shared.fail(&JournalError::Io(error.to_string()), &mut group);
        let mut moved = group.moved;
        let mut lost: Vec<Part> = std::mem::take(&mut self.unsynced);
        lost.append(&mut group.parts);
        let mut cuts = vec![(self.current, self.synced)];
        let (began, mut wait, mut told) = (Instant::now(), AGAIN.0, None);
        loop {
            if told.is_none_or(|at: Instant| at.elapsed() >= TELL) {
                tell(&error, give_up);
                told = Some(Instant::now());
            }
            let closing = self.shared.pause(wait);
            wait = (wait * 2).min(AGAIN.1);
            match self.shared.with(|state| state.begin_again(&mut lost, &cuts)) {
                Ok(anew) => {
                    moved = moved.or(anew.moved);
                    match self.write_anew(&anew) {
                        Ok(()) => {
                            self.shared.with(|state| moved.into_iter().for_each(|m| state.release(m)));
                            self.shared.recover();
                            tracing::warn!("the journal can be written again; everything is in a new file");
                            return true;
                        }
                        Err(cause) => {
                            cuts.extend(anew.parts.first().map(|part| (part.segment, 0)));
                            lost = anew.parts;
                            error = cause;
                        }
                    }
                }
                Err(cause) => error = io::Error::other(cause),
            }
            self.shared.with(|state| state.failed = Some(JournalError::Io(error.to_string())));
            if closing {
                return false;
            }
            if !is_full(&error) && began.elapsed() >= give_up {
                tracing::error!(%error, "the journal still cannot be written: this process ends. What was accepted \
                     and not finished is finished by the next one; what was not accepted is still at Telegram. Check \
                     the disk of DATA_DIR (dmesg) before starting it");
                return false;
            }
        }
    }

    /// Writes the only part of a group into a segment of its own, which counts once it is on disk.
    fn write_anew(&mut self, group: &Group) -> io::Result<()> {
        let Some(part) = group.parts.first() else { return Ok(()) };
        let mut file = SegmentFile::draft(self.folder, part.segment, &self.disk)?;
        file.append(&part.bytes)?;
        file.sync()?;
        self.folder.publish(part.segment)?;
        (self.current, self.synced, self.file) = (part.segment, file.len(), file);
        Ok(())
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn tell(error: &io::Error, give_up: Duration) {
    if is_full(error) {
        tracing::error!(%error, "the journal cannot be written: nothing is accepted and nothing sent, updates stay with \
             Telegram. Free some space on the disk of DATA_DIR; it goes on by itself then");
    } else {
        tracing::error!(%error, ?give_up, "the journal cannot be written: nothing is accepted and nothing sent, updates \
             stay with Telegram. A new file is tried; if that does not help, this process ends with code 70. Check the \
             disk of DATA_DIR (dmesg)");
    }
}
