//! Deterministic simulation testing (DST), as FoundationDB and TigerBeetle do it: the whole engine,
//! all actors over the real domain, on one thread under virtual time, with a store, a journal and a
//! Telegram in memory that delay, fail, lose answers, and after a crash come back with exactly what
//! was durable. Every choice follows from one seed, so that what a seed finds it finds again.
//!
//! (`simulator/` is something else: a Bot API server to run the finished program against.)
//!
//! [`run::run`] plays the history of a [`plan::Plan`]. While it runs, [`telegram::arrive`] checks
//! each message that people get; [`oracle`] looks at what must hold in the end. See `docs/dst.md`.

pub mod bounds;
pub mod cluster;
pub mod log;
pub mod node;
pub mod oracle;
pub mod people;
pub mod person;
pub mod plan;
pub mod rng;
pub mod run;
pub mod said;
pub mod shared;
pub mod store;
pub mod store_port;
pub mod telegram;
pub mod trace;
pub mod words;
pub mod world;

/// Panics that the engine catches, or was asked for, are part of many histories: they are not
/// printed.
pub fn quiet_panics() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let asked_for =
            panic.payload().downcast_ref::<&str>().is_some_and(|what| what.ends_with("asked for"));
        if !asked_for && nameless_actors::kernel::guard::current().is_none() {
            others(panic);
        }
    }));
}
