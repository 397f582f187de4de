//! Checks of single values: what a text must be, and what it becomes.

use super::parse;
use secrecy::SecretString;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Days that no duration exceeds; keeps sums of milliseconds far from their limits.
pub const YEAR: Duration = Duration::from_secs(366 * 86_400);

/// Turns a text into a `T`, or refuses it.
pub trait Check<T>: Sync {
    /// What a value must be, to go on after “expected”.
    fn expected(&self) -> String;
    /// The value; none if the text is refused.
    fn read(&self, text: &str) -> Option<T>;
}

/// A duration between two.
pub struct Within(pub RangeInclusive<Duration>);

impl Check<Duration> for Within {
    fn expected(&self) -> String {
        let (from, to) = (self.0.start(), self.0.end());
        format!("a duration from {from:?} to {to:?}, such as 500ms, 30s, 10m, 24h, 7d")
    }

    fn read(&self, text: &str) -> Option<Duration> {
        parse::duration(text).filter(|d| self.0.contains(d))
    }
}

/// A whole number between two.
pub struct Count(pub RangeInclusive<u64>);

impl<T: TryFrom<u64>> Check<T> for Count {
    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.0.start(), self.0.end())
    }

    fn read(&self, text: &str) -> Option<T> {
        text.parse().ok().filter(|n| self.0.contains(n)).and_then(|n| n.try_into().ok())
    }
}

/// A number per second between two.
pub struct Rate(pub RangeInclusive<f64>);

impl Check<f64> for Rate {
    fn expected(&self) -> String {
        format!("a number per second from {} to {}", self.0.start(), self.0.end())
    }

    fn read(&self, text: &str) -> Option<f64> {
        parse::number(text).filter(|n| self.0.contains(n))
    }
}

/// Whatever the function takes; the words say what that is.
pub struct Is<T>(pub &'static str, pub fn(&str) -> Option<T>);

impl<T> Check<T> for Is<T> {
    fn expected(&self) -> String {
        self.0.to_owned()
    }

    fn read(&self, text: &str) -> Option<T> {
        (self.1)(text)
    }
}

/// A secret of which the function says whether it will do; the words say what will.
pub struct Hidden(pub &'static str, pub fn(&str) -> bool);

impl Check<SecretString> for Hidden {
    fn expected(&self) -> String {
        self.0.to_owned()
    }

    fn read(&self, text: &str) -> Option<SecretString> {
        (self.1)(text).then(|| SecretString::from(text))
    }
}

/// Any text.
pub const TEXT: Is<String> = Is("a text", |s| Some(s.to_owned()));

/// A folder that exists.
pub const FOLDER: Is<PathBuf> =
    Is("a folder that exists", |s| Some(PathBuf::from(s)).filter(|path| path.is_dir()));

/// Whether a secret is long enough: shorter ones can be found by trying.
pub fn is_long_enough(secret: &str) -> bool {
    secret.len() >= 16
}

/// An address with a host and one of these schemes.
pub fn url(text: &str, schemes: &[&str]) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|u| schemes.contains(&u.scheme()) && u.host_str().is_some_and(|h| !h.is_empty()))
}
