//! The turns of both sides that are judged together.

use crate::companion::constants::{WINDOW_CHARS, WINDOW_TURNS};
use std::collections::VecDeque;

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The person's.
    Person,
    /// The character's.
    Character,
}

/// The last turns of a dialog, bounded in number and in letters.
#[derive(Clone, Debug, Default)]
pub struct Window {
    turns: VecDeque<(Side, String)>,
}

impl Window {
    /// Adds a turn, which is kept whole; the oldest leave.
    pub fn push(&mut self, side: Side, text: &str) {
        self.turns.push_back((side, text.to_owned()));
        while self.turns.len() > WINDOW_TURNS || self.earlier_chars() > WINDOW_CHARS {
            self.turns.pop_front();
        }
    }

    /// The turns, the oldest first.
    pub fn turns(&self) -> impl Iterator<Item = (Side, &str)> {
        self.turns.iter().map(|(side, text)| (*side, text.as_str()))
    }

    fn earlier_chars(&self) -> usize {
        let earlier = self.turns.len().saturating_sub(1);
        self.turns.iter().take(earlier).map(|(_, text)| text.chars().count()).sum()
    }
}
