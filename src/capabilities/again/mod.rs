//! The last partner asked back, at the edges: its table, the jobs that tell, its setting and texts.

mod jobs;
pub mod settings;
mod store;

pub use jobs::event_of;
pub(crate) use store::TABLES;

use super::{Backends, Capability};
use crate::config::Config;
use crate::locale::texts;
use nameless_actors::capabilities::AgainPort;
use nameless_actors::jobs::JobLane;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability =
    Capability::BARE.texts(texts!("again")).settings(&settings::SECTION).check(check);

/// Questions and answers in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn AgainPort> {
    Arc::new(backends.store.clone())
}

/// The lane of its jobs.
pub fn lane(backends: &Backends<'_>) -> JobLane {
    jobs::lane(backends.store)
}

/// What `nameless check-config` says of it.
fn check(config: &Config) -> String {
    match settings::per_day(config) {
        0 => "asking the last partner back: off (AGAIN_PER_DAY=0)\n".to_owned(),
        most => format!("asking the last partner back: {most} times a day, with premium\n"),
    }
}
