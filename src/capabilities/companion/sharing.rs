//! Sharing characters: what is judged before an operator looks, and the job that tells what the
//! operator has decided.

use super::desk::Desk;
use super::own::Own;
use super::store::SHARED_TELL;
use nameless_actors::jobs::{Failure, FinishedJob, Holding, Job, JobLane, Worker};
use nameless_actors::ports::PortFuture;
use nameless_domain::capabilities::companion::{BadShare, Event, Request, SHARED};
use nameless_domain::relay::allowlist::{Rebuilt, rebuild};
use nameless_domain::relay::content::{Body, Rich};
use nameless_domain::rules::Rules;
use std::sync::Arc;
use std::time::Duration;

/// What stands against sharing a character; none if an operator may look. The detector judges it
/// again: it may have learnt since it was made.
pub(super) fn refused(own: &Own, desk: &Desk) -> Option<Event> {
    if let Some(refused) = own.refused(desk) {
        return Some(refused);
    }
    // What leads out of here would lead to whoever made it.
    let leads_out = [&own.name, &own.about, &own.greeting].into_iter().any(|text| leads_out(text));
    leads_out.then_some(Event::ShareRefused(BadShare::Contacts))
}

/// Whether somebody wants to share a character, or one that others share. Where nobody shares there
/// are still the ways back: to take one back, to report one, to go on with a dialog.
pub(super) fn is_of_it(request: &Request) -> bool {
    match request {
        Request::Share { .. } | Request::People { .. } | Request::PeopleCard { .. } => true,
        Request::Begin { persona, .. } => persona.starts_with(SHARED),
        _ => false,
    }
}

fn leads_out(text: &str) -> bool {
    match rebuild(Body::Text(Rich::plain(text)), &[], &Rules::default()) {
        Rebuilt::Pass { findings, .. } => !findings.is_empty(),
        _ => true,
    }
}

/// The lane of what makers are told. The job holds it whole; its end is what is owed.
pub(super) fn lane() -> JobLane {
    JobLane { limit: Duration::from_secs(30), ..JobLane::new(SHARED_TELL, Arc::new(Teller)) }
}

/// What the end of such a job means for its user's session.
pub(super) fn event_of(finished: &FinishedJob) -> Option<Event> {
    match (&*finished.lane, &finished.outcome) {
        (SHARED_TELL, Ok(words)) => serde_json::from_slice(words).ok(),
        _ => None,
    }
}

/// Hands on what a job holds.
struct Teller;

impl Worker for Teller {
    fn carry_out(&self, job: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        Box::pin(async move { Ok(job.payload.to_vec()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out_of_here_is_seen() {
        for text in [
            "Write to me: @some_body",
            "Meet me at https://example.com/me",
            "My number is +7 912 345-67-89",
            "Напиши мне на nora@example.com",
        ] {
            assert!(leads_out(text), "{text}");
        }
        for text in ["You keep bees on a roof, since 1998.", "Ты держишь пчёл. Тебе 41 год.", ""]
        {
            assert!(!leads_out(text), "{text}");
        }
    }
}
