//! Durable work: what waits, what is under way, what failed for good.

use super::{Facts, Said};
use crate::capabilities::admin::roles::Permission;
use serde::{Deserialize, Serialize};

/// As the audit log has them.
pub const NAMES: &[&str] = &["jobs", "failed_jobs"];

/// In the alerts chat.
pub const COMMANDS: &[(&str, &str)] = &[("jobs", "jobs"), ("failedjobs", "failedjobs")];

/// What operators do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "deed")]
pub enum Deed {
    /// Looks at the lanes in which something is to be done.
    Lanes,
    /// Looks at what failed, the newest first.
    Failed {
        /// So many.
        limit: u32,
    },
}

impl Deed {
    pub(super) fn facts(&self) -> Facts<'_> {
        match self {
            Deed::Lanes => Facts::glance("jobs", Permission::SeeFigures),
            Deed::Failed { limit } => Facts::glance("failed_jobs", Permission::Repair).of_rows(*limit),
        }
    }
}

pub(super) fn read(said: Said<'_>) -> Option<Deed> {
    let deed = match said.name {
        "jobs" => Deed::Lanes,
        _ => Deed::Failed { limit: 20 },
    };
    said.rest.is_empty().then_some(deed)
}
