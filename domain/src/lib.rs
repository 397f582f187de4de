//! The pure logic of Nameless: who may meet whom, what passes between them, what is said.
//!
//! No actors, no I/O, no clock: time comes in with the event, effects go out as data. Everything
//! here can be tested by example and by property.

pub mod alarms;
pub mod capabilities;
pub mod companion;
pub mod crowds;
pub mod ids;
pub mod matching;
pub mod outbox;
pub mod outgoing;
pub mod profile;
pub mod random;
pub mod relay;
pub mod rules;
pub mod session;
pub mod text;
pub mod time;
pub mod update;
