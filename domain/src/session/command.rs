//! What counts as a command.

/// The command a text begins with, without slash and bot name. "delete" and "удалить" alone count too.
pub(super) fn command_of(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    // Phones capitalise; compared letter by letter, as this runs for every message.
    let is = |word: &str| trimmed.chars().flat_map(char::to_lowercase).eq(word.chars());
    if is("delete") || is("удалить") {
        // As a plain word it deletes only in reply to a message; `on_delete` decides.
        return Some("delete");
    }
    let word = trimmed.strip_prefix('/')?.split(char::is_whitespace).next()?;
    let name = word.split('@').next().unwrap_or_default();
    match name {
        "" => None,
        "удалить" => Some("delete"),
        name => Some(name),
    }
}
