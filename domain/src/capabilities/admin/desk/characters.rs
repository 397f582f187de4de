//! What talks with characters cost.

use super::{Facts, Said};
use crate::capabilities::admin::judge::Flaw;
use crate::capabilities::admin::roles::Permission;
use serde::{Deserialize, Serialize};

/// Days of a look at most: for so long the books have single calls.
pub const DAYS: u32 = 35;

/// As the audit log has them.
pub const NAMES: &[&str] = &["spend"];

/// In the alerts chat.
pub const COMMANDS: &[(&str, &str)] = &[("spend", "spend")];

/// What operators do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "deed")]
pub enum Deed {
    /// Looks at what was spent and reserved, by day and cap.
    Spend {
        /// Of so many days, today included.
        days: u32,
    },
}

impl Deed {
    pub(super) fn facts(&self) -> Facts<'_> {
        match self {
            Deed::Spend { days } => Facts::glance("spend", Permission::SeeFigures)
                .flawed((!(1..=DAYS).contains(days)).then_some(Flaw::Days)),
        }
    }
}

pub(super) fn read(said: Said<'_>) -> Option<Deed> {
    said.rest.is_empty().then_some(Deed::Spend { days: 1 })
}
