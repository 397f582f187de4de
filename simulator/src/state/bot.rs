//! One bot: its token, its queue of updates, its profile.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::lock;
use super::queue::Queue;
use crate::limits::Bucket;

/// A bot of the simulated world. It may exist before its token is known: users can write before it
/// connects.
#[derive(Debug)]
pub(crate) struct Bot {
    /// Place in the world's list; part of the file ids that this bot sees.
    pub(crate) index: u32,
    token: OnceLock<String>,
    pub(crate) queue: Mutex<Queue>,
    /// Rung when an update arrives, a poller is replaced, or the webhook changes.
    pub(crate) wake: Notify,
    pub(crate) global: Mutex<Bucket>,
    pub(crate) callbacks: Mutex<Callbacks>,
    pub(crate) profile: Mutex<Profile>,
    user_json: RwLock<Arc<str>>,
}

/// What the bot sets about itself.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    /// Per method, then per (scope, language): the value as it was set.
    pub(crate) values: FxHashMap<(String, String), Value>,
}

impl Bot {
    pub(crate) fn new(index: u32, token: Option<&str>, first_update: i64, capacity: usize) -> Self {
        let bot = Self {
            index,
            token: OnceLock::new(),
            queue: Mutex::new(Queue::new(first_update, capacity)),
            wake: Notify::new(),
            global: Mutex::default(),
            callbacks: Mutex::default(),
            profile: Mutex::default(),
            user_json: RwLock::new("{}".into()),
        };
        bot.rename(None);
        if let Some(token) = token {
            bot.adopt(token);
        }
        bot
    }

    /// Gives a bot that users wrote to before it connected its token.
    pub(crate) fn adopt(&self, token: &str) -> bool {
        let fresh = self.token.set(token.to_owned()).is_ok();
        if fresh {
            self.rename(None);
        }
        fresh
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.get().map(String::as_str)
    }

    /// The digits before the colon of the token.
    pub(crate) fn id(&self) -> i64 {
        self.token().and_then(token_id).unwrap_or(1)
    }

    pub(crate) fn username(&self) -> String {
        format!("sim{}_bot", self.id())
    }

    /// The `User` object of this bot, as JSON.
    pub(crate) fn user_json(&self) -> Arc<str> {
        self.user_json.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(crate) fn user(&self) -> Value {
        serde_json::from_str(&self.user_json()).unwrap_or(Value::Null)
    }

    /// Sets the name that chats show; `None` restores the default.
    pub(crate) fn rename(&self, name: Option<&str>) {
        let user = json!({
            "id": self.id(),
            "is_bot": true,
            "first_name": name.unwrap_or("Simulated bot"),
            "username": self.username(),
        });
        *self.user_json.write().unwrap_or_else(std::sync::PoisonError::into_inner) = user.to_string().into();
    }

    /// Number of updates that wait for this bot.
    pub(crate) fn pending(&self) -> usize {
        lock(&self.queue).pending()
    }
}

/// The bot id of a token of the form `digits:something`.
pub(crate) fn token_id(token: &str) -> Option<i64> {
    let (digits, secret) = token.split_once(':')?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (plain && !secret.is_empty()).then(|| digits.parse().ok()).flatten()
}

/// A button press that waits for its answer.
#[derive(Debug, Clone)]
pub(crate) struct Press {
    pub(crate) user: i64,
    /// Seconds of the world's clock.
    pub(crate) at: i64,
}

/// Presses that were not answered yet; bounded, the oldest are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    open: FxHashMap<String, Press>,
    order: VecDeque<String>,
}

const MAX_OPEN_PRESSES: usize = 100_000;

impl Callbacks {
    pub(crate) fn open(&mut self, id: String, press: Press) {
        while self.order.len() >= MAX_OPEN_PRESSES {
            if let Some(oldest) = self.order.pop_front() {
                self.open.remove(&oldest);
            }
        }
        self.order.push_back(id.clone());
        self.open.insert(id, press);
    }

    /// Takes a press out; a second answer finds nothing.
    pub(crate) fn answer(&mut self, id: &str) -> Option<Press> {
        let press = self.open.remove(id);
        // Answered ids leave the order lazily, from its front.
        while self.order.front().is_some_and(|id| !self.open.contains_key(id)) {
            self.order.pop_front();
        }
        press
    }
}

#[cfg(test)]
mod tests {
    use super::token_id;

    #[test]
    fn tokens_are_digits_and_a_secret() {
        assert_eq!(token_id("42:abc"), Some(42));
        for bad in ["", "42", ":x", "42:", "x:y", "-1:x", "99999999999999999999:x"] {
            assert_eq!(token_id(bad), None, "{bad}");
        }
    }
}
