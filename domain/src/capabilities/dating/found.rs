//! Matches as the chat lists them: page by page, and those whose name holds what was asked for.
//!
//! What was asked for stands on the buttons that turn the pages: nothing is kept of it, and two of
//! a person's devices may look for two names.

use super::pair::Contacts;
use super::token::Token;
use super::told::Matched;
use crate::text::{Button, Msg, Screen};
use serde::{Deserialize, Serialize};

/// Matches of a page: each takes two rows of buttons.
pub const PAGE: usize = 8;
/// Bytes of what is looked for, at most: Telegram takes 64 of a button's data
/// (<https://core.telegram.org/bots/api#inlinekeyboardbutton>), and the place of the page stands
/// there as well. A name has up to 30 characters.
const MOST: usize = 40;

/// A page of somebody's matches, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What the names hold, as [`part`] made it; empty: anything.
    pub part: String,
    /// How many stand before this page.
    pub from: usize,
    /// Those of the page.
    pub all: Vec<Matched>,
    /// Of those, with whom both know who the other is.
    pub known: Vec<Token>,
    /// Others follow.
    pub more: bool,
}

impl Found {
    /// The page behind the first `from` of those whose name holds `part`. Where they have become
    /// fewer meanwhile it is the last one.
    pub fn of(all: impl IntoIterator<Item = (Matched, Contacts)>, part: &str, from: usize) -> Found {
        let fitting: Vec<_> = all.into_iter().filter(|(one, _)| holds(&one.name, part)).collect();
        let from = from.min(fitting.len().saturating_sub(1)) / PAGE * PAGE;
        let more = fitting.len() > from + PAGE;
        let page: Vec<_> = fitting.into_iter().skip(from).take(PAGE).collect();
        let is_open = |(_, contacts): &&(Matched, Contacts)| *contacts == Contacts::Open;
        let known = page.iter().filter(is_open).map(|(one, _)| one.token).collect();
        let all = page.into_iter().map(|(one, _)| one).collect();
        Found { part: part.to_owned(), from, all, known, more }
    }
}

/// Words as names are compared: whatever their case, and with ё as the е that many write for it.
pub fn folded(words: &str) -> String {
    words.to_lowercase().replace('ё', "е")
}

/// What is looked for, of what somebody wrote. A beginning of it finds no fewer, so of what is too
/// long the beginning stays.
pub fn part(words: &str) -> String {
    let mut part = folded(&words.split_whitespace().collect::<Vec<_>>().join(" "));
    part.truncate(part.floor_char_boundary(MOST));
    part.truncate(part.trim_end().len());
    part
}

/// Whether a name holds what [`part`] made.
pub fn holds(name: &str, part: &str) -> bool {
    folded(name).contains(part)
}

/// The page, with what can be done about each.
pub(super) fn screen(found: &Found) -> Screen {
    let Found { part, from, all, known, more } = found;
    let says = |key| Screen::of(Msg::new(key).words("part", part.clone()));
    let mut screen = match (part.is_empty(), all.is_empty()) {
        (true, true) => Screen::text("dating-no-matches"),
        (true, false) => Screen::text("dating-matches"),
        (false, true) => says("dating-found-none"),
        (false, false) => says("dating-found"),
    };
    for one in all {
        let button = |key, verb: &str| Button {
            label: Msg::new(key).words("name", one.name.clone()).number("age", one.age.into()),
            ..Button::new(key, format!("dt:{verb}:{}", one.token))
        };
        // Who is known is not asked about again: how it stands is shown.
        let share = if known.contains(&one.token) { "share-yes" } else { "share" };
        screen = screen
            .row([button("dating-button-write-to", "write")])
            .row([button("dating-button-share-with", share), button("dating-button-part-from", "part")]);
    }
    let turn = |key, from: usize| Button::new(key, format!("dt:found:{from}:{part}"));
    let before = (*from > 0).then(|| turn("dating-button-before", from.saturating_sub(PAGE)));
    let after = more.then(|| turn("dating-button-after", from + PAGE));
    let ways: Vec<Button> = before.into_iter().chain(after).collect();
    let is_long = !ways.is_empty();
    if is_long {
        screen = screen.row(ways);
    }
    if is_long || !part.is_empty() {
        screen = screen.row([Button::new("dating-button-find", "dt:find")]);
    }
    if !part.is_empty() {
        screen = screen.row([Button::new("dating-button-matches-all", "dt:matches")]);
    }
    screen.row([Button::new("dating-button-home", "dt:home")])
}

/// Words go elsewhere right now: there is another way to look for a name.
pub(super) fn how() -> Screen {
    Screen::text("dating-find-how")
}
