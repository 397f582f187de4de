//! A word to the operators, outside of the engine: its table and the operators' command.

mod store;

pub use store::Said;
pub(crate) use store::TABLES;

use super::Ground;
use nameless_actors::capabilities::FeedbackStore;
use std::sync::Arc;

/// Keeps it in the database.
pub(super) fn port(ground: &Ground<'_>) -> Arc<dyn FeedbackStore> {
    Arc::new(ground.store.clone())
}
