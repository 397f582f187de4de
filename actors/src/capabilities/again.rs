//! Last partners who are asked back.

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::again::{Event, Request};
use nameless_domain::ids::UserId;

/// The lane that tells people of what others have asked and answered.
pub const AGAIN_TELL: &str = "again_tell";

/// Keeps who asks whom back, and opens the chats on which both agree.
pub trait AgainPort: Send + Sync {
    /// Carries out what somebody asks. The same request again changes nothing more.
    fn ask(&self, user: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>>;
}

/// Where there is no database.
pub(super) struct Absent;

impl AgainPort for Absent {
    fn ask(&self, _: UserId, _: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Err(StoreError::Unavailable("there is none".into())) })
    }
}

/// Carries a request out.
pub(super) async fn perform(
    port: &dyn AgainPort,
    _: &Meters,
    user: UserId,
    request: Request,
) -> Result<Event, StoreError> {
    port.ask(user, request).await
}
