//! What users are entitled to, behind the cache.

use crate::cluster::cache::{Cache, Kind};
use crate::store::{OnErased, PgStore};
use nameless_actors::capabilities::EntitlementStore;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::premium::Entitlements;
use nameless_domain::ids::UserId;

/// The store's entitlements as several nodes ask for them: from Redis, else from the store.
pub struct CachedEntitlements {
    store: PgStore,
    cache: Cache,
}

impl CachedEntitlements {
    /// Puts `cache` before `store`, and has an erasure in the store remove what is cached.
    pub fn new(store: PgStore, cache: Cache) -> CachedEntitlements {
        store.after_erasure(forget(cache.clone()));
        CachedEntitlements { store, cache }
    }
}

impl EntitlementStore for CachedEntitlements {
    fn entitlements(&self, user: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>> {
        let store = self.store.clone();
        let load = move || async move { store.entitlements(user).await };
        Box::pin(self.cache.get(Kind::Entitlement, user.0, load))
    }
}

fn forget(cache: Cache) -> OnErased {
    Box::new(move |users| {
        let cache = cache.clone();
        Box::pin(async move {
            for user in users {
                if let Err(cause) = cache.forget(Kind::Entitlement, user.0).await {
                    let ttl = Kind::Entitlement.ttl();
                    tracing::warn!(%cause, "a cached value of an erased user stays for up to {ttl:?}");
                }
            }
        })
    })
}
