//! What the engine counts about itself. Numbers only: nothing here names a person.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

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

/// Buckets per power of two.
const STEPS: u64 = 8;
const BUCKETS: usize = 40 * STEPS as usize;

/// Durations in buckets that grow by about 9 %: 1 microsecond to days, no lock, no allocation.
#[derive(Debug)]
pub struct Latency {
    buckets: Box<[AtomicU64]>,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency { buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Latency {
    /// Notes one duration.
    pub fn record(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).max(1);
        let power = u64::from(us.ilog2());
        let step =
            if power >= 3 { (us >> (power - 3)) & (STEPS - 1) } else { (us << (3 - power)) & (STEPS - 1) };
        let bucket = (power * STEPS + step) as usize;
        self.buckets[bucket.min(BUCKETS - 1)].fetch_add(1, Ordering::Relaxed);
    }

    /// The duration that a share `q` (0 to 1) of the noted ones does not exceed, to about 9 %; none
    /// if nothing was noted.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        let counts: Vec<u64> = self.buckets.iter().map(|b| b.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return None;
        }
        let rank = ((q * total as f64).ceil() as u64).clamp(1, total);
        let mut seen = 0;
        let bucket = counts.iter().position(|c| {
            seen += c;
            seen >= rank
        })? as u64;
        let (power, step) = (bucket / STEPS, bucket % STEPS);
        let us = (1u64 << power) as f64 * (1.0 + (step + 1) as f64 / STEPS as f64);
        Some(Duration::from_micros(us as u64))
    }

    /// How many were noted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|b| b.load(Ordering::Relaxed)).sum()
    }
}

macro_rules! meters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Every counter of the engine.
        #[derive(Debug, Default)]
        pub struct Meters {
            $($(#[$doc])* pub $name: Count,)+
            /// From an update's arrival to its relay's acceptance by Telegram.
            pub relay_latency: Latency,
            /// From a photo's arrival at FaceGuard to its verdict.
            pub photo_verdict: Latency,
            /// Asking Telegram for a photo.
            pub photo_download: Latency,
            /// Reading a photo's header, decoding, shrinking.
            pub photo_decode: Latency,
            /// What a photo looks like, as a hash.
            pub photo_hash: Latency,
            /// Looking for faces.
            pub photo_faces: Latency,
            /// Looking for nudity.
            pub photo_nudity: Latency,
        }

        impl Meters {
            /// Names and values of the counters, for `/metrics` and the demo.
            pub fn list(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.get()),)+]
            }

            /// Names and durations of what is timed, for `/metrics`.
            pub fn latencies(&self) -> [(&'static str, &Latency); 7] {
                [
                    ("relay_latency", &self.relay_latency),
                    ("photo_verdict", &self.photo_verdict),
                    ("photo_download", &self.photo_download),
                    ("photo_decode", &self.photo_decode),
                    ("photo_hash", &self.photo_hash),
                    ("photo_faces", &self.photo_faces),
                    ("photo_nudity", &self.photo_nudity),
                ]
            }
        }
    };
}

meters! {
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
    /// Actors that died outside their guard and were started anew.
    actor_deaths,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_close() {
        let latency = Latency::default();
        assert_eq!(latency.quantile(0.5), None);
        for us in 1..=10_000u64 {
            latency.record(Duration::from_micros(us));
        }
        for q in [0.5, 0.9, 0.99] {
            let got = latency.quantile(q).unwrap().as_micros() as f64;
            let want = q * 10_000.0;
            assert!((got / want - 1.0).abs() < 0.14, "{q}: {got} for {want}");
        }
    }
}
