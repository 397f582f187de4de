//! Announcements: what whoever comes to the menu reads until an operator takes it down.
//!
//! A broadcast goes to everybody once and rings; an announcement waits where people come by, and
//! says what holds for now: that a repair is under way, that rules have changed. There is one at a
//! time.

use super::{Facts, Said};
use crate::capabilities::admin::judge::Flaw;
use crate::capabilities::admin::roles::Permission;
use crate::capabilities::news::draft::is_text;
use crate::capabilities::news::{Texts, order};
use crate::text::Msg;
use serde::{Deserialize, Serialize};

/// Characters of a text at most. It stands below the menu's own, in one message.
pub const TEXT_MAX: usize = 1_000;

/// As the audit log has them.
pub const NAMES: &[&str] = &["announcements", "announce", "take_down"];

/// In the alerts chat.
pub const COMMANDS: &[(&str, &str)] = &[
    ("announcements", "announcements"),
    ("announce", "announce [ru] TEXT [en] TEXT"),
    ("takedown", "takedown NUMBER"),
];

/// What operators do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "deed")]
pub enum Deed {
    /// Looks at them, the newest first.
    List {
        /// Before this one.
        before: i64,
        /// So many.
        limit: u32,
    },
    /// Puts one up, in place of the one that is.
    Announce {
        /// What it says.
        text: Texts,
    },
    /// Takes one down.
    TakeDown {
        /// Which.
        announcement: i64,
    },
}

impl Deed {
    pub(super) fn facts(&self) -> Facts<'_> {
        let needs = Permission::Broadcast;
        match self {
            Deed::List { limit, .. } => Facts::glance("announcements", needs).of_rows(*limit),
            // What it says is kept with it, under its number.
            Deed::Announce { text } => Facts::change("announce", needs)
                .flawed((!is_announcement(text)).then_some(Flaw::Text))
                .confirmed(vec![Msg::new("admin-confirm-announce")]),
            Deed::TakeDown { announcement } => {
                Facts::change("take_down", needs).with(format!("announcement={announcement}"))
            }
        }
    }
}

/// Whether it says something, in characters that a keyboard has.
fn is_announcement(text: &Texts) -> bool {
    text.all().next().is_some() && text.all().all(|text| is_text(text, TEXT_MAX))
}

/// "announce it tomorrow" is talk: without a slash there is a heading, or a message that is replied
/// to.
pub(super) fn read(said: Said<'_>) -> Option<Deed> {
    match said.name {
        "announcements" => said.rest.is_empty().then_some(Deed::List { before: i64::MAX, limit: 5 }),
        "announce" => {
            let is_order =
                said.slashed || said.rest.starts_with('[') || said.rest.is_empty() && said.replied.is_some();
            let text = if said.rest.is_empty() { said.replied? } else { said.rest };
            Some(order::texts(text))
                .filter(|text| is_order && *text != Texts::default())
                .map(|text| Deed::Announce { text })
        }
        _ => {
            let announcement = said.rest.parse().ok().filter(|number| *number > 0)?;
            Some(Deed::TakeDown { announcement })
        }
    }
}
