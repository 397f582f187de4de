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
use crate::locale::texts;
use nameless_actors::capabilities::AdminStore;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability = Capability::BARE.texts(texts!("admin")).routes(http::ROUTES);

/// Keeps it in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn AdminStore> {
    Arc::new(store::AdminPort {
        store: backends.store.clone(),
        cache: backends.cache.cloned(),
        settings: backends.settings.clone(),
    })
}

