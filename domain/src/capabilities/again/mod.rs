//! The last partner, asked back: one who has premium, or a pack of it, may ask, and both have to
//! agree.
//!
//! Nobody learns who the other one is, and who does not want to, or does not answer, is not told
//! on: whoever asked hears at the end of the day that they did not come back, and no sooner. The
//! store decides (one row for each chat that ended); a session asks it, shows what it says, and
//! enters the chat that it opened.

mod screens;
#[cfg(test)]
mod tests;

pub use screens::with_button;

use super::billing::Good;
use super::{Capability, Fact, Nothing, premium};
use crate::ids::{PairId, UserId};
use crate::profile::Interests;
use crate::rules::Rules;
use crate::session::account::{LastChat, Phase};
use crate::session::notice::Notice as Owed;
use crate::session::{Asked, Effect, EndCause, Feature, SessionCore, Turn};
use crate::text::{Msg, Screen};
use crate::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};

/// How long after a chat's end its partner can be asked back, and can agree, milliseconds.
pub const WITHIN_MS: i64 = DAY_MS;

/// The capability.
pub enum Again {}

/// What is asked of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Ask the other one of a chat back.
    Ask {
        /// The chat that ended.
        pair: PairId,
        /// Questions that this user may ask within a day for nothing; beyond them one of a pack is
        /// used.
        most: u32,
    },
    /// The question that waits for this user, if there is one. It counts as put to them from then.
    Take,
    /// What this user says to a question.
    Answer {
        /// About which chat.
        pair: PairId,
        /// Whether they want to.
        yes: bool,
    },
    /// With whom this user is in a chat that both had agreed to.
    Find {
        /// The new chat.
        pair: PairId,
    },
    /// A question was not put to them after all: they talk to somebody.
    PutOff {
        /// About which chat.
        pair: PairId,
    },
    /// This user wants nobody back any more, nor what they were asked.
    Forget {
        /// What came later stays.
        before: Millis,
    },
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The question is kept. What comes of it is told by jobs.
    Asked,
    /// The same, and one of their pack was used for it.
    AskedByPack {
        /// How many they have now.
        left: u32,
    },
    /// It takes one of a pack, and they have none.
    Unpaid,
    /// This chat's partner was asked before.
    AskedBefore,
    /// No questions are left today.
    NoneLeft {
        /// How many there are in a day.
        most: u32,
    },
    /// The day is over, or the question was taken back.
    TooLate,
    /// Somebody asks for this user. Told by a job.
    Wanted,
    /// The question that waits for them.
    Question {
        /// About which chat.
        pair: PairId,
    },
    /// The other one is in another chat right now.
    Busy,
    /// Both have agreed: the chat is open.
    Opened {
        /// The new chat.
        pair: PairId,
        /// With whom.
        partner: UserId,
    },
    /// The same, without a name, as a job tells it.
    Met {
        /// The new chat.
        pair: PairId,
    },
    /// The day is over, and the other one did not come. Told by a job.
    Over {
        /// About which chat.
        pair: PairId,
        /// One of a pack was used for it, and is there again.
        #[serde(default)]
        returned: bool,
    },
    /// There is nothing.
    Nothing,
    /// The store does not answer.
    Away,
}

impl Event {
    /// Whether jobs were added with it, for somebody else to hear.
    pub fn concerns_another(self) -> bool {
        matches!(self, Event::Asked | Event::AskedByPack { .. } | Event::Opened { .. })
    }
}

/// Lines that no update asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "line")]
pub enum Notice {
    /// Somebody asks for them.
    Question {
        /// About which chat.
        pair: PairId,
    },
    /// Whom they asked for did not come.
    NotBack {
        /// About which chat.
        pair: PairId,
        /// One of a pack was used for it, and is there again.
        // Left out where it is not so: a line is found again by its text, also one of before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        returned: bool,
    },
}

/// What a session knows.
#[derive(Debug, Default)]
pub struct Known {
    /// A question waits for the end of the chat.
    waits: bool,
    /// They have asked, or have been asked, in this life: /stop takes it back.
    open: bool,
}

impl Capability for Again {
    type State = Known;
    type Request = Request;
    type Event = Event;
    type Notice = Notice;
    type Act = Nothing;

    const FEATURE: Feature = Feature { prefix: "ag", commands: &[], on_command: no_command, on_press };

    fn unanswered(_: &Request) -> Event {
        Event::Away
    }

    fn on_event(session: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        match event {
            Event::Wanted => match session.account.phase {
                Phase::Chatting { .. } => session.capabilities.again.waits = true,
                _ => take(session, turn),
            },
            Event::Question { pair } if session.account.pair().is_some() => {
                session.capabilities.again.waits = true;
                turn.not_owed(Owed::Capability(super::Notice::Again(Notice::Question { pair })));
                ask(Request::PutOff { pair }, turn);
            }
            Event::Question { pair } => {
                session.capabilities.again.open = true;
                notify(Notice::Question { pair }, turn);
            }
            Event::Over { pair, returned } => notify(Notice::NotBack { pair, returned }, turn),
            Event::Opened { pair, partner } => meet(session, pair, partner, turn),
            Event::Met { pair } if session.account.pair() == Some(pair) => {}
            Event::Met { pair } => ask(Request::Find { pair }, turn),
            Event::Nothing => {}
            Event::Asked => {
                session.capabilities.again.open = true;
                turn.say(Screen::text("again-asked"));
            }
            Event::AskedByPack { left } => {
                session.capabilities.again.open = true;
                turn.say(Screen::of(Msg::new("again-asked-pack").number("left", left.into())));
            }
            other => {
                let screen = screens::of(other, turn.rules);
                turn.say(screen);
            }
        }
    }

    fn hears(session: &mut SessionCore, fact: Fact, turn: &mut Turn<'_>) {
        let known = &mut session.capabilities.again;
        match fact {
            Fact::ChatEnded { .. } if std::mem::take(&mut known.waits) => take(session, turn),
            Fact::Erased => *known = Known::default(),
            // Who asked in a former life has what they asked for known from there.
            Fact::Stopped => {
                let asked = session.capabilities.premium.asks_until().is_some_and(|until| until > turn.now());
                if std::mem::take(&mut session.capabilities.again.open) || asked {
                    ask(Request::Forget { before: turn.now() }, turn);
                }
            }
            _ => {}
        }
    }

    fn screens(notice: Notice) -> Vec<Screen> {
        vec![screens::owed(notice)]
    }

    /// Nobody is asked while they talk to somebody; that the day is over stays so.
    fn still_holds(session: &SessionCore, notice: Notice) -> bool {
        match notice {
            Notice::Question { .. } => session.account.pair().is_none(),
            Notice::NotBack { .. } => true,
        }
    }
}

/// There is no command: it is asked by the buttons below the end of a chat.
fn no_command(_: &mut SessionCore, _: &Asked<'_>, _: &mut Turn<'_>) {}

fn on_press(session: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    let (verb, pair) = match *parts {
        [verb @ ("ask" | "yes" | "no"), pair] => (verb, pair.parse().ok().map(PairId)),
        _ => return turn.toast("error-old-button"),
    };
    let Some(pair) = pair else { return turn.toast("error-old-button") };
    match (session.account.phase, verb) {
        (Phase::Chatting { .. }, _) => turn.toast("again-in-chat"),
        (Phase::Onboarding { .. } | Phase::Underage { .. }, _) => session.show_where(turn),
        (_, "ask") => on_ask(session, pair, turn),
        (_, "yes") => ask(Request::Answer { pair, yes: true }, turn),
        _ => {
            turn.show(Screen::text("again-declined"));
            ask(Request::Answer { pair, yes: false }, turn);
        }
    }
}

fn on_ask(session: &SessionCore, pair: PairId, turn: &mut Turn<'_>) {
    if turn.rules.again_per_day == 0 {
        return turn.toast("error-old-button");
    }
    let Some(last) = askable(session, pair, turn.now()) else { return turn.toast("again-too-late") };
    if last.reported || session.account.blocked.has(last.partner) {
        return turn.toast("again-parted");
    }
    let has_premium = session.capabilities.premium.lasts(turn.now());
    if has_premium || turn.rules.shop.sells(Good::Again) {
        // Whoever asks has a row, so that erasing finds what they asked.
        turn.save();
        // What they have of packs the store alone knows.
        let most = if has_premium { turn.rules.again_per_day } else { 0 };
        ask(Request::Ask { pair, most }, turn);
    } else if turn.rules.shop.sells_premium() {
        turn.say(Screen::text("again-for-premium"));
        premium::show(session, turn);
    } else {
        turn.toast("error-old-button");
    }
}

/// The last chat, if it is this one and its partner can still be asked.
fn askable(session: &SessionCore, pair: PairId, now: Millis) -> Option<LastChat> {
    session.account.last_chat.filter(|last| last.pair == pair && now.since(last.ended) < WITHIN_MS)
}

/// Whether the button stands below the end of this chat: for who may press it, and where premium or
/// packs are sold.
fn is_offered(session: &SessionCore, pair: PairId, rules: &Rules, now: Millis) -> bool {
    let wanted = |last: LastChat| !last.reported && !session.account.blocked.has(last.partner);
    rules.again_per_day > 0
        && askable(session, pair, now).is_some_and(wanted)
        && (rules.shop.sells_premium()
            || rules.shop.sells(Good::Again)
            || session.capabilities.premium.lasts(now))
}

fn take(session: &SessionCore, turn: &mut Turn<'_>) {
    match session.account.phase {
        Phase::Idle | Phase::Searching { .. } | Phase::Companion { .. } => ask(Request::Take, turn),
        _ => {}
    }
}

/// Enters the chat that both agreed to; where somebody else is talked to, or they are not to be met
/// any more, it ends at once.
pub(crate) fn meet(session: &mut SessionCore, pair: PairId, partner: UserId, turn: &mut Turn<'_>) {
    let line = Owed::ChatBegan { pair, common: Interests::default(), again: true, matched: false };
    let is_free =
        matches!(session.account.phase, Phase::Idle | Phase::Searching { .. } | Phase::Companion { .. });
    let account = &session.account;
    if account.pair() == Some(pair) || session.has_left(pair) {
        return;
    }
    if is_free && !account.blocked_bot && !account.blocked.has(partner) && !session.is_shadowed(turn.now()) {
        session.enter_chat(pair, partner, line, turn);
    } else {
        turn.push(Effect::EndPair { pair, partner, cause: EndCause::Stopped });
        turn.not_owed(line);
    }
}

fn notify(notice: Notice, turn: &mut Turn<'_>) {
    turn.notify(Owed::Capability(super::Notice::Again(notice)));
}

fn ask(request: Request, turn: &mut Turn<'_>) {
    turn.push(Effect::Ask(super::Request::Again(request)));
}
