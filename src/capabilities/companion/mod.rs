//! AI companions at the edges: characters and back ends from the operator's files, dialogs and the
//! books in the database, the worker that asks models.

mod asking;
mod cast;
pub mod cli;
mod desk;
mod file;
mod port;
mod prompt;
mod reply;
pub mod settings;
mod shown;
mod store;

pub use desk::Desk;
pub use file::BadBackEnds;
pub(crate) use reply::event_of;
pub(crate) use store::TABLES;

use super::{Backends, Capability};
use crate::config::Config;
use crate::locale::texts;
use nameless_actors::capabilities::CompanionPort;
use nameless_actors::jobs::JobLane;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability =
    Capability::BARE.texts(texts!("companion")).settings(&settings::SECTION).check(check);

/// Dialogs in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn CompanionPort> {
    Arc::new(port::Port { store: backends.store.clone(), desk: backends.desk.clone() })
}

/// The lane of replies; none where there are no back ends.
pub(crate) fn lane(backends: &Backends<'_>) -> Option<JobLane> {
    let desk = backends.desk.clone()?;
    let (store, client) = (backends.store.clone(), backends.client.clone());
    Some(reply::lane(reply::Answerer { desk, store, client, texts: backends.texts.clone() }))
}

/// What `nameless check-config` says of it.
fn check(config: &Config) -> String {
    match Desk::open(config) {
        Ok(None) => "characters: there are none (COMPANIONS is not set)\n".to_owned(),
        Ok(Some(desk)) => desk.report(),
        Err(error) => format!("characters: {error:#}\n"),
    }
}
