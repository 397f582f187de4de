//! Characters to talk to. Each of them is an AI, says so, and is met on purpose: never as a person.
//!
//! A dialog is a phase of its own: no word is ever for a character and for a partner. What somebody
//! says becomes a turn with one job; the job asks a model, the reply is kept, then told. Which
//! words go to a model, what they may cost and what is refused is decided beside the session
//! ([`crate::companion`] has the rules); the session shows what came of it.

mod cast;
mod messages;
mod own;
mod press;
mod screens;
mod sharing;
#[cfg(test)]
mod tests;

pub use cast::{Cast, Character};
pub use messages::{
    BadOwn, BadShare, Dialog, Event, Fact, Held, OwnCard, OwnLine, OwnStep, OwnWords, Request, SharedCard,
    Standing, Summed, Trouble,
};
pub use screens::{PAGE, unnamed};

use super::{Capability, Nothing};
use crate::ids::{DialogId, MessageId};
use crate::outgoing::{Method, Picture};
use crate::relay::content::{Body, Inbound, MediaKind};
use crate::session::account::Phase;
use crate::session::{Asked, Command, Effect, Feature, SessionCore, Turn, home};
use crate::text::{Msg, Screen};

/// The capability.
pub enum Companion {}

impl Capability for Companion {
    type State = ();
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "ch",
        commands: &[
            Command::new("characters", 25, "command-characters")
                .help("help-characters")
                .repeatable()
                .only(|rules| rules.cast.is_on()),
            Command { place: None, ..Command::new("remember", 0, "command-characters") }
                .repeatable()
                .only(|rules| rules.cast.is_on()),
            Command { place: None, ..Command::new("memory", 0, "command-characters") }
                .repeatable()
                .only(|rules| rules.cast.is_on()),
            Command { place: None, ..Command::new("picture", 0, "command-characters") }
                .repeatable()
                .only(|rules| rules.cast.is_on() && rules.cast.pictures),
        ],
        on_command,
        on_press: press::on_press,
    };

    fn unanswered(_: &Request) -> Event {
        Event::NotNow
    }

    fn reads_files(request: &Request) -> bool {
        matches!(request, Request::File { .. } | Request::Photo { .. } | Request::PictureOfOwn { .. })
    }

    fn keeps_order(request: &Request) -> bool {
        request.is_of_turns()
    }

    fn stands_alone(_: &Request) -> bool {
        // The account, with its phase and that it is an adult's.
        true
    }

    fn on_event(session: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        let lang = session.account.lang;
        match event {
            Event::Begun { dialog, own: Some(own), .. } => {
                if enter(session, dialog, turn) {
                    turn.say(screens::notice(&own.name));
                    turn.say(screens::says(own.name, own.greeting));
                }
            }
            Event::Begun { dialog, persona, own: None } => {
                let cast = turn.rules.cast.clone();
                let Some((_, character)) = cast.find(&persona) else { return };
                if enter(session, dialog, turn) {
                    screens::beginning(character, lang).into_iter().for_each(|screen| turn.say(screen));
                }
            }
            Event::Opened { dialog, last } => {
                let allowed = turn.rules.cast.adult;
                let found = turn.rules.cast.find(&dialog.persona);
                let found = found.map(|(_, character)| character.persona.words(lang).name.clone());
                let Some(name) = dialog.name.clone().or(found) else {
                    return turn.say(sharing::gone(&dialog, turn.rules.cast.sharing));
                };
                if enter(session, dialog.id, turn) {
                    turn.say(screens::notice(&name));
                    turn.say(screens::opened(&dialog, last, (name, allowed)));
                }
            }
            Event::Dialogs { page, list, more } => {
                let screen = screens::dialogs(&list, page, more, &turn.rules.cast, lang);
                turn.say(screen);
            }
            Event::Kept | Event::Nothing => {}
            Event::Held(held) => turn.say(Screen::of(match held {
                Held::TooMany(seconds) => Msg::new("companion-too-many").number("seconds", seconds.into()),
                Held::Script(seconds) => Msg::new("companion-script").number("seconds", seconds.into()),
                Held::Waiting => Msg::new("companion-waiting"),
                Held::Drawing => Msg::new("companion-drawing-already"),
                Held::Pictures => Msg::new("companion-pictures-today"),
            })),
            Event::Replied { dialog, persona, notice, messages } => {
                replied(session, dialog, &persona, (notice, messages), turn);
            }
            Event::Remembered => turn.say(Screen::text("companion-remembered")),
            Event::FullOfFacts => turn.say(screens::full_of_facts()),
            Event::Facts { page, list, more, summed } => {
                let talks: Vec<(String, String)> = summed
                    .into_iter()
                    .map(|one| (one.name.unwrap_or_else(|| name_of(&one.persona, session, turn)), one.words))
                    .collect();
                turn.say(screens::facts(&list, &talks, page, more));
            }
            Event::Shown { dialog, edit, messages } => shown(session, dialog, (edit, messages), turn),
            // In another one what is said next would not be its title.
            Event::Naming { dialog } if session.account.phase != (Phase::Companion { dialog }) => {}
            Event::Naming { dialog } => turn.say(screens::naming(dialog)),
            Event::Named { title } => {
                turn.say(Screen::of(Msg::new("companion-named").words("title", title)));
            }
            Event::TitleKept => turn.say(Screen::text("companion-title-kept")),
            Event::Undone => turn.say(Screen::text("companion-undone")),
            Event::TooLate => turn.say(Screen::text("companion-too-late")),
            Event::Refused => turn.say(Screen::text("companion-refused")),
            Event::AdultOnly => turn.say(Screen::text("companion-adult-only")),
            Event::Help => {
                let contacts = turn.rules.cast.help(lang).to_owned();
                turn.say(Screen::of(Msg::new("companion-help").words("contacts", contacts)));
            }
            Event::Drawing { picture } => turn.say(screens::drawing(picture)),
            Event::PictureWaits { persona, picture } => {
                let name = name_of(&persona, session, turn);
                turn.say(screens::picture_waits(name, picture));
            }
            Event::NoPicture { why } => turn.say(screens::no_picture(why)),
            Event::Making { dialog, step } => {
                if enter(session, dialog, turn) {
                    turn.say(own::making(step));
                }
            }
            Event::OwnRefused(why) => {
                // One that is given up takes its dialog along.
                if why == BadOwn::Minor {
                    go_home(session, turn);
                }
                turn.say(own::refused(why));
            }
            Event::OwnList(list) => turn.say(own::list(&list, turn.rules.cast.sharing)),
            Event::OwnCard(card) => own::card(*card, turn),
            Event::OwnPictureWished { dialog, name } => {
                if enter(session, dialog, turn) {
                    turn.say(screens::notice(&name));
                    turn.say(own::wished(name));
                }
            }
            Event::OwnPictureKept { making } => {
                turn.say(Screen::text("companion-own-picture-kept"));
                // Whoever has left it meanwhile is asked nothing.
                if let Some((dialog, step)) = making
                    && session.account.phase == (Phase::Companion { dialog })
                {
                    turn.say(own::making(step));
                }
            }
            Event::ShareAsked { .. }
            | Event::ShareRefused(_)
            | Event::Unshared
            | Event::ShareRuled { .. }
            | Event::People { .. }
            | Event::PeopleCard(_)
            | Event::ShareReported
            | Event::PersonaGone { .. } => sharing::on_event(session, event, turn),
            Event::NoMedia => turn.say(Screen::text("companion-no-media")),
            Event::PictureStopped => turn.say(Screen::text("companion-picture-stopped")),
            Event::PictureGaveUp { picture } => ask(Request::PictureGaveUp { picture }, turn),
            Event::Adult { dialog, on } => turn.say(screens::adult(dialog, on)),
            Event::NoAdult => turn.say(Screen::text("companion-no-adult")),
            Event::Failed { dialog, turn: number, why } => turn.say(screens::failed(dialog, number, why)),
            Event::GaveUp { dialog, turn: number, attempt } => {
                ask(Request::GaveUp { dialog, turn: number, attempt }, turn);
            }
            Event::Gone => {
                go_home(session, turn);
                turn.say(Screen::text("companion-gone"));
            }
            Event::Deleted { dialog } => {
                if session.account.phase == (Phase::Companion { dialog }) {
                    go_home(session, turn);
                }
                turn.say(home::below("companion-deleted", turn.rules));
            }
            Event::NotNow => turn.say(Screen::text("companion-not-now")),
        }
    }
}

fn ask(request: Request, turn: &mut Turn<'_>) {
    turn.push(Effect::Ask(super::Request::Companion(request)));
}

/// Enters a dialog; not from a search or a chat with a person.
fn enter(session: &mut SessionCore, dialog: DialogId, turn: &mut Turn<'_>) -> bool {
    let is_free = matches!(session.account.phase, Phase::Idle | Phase::Companion { .. });
    if is_free {
        session.account.phase = Phase::Companion { dialog };
        // What is said next is for the character.
        session.account.letter = None;
        turn.save();
    }
    is_free
}

fn go_home(session: &mut SessionCore, turn: &mut Turn<'_>) {
    if let Phase::Companion { .. } = session.account.phase {
        session.account.phase = Phase::Idle;
        turn.save();
    }
}

/// /stop in a dialog.
pub(crate) fn leave(session: &mut SessionCore, turn: &mut Turn<'_>) {
    go_home(session, turn);
    turn.say(home::below("companion-left", turn.rules));
}

/// What a character is called in the user's language.
fn name_of(persona: &str, session: &SessionCore, turn: &Turn<'_>) -> String {
    match turn.rules.cast.find(persona) {
        Some((_, character)) => character.persona.words(session.account.lang).name.clone(),
        None => screens::unnamed(persona),
    }
}

/// Shows a reply. In a chat with a person it is not shown: nobody is to take the one for the other.
/// It is kept, and the dialog begins with it when it is opened.
fn replied(
    session: &mut SessionCore,
    dialog: DialogId,
    persona: &str,
    (notice, messages): (bool, Vec<String>),
    turn: &mut Turn<'_>,
) {
    let name = name_of(persona, session, turn);
    match session.account.phase {
        Phase::Searching { .. } | Phase::Chatting { .. } => {
            turn.say(Screen::of(Msg::new("companion-answered").words("name", name)));
        }
        Phase::Companion { dialog: open } if open != dialog => {
            turn.say(Screen::of(Msg::new("companion-answered").words("name", name)));
        }
        // Who is not (any more) an adult here is shown nothing of it.
        Phase::Onboarding { .. } | Phase::Underage { .. } => {}
        Phase::Idle | Phase::Companion { .. } => {
            if notice {
                turn.say(screens::notice(&name));
            }
            for parameters in messages {
                let method = Method { name: "sendMessage", parameters, shows: true, ..Method::default() };
                turn.push(Effect::Call(Box::new(method)));
            }
        }
    }
}

/// Shows another answer of several in place of the one before: to who is in no other dialog, and
/// with nobody.
fn shown(
    session: &SessionCore,
    dialog: DialogId,
    (edit, messages): (bool, Vec<String>),
    turn: &mut Turn<'_>,
) {
    match session.account.phase {
        Phase::Idle => {}
        Phase::Companion { dialog: open } if open == dialog => {}
        _ => return,
    }
    let (name, shows) = if edit { ("editMessageText", false) } else { ("sendMessage", true) };
    for parameters in messages {
        turn.push(Effect::Call(Box::new(Method { name, parameters, shows, ..Method::default() })));
    }
}

/// What somebody sends in a dialog.
pub(crate) fn on_words(session: &mut SessionCore, dialog: DialogId, message: Inbound, turn: &mut Turn<'_>) {
    if !turn.rules.cast.is_on() {
        // The operator has switched it off since.
        go_home(session, turn);
        return turn.say(home::below("companion-gone", turn.rules));
    }
    let words = match message.body {
        Body::Text(rich) => rich.text,
        _ if message.album.is_some() => {
            return session.answer_words(Screen::text("companion-no-media"), turn);
        }
        Body::Media { media, .. } if media.kind == MediaKind::Photo => {
            return ask(Request::Photo { dialog, file: media.file_id, size: media.size }, turn);
        }
        Body::Media { media, .. } if media.kind == MediaKind::Document => {
            return ask(Request::File { dialog, file: media.file_id, size: media.size }, turn);
        }
        _ => return turn.say(Screen::text("companion-no-media")),
    };
    if words.trim().is_empty() {
        return;
    }
    ask(Request::Say { dialog, message: named(session, message.id), words }, turn);
}

/// Letters of something that characters are to remember.
const FACT: usize = 300;
/// Characters of one person's own.
pub const OWN: usize = 20;
/// With whom a dialog is in which a character is made. No character has such a name.
pub const MAKING: &str = "+new";
/// How a dialog refers to a character that somebody shares: this and its number.
pub const SHARED: &str = "~";
/// Facts of one person.
pub const FACTS: usize = 30;

fn on_command(session: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    match asked.command {
        "characters" => show_card(session, 0, turn),
        _ if !may_meet(session, turn) => {}
        "memory" => ask(Request::Facts { page: 0 }, turn),
        "picture" => match session.account.phase {
            Phase::Companion { dialog } => draw(dialog, turn),
            _ => turn.say(Screen::text("companion-picture-where")),
        },
        _ if asked.words.is_empty() || asked.words.chars().count() > FACT => {
            turn.say(Screen::of(Msg::new("companion-remember-how").number("most", FACT as i64)));
        }
        _ => {
            // Whoever says something of themselves has a row, so that erasing finds it.
            turn.save();
            let message = named(session, asked.message);
            ask(Request::Remember { message, words: asked.words.to_owned() }, turn);
        }
    }
}

/// Has the scene of a dialog drawn.
fn draw(dialog: DialogId, turn: &mut Turn<'_>) {
    match (turn.rules.cast.pictures, turn.seq()) {
        (true, Some(seq)) => ask(Request::Picture { dialog, seq }, turn),
        _ => turn.toast("error-old-button"),
    }
}

/// What the store knows a message by: a dialog may go on at another bot, which has the same ids.
fn named(session: &SessionCore, message: MessageId) -> MessageId {
    session.chat().bot().message(message)
}

/// The user changed something that they had said in a dialog.
pub(crate) fn on_changed(session: &SessionCore, dialog: DialogId, message: Inbound, turn: &mut Turn<'_>) {
    if let Body::Text(rich) = message.body
        && turn.rules.cast.is_on()
        && !rich.text.trim().is_empty()
    {
        let message = named(session, message.id);
        ask(Request::Changed { dialog, message, words: rich.text }, turn);
    }
}

/// Shows the card at a place, or says why not. Beside a chat or a search it may be looked at, and
/// that is all: no word is ever for both.
fn show_card(session: &mut SessionCore, at: usize, turn: &mut Turn<'_>) {
    let is_busy = matches!(session.account.phase, Phase::Searching { .. } | Phase::Chatting { .. });
    let only_looks = is_busy && turn.rules.cast.is_on() && session.account.adult.is_some();
    if !only_looks && !may_meet(session, turn) {
        return;
    }
    let cast = turn.rules.cast.clone();
    match screens::card(&cast, at, session.account.lang, only_looks) {
        Some((character, screen)) => {
            turn.push(Effect::Picture { picture: Picture::Bytes(character.picture.clone()), screen });
        }
        None => turn.toast("error-old-button"),
    }
}

/// Whether the user may meet characters now: an adult with nothing else going on. Says why not.
fn may_meet(session: &mut SessionCore, turn: &mut Turn<'_>) -> bool {
    let may = turn.rules.cast.is_on();
    match session.account.phase {
        Phase::Idle | Phase::Companion { .. } if may && session.account.adult.is_some() => return true,
        Phase::Searching { .. } | Phase::Chatting { .. } if may => {
            turn.say(Screen::text("companion-busy"));
        }
        Phase::Onboarding { .. } | Phase::Underage { .. } if may => session.show_where(turn),
        _ => turn.toast("error-old-button"),
    }
    false
}
