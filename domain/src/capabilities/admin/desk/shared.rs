//! Characters that people share with each other: what waits for a look, what it says, and what
//! becomes of it.

use super::{Facts, Said};
use crate::capabilities::admin::roles::Permission;
use serde::{Deserialize, Serialize};

/// As the audit log has them.
pub const NAMES: &[&str] = &["shared_characters", "shared_character", "share_character", "refuse_character"];

/// In the alerts chat, which shows the beginning of what is long: so nothing is shared from there.
pub const COMMANDS: &[(&str, &str)] = &[
    ("sharedcharacters", "sharedcharacters"),
    ("sharedcharacter", "sharedcharacter NUMBER"),
    ("refusecharacter", "refusecharacter NUMBER REASON"),
];

/// What operators do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "deed")]
pub enum Deed {
    /// Looks at which of them wait, without their words.
    Queue {
        /// So many.
        limit: u32,
    },
    /// Reads one.
    Read {
        /// Which.
        shared: i64,
    },
    /// Says what becomes of one, which closes its reports. Its maker is told.
    Rule {
        /// Which.
        shared: i64,
        /// What.
        ruling: Ruling,
        /// Why; its maker reads it where the answer is no.
        reason: String,
    },
}

/// What becomes of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Everybody may talk to it.
    Show,
    /// Nobody but its maker may. Whoever talks to it is told that it is gone.
    Refuse,
}

impl Ruling {
    /// As the audit log has it.
    fn name(self) -> &'static str {
        match self {
            Ruling::Show => "share_character",
            Ruling::Refuse => "refuse_character",
        }
    }
}

impl Deed {
    pub(super) fn facts(&self) -> Facts<'_> {
        match self {
            Deed::Queue { limit } => Facts::glance("shared_characters", Permission::SeeQueue).of_rows(*limit),
            Deed::Read { shared } => {
                Facts::look("shared_character", Permission::SeeEvidence).with(of(*shared))
            }
            Deed::Rule { shared, ruling, reason } => {
                let facts = Facts::change(ruling.name(), Permission::Moderate).because(reason);
                facts.with(of(*shared))
            }
        }
    }
}

/// As the log has it.
fn of(shared: i64) -> String {
    format!("character={shared}")
}

pub(super) fn read(said: Said<'_>) -> Option<Deed> {
    if said.name == "sharedcharacters" {
        return said.rest.is_empty().then_some(Deed::Queue { limit: 20 });
    }
    let (which, behind) = said.rest.split_once(char::is_whitespace).unwrap_or((said.rest, ""));
    let shared = which.parse().ok().filter(|id| *id > 0)?;
    if said.name == "sharedcharacter" {
        return behind.is_empty().then_some(Deed::Read { shared });
    }
    // Tabs and the like of a pasted text.
    let plain = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    let reason: String = behind.trim().chars().map(plain).collect();
    (!reason.is_empty()).then_some(Deed::Rule { shared, ruling: Ruling::Refuse, reason })
}
