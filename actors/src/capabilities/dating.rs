//! Who keeps profiles, cards, likes and matches.

use crate::faceguard::messages::Photo;
use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::{Event, Request};
use nameless_domain::capabilities::faceguard::Verdict;
use nameless_domain::ids::UserId;
use std::sync::Arc;

/// The lane that tells people of matches. The service wakes it.
pub const DATING_TELL: &str = "dating_tell";

/// Keeps profiles, deals cards, and decides on likes.
pub trait DatingPort: Send + Sync {
    /// Carries out what somebody asks. The same request again changes nothing more.
    fn ask(&self, user: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>>;

    /// From now on `engine` hears of what concerns others than who asked.
    fn attach(&self, engine: Arc<dyn DatingEngine>);

    /// The engine that hears of it; none before there is one.
    fn engine(&self) -> Option<Arc<dyn DatingEngine>> {
        None
    }

    /// Looks again at photos that nobody could look at before. How many.
    fn look_again(&self) -> PortFuture<'_, Result<usize, StoreError>>;

    /// How often a sealed name or photo could not be read, and a card, a list or an album was shown
    /// without it.
    fn left_out(&self) -> u64 {
        0
    }

    /// Does a step of what is done now and then: prices of crowding. Of how many people it was
    /// time; as long as there are any there may be more.
    fn tidy(&self) -> PortFuture<'_, Result<usize, StoreError>>;
}

/// What came of having a picture in a letter looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Glance {
    /// Nobody looks at pictures here.
    Off,
    /// This was seen.
    Seen(Verdict),
    /// The engine ends, and nobody knows what would have been seen: it is asked for again.
    Ending,
}

/// What the store needs of the engine.
pub trait DatingEngine: Send + Sync {
    /// Jobs of [`DATING_TELL`] were added.
    fn wake(&self);

    /// Somebody's session is told, on whichever node it lives.
    fn tell(&self, user: UserId, event: Event);

    /// Judges a picture of a profile, by what one has to be that stands first.
    fn vet(&self, file_id: String) -> PortFuture<'static, Verdict>;

    /// The same of a picture that is here.
    fn vet_here(&self, picture: Vec<u8>) -> PortFuture<'static, Verdict>;

    /// What is seen of a picture in a letter, as in a chat.
    fn look(&self, photo: Photo) -> PortFuture<'static, Glance>;
}

/// Where there is no dating.
pub(super) struct Absent;

impl DatingPort for Absent {
    fn ask(&self, _: UserId, _: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Err(StoreError::Unavailable("there is none".into())) })
    }

    fn attach(&self, _: Arc<dyn DatingEngine>) {}

    fn look_again(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(async { Ok(0) })
    }

    fn tidy(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(async { Ok(0) })
    }
}

/// Carries a request out.
pub(super) async fn perform(
    port: &dyn DatingPort,
    _: &Meters,
    user: UserId,
    request: Request,
) -> Result<Event, StoreError> {
    port.ask(user, request).await
}
