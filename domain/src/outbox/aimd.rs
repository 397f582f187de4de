//! The budget of all chats together. It knows nothing at first; when several chats, and a notable
//! share of all that leaves, are told to wait (429) within a second, the limit is the token's, not
//! a chat's: the budget falls to a share of what was being sent, then grows by small steps, and is
//! lifted after a quiet time (additive increase, multiplicative decrease).

use crate::ids::ChatId;
use crate::outbox::bucket::Bucket;
use crate::time::Millis;

/// 429s of so many different chats within [`WINDOW_MS`] mean the whole token.
const CHATS: usize = 3;
/// And so large a share of the messages of that time: among many chats a few always wait for
/// reasons of their own.
const SHARE: f64 = 0.05;
/// The window of measuring and of decreasing once, milliseconds.
const WINDOW_MS: i64 = 1_000;
/// Share that is left after a decrease.
const DECREASE: f64 = 0.7;
/// Growth per second, share of the present budget (at least one message).
const INCREASE: f64 = 0.05;
/// After so long without a 429 of the token the learned budget is forgotten, milliseconds.
const QUIET_MS: i64 = 60_000;
/// The budget never falls below this, messages per second.
const FLOOR: f64 = 1.0;

#[derive(Debug)]
pub(super) struct Budget {
    /// The operator's bound; 0 for none.
    ceiling: f64,
    /// The present bound; none if unlimited.
    rate: Option<f64>,
    bucket: Bucket,
    window: Millis,
    sent: u32,
    sent_before: u32,
    /// The first chats that were told to wait in this window.
    told: Vec<ChatId>,
    /// How many times any was.
    told_times: u32,
    told_at: Millis,
    grown_at: Millis,
    decreased_at: Millis,
}

impl Budget {
    pub(super) fn new(ceiling: f64) -> Budget {
        let mut budget = Budget {
            ceiling,
            rate: (ceiling > 0.0).then_some(ceiling),
            bucket: Bucket::new(0.0, 1),
            window: Millis(0),
            sent: 0,
            sent_before: 0,
            told: Vec::new(),
            told_times: 0,
            told_at: Millis(i64::MIN),
            grown_at: Millis(0),
            decreased_at: Millis(i64::MIN),
        };
        budget.reshape();
        budget
    }

    /// Messages per second; none if unlimited.
    pub(super) fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// When the next message may leave as far as the budget goes.
    pub(super) fn ready_at(&self) -> Millis {
        self.bucket.ready_at()
    }

    /// A message leaves.
    pub(super) fn take(&mut self, now: Millis) {
        self.roll(now);
        self.sent += 1;
        self.bucket.take(now);
        self.grow(now);
    }

    /// A chat was told to wait.
    pub(super) fn told_to_wait(&mut self, now: Millis, chat: ChatId) {
        self.roll(now);
        if now.since(self.told_at) >= WINDOW_MS {
            self.told.clear();
            self.told_times = 0;
            self.told_at = now;
        }
        self.told_times += 1;
        if !self.told.contains(&chat) && self.told.len() < CHATS {
            self.told.push(chat);
        }
        let present = f64::from(self.sent.max(self.sent_before));
        let notable = f64::from(self.told_times) >= SHARE * present;
        let fresh = self.decreased_at.0 == i64::MIN || now.since(self.decreased_at) >= WINDOW_MS;
        if self.told.len() < CHATS || !notable || !fresh {
            return;
        }
        let present = self.rate.unwrap_or(present);
        self.rate = Some((present * DECREASE).max(FLOOR));
        self.decreased_at = now;
        self.grown_at = now;
        self.reshape();
    }

    fn roll(&mut self, now: Millis) {
        let passed = now.since(self.window);
        if passed >= WINDOW_MS {
            self.sent_before = if passed < 2 * WINDOW_MS { self.sent } else { 0 };
            self.sent = 0;
            self.window = now;
        }
    }

    fn grow(&mut self, now: Millis) {
        let Some(rate) = self.rate.filter(|_| self.decreased_at.0 != i64::MIN) else { return };
        let seconds = now.since(self.grown_at) / 1_000;
        if seconds == 0 {
            return;
        }
        self.grown_at = now;
        let grown = rate + (rate * INCREASE).max(1.0) * seconds as f64;
        self.rate = if now.since(self.decreased_at) >= QUIET_MS {
            self.decreased_at = Millis(i64::MIN);
            (self.ceiling > 0.0).then_some(self.ceiling)
        } else if self.ceiling > 0.0 {
            Some(grown.min(self.ceiling))
        } else {
            Some(grown)
        };
        self.reshape();
    }

    fn reshape(&mut self) {
        let rate = self.rate.unwrap_or(0.0);
        // A tenth of a second at once, so that timers of a millisecond can keep up with high rates.
        self.bucket.reshape(rate, ((rate / 10.0) as u32).max(1));
    }
}
