//! What is cached, and for how long.

use std::fmt::Display;
use std::time::Duration;

const MINUTE: u64 = 60;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $name:literal, $seconds:expr;)+) => {
        /// A kind of cached values. A new one is one line here; its longest life is chosen by what
        /// a stale value costs: a profile or settings would have 5 minutes, a subscription an hour,
        /// a verdict on a photo 30 days.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $kind,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)+];

            /// Its name in keys and metrics.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)+
                }
            }

            /// The longest that a value lives: a bound on how stale one can be that nobody could
            /// remove.
            pub fn ttl(self) -> Duration {
                match self {
                    $(Kind::$kind => Duration::from_secs($seconds),)+
                }
            }
        }
    };
}

kinds! {
    /// What a user is entitled to, by user id.
    Entitlement: "entitlement", 10 * MINUTE;
}

impl Kind {
    /// The key of an entry. An entry is one key, so it needs no hash tag, and a Cluster spreads the
    /// entries over all of its nodes.
    pub(super) fn key(self, id: impl Display) -> String {
        format!("nameless:cache:{}:{id}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn kinds_have_names_and_keys_of_their_own() {
        let names: BTreeSet<&str> = Kind::ALL.iter().map(|k| k.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        assert_eq!(Kind::Entitlement.key(42), "nameless:cache:entitlement:42");
        for kind in Kind::ALL {
            assert!(kind.name().bytes().all(|b| b.is_ascii_lowercase()), "no tag, no separator");
            assert!(kind.ttl() >= Duration::from_secs(MINUTE));
        }
    }
}
