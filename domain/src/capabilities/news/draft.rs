//! What is said to everybody, and to whom.

use crate::text::Lang;
use crate::time::{DAY_MS, Millis};
use serde::{Deserialize, Deserializer, Serialize};

/// Characters of a text: at most so many, which is below Telegram's 4,096 units whatever they are.
pub const TEXT_MAX: usize = 2_000;
/// Characters of a button's label.
pub const LABEL_MAX: usize = 60;
/// Characters of an address.
pub const URL_MAX: usize = 300;
/// Days within which somebody was active, at most.
pub const ACTIVE_DAYS_MAX: u32 = 365;
/// How long somebody who is in a chat is waited for, milliseconds. A chat that nobody ends goes on
/// for days, and news is not news any more then.
pub const WAIT_MS: i64 = 6 * 3_600_000;
/// How far ahead a broadcast is set at most, milliseconds.
pub const AHEAD_MS: i64 = 60 * DAY_MS;

/// A minute of UTC as it is written, such as `2026-12-31T18:00`.
pub fn minute(words: &str) -> Option<Millis> {
    let (date, time) = words.trim_end_matches('Z').split_once('T')?;
    let number = |digits: &str, len: usize| {
        let is_one = digits.len() == len && digits.bytes().all(|b| b.is_ascii_digit());
        is_one.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let mut date = date.splitn(3, '-');
    let (year, month) = (number(date.next()?, 4)?, number(date.next()?, 2)?);
    let day = number(date.next()?, 2)?;
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    if !(2000..2100).contains(&year) || !(1..=12).contains(&month) || hour > 23 || minute > 59 {
        return None;
    }
    // From the first of January, month by month: there is no day that the calendar does not have.
    let (years, leaps) = (year - 1970, (year - 1969) / 4);
    let first = Millis((years * 365 + leaps) * DAY_MS);
    let midnight = (0..366).map(|n| first.plus(n * DAY_MS)).find(|at| at.date() == (year, month, day))?;
    Some(midnight.plus((hour * 60 + minute) * 60_000))
}

/// A text in each language. One is enough: then everybody gets that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// In Russian.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub ru: Option<String>,
    /// In English.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// What is there is a value: `null` is none.
pub(super) fn given<'d, T: Deserialize<'d>, D: Deserializer<'d>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl Texts {
    /// The text in a language alone.
    pub fn own(&self, lang: Lang) -> Option<&str> {
        match lang {
            Lang::Ru => self.ru.as_deref(),
            Lang::En => self.en.as_deref(),
        }
    }

    /// What somebody of this language reads: their own, or the other one where there is none.
    pub fn of(&self, lang: Lang) -> Option<&str> {
        self.own(lang).or_else(|| Lang::ALL.into_iter().find_map(|other| self.own(other)))
    }

    pub(in crate::capabilities) fn all(&self) -> impl Iterator<Item = &str> {
        Lang::ALL.into_iter().filter_map(|lang| self.own(lang))
    }
}

/// A button that opens an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Where it leads: https.
    pub url: String,
    /// What stands on it; where nothing does, a word of the bot's own.
    #[serde(default)]
    pub label: Texts,
}

/// Who gets it: those to whom all that is given applies. Never who has turned news off, is banned,
/// has not said that they are 18, or has blocked the bot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Who speaks this language.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// Who wrote within so many days before it was confirmed.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub active_days: Option<u32>,
    /// Who has premium, or has none.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub premium: Option<bool>,
}

impl Audience {
    /// Since when somebody must have written; none: it does not matter.
    pub fn active_since(&self, now: Millis) -> Option<Millis> {
        self.active_days.map(|days| now.plus(-i64::from(days) * DAY_MS))
    }
}

/// A broadcast as it was drafted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What is said.
    pub text: Texts,
    /// A button below it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// It makes no sound.
    #[serde(default)]
    pub silent: bool,
    /// Once it is confirmed it leaves no sooner than this; none: at once.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub at: Option<Millis>,
    /// Who gets it.
    #[serde(default)]
    pub to: Audience,
}

/// What is wrong with a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There is no text, it has more than [`TEXT_MAX`] characters, or some that steer a terminal.
    Text,
    /// The button leads to no https address of at most [`URL_MAX`] characters, or its label has
    /// none or more than [`LABEL_MAX`].
    Link,
    /// It is not a number of days from 1 to [`ACTIVE_DAYS_MAX`].
    Days,
    /// It is to leave at a moment that is over, or further ahead than [`AHEAD_MS`].
    When,
}

impl Draft {
    /// What is wrong with the moment at which it is to leave.
    pub fn late(&self, now: Millis) -> Option<Flaw> {
        let at = self.at?;
        // Whoever writes the minute in which they write it means now.
        let is_soon = at.plus(60_000) > now && at < now.plus(AHEAD_MS);
        (!is_soon).then_some(Flaw::When)
    }

    /// What is wrong with it.
    pub fn flaw(&self) -> Option<Flaw> {
        if self.text.all().next().is_none() || self.text.all().any(|text| !is_text(text, TEXT_MAX)) {
            return Some(Flaw::Text);
        }
        if let Some(link) = &self.link
            && (!is_url(&link.url) || link.label.all().any(|label| !is_label(label)))
        {
            return Some(Flaw::Link);
        }
        let days = self.to.active_days;
        days.is_some_and(|days| !(1..=ACTIVE_DAYS_MAX).contains(&days)).then_some(Flaw::Days)
    }
}

/// Whether something is said, and in characters that a keyboard has.
pub(in crate::capabilities) fn is_text(text: &str, most: usize) -> bool {
    text.chars().any(|c| !matches!(c, ' ' | '\n'))
        && !text.chars().any(|c| c.is_ascii_control() && c != '\n')
        && text.chars().take(most + 1).count() <= most
}

fn is_label(label: &str) -> bool {
    is_text(label, LABEL_MAX) && !label.contains('\n')
}

/// Whether this is an address as buttons take it: https, a name with a dot, and then what addresses
/// are made of.
fn is_url(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").filter(|_| url.len() <= URL_MAX) else { return false };
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    let parts: Vec<&str> = name.split('.').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    parts.len() >= 2
        && parts.iter().all(word)
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~/?#=&%+:@,;-".contains(&b))
}
