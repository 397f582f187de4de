//! Dating in the chat with the bot: what people press and write, and what they are shown.
//!
//! A session knows nothing of dating but to which match its owner writes letters
//! ([`super::letters`]): each press asks the store, which alone knows, and what comes back is
//! shown. So there is nothing to lose with a session, and two of a person's devices see the same.

pub use super::asks::{Known, Request, What};
use super::choices::Set;
use super::filters;
use super::found;
use super::letters::{self, Pen, Unsent};
use super::marks;
use super::pair::Verdict;
use super::person::Goal;
use super::profile::Answer;
use super::screens;
use super::talk;
pub use super::token::Token;
pub use super::told::{Event, Figures, Home, Matched, Photos, Sheet, Shown, Withheld};
use crate::capabilities::{self, Capability, Fact, Nothing, gate};
use crate::outgoing::Method;
use crate::relay::content::{Body, Inbound, MediaKind, OutMedia};
use crate::rules::Rules;
use crate::session::account::Phase;
use crate::session::review::ReportReason;
use crate::session::{Asked, Command, Effect, Feature, SessionCore, Turn};
use crate::text::Screen;
use crate::time::Millis;

/// The capability.
pub enum Dating {}

impl Capability for Dating {
    type State = Pen;
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "dt",
        commands: &[
            Command::new("dating", 15, "command-dating").help("help-dating").repeatable().only(is_on),
            Command { place: None, ..Command::new("matches", 0, "command-matches").repeatable().only(is_on) },
            Command { place: None, ..Command::new("stats", 0, "command-stats").repeatable().only(is_on) },
        ],
        on_command,
        on_press,
    };

    fn keeps_order(request: &Request) -> bool {
        matches!(request.what, What::Letter { .. })
    }

    fn unanswered(request: &Request) -> Event {
        match request.what {
            What::Write { matched } => Event::LetterHeld { matched, why: Unsent::Away },
            // They asked for nothing, and are shown nothing.
            What::LetterFailed { .. } => Event::Letters(Vec::new()),
            _ => Event::Away,
        }
    }

    fn hears(session: &mut SessionCore, fact: Fact, turn: &mut Turn<'_>) {
        letters::hear(session, fact, turn);
    }

    fn on_event(session: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        match event {
            Event::NotAsked => session.say_nobody_hears(turn),
            Event::Ended { partner, blocked } => talk::part(session, partner, blocked, turn),
            Event::ChatOpened { pair, partner, name, matched } => {
                talk::begin(session, (pair, partner), (name, matched), turn);
            }
            Event::Opened { bot } => session.turns_to(bot, turn),
            Event::Writes(one) => letters::begin(session, one, turn),
            Event::LetterTaken { matched, bot, message } => {
                letters::taken(session, (matched, bot, message), turn);
            }
            Event::Letters(sheets) => sheets.into_iter().for_each(|sheet| turn.push(letters::shown(sheet))),
            Event::LetterHeld { matched, why } => letters::held(session, (matched, why), turn),
            Event::LetterFailed { letter } => ask(session, What::LetterFailed { letter }, turn),
            Event::LettersLost { bot, messages, why } => marks::lost(session, (bot, messages), why, turn),
            Event::Show { method, parameters, photos } => {
                let name = match method {
                    Shown::Photo => "sendPhoto",
                    Shown::Album => "sendMediaGroup",
                    Shown::Text => "sendMessage",
                };
                let files = photos.into_iter().map(photo).collect();
                let call = Method { name, parameters, shows: true, files, ..Method::default() };
                turn.push(Effect::Call(Box::new(call)));
            }
            Event::Placed { says, then, .. } => {
                if let Some(parameters) = says {
                    let call = Method { name: "sendMessage", parameters, shows: true, ..Method::default() };
                    turn.push(Effect::Call(Box::new(call)));
                }
                Dating::on_event(session, *then, turn);
            }
            other => {
                let screen = screens::of(other, turn.rules);
                turn.say(screen);
            }
        }
    }
}

fn is_on(rules: &Rules) -> bool {
    rules.dating
}

/// Whether a button of dating works wherever its owner is: nothing that it shows there asks for
/// words.
fn works_anywhere(parts: &[&str]) -> bool {
    match *parts {
        ["matches" | "find"] | ["letter_why" | "found", ..] => true,
        [verb, _] => matches!(
            verb,
            "write"
                | "letter"
                | "unletter"
                | "letter_report"
                | "letter_block"
                | "share"
                | "share-yes"
                | "unshare"
                | "part"
                | "part-yes"
        ),
        _ => false,
    }
}

/// A photo of a profile, for whoever sends it at another bot. Its handle is kept with the profile
/// and stays the same, so its copies are known by that.
fn photo(handle: String) -> OutMedia {
    OutMedia {
        kind: MediaKind::Photo,
        unique_id: format!("profile:{handle}"),
        file_id: handle,
        launder: None,
        size: None,
        caption: Default::default(),
        spoiler: false,
        caption_above: false,
        veiled: false,
        agreed: false,
        preview: None,
    }
}

pub(super) fn ask(session: &SessionCore, what: What, turn: &mut Turn<'_>) {
    let request = Request { lang: session.account.lang, what };
    turn.push(Effect::Ask(capabilities::Request::Dating(request)));
}

/// What the account knows; none before its questions are answered.
fn known(session: &SessionCore) -> Option<Known> {
    let profile = session.account.profile()?;
    Some(Known { gender: profile.gender, genders: profile.wishes.genders, interests: profile.interests })
}

/// Whether a message in no chat may be an answer; then it is on its way to the store.
pub(crate) fn hears(session: &SessionCore, message: &Inbound, turn: &mut Turn<'_>) -> bool {
    let Some(seq) = turn.seq().filter(|_| turn.rules.dating) else { return false };
    let answer = match &message.body {
        Body::Text(rich) => Answer::Words(rich.text.clone()),
        Body::Media { media, .. } if media.kind == MediaKind::Photo => {
            let preview = media.preview.as_deref().unwrap_or(&media.file_id).to_owned();
            Answer::Photo { file: media.file_id.clone(), preview }
        }
        Body::Place { cell, is_live } => Answer::Place { cell: *cell, is_live: *is_live },
        _ => Answer::Other,
    };
    let since = session.account.last_chat.map_or(Millis(0), |last| last.ended);
    ask(session, What::Hear { seq, answer, since }, turn);
    true
}

/// Whether they may do what works anywhere; if not, they are told why.
fn admits_anywhere(session: &mut SessionCore, turn: &mut Turn<'_>) -> bool {
    let is_ready = letters::may_write(session.account.phase) && known(session).is_some();
    if !is_ready {
        session.show_where(turn);
    }
    is_ready
}

/// Whether they may do anything here; if not, they are told why. What is said next may be an answer
/// to what is asked then, and no letter.
fn admits(session: &mut SessionCore, turn: &mut Turn<'_>) -> bool {
    if let Phase::Chatting { .. } = session.account.phase {
        match turn.is_press() {
            true => turn.toast("dating-in-chat"),
            false => turn.say(Screen::text("dating-in-chat")),
        }
        return false;
    }
    let is_ready = matches!(session.account.phase, Phase::Idle | Phase::Searching { .. });
    if !is_ready || known(session).is_none() {
        session.show_where(turn);
        return false;
    }
    letters::lay_down(session, turn);
    true
}

fn on_command(session: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    let is_admitted = match asked.command {
        "matches" => admits_anywhere(session, turn),
        _ => admits(session, turn),
    };
    if !is_admitted {
        return;
    }
    match (asked.command, known(session)) {
        ("matches", _) if !asked.words.is_empty() => {
            ask(session, What::Found { part: found::part(asked.words), from: 0 }, turn);
        }
        ("matches", _) => ask(session, What::Matches, turn),
        ("stats", _) => ask(session, What::Stats, turn),
        (_, Some(known)) => ask(session, What::Enter(known), turn),
        (_, None) => {}
    }
}

fn on_press(session: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    if !turn.rules.dating {
        return turn.toast("error-old-button");
    }
    let is_admitted = match works_anywhere(parts) {
        true => admits_anywhere(session, turn),
        false => admits(session, turn),
    };
    if !is_admitted {
        return;
    }
    let Some(known) = known(session) else { return };
    let what = match *parts {
        ["home"] => What::Enter(known),
        ["fill"] => What::Fill(known),
        ["later"] => What::Leave,
        ["me"] => What::Preview,
        ["album"] => What::Album { card: None },
        ["photos"] => What::Photos,
        ["goods"] => What::Goods,
        ["filters"] => What::Filters(None),
        ["filter", name, value] => match filters::Change::of(name, value) {
            Some(change) => What::Filters(Some(change)),
            None => return turn.toast("error-old-button"),
        },
        ["choices"] => What::Choices(None),
        ["choose", name, value] => match Set::of(name, value) {
            Some(set) => What::Choices(Some(set)),
            None => return turn.toast("error-old-button"),
        },
        ["stats"] => What::Stats,
        ["likers"] => What::Likers,
        ["more"] => What::More,
        ["place"] => What::Place { pin: false },
        ["pin"] => What::Place { pin: true },
        ["undo"] => What::Undo,
        ["next"] => What::Next,
        ["matches"] => What::Matches,
        // Elsewhere what is said next is for somebody, or heard by nobody.
        ["find"] if session.account.phase != Phase::Idle => return turn.say(found::how()),
        ["find"] => {
            letters::lay_down(session, turn);
            What::Find
        }
        ["found", from, ref part @ ..] => match from.parse::<u16>() {
            Ok(from) => What::Found { part: found::part(&part.join(":")), from: from.into() },
            Err(_) => return turn.toast("error-old-button"),
        },
        ["pause"] => What::Pause(true),
        ["resume"] => What::Pause(false),
        ["delete"] => return turn.show(screens::delete()),
        ["delete-yes"] => What::Delete,
        ["why", _, _] => match reported(parts, gate::is_open(session, turn)) {
            Some(what) => what,
            None => return turn.toast("error-old-button"),
        },
        ["letter_why", n, letter] => match letters::reported(n, letter) {
            Some(what) => what,
            None => return turn.toast("error-old-button"),
        },
        ["skip"] | ["goal", _] => match answer(parts, turn) {
            Some(what) => what,
            None => return turn.toast("error-old-button"),
        },
        [verb, token] => match Token::of_word(token).and_then(|token| about(session, verb, token, turn)) {
            Some(what) => what,
            None => return,
        },
        _ => return turn.toast("error-old-button"),
    };
    ask(session, what, turn);
}

/// An answer by button.
fn answer(parts: &[&str], turn: &Turn<'_>) -> Option<What> {
    let answer = match *parts {
        ["goal", n] => Answer::Goal(*Goal::ALL.get(n.parse::<usize>().ok()?)?),
        _ => Answer::Skip,
    };
    Some(What::Hear { seq: turn.seq()?, answer, since: Millis(0) })
}

/// A report, with why.
fn reported(parts: &[&str], goes_on: bool) -> Option<What> {
    let ["why", n, token] = *parts else { return None };
    let reason = *ReportReason::ALL.get(n.parse::<usize>().ok()?)?;
    Some(What::Report { card: Token::of_word(token)?, reason: Some(reason), goes_on })
}

/// What is done about a card or a match; none: that was all.
fn about(session: &mut SessionCore, verb: &str, token: Token, turn: &mut Turn<'_>) -> Option<What> {
    // Nobody hears of a shadow's like, and the shadow does not learn that.
    let like = match session.is_shadowed(turn.now()) {
        true => Verdict::Pass,
        false => Verdict::Like,
    };
    Some(match verb {
        "like" => What::Say { card: token, verdict: like },
        "pass" => What::Say { card: token, verdict: Verdict::Pass },
        "wait" => What::Say { card: token, verdict: Verdict::Later },
        // Nothing is used up by who reaches nobody.
        "super" if like == Verdict::Pass => What::Say { card: token, verdict: like },
        "super" => What::Say { card: token, verdict: Verdict::SuperLike },
        "album" => What::Album { card: Some(token) },
        "first" => What::PhotoFirst { photo: token },
        "away" => What::PhotoAway { photo: token },
        "block" => What::Report { card: token, reason: None, goes_on: gate::is_open(session, turn) },
        "report" => {
            turn.say(screens::why(token));
            return None;
        }
        "write" | "letter" | "unletter" | "letter_report" | "letter_block" => {
            return letters::about(session, verb, token, turn);
        }
        "share" => {
            turn.show(screens::share(token));
            return None;
        }
        "share-yes" => What::Share { matched: token, on: true },
        "unshare" => What::Share { matched: token, on: false },
        "part" => {
            turn.show(screens::part(token));
            return None;
        }
        "part-yes" => What::Part { matched: token },
        _ => {
            turn.toast("error-old-button");
            return None;
        }
    })
}
