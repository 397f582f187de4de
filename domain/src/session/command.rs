//! What counts as a command.
//!
//! A command is a slash and a word of letters, digits and underscores (<https://core.telegram.org/bots/features#commands>),
//! perhaps with the bot's name. People write them as they write anything: in any case, with a full stop behind, with a
//! letter of the other keyboard in them. What begins with a slash and is no such word (a path, a face) is words.

use super::{CAPABILITIES, Capability};

/// A command as it was given.
#[derive(Clone, Copy)]
pub(super) enum Given {
    /// A capability's, by the name it goes by there.
    Known(&'static Capability, &'static str),
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
    let mut known = CAPABILITIES.iter().flat_map(|c| c.commands.iter().map(move |&name| (c, name)));
    let known = known.find(|(_, command)| same(command));
    Some(known.map_or(Given::Unknown, |(capability, name)| Given::Known(capability, name)))
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The Latin letter that a Cyrillic one looks like. Only known commands are compared with what comes of it.
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
            Given::Known(_, name) => name,
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
