//! Characters that people share with each other. An operator looks at each before anybody else
//! does; who has made it is told to nobody.

use super::messages::{BadShare, Dialog, Event, SharedCard, Standing};
use super::own;
use super::screens::turned;
use super::{Request, SHARED, ask, go_home};
use crate::ids::DialogId;
use crate::session::account::Phase;
use crate::session::{SessionCore, Turn};
use crate::text::{Button, Msg, Screen};

/// What the session is told of it.
pub(super) fn on_event(session: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
    match event {
        Event::ShareAsked { name } => {
            turn.say(Screen::of(Msg::new("companion-share-asked").words("name", name)));
        }
        Event::ShareRefused(why) => turn.say(Screen::text(match why {
            BadShare::Contacts => "companion-share-contacts",
            BadShare::Waiting => "companion-share-waiting",
            BadShare::Refused => "companion-share-refused",
            BadShare::Closed => "companion-share-closed",
        })),
        Event::Unshared => turn.say(Screen::text("companion-unshared")),
        Event::ShareRuled { name, shown: true, .. } => {
            let key = match turn.rules.cast.sharing {
                true => "companion-share-shown",
                // Operators go on with what waits.
                false => "companion-share-later",
            };
            turn.say(Screen::of(Msg::new(key).words("name", name)));
        }
        Event::ShareRuled { name, shown: false, reason } => {
            turn.say(Screen::of(Msg::new("companion-share-no").words("name", name).words("reason", reason)));
        }
        Event::People { page, list, more } => turn.say(people(&list, page, more)),
        Event::PeopleCard(card) => own::pictured(one(&card), card.picture, turn),
        Event::ShareReported => turn.say(Screen::text("companion-people-reported")),
        Event::PersonaGone { dialog } => {
            // Whoever is in another dialog stays there.
            if dialog.is_some_and(|dialog| session.account.phase == (Phase::Companion { dialog })) {
                go_home(session, turn);
            }
            turn.say(away(dialog, turn.rules.cast.sharing));
        }
        _ => {}
    }
}

/// What comes of its buttons.
pub(super) fn on_press(session: &SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    let lang = session.account.lang;
    if !turn.rules.cast.sharing && matches!(parts, ["people" | "card" | "yes" | "ask", _]) {
        // A button of before. What is shared can still be taken back, and be reported.
        return turn.show(Screen::text("companion-share-closed"));
    }
    let request = match *parts {
        ["people", page] => page.parse().ok().map(|page| Request::People { page, lang }),
        ["card", id] => id.parse().ok().map(|shared| Request::PeopleCard { shared }),
        ["report", id] => id.parse().ok().map(|shared| Request::ReportShared { shared }),
        ["yes", own] => own.parse().ok().map(|own| Request::Share { own, lang }),
        ["off", own] => own.parse().ok().map(|own| Request::Unshare { own }),
        // What follows is said before it is asked for.
        ["ask", own] => match own.parse() {
            Ok(own) => return turn.show(sure(own)),
            Err(_) => None,
        },
        ["no"] => return turn.show(Screen::text("companion-share-kept")),
        _ => None,
    };
    match request {
        Some(request) => ask(request, turn),
        None => turn.toast("error-old-button"),
    }
}

/// The way to share one of somebody's own, where people may, or back from it.
pub(super) fn button(own: i64, standing: Option<Standing>, sharing: bool) -> Option<Button> {
    let (key, data) = match standing {
        None | Some(Standing::Refused) if !sharing => return None,
        None | Some(Standing::Refused) => ("companion-share", format!("ch:sh:ask:{own}")),
        Some(Standing::Waits) => ("companion-share-waits", format!("ch:sh:off:{own}")),
        Some(Standing::Shown) => ("companion-share-off", format!("ch:sh:off:{own}")),
        Some(Standing::Held) => ("companion-share-held", format!("ch:sh:off:{own}")),
    };
    Some(Button::new(key, data))
}

/// With the way to what people share.
pub(super) fn with_people(screen: Screen) -> Screen {
    screen.row([Button::new("companion-people", "ch:sh:people:0")])
}

/// Asks whether a character is really to be shared.
fn sure(own: i64) -> Screen {
    Screen::text("companion-share-sure").row([
        Button::new("companion-share-not", "ch:sh:no"),
        Button::new("companion-share-yes", format!("ch:sh:yes:{own}")),
    ])
}

/// A page of what people share.
fn people(list: &[SharedCard], page: usize, more: bool) -> Screen {
    let key = match (list.is_empty(), page) {
        (true, 0) => "companion-people-none",
        _ => "companion-people-list",
    };
    let screen = list.iter().fold(Screen::text(key), |screen, card| {
        let mut button = Button::new("companion-own-talk", format!("ch:sh:card:{}", card.id));
        button.label =
            Msg::new("companion-own-talk").words("name", card.name.clone()).number("age", card.age.into());
        screen.row([button])
    });
    turned(screen, "ch:sh:people", page, more)
}

/// One of them.
fn one(card: &SharedCard) -> Screen {
    let text = Msg::new("companion-people-card")
        .words("name", card.name.clone())
        .number("age", card.age.into())
        .words("words", own::first(&card.greeting));
    Screen::of(text).row([Button::new("companion-talk", format!("ch:new:{SHARED}{}", card.id))]).row([
        Button::new("companion-people-report", format!("ch:sh:report:{}", card.id)),
        Button::new("companion-people", "ch:sh:people:0"),
    ])
}

/// The way to report the character of a dialog, where somebody shares it.
pub(super) fn report(persona: &str) -> Option<Button> {
    let id: i64 = persona.strip_prefix(SHARED)?.parse().ok()?;
    Some(Button::new("companion-people-report", format!("ch:sh:report:{id}")))
}

/// A dialog whose character is not there any more.
pub(super) fn gone(dialog: &Dialog, sharing: bool) -> Screen {
    match dialog.persona.starts_with(SHARED) {
        true => away(Some(dialog.id), sharing),
        false => Screen::text("companion-gone"),
    }
}

/// That a shared character is not there any more, and what was said to it is.
fn away(dialog: Option<DialogId>, sharing: bool) -> Screen {
    let delete = dialog.map(|DialogId(id)| Button::new("companion-delete", format!("ch:del:{id}")));
    let people = sharing.then(|| Button::new("companion-people", "ch:sh:people:0"));
    let row: Vec<Button> = delete.into_iter().chain(people).collect();
    let screen = Screen::text("companion-people-gone");
    if row.is_empty() { screen } else { screen.row(row) }
}
