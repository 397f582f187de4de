//! Dating profiles that people report: what is against them, what they say, and what becomes of
//! them.
//!
//! Enough trustworthy reports hide a profile by themselves; it stays hidden until an operator has
//! looked.

use super::{Facts, Said};
use crate::capabilities::admin::roles::Permission;
use crate::ids::UserId;
use crate::text::Msg;
use serde::{Deserialize, Serialize};

/// As the audit log has them.
pub const NAMES: &[&str] =
    &["dating_figures", "dating_reports", "dating_profile", "hide_dating", "show_dating", "remove_dating"];

/// In the alerts chat.
pub const COMMANDS: &[(&str, &str)] = &[
    ("analytics", "/analytics"),
    ("datingreports", "datingreports"),
    ("datingprofile", "datingprofile USER"),
    ("hidedating", "hidedating USER REASON"),
    ("showdating", "showdating USER REASON"),
    ("removedating", "removedating USER REASON"),
];

/// What operators do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "deed")]
pub enum Deed {
    /// Looks at how dating goes, in figures.
    Figures,
    /// Looks at which profiles wait for an operator, without their words.
    Queue {
        /// So many.
        limit: u32,
    },
    /// Reads one: as it is, and as it was when it was reported.
    Read {
        /// Whose.
        user: UserId,
    },
    /// Says what becomes of one. That closes the reports.
    Rule {
        /// Whose.
        user: UserId,
        /// What.
        ruling: Ruling,
        /// Why.
        reason: String,
    },
}

/// What becomes of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Nobody is shown it until an operator shows it again, nor one that is made anew within a
    /// year, also after an erasure. The person's matches stay.
    Hide,
    /// It is no longer hidden; who took a break still does.
    Show,
    /// It is deleted, as its owner could: likes and matches go with it. It can be made anew; that
    /// one is hidden if this one was by an operator.
    Remove,
}

impl Ruling {
    /// As the audit log has it.
    fn name(self) -> &'static str {
        match self {
            Ruling::Hide => "hide_dating",
            Ruling::Show => "show_dating",
            Ruling::Remove => "remove_dating",
        }
    }
}

impl Deed {
    pub(super) fn facts(&self) -> Facts<'_> {
        match self {
            Deed::Figures => Facts::glance("dating_figures", Permission::SeeFigures),
            Deed::Queue { limit } => Facts::glance("dating_reports", Permission::SeeQueue).of_rows(*limit),
            Deed::Read { user } => Facts::look("dating_profile", Permission::SeeEvidence).about(*user),
            Deed::Rule { user, ruling, reason } => {
                let facts = Facts::change(ruling.name(), Permission::Moderate).about(*user).because(reason);
                match ruling {
                    Ruling::Remove => facts.confirmed(vec![Msg::new("admin-confirm-dating-remove")]),
                    Ruling::Hide | Ruling::Show => facts,
                }
            }
        }
    }
}

pub(super) fn read(said: Said<'_>) -> Option<Deed> {
    if said.name == "analytics" {
        // A word that people say without meaning an order.
        return (said.slashed && said.rest.is_empty()).then_some(Deed::Figures);
    }
    if said.name == "datingreports" {
        return said.rest.is_empty().then_some(Deed::Queue { limit: 20 });
    }
    let (whom, behind) = said.rest.split_once(char::is_whitespace).unwrap_or((said.rest, ""));
    let user = UserId(whom.parse().ok().filter(|id| *id > 0)?);
    let ruling = match said.name {
        "datingprofile" => return behind.is_empty().then_some(Deed::Read { user }),
        "hidedating" => Ruling::Hide,
        "showdating" => Ruling::Show,
        _ => Ruling::Remove,
    };
    // Tabs and the like of a pasted text.
    let plain = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    let reason: String = behind.trim().chars().map(plain).collect();
    (!reason.is_empty()).then_some(Deed::Rule { user, ruling, reason })
}
