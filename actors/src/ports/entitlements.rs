//! What users are entitled to.

use super::PortFuture;
use super::StoreError;
use nameless_domain::entitlements::Entitlements;
use nameless_domain::ids::UserId;

/// Knows what users are entitled to: the database, or a cache before it. Read-only: grants come from beside the bot.
pub trait EntitlementStore: Send + Sync {
    /// What the user is entitled to; nothing for one who is not known. Not older than a cache's time to live, and what
    /// is asked after a grant or its end was told to the cache knows of it.
    fn entitlements(&self, user: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>>;
}
