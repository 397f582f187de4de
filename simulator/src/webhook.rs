//! Pushes updates to webhooks.
//!
//! Up to `max_connections` deliveries run at once; those of one chat follow one another. A delivery
//! is repeated until it is answered with 2xx or the webhook changes: then everything undelivered is
//! still in the queue. As Telegram does it: the first time at once, then with a delay that doubles,
//! but after a `Retry-After` when that says.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value};

use crate::bot_api;
use crate::state::bot::Bot;
use crate::state::lock;
use crate::state::queue::{Entry, Webhook};
use crate::state::world::World;
use crate::stats::bump;

/// Telegram's patience with one delivery.
const TIMEOUT: Duration = Duration::from_secs(60);
const MAX_DELAY: Duration = Duration::from_secs(60);
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);
/// Updates taken from the queue ahead of their turn.
const READ_AHEAD: usize = 10_000;
/// Bytes of an answer that are looked at.
const MAX_ANSWER: usize = 1024 * 1024;

/// Keeps one delivery task per bot with a webhook; runs until it is aborted.
pub(crate) async fn run(world: Arc<World>) {
    let client = match reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build() {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "no HTTP client: webhooks are not delivered");
            return;
        }
    };
    let mut running: FxHashMap<u32, (u64, Aborting)> = FxHashMap::default();
    loop {
        for bot in world.bots() {
            let (epoch, webhook) = {
                let queue = lock(&bot.queue);
                (queue.webhook_epoch, queue.webhook.clone())
            };
            if running.get(&bot.index).is_some_and(|(at, _)| *at == epoch) {
                continue;
            }
            running.remove(&bot.index);
            if let Some(webhook) = webhook {
                let delivery =
                    Delivery { world: world.clone(), client: client.clone(), bot: bot.clone(), webhook };
                running.insert(bot.index, (epoch, Aborting(actix_rt::spawn(delivery.run()))));
            }
        }
        world.webhooks_changed.notified().await;
    }
}

/// Ends its task when dropped.
struct Aborting(tokio::task::JoinHandle<()>);

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Delivery {
    world: Arc<World>,
    client: reqwest::Client,
    bot: Arc<Bot>,
    webhook: Webhook,
}

/// A delivery that was not answered with 2xx.
struct Failure {
    reason: String,
    /// When the webhook wants it again, if it says.
    retry_after: Option<Duration>,
}

impl Failure {
    fn new(reason: &str) -> Failure {
        Failure { reason: reason.to_owned(), retry_after: None }
    }
}

impl Delivery {
    async fn run(self) {
        let mut taken: FxHashSet<i64> = FxHashSet::default();
        let mut chats: FxHashMap<i64, VecDeque<Entry>> = FxHashMap::default();
        let mut ready: VecDeque<i64> = VecDeque::new();
        let mut active = FuturesUnordered::new();
        loop {
            let mut rung = std::pin::pin!(self.bot.wake.notified());
            rung.as_mut().enable();
            let room = READ_AHEAD.saturating_sub(taken.len());
            for entry in lock(&self.bot.queue).waiting(&taken, room) {
                taken.insert(entry.id);
                let key = entry.key;
                // A key is in the map as long as one of its updates waits or is on the way.
                let chat = chats.entry(key).or_insert_with(|| {
                    ready.push_back(key);
                    VecDeque::new()
                });
                chat.push_back(entry);
            }
            while active.len() < self.webhook.max_connections {
                let Some(key) = ready.pop_front() else { break };
                if let Some(entry) = chats.get_mut(&key).and_then(VecDeque::pop_front) {
                    active.push(self.deliver(entry));
                }
            }
            tokio::select! {
                Some((key, id)) = active.next(), if !active.is_empty() => {
                    lock(&self.bot.queue).finish(id);
                    taken.remove(&id);
                    if chats.get(&key).is_some_and(|chat| !chat.is_empty()) {
                        ready.push_back(key);
                    } else {
                        chats.remove(&key);
                    }
                }
                () = rung => {}
            }
        }
    }

    /// Delivers one update, however often it takes.
    async fn deliver(&self, entry: Entry) -> (i64, i64) {
        let mut body = String::new();
        entry.write(&mut body);
        let mut delay = self.world.config.webhook_retry;
        let mut failed = false;
        loop {
            bump(&self.world.counters.webhook_attempts);
            match self.post(body.clone()).await {
                Ok(reply) => {
                    if let (Some(reply), Some(token)) = (reply, self.bot.token()) {
                        bot_api::run_discarding(&self.world, token, reply);
                    }
                    return (entry.key, entry.id);
                }
                Err(Failure { reason, retry_after }) => {
                    bump(&self.world.counters.webhook_failures);
                    let now = self.world.now();
                    if let Some(webhook) = &mut lock(&self.bot.queue).webhook {
                        webhook.last_error = Some((now, reason));
                    }
                    match retry_after {
                        Some(told) => tokio::time::sleep(told.min(MAX_RETRY_AFTER)).await,
                        None if failed => {
                            tokio::time::sleep(delay).await;
                            delay = (delay * 2).min(MAX_DELAY);
                        }
                        None => {}
                    }
                    failed = true;
                }
            }
        }
    }

    /// The method call in the answer, where there is one.
    async fn post(&self, body: String) -> Result<Option<Map<String, Value>>, Failure> {
        let mut request =
            self.client.post(&self.webhook.url).header("Content-Type", "application/json").body(body);
        if let Some(secret) = &self.webhook.secret {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        let mut response = request.send().await.map_err(|_| Failure::new("Connection failed"))?;
        let status = response.status();
        if !status.is_success() {
            let seconds = response.headers().get("Retry-After").and_then(|v| v.to_str().ok()?.parse().ok());
            let retry_after = seconds.filter(|s| *s > 0).map(Duration::from_secs);
            let reason = format!("Wrong response from the webhook: {status}");
            return Err(Failure { reason, retry_after });
        }
        let mut answer = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            if answer.len() + chunk.len() > MAX_ANSWER {
                return Ok(None);
            }
            answer.extend_from_slice(&chunk);
        }
        Ok(serde_json::from_slice(&answer).ok())
    }
}
