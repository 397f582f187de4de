//! The open arm of [`Act`](super::Act): acts of which all that is said stands in a file of their
//! own.
//!
//! Such a file has an enum `Deed` with what operators can do, and says of each what it takes, what
//! follows from it, and what the log has of it ([`Facts`]). Who judges, asks for a second tap,
//! writes the log or lists the commands asks for that, and knows no deed by name.

pub mod announcements;
pub mod characters;
pub mod dating;
pub mod jobs;
pub mod shared;

use super::acts::PAGE_MAX;
use super::judge::{Flaw, is_no_reason};
use super::roles::Permission;
use crate::ids::UserId;
use crate::text::Msg;
use serde::{Deserialize, Serialize};

/// All that is to be known of an act before it is carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts<'a> {
    /// As the audit log has it.
    pub name: &'static str,
    /// What it takes.
    pub needs: Permission,
    /// It changes something, so that an idempotency key makes sense for it.
    pub changes: bool,
    /// It is kept in the audit log also when it is carried out.
    pub logged: bool,
    /// What follows from it, where a second tap has to confirm it in a chat.
    pub follows: Vec<Msg>,
    /// A second owner has to agree, where that is asked for.
    pub takes_two: bool,
    /// Whom it is about.
    pub whom: Option<UserId>,
    /// The reason given for it.
    pub reason: &'a str,
    /// Further particulars for the log: numbers and names of operators' own, nobody's id.
    pub detail: String,
    /// What is wrong with it, whoever asks.
    pub flaw: Option<Flaw>,
}

impl<'a> Facts<'a> {
    /// Of one that changes something. It is always logged.
    pub fn change(name: &'static str, needs: Permission) -> Facts<'a> {
        Facts {
            name,
            needs,
            changes: true,
            logged: true,
            follows: Vec::new(),
            takes_two: false,
            whom: None,
            reason: "",
            detail: String::new(),
            flaw: None,
        }
    }

    /// Of a look at a person, or at what people wrote: logged, too.
    pub fn look(name: &'static str, needs: Permission) -> Facts<'a> {
        Facts { changes: false, ..Facts::change(name, needs) }
    }

    /// Of a look at figures and lists that tell nothing of anybody.
    pub fn glance(name: &'static str, needs: Permission) -> Facts<'a> {
        Facts { logged: false, ..Facts::look(name, needs) }
    }

    /// It is about somebody.
    pub fn about(mut self, user: UserId) -> Facts<'a> {
        self.whom = Some(user);
        self
    }

    /// It takes a reason, which is this.
    pub fn because(mut self, reason: &'a str) -> Facts<'a> {
        self.reason = reason;
        let flaw = is_no_reason(reason).then_some(Flaw::Reason);
        self.flawed(flaw)
    }

    /// A second tap confirms it, under these lines.
    pub fn confirmed(mut self, follows: Vec<Msg>) -> Facts<'a> {
        self.follows = follows;
        self
    }

    /// A second owner confirms it, where that is asked for.
    pub fn by_two(mut self) -> Facts<'a> {
        self.takes_two = true;
        self
    }

    /// With this in the log.
    pub fn with(mut self, detail: String) -> Facts<'a> {
        self.detail = detail;
        self
    }

    /// A page of so many rows.
    pub fn of_rows(self, limit: u32) -> Facts<'a> {
        let flaw = (!(1..=PAGE_MAX).contains(&limit)).then_some(Flaw::Limit);
        self.with(format!("limit={limit}")).flawed(flaw)
    }

    /// What is wrong with it, if anything is. What was found first stays.
    pub fn flawed(mut self, flaw: Option<Flaw>) -> Facts<'a> {
        self.flaw = self.flaw.or(flaw);
        self
    }
}

/// What was written behind a command in the alerts chat.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The command, in small letters.
    pub name: &'a str,
    /// It had a slash. Without one, only what looks like an order in full is one.
    pub slashed: bool,
    /// What is behind it.
    pub rest: &'a str,
    /// The message that it replies to, if it does.
    pub replied: Option<&'a str>,
}

macro_rules! desk {
    ($($(#[$doc:meta])* $Area:ident($module:ident)),+ $(,)?) => {
        /// What operators do, by area.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Deed {
            $($(#[$doc])* $Area($module::Deed),)+
        }

        $(impl From<$module::Deed> for super::Act {
            fn from(deed: $module::Deed) -> super::Act {
                super::Act::Desk(Deed::$Area(deed))
            }
        })+

        impl Deed {
            /// What is to be known of it.
            pub fn facts(&self) -> Facts<'_> {
                match self {
                    $(Deed::$Area(deed) => deed.facts(),)+
                }
            }

            /// The deed that was ordered in the alerts chat, if it is one of these.
            pub(super) fn read(said: Said<'_>) -> Option<super::Act> {
                $(if $module::COMMANDS.iter().any(|(name, _)| *name == said.name) {
                    return $module::read(said).map(super::Act::from);
                })+
                None
            }
        }

        /// Their commands in the alerts chat, each with how it is written.
        pub const COMMANDS: &[&[(&str, &str)]] = &[$($module::COMMANDS),+];

        /// Their names, as the audit log has them.
        pub const NAMES: &[&[&str]] = &[$($module::NAMES),+];
    };
}

// An area adds its line.
desk! {
    /// What whoever comes to the menu reads.
    Announcements(announcements),
    /// What talks with characters cost.
    Characters(characters),
    /// Dating profiles that people report.
    Dating(dating),
    /// Durable work.
    Jobs(jobs),
    /// Characters that people share.
    Shared(shared),
}
