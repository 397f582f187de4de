//! What is shown: cards, beginnings of dialogs, lists, and why there is no reply.

use super::{Cast, Character, Dialog, Fact, Trouble};
use crate::ids::DialogId;
use crate::session::home;
use crate::text::{Button, Lang, Msg, Screen};

/// Dialogs, or remembered facts, on a page of a list.
pub const PAGE: usize = 6;

/// The card of the character at a place. Whoever is with people only looks: what is of dialogs is
/// left out.
pub(super) fn card(cast: &Cast, at: usize, lang: Lang, only_looks: bool) -> Option<(&Character, Screen)> {
    let character = cast.characters.get(at)?;
    let words = character.persona.words(lang);
    let line = |n: usize| words.lines.get(n).cloned().unwrap_or_default();
    // Who allows it says so where people choose.
    let text = Msg::new(if cast.adult { "companion-card-adult" } else { "companion-card" })
        .words("name", words.name.clone())
        .number("age", character.persona.age.unwrap_or_default().into())
        .words("first", line(0))
        .words("second", line(1));
    let mut screen =
        Screen::of(text).row([Button::new("companion-talk", format!("ch:new:{}", character.persona.id))]);
    let mut turning = Vec::new();
    if at > 0 {
        turning.push(Button::new("companion-card-before", format!("ch:card:{}", at - 1)));
    }
    if at + 1 < cast.characters.len() {
        turning.push(Button::new("companion-card-next", format!("ch:card:{}", at + 1)));
    }
    if !turning.is_empty() {
        screen = screen.row(turning);
    }
    if only_looks {
        return Some((character, home::back(screen)));
    }
    let mine = [Button::new("companion-dialogs", "ch:mine:0"), Button::new("companion-own", "ch:own")];
    let screen = screen.row(mine);
    let screen = if cast.sharing { super::sharing::with_people(screen) } else { screen };
    Some((character, home::back(screen)))
}

/// How a dialog begins: that it is an AI, then the character's own words.
pub(super) fn beginning(character: &Character, lang: Lang) -> [Screen; 2] {
    let words = character.persona.words(lang);
    [notice(&words.name), says(words.name.clone(), words.greeting.clone())]
}

/// A character's first words.
pub(super) fn says(name: String, words: String) -> Screen {
    Screen::of(Msg::new("companion-says").words("name", name).words("words", words))
}

/// That a character is an AI: at the start, and from time to time.
pub(super) fn notice(name: &str) -> Screen {
    Screen::of(Msg::new("companion-notice").words("name", name.to_owned()))
}

/// A page of the person's dialogs.
pub(super) fn dialogs(list: &[Dialog], page: usize, more: bool, cast: &Cast, lang: Lang) -> Screen {
    if list.is_empty() && page == 0 {
        return Screen::text("companion-no-dialogs").row([Button::new("companion-enter", "ch:card:0")]);
    }
    let mut screen = Screen::text("companion-your-dialogs");
    for dialog in list {
        let mut button = Button::new("companion-dialog", format!("ch:open:{}", dialog.id.0));
        let name = cast.find(&dialog.persona).map(|(_, c)| c.persona.words(lang).name.clone());
        button.label = Msg::new("companion-dialog")
            .words("name", dialog.name.clone().or(name).unwrap_or_else(|| unnamed(&dialog.persona)))
            .words("title", if dialog.adult { format!("🔞 {}", dialog.title) } else { dialog.title.clone() })
            .moment("used", dialog.used);
        screen = screen.row([button]);
    }
    turned(screen, "ch:mine", page, more)
}

/// What a character is called that is not there any more.
pub fn unnamed(persona: &str) -> String {
    // A number says nothing to anybody.
    if persona.starts_with(['+', '~']) { "—".to_owned() } else { persona.to_owned() }
}

/// Buttons to the pages before and after.
pub(super) fn turned(screen: Screen, data: &str, page: usize, more: bool) -> Screen {
    let mut turning = Vec::new();
    if page > 0 {
        turning.push(Button::new("companion-page-before", format!("{data}:{}", page - 1)));
    }
    if more {
        turning.push(Button::new("companion-page-next", format!("{data}:{}", page + 1)));
    }
    if turning.is_empty() { screen } else { screen.row(turning) }
}

/// A dialog that was opened: where it stands, and what can be done with it.
///
/// With the way into adult mode, where the operator allows it, and always with the way out.
pub(super) fn opened(dialog: &Dialog, last: Option<String>, (name, allowed): (String, bool)) -> Screen {
    let text = match last {
        Some(words) => Msg::new("companion-opened").words("name", name).words("words", words),
        None => Msg::new("companion-opened-new").words("name", name),
    };
    let DialogId(id) = dialog.id;
    let screen = Screen::of(text)
        .row([
            Button::new("companion-leave", "ch:leave"),
            Button::new("companion-delete", format!("ch:del:{id}")),
        ])
        .row([
            Button::new("companion-memory", "ch:facts"),
            Button::new("companion-rename", format!("ch:name:{id}")),
        ]);
    let screen = match super::sharing::report(&dialog.persona) {
        Some(button) => screen.row([button]),
        None => screen,
    };
    match (dialog.adult, allowed) {
        (true, _) => screen.row([Button::new("companion-adult-off", format!("ch:adult_off:{id}"))]),
        (false, true) => screen.row([Button::new("companion-adult-on", format!("ch:adult:{id}"))]),
        (false, false) => screen,
    }
}

/// Asks how a dialog is to be called.
pub(super) fn naming(dialog: DialogId) -> Screen {
    Screen::text("companion-naming")
        .row([Button::new("companion-naming-no", format!("ch:name_no:{}", dialog.0))])
}

/// Asks whether adult mode is really wanted in this dialog.
pub(super) fn adult_sure(id: i64) -> Screen {
    Screen::text("companion-adult-sure").row([
        Button::new("companion-adult-stay", "ch:adult-no"),
        Button::new("companion-adult-yes", format!("ch:adult-yes:{id}")),
    ])
}

/// That adult mode is on, with the way out; or off.
pub(super) fn adult(dialog: DialogId, on: bool) -> Screen {
    match on {
        true => Screen::text("companion-adult-is-on")
            .row([Button::new("companion-adult-off", format!("ch:adult_off:{}", dialog.0))]),
        false => Screen::text("companion-adult-is-off"),
    }
}

/// Letters that are shown of what a character keeps of a dialog: three of them and a page of facts
/// stand in one message.
const SUMMED: usize = 500;

/// A page of what characters remember of the person, each fact with a way to forget it, and what
/// they keep of dialogs, by the characters' names.
pub(super) fn facts(facts: &[Fact], talks: &[(String, String)], page: usize, more: bool) -> Screen {
    let list: Vec<String> = facts.iter().map(|fact| format!("• {}", fact.words)).collect();
    let cut = |words: &str| match words.char_indices().nth(SUMMED) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words.to_owned(),
    };
    let talks: Vec<String> = talks.iter().map(|(name, words)| format!("🤖 {name}: {}", cut(words))).collect();
    let (list, talks) = (list.join("\n"), talks.join("\n\n"));
    let mut screen = Screen::of(match (list.is_empty(), talks.is_empty()) {
        (true, true) => return Screen::text("companion-no-facts"),
        (false, true) => Msg::new("companion-facts").words("facts", list),
        (true, false) => Msg::new("companion-talks").words("talks", talks),
        (false, false) => Msg::new("companion-facts-and-talks").words("facts", list).words("talks", talks),
    });
    for fact in facts {
        let mut button = Button::new("companion-fact-forget", format!("ch:fact-del:{}:{page}", fact.id));
        button.label = Msg::new("companion-fact-forget").words("fact", fact.words.chars().take(24).collect());
        screen = screen.row([button]);
    }
    turned(screen, "ch:facts", page, more).row([Button::new("companion-forget-all", "ch:forget")])
}

/// There is no room for more.
pub(super) fn full_of_facts() -> Screen {
    Screen::of(Msg::new("companion-full-of-facts").number("most", super::FACTS as i64))
        .row([Button::new("companion-memory", "ch:facts")])
}

/// Asks whether a dialog is really to go.
pub(super) fn sure(id: i64) -> Screen {
    Screen::text("companion-delete-sure").row([
        Button::new("companion-delete-no", "ch:keep"),
        Button::new("companion-delete-yes", format!("ch:del-yes:{id}")),
    ])
}

/// Why there is no reply; the person's words are kept.
pub(super) fn failed(dialog: DialogId, turn: u32, why: Trouble) -> Screen {
    let key = match why {
        Trouble::Away => "companion-away",
        Trouble::Spent => "companion-spent",
        Trouble::TooLong => return Screen::text("companion-too-long"),
    };
    Screen::text(key).row([Button::new("companion-try-again", format!("ch:again:{}:{turn}", dialog.0))])
}

/// That a picture is being drawn, with the way to stop it.
pub(super) fn drawing(picture: i64) -> Screen {
    Screen::text("companion-drawing")
        .row([Button::new("companion-drawing-stop", format!("ch:pic-stop:{picture}"))])
}

/// That a picture is there.
pub(super) fn picture_waits(name: String, picture: i64) -> Screen {
    Screen::of(Msg::new("companion-picture-waits").words("name", name))
        .row([Button::new("companion-picture-show", format!("ch:pic:{picture}"))])
}

/// Why there is no picture.
pub(super) fn no_picture(why: Trouble) -> Screen {
    Screen::text(match why {
        Trouble::Spent => "companion-picture-spent",
        Trouble::Away | Trouble::TooLong => "companion-picture-away",
    })
}
