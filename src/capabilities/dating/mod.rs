//! Dating at the edges: its tables, cards as they are shown, settings and texts, and the comparison
//! of orders of cards.

pub mod api;
mod app;
mod card;
pub mod cli;
pub mod init_data;
mod jobs;
mod letter;
mod letter_files;
mod place;
mod plot;
mod port;
pub mod settings;
mod store;

pub use api::Api;
pub(crate) use app::page_in;
pub use jobs::event_of;
pub(crate) use store::TABLES;
pub(crate) use store::analytics::{FIGURES, figures};
pub(crate) use store::avoided;
pub(crate) use store::desk as reported;
pub use store::{Decided, Learnt, Left, May, NewLetter, Unseen};
pub(crate) use store::{notices, sealed, waits_for_answer};

use super::{Backends, Capability};
use crate::config::Config;
use crate::locale::texts;
use nameless_actors::capabilities::DatingPort;
use nameless_actors::jobs::JobLane;
use port::Port;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability = Capability::BARE
    .texts(texts!("dating"))
    .settings(&settings::SECTION)
    .routes(api::ROUTES)
    .and_routes(&app::ROUTES)
    .check(check);

/// Profiles and cards in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn DatingPort> {
    let (store, texts) = (backends.store.clone(), backends.texts.clone());
    Arc::new(Port::new(store, texts, backends.config, backends.shop.clone()))
}

/// The lanes of its jobs.
pub fn lanes(backends: &Backends<'_>, port: &Arc<dyn DatingPort>) -> Vec<JobLane> {
    jobs::lanes(backends, port)
}

/// What `nameless check-config` says of it.
fn check(config: &Config) -> String {
    match settings::is_on(config) {
        true => "dating: people may have profiles\n".to_owned(),
        false => "dating: off (DATING=off)\n".to_owned(),
    }
}
