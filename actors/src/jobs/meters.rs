//! What is counted about jobs.

use crate::kernel::meters::{Count, Figure};

macro_rules! meters {
    ($($(#[doc = $help:literal])+ $name:ident),+ $(,)?) => {
        /// Counters of the jobs on this node.
        #[derive(Debug, Default)]
        pub struct JobMeters {
            $($(#[doc = $help])+ pub $name: Count,)+
        }

        impl JobMeters {
            /// The counters with what they say, for `/metrics`.
            pub fn figures(&self) -> Vec<Figure> {
                vec![$(Figure {
                    name: concat!("jobs_", stringify!($name)),
                    help: concat!($($help),+).trim_ascii(),
                    value: self.$name.get(),
                },)+]
            }
        }
    };
}

meters! {
    /// Jobs put into the table.
    added,
    /// Jobs that were there before.
    repeated,
    /// Attempts begun.
    started,
    /// Attempts under way now.
    running,
    /// Jobs completed.
    completed,
    /// Jobs that failed for good.
    failed,
    /// Attempts in vain that are followed by another.
    again,
    /// Ends of attempts that did not count: the hold was lost.
    stale,
    /// Holds lost while the attempt was under way.
    lost,
    /// Panics of workers.
    panics,
    /// Ends handed over to be told.
    told,
    /// Ends marked as told.
    delivered,
    /// Ends given up after being told in vain again and again.
    untold,
    /// Transactions.
    turns,
    /// Transactions that had to be tried again.
    retries,
}
