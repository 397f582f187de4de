//! What calls may cost: reserved at their worst before they are made, settled on what they did.
//!
//! Amounts are whole micro-units of the currency that prices are stated in. A call whose outcome is
//! unknown counts as spent in full. A cap of 0 lets nothing through.

mod books;
#[cfg(test)]
mod tests;

pub use books::{Alert, Books, CallId, Cap, Caps, Refusal, Settled, Subject};

use serde::{Deserialize, Serialize};

/// Millionths of a unit of money. Never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub u64);

impl Micros {
    /// Nothing.
    pub const ZERO: Micros = Micros(0);

    /// The sum, at most what the type holds: a cap is then surely passed.
    pub fn plus(self, other: Micros) -> Micros {
        Micros(self.0.saturating_add(other.0))
    }

    /// The difference, at least nothing.
    pub fn minus(self, other: Micros) -> Micros {
        Micros(self.0.saturating_sub(other.0))
    }

    /// Reads an amount of units as a back end states it in JSON, rounded up. None for what is no
    /// amount: negative, infinite, not a number.
    pub fn of_units(units: f64) -> Option<Micros> {
        let micros = (units * 1e6).ceil();
        (micros >= 0.0 && micros <= u64::MAX as f64 / 2.0).then_some(Micros(micros as u64))
    }
}

/// What a model's tokens cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenPrice {
    /// For a million tokens of the prompt.
    pub prompt: Micros,
    /// For a million tokens of the answer, its reasoning included.
    pub answer: Micros,
}

impl TokenPrice {
    /// What so many tokens cost, rounded up.
    pub fn of(self, prompt: u32, answer: u32) -> Micros {
        let part =
            |tokens: u32, price: Micros| (u128::from(tokens) * u128::from(price.0)).div_ceil(1_000_000);
        let sum = part(prompt, self.prompt) + part(answer, self.answer);
        Micros(u64::try_from(sum).unwrap_or(u64::MAX))
    }
}

/// The price of something bought, as configured. There is no default: who configures a model says
/// what it costs, or that it is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// It costs nothing, and the operator said so.
    Free,
    /// By tokens.
    Tokens(TokenPrice),
    /// The same for each call: a picture.
    Call(Micros),
}

impl Price {
    /// The most that a call can cost.
    pub fn worst(self, prompt: u32, most_answer: u32) -> Micros {
        match self {
            Price::Free => Micros::ZERO,
            Price::Tokens(price) => price.of(prompt, most_answer),
            Price::Call(price) => price,
        }
    }
}

/// How a call ended, for the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was sent, or it was surely not charged.
    NotSpent,
    /// The back end said what it took.
    Spent(Micros),
    /// Nobody knows: the whole reserve counts.
    Unknown,
}
