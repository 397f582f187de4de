//! Characters of somebody's own: what is asked of who makes one, their list, and the card of one.

use super::messages::{BadOwn, OwnCard, OwnLine, OwnStep};
use super::sharing;
use crate::outgoing::{KeptPicture, Picture};
use crate::session::{Effect, Turn};
use crate::text::{Button, Msg, Screen};

/// Letters of a character's first words on its card.
const FIRST: usize = 400;

/// Asks the next thing of who makes a character.
pub(super) fn making(step: OwnStep) -> Screen {
    Screen::text(match step {
        OwnStep::Name => "companion-own-name",
        OwnStep::Age => "companion-own-age",
        OwnStep::About => "companion-own-about",
        OwnStep::Greeting => "companion-own-greeting",
    })
}

/// Why a character, or its picture, is not taken.
pub(super) fn refused(why: BadOwn) -> Screen {
    Screen::of(match why {
        BadOwn::Minor => Msg::new("companion-own-minor"),
        BadOwn::NoAge => Msg::new("companion-own-no-age"),
        BadOwn::NoCard => Msg::new("companion-own-no-card"),
        BadOwn::Full => Msg::new("companion-own-full").number("most", super::OWN as i64),
        BadOwn::NoPicture => Msg::new("companion-own-no-picture"),
        BadOwn::BadPicture => Msg::new("companion-own-bad-picture"),
        BadOwn::Unseen => Msg::new("companion-own-unseen"),
    })
}

/// Somebody's own characters, each with a way to it, to its card and away from it, and to share it
/// where people may.
pub(super) fn list(list: &[OwnLine], sharing: bool) -> Screen {
    let mut screen = Screen::text(if list.is_empty() { "companion-own-none" } else { "companion-own-list" });
    for line in list {
        let open = Button::new("companion-own-open", format!("ch:own_card:{}", line.id));
        let share = sharing::button(line.id, line.shared, sharing);
        let row = [talk(line), open].into_iter().chain(share).chain([delete(line.id)]);
        screen = screen.row(row);
    }
    screen.row([Button::new("companion-own-new", "ch:own-new")])
}

fn talk(OwnLine { id, name, age, .. }: &OwnLine) -> Button {
    let mut talk = Button::new("companion-own-talk", format!("ch:new:+{id}"));
    talk.label = Msg::new("companion-own-talk").words("name", name.clone()).number("age", (*age).into());
    talk
}

fn delete(id: i64) -> Button {
    Button::new("companion-delete", format!("ch:own-del:{id}"))
}

/// Shows the card of one, with its picture if it has one, and what can be done with it.
pub(super) fn card(OwnCard { line, greeting, picture }: OwnCard, turn: &mut Turn<'_>) {
    let text = Msg::new("companion-own-card")
        .words("name", line.name.clone())
        .number("age", line.age.into())
        .words("words", first(&greeting));
    let change = match picture {
        Some(_) => "companion-own-picture-other",
        None => "companion-own-picture",
    };
    let change = Button::new(change, format!("ch:own_pic:{}", line.id));
    let none = Button::new("companion-own-picture-none", format!("ch:own_pic_no:{}", line.id));
    let pictures = std::iter::once(change).chain(picture.is_some().then_some(none));
    let share = sharing::button(line.id, line.shared, turn.rules.cast.sharing);
    let screen = Screen::of(text)
        .row([talk(&line)])
        .row(pictures)
        .row(share.into_iter().chain([delete(line.id)]))
        .row([Button::new("companion-own", "ch:own")]);
    pictured(screen, picture, turn);
}

/// The beginning of a character's first words, as its card has room for.
pub(super) fn first(greeting: &str) -> String {
    match greeting.char_indices().nth(FIRST) {
        Some((at, _)) => format!("{}…", &greeting[..at]),
        None => greeting.to_owned(),
    }
}

/// Shows a card, below its picture if there is one.
pub(super) fn pictured(screen: Screen, picture: Option<KeptPicture>, turn: &mut Turn<'_>) {
    match picture {
        Some(kept) => turn.push(Effect::Picture { picture: Picture::Kept(kept), screen }),
        None => turn.say(screen),
    }
}

/// Asks for the picture of a character.
pub(super) fn wished(name: String) -> Screen {
    Screen::of(Msg::new("companion-own-picture-wished").words("name", name))
}
