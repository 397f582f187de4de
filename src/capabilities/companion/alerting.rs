//! What operators are told of the budgets, and of characters that people report.

use super::desk::Desk;
use super::store::{ALERT, Passed, SHARED_HELD};
use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::jobs::{Failure, Holding, Job, JobLane, Worker};
use nameless_actors::ports::{PortFuture, SendError, Texts};
use nameless_domain::text::{Lang, Msg};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long it may take to tell the operators something.
const ALERT_WITHIN: Duration = Duration::from_secs(10);

/// Has the operators told that a cap fills up, beside whoever asks.
pub(super) fn alert(desk: &Arc<Desk>, store: &PgStore, Passed { cap, percent }: Passed) {
    tracing::warn!(cap, percent, "characters: a day's budget fills up");
    let (desk, store) = (desk.clone(), store.clone());
    tokio::spawn(async move { tell_marks(&desk, &store).await });
}

/// Has them told of every mark that today's caps have passed: by a job each, so that none is told
/// by two, and none is lost with the process that raised it.
pub(super) async fn tell_marks(desk: &Desk, store: &PgStore) {
    match store.tell_marks().await {
        Ok(true) => desk.wake(ALERT),
        Ok(false) => {}
        Err(cause) => tracing::warn!(%cause, "of a day's budget the operators are told later"),
    }
}

/// Tells the operators of a mark.
#[derive(Clone)]
pub(super) struct Crier {
    pub desk: Arc<Desk>,
    pub client: Arc<Client>,
    pub texts: Arc<dyn Texts>,
}

/// The lane of marks.
pub(super) fn lane(crier: Crier) -> JobLane {
    JobLane {
        at_once: 1,
        // While Telegram is away, until the day is over.
        attempts: 2_000,
        limit: Duration::from_secs(30),
        owed: false,
        ..JobLane::new(ALERT, Arc::new(crier))
    }
}

impl Crier {
    /// Says something in the operators' chat, where they have one. What may be there already is
    /// said once more only if `twice` is better than not at all.
    async fn tell(&self, text: &Msg, twice: bool) -> Result<Vec<u8>, Failure> {
        if !self.desk.is_bound() {
            return Err(Failure::Again("there is no engine yet".into()));
        }
        let Some(chat) = self.desk.alerts_chat() else { return Ok(Vec::new()) };
        // Nobody of them has asked: there is no language to answer in.
        let message = json!({ "chat_id": chat.telegrams(), "text": self.texts.plain(Lang::En, text) });
        match self.client.method("sendMessage", &message, ALERT_WITHIN).await {
            Ok(_) => Ok(Vec::new()),
            Err(SendError::RetryAfter(wait)) => Err(Failure::After("told to wait".into(), wait)),
            Err(cause @ SendError::Ambiguous(_)) if !twice => {
                tracing::warn!(%cause, "the operators may not have been told of it");
                Ok(Vec::new())
            }
            Err(cause) => Err(Failure::Again(cause.to_string())),
        }
    }
}

impl Worker for Crier {
    fn carry_out(&self, job: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let crier = self.clone();
        Box::pin(async move {
            let Passed { cap, percent } = serde_json::from_slice(&job.payload)
                .map_err(|_| Failure::Final("it cannot be read".into()))?;
            let text = Msg::new("companion-alert").number("percent", percent.into()).words("cap", cap);
            crier.tell(&text, false).await
        })
    }
}

/// A shared character is shown to nobody by this node's doing: its job is there.
pub(super) fn held(desk: &Desk, shared: i64) {
    tracing::warn!(shared, "characters: one that somebody shares is reported");
    desk.wake(SHARED_HELD);
}

/// The lane of shared characters that are shown to nobody. One of its own: nodes of before leave a
/// lane that they do not know, and would fail a job of [`ALERT`] that they cannot read.
pub(super) fn held_lane(crier: Crier) -> JobLane {
    JobLane {
        at_once: 1,
        // While Telegram is away, for a week.
        attempts: 3_000,
        back_off: (Duration::from_secs(1), Duration::from_secs(300)),
        limit: Duration::from_secs(30),
        owed: false,
        ..JobLane::new(SHARED_HELD, Arc::new(HeldCrier(crier)))
    }
}

/// Tells the operators that a shared character is shown to nobody until one of them has looked.
struct HeldCrier(Crier);

impl Worker for HeldCrier {
    fn carry_out(&self, job: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let crier = self.0.clone();
        Box::pin(async move {
            let shared: i64 = serde_json::from_slice(&job.payload)
                .map_err(|_| Failure::Final("it cannot be read".into()))?;
            crier.tell(&Msg::new("companion-alert-held").number("shared", shared), true).await
        })
    }
}
