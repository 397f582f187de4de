//! When a call is made again, and after how long.

use crate::port::Why;
use hyper::HeaderMap;
use nameless_domain::random::Random;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Waits before a second and later attempt: this, doubled each time, of which between a half and
/// all is waited.
const FIRST: Duration = Duration::from_millis(500);
/// What is waited beyond a Retry-After at most, so that those who heard the same do not come at
/// once.
const BEYOND_MS: u64 = 250;

/// Whether the facts allow another attempt: busy or broken, and no word shown yet.
pub(crate) fn allowed(why: Why, status: Option<u16>, shown: bool) -> bool {
    let by_status = matches!(status, Some(402 | 408 | 425 | 429 | 500..));
    !shown && by_status && matches!(why, Why::Busy | Why::Broken)
}

/// How long to wait before attempt number `next`, counted from 1 for the first one made again.
pub(crate) fn wait(next: u32, retry_after: Option<Duration>, random: &mut Random) -> Duration {
    let backoff = FIRST * 2u32.saturating_pow(next.saturating_sub(1).min(6));
    let backoff = backoff.mul_f64(0.5 + random.unit() / 2.0);
    match retry_after {
        Some(after) => (after + Duration::from_millis(random.below(BEYOND_MS))).max(backoff),
        None => backoff,
    }
}

/// What the headers say of when to come again.
pub(crate) fn after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let told = value("retry-after-ms").and_then(|v| v.parse().ok()).map(Duration::from_millis);
    let told = told.or_else(|| value("retry-after").and_then(|v| retry_after(v, now)));
    // A duration at OpenAI, a Unix time at Venice; only where the limit is used up.
    told.or_else(|| {
        let used_up = value("x-ratelimit-remaining-requests").is_some_and(|left| left == "0");
        value("x-ratelimit-reset-requests").filter(|_| used_up).and_then(|v| reset(v, now))
    })
}

fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    match value.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => {
            let at = httpdate::parse_http_date(value).ok()?;
            Some(at.duration_since(now).unwrap_or_default())
        }
    }
}

fn reset(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(unix) = value.parse::<f64>() {
        // Some write milliseconds.
        let seconds = if unix > 1e11 { unix / 1e3 } else { unix };
        let at = UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
        return Some(at.duration_since(now).unwrap_or_default());
    }
    // "6m0s", "1.5s", "20ms".
    let (mut total, mut rest) = (0.0, value);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let end = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        total += number
            * match &unit[..end] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3_600.0,
                _ => return None,
            };
        rest = &unit[end..];
    }
    Duration::try_from_secs_f64(total).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pairs: &[(&'static str, &str)]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        after(&headers, UNIX_EPOCH + Duration::from_secs(1_700_000_000))
    }

    #[test]
    fn every_way_to_say_when_is_read() {
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(told(&[("retry-after", "7")]), seconds(7));
        assert_eq!(told(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(told(&[("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT")]), seconds(10));
        assert_eq!(told(&[("retry-after", "Tue, 14 Nov 2000 22:13:30 GMT")]), seconds(0));
        assert_eq!(told(&[("retry-after-ms", "250")]), Some(Duration::from_millis(250)));
        let reset = |v| told(&[("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", v)]);
        assert_eq!(reset("6m0s"), seconds(360));
        assert_eq!(reset("20ms"), Some(Duration::from_millis(20)));
        assert_eq!(reset("1700000030"), seconds(30));
        assert_eq!(told(&[("x-ratelimit-reset-requests", "1s")]), None);
        for lie in ["-1", "soon", "1e400", "NaN", "5x", ""] {
            assert_eq!(told(&[("retry-after", lie)]), None, "{lie}");
            assert_eq!(reset(lie).filter(|d| *d > Duration::ZERO), None, "{lie}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again_and_only_before_words() {
        assert!(allowed(Why::Busy, Some(429), false) && allowed(Why::Broken, Some(502), false));
        assert!(!allowed(Why::Busy, Some(429), true));
        for why in [Why::Refused, Why::Account, Why::CutOff, Why::Malformed, Why::Empty, Why::Unreachable] {
            assert!(!allowed(why, Some(500), false), "{why:?}");
        }
        assert!(!allowed(Why::Broken, None, false) && !allowed(Why::Refused, Some(400), false));
    }

    #[test]
    fn waits_grow_and_never_undercut_what_was_told() {
        let mut random = Random::new(1);
        let waits: Vec<_> = (1..6).map(|n| wait(n, None, &mut random)).collect();
        assert!(waits.windows(2).all(|w| w[0] <= w[1] && w[1] <= Duration::from_secs(8)), "{waits:?}");
        let told = Duration::from_secs(3);
        assert!((0..50).all(|_| (told..told * 2).contains(&wait(1, Some(told), &mut random))));
    }
}
