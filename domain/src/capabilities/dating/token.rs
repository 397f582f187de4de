//! Names of cards and matches.

use serde::{Deserialize, Serialize};

/// The name of a card, or of a match, to one person. Drawn by chance; to others it is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub u64);

impl Token {
    /// From a button.
    pub fn of_word(word: &str) -> Option<Token> {
        let is_hex = word.len() == 16 && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then(|| u64::from_str_radix(word, 16).ok().map(Token)).flatten()
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
