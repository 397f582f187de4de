//! Telegram's limits and the count of their violations.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::config::Limits;

/// UTF-16 units of a text message.
pub(crate) const TEXT_UNITS: usize = 4096;
/// UTF-16 units of a caption.
pub(crate) const CAPTION_UNITS: usize = 1024;
/// Bytes of a file that a bot may download.
pub(crate) const DOWNLOAD_BYTES: usize = 20 * 1024 * 1024;
/// Bytes of a file that a bot may upload.
pub(crate) const UPLOAD_BYTES: usize = 50 * 1024 * 1024;
/// Bytes of a photo that a bot may upload.
pub(crate) const PHOTO_BYTES: usize = 10 * 1024 * 1024;
/// Seconds for which a message may be deleted.
pub(crate) const DELETE_SECONDS: i64 = 48 * 3600;

/// Which limit a call went over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Violation {
    /// Too many messages to one chat.
    ChatRate,
    /// Too many messages of one bot.
    GlobalRate,
    /// A text over 4096 UTF-16 units.
    TextLength,
    /// A caption over 1024 UTF-16 units.
    CaptionLength,
    /// A media group of fewer than 2 or more than 10 items.
    MediaGroup,
    /// `callback_data` outside 1..=64 bytes.
    ButtonData,
    /// More than one reaction of a bot.
    Reactions,
    /// A file over the upload or download limit.
    FileSize,
    /// A delete after 48 hours.
    DeleteAge,
    /// A second poller of the same token.
    Pollers,
    /// A second or late answer to a callback query.
    CallbackAnswer,
}

impl Violation {
    /// Every violation with its name in the statistics.
    pub(crate) const ALL: [(Self, &'static str); 11] = [
        (Self::ChatRate, "chat_rate"),
        (Self::GlobalRate, "global_rate"),
        (Self::TextLength, "text_length"),
        (Self::CaptionLength, "caption_length"),
        (Self::MediaGroup, "media_group"),
        (Self::ButtonData, "button_data"),
        (Self::Reactions, "reactions"),
        (Self::FileSize, "file_size"),
        (Self::DeleteAge, "delete_age"),
        (Self::Pollers, "pollers"),
        (Self::CallbackAnswer, "callback_answer"),
    ];
}

/// Counts per violation.
#[derive(Debug, Default)]
pub(crate) struct Violations([AtomicU64; Violation::ALL.len()]);

impl Violations {
    pub(crate) fn count(&self, what: Violation) {
        self.0[what as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Violation::ALL.iter().map(|(v, name)| (*name, self.0[*v as usize].load(Ordering::Relaxed)))
    }
}

/// A token bucket. Times are microseconds of the world's clock.
#[derive(Debug, Default, Clone)]
pub(crate) struct Bucket {
    /// Used-up capacity in messages; leaks away at the rate.
    level: f64,
    at: u64,
}

impl Bucket {
    /// Takes `n` messages. `Err` holds the seconds after which they would fit. With `force` they
    /// are taken all the same, so that a mere count of violations sees every message above the
    /// rate, not every second one.
    pub(crate) fn take(&mut self, now: u64, n: usize, rate: f64, burst: u32, force: bool) -> Result<(), f64> {
        if rate <= 0.0 {
            return Ok(());
        }
        let passed = now.saturating_sub(self.at) as f64 / 1e6;
        self.level = (self.level - passed * rate).max(0.0);
        self.at = self.at.max(now);
        let capacity = f64::from(burst.max(1));
        let wanted = self.level + n as f64;
        // An album may be larger than the burst; it passes when the bucket is empty.
        if wanted <= capacity + 1e-9 || self.level <= 1e-9 {
            self.level = wanted;
            return Ok(());
        }
        let wait = (wanted - capacity).min(self.level) / rate;
        if force {
            // Bounded, so that a flood does not mark an hour of calm sending afterwards.
            self.level = wanted.min(capacity + n as f64);
        }
        Err(wait)
    }
}

impl Limits {
    pub(crate) fn take_chat(&self, bucket: &mut Bucket, now: u64, n: usize) -> Result<(), f64> {
        bucket.take(now, n, self.chat_rate, self.chat_burst, !self.enforce_429)
    }

    pub(crate) fn take_global(&self, bucket: &mut Bucket, now: u64, n: usize) -> Result<(), f64> {
        bucket.take(now, n, self.global_rate, self.global_burst, !self.enforce_429)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_lets_a_burst_through_and_then_the_rate() {
        let mut bucket = Bucket::default();
        let second = 1_000_000;
        for _ in 0..3 {
            assert!(bucket.take(0, 1, 1.0, 3, false).is_ok());
        }
        let wait = bucket.take(0, 1, 1.0, 3, false).unwrap_err();
        assert!((wait - 1.0).abs() < 1e-6, "{wait}");
        assert!(bucket.take(second, 1, 1.0, 3, false).is_ok());
        assert!(bucket.take(second, 1, 1.0, 3, false).is_err());
    }

    #[test]
    fn an_album_larger_than_the_burst_passes_when_the_chat_is_calm() {
        let mut bucket = Bucket::default();
        assert!(bucket.take(0, 10, 1.0, 3, false).is_ok());
        assert!(bucket.take(0, 1, 1.0, 3, false).is_err());
    }

    #[test]
    fn violations_have_distinct_places() {
        for (n, (violation, _)) in Violation::ALL.iter().enumerate() {
            assert_eq!(*violation as usize, n);
        }
    }
}
