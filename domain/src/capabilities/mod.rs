//! What people can do beside meeting and talking: the list, and a folder each.
//!
//! A capability is a folder here, and a line in the list below. The core has one open arm for all
//! of them in what it is told, what it asks for, what it owes and what users do; everything else
//! they bring along ([`Capability`]).

mod contract;

pub use contract::{Before, Capability, Fact, Nothing};

use crate::session::{Feature, SessionCore, Turn};
use crate::text::Screen;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

macro_rules! list {
    ($($(#[$doc:meta])* $module:ident: $Name:ident),+ $(,)?) => {
        $($(#[$doc])* pub mod $module;)+

        /// What each session knows of its capabilities.
        #[derive(Debug, Default)]
        pub struct States {
            $($(#[$doc])* pub $module: <$module::$Name as Capability>::State,)+
        }

        /// What a capability asks of its port.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Request {
            $($(#[$doc])* $Name(<$module::$Name as Capability>::Request),)+
        }

        /// What a capability is told.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", tag = "capability", content = "event")]
        pub enum Event {
            $($(#[$doc])* $Name(<$module::$Name as Capability>::Event),)+
        }

        /// A line that a capability owes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", tag = "capability", content = "notice")]
        pub enum Notice {
            $($(#[$doc])* $Name(<$module::$Name as Capability>::Notice),)+
        }

        /// What a user did, of a kind that a capability knows.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Act {
            $($(#[$doc])* $Name(<$module::$Name as Capability>::Act),)+
        }

        /// Their commands and buttons.
        pub const FEATURES: &[Feature] = &[$(<$module::$Name as Capability>::FEATURE,)+];

        /// Whether a press is carried out again if it comes again after a crash.
        pub(crate) fn is_pressed_again(data: &str) -> bool {
            let mut parts = data.split(':');
            let prefix = parts.next().unwrap_or_default();
            let rest: Vec<&str> = parts.take(4).collect();
            false $(|| prefix == <$module::$Name as Capability>::FEATURE.prefix
                && <$module::$Name as Capability>::is_pressed_again(&rest))+
        }

        impl States {
            /// What must be known first, if anything.
            pub fn needs(&self, before: &Before<'_>, now: Millis) -> Option<Request> {
                $(if let Some(request) = <$module::$Name as Capability>::needs(&self.$module, before, now) {
                    return Some(Request::$Name(request));
                })+
                None
            }

            /// Whether the user's searches go before others'.
            pub fn goes_first(&self, now: Millis) -> bool {
                false $(|| <$module::$Name as Capability>::goes_first(&self.$module, now))+
            }
        }

        impl Request {
            /// What the session is told where there is no answer.
            pub fn unanswered(&self) -> Event {
                match self {
                    $(Request::$Name(request) => {
                        Event::$Name(<$module::$Name as Capability>::unanswered(request))
                    })+
                }
            }

            /// Whether carrying it out waits for files of Telegram's.
            pub fn reads_files(&self) -> bool {
                match self {
                    $(Request::$Name(request) => <$module::$Name as Capability>::reads_files(request),)+
                }
            }

            /// Whether it waits for what its user asked before in this way.
            pub fn keeps_order(&self) -> bool {
                match self {
                    $(Request::$Name(request) => <$module::$Name as Capability>::keeps_order(request),)+
                }
            }

            /// Whether carrying it out looks at nothing of the core's but its user's own rows.
            pub fn stands_alone(&self) -> bool {
                match self {
                    $(Request::$Name(request) => <$module::$Name as Capability>::stands_alone(request),)+
                }
            }
        }

        impl Notice {
            /// What is said, in order.
            pub fn screens(self) -> Vec<Screen> {
                match self {
                    $(Notice::$Name(notice) => <$module::$Name as Capability>::screens(notice),)+
                }
            }

            /// Whether it is still true.
            pub fn still_holds(self, session: &SessionCore) -> bool {
                match self {
                    $(Notice::$Name(notice) => <$module::$Name as Capability>::still_holds(session, notice),)+
                }
            }
        }

        /// Tells a capability what concerns it.
        pub(crate) fn on_event(session: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
            match event {
                $(Event::$Name(event) => <$module::$Name as Capability>::on_event(session, event, turn),)+
            }
        }

        /// Hands a capability what the user did.
        pub(crate) fn on_act(session: &mut SessionCore, act: Act, turn: &mut Turn<'_>) {
            match act {
                $(Act::$Name(act) => <$module::$Name as Capability>::on_act(session, act, turn),)+
            }
        }

        /// Tells all of them of something in the core.
        pub(crate) fn hear(session: &mut SessionCore, fact: Fact, turn: &mut Turn<'_>) {
            $(<$module::$Name as Capability>::hears(session, fact, turn);)+
        }
    };
}

// A new capability adds its line.
list! {
    /// What users may have beyond what everyone has.
    premium: Premium,
    /// A word to the operators.
    feedback: Feedback,
    /// Photos that are looked at.
    faceguard: FaceGuard,
    /// What operators do, and the gate for those whom they banned.
    admin: Admin,
    /// What is sold, and who has paid.
    billing: Billing,
    /// What the operators tell everybody.
    news: News,
    /// Characters to talk to, each of them an AI.
    companion: Companion,
    /// Profiles, cards, mutual likes.
    dating: Dating,
    /// The last partner, asked back.
    again: Again,
    /// The operator's channel, which people join first.
    gate: Gate,
    /// Somebody waits, a match has written.
    reminders: Reminders,
}
