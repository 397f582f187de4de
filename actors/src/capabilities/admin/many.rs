//! What an act on many is done to.

use serde::Serialize;

/// What it would be done to now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// What would be done.
    pub what: &'static str,
    /// To how many: say so when it is done.
    pub count: u32,
    /// Whether there are more, which are left for the next time.
    pub more: bool,
    /// Reports, people or positions.
    pub items: Vec<i64>,
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ManyDone {
    /// What was done.
    pub what: &'static str,
    /// To how many.
    pub done: u32,
    /// How many were left out: somebody else works on them, or they are gone.
    pub left: u32,
}
