//! What keeps updates from coming in, for `/health` and for the log, and how long it is borne.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// How long a token is tried again that was good before: Telegram refuses good ones while it moves
/// data.
const GRACE: Duration = Duration::from_secs(300);
/// A wait that repeats is logged this often.
const TELL_AGAIN: Duration = Duration::from_secs(10);

/// What keeps updates from coming in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// Telegram refuses the token, which was good before.
    TokenRefused,
    /// Another program polls with this token.
    Conflict,
    /// Telegram tells us to wait.
    ToldToWait,
    /// Telegram, or what stands before it, does not answer.
    Away,
}

impl Trouble {
    /// In words; none where nothing is wrong.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Trouble::None => None,
            Trouble::TokenRefused => Some("Telegram refuses the token, which was good before"),
            Trouble::Conflict => Some("another program polls with this token"),
            Trouble::ToldToWait => Some("Telegram tells us to wait before it gives updates"),
            Trouble::Away => Some("Telegram does not answer"),
        }
    }
}

/// The present trouble, as its source knows it and health shows it.
#[derive(Clone, Debug, Default)]
pub struct Condition {
    trouble: Arc<AtomicU8>,
    certificate_refused: Arc<AtomicBool>,
    /// Those of further bots.
    others: Arc<[Condition]>,
}

impl Condition {
    /// That of several bots together: what is wrong with any of them.
    pub fn of(all: impl IntoIterator<Item = Condition>) -> Condition {
        Condition { others: all.into_iter().collect(), ..Condition::default() }
    }

    /// Sets it.
    pub fn set(&self, trouble: Trouble) {
        self.trouble.store(trouble as u8, Ordering::Relaxed);
    }

    /// Notes whether Telegram, which is to deliver, does not take the webhook's certificate.
    pub fn set_certificate_refused(&self, is_refused: bool) {
        self.certificate_refused.store(is_refused, Ordering::Relaxed);
    }

    /// Whether that is so.
    pub fn certificate_refused(&self) -> bool {
        self.certificate_refused.load(Ordering::Relaxed)
            || self.others.iter().any(Condition::certificate_refused)
    }

    /// What it is.
    pub fn get(&self) -> Trouble {
        let known =
            [Trouble::None, Trouble::TokenRefused, Trouble::Conflict, Trouble::ToldToWait, Trouble::Away];
        let is = self.trouble.load(Ordering::Relaxed);
        let own = known.into_iter().find(|trouble| *trouble as u8 == is).unwrap_or(Trouble::None);
        let others = self.others.iter().map(Condition::get);
        std::iter::once(own).chain(others).find(|trouble| *trouble != Trouble::None).unwrap_or(Trouble::None)
    }
}

/// How a refused token is borne.
#[derive(Debug, Default)]
pub(super) struct Grace {
    was_good: bool,
    refused_since: Option<Instant>,
}

impl Grace {
    /// Telegram took the token.
    pub(super) fn good(&mut self) {
        *self = Grace { was_good: true, refused_since: None };
    }

    /// Telegram refused it: whether to try again. One that never was good is wrong. Beside others
    /// one that was good is tried for ever: the people of the others are not to suffer for it.
    pub(super) fn bears(&mut self, now: Instant, others: bool) -> bool {
        let since = *self.refused_since.get_or_insert(now);
        self.was_good && (others || now.saturating_duration_since(since) < GRACE)
    }
}

/// Lets something be said now and then.
#[derive(Debug, Default)]
pub(super) struct Seldom {
    said: Option<Instant>,
    unsaid: u64,
}

impl Seldom {
    /// How often it happened since it was said last, with this time; none if it was said a moment
    /// ago.
    pub(super) fn say(&mut self, now: Instant) -> Option<u64> {
        self.unsaid += 1;
        if self.said.is_some_and(|said| now.saturating_duration_since(said) < TELL_AGAIN) {
            return None;
        }
        self.said = Some(now);
        Some(std::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_was_good_is_borne_for_minutes_and_another_is_not() {
        let now = Instant::now();
        let mut grace = Grace::default();
        assert!(!grace.bears(now, false) && !grace.bears(now, true), "a wrong one");
        grace.good();
        assert!(grace.bears(now, false) && grace.bears(now + GRACE - Duration::from_secs(1), false));
        assert!(!grace.bears(now + GRACE, false) && grace.bears(now + GRACE, true));
        grace.good();
        assert!(grace.bears(now + GRACE, false), "from anew");
    }

    #[test]
    fn what_repeats_is_said_seldom_and_counted() {
        let (now, mut seldom) = (Instant::now(), Seldom::default());
        assert_eq!(seldom.say(now), Some(1));
        assert!((0..5).all(|_| seldom.say(now).is_none()));
        assert_eq!(seldom.say(now + TELL_AGAIN), Some(6));
    }

    #[test]
    fn what_is_wrong_with_one_of_several_bots_is_seen() {
        let (one, other) = (Condition::default(), Condition::default());
        let all = Condition::of([one.clone(), other.clone()]);
        assert_eq!((all.get(), all.certificate_refused()), (Trouble::None, false));
        other.set(Trouble::Conflict);
        other.set_certificate_refused(true);
        one.set(Trouble::None);
        assert_eq!((all.get(), all.certificate_refused()), (Trouble::Conflict, true));
    }

    #[test]
    fn a_condition_is_what_was_set() {
        let condition = Condition::default();
        assert_eq!(condition.get(), Trouble::None);
        for trouble in [Trouble::TokenRefused, Trouble::Conflict, Trouble::ToldToWait, Trouble::Away] {
            condition.set(trouble);
            assert_eq!(condition.get(), trouble);
            assert!(trouble.reason().is_some());
        }
    }
}
