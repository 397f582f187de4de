//! Who meets whom.
//!
//! A seeker meets the one who has waited longest among those who fit BOTH ways and whom neither is
//! to avoid; premium first within a bound. What it costs depends on the number of types of seekers,
//! never on how many wait:
//!
//! - A **type** ([`types`]) is own gender, age, language and the wishes about them. Interests are
//!   not part of it: with them there could be as many types as seekers.
//! - Whoever fits is nearly always near the front, so a search first reads a bounded number of
//!   those of each kind, in order ([`cohort`]). What follows is for those that find nobody there.
//! - Each type has **queues** ([`queue`]), one for everybody content with anybody and one per topic
//!   (per class, premium and free). A seeker of n topics stands in up to n + 1 of them, so a shared
//!   interest is the head of a topic's queue and never a search.
//! - Those who leave stay in the queues until a search meets them or they are a third of a row's
//!   kind.
//! - The **pick** ([`pick`]) is the least head over the fitting types. The heads of those who are
//!   alike (gender, age, language) stand in order ([`row`]), so it is found after a few steps. Only
//!   when that head is to be avoided are the queues merged, up to a bounded look-ahead.
//! - Each **crowd** has a pool of its own ([`pools`]): nearly everywhere there is one.

mod cohort;
mod pick;
mod pool;
mod pools;
mod queue;
mod row;
mod seeker;
mod types;

#[cfg(test)]
mod tests;

pub use pool::{Offer, Pool, PoolLimits};
pub use pools::Pools;
pub use seeker::Seeker;
