//! One call of a back end: on a runtime of its own, while the person sees that somebody types.

use super::reply::Answerer;
use nameless_actors::jobs::Holding;
use nameless_backends::port::{ChatRequest, Failure as Failed, LanguageModel, Reply, Why};
use nameless_domain::companion::reasoning::Shown;
use nameless_domain::companion::repetition::Watch;
use nameless_domain::ids::UserId;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

/// Telegram shows that somebody types for five seconds.
const TYPING: Duration = Duration::from_millis(4_500);
/// How long that call may take.
const TYPING_WITHIN: Duration = Duration::from_secs(3);
/// What came of one call.
pub(super) enum Called {
    Said(Reply),
    /// It went in circles and was closed.
    Looped,
    Failed(Failed),
}

impl Answerer {
    /// One call, on the companions' own runtime; the person sees that somebody types.
    pub(super) async fn call(
        &self,
        user: UserId,
        which: usize,
        request: ChatRequest,
        holding: &Holding,
    ) -> Called {
        let unsent = || {
            let (why, status, retry_after) = (Why::Unsendable, None, None);
            Called::Failed(Failed {
                why,
                status,
                retry_after,
                attempts: 0,
                unknown_attempts: 0,
                shown: false,
            })
        };
        let Some(home) = self.desk.handle() else { return unsent() };
        let (desk, beat) = (self.desk.clone(), holding.clone());
        let mut task = Task(home.spawn(async move {
            let looped = Arc::new(Notify::new());
            let stop = looped.clone();
            let mut watch = Watch::default();
            let mut on = move |part: &Shown| {
                beat.progress();
                if part.anew {
                    watch = Watch::default();
                }
                if watch.push(&part.text).is_some() {
                    stop.notify_one();
                }
            };
            let call = desk.back_ends.models[which].client.reply(&request, &mut on);
            tokio::select! {
                biased;
                () = looped.notified() => Called::Looped,
                reply = call => match reply {
                    Ok(reply) => Called::Said(reply),
                    Err(failed) => Called::Failed(failed),
                },
            }
        }));
        let mut typing = interval(TYPING);
        typing.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                called = &mut task.0 => return called.unwrap_or_else(|_| unsent()),
                _ = typing.tick() => {
                    let (client, action) = (self.client.clone(), json!({"chat_id": user.0, "action": "typing"}));
                    // Beside the reply, which waits for nothing.
                    actix_rt::spawn(async move {
                        let _ = client.method("sendChatAction", &action, TYPING_WITHIN).await;
                    });
                }
            }
        }
    }
}

/// A task that ends with whoever waits for it.
struct Task<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
