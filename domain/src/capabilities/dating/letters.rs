//! Letters between two of a match: words, photos, voices and whatever else a chat passes on, which
//! reach the other one wherever either of them is.
//!
//! Somebody is in one chat at most (I1). So where one of the two talks to another person, to a
//! character or to nobody, what they write to each other goes by letters. A letter is written in
//! one of two ways, and goes to a match and to nobody else:
//! - in reply to a letter: the bot's message bears the match's name in its first button, and
//!   Telegram sends that along with the reply, so nothing has to be looked up;
//! - after "Write": until its end all of it goes to that match, but for a reply to what a partner
//!   wrote. It is kept with the account, so that no crash sends words for one to another.
//!
//! Whose name of which match it is, and whether that lives, the store says when it takes a letter.

use super::asks::What;
use super::bot::ask;
use super::letter::Letter;
use super::marks::mark;
use super::token::Token;
use super::told::{Matched, Sheet};
use crate::capabilities::{Fact, admin, gate};
use crate::ids::{BotId, MessageId, PairId};
use crate::outgoing::Method;
use crate::relay::allowlist::{self, Rebuilt};
use crate::relay::content::{Answered, Inbound, Refused};
use crate::session::account::Phase;
use crate::session::review::ReportReason;
use crate::session::{Effect, SessionCore, Turn, leads_out};
use crate::text::{Button, Msg, Screen};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// UTF-16 units of a letter, or of the words below its file: there Telegram takes 1,024
/// (<https://core.telegram.org/bots/api#sendphoto>).
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
    /// It was taken, but its file does not get to the bot where the other one is: as nodes of the
    /// version before say it.
    Far,
    /// It came again, and another match, or nobody, was written to when it came first.
    Again,
}

/// What a session knows of the letters that its owner writes.
#[derive(Debug, Default)]
pub struct Pen {
    /// When they were told last to whom their words go.
    told: Option<Millis>,
    /// The letters that were taken last, the oldest first: a reply to one's own is for the same
    /// match. Each bot numbers its messages. Not kept: of others the store knows, which is asked
    /// where what is said goes by letter anyway.
    taken: Vec<(BotId, MessageId, Token)>,
    /// The album that came last as letters, to which match it goes, and the own message that it
    /// answers if the store has to say where that went: no item of it goes elsewhere, whether each
    /// of them says what it answers or the first alone.
    album: Option<Box<(String, Token, Option<MessageId>)>>,
    /// The chat with a match that runs, and what they are called.
    pub(super) talks: Option<Box<(PairId, String)>>,
}

impl Pen {
    /// The match that got this letter, if it is one of the last.
    fn got(&self, bot: BotId, message: MessageId) -> Option<Token> {
        let mut taken = self.taken.iter();
        taken.find(|(of, taken, _)| (*of, *taken) == (bot, message)).map(|(.., matched)| *matched)
    }

    /// The match to which this album goes, if it is the last one.
    fn goes_along(&self, album: Option<&str>) -> Option<Token> {
        let (last, matched, _) = &**self.album.as_ref()?;
        (Some(&**last) == album).then_some(*matched)
    }

    /// What this album answers, if it is the last one.
    fn answers_along(&self, album: Option<&str>) -> Option<MessageId> {
        let (last, _, answers) = &**self.album.as_ref()?;
        answers.filter(|_| Some(&**last) == album)
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
    let along = pen.goes_along(message.album.as_deref());
    if going.is_none() && own.is_none() && along.is_none() && message.answers.is_none() {
        return None;
    }
    let phase = session.account.phase;
    if !may_write(phase) {
        return None;
    }
    if along.is_some() {
        return along;
    }
    match &message.answers {
        Some(Answered::Buttons(data)) => named(data).or(going),
        // In a chat that is what the partner wrote: the answer is for them.
        Some(Answered::Bare) if matches!(phase, Phase::Chatting { .. }) => None,
        Some(Answered::Bare) | None => own.or(going),
    }
}

/// Whether a message itself says to whom it goes, whatever was pressed since.
fn is_addressed(message: &Inbound) -> bool {
    matches!(&message.answers, Some(Answered::Buttons(data)) if named(data).is_some())
}

/// A message goes to a match, or to nobody. One that comes again, after a crash or as a dead
/// letter, may be older than the press by which words go to this match: then it was for another
/// match, or for a partner, and is not for this one's eyes (I4). The store knows if it was taken.
pub(crate) fn write(
    session: &mut SessionCore,
    to: Token,
    (message, replayed): (Inbound, bool),
    turn: &mut Turn<'_>,
) {
    let bot = session.chat().bot();
    let is_late = replayed && !is_addressed(&message);
    let answers = answered(session, bot, &message);
    if let Some(album) = &message.album {
        session.capabilities.dating.album = Some(Box::new((album.clone(), to, answers)));
    }
    if !turn.rules.dating {
        // The operator has switched it off since.
        return held(session, (to, Unsent::Gone), turn);
    }
    if !gate::lets_write(session, turn) {
        // They are asked to join, and then told to whom they write. The words are not kept.
        if session.first_of_album(message.album.as_deref(), "dating-letter-again") {
            turn.say(Screen::text("dating-letter-again"));
        }
        gate::holds_press(session, &format!("dt:letter:{to}"), turn);
        return;
    }
    let Inbound { id, album, body, envelope, manner, .. } = message;
    let album = album.as_deref();
    let (payload, findings) = match allowlist::rebuild(body, &envelope, turn.rules) {
        Rebuilt::Pass { payload, findings } => (payload, findings),
        Rebuilt::Refused(refused) => return refuse(session, album, unfit(refused), turn),
        Rebuilt::Nothing => return,
    };
    let Some(mut letter) = Letter::of(payload) else { return refuse(session, album, UNFIT, turn) };
    let units = letter.units();
    if units > LENGTH {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let text = Msg::new("dating-letter-long").number("most", number(LENGTH)).number("is", number(units));
        return turn.say(Screen::of(text));
    }
    if let Some(file) = &mut letter.file {
        file.agreed = session.account.agrees_to_nudity();
        file.caption_above = manner.is_some_and(|manner| manner.caption_above);
    }
    let new_findings = session.new_of_album(album, findings);
    let file = letter.file.as_ref().map(|file| (file.kind, file.spoiler));
    match session.is_shadowed(turn.now()) {
        // What a shadow writes reaches nobody, and the shadow does not learn that.
        true => mark(session, id, turn),
        false => {
            let words = letter.file.is_none().then_some(&*letter.words.text);
            admin::watch(session, as_chat(to), words, leads_out(findings), turn);
            let letter = Box::new(letter);
            ask(session, What::Letter { matched: to, bot, message: id, letter, answers, is_late }, turn);
        }
    }
    session.tell_findings(new_findings, turn);
    if let Some((kind, is_spoilt)) = file {
        session.tell_of_file(kind, is_spoilt, turn);
    }
}

/// The own message that is answered and not remembered as a letter.
fn answered(session: &SessionCore, bot: BotId, message: &Inbound) -> Option<MessageId> {
    let pen = &session.capabilities.dating;
    let own = message.reply_to.filter(|_| message.answers.is_none());
    let own = own.filter(|&own| pen.got(bot, own).is_none());
    own.or_else(|| pen.answers_along(message.album.as_deref()))
}

/// What goes by no letter.
const UNFIT: &str = "dating-letter-kinds";

/// What is said of something that goes by no letter: of a file how it may go all the same.
fn unfit(refused: Refused) -> &'static str {
    match refused {
        Refused::ImageAsFile | Refused::VideoAsFile | Refused::AudioAsFile | Refused::TooLarge => {
            refused.key()
        }
        Refused::Contact
        | Refused::Location
        | Refused::Poll
        | Refused::Story
        | Refused::Paid
        | Refused::Game
        | Refused::Unknown => UNFIT,
    }
}

/// Says so, once an album.
fn refuse(session: &mut SessionCore, album: Option<&str>, key: &'static str, turn: &mut Turn<'_>) {
    if session.first_of_album(album, key) {
        turn.say(Screen::text(key));
    }
}

/// A match in place of a chat, where habits and pictures that went to many are counted by chats: a
/// number that no chat has.
pub fn as_chat(matched: Token) -> PairId {
    PairId((matched.0 | 1 << 63).cast_signed())
}

/// The call that shows letters of a match.
pub(super) fn shown(Sheet { file, parameters, instead }: Sheet) -> Effect {
    let name = file.as_ref().map_or("sendMessage", |file| file.kind.method());
    let files = file.into_iter().collect();
    Effect::Call(Box::new(Method { name, parameters, shows: true, files, instead }))
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
pub(super) fn taken(
    session: &mut SessionCore,
    (matched, bot, message): (Token, BotId, MessageId),
    turn: &mut Turn<'_>,
) {
    // They may be at another one by now, where that number is another message's.
    session.answers_at(bot);
    mark(session, message, turn);
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
        Unsent::Far => Msg::new("dating-letter-far"),
        Unsent::Again => Msg::new("dating-letter-again"),
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
        Fact::ChatEnded { .. } => session.capabilities.dating.talks = None,
        _ => {}
    }
}

/// Whoever writes letters is told to whom.
pub(super) fn remind(session: &SessionCore, turn: &mut Turn<'_>) {
    if let Some(matched) = session.account.letter {
        ask(session, What::Pen { matched }, turn);
    }
}

/// Why a letter is reported.
fn why(letter: Token) -> Screen {
    let reasons = ReportReason::ALL.into_iter().enumerate();
    let screen = reasons.fold(Screen::text("dating-letter-why"), |screen, (i, reason)| {
        screen.row([Button::new(reason.key(), format!("dt:letter_why:{i}:{letter}"))])
    });
    screen.row([Button::new("dating-button-letter-block", format!("dt:letter_block:{letter}"))])
}
