//! What operators are answered by acts that stand in files of their own (`Act::Desk`).
//!
//! Each area has an enum `Told`: what comes of its deeds, as JSON, as lines of the alerts chat, and
//! what this process has to do about it.

mod announcements;
mod characters;
mod dating;
mod dating_figures;
mod jobs;
mod shared;

pub use announcements::*;
pub use characters::*;
pub use dating::*;
pub use dating_figures::*;
pub use jobs::*;
pub use shared::*;

use crate::admin::board::Board;
use nameless_domain::text::Msg;
use serde::Serialize;

macro_rules! told {
    ($($(#[$doc:meta])* $Area:ident($Told:ident)),+ $(,)?) => {
        /// What came of a deed, by area.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Told {
            $($(#[$doc])* $Area($Told),)+
        }

        $(impl From<$Told> for super::Answer {
            fn from(told: $Told) -> super::Answer {
                super::Answer::Desk(Told::$Area(told))
            }
        })+

        impl Told {
            /// As the alerts chat reads it.
            pub(crate) fn lines(&self) -> Vec<Msg> {
                match self {
                    $(Told::$Area(told) => told.lines(),)+
                }
            }

            /// Has it take effect in this process at once; others find it in the store.
            pub(crate) fn take_effect(&self, board: &Board) {
                match self {
                    $(Told::$Area(told) => told.take_effect(board),)+
                }
            }
        }
    };
}

// An area adds its line.
told! {
    /// What whoever comes to the menu reads.
    Announcements(Announcements),
    /// What talks with characters cost.
    Characters(Characters),
    /// Dating profiles that people report.
    Dating(DatingDesk),
    /// Durable work.
    Jobs(Jobs),
    /// Characters that people share.
    Shared(SharedDesk),
}
