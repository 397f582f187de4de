//! What users write to the operators.

#[cfg(test)]
mod tests;

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::feedback::{Event, Request};
use nameless_domain::ids::{Seq, UserId};

/// Keeps what users write to the operators.
pub trait FeedbackStore: Send + Sync {
    /// Keeps a user's words, sealed, unless they wrote less than an hour ago. `seq` and the user
    /// name the row: the same again changes nothing and is answered with [`Event::Kept`].
    fn keep(&self, user: UserId, seq: Seq, words: String) -> PortFuture<'_, Result<Event, StoreError>>;
}

/// Where there is no database.
pub(super) struct Absent;

impl FeedbackStore for Absent {
    fn keep(&self, _: UserId, _: Seq, _: String) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Err(StoreError::Unavailable("there is none".into())) })
    }
}

/// Carries a request out.
pub(super) async fn perform(
    store: &dyn FeedbackStore,
    _: &Meters,
    user: UserId,
    Request::Keep { seq, words }: Request,
) -> Result<Event, StoreError> {
    store.keep(user, seq, words).await
}
