//! Reminders in the database.
//!
//! Who could be reminded is found a few at a time ([`round`]); whether one is really said is
//! decided when it is about to leave, under one lock a person, and counted there ([`claim`]); what
//! it came to is counted later ([`measure`]).

mod claim;
mod measure;
mod round;
mod tables;

pub(crate) use measure::effects;
pub(crate) use tables::TABLES;

use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::{Cause, Claimed, Fate, REMIND, RemindersPort};
use nameless_actors::ports::{Added, NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::reminders::effect::Effect;
use nameless_domain::capabilities::reminders::when::{AWAY_MS, UNANSWERED_MS};
use nameless_domain::capabilities::reminders::{Event, Kind};
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::UserId;
use nameless_domain::matching::Seeker;
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::time::{DAY_MS, Millis};
use std::time::Duration;

/// How long a round may take.
const ROUND: Duration = Duration::from_secs(30);
/// Somebody does not wait any more when a reminder of that is older.
const WAITING_FOR: Duration = Duration::from_secs(600);
/// A match's words are old news after that.
const WROTE_FOR: Duration = Duration::from_secs(2 * 86_400);

/// The reminders of a store.
pub struct Book {
    store: PgStore,
    every: Option<Duration>,
    held_out: u32,
}

impl Book {
    /// `every` says how often is looked who could be reminded (none: nobody is), `held_out` how
    /// many of a hundred people get none.
    pub fn new(store: PgStore, every: Option<Duration>, held_out: u32) -> Book {
        Book { store, every, held_out }
    }
}

/// Adds the job of a reminder, one a day of the same; whether it is new.
async fn add(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    cause: Cause,
    (delay, within): (Duration, Duration),
) -> Result<bool, Fault> {
    let words =
        serde_json::to_vec(&cause).map_err(|_| Fault::Corrupt("a cause that cannot be written".into()))?;
    let about = cause.about.unwrap_or_default();
    let day = cause.slot / DAY_MS;
    let key = format!("reminder:{}:{}:{about}:{day}", cause.kind.name(), user.0);
    let job = NewJob { delay, within, ..NewJob::new(REMIND, key, words).of(user) };
    Ok(jobs::add(conn, keys, &[job]).await?.contains(&Added::New))
}

/// A match, which goes by this name to somebody, has written to them, or wanted to: if that is not
/// answered for some hours, they may be reminded. Within the transaction in which it happened.
pub(crate) async fn wrote(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    by: Token,
    now: Millis,
) -> Result<(), Fault> {
    let cause = Cause { kind: Kind::Match, slot: now.0, about: Some(by.0) };
    let delay = Duration::from_millis(UNANSWERED_MS.unsigned_abs());
    add(conn, keys, user, cause, (delay, WROTE_FOR)).await.map(drop)
}

/// Somebody as the matchmaker would know them, were they searching since then.
fn seeker(account: &Account, crowds: &Crowds, since: Millis, now: Millis) -> Option<Seeker> {
    let recent = account.avoid.iter().filter(|avoided| avoided.until > now).map(|avoided| avoided.user);
    let mut avoid: Vec<UserId> = recent.chain(account.blocked.users().iter().copied()).collect();
    avoid.sort_unstable();
    avoid.dedup();
    let (user, profile) = (account.user, account.profile()?);
    let crowd = crowds.of(account.bot);
    Some(Seeker { user, crowd, profile, since, priority: false, avoid: avoid.into_boxed_slice() })
}

/// Whether somebody does nothing here, as far as their account says. A dialog with a character
/// stays open until it is left: who was away for a day is in none.
fn is_free(account: &Account, seen: Millis, now: Millis) -> bool {
    let does_nothing = match account.phase {
        Phase::Idle => true,
        Phase::Companion { .. } => now.since(seen) >= AWAY_MS,
        _ => false,
    };
    does_nothing && !account.blocked_bot
}

/// Since when somebody searches, if they do.
fn searches_since(account: &Account) -> Option<Millis> {
    match account.phase {
        Phase::Searching { since, .. } => Some(since),
        _ => None,
    }
}

impl PgStore {
    /// What reminders of the last days came to, by kind.
    pub fn reminders_effect(&self, days: u32) -> PortFuture<'_, Result<Vec<Effect>, StoreError>> {
        self.run(move |inner| async move {
            measure::effects(&mut *inner.check_out().await?, days, wall_clock()).await
        })
    }
}

impl RemindersPort for Book {
    fn every(&self) -> Option<Duration> {
        self.every
    }

    fn gets(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        tables::gets(&self.store, user)
    }

    fn want(&self, user: UserId, on: bool) -> PortFuture<'_, Result<Event, StoreError>> {
        tables::want(&self.store, user, on)
    }

    fn round(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        self.store.run_within(ROUND, move |inner| async move {
            // By itself: whoever erases themselves waits for the rows that are counted.
            inner.transaction(async |conn| round::measured(conn, wall_clock()).await).await?;
            inner.transaction(async |conn| round::round(conn, &inner.keys, wall_clock()).await).await
        })
    }

    fn claim(&self, user: UserId, cause: Cause) -> PortFuture<'_, Result<Claimed, StoreError>> {
        let held_out = self.held_out;
        self.store.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                claim::claim(conn, (&inner.keys, held_out), user, cause, wall_clock()).await
            };
            inner.transaction(work).await
        })
    }

    fn landed(&self, user: UserId, of: (Cause, i16), fate: Fate) -> PortFuture<'_, Result<(), StoreError>> {
        self.store.run(move |inner| async move {
            inner.transaction(async |conn| claim::landed(conn, user, of, fate, wall_clock()).await).await
        })
    }
}
