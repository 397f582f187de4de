//! Ends of jobs on their way to sessions.

use crate::env::Env;
use crate::jobs::{FinishedJob, Results};
use crate::shard;
use nameless_domain::capabilities;
use nameless_domain::session::Event;
use smallvec::smallvec;
use std::sync::{Arc, OnceLock, Weak};

/// What a capability makes of an end of one of its jobs; none: nobody is to hear of it.
pub type EventOf = fn(&FinishedJob) -> Option<capabilities::Event>;

/// Tells the end of a job to its user's session, as an event of its capability. The end counts as
/// told when what the session says to it has left.
pub struct ToSessions {
    env: OnceLock<Weak<Env>>,
    event_of: EventOf,
}

impl ToSessions {
    /// For an engine that is yet to be started, see [`ToSessions::bind`].
    pub fn new(event_of: EventOf) -> Arc<ToSessions> {
        Arc::new(ToSessions { env: OnceLock::new(), event_of })
    }

    /// The engine runs. What came to its end before comes again.
    pub fn bind(&self, env: &Arc<Env>) {
        let _ = self.env.set(Arc::downgrade(env));
    }
}

impl Results for ToSessions {
    fn take(&self, finished: FinishedJob) {
        let Some(event) = (self.event_of)(&finished) else { return finished.ticket.done() };
        // Without an engine the ticket is dropped: the end comes again.
        if let Some(env) = self.env.get().and_then(Weak::upgrade) {
            let tickets = smallvec![finished.ticket];
            shard::to_session_with(&env, finished.user, Event::Capability(event), tickets);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Failure, Holding, Job, JobLane, POLL, Setup, Worker};
    use crate::ports::{NewJob, PortFuture};
    use crate::testing::Tree;
    use crate::testing::jobs::{Holder, Table};
    use nameless_domain::capabilities::feedback;
    use nameless_domain::ids::UserId;
    use nameless_domain::session::account::Phase;
    use std::time::Duration;

    struct Quick;

    impl Worker for Quick {
        fn carry_out(&self, _: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    fn event_of(finished: &FinishedJob) -> Option<capabilities::Event> {
        let told = finished.lane == "told" && finished.outcome.is_ok();
        told.then_some(capabilities::Event::Feedback(feedback::Event::Kept))
    }

    #[actix::test]
    async fn an_end_is_told_to_its_user_once_and_is_owed_until_then() {
        let (table, results) = (Arc::<Table>::default(), ToSessions::new(event_of));
        let lane = |name| JobLane::new(name, Arc::new(Quick));
        let tree = Tree::grow_with_jobs(Setup {
            store: Arc::new(Holder(table.clone(), 1)),
            lanes: vec![lane("told"), lane("silent")],
            wakes: None,
            results: results.clone(),
            poll: Duration::from_millis(20).min(POLL),
        })
        .await;
        tree.person(1, Phase::Idle);
        let jobs = tree.env().jobs.clone().expect("jobs");
        let of = |lane, key: &str| NewJob::new(lane, key, Vec::new()).of(UserId(1));
        jobs.add(vec![of("told", "a"), of("silent", "b")], Default::default());
        tree.until("they are kept", || table.rows.lock().unwrap().len() == 2).await;
        // Nobody is there to tell it yet: it stays owed.
        tree.until("it was to be told", || table.row("a").told > 0).await;
        tree.until("that of the other is over", || !table.row("b").owed).await;
        assert!(table.row("a").owed && tree.got(1).is_empty());
        results.bind(tree.env());
        tree.gets(1, &["feedback-thanks"]).await;
        tree.until("it is marked", || !table.row("a").owed).await;
        assert_eq!(tree.got(1), ["feedback-thanks"]);
    }
}
