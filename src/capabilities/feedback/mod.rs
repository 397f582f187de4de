//! A word to the operators at the edges: its table, its texts, and `nameless feedback`.

pub mod cli;
mod store;

pub use store::Said;
pub(crate) use store::TABLES;

use super::{Backends, Capability};
use crate::locale::texts;
use nameless_actors::capabilities::FeedbackStore;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability = Capability::BARE.texts(texts!("feedback"));

/// Keeps it in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn FeedbackStore> {
    Arc::new(backends.store.clone())
}
