//! Commands and buttons: what each part of the session, and each capability, says of its own.
//!
//! The table of commands, Telegram's menu, and the list in /help are made from what stands here.

use super::{SessionCore, Turn};
use crate::capabilities;
use crate::ids::MessageId;
use crate::rules::Rules;

/// A part of the session that people reach by commands and buttons.
pub struct Feature {
    /// First part of its buttons' data. Unlike all others.
    pub prefix: &'static str,
    /// Its commands.
    pub commands: &'static [Command],
    /// A command was given.
    pub on_command: fn(&mut SessionCore, &Asked<'_>, &mut Turn<'_>),
    /// A button was pressed: the parts of its data after the prefix. A hostile client can send any.
    pub on_press: fn(&mut SessionCore, &[&str], &mut Turn<'_>),
}

/// A command of the bot.
#[derive(Debug)]
pub struct Command {
    /// Without the slash: lower-case Latin letters.
    pub name: &'static str,
    /// Its place in the menu and in /help, the smallest first; none: it is in neither.
    pub place: Option<u8>,
    /// Locale key of its line in Telegram's menu.
    pub menu: &'static str,
    /// Locale key of its line in /help, if it has one.
    pub help: Option<&'static str>,
    /// Who may give it.
    pub role: Role,
    /// One that comes again after a crash is carried out again, as nobody knows whether it was
    /// answered: it only shows something, or what it changes has a key, so that twice is once.
    pub repeatable: bool,
    /// Whether there is such a command under these rules.
    pub only: fn(&Rules) -> bool,
}

/// Who may give a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everybody.
    Anyone,
    /// The operators ([`crate::rules::Rules::operators`]). To others it is no command at all.
    Operator,
}

impl Command {
    /// A command for everybody that is in the menu at `place`, with a line there.
    pub const fn new(name: &'static str, place: u8, menu: &'static str) -> Command {
        Command {
            name,
            place: Some(place),
            menu,
            help: None,
            role: Role::Anyone,
            repeatable: false,
            only: |_| true,
        }
    }

    /// The same with a line in /help.
    pub const fn help(self, help: &'static str) -> Command {
        Command { help: Some(help), ..self }
    }

    /// The same, but only where this is so.
    pub const fn only(self, only: fn(&Rules) -> bool) -> Command {
        Command { only, ..self }
    }

    /// The same, and it may be carried out twice.
    pub const fn repeatable(self) -> Command {
        Command { repeatable: true, ..self }
    }
}

/// A command as it was given.
pub struct Asked<'a> {
    /// Its name.
    pub command: &'static str,
    /// The message that gives it.
    pub message: MessageId,
    /// What was written behind it, without the space around.
    pub words: &'a str,
}

/// Every part: the session's own, then the capabilities'.
pub fn features() -> impl Iterator<Item = &'static Feature> {
    super::FEATURES.iter().chain(capabilities::FEATURES)
}

/// The commands that everybody may give and that are shown, in the order of the menu.
pub fn shown_commands(rules: &Rules) -> Vec<&'static Command> {
    let all = features().flat_map(|feature| feature.commands);
    let mut shown: Vec<&Command> =
        all.filter(|c| c.place.is_some() && c.role == Role::Anyone && (c.only)(rules)).collect();
    shown.sort_by_key(|command| command.place);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_prefixes_and_places_are_each_ones_own() {
        let prefixes: Vec<&str> = features().map(|f| f.prefix).collect();
        assert_eq!(prefixes.iter().collect::<BTreeSet<_>>().len(), prefixes.len(), "{prefixes:?}");
        let commands: Vec<&Command> = features().flat_map(|f| f.commands).collect();
        let names: BTreeSet<&str> = commands.iter().map(|c| c.name).collect();
        assert_eq!(names.len(), commands.len());
        // As Telegram takes them: https://core.telegram.org/bots/api#botcommand
        for name in names {
            assert!((1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase()), "{name}");
        }
        let places: Vec<u8> = commands.iter().filter_map(|c| c.place).collect();
        assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len(), "{places:?}");
    }
}
