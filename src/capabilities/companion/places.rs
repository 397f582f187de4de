//! Places at the back ends. Who finds none comes back, and has used up none of its calls; summaries
//! leave the last place to replies.

use super::file::BackEnd;
use super::reply::{Answerer, KEEP_AGAIN};
use super::store::CallKey;
use nameless_actors::jobs::{Failure, Holding};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;

/// How soon a reply that found no place is tried again.
pub(super) const REPLY_AGAIN: Duration = Duration::from_secs(5);
/// How soon a summary is, for which nobody waits.
pub(super) const SUMMARY_AGAIN: Duration = Duration::from_secs(20);

/// There is no place: to be tried again.
pub(super) fn taken(again: Duration) -> Failure {
    Failure::After("all places are taken".into(), again)
}

impl BackEnd {
    /// Whether a summary may be asked for here: of several places the last one is for replies.
    pub(super) fn has_room(&self) -> bool {
        self.client.free_places() >= self.places.min(2)
    }
}

impl Answerer {
    /// Takes a call back that found no place.
    pub(super) async fn unmade(&self, call: CallKey, holding: &Holding) -> Result<(), Failure> {
        self.desk.tallies.calls.fetch_sub(1, Ordering::Relaxed);
        loop {
            match self.store.unmade_call(call).await {
                Ok(()) => return Ok(()),
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(Failure::Again(cause.to_string())),
            }
        }
    }
}
