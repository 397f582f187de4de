//! FaceGuard: has photos looked at, in the background, and remembers what was seen.
//!
//! ```text
//!  relay ── Check{photo, reply} ──> FaceGuard ── memory, table, else download and a worker
//!    ^                                  │         then: banned? sent to many?
//!    └────────── reply(verdict) ────────┘
//! ```
//!
//! A chat never waits for it, unless its operator wants that (`FACE_POLICY=gate`). Whoever asks
//! gets an answer exactly once, within [`Limits::photo_patience`](crate::env::Limits): what could
//! not be looked at, for whatever reason, is unchecked. Verdicts that relays have to know at once
//! are in [`Env::photos`](crate::env::Env).

mod handlers;
pub(crate) mod messages;

pub(crate) use handlers::memory;
pub use handlers::{vet, vet_here};
pub use messages::{Check, Photo, Reply};

use crate::env::Env;
use crate::service;
use actix::{Actor, AsyncContext, Context};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How often is read again what is banned, and what other nodes have seen.
const READ_UP_EVERY: Duration = Duration::from_secs(60);

/// Has photos looked at.
pub struct FaceGuard {
    env: Arc<Env>,
    /// Photos that may be under way.
    room: Arc<Semaphore>,
}

impl FaceGuard {
    /// One that looks at nothing yet.
    pub fn new(env: Arc<Env>) -> FaceGuard {
        let room = Arc::new(Semaphore::new(env.limits.photos));
        FaceGuard { env, room }
    }
}

service!(
    FaceGuard,
    "faceguard",
    One,
    when full: "the verdict is unchecked: the photo stays behind its spoiler",
    |env, _| FaceGuard::new(env)
);

impl Actor for FaceGuard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if self.is_on() {
            self.read_up();
            ctx.run_interval(READ_UP_EVERY, |actor, _| actor.read_up());
        }
    }
}
