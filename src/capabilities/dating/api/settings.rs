//! What somebody wants to hear, and what others see of them.

use super::problem::Problem;
use super::verdicts::carry_out;
use super::{Ask, Endpoint, Reply, Spec, Verb};
use crate::capabilities::dating::store::Deed;
use nameless_domain::capabilities::dating::notices::{Notices, Quiet};
use serde::{Deserialize, Serialize};

/// How it is set.
pub(super) struct Get;
/// Sets it.
pub(super) struct Put;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notify {
    r#match: bool,
    like: bool,
    message: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    from: String,
    to: String,
    /// Minutes that their clock is ahead of UTC.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::body::some")]
    offset: Option<i16>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    notify: Notify,
    #[serde(deserialize_with = "Option::deserialize")]
    quiet: Option<Hours>,
    digest: bool,
    show_online: bool,
}

/// Minutes of the day of `23:00`.
fn minutes(words: &str) -> Option<u16> {
    let (hours, minutes) = words.split_once(':')?;
    let number = |digits: &str, below: u16| {
        let is_two = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|n| is_two && *n < below)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

impl From<Notices> for Settings {
    fn from(set: Notices) -> Settings {
        Settings {
            notify: Notify { r#match: set.matches, like: set.likes, message: set.messages },
            quiet: set.quiet.map(|Quiet { from, to }| Hours {
                from: clock(from),
                to: clock(to),
                offset: set.offset,
            }),
            digest: set.digest,
            show_online: set.show_online,
        }
    }
}

impl TryFrom<Settings> for Notices {
    type Error = Problem;

    fn try_from(wanted: Settings) -> Result<Notices, Problem> {
        const ODD: Problem = Problem::malformed("the body is not as it is described");
        let Settings { notify, quiet, digest, show_online } = wanted;
        let offset = quiet.as_ref().and_then(|hours| hours.offset);
        if offset.is_some_and(|offset| !(-720..=840).contains(&offset)) {
            return Err(ODD);
        }
        let quiet = match quiet {
            Some(Hours { from, to, .. }) => {
                let (from, to) = minutes(&from).zip(minutes(&to)).ok_or(ODD)?;
                Some(Quiet { from, to })
            }
            None => None,
        };
        let (matches, likes, messages) = (notify.r#match, notify.like, notify.message);
        Ok(Notices { matches, likes, messages, quiet, offset, digest, show_online })
    }
}

async fn settings(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let set = ask.api.store().dating_notices(ask.viewer()?.user).await?.ok_or_else(Problem::no_profile)?;
    Ok(Reply::json(serde_json::to_value(Settings::from(set)).unwrap_or_default()))
}

impl Endpoint for Get {
    const SPEC: Spec = Spec {
        summary: "What they want to hear, and when not",
        ..Spec::new(Verb::Get, "/app/api/v1/settings", "Settings", "Settings")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        settings(&ask).await
    }
}

impl Endpoint for Put {
    const SPEC: Spec = Spec {
        summary: "Sets what they want to hear, and when not",
        body: Some("Settings"),
        ..Spec::new(Verb::Put, "/app/api/v1/settings", "ChangeSettings", "Settings")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let wanted: Settings = ask.body()?;
        carry_out(&ask, Deed::Notices(wanted.try_into()?)).await?;
        settings(&ask).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_of_a_clock() {
        for minute in [0, 59, 60, 1_439] {
            assert_eq!(minutes(&clock(minute)), Some(minute));
        }
        for words in ["", "24:00", "12:60", "7:30", "07:3", "+7:00", "07:00:00", "ab:cd"] {
            assert_eq!(minutes(words), None, "{words}");
        }
    }
}
