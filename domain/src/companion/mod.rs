//! The pure parts of AI companions: what is refused, what a model is asked, what becomes of its
//! answer, what it may cost.
//!
//! The capability ([`crate::capabilities::companion`]) is what people see of it; clients of back
//! ends are in `backends/`.

pub mod constants;
pub mod context;
pub mod markdown;
pub mod meaning;
pub mod money;
pub mod pace;
pub mod persona;
pub mod reasoning;
pub mod recall;
pub mod repetition;
pub mod safety;
pub mod scene;
