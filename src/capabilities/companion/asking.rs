//! One call of a back end: on a runtime of its own, while the person sees that somebody types.

use super::reply::Answerer;
use super::store::{Asked, Open};
use super::{prompt, shown};
use nameless_actors::jobs::Holding;
use nameless_actors::kernel::lock;
use nameless_actors::ports::SendError;
use nameless_backends::port::{ChatRequest, Failure as Failed, LanguageModel, Reply, Why};
use nameless_domain::companion::reasoning::{Shown, take};
use nameless_domain::companion::repetition::Watch;
use nameless_domain::companion::safety::{Ruling, Side};
use nameless_domain::ids::UserId;
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// Telegram shows that somebody types for five seconds.
const TYPING: Duration = Duration::from_millis(4_500);
/// Who answers within that is not seen typing: two questions to the database and a call less, while
/// the request leaves.
const TYPING_AFTER: Duration = Duration::from_millis(200);
/// How long that call may take.
const TYPING_WITHIN: Duration = Duration::from_secs(3);
/// How often what is written so far is shown.
const DRAFT: Duration = Duration::from_secs(1);
/// After so many drafts that were not taken no more are offered; the reply comes all the same.
const DRAFTS_REFUSED: u32 = 3;

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
        (user, open, asked): (UserId, &Open, Asked),
        which: usize,
        request: ChatRequest,
        holding: &Holding,
    ) -> Called {
        let unsent = || Called::Failed(Failed::unsent(Why::Unsendable));
        let Some(home) = self.desk.handle() else { return unsent() };
        let (desk, beat) = (self.desk.clone(), holding.clone());
        let written = Arc::<Mutex<String>>::default();
        let writing = written.clone();
        let mut task = Task(home.spawn(async move {
            let looped = Arc::new(Notify::new());
            let stop = looped.clone();
            let mut watch = Watch::default();
            let mut on = move |part: &Shown| {
                beat.progress();
                take(&mut lock(&writing), part.clone());
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
        let mut typing = every(TYPING, TYPING_AFTER);
        let mut drafting = every(DRAFT, Duration::ZERO);
        let drafts = Arc::new(Drafts::default());
        loop {
            tokio::select! {
                called = &mut task.0 => {
                    drafts.over.store(true, Ordering::SeqCst);
                    return called.unwrap_or_else(|_| unsent());
                }
                _ = typing.tick() => {
                    let (client, action) = (self.client.clone(), json!({"chat_id": user.0, "action": "typing"}));
                    let (store, adult) = (self.store.clone(), open.adult);
                    // Beside the reply, which waits for nothing.
                    actix_rt::spawn(async move {
                        // A partner does not seem to type what a character does.
                        if !matches!(store.is_watched(user, asked, adult).await, Ok(true)) {
                            return;
                        }
                        if let Ok(bot) = store.bot_of(&client, user).await {
                            let _ = bot.method("sendChatAction", &action, TYPING_WITHIN).await;
                        }
                    });
                }
                _ = drafting.tick() => {
                    let text = lock(&written).clone();
                    if text.len() > drafts.shown.load(Ordering::SeqCst)
                        && drafts.refused.load(Ordering::SeqCst) < DRAFTS_REFUSED
                        && !self.desk.is_hushed(user)
                    {
                        drafts.shown.store(text.len(), Ordering::SeqCst);
                        self.draft(user, open, (asked, text), drafts.clone());
                    }
                }
            }
        }
    }

    /// Shows what is written so far, if it passes as the whole reply has to and the person is still
    /// in the dialog. The reply itself goes through their session, which looks; a draft does not.
    fn draft(&self, user: UserId, open: &Open, (asked, text): (Asked, String), drafts: Arc<Drafts>) {
        let Some(home) = self.desk.handle() else { return };
        let (desk, window, adult) = (self.desk.clone(), prompt::window(open), open.adult);
        let judged = home.spawn(async move {
            let mut window = window;
            window.push(Side::Character, &text);
            (desk.detector.judge(&window).ruling(adult) == Ruling::Passes).then_some(text)
        });
        let (name, lang) = self.name(open);
        let (client, texts) = (self.client.clone(), self.texts.clone());
        let (store, desk) = (self.store.clone(), self.desk.clone());
        actix_rt::spawn(async move {
            let Ok(Some(text)) = judged.await else { return };
            let parameters = shown::draft(&*texts, (user, lang), &name, &text, asked.turn);
            if !matches!(store.is_watched(user, asked, adult).await, Ok(true)) {
                // Who comes back sees it go on.
                drafts.shown.store(0, Ordering::SeqCst);
                return;
            }
            // The reply itself is there: a draft behind it would be a ghost.
            if drafts.over.load(Ordering::SeqCst) {
                return;
            }
            let Ok(bot) = store.bot_of(&client, user).await else { return };
            let counts = match bot.method("sendMessageDraft", &parameters, TYPING_WITHIN).await {
                Ok(_) => return,
                // To wait costs more than drafts are worth; the reply itself must not.
                Err(SendError::RetryAfter(wait)) => {
                    desk.hush(user, wait);
                    DRAFTS_REFUSED
                }
                Err(_) => 1,
            };
            drafts.refused.fetch_add(counts, Ordering::SeqCst);
        });
    }
}

/// Drafts of one call.
#[derive(Default)]
struct Drafts {
    /// Bytes of what was shown last.
    shown: AtomicUsize,
    refused: AtomicU32,
    over: AtomicBool,
}

fn every(period: Duration, after: Duration) -> Interval {
    let mut interval = interval_at(Instant::now() + after, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// A task that ends with whoever waits for it.
pub(super) struct Task<T>(pub(super) tokio::task::JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
