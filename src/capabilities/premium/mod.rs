//! Premium outside of the engine: a cache before the store.

mod cached;

pub use cached::CachedEntitlements;

use super::Ground;
use nameless_actors::capabilities::EntitlementStore;
use std::sync::Arc;

/// What users are entitled to: straight from the store, or behind the cache where there are several nodes.
pub(super) fn port(ground: &Ground<'_>) -> Arc<dyn EntitlementStore> {
    match ground.cache {
        Some(cache) => Arc::new(CachedEntitlements::new(ground.store.clone(), cache.clone())),
        None => Arc::new(ground.store.clone()),
    }
}
