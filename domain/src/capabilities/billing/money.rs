//! Money, in whole units and in types that cannot be mixed.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! money {
    ($($(#[$doc:meta])* $Name:ident: $unit:literal),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $Name(i64);

            impl $Name {
                /// How the ledger names the unit.
                pub const UNIT: &'static str = $unit;

                /// So many; none for nothing, for less, and for what no price can be.
                pub const fn new(amount: i64) -> Option<$Name> {
                    if amount > 0 && amount <= MOST { Some($Name(amount)) } else { None }
                }

                /// As a number.
                pub const fn amount(self) -> i64 {
                    self.0
                }
            }

            impl fmt::Display for $Name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{}", self.0)
                }
            }
        )+
    };
}

/// The largest amount of one payment: far beyond any, and thousands of them can be added up.
const MOST: i64 = 1_000_000_000_000;

money! {
    /// Telegram Stars; positive.
    Stars: "XTR",
    /// Hundredths of a rouble; positive.
    Kopecks: "RUB",
}

/// What something costs, or what was paid for it: in one unit or in the other, never in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// In Telegram Stars.
    Stars(Stars),
    /// In roubles.
    Kopecks(Kopecks),
}

impl Price {
    /// So many of a unit; none if it is no unit, or can be no price.
    pub fn of(unit: &str, amount: i64) -> Option<Price> {
        match unit {
            Stars::UNIT => Stars::new(amount).map(Price::Stars),
            Kopecks::UNIT => Kopecks::new(amount).map(Price::Kopecks),
            _ => None,
        }
    }

    /// How the ledger names its unit.
    pub const fn unit(self) -> &'static str {
        match self {
            Price::Stars(_) => Stars::UNIT,
            Price::Kopecks(_) => Kopecks::UNIT,
        }
    }

    /// As a number of its unit.
    pub const fn amount(self) -> i64 {
        match self {
            Price::Stars(stars) => stars.0,
            Price::Kopecks(kopecks) => kopecks.0,
        }
    }
}

/// As people read it, in whichever language: `75 ⭐`, `149 ₽`, `149,50 ₽`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Price::Stars(stars) => write!(f, "{stars} ⭐"),
            Price::Kopecks(Kopecks(all)) if all % 100 == 0 => write!(f, "{} ₽", all / 100),
            Price::Kopecks(Kopecks(all)) => write!(f, "{},{:02} ₽", all / 100, all % 100),
        }
    }
}
