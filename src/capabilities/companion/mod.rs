//! AI companions at the edges: characters and back ends from the operator's files, dialogs and the
//! books in the database, the worker that asks models.

mod alerting;
mod asking;
mod begun;
mod card;
mod cast;
mod charx;
pub mod cli;
mod desk;
mod doors;
mod embedding;
mod file;
mod images;
mod judging;
mod keeping;
mod meaning;
mod own;
mod own_pictures;
mod painting;
mod places;
mod plan;
mod port;
mod prompt;
mod reply;
mod second_call;
pub mod settings;
mod sharing;
mod shown;
mod store;
mod summary;
mod telling;
mod tries;
mod under;
mod vectors;

pub use desk::Desk;
pub use file::BadBackEnds;
pub(crate) use own::mime;
pub(crate) use store::{BACKFILL, TABLES, read_picture, shared_desk};

use super::{Backends, Capability};
use crate::config::Config;
use crate::locale::texts;
use nameless_actors::capabilities::CompanionPort;
use nameless_actors::jobs::{FinishedJob, JobLane};
use nameless_domain::capabilities::Event;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability =
    Capability::BARE.texts(texts!("companion")).settings(&settings::SECTION).check(check);

/// Dialogs in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn CompanionPort> {
    Arc::new(port::Port {
        store: backends.store.clone(),
        client: backends.client.clone(),
        texts: backends.texts.clone(),
        desk: backends.desk.clone(),
    })
}

/// The lanes of replies, of summaries, of marks of the budgets, of shared characters, of vectors
/// and of pictures; none where nobody answers, makes vectors, or draws.
pub(crate) fn lanes(backends: &Backends<'_>) -> Vec<JobLane> {
    let Some(desk) = backends.desk.clone() else { return Vec::new() };
    let (store, client, texts) = (backends.store.clone(), backends.client.clone(), backends.texts.clone());
    let draws = !desk.back_ends.images.is_empty();
    let painter = painting::Painter {
        desk: desk.clone(),
        store: store.clone(),
        client: client.clone(),
        texts: texts.clone(),
    };
    let crier = alerting::Crier { desk: desk.clone(), client: client.clone(), texts: texts.clone() };
    let answerer = reply::Answerer { desk, store, client, texts };
    let recalls = answerer.desk.back_ends.embedding.is_some();
    let mut lanes = vec![
        reply::lane(answerer.clone()),
        summary::lane(answerer.clone()),
        sharing::lane(),
        alerting::lane(crier.clone()),
        alerting::held_lane(crier),
    ];
    lanes.extend(recalls.then(|| vectors::lane(answerer)));
    lanes.extend(draws.then(|| painting::lane(painter)));
    lanes
}

/// What the end of a job means for its user's session.
pub(crate) fn event_of(finished: &FinishedJob) -> Option<Event> {
    sharing::event_of(finished).map(Event::Companion).or_else(|| reply::event_of(finished))
}

/// What `nameless check-config` says of it.
fn check(config: &Config) -> String {
    match Desk::open(config) {
        Ok(None) => "characters: there are none (COMPANIONS is not set)\n".to_owned(),
        Ok(Some(desk)) => desk.report(),
        Err(error) => format!("characters: {error:#}\n"),
    }
}
