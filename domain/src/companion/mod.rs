//! The pure parts of AI companions: what is refused, what a model is asked, what becomes of its
//! answer, what it may cost.
//!
//! Nothing here is wired: no command leads to it and no capability lists it. It waits for the jobs
//! and the back ends (`backends/`) that will use it.

pub mod constants;
pub mod context;
pub mod markdown;
pub mod money;
pub mod persona;
pub mod reasoning;
pub mod repetition;
pub mod safety;
