//! What the engine counts about itself. Numbers only: nothing here names a person.

use super::by_bot::ByBot;
use super::latency::Latency;
use std::sync::atomic::{AtomicU64, Ordering};

/// A counter that only grows, or a level that goes up and down.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Less by `n` (levels).
    pub fn sub(&self, n: u64) {
        self.0.fetch_sub(n, Ordering::Relaxed);
    }

    /// Sets a level.
    pub fn set(&self, n: u64) {
        self.0.store(n, Ordering::Relaxed);
    }

    /// The present value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A counter or a level with what it says.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name, as in the code.
    pub name: &'static str,
    /// What it counts, as it is documented.
    pub help: &'static str,
    /// Its present value.
    pub value: u64,
}

/// Something that is timed, with what it says.
#[derive(Clone, Copy, Debug)]
pub struct Timed<'a> {
    /// Its name, as in the code.
    pub name: &'static str,
    /// What takes that long, as it is documented.
    pub help: &'static str,
    /// The durations.
    pub latency: &'a Latency,
}

macro_rules! meters {
    (
        timed { $($(#[doc = $what:literal])+ $timed:ident),+ $(,)? }
        $($(#[doc = $help:literal])+ $name:ident),+ $(,)?
    ) => {
        /// Every counter of the engine.
        #[derive(Debug, Default)]
        pub struct Meters {
            $($(#[doc = $help])+ pub $name: Count,)+
            /// What is counted for each bot.
            pub bots: ByBot,
            $($(#[doc = $what])+ pub $timed: Latency,)+
        }

        impl Meters {
            /// Names and values of the counters, for the demo and the operators.
            pub fn list(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.get()),)+]
            }

            /// The counters with what they say, for `/metrics`.
            pub fn figures(&self) -> Vec<Figure> {
                vec![$(Figure {
                    name: stringify!($name),
                    help: concat!($($help),+).trim_ascii(),
                    value: self.$name.get(),
                },)+]
            }

            /// What is timed, for `/metrics`.
            pub fn timed(&self) -> Vec<Timed<'_>> {
                vec![$(Timed {
                    name: stringify!($timed),
                    help: concat!($($what),+).trim_ascii(),
                    latency: &self.$timed,
                },)+]
            }
        }
    };
}

meters! {
    timed {
        /// From an update's arrival to its relay's acceptance by Telegram.
        relay_latency,
        /// A question to PostgreSQL and back, asked every few seconds; of those that were answered.
        database_round_trip,
        /// The same for Redis.
        redis_round_trip,
        /// From a photo's arrival at FaceGuard to its verdict.
        photo_verdict,
        /// Asking Telegram for a photo.
        photo_download,
        /// Reading a photo's header, decoding, shrinking.
        photo_decode,
        /// What a photo looks like, as a hash.
        photo_hash,
        /// Looking for faces.
        photo_faces,
        /// Looking for nudity.
        photo_nudity,
    }
    /// Updates taken from Telegram.
    updates_accepted,
    /// Updates seen before and dropped (I3).
    updates_duplicate,
    /// Updates that could not be read.
    updates_malformed,
    /// Updates that are none of the bot's business.
    updates_ignored,
    /// Updates turned away because too many of the same user were under way, or came too fast.
    updates_refused,
    /// Requests to the webhook without its secret.
    webhook_strangers,
    /// Updates that were left with Telegram for a while: stopping, too many under way, or no
    /// journal.
    webhook_put_off,
    /// Updates put aside after failing twice.
    dead_letters,
    /// Dead letters handled again because an operator asked for it.
    dead_letters_replayed,
    /// Updates delivered again because an actor died with them.
    updates_redelivered,
    /// Messages passed on to a partner.
    relayed,
    /// Messages that Telegram did not take for good.
    relay_failed,
    /// Calls tried again though it was unknown whether they had been sent.
    ambiguous_retries,
    /// Calls that were told to wait (429).
    told_to_wait,
    /// Messages of the bot itself.
    said,
    /// Notices and bulk messages dropped because too many waited for one chat.
    notices_dropped,
    /// Edits and reactions that a later one made needless before they left.
    edits_merged,
    /// Pairs opened.
    pairs_opened,
    /// Proposals that the store refused (I1).
    proposals_void,
    /// Pairs ended.
    pairs_ended,
    /// Sessions in memory now.
    sessions,
    /// Sessions passivated.
    passivated,
    /// Pairs in memory now.
    pairs_loaded,
    /// Seekers waiting now.
    seekers,
    /// Calls waiting in the outbox now.
    outbox_depth,
    /// Calls under way to Telegram now.
    outbox_in_flight,
    /// Writes waiting for the store now.
    persistence_depth,
    /// Writes made.
    writes,
    /// Writes that the store refused.
    writes_refused,
    /// Messages that were passed on and are not in the history: too much waited for the store.
    history_dropped,
    /// Operations that wait for the store to come back now.
    store_waits,
    /// Batches that had to be tried again.
    store_retries,
    /// Reads of the store by the persistence actor.
    store_reads,
    /// Questions of sessions about what their users are entitled to; a cache may have answered.
    entitlement_reads,
    /// Questions to Telegram whether somebody has joined the operator's channel.
    gate_looks,
    /// Those of them that were not answered in time, or refused: people came in.
    gate_unknown,
    /// Photos that were looked at and may stand in the open.
    photos_approved,
    /// Photos at which somebody would have to look: they stay behind their spoiler.
    photos_suspicious,
    /// Photos that were taken away.
    photos_rejected,
    /// Photos of which nothing could be found out: they stay behind their spoiler.
    photos_unchecked,
    /// Photos that were not looked at, as too many were under way; unchecked as well.
    photos_turned_away,
    /// Photos that left in the open at once, as they had been seen before.
    photos_remembered,
    /// Photos whose verdict the store had.
    photos_recalled,
    /// Photos that no model looked at, as one like them was known.
    photos_alike,
    /// Panics caught in sessions.
    session_restarts,
    /// Panics caught in relays.
    relay_restarts,
    /// Panics caught in the matchmaker.
    matchmaker_restarts,
    /// Panics caught in the outbox.
    outbox_restarts,
    /// Panics caught in the persistence actor.
    persistence_restarts,
    /// Acts of operators.
    admin_acts,
    /// Acts that were refused.
    admin_refused,
    /// What others did in the alerts chat.
    admin_strangers,
    /// Commands that were not answered because there were too many.
    admin_flood,
    /// People who were about to pay, and were answered.
    billing_checkouts,
    /// Payments, refunds and changes of subscriptions that the provider told of and that are in the
    /// books.
    billing_settled,
    /// Payments and refunds that were found in the provider's list, and no update had told of.
    billing_missed,
    /// Other nodes that this one found gone: they had not renewed their lease.
    nodes_lost,
    /// Actors that died outside their guard and were started anew.
    actor_deaths,
}
