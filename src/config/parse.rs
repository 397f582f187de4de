//! Reading single values: durations, sizes, lists.

use std::time::Duration;

/// A duration such as `24h`, `1h30m`, `500ms`, `0.5s`, or plain seconds.
pub fn duration(value: &str) -> Option<Duration> {
    if let Some(seconds) = number(value) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let mut rest = value;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (amount, after) = split_at_unit(rest)?;
        let unit_end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number(amount)? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = next;
    }
    (!value.is_empty()).then_some(total)
}

/// A number of bytes: plain, or with `KB`, `MB`, `GB` (powers of 1000) or `KiB`, `MiB`, `GiB` (of
/// 1024).
pub fn bytes(value: &str) -> Option<u64> {
    let (amount, unit) = split_at_unit(value).unwrap_or((value, ""));
    let unit: u64 = match unit {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    amount.parse::<u64>().ok()?.checked_mul(unit)
}

/// A number that is not negative. `NaN`, `inf` and exponents are no settings.
pub fn number(value: &str) -> Option<f64> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    digits.then(|| value.parse().ok()).flatten()
}

/// Splits `10m` into `10` and `m`; none if no letter follows the digits.
fn split_at_unit(value: &str) -> Option<(&str, &str)> {
    let at = value.find(|c: char| c.is_ascii_alphabetic())?;
    Some((value[..at].trim_end(), &value[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let table = [
            ("24h", Some(86_400_000)),
            ("30s", Some(30_000)),
            ("500ms", Some(500)),
            ("120", Some(120_000)),
            ("0", Some(0)),
            ("0.5s", Some(500)),
            ("1h30m", Some(5_400_000)),
            ("7d", Some(604_800_000)),
            ("10 m", Some(600_000)),
            ("", None),
            ("h", None),
            ("10x", None),
            ("-5s", None),
            ("1e9", None),
            ("inf", None),
            ("5m3", None),
            ("9999999999999999999999d", None),
        ];
        for (value, millis) in table {
            assert_eq!(duration(value).map(|d| d.as_millis()), millis, "{value:?}");
        }
    }

    #[test]
    fn sizes() {
        let table = [
            ("1024", Some(1024)),
            ("256MiB", Some(268_435_456)),
            ("2 GB", Some(2_000_000_000)),
            ("7B", Some(7)),
            ("1.5GiB", None),
            ("99999999999999GiB", None),
            ("", None),
            ("MiB", None),
        ];
        for (value, expected) in table {
            assert_eq!(bytes(value), expected, "{value:?}");
        }
    }
}
