//! What a model is asked: the parts of a prompt in an order whose beginning stays equal from turn
//! to turn, within the tokens that the model takes.
//!
//! Caches match a prompt byte for byte from its beginning. So what never changes goes first
//! (safety, persona, constants, summary, in one system message, as some templates take no second),
//! then the history, which only grows and is cut in blocks, and what changes each turn (lore that
//! fits, facts recalled, a note) goes into the last message of the person's.

#[cfg(test)]
mod tests;
mod tokens;

pub use tokens::{Tokens, after_overflow, budget};

use super::constants::{TOKENS_A_MESSAGE, TRIM_BLOCK};
use super::safety::Side;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Neither: what the model is told.
    System,
    /// The person.
    User,
    /// The character.
    Assistant,
}

/// A message of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub text: String,
}

/// A turn of the dialog's history. Its text is what was shown: no reasoning, no labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Whose.
    pub side: Side,
    /// The words.
    pub text: String,
}

/// Something that may be added to the last message, as far as there is room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// Higher ones stay longer.
    pub priority: i32,
    /// The words.
    pub text: String,
}

impl Extra {
    /// Tokens that it takes in a prompt, with what parts it from the rest.
    pub fn cost(&self, tokens: &Tokens) -> u32 {
        tokens.of(&self.text).saturating_add(2)
    }
}

/// What a prompt is made of. No part of a card can stand in `safety`.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'p> {
    /// The project's own rules; always first, never shortened.
    pub safety: &'p str,
    /// Who the character is.
    pub persona: &'p str,
    /// What else never changes in a dialog: examples, constant lore.
    pub constants: &'p str,
    /// What was summarised; empty for nothing.
    pub summary: &'p str,
    /// Turns from the dialog's `first` one, the oldest first, without the new one.
    pub history: &'p [Turn],
    /// The number of the first turn of `history` in the dialog: blocks are counted from its
    /// beginning, so that they are the same whatever was loaded.
    pub first: usize,
    /// Lore that fits, and facts recalled.
    pub extras: &'p [Extra],
    /// A note for this turn; empty for none.
    pub note: &'p str,
    /// What the person says now.
    pub user: &'p str,
}

/// A prompt, and what was left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The messages, first to last.
    pub messages: Vec<Message>,
    /// Its tokens, estimated.
    pub tokens: u32,
    /// Turns of the history that are not in it.
    pub turns_left_out: usize,
    /// Extras that are not in it.
    pub extras_left_out: usize,
}

/// Not even safety, persona and the new words fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// Tokens that they would take.
    pub tokens: u32,
}

/// Puts a prompt together within `budget` tokens. First the history gives way down to its last
/// block, then extras by priority, then the rest of the history, then the summary.
pub fn build(parts: &Parts<'_>, budget: u32, tokens: &Tokens) -> Result<Prompt, TooLong> {
    let mut extras: Vec<(usize, &Extra)> = parts.extras.iter().enumerate().collect();
    // Those that stay longest first; of equal ones the earlier.
    extras.sort_by_key(|(at, extra)| (std::cmp::Reverse(extra.priority), *at));
    let cost = |text: &str| tokens.of(text);
    let costs: Vec<u32> = parts.history.iter().map(|turn| message(cost(&turn.text))).collect();
    let fixed = |summary: &str| {
        let system = joined([parts.safety, parts.persona, parts.constants, summary]);
        let last = joined([parts.user, parts.note]);
        message(cost(&system)).saturating_add(message(cost(&last)))
    };
    let all_extras: Vec<u32> = extras.iter().map(|(_, e)| e.cost(tokens)).collect();
    let starts = starts(parts.first, parts.history.len());
    let last_block = starts.iter().rev().find(|s| **s < parts.history.len()).copied().unwrap_or(0);
    let history = |from: usize| costs[from..].iter().fold(0, |a, b| u32::saturating_add(a, *b));
    let extra = |kept: usize| all_extras[..kept].iter().fold(0, |a, b| u32::saturating_add(a, *b));

    let with_summary = fixed(parts.summary);
    let fits = |base: u32, from: usize, kept: usize| {
        base.saturating_add(history(from)).saturating_add(extra(kept)) <= budget
    };
    let every = extras.len();
    let choices = starts
        .iter()
        .filter(|s| **s <= last_block)
        .map(|s| (with_summary, *s, every))
        .chain((0..every).rev().map(|kept| (with_summary, last_block, kept)))
        .chain(std::iter::once((with_summary, parts.history.len(), 0)))
        .chain(std::iter::once((fixed(""), parts.history.len(), 0)));
    let Some((base, from, kept)) = choices.into_iter().find(|(base, from, kept)| fits(*base, *from, *kept))
    else {
        return Err(TooLong { tokens: fixed("") });
    };
    let summary = if base == with_summary { parts.summary } else { "" };
    let mut kept_extras: Vec<(usize, &Extra)> = extras[..kept].to_vec();
    kept_extras.sort_by_key(|(at, _)| *at);

    let system = joined([parts.safety, parts.persona, parts.constants, summary]);
    let mut messages = vec![Message { role: Role::System, text: system }];
    for turn in &parts.history[from..] {
        let role = if turn.side == Side::Person { Role::User } else { Role::Assistant };
        messages.push(Message { role, text: turn.text.clone() });
    }
    let extras = kept_extras.iter().map(|(_, e)| e.text.as_str());
    let last = joined(extras.chain([parts.note, parts.user]));
    messages.push(Message { role: Role::User, text: last });
    Ok(Prompt {
        messages,
        tokens: base.saturating_add(history(from)).saturating_add(extra(kept)),
        turns_left_out: from,
        extras_left_out: every - kept,
    })
}

/// Where the history may begin: at its first turn, and at each block's.
fn starts(first: usize, length: usize) -> Vec<usize> {
    let to_block = (TRIM_BLOCK - first % TRIM_BLOCK) % TRIM_BLOCK;
    std::iter::once(0).chain((to_block..length).step_by(TRIM_BLOCK).filter(|s| *s > 0)).collect()
}

fn message(tokens: u32) -> u32 {
    tokens.saturating_add(TOKENS_A_MESSAGE)
}

fn joined<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}
