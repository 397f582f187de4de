//! Who looks at photos, and who remembers what was seen.

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::Nothing;
use nameless_domain::capabilities::faceguard::{Event, Hash, Policy, Purpose, Seen};
use nameless_domain::ids::{PairId, UserId};
use serde::Serialize;
use std::time::Duration;

/// Looks at photos and remembers them. Nothing of it is asked on the way of a message: what a relay
/// has to know at once is in memory.
pub trait PhotoChecks: Send + Sync {
    /// What becomes of photos in a chat.
    fn policy(&self) -> Policy;

    /// Has a file looked at for a purpose. Takes as long as it takes; the caller has a time for it.
    fn look(&self, purpose: Purpose, file_id: String) -> PortFuture<'_, Result<Looked, Unseen>>;

    /// The same of a picture that is here.
    fn look_at(&self, _purpose: Purpose, _picture: Vec<u8>) -> PortFuture<'_, Result<Looked, Unseen>> {
        Box::pin(async { Err(Unseen::NoWorker) })
    }

    /// What was seen of a picture, by the same models and the same policy.
    fn recall(&self, unique_id: String) -> PortFuture<'_, Result<Option<Seen>, StoreError>>;

    /// Keeps what was seen.
    fn keep(&self, unique_id: String, seen: Seen) -> PortFuture<'_, Result<(), StoreError>>;

    /// Notes that a user sent such a picture in a chat; in how many chats of the last day they sent
    /// it, with this one.
    fn sent(&self, sender: UserId, pair: PairId, hash: Hash) -> PortFuture<'_, Result<u32, StoreError>>;

    /// In more chats a day than this one picture of a sender's is spam; 0: never.
    fn spam_after(&self) -> u32;

    /// Whether both are adults who take and give nude pictures, and nobody says that one of them is
    /// a minor.
    fn both_agree(&self, sender: UserId, partner: UserId) -> PortFuture<'_, Result<bool, StoreError>>;

    /// Has an operator look at a picture that is in doubt: its sender, its file.
    fn hold(
        &self,
        sender: UserId,
        file: (String, String),
        seen: Seen,
    ) -> PortFuture<'_, Result<(), StoreError>>;

    /// Keeps pictures of open reports, sealed, so that an operator can look at them. How many.
    fn keep_reported(&self) -> PortFuture<'_, Result<usize, StoreError>>;

    /// What the operators say is fine.
    fn allowed(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>>;

    /// Learns how pictures look that were seen lately, here or on other nodes, so that they are
    /// known when they are uploaded anew.
    fn learn(&self) -> PortFuture<'_, Result<(), StoreError>>;

    /// What the operators banned.
    fn banned(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>>;

    /// Reads a picture at Telegram, for an operator.
    fn read(&self, _file_id: String) -> PortFuture<'_, Result<Vec<u8>, Unseen>> {
        Box::pin(async { Err(Unseen::NoFile) })
    }

    /// Has the models look at a picture that an operator looks at. Nothing of it is remembered.
    fn examine(&self, _picture: Vec<u8>) -> PortFuture<'_, Result<Examined, Unseen>> {
        Box::pin(async { Err(Unseen::NoWorker) })
    }

    /// How those who look are.
    fn health(&self) -> PhotoHealth;

    /// Kills one of those who look, to show what comes of it; whether there was one.
    fn crash_worker(&self) -> bool;
}

/// Faces that are told of a picture, at most: for who looks on, nothing is decided by them.
pub const FACES_TOLD: usize = 8;

/// Where a face is: left, top, width, height, in shares of the picture.
pub type FaceBox = [f32; 4];

/// A look.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// What was seen.
    pub seen: Seen,
    /// No model looked: a picture like it was known.
    pub alike: bool,
    /// Where faces are, [`FACES_TOLD`] at most; empty where nobody looked for them.
    pub faces: Vec<FaceBox>,
    /// What it took.
    pub times: Times,
}

/// What the models see in a picture that an operator looks at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Examined {
    /// The faces, [`FACES_TOLD`] at most.
    pub faces: Vec<FaceSeen>,
    /// How likely it is pornography, 0 to 1; none if that was not found out.
    pub nudity: Option<f32>,
}

/// A face that somebody saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaceSeen {
    /// Where: left, top, width, height, in shares of the picture.
    pub place: FaceBox,
    /// How sure the quick detector is, 0 to 1, if it found it.
    pub quick: Option<f32>,
    /// How sure the judge is, 0 to 1, if it found it.
    pub judge: Option<f32>,
}

/// What the steps of a look took; zero where one was not needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Asking Telegram for the file.
    pub download: Duration,
    /// Reading its header, decoding, shrinking.
    pub decode: Duration,
    /// What it looks like, as a hash.
    pub hash: Duration,
    /// Looking for faces.
    pub faces: Duration,
    /// Looking for nudity.
    pub nudity: Duration,
}

/// Why nobody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    /// The file could not be read.
    #[error("the file could not be read")]
    NoFile,
    /// Too many wait.
    #[error("too many pictures wait")]
    Full,
    /// It took too long.
    #[error("it took too long")]
    Late,
    /// Who looked did not survive it.
    #[error("the worker ended")]
    Crashed,
    /// There is nobody to look.
    #[error("there is no worker")]
    NoWorker,
}

/// How those who look are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhotoHealth {
    /// How many look.
    pub workers: usize,
    /// Workers that crashed or were too late so far.
    pub lost: u64,
    /// What is wrong, and what to do about it; none if nothing is.
    pub trouble: Option<String>,
    /// Which layers of the sandbox hold; empty while no worker has started.
    pub sandbox: String,
}

/// Where nobody looks.
pub(super) struct Absent;

impl PhotoChecks for Absent {
    fn policy(&self) -> Policy {
        Policy::Off
    }

    fn look(&self, _: Purpose, _: String) -> PortFuture<'_, Result<Looked, Unseen>> {
        Box::pin(async { Err(Unseen::NoWorker) })
    }

    fn recall(&self, _: String) -> PortFuture<'_, Result<Option<Seen>, StoreError>> {
        Box::pin(async { Ok(None) })
    }

    fn keep(&self, _: String, _: Seen) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn sent(&self, _: UserId, _: PairId, _: Hash) -> PortFuture<'_, Result<u32, StoreError>> {
        Box::pin(async { Ok(0) })
    }

    fn spam_after(&self) -> u32 {
        0
    }

    fn hold(&self, _: UserId, _: (String, String), _: Seen) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn keep_reported(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(async { Ok(0) })
    }

    fn allowed(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn both_agree(&self, _: UserId, _: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        Box::pin(async { Ok(false) })
    }

    fn learn(&self) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn banned(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn health(&self) -> PhotoHealth {
        PhotoHealth::default()
    }

    fn crash_worker(&self) -> bool {
        false
    }
}

/// Sessions ask nothing.
pub(super) async fn perform(
    _: &dyn PhotoChecks,
    _: &Meters,
    _: UserId,
    request: Nothing,
) -> Result<Event, StoreError> {
    match request {}
}
