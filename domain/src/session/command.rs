//! What counts as a command.
//!
//! A command is a slash and a word of letters, digits and underscores
//! (<https://core.telegram.org/bots/features#commands>), perhaps with the bot's name. People write
//! them as they write anything: in any case, with a full stop behind, with a letter of the other
//! keyboard in them. What begins with a slash and is no such word (a path, a face) is words.

use super::feature::{Command, Feature, Role, features};
use crate::ids::UserId;
use crate::relay::content::Body;
use crate::rules::Rules;
use crate::update::{Act, Update};

/// A command as it was given.
#[derive(Clone, Copy)]
pub(super) enum Given {
    /// One of a feature's.
    Known(&'static Feature, &'static Command),
    /// "delete", "удалить", with or without a slash.
    Delete,
    /// No such command.
    Unknown,
}

/// The command a text begins with. "delete" and "удалить" alone count too.
pub(super) fn command_of(text: &str) -> Option<Given> {
    let trimmed = text.trim();
    // Phones capitalise; compared letter by letter, as this runs for every message.
    let is = |word: &str| trimmed.chars().flat_map(char::to_lowercase).eq(word.chars());
    if is("delete") || is("удалить") {
        // As a plain word it deletes only in reply to a message; `on_delete` decides.
        return Some(Given::Delete);
    }
    let word = trimmed.strip_prefix('/')?.split(char::is_whitespace).next()?;
    let (name, rest) = word.split_at(word.find(|c| !is_of_name(c)).unwrap_or(word.len()));
    let rest = rest.strip_prefix('@').map_or(rest, |bot| bot.trim_start_matches(is_of_name));
    // Behind it only marks may stand, and no second slash: that is a path.
    if name.is_empty() || rest.contains(|c: char| is_of_name(c) || c == '/' || c == '@') {
        return None;
    }
    let same = |command: &str| name.chars().flat_map(char::to_lowercase).map(latin).eq(command.chars());
    if same("delete") || name.chars().flat_map(char::to_lowercase).eq("удалить".chars()) {
        return Some(Given::Delete);
    }
    let mut known =
        features().flat_map(|feature| feature.commands.iter().map(move |command| (feature, command)));
    let known = known.find(|(_, command)| same(command.name));
    Some(known.map_or(Given::Unknown, |(feature, command)| Given::Known(feature, command)))
}

/// What is written behind a command.
pub(super) fn words_behind(text: &str) -> &str {
    text.trim().split_once(char::is_whitespace).map_or("", |(_, words)| words.trim())
}

impl Given {
    /// What it is to this user: an operator's command is none to others, nor one of what is off.
    pub(super) fn for_role(self, user: UserId, rules: &Rules) -> Given {
        match self {
            Given::Known(_, command)
                if command.role == Role::Operator && !rules.operators.contains(&user)
                    || !(command.only)(rules) =>
            {
                Given::Unknown
            }
            given => given,
        }
    }
}

/// Whether a text is this command.
pub(crate) fn is_command(text: &str, name: &str) -> bool {
    matches!(command_of(text), Some(Given::Known(_, command)) if command.name == name)
}

/// Whether `update` asks something of the bot: a command or a button, but no word to the chat
/// ("/delete").
pub(crate) fn asks_something(update: &Update) -> bool {
    match &update.act {
        Act::Pressed { .. } => true,
        Act::Message(message) => match &message.body {
            Body::Text(rich) => command_of(&rich.text).is_some_and(|given| !matches!(given, Given::Delete)),
            _ => false,
        },
        Act::Edited(_)
        | Act::Reacted { .. }
        | Act::BlockedBot
        | Act::UnblockedBot
        | Act::Unreadable
        | Act::Capability(_) => false,
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The Latin letter that a Cyrillic one looks like. Only known commands are compared with what
/// comes of it.
fn latin(c: char) -> char {
    match c {
        'а' => 'a',
        'е' => 'e',
        'о' => 'o',
        'р' => 'p',
        'с' => 'c',
        'у' => 'y',
        'х' => 'x',
        'ѕ' => 's',
        'і' => 'i',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        Some(match command_of(text)? {
            Given::Known(_, command) => command.name,
            Given::Delete => "delete",
            Given::Unknown => "unknown",
        })
    }

    #[test]
    fn commands_as_people_write_them() {
        for (text, expected) in [
            ("/search", "search"),
            ("/Search", "search"),
            ("/SEARCH", "search"),
            ("/search!", "search"),
            (" /stop.\n", "stop"),
            ("/Stop…", "stop"),
            ("/stop😀", "stop"),
            ("/stop, please", "stop"),
            ("/stop@NamelessBot", "stop"),
            ("/Stop@NamelessBot!", "stop"),
            ("/nехt", "next"),
            ("/start ref_1", "start"),
            ("/Delete.", "delete"),
            ("/УДАЛИТЬ", "delete"),
            ("Delete", "delete"),
            ("/nonsense", "unknown"),
            ("/стоп", "unknown"),
            ("/stop_", "unknown"),
        ] {
            assert_eq!(name(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn words_stand_behind_the_command() {
        for (text, words) in [
            ("/feedback", ""),
            ("/feedback  \n", ""),
            (" /feedback@bot  two  words\n", "two  words"),
            ("/feedback\nbelow", "below"),
        ] {
            assert_eq!(words_behind(text), words, "{text:?}");
        }
    }

    #[test]
    fn an_operators_command_is_none_to_others() {
        static FEATURE: Feature =
            Feature { prefix: "x", commands: &[], on_command: |_, _, _| {}, on_press: |_, _, _| {} };
        static COMMAND: Command = Command { role: Role::Operator, ..Command::new("ban", 1, "command-ban") };
        let rules = Rules { operators: vec![UserId(7)], ..Rules::default() };
        let given = |user| Given::Known(&FEATURE, &COMMAND).for_role(UserId(user), &rules);
        assert!(matches!(given(7), Given::Known(..)));
        assert!(matches!(given(8), Given::Unknown));
    }

    #[test]
    fn what_is_no_command() {
        for text in [
            "",
            "/",
            "stop",
            "/usr/bin",
            "/stop/now",
            "/etc/hosts.",
            "/)",
            "// search",
            "and/or",
            "/a@b@c",
            "Delete!",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }
}
