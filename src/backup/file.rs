//! A backup's file: frames, compressed, sealed for its recipient. Written and read by a thread of
//! its own each, through short queues: encryption and the disk never wait in the program's own
//! loop.

use super::error::BackupError;
use super::format::{Frame, MAGIC};
use super::place::{Draft, Target};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::thread;
use tokio::sync::{mpsc, oneshot};

/// Frames that wait between the database and the file.
const QUEUE: usize = 8;
/// zstd's own default: higher takes much longer and wins little on what is mostly sealed.
const LEVEL: i32 = 3;
/// Bytes that a file may have the reader keep, as a power of two; what is written needs 2 MiB.
const WINDOW: u32 = 23;

/// Who may read a backup: a public key of age.
#[derive(Clone)]
pub struct Recipient(Arc<age::x25519::Recipient>);

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Recipient {
    type Err = BackupError;

    fn from_str(text: &str) -> Result<Recipient, BackupError> {
        let recipient = text.trim().parse().map_err(|_| BackupError::Recipient)?;
        Ok(Recipient(Arc::new(recipient)))
    }
}

/// What opens backups: the secret halves of recipients, out of a file.
#[derive(Clone)]
pub struct Identities(Arc<Vec<Box<dyn age::Identity + Send + Sync>>>);

impl Identities {
    /// Reads a file as `age-keygen` and `nameless backup identity` make it.
    pub fn read(path: &Path) -> Result<Identities, BackupError> {
        let file = File::open(path).map_err(BackupError::io(path.display().to_string()))?;
        // A file of secrets is short; whatever else is named here is not read through.
        let text = BufReader::new(file.take(1 << 20));
        let none = || BackupError::Identity(path.to_owned());
        let file = age::IdentityFile::from_buffer(text).map_err(|_| none())?;
        let found = file.into_identities().map_err(|_| none())?;
        match found.is_empty() {
            true => Err(none()),
            false => Ok(Identities(Arc::new(found))),
        }
    }

    /// Makes a new one in a file that must not be there, readable by its owner alone; its
    /// recipient.
    pub fn make(path: &Path) -> Result<String, BackupError> {
        use age::secrecy::ExposeSecret as _;
        let identity = age::x25519::Identity::generate();
        let recipient = identity.to_public().to_string();
        let text = format!("# public key: {recipient}\n{}\n", identity.to_string().expose_secret());
        super::place::write_new(path, text.as_bytes())?;
        Ok(recipient)
    }
}

/// Where frames are written to.
pub(super) struct Sink {
    frames: Option<mpsc::Sender<Frame>>,
    /// Says that all is there: without it a draft stays one.
    whole: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<Result<u64, BackupError>>>,
}

impl Sink {
    /// Begins a file.
    pub(super) fn open(target: &Target, recipient: &Recipient) -> Result<Sink, BackupError> {
        let (frames, waiting) = mpsc::channel(QUEUE);
        let (whole, is_whole) = oneshot::channel();
        let (draft, recipient) = (Draft::begin(target)?, recipient.clone());
        let work = move || write(draft, &recipient, waiting, is_whole);
        let thread = thread::Builder::new().name("backup".into()).spawn(work);
        let thread = thread.map_err(BackupError::io("a thread"))?;
        Ok(Sink { frames: Some(frames), whole: Some(whole), thread: Some(thread) })
    }

    /// Adds a frame.
    pub(super) async fn put(&mut self, frame: Frame) -> Result<(), BackupError> {
        let sent = match &self.frames {
            Some(frames) => frames.send(frame).await.is_ok(),
            None => false,
        };
        match sent {
            true => Ok(()),
            // The thread has ended, and says why.
            false => self.ended().await.map(drop),
        }
    }

    /// Ends the file: it is in its place and on the disk. How many bytes it has.
    pub(super) async fn finish(mut self) -> Result<u64, BackupError> {
        if let Some(whole) = self.whole.take() {
            let _ = whole.send(());
        }
        self.ended().await
    }

    async fn ended(&mut self) -> Result<u64, BackupError> {
        drop(self.frames.take());
        let thread = self.thread.take();
        let joined = tokio::task::spawn_blocking(move || thread.map(thread::JoinHandle::join)).await;
        match joined {
            Ok(Some(Ok(done))) => done,
            _ => Err(BackupError::io("the file")(std::io::Error::other("its writer has died"))),
        }
    }
}

fn write(
    mut draft: Draft,
    recipient: &Recipient,
    mut frames: mpsc::Receiver<Frame>,
    mut is_whole: oneshot::Receiver<()>,
) -> Result<u64, BackupError> {
    let name = draft.name();
    let io = || BackupError::io(name.clone());
    let to: &dyn age::Recipient = &*recipient.0;
    let sealed = age::Encryptor::with_recipients(std::iter::once(to)).map_err(|_| BackupError::Recipient)?;
    let sealed = sealed.wrap_output(BufWriter::with_capacity(1 << 18, &mut draft)).map_err(io())?;
    let mut small = zstd::Encoder::new(sealed, LEVEL).map_err(io())?;
    small.write_all(MAGIC).map_err(io())?;
    while let Some(frame) = frames.blocking_recv() {
        frame.write(&mut small).map_err(io())?;
    }
    let sealed = small.finish().map_err(io())?;
    sealed.finish().map_err(io())?.flush().map_err(io())?;
    match is_whole.try_recv() {
        Ok(()) => draft.keep(),
        // Given up: the draft goes with itself.
        Err(_) => Ok(0),
    }
}

/// Where frames are read from.
pub(super) struct Source {
    /// As people know it.
    pub(super) name: String,
    frames: mpsc::Receiver<Result<Frame, BackupError>>,
}

impl Source {
    /// Opens a file.
    pub(super) fn open(path: &Path, identities: &Identities) -> Result<Source, BackupError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(BackupError::io(name.clone()))?;
        let (found, frames) = mpsc::channel(QUEUE);
        let (reader, identities) = (name.clone(), identities.clone());
        let work = move || {
            if let Err(error) = read(file, &reader, &identities, &found) {
                let _ = found.blocking_send(Err(error));
            }
        };
        let thread = thread::Builder::new().name("backup".into()).spawn(work);
        thread.map_err(BackupError::io("a thread"))?;
        Ok(Source { name, frames })
    }

    /// The next frame; none at the end, which is the one that was written.
    pub(super) async fn next(&mut self) -> Result<Option<Frame>, BackupError> {
        self.frames.recv().await.transpose()
    }
}

fn read(
    file: File,
    name: &str,
    identities: &Identities,
    found: &mpsc::Sender<Result<Frame, BackupError>>,
) -> Result<(), BackupError> {
    use age::DecryptError;
    let named = || name.to_owned();
    let refused = |error: DecryptError| match error {
        DecryptError::NoMatchingKeys => BackupError::WrongIdentity(named()),
        DecryptError::InvalidMac | DecryptError::DecryptionFailed => BackupError::Damaged(named()),
        _ => BackupError::NotABackup(named()),
    };
    let sealed = age::Decryptor::new_buffered(BufReader::with_capacity(1 << 18, file)).map_err(refused)?;
    let all = identities.0.iter().map(|identity| &**identity as &dyn age::Identity);
    let plain = sealed.decrypt(all).map_err(refused)?;
    let damaged = |_| BackupError::Damaged(named());
    let mut small = zstd::Decoder::new(plain).map_err(damaged)?;
    small.window_log_max(WINDOW).map_err(damaged)?;
    let mut large = BufReader::with_capacity(1 << 18, small);
    let mut magic = [0; MAGIC.len()];
    large.read_exact(&mut magic).map_err(damaged)?;
    if magic != MAGIC {
        return Err(BackupError::NotABackup(named()));
    }
    // Its end is the file's own: age and zstd both tell one that is cut short.
    while let Some(frame) = Frame::read(&mut large).map_err(damaged)? {
        if found.blocking_send(Ok(frame)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
