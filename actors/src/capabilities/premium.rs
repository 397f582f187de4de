//! What users are entitled to.

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::premium::{Entitlements, Event, Request};
use nameless_domain::ids::UserId;

/// Knows what users are entitled to: the database, or a cache before it. Read-only: grants come
/// from beside the bot.
pub trait EntitlementStore: Send + Sync {
    /// What the user is entitled to; nothing for one who is not known. Not older than a cache's
    /// time to live, and what is asked after a grant or its end was told to the cache knows of it.
    fn entitlements(&self, user: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>>;
}

/// Where there is no database.
pub(super) struct Absent;

impl EntitlementStore for Absent {
    fn entitlements(&self, _: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>> {
        Box::pin(async { Err(StoreError::Unavailable("there is none".into())) })
    }
}

/// Carries a request out.
pub(super) async fn perform(
    store: &dyn EntitlementStore,
    meters: &Meters,
    user: UserId,
    Request::Entitlements { question }: Request,
) -> Result<Event, StoreError> {
    meters.entitlement_reads.add(1);
    Ok(Event::Entitled { question, answer: Some(store.entitlements(user).await?) })
}
