//! What FaceGuard is told.

use actix::Message;
use nameless_domain::capabilities::faceguard::Verdict;
use nameless_domain::ids::{PairId, UserId};

/// A photo in a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Who sent it.
    pub sender: UserId,
    /// To whom.
    pub partner: UserId,
    /// In which chat.
    pub pair: PairId,
    /// The same file under every handle.
    pub unique_id: String,
    /// Handle of the file to look at.
    pub file_id: String,
}

/// Sent by relays: look at this. Answered exactly once by `reply`; when full, at once, as
/// unchecked.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Check {
    /// What.
    pub photo: Photo,
    /// Who hears of it.
    pub reply: Reply,
}

/// Takes a verdict. Dropped without one, with an actor that died, it takes "nobody could look".
pub struct Reply(Option<Box<dyn FnOnce(Verdict) + Send>>);

impl Reply {
    /// Calls this once.
    pub fn new(say: impl FnOnce(Verdict) + Send + 'static) -> Reply {
        Reply(Some(Box::new(say)))
    }

    /// Says it.
    pub fn say(mut self, verdict: Verdict) {
        if let Some(say) = self.0.take() {
            say(verdict);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(say) = self.0.take() {
            say(Verdict::NO_WORKER);
        }
    }
}
