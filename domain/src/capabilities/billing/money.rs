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
