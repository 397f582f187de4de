//! Who waits for a partner, where several nodes share that.

use super::future::PortFuture;
use nameless_domain::ids::UserId;
use nameless_domain::matching::Seeker;
use nameless_domain::time::Millis;
use std::time::Duration;

/// A wish on its way to the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Number of the request. The same again (its answer was lost) is answered the same without
    /// happening twice. Of one user a node makes one request at a time, each with a higher number.
    pub number: u64,
    /// Who seeks whom. If the user waits already, this replaces the wish, and the place stays.
    pub seeker: Seeker,
    /// For how long the wish stands unless it is stated again.
    pub stands: Duration,
    /// The pair they were proposed for came to nothing: they get their place back, never
    /// [`Sought::Full`], and nothing changes if they wait already.
    pub returned: bool,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Sought {
    /// Both have left the queue.
    Matched {
        /// Since when the one who sought has waited: the place to return to.
        since: Millis,
        /// The other one.
        partner: Box<Seeker>,
        /// For how long the other one's wish still stands.
        stands: Duration,
    },
    /// They wait.
    Waiting,
    /// Nobody fits and too many wait.
    Full,
    /// Only for one who is returned: they have stopped looking meanwhile.
    Gone,
}

/// Why the queue did not answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueueError {
    /// Not reachable or too slow: the same request again may help; nobody knows whether it
    /// happened.
    #[error("the queue is not reachable: {0}")]
    Unavailable(String),
    /// It has lost everybody and begins anew, without this request: everyone who searches has to
    /// state their wish again. The next request finds the new queue.
    #[error("the queue has lost everybody")]
    Reset,
    /// The request is at fault: trying again does not help.
    #[error("the queue refused: {0}")]
    Refused(String),
}

/// Everyone who waits, shared by several nodes. It proposes; the store decides (I1).
pub trait Queue: Send + Sync {
    /// A partner for a seeker, or a place.
    fn seek(&self, wish: Wish) -> PortFuture<'_, Result<Sought, QueueError>>;
    /// Ends a user's search; says whether they waited. `number` as in [`Wish`].
    fn cancel(&self, number: u64, user: UserId) -> PortFuture<'_, Result<bool, QueueError>>;
    /// Takes out those whose wish no longer stands, a bounded number at a time; says how many.
    fn expire(&self) -> PortFuture<'_, Result<u64, QueueError>>;
    /// A round trip.
    fn ping(&self) -> PortFuture<'_, Result<(), QueueError>>;
}
