//! Photos checked by ONNX models, in a process that has locked itself up.
//!
//! The engine never decodes a picture and never loads a model. It starts *workers* (the same
//! program, another subcommand), hands each a file at a time, and gets *findings* back: facts and
//! scores. What a purpose makes of them is *policy*, judged in the engine without any model, so a
//! finding that is kept answers for other purposes as well.
//!
//! ```text
//!  engine                                   worker (no file, no socket, no program, no other process)
//!  Settings::command ── starts ───────────> loads models, locks itself up
//!                    <── Hello{layers} ────
//!  Request{picture, wants} ───────────────> header -> decode -> PDQ -> faces -> nudity
//!  Policy::judge(found, known) <── Answer{found}
//!       └─> Verdict{decision, reasons}
//! ```
//!
//! # In the engine
//! - Its subcommand calls [`worker::run`] as the very first thing in `main`: no thread, no runtime,
//!   nothing opened.
//! - [`pool::Pool`] keeps workers going: threads of its own, a bounded queue, pauses between
//!   restarts. An actor hands it a picture and a closure that sends the outcome back as a message.
//!   [`client::Worker`] is one worker, for who waits.
//! - [`policy::Policy::wants`] tells what to ask for; [`policy::Policy::judge`] turns the answer
//!   into a verdict, together with what the engine knows: whether the hash is near a banned one
//!   ([`pdq::Hash::nearest`]), whether it is spam.
//! - What no worker answered is [`verdict::Reason::NoWorker`]: unchecked, and time does not change
//!   that.
//!
//! ```no_run
//! use std::time::Duration;
//! use nameless_vision::{client::{Settings, Worker}, policy::{Known, Policy}, sandbox::Demand};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let photo = Vec::new();
//! let settings = Settings {
//!     program: std::env::current_exe()?,
//!     subcommand: vec!["face-worker".into()],
//!     models: "data/models".into(),
//!     demand: Demand::Require,
//!     start: Duration::from_secs(10),
//! };
//! let mut worker = Worker::start(&settings)?;
//! let policy = Policy::main_photo();
//! let answer = worker.look(photo, policy.wants(), Duration::from_secs(3))?;
//! let verdict = policy.judge(&answer.found, Known::default());
//! # Ok(())
//! # }
//! ```
//!
//! Models and runtime come from `scripts/models.sh`. Nothing here depends on the engine's crates.

pub mod bench;
pub mod client;
pub mod codes;
pub mod eval;
pub mod faces;
pub mod failure;
pub mod findings;
pub mod header;
mod inspect;
pub mod limits;
pub mod models;
pub mod pdq;
pub mod picture;
pub mod policy;
pub mod pool;
pub mod protocol;
pub mod quality;
mod resize;
pub mod sandbox;
pub mod verdict;
pub mod worker;
