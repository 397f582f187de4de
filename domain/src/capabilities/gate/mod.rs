//! The gate: whoever wants to meet somebody has joined the operator's channel, where the operator
//! wishes so (`GATE_CHANNEL`).
//!
//! It stands before searching, asking a partner back and agreeing to that, dating with what is
//! written to a match, and characters, and before nothing else: whoever is in a chat ends it,
//! reports, pays, reads and erases what is kept of them as ever. Telegram alone knows who has
//! joined. It is asked beside the session; where it does not answer, people come in.

#[cfg(test)]
mod tests;

use super::{Capability, Fact, Nothing};
use crate::ids::{MessageId, Seq};
use crate::session::account::Phase;
use crate::session::{Asked, Effect, Feature, SessionCore, Turn, features, home};
use crate::text::{Action, Button, Msg, Screen};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// For how long a member is one without being looked up again, milliseconds.
pub const GOOD_FOR_MS: i64 = 10 * 60_000;
/// For how long after that a member goes on while they are looked up, milliseconds.
pub const GRACE_MS: i64 = 24 * 3_600_000;

/// Commands behind the gate.
const COMMANDS: [&str; 5] = ["search", "next", "dating", "matches", "characters"];

/// Buttons of dating and of characters that lead out, let something go that is kept of somebody, or
/// set what they want to hear: nobody has to join anything for that.
const WAYS_OUT: [&str; 32] = [
    "delete",
    "delete-yes",
    "pause",
    "later",
    "report",
    "why",
    "block",
    "choices",
    "choose",
    "stats",
    "part",
    "part-yes",
    "unshare",
    "unletter",
    "letter_report",
    "letter_why",
    "letter_block",
    "away",
    "goods",
    "del",
    "del-yes",
    "own-del",
    "fact-del",
    "facts",
    "forget",
    "keep",
    "leave",
    "pic-stop",
    "adult_off",
    "adult-no",
    "name_no",
    "own_pic_no",
];

/// The same of buttons about characters that people share, behind `sh`.
const WAYS_OUT_SHARED: [&str; 3] = ["off", "report", "no"];

fn is_way_out(words: &str) -> bool {
    let mut verbs = words.split(':');
    match verbs.next() {
        Some("sh") => verbs.next().is_some_and(|verb| WAYS_OUT_SHARED.contains(&verb)),
        Some(verb) => WAYS_OUT.contains(&verb),
        None => false,
    }
}

/// The capability.
pub enum Gate {}

/// Whether the user has joined?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request;

/// What Telegram says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// None: it says nothing, or not in time.
    pub member: Option<bool>,
}

/// What a session knows of it.
#[derive(Debug, Default)]
pub struct Known {
    /// When Telegram last said that they had joined.
    member: Option<Millis>,
    /// When it was asked last, if it said nothing then.
    silent: Option<Millis>,
    /// What they wanted, until Telegram has answered, and where in the journal they said so.
    held: Option<Box<(Held, Option<Seq>)>>,
}

/// What somebody wanted.
#[derive(Debug, PartialEq, Eq)]
enum Held {
    Command(&'static str, MessageId),
    Press(String),
    /// To be looked up again.
    Look,
}

impl Capability for Gate {
    type State = Known;
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "gate",
        commands: &[],
        on_command: |_, _, _| {},
        on_press: |session, parts, turn| match parts {
            ["again"] if turn.rules.gate.is_some() => {
                session.capabilities.gate.member = None;
                hold(session, Held::Look, turn);
            }
            _ => turn.toast("error-old-button"),
        },
    };

    fn unanswered(_: &Request) -> Event {
        Event { member: None }
    }

    fn on_event(session: &mut SessionCore, Event { member }: Event, turn: &mut Turn<'_>) {
        let known = &mut session.capabilities.gate;
        known.silent = member.is_none().then(|| turn.now());
        match member {
            Some(true) => known.member = Some(turn.now()),
            Some(false) => known.member = None,
            None => {}
        }
        let Some(held) = known.held.take() else { return };
        // Banned while Telegram was asked: what they wanted is turned away as all they want now.
        if session.capabilities.admin.is_banned(turn.now()) {
            return;
        }
        match (member, turn.rules.gate.as_deref()) {
            (Some(false), Some(link)) => turn.say(join(link)),
            _ => resume(session, *held, turn),
        }
    }

    fn hears(session: &mut SessionCore, fact: Fact, _: &mut Turn<'_>) {
        match fact {
            // They want nothing more, or talk to somebody by now: what waited is not begun behind
            // their back.
            Fact::Stopped | Fact::ChatBegan { .. } | Fact::Erased => session.capabilities.gate.held = None,
            Fact::ChatEnded { .. } | Fact::ProfileChanged => {}
        }
    }
}

/// Whether this command waits before the gate; then it is carried out once its user may.
pub(crate) fn holds_command(
    session: &mut SessionCore,
    name: &'static str,
    message: MessageId,
    turn: &mut Turn<'_>,
) -> bool {
    COMMANDS.contains(&name) && !admits(session, turn, || Held::Command(name, message))
}

/// The same for a pressed button.
pub(crate) fn holds_press(session: &mut SessionCore, data: &str, turn: &mut Turn<'_>) -> bool {
    let is_behind = match data.split_once(':') {
        // "Go on" goes on with a search, and begins one where there is none any more.
        Some(("s", verb)) => {
            verb == "go" || verb == "more" && !matches!(session.account.phase, Phase::Searching { .. })
        }
        Some(("end", verb)) => verb.starts_with("next"),
        // A no is a way out. Beside a chat none begins, and they are told so.
        Some(("ag", words)) => {
            session.account.pair().is_none() && (words.starts_with("ask:") || words.starts_with("yes:"))
        }
        Some(("dt" | "ch", words)) => !is_way_out(words),
        _ => false,
    };
    is_behind && !admits(session, turn, || Held::Press(data.to_owned()))
}

/// For how long they were not looked up, milliseconds; none if they are not known as a member. A
/// clock that was set back says nothing about how long ago it was.
fn since_member(session: &SessionCore, now: Millis) -> Option<i64> {
    session.capabilities.gate.member.filter(|at| *at <= now).map(|at| now.since(at))
}

/// Whether what is behind the gate may follow a way out without a question: there is no gate, or
/// they were a member lately.
pub(crate) fn is_open(session: &SessionCore, turn: &Turn<'_>) -> bool {
    turn.rules.gate.is_none() || since_member(session, turn.now()).is_some_and(|age| age < GRACE_MS)
}

/// Whether what they write to a match leaves now. Words are not held: they are written once more
/// after Telegram's word, and where that does not come its silence lets them through for a while.
pub(crate) fn lets_write(session: &SessionCore, turn: &mut Turn<'_>) -> bool {
    if turn.rules.gate.is_none() {
        return true;
    }
    let now = turn.now();
    let silent = session.capabilities.gate.silent;
    let is_silent = silent.is_some_and(|at| at <= now && now.since(at) < GOOD_FOR_MS);
    match since_member(session, now) {
        Some(age) if age < GOOD_FOR_MS => true,
        Some(age) if age < GRACE_MS => {
            if !is_silent {
                ask(turn);
            }
            true
        }
        _ => is_silent,
    }
}

/// Whether they come in now. Whoever is not known as a member waits for Telegram's word; whoever
/// was one lately comes in while it is asked again.
fn admits(session: &mut SessionCore, turn: &mut Turn<'_>, held: impl FnOnce() -> Held) -> bool {
    // Whoever has not answered the first questions yet is asked those.
    if turn.rules.gate.is_none() || session.account.profile().is_none() {
        return true;
    }
    match since_member(session, turn.now()) {
        Some(age) if age < GOOD_FOR_MS => true,
        Some(age) if age < GRACE_MS => {
            ask(turn);
            true
        }
        _ => {
            hold(session, held(), turn);
            false
        }
    }
}

/// What came last is what they want.
fn hold(session: &mut SessionCore, held: Held, turn: &mut Turn<'_>) {
    let is_asked = session.capabilities.gate.held.replace(Box::new((held, turn.seq()))).is_some();
    if !is_asked {
        ask(turn);
    }
}

fn ask(turn: &mut Turn<'_>) {
    turn.push(Effect::Ask(super::Request::Gate(Request)));
}

fn resume(session: &mut SessionCore, (held, seq): (Held, Option<Seq>), turn: &mut Turn<'_>) {
    // Some answers are known by it when they come again.
    turn.resumes(seq);
    match held {
        Held::Look => turn.say(home::below("gate-open", turn.rules)),
        Held::Command(name, message) => {
            let feature = features().find(|feature| feature.commands.iter().any(|c| c.name == name));
            if let Some(feature) = feature {
                (feature.on_command)(session, &Asked { command: name, message, words: "" }, turn);
            }
        }
        Held::Press(data) => {
            session.on_pressed(&data, turn);
            turn.say_toast();
        }
    }
}

/// Where to join, and a button for whoever has.
fn join(link: &str) -> Screen {
    Screen::of(Msg::new("gate-join"))
        .row([Button::with("gate-button-join", Action::Url(link.to_owned()))])
        .row([Button::new("gate-button-joined", "gate:again")])
}
