//! The operators' tools at the edges: their tables, the alerts chat, the HTTP API, and
//! `nameless audit` and `nameless token`.

pub mod cli;
mod group;
mod http;
mod store;

pub(crate) use group::read as read_group;
pub use http::Gatekeeper;
pub use store::{Anchor, Verified};
pub(crate) use store::{BanList, TABLES};

use super::{Backends, Capability};
use crate::cluster::cache::Cache;
use crate::locale::texts;
use crate::store::PgStore;
use nameless_actors::capabilities::AdminStore;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability = Capability::BARE.texts(texts!("admin")).routes(http::ROUTES);

/// Keeps it in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn AdminStore> {
    kept_in(backends.store, backends.cache, backends.config.summary())
}

/// The same by its parts: the database, the cache that nodes share, the configuration as it may be
/// shown.
pub fn kept_in(store: &PgStore, cache: Option<&Cache>, settings: String) -> Arc<dyn AdminStore> {
    Arc::new(store::AdminPort { store: store.clone(), cache: cache.cloned(), settings })
}
