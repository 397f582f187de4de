//! What a model writes, as Telegram's messages: Markdown becomes entities, so that no message can
//! fail for its formatting, and long replies are cut where a reader would.

mod parse;
mod split;
#[cfg(test)]
mod tests;

pub use parse::to_rich;
pub use split::{cut_to_sentence, split};

/// UTF-16 units of a text, as Telegram counts.
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
