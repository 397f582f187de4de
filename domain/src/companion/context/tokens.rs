//! How many tokens a text takes, learnt per model from what back ends report.

use crate::companion::constants::{
    CYRILLIC_PER_TOKEN, EMOJI_PER_TOKEN, LATIN_PER_TOKEN, LEARN, SCALE, SPARE_PERCENT,
};
use serde::{Deserialize, Serialize};

/// What is known of a model's tokens: how many times more a text takes than the first estimate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tokens {
    scale: f64,
}

impl Default for Tokens {
    fn default() -> Tokens {
        Tokens { scale: 1.0 }
    }
}

impl Tokens {
    /// Tokens of a text, rounded up.
    pub fn of(&self, text: &str) -> u32 {
        (first_estimate(text) * self.scale).ceil().min(f64::from(u32::MAX)) as u32
    }

    /// Learns from a call: what was estimated and what the back end reports. Where the estimate was
    /// too low it is believed at once, as a prompt that is too long fails or is cut silently.
    pub fn learn(&mut self, estimated: u32, reported: u32) {
        if estimated == 0 || reported == 0 || !self.scale.is_finite() {
            return;
        }
        let seen = self.scale * f64::from(reported) / f64::from(estimated);
        let next = if seen > self.scale { seen } else { self.scale + (seen - self.scale) * LEARN };
        self.scale = next.clamp(SCALE.0, SCALE.1);
    }
}

/// Tokens for the prompt: what the context holds, without the answer's and the spare.
pub fn budget(context: u32, most_answer: u32) -> u32 {
    let spare = u64::from(context) * u64::from(SPARE_PERCENT) / 100;
    context.saturating_sub(most_answer).saturating_sub(spare as u32)
}

/// The budget after a back end said that the context was too long: a quarter less, for one more
/// try.
pub fn after_overflow(budget: u32) -> u32 {
    budget - budget / 4
}

fn first_estimate(text: &str) -> f64 {
    let (mut cyrillic, mut latin, mut other) = (0u32, 0u32, 0u32);
    for c in text.chars() {
        match c {
            '\u{400}'..='\u{52f}' => cyrillic += 1,
            '\0'..='\u{24f}' | '\u{2010}'..='\u{2026}' => latin += 1,
            _ => other += 1,
        }
    }
    f64::from(cyrillic) / CYRILLIC_PER_TOKEN
        + f64::from(latin) / LATIN_PER_TOKEN
        + f64::from(other) / EMOJI_PER_TOKEN
}
