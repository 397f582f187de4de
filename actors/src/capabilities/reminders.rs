//! Reminders: whom they concern, and what came of each.

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::reminders::{Event, Kind, Request};
use nameless_domain::ids::{BotId, UserId};
use nameless_domain::text::Lang;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The lane of the jobs that say one.
pub const REMIND: &str = "remind";
/// The lane of the jobs that look who could be reminded.
pub const REMIND_ROUND: &str = "remind_round";

/// Why somebody is to be reminded, as a job keeps it. Whether it is still so is looked at when it
/// is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Of what.
    pub kind: Kind,
    /// Since when, milliseconds since the Unix epoch: tells it from others of its kind.
    pub slot: i64,
    /// The match who wrote, by the name under which this user alone knows them: a copy of one's
    /// data shows what jobs were given.
    #[serde(default)]
    pub about: Option<u64>,
}

/// What somebody who wants to say a reminder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is true, counted, and to be said now.
    Say {
        /// By the bot that they are at.
        bot: BotId,
        /// In this language.
        lang: Lang,
        /// The how many-th time it is claimed, from 1.
        time: i16,
    },
    /// Not now: after this.
    Later(Duration),
    /// Nothing is said: it is not so any more, or its user is not to be reminded.
    Nothing,
}

/// What came of one that was to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They have it.
    Sent,
    /// They have blocked the bot, or are no more.
    Gone,
    /// Telegram did not take it, or nobody knows.
    Failed,
    /// It was taken back before it left: it does not count.
    Unsent,
}

/// Knows whom reminders concern, and counts them.
pub trait RemindersPort: Send + Sync {
    /// How often is looked who could be reminded; none: nobody is.
    fn every(&self) -> Option<Duration>;
    /// Whether a user gets reminders.
    fn gets(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>>;
    /// From now on they do, or do not.
    fn want(&self, user: UserId, on: bool) -> PortFuture<'_, Result<Event, StoreError>>;
    /// Finds people for those who wait, a few at a time: a job for each, of which there were so
    /// many. Measures what earlier ones came to.
    fn round(&self) -> PortFuture<'_, Result<usize, StoreError>>;
    /// Whether one is to be said. It counts from here on, whatever becomes of the caller.
    fn claim(&self, user: UserId, cause: Cause) -> PortFuture<'_, Result<Claimed, StoreError>>;
    /// Keeps what came of one, claimed for this time. The same again changes nothing.
    fn landed(&self, user: UserId, of: (Cause, i16), fate: Fate) -> PortFuture<'_, Result<(), StoreError>>;
}

/// Where there is no database.
pub(super) struct Absent;

fn none<T: Send + 'static>() -> PortFuture<'static, Result<T, StoreError>> {
    Box::pin(async { Err(StoreError::Unavailable("there is none".into())) })
}

impl RemindersPort for Absent {
    fn every(&self) -> Option<Duration> {
        None
    }
    fn gets(&self, _: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }
    fn want(&self, _: UserId, _: bool) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }
    fn round(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        none()
    }
    fn claim(&self, _: UserId, _: Cause) -> PortFuture<'_, Result<Claimed, StoreError>> {
        none()
    }
    fn landed(&self, _: UserId, _: (Cause, i16), _: Fate) -> PortFuture<'_, Result<(), StoreError>> {
        none()
    }
}

/// Carries a request out.
pub(super) async fn perform(
    port: &dyn RemindersPort,
    _: &Meters,
    user: UserId,
    request: Request,
) -> Result<Event, StoreError> {
    match request {
        Request::Look => port.gets(user).await,
        Request::Want { on } => port.want(user, on).await,
    }
}
