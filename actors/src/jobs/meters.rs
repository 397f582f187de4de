//! What is counted about jobs.

use crate::kernel::meters::Count;

macro_rules! meters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Counters of the jobs on this node.
        #[derive(Debug, Default)]
        pub struct JobMeters {
            $($(#[$doc])* pub $name: Count,)+
        }

        impl JobMeters {
            /// Names and values, for `/metrics`.
            pub fn list(&self) -> Vec<(&'static str, u64)> {
                vec![$((concat!("jobs_", stringify!($name)), self.$name.get()),)+]
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
