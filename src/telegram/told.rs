//! Waits that Telegram tells: each has a floor and a bound.

use std::time::Duration;

/// Also where Telegram says 0, or nothing: asked again at once, it would say the same a thousand
/// times a second.
const FLOOR: Duration = Duration::from_secs(1);
/// For a chat. What Telegram tells for breaking its limits is at most some hours; more is taken for
/// a fault of whoever answers.
pub const CHAT: Duration = Duration::from_secs(86_400);
/// For calls that serve everybody (updates, the webhook): deafness is worse than a question too
/// many.
pub const ALL: Duration = Duration::from_secs(60);

/// How long to wait after a 429 that told `seconds`, at most `bound`.
pub fn wait(seconds: Option<u64>, bound: Duration) -> Duration {
    Duration::from_secs(seconds.unwrap_or(0)).clamp(FLOOR, bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_has_a_floor_and_a_bound() {
        for (told, bound, seconds) in [
            (None, ALL, 1),
            (Some(0), ALL, 1),
            (Some(7), ALL, 7),
            (Some(999_999_999), ALL, 60),
            (Some(18_053), CHAT, 18_053),
            (Some(u64::MAX), CHAT, 86_400),
        ] {
            assert_eq!(wait(told, bound), Duration::from_secs(seconds), "{told:?}");
        }
    }
}
