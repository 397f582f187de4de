//! Reminders: looks now and then who could be reminded, and says what is due.
//!
//! Both are jobs, so that of all nodes one looks at a time, and what a process leaves is said by
//! the next ([`Carrier`]). This actor only keeps the time.

mod carrier;
#[cfg(test)]
mod tests;

pub use carrier::Carrier;

use crate::capabilities::REMIND_ROUND;
use crate::env::Env;
use crate::kernel::ticket::Tickets;
use crate::ports::NewJob;
use crate::service;
use actix::{Actor, AsyncContext, Context};
use std::sync::Arc;
use std::time::Duration;

/// Keeps the time of the looks.
pub struct Reminders {
    env: Arc<Env>,
}

impl Reminders {
    /// One that has not looked yet.
    pub fn new(env: Arc<Env>) -> Reminders {
        Reminders { env }
    }

    /// Has somebody look. Whichever node says so first in this stretch of time: its name is the
    /// same on all of them, and after a restart.
    fn look(&self, every: Duration) {
        let Some(jobs) = self.env.jobs.as_ref().filter(|_| self.env.may_act()) else { return };
        let every_ms = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
        let stretch = self.env.clock.now().0 / every_ms;
        let key = format!("reminder:round:{every_ms}:{stretch}");
        let job = NewJob { within: every.max(Duration::from_secs(60)), ..NewJob::new(REMIND_ROUND, key, []) };
        jobs.add(vec![job], Tickets::new());
    }
}

service!(
    Reminders,
    "reminders",
    One,
    when full: "nothing waits for it",
    |env, _| Reminders::new(env)
);

impl Actor for Reminders {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(every) = self.env.capabilities.reminders.every() {
            self.look(every);
            ctx.run_interval(every, move |actor, _| actor.look(every));
        }
    }
}
