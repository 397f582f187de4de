//! The operators' tools at the edges: their tables, the alerts chat, the HTTP API, and
//! `nameless audit` and `nameless token`.

pub mod cli;
mod group;
mod http;
mod pages;
mod store;

pub(crate) use group::read as read_group;
pub use http::Gatekeeper;
pub use pages::{PAGES, Place, let_in};
pub(crate) use store::announcements::TABLES as ANNOUNCEMENTS;
pub use store::{Anchor, Verified};
pub(crate) use store::{BanList, SEALED, TABLES};

use super::{Backends, Capability};
use crate::cluster::cache::Cache;
use crate::locale::texts;
use crate::store::PgStore;
use nameless_actors::capabilities::AdminStore;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability = Capability::BARE
    .texts(texts!("admin"))
    .and_texts(texts!("pages"))
    .routes(http::ROUTES)
    .and_routes(pages::ROUTES);

/// Keeps it in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn AdminStore> {
    Arc::new(store::AdminPort {
        store: backends.store.clone(),
        cache: backends.cache.cloned(),
        settings: backends.config.summary(),
        address: backends.config.http.public_url.clone(),
        second_owner: backends.config.telegram.second_owner,
    })
}

/// The same by its parts: the database, the cache that nodes share, the configuration as it may be
/// shown.
pub fn kept_in(store: &PgStore, cache: Option<&Cache>, settings: String) -> Arc<dyn AdminStore> {
    Arc::new(store::AdminPort {
        store: store.clone(),
        cache: cache.cloned(),
        settings,
        address: None,
        second_owner: false,
    })
}
