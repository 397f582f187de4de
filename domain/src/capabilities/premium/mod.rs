//! Premium: what the session knows of the user's entitlements, when it asks anew, and /premium.
//!
//! Whoever changes what somebody has does not say what they have now, but that it changed: the
//! session asks again. So no word that was long on its way takes the place of a newer one.
//!
//! The session's own knowledge stands before the cache and the store: only a command or a pressed
//! button can need it (a search, /premium), and only when it is old is anybody asked. What people
//! say to each other never asks.

mod entitlements;
#[cfg(test)]
mod tests;

pub use entitlements::Entitlements;

use super::{Before, Capability, Fact, Nothing, billing};
use crate::session::account::Phase;
use crate::session::{Asked, Command, Effect, Feature, SessionCore, Turn, asks_something, home};
use crate::text::{Msg, Screen};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// How long an answer is good for, milliseconds.
pub const GOOD_FOR_MS: i64 = 600_000;
/// How soon it is asked again when there was no answer, milliseconds.
pub const AGAIN_MS: i64 = 30_000;

/// The capability.
pub enum Premium {}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// What the user is entitled to.
    Entitlements {
        /// Which question of the session's it is: the answer bears the same number.
        question: u32,
    },
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The answer to a question.
    Entitled {
        /// To which.
        question: u32,
        /// What the user is entitled to; none: there was no answer in time.
        answer: Option<Entitlements>,
    },
    /// What the user is entitled to has changed: what is known is worth nothing.
    Changed,
}

/// What is known of the user's entitlements.
#[derive(Debug, Default)]
pub struct Known {
    entitlements: Entitlements,
    /// An answer has come at least once.
    heard: bool,
    /// When it was asked last, and whether there was an answer.
    asked: Option<(Millis, bool)>,
    /// The latest question that goes on beside the session.
    latest: u32,
    /// The question whose answer is known: that of an earlier one is older.
    answered: u32,
    /// It has changed since there was an answer.
    changed: bool,
}

impl Known {
    /// The number of the next question: later than any that is under way.
    fn next(&self) -> u32 {
        self.latest.max(self.answered).wrapping_add(1)
    }

    /// Takes an answer. Without one, what was known goes on: who has paid does not lose it by an
    /// outage. One that was overtaken says nothing. Whether it said something.
    fn hear(&mut self, question: u32, answer: Option<Entitlements>, now: Millis) -> bool {
        if question < self.answered {
            return false;
        }
        if answer.is_some() {
            self.answered = question;
        }
        self.learn(answer, now);
        true
    }

    fn learn(&mut self, answer: Option<Entitlements>, now: Millis) {
        self.asked = Some((now, answer.is_some()));
        if let Some(entitlements) = answer {
            (self.entitlements, self.heard) = (entitlements, true);
        }
    }

    /// Whether they have premium, as far as is known.
    pub(crate) fn lasts(&self, now: Millis) -> bool {
        self.entitlements.premium(now).is_some()
    }

    /// Until when a partner whom they asked back may answer, as far as is known.
    pub(crate) fn asks_until(&self) -> Option<Millis> {
        self.entitlements.asks_until
    }

    fn is_old(&self, now: Millis) -> bool {
        // A clock that was set back says nothing about how long ago it was.
        self.asked.is_none_or(|(at, answered)| {
            at > now || now.since(at) >= if answered { GOOD_FOR_MS } else { AGAIN_MS }
        })
    }
}

impl Capability for Premium {
    type State = Known;
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "pr",
        commands: &[Command::new("premium", 90, "command-premium").repeatable()],
        on_command,
        on_press: |session, parts, turn| match parts {
            ["show"] => show(session, turn),
            _ => turn.toast("error-old-button"),
        },
    };

    /// Before a search goes on, or may begin.
    fn needs(known: &Known, before: &Before<'_>, now: Millis) -> Option<Request> {
        let concerned = match before {
            Before::Update(update) => known.is_old(now) && asks_something(update),
            Before::Loaded(account) => matches!(account.phase, Phase::Searching { .. }),
        };
        concerned.then(|| Request::Entitlements { question: known.next() })
    }

    fn unanswered(Request::Entitlements { question }: &Request) -> Event {
        Event::Entitled { question: *question, answer: None }
    }

    fn on_event(session: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        let known = &mut session.capabilities.premium;
        match event {
            Event::Changed => changed(session, turn),
            Event::Entitled { question, answer } => {
                let (now, before) = (turn.now(), known.entitlements);
                if !known.hear(question, answer, now) || answer.is_none() || !known.changed {
                    return;
                }
                known.changed = false;
                if before.premium(now).is_some() != known.entitlements.premium(now).is_some() {
                    // A search that is going on has its new place at once.
                    session.seek(turn);
                }
            }
        }
    }

    fn hears(session: &mut SessionCore, fact: Fact, turn: &mut Turn<'_>) {
        // The row goes with the rest; it may still be there when asked at once.
        if fact == Fact::Erased {
            let known = &mut session.capabilities.premium;
            // Questions that are under way may find it, too.
            known.answered = known.next();
            known.learn(Some(Entitlements::default()), turn.now());
        }
    }

    fn goes_first(known: &Known, now: Millis) -> bool {
        known.lasts(now)
    }
}

/// What is known is worth nothing any more: it is asked again, beside the session.
pub(super) fn changed(session: &mut SessionCore, turn: &mut Turn<'_>) {
    let known = &mut session.capabilities.premium;
    // A command that comes before the answer asks for itself.
    (known.asked, known.changed) = (None, true);
    known.latest = known.next();
    let request = Request::Entitlements { question: known.latest };
    turn.push(Effect::Ask(super::Request::Premium(request)));
}

fn on_command(session: &mut SessionCore, _: &Asked<'_>, turn: &mut Turn<'_>) {
    show(session, turn);
}

/// What they have, and what is sold.
pub(super) fn show(session: &SessionCore, turn: &mut Turn<'_>) {
    let known = &session.capabilities.premium;
    let is_sold = !turn.rules.shop.products.is_empty();
    let may_try = !known.entitlements.tried && known.entitlements.premium(turn.now()).is_none();
    let screen = match known.entitlements.premium(turn.now()) {
        Some(_) => match known.entitlements.told_until(turn.now()) {
            Some(until) => Screen::of(Msg::new("premium-until").moment("until", until)),
            None => Screen::text("premium-renewing"),
        },
        None if !known.heard => return turn.say(home::back(Screen::text("premium-unknown"))),
        None if is_sold => {
            let text = Msg::new("premium-for-sale").number("again", turn.rules.again_per_day.into());
            Screen::of(text.number("dating", turn.rules.dating.into()))
        }
        None => Screen::text("premium-not-yet"),
    };
    let in_chat = session.account.pair().is_some();
    if known.entitlements.messages > 0 {
        turn.say(Screen::of(Msg::new("premium-messages").number("count", known.entitlements.messages)));
    }
    turn.say(home::back(billing::offers(screen, &turn.rules.shop, may_try, in_chat)));
}
