//! The worker of vectors: turns that have none get theirs by a job of its own, a few at a time, on
//! the same budgets as replies. Where that comes to nothing, they are found by their words, and the
//! next turns ask for it again.

use super::alerting;
use super::meaning::shortened;
use super::reply::{Answerer, KEEP_AGAIN, away};
use super::store::{Asked, Bare, BareTurn, CallKey, Lot, Reserved, VECTORS, vector_call};
use crate::capabilities::points;
use nameless_actors::jobs::{Failure, Holding, Job, JobLane, Worker};
use nameless_actors::kernel::lock;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_backends::port::Why;
use nameless_domain::companion::constants::{MEANT_AT_ONCE, MEANT_EVERY, RECALL_WITHIN};
use nameless_domain::companion::meaning::Vector;
use nameless_domain::companion::money::Outcome;
use nameless_domain::companion::safety::Ruling;
use nameless_domain::ids::UserId;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How soon it is tried again where the back end has no place, or is left alone: nobody waits.
const AGAIN: Duration = Duration::from_secs(30);
/// Lots of one job: all turns that are looked at, once.
const LOTS: usize = (RECALL_WITHIN as usize).div_ceil(MEANT_AT_ONCE as usize);

/// The lane of vectors.
pub(super) fn lane(answerer: Answerer) -> JobLane {
    JobLane {
        // Of the back end's places the most are for those who wait for a reply.
        at_once: 1,
        attempts: 5,
        limit: Duration::from_secs(120),
        // Nobody is told of it.
        owed: false,
        ..JobLane::new(VECTORS, Arc::new(Reader(answerer)))
    }
}

/// Has vectors made.
#[derive(Clone)]
struct Reader(Answerer);

impl Answerer {
    /// Has the vectors made of a dialog's turns that have none, once enough have ended. The reply
    /// does not wait for it, and fails by nothing of it.
    pub(super) async fn take_in(&self, user: UserId, asked: Asked) {
        let Some(end) = &self.desk.back_ends.embedding else { return };
        if asked.turn % MEANT_EVERY != 0 {
            return;
        }
        let bare = Bare { dialog: asked.dialog, upto: asked.turn };
        match self.store.add_vectors(user, bare, &end.space).await {
            Ok(()) => self.desk.wake(VECTORS),
            Err(cause) => tracing::info!(%cause, "a dialog's turns have no vectors yet"),
        }
    }
}

impl Reader {
    async fn read(&self, job: &Job, holding: &Holding) -> Result<(), Failure> {
        let bare: Bare =
            serde_json::from_slice(&job.payload).map_err(|_| Failure::Final("it cannot be read".into()))?;
        let user = job.user.ok_or_else(|| Failure::Final("it is nobody's".into()))?;
        for _ in 0..LOTS {
            if !holding.is_held() {
                return Err(Failure::Again("the hold is lost".into()));
            }
            if !self.lot(user, bare, holding).await? {
                break;
            }
            holding.progress();
        }
        Ok(())
    }

    /// Makes the vectors of some of them. Whether there may be more.
    async fn lot(&self, user: UserId, bare: Bare, holding: &Holding) -> Result<bool, Failure> {
        let Answerer { desk, store, .. } = &self.0;
        let Some(end) = &desk.back_ends.embedding else { return Ok(false) };
        if end.client.is_open() {
            return Err(Failure::After("the back end is left alone".into(), AGAIN));
        }
        let space = end.space(desk.back_ends.adult);
        let begun = store.begin_vectors(user, bare, space.clone()).await.map_err(away)?;
        let Some(Lot { turns, calls }) = begun else { return Ok(false) };
        let is_last = (turns.len() as i64) < MEANT_AT_ONCE;
        // What would be refused is told to nobody, and not to be found so.
        let passes = |one: &BareTurn| {
            let text = format!("{}\n{}", one.said.asked, one.said.reply);
            desk.detector.judge_text(&text).ruling(one.said.adult && space.adult) == Ruling::Passes
        };
        let (passing, refused): (Vec<_>, Vec<_>) = turns.into_iter().partition(passes);
        let bare_ones = refused.into_iter().map(|turn| (turn, None));
        if passing.is_empty() {
            let made = Arc::new(bare_ones.collect());
            self.keep((user, bare.dialog), space.name, made, None, holding).await?;
            return Ok(!is_last);
        }
        let said: Vec<String> =
            passing.iter().map(|one| shortened(&end.passage, &[&one.said.asked, &one.said.reply])).collect();
        let tokens = {
            let known = lock(&desk.meant_tokens);
            said.iter().fold(0_u32, |sum, text| sum.saturating_add(known.of(text)))
        };
        let (call, worst) = (vector_call(bare, calls + 1), end.price.worst(tokens, 0));
        let reserve = desk.for_vectors(user, end, call, worst);
        match store.reserve_call(reserve).await.map_err(away)? {
            // The next turns ask for it again.
            Reserved::Over(_) => return Ok(false),
            Reserved::Yes(passed) => {
                let told = |passed| alerting::alert(desk, store, passed);
                passed.into_iter().for_each(told);
            }
        }
        points::reach("companion vectors before call");
        let (made, outcome) = desk.vectors(said, tokens, None).await;
        match made {
            Ok(embedded) => {
                self.0.spent(outcome, worst);
                let vectors = embedded.vectors.iter().map(|numbers| Vector::of(numbers));
                let made = passing.into_iter().zip(vectors).chain(bare_ones).collect();
                let paid = Some((call, outcome));
                self.keep((user, bare.dialog), space.name, Arc::new(made), paid, holding).await?;
                Ok(!is_last)
            }
            Err(failed) if failed.why == Why::Full => {
                self.0.unmade(call, holding).await?;
                Err(Failure::After("all places are taken".into(), AGAIN))
            }
            Err(failed) => {
                tracing::info!(back_end = end.name, %failed, "vectors of a dialog did not come");
                self.0.spent(outcome, worst);
                self.0.settle((call, outcome), holding).await?;
                // Not again by this job: what it costs is bounded, and the next turns ask for it.
                Ok(false)
            }
        }
    }

    /// Keeps what came of it, for as long as the hold lasts: what was bought is not bought again
    /// where the store is away for a moment.
    async fn keep(
        &self,
        at: (UserId, i64),
        space: String,
        made: Arc<Vec<(BareTurn, Option<Vector>)>>,
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<(), Failure> {
        points::reach("companion vectors before keeping");
        loop {
            match self.0.store.keep_vectors(at, space.clone(), made.clone(), paid).await {
                Ok(()) => break,
                Err(cause @ StoreError::Refused(_)) => {
                    if let Some(paid) = paid {
                        self.0.settle_last(paid, holding).await;
                    }
                    return Err(Failure::Final(cause.to_string()));
                }
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(away(cause)),
            }
        }
        points::reach("companion vectors after keeping");
        Ok(())
    }
}

impl Worker for Reader {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let reader = self.clone();
        Box::pin(async move { reader.read(&job, &holding).await.map(|()| Vec::new()) })
    }
}
