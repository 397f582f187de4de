//! Reminders at the edges: their tables, settings, texts, and what they came to.

pub mod cli;
pub(crate) mod settings;
mod store;

pub use store::Book;
pub(crate) use store::{TABLES, effects, wrote};

use super::{Backends, Capability};
use crate::config::Config;
use crate::locale::texts;
use nameless_actors::capabilities::RemindersPort;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability =
    Capability::BARE.texts(texts!("reminders")).settings(&settings::SECTION).check(check);

/// Keeps them in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn RemindersPort> {
    let (every, held_out) = (settings::every(backends.config), settings::held_out(backends.config));
    Arc::new(Book::new(backends.store.clone(), every, held_out))
}

/// What `nameless check-config` says of it.
fn check(config: &Config) -> String {
    match settings::is_on(config) {
        false => "reminders: off (REMINDERS)\n".to_owned(),
        true => {
            let held = settings::held_out(config);
            format!("reminders: on, twice a week at most; {held} % of people get none, to compare with\n")
        }
    }
}
