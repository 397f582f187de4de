//! Who has joined the operator's channel.

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::gate::{Event, Request};
use nameless_domain::ids::UserId;

/// Knows who has joined: Telegram.
pub trait GatePort: Send + Sync {
    /// Whether they have; none where nobody knows in time. Never fails: people come in then.
    fn is_member(&self, user: UserId) -> PortFuture<'_, Option<bool>>;
}

/// Where there is no Telegram.
pub(super) struct Absent;

impl GatePort for Absent {
    fn is_member(&self, _: UserId) -> PortFuture<'_, Option<bool>> {
        Box::pin(async { None })
    }
}

/// Carries a request out.
pub(super) async fn perform(
    port: &dyn GatePort,
    meters: &Meters,
    user: UserId,
    Request: Request,
) -> Result<Event, StoreError> {
    let member = port.is_member(user).await;
    meters.gate_looks.add(1);
    if member.is_none() {
        meters.gate_unknown.add(1);
    }
    Ok(Event { member })
}
