//! Faults on request: what a real server, or the network before it, does on a bad day.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::state::lock;
use crate::state::rng::Rng;

/// What happens to a call that a rule matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FaultAction {
    /// 429 without effect.
    TooManyRequests {
        /// Seconds to wait, as told to the bot.
        retry_after: u32,
    },
    /// An HTTP error without effect.
    ServerErrorBefore {
        /// 500..=599.
        status: u16,
    },
    /// A proxy's page in HTML, without effect.
    Page {
        /// 500..=599.
        status: u16,
    },
    /// The effect happens, then an HTTP error.
    ServerErrorAfter {
        /// 500..=599.
        status: u16,
    },
    /// The connection is closed without an answer and without effect.
    DropBefore,
    /// The effect happens, then the connection is closed without an answer.
    DropAfter,
    /// The call waits before it is handled; further rules still apply to it.
    Latency {
        /// Shortest wait, milliseconds.
        min_ms: u64,
        /// Longest wait, milliseconds.
        max_ms: u64,
    },
    /// The server does not know the method: 404.
    Unknown,
    /// Any other refusal in Telegram's form, without effect.
    Error {
        /// `error_code` and HTTP status.
        code: u16,
        /// `description`.
        description: String,
    },
    /// `getUpdates` acknowledges nothing and repeats what it gave before.
    IgnoreOffset,
    /// `getUpdates` answers `[]` at once, whatever the timeout.
    EmptyAtOnce,
    /// A `getUpdates` puts an update that no client can parse into the queue first.
    MalformedUpdate,
}

impl FaultAction {
    fn name(&self) -> &'static str {
        match self {
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::ServerErrorBefore { .. } => "server_error_before",
            Self::Page { .. } => "page",
            Self::ServerErrorAfter { .. } => "server_error_after",
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::Latency { .. } => "latency",
            Self::Unknown => "unknown",
            Self::Error { .. } => "error",
            Self::IgnoreOffset => "ignore_offset",
            Self::EmptyAtOnce => "empty_at_once",
            Self::MalformedUpdate => "malformed_update",
        }
    }

    /// Faults of the queue mean nothing to other methods.
    fn fits(&self, method: &str) -> bool {
        match self {
            Self::IgnoreOffset | Self::EmptyAtOnce | Self::MalformedUpdate => method == "getupdates",
            _ => true,
        }
    }
}

/// One rule: which calls, how many of them, what happens. Absent conditions match everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// Method name, case-insensitive.
    #[serde(default)]
    pub method: Option<String>,
    /// `chat_id` of the call.
    #[serde(default)]
    pub chat_id: Option<i64>,
    /// The bot.
    #[serde(default)]
    pub token: Option<String>,
    /// Share of matching calls, 0..=1; absent: all.
    #[serde(default)]
    pub probability: Option<f64>,
    /// The rule ends after this many applications; absent: never.
    #[serde(default)]
    pub count: Option<u64>,
    /// What happens.
    pub action: FaultAction,
}

impl FaultRule {
    /// A rule for every call; narrow it with the other methods.
    pub fn new(action: FaultAction) -> Self {
        Self { method: None, chat_id: None, token: None, probability: None, count: None, action }
    }

    /// Only this method.
    pub fn on(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only calls for this chat.
    pub fn chat(mut self, chat_id: i64) -> Self {
        self.chat_id = Some(chat_id);
        self
    }

    /// Only calls of this bot.
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Only the next `n` matching calls.
    pub fn times(mut self, n: u64) -> Self {
        self.count = Some(n);
        self
    }

    /// Only this share of the matching calls.
    pub fn probability(mut self, share: f64) -> Self {
        self.probability = Some(share);
        self
    }

    fn matches(&self, call: &CallKey<'_>) -> bool {
        self.count != Some(0)
            && self.action.fits(call.method)
            && self.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(call.method))
            && self.token.as_deref().is_none_or(|t| t == call.token)
            && self.chat_id.is_none_or(|c| call.chat_id == Some(c))
    }
}

/// What rules look at. `method` is in lower case.
pub(crate) struct CallKey<'a> {
    pub(crate) method: &'a str,
    pub(crate) token: &'a str,
    pub(crate) chat_id: Option<i64>,
}

/// The faults that befall one call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) latency_ms: u64,
    pub(crate) action: Option<FaultAction>,
}

/// The rules in force, tried in the order in which they were added.
#[derive(Debug)]
pub struct Faults {
    rules: Mutex<Vec<FaultRule>>,
    applied: Mutex<BTreeMap<&'static str, u64>>,
    /// Spares the locks where there are no rules.
    any: AtomicBool,
    rng: Rng,
}

/// Rules at a time; more are refused.
pub const MAX_RULES: usize = 1000;

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rules: Mutex::default(),
            applied: Mutex::default(),
            any: AtomicBool::new(false),
            rng: Rng::new(seed ^ 0xFA17),
        }
    }

    /// Adds a rule behind the others; `false` where there are [`MAX_RULES`] already.
    pub fn add(&self, rule: FaultRule) -> bool {
        let mut rules = lock(&self.rules);
        let room = rules.len() < MAX_RULES;
        if room {
            rules.push(rule);
            self.any.store(true, Ordering::Release);
        }
        room
    }

    /// Ends all rules.
    pub fn clear(&self) {
        lock(&self.rules).clear();
        self.any.store(false, Ordering::Release);
    }

    /// The rules in force; `count` is what is left of it.
    pub fn rules(&self) -> Vec<FaultRule> {
        lock(&self.rules).clone()
    }

    /// How often each kind of fault was applied.
    pub fn applied(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.applied).clone()
    }

    /// Whether any rule is in force.
    pub(crate) fn is_active(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// All latencies that match, and the first other fault.
    pub(crate) fn pick(&self, call: &CallKey<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        if !self.is_active() {
            return verdict;
        }
        let mut rules = lock(&self.rules);
        for rule in rules.iter_mut() {
            let is_latency = matches!(rule.action, FaultAction::Latency { .. });
            if (verdict.action.is_some() && !is_latency) || !rule.matches(call) {
                continue;
            }
            if rule.probability.is_some_and(|share| self.rng.unit() >= share) {
                continue;
            }
            if let Some(left) = &mut rule.count {
                *left -= 1;
            }
            *lock(&self.applied).entry(rule.action.name()).or_default() += 1;
            match &rule.action {
                FaultAction::Latency { min_ms, max_ms } => {
                    let spread = max_ms.saturating_sub(*min_ms).saturating_add(1);
                    verdict.latency_ms =
                        verdict.latency_ms.saturating_add(min_ms.saturating_add(self.rng.below(spread)));
                }
                action => verdict.action = Some(action.clone()),
            }
        }
        rules.retain(|rule| rule.count != Some(0));
        if rules.is_empty() {
            self.any.store(false, Ordering::Release);
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, chat_id: i64) -> CallKey<'_> {
        CallKey { method, token: "1:x", chat_id: Some(chat_id) }
    }

    #[test]
    fn a_rule_applies_to_its_method_and_chat_as_often_as_it_says() {
        let faults = Faults::new(1);
        faults.add(FaultRule::new(FaultAction::DropBefore).on("sendMessage").chat(7).times(2));
        assert_eq!(faults.pick(&call("sendphoto", 7)).action, None);
        assert_eq!(faults.pick(&call("sendmessage", 8)).action, None);
        for _ in 0..2 {
            assert_eq!(faults.pick(&call("sendmessage", 7)).action, Some(FaultAction::DropBefore));
        }
        assert_eq!(faults.pick(&call("sendmessage", 7)).action, None);
        assert!(!faults.is_active());
        assert_eq!(faults.applied()["drop_before"], 2);
    }

    #[test]
    fn latency_joins_another_fault() {
        let faults = Faults::new(1);
        faults.add(FaultRule::new(FaultAction::Latency { min_ms: 5, max_ms: 5 }));
        faults.add(FaultRule::new(FaultAction::Unknown));
        let verdict = faults.pick(&call("getme", 1));
        assert_eq!((verdict.latency_ms, verdict.action), (5, Some(FaultAction::Unknown)));
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let run = |seed| {
            let faults = Faults::new(seed);
            faults.add(FaultRule::new(FaultAction::DropAfter).probability(0.5));
            (0..64).map(|_| faults.pick(&call("x", 1)).action.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
    }
}
