//! Letters between two of a match: words that reach the other one wherever either of them is.
//!
//! Somebody is in one chat at most (I1). So where one of the two talks to another person, to a
//! character or to nobody, what they write to each other goes by letters. A letter is written in
//! one of two ways, and goes to a match and to nobody else:
//! - in reply to a letter: the bot's message bears the match's name in its first button, and
//!   Telegram sends that along with the reply, so nothing has to be looked up;
//! - after "Write": until its end all words go to that match, but for a reply to what a partner
//!   wrote. It is kept with the account, so that no crash sends words for one to another.
//!
//! Whose name of which match it is, and whether that lives, the store says when it takes a letter.

use super::asks::What;
use super::bot::ask;
use super::token::Token;
use super::told::Matched;
use crate::capabilities::{Fact, gate};
use crate::ids::{BotId, MessageId};
use crate::outgoing::Method;
use crate::relay::allowlist::{self, Rebuilt};
use crate::relay::content::{Answered, Inbound, Payload};
use crate::session::account::Phase;
use crate::session::review::ReportReason;
use crate::session::{Effect, SessionCore, Turn};
use crate::text::{Button, Msg, Screen};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// UTF-16 units of a letter.
pub const LENGTH: usize = 1_000;
/// Letters from one person to one match within a day.
pub const TO_ONE: i64 = 50;
/// Letters from one person within a day.
pub const TO_ALL: i64 = 200;
/// Letters from one person to one match that wait to be told: in quiet hours they do.
pub const WAITING: i64 = 20;
/// Whoever goes on with letters after this time is told again to whom they go, milliseconds.
const FORGOTTEN_MS: i64 = 3_600_000;
/// Own letters that a session remembers.
const REMEMBERED: usize = 16;
/// How the bot marks a letter that it took: one of the reactions that bots may set
/// (<https://core.telegram.org/bots/api#reactiontypeemoji>).
const TAKEN: &str = "🕊";

/// Why a letter was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsent {
    /// There is no such match (any more), or nobody may be written to.
    Gone,
    /// Enough for one day, to this match.
    Enough,
    /// Enough for one day, to all of them.
    EnoughForAll,
    /// Enough of them wait to be told.
    Waiting,
    /// The store could not say whether there is such a match.
    Away,
}

/// What a session knows of the letters that its owner writes.
#[derive(Debug, Default)]
pub struct Pen {
    /// When they were told last to whom their words go.
    told: Option<Millis>,
    /// The letters that were taken last, the oldest first: a reply to one's own is for the same
    /// match. Each bot numbers its messages. Not kept: after a restart it goes where words go.
    taken: Vec<(BotId, MessageId, Token)>,
}

impl Pen {
    /// The match that got this letter, if it is one of the last.
    fn got(&self, bot: BotId, message: MessageId) -> Option<Token> {
        let mut taken = self.taken.iter();
        taken.find(|(of, taken, _)| (*of, *taken) == (bot, message)).map(|(.., matched)| *matched)
    }
}

/// Whether somebody who is there may write a letter.
pub(super) fn may_write(phase: Phase) -> bool {
    match phase {
        Phase::Idle | Phase::Searching { .. } | Phase::Chatting { .. } | Phase::Companion { .. } => true,
        Phase::Onboarding { .. } | Phase::Underage { .. } => false,
    }
}

/// The match that a button below a letter, or below the line to whom words go, is about.
fn named(data: &str) -> Option<Token> {
    let (verb, token) = data.strip_prefix("dt:")?.split_once(':')?;
    matches!(verb, "letter" | "unletter").then(|| Token::of_word(token)).flatten()
}

/// To which match a message goes as a letter; none: it goes where words go. Of nearly every message
/// only three values are looked at.
pub(crate) fn whom(session: &SessionCore, message: &Inbound) -> Option<Token> {
    let (going, pen) = (session.account.letter, &session.capabilities.dating);
    let own = match message.answers {
        None if !pen.taken.is_empty() => message.reply_to.and_then(|to| pen.got(session.chat().bot(), to)),
        _ => None,
    };
    if going.is_none() && own.is_none() && message.answers.is_none() {
        return None;
    }
    let phase = session.account.phase;
    if !may_write(phase) {
        return None;
    }
    match &message.answers {
        Some(Answered::Buttons(data)) => named(data).or(going),
        // In a chat that is what the partner wrote: the answer is for them.
        Some(Answered::Bare) if matches!(phase, Phase::Chatting { .. }) => None,
        Some(Answered::Bare) | None => own.or(going),
    }
}

/// A message goes to a match, or to nobody.
pub(crate) fn write(session: &mut SessionCore, to: Token, message: Inbound, turn: &mut Turn<'_>) {
    if !turn.rules.dating {
        // The operator has switched it off since.
        return held(session, (to, Unsent::Gone), turn);
    }
    if !gate::is_open(session, turn) {
        // They are asked to join, and then told to whom they write. The words are not kept.
        if session.first_of_album(message.album.as_deref(), "dating-letter-again") {
            turn.say(Screen::text("dating-letter-again"));
        }
        gate::holds_press(session, &format!("dt:letter:{to}"), turn);
        return;
    }
    let (words, findings) = match allowlist::rebuild(message.body, &message.envelope, turn.rules) {
        Rebuilt::Pass { payload: Payload::Text(words), findings } => (words, findings),
        Rebuilt::Pass { .. } | Rebuilt::Refused(_) => {
            if session.first_of_album(message.album.as_deref(), "dating-letter-words") {
                turn.say(Screen::text("dating-letter-words"));
            }
            return;
        }
        Rebuilt::Nothing => return,
    };
    if words.text.trim().is_empty() {
        return turn.say(Screen::text("dating-letter-words"));
    }
    let units = words.text.encode_utf16().count();
    if units > LENGTH {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let text = Msg::new("dating-letter-long").number("most", number(LENGTH)).number("is", number(units));
        return turn.say(Screen::of(text));
    }
    match session.is_shadowed(turn.now()) {
        // What a shadow writes reaches nobody, and the shadow does not learn that.
        true => mark(session, message.id, turn),
        false => {
            let bot = session.chat().bot();
            ask(session, What::Letter { matched: to, bot, message: message.id, words }, turn);
        }
    }
    session.tell_findings(findings, turn);
}

/// A button of letters; what is asked, if anything.
pub(super) fn about(
    session: &mut SessionCore,
    verb: &str,
    token: Token,
    turn: &mut Turn<'_>,
) -> Option<What> {
    match verb {
        // At once, so that no word that follows goes elsewhere, after a crash either; the store may
        // say that there is no such match, or that the two can talk.
        "letter" | "write" => {
            session.account.letter = Some(token);
            turn.save();
            Some(match verb {
                "write" => What::Write { matched: token },
                _ => What::Pen { matched: token },
            })
        }
        "unletter" => {
            lay_down(session, turn);
            turn.say(Screen::text(match session.account.phase {
                Phase::Chatting { .. } => "dating-letter-back-chat",
                Phase::Companion { .. } => "dating-letter-back-character",
                _ => "dating-letter-back",
            }));
            None
        }
        "letter_report" => {
            turn.say(why(token));
            None
        }
        _ => Some(What::LetterReport { letter: token, reason: None }),
    }
}

/// A report of a letter, with why.
pub(super) fn reported(n: &str, letter: &str) -> Option<What> {
    let reason = *ReportReason::ALL.get(n.parse::<usize>().ok()?)?;
    Some(What::LetterReport { letter: Token::of_word(letter)?, reason: Some(reason) })
}

/// Words go to this match: that is said. Nothing is, where they have ended it meanwhile, or write
/// to another one.
pub(super) fn begin(session: &mut SessionCore, one: Matched, turn: &mut Turn<'_>) {
    if !may_write(session.account.phase) || session.account.letter != Some(one.token) {
        return;
    }
    session.capabilities.dating.told = Some(turn.now());
    let text = Msg::new("dating-letter-to").words("name", one.name).number("age", one.age.into());
    turn.say(Screen::of(text).row([back(one.token)]));
}

/// A letter was taken.
pub(super) fn taken(session: &mut SessionCore, (matched, message): (Token, MessageId), turn: &mut Turn<'_>) {
    mark(session, message, turn);
    let bot = session.chat().bot();
    let taken = &mut session.capabilities.dating.taken;
    if taken.len() == REMEMBERED {
        taken.remove(0);
    }
    taken.push((bot, message, matched));
    // A clock that was set back says nothing of how long ago it was.
    let lately = |told: Millis| told <= turn.now() && turn.now().since(told) < FORGOTTEN_MS;
    if session.account.letter == Some(matched) && !session.capabilities.dating.told.is_some_and(lately) {
        ask(session, What::Pen { matched }, turn);
    }
}

/// A letter was not taken: why.
pub(super) fn held(session: &mut SessionCore, (matched, why): (Token, Unsent), turn: &mut Turn<'_>) {
    let is_over = matches!(why, Unsent::Gone | Unsent::Away) && session.account.letter == Some(matched);
    // Whoever was told that nobody else reads what they write may be writing on: only "Back" ends
    // it. Where it is switched off, that button does nothing.
    let goes_on = is_over && turn.rules.dating && session.capabilities.dating.told.is_some();
    if is_over && !goes_on {
        lay_down(session, turn);
    }
    let screen = Screen::of(match why {
        Unsent::Gone => Msg::new("dating-letter-gone"),
        Unsent::Enough => Msg::new("dating-letter-enough").number("most", TO_ONE),
        Unsent::EnoughForAll => Msg::new("dating-letter-enough-all").number("most", TO_ALL),
        Unsent::Waiting => Msg::new("dating-letter-waiting").number("count", WAITING),
        Unsent::Away => Msg::new("dating-away"),
    });
    turn.say(if goes_on { screen.row([back(matched)]) } else { screen });
}

/// The button that ends it.
fn back(matched: Token) -> Button {
    Button::new("dating-button-letter-back", format!("dt:unletter:{matched}"))
}

/// What they write goes where it went before. A letter that is not kept yet comes again after a
/// crash, and nothing says then that it was one: what was said up to here is not for whom they talk
/// to (I4).
pub(super) fn lay_down(session: &mut SessionCore, turn: &mut Turn<'_>) {
    if session.account.letter.take().is_some() {
        session.capabilities.dating.told = None;
        let applied = session.account.applied;
        if let Phase::Chatting { after, .. } = &mut session.account.phase {
            *after = applied.max(*after);
        }
        turn.save();
    }
}

/// Whoever gives /stop writes to nobody any more. Whoever is found while letters are written is not
/// written to until they end: that is said.
pub(super) fn hear(session: &mut SessionCore, fact: Fact, turn: &mut Turn<'_>) {
    match fact {
        Fact::Stopped => lay_down(session, turn),
        Fact::ChatBegan { .. } => remind(session, turn),
        _ => {}
    }
}

/// Whoever writes letters is told to whom.
pub(super) fn remind(session: &SessionCore, turn: &mut Turn<'_>) {
    if let Some(matched) = session.account.letter {
        ask(session, What::Pen { matched }, turn);
    }
}

/// Marks a message as a letter that was taken.
fn mark(session: &SessionCore, message: MessageId, turn: &mut Turn<'_>) {
    let (chat, message) = (session.account.user.0, message.0);
    let parameters = format!(
        r#"{{"chat_id":{chat},"message_id":{message},"reaction":[{{"type":"emoji","emoji":"{TAKEN}"}}]}}"#
    );
    let method = Method { name: "setMessageReaction", parameters, ..Method::default() };
    turn.push(Effect::Call(Box::new(method)));
}

/// Why a letter is reported.
fn why(letter: Token) -> Screen {
    let reasons = ReportReason::ALL.into_iter().enumerate();
    let screen = reasons.fold(Screen::text("dating-letter-why"), |screen, (i, reason)| {
        screen.row([Button::new(reason.key(), format!("dt:letter_why:{i}:{letter}"))])
    });
    screen.row([Button::new("dating-button-letter-block", format!("dt:letter_block:{letter}"))])
}
