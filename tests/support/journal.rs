//! The real journal behind a disk with faults.

use nameless::app::WrapJournal;
use nameless_actors::ports::{Appended, Journal, JournalError, PortFuture, Recovered};
use nameless_domain::ids::{MessageId, Seq};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// How the disk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disk {
    /// As it should be.
    #[default]
    Well,
    /// What is written is not on it until it is well again.
    Stalled,
    /// It takes nothing.
    Full,
}

/// A switch, and what an application's journal is to be wrapped in.
pub fn faulty() -> (watch::Sender<Disk>, WrapJournal) {
    let (switch, disk) = watch::channel(Disk::Well);
    (switch, Box::new(move |inner| Arc::new(Faulty { inner, disk, folder: None })))
}

/// What the journal in `folder` is to be wrapped in, so that a process which dies leaves nothing
/// there but what it has waited for: whoever starts the next one calls
/// [`lose_what_nobody_waited_for`] before.
pub fn slower_than_death(folder: PathBuf) -> WrapJournal {
    let (_, disk) = watch::channel(Disk::Well);
    Box::new(move |inner| Arc::new(Faulty { inner, disk, folder: Some(folder) }))
}

/// Brings back what stood in `folder` before that.
pub fn lose_what_nobody_waited_for(folder: &Path) {
    let before = before(folder);
    if before.exists() {
        segments(folder).for_each(|file| fs::remove_file(file).expect("removed"));
        copy(&before, folder);
        fs::remove_dir_all(before).expect("removed");
    }
}

fn before(folder: &Path) -> PathBuf {
    folder.with_extension("before")
}

fn segments(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    files.filter(|file| file.extension().is_some_and(|e| e == "log"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in segments(from) {
        fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("copied");
    }
}

struct Faulty {
    inner: Arc<dyn Journal>,
    disk: watch::Receiver<Disk>,
    folder: Option<PathBuf>,
}

impl Faulty {
    /// Keeps the folder as it is, unless something is waited for already.
    fn keep(&self) {
        if let Some(folder) = self.folder.as_deref().filter(|folder| !before(folder).exists()) {
            let draft = folder.with_extension("draft");
            copy(folder, &draft);
            fs::rename(draft, before(folder)).expect("renamed");
        }
    }
}

/// Somebody has waited for the disk.
fn waited_for(folder: Option<&Path>) {
    if let Some(before) = folder.map(before).filter(|before| before.exists()) {
        fs::remove_dir_all(before).expect("removed");
    }
}

impl Journal for Faulty {
    fn append(&self, entries: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError> {
        if *self.disk.borrow() == Disk::Full {
            return Err(JournalError::Full);
        }
        self.keep();
        let Appended { seqs, durable } = self.inner.append(entries)?;
        let mut disk = self.disk.clone();
        let durable = Box::pin(async move {
            let _ = disk.wait_for(|disk| *disk != Disk::Stalled).await;
            durable.await.inspect(|()| waited_for(self.folder.as_deref()))
        });
        Ok(Appended { seqs, durable })
    }
    fn sent(&self, seq: Seq, copies: &[MessageId]) {
        self.inner.sent(seq, copies);
    }
    fn done(&self, seq: Seq) {
        self.inner.done(seq);
    }
    fn takes_marks(&self) -> bool {
        self.inner.takes_marks()
    }
    fn health(&self) -> Result<(), JournalError> {
        self.inner.health()
    }
    fn is_after_crash(&self) -> bool {
        self.inner.is_after_crash()
    }
    fn tries(&self, seq: Seq) -> u32 {
        self.inner.tries(seq)
    }
    fn trying(&self, seqs: &[Seq]) -> PortFuture<'_, Result<(), JournalError>> {
        let counted = self.inner.trying(seqs);
        Box::pin(async move { counted.await.inspect(|()| waited_for(self.folder.as_deref())) })
    }
    fn survived(&self, seq: Seq) {
        self.inner.survived(seq);
    }
    fn forget_finished(&self) {
        self.inner.forget_finished();
    }
    fn last(&self) -> Seq {
        self.inner.last()
    }
    fn recover(&self) -> Vec<Recovered> {
        self.inner.recover()
    }
    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>> {
        self.inner.flush()
    }
}
