//! Premium at the edges: its texts, `nameless premium`, and a cache before the store.

mod cached;
pub mod cli;
mod store;

pub use cached::CachedEntitlements;
pub use store::{Entitlement, Holder};
pub(crate) use store::{TABLES, from_row, grant, revoke};

use super::{Backends, Capability};
use crate::locale::texts;
use nameless_actors::capabilities::EntitlementStore;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability = Capability::BARE.texts(texts!("premium"));

/// What users are entitled to: straight from the store, or behind the cache where there are several
/// nodes.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn EntitlementStore> {
    match backends.cache {
        Some(cache) => Arc::new(CachedEntitlements::new(backends.store.clone(), cache.clone())),
        None => Arc::new(backends.store.clone()),
    }
}
