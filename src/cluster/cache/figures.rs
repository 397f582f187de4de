//! What the cache counts about itself, for `/metrics`.

use super::Kind;
use nameless_actors::kernel::meters::{Count, Figure};

macro_rules! counts {
    ($($(#[doc = $help:literal])+ $name:ident),+ $(,)?) => {
        /// Counters of one kind.
        #[derive(Debug, Default)]
        pub struct Counts {
            $($(#[doc = $help])+ pub $name: Count,)+
        }

        impl Counts {
            /// The counters with what they say.
            pub fn figures(&self) -> Vec<Figure> {
                vec![$(Figure {
                    name: stringify!($name),
                    help: concat!($($help),+).trim_ascii(),
                    value: self.$name.get(),
                },)+]
            }
        }
    };
}

counts! {
    /// Questions.
    reads,
    /// Questions that shared the answer to another one under way.
    joined,
    /// Answers from Redis.
    hits,
    /// Looks into Redis that found nothing.
    misses,
    /// Reads of the store: for want of an answer, or of Redis.
    loads,
    /// Reads of the store that failed.
    load_errors,
    /// Values that were not left in Redis, as something had changed meanwhile.
    fills_refused,
    /// Values removed because something had changed.
    forgotten,
    /// Operations of Redis that failed, and values in it that do not open.
    errors,
}

/// Counters of every kind.
#[derive(Debug)]
pub struct Figures(Vec<Counts>);

impl Default for Figures {
    fn default() -> Figures {
        Figures(Kind::ALL.iter().map(|_| Counts::default()).collect())
    }
}

impl Figures {
    /// Those of a kind.
    pub fn of(&self, kind: Kind) -> &Counts {
        &self.0[kind as usize]
    }
}
