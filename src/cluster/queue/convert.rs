//! Seekers as the scripts' arguments, and the scripts' answers as seekers.

use nameless_actors::ports::{QueueError, Sought, Wish};
use nameless_domain::ids::{CrowdId, UserId};
use nameless_domain::matching::{PoolLimits, Seeker};
use nameless_domain::profile::{AgeBand, Gender, Interests, Profile, Wishes};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use redis::Value;
use std::time::Duration;

/// Arguments as the driver takes them.
pub(super) fn list<'a>(items: impl IntoIterator<Item = &'a dyn ToString>) -> Vec<Vec<u8>> {
    items.into_iter().map(|item| item.to_string().into_bytes()).collect()
}

/// The arguments of `seek.lua` after the common ones.
pub(super) fn seek_args(wish: &Wish, limits: &PoolLimits) -> Vec<Vec<u8>> {
    let Wish { seeker, stands, returned, .. } = wish;
    let profile = &seeker.profile;
    let wishes = &profile.wishes;
    list([
        &(if *returned { "return" } else { "seek" }) as &dyn ToString,
        &seeker.user.0,
        // Sixteen digits in the script; no clock shows a time before 1970.
        &seeker.since.0.clamp(0, 9_999_999_999_999),
        &stands.as_millis(),
        &(profile.gender as u8),
        &(profile.age as u8),
        &(profile.lang as u8),
        &wishes.genders,
        &wishes.ages,
        &wishes.langs,
        &profile.interests.0,
        &u8::from(wishes.shared_interest),
        &u8::from(seeker.priority),
        &avoid_text(&seeker.avoid),
        &limits.max_seekers,
        &limits.look_ahead,
        &limits.premium_streak,
        &seeker.crowd.0,
    ])
}

/// `,1,2,`: one plain search for `,user,` tells whether they are in it.
fn avoid_text(avoid: &[UserId]) -> String {
    let mut text = String::new();
    for user in avoid {
        text.push_str(if text.is_empty() { "," } else { "" });
        text.push_str(&user.0.to_string());
        text.push(',');
    }
    text
}

/// Reads a script's answer item by item.
pub(super) struct Reader {
    items: std::vec::IntoIter<Value>,
    /// The first item, once it was read.
    pub word: String,
}

impl Reader {
    pub fn new(answer: Value) -> Result<Reader, QueueError> {
        match answer {
            Value::Array(items) => Ok(Reader { items: items.into_iter(), word: String::new() }),
            _ => Err(unexpected()),
        }
    }

    pub fn text(&mut self) -> Result<String, QueueError> {
        match self.items.next() {
            Some(Value::BulkString(bytes)) => String::from_utf8(bytes).map_err(|_| unexpected()),
            Some(Value::SimpleString(text)) => Ok(text),
            Some(Value::Int(number)) => Ok(number.to_string()),
            _ => Err(unexpected()),
        }
    }

    pub fn number(&mut self) -> Result<i64, QueueError> {
        self.text()?.parse().map_err(|_| unexpected())
    }

    /// The rest of `matched`.
    pub fn matched(&mut self) -> Result<Sought, QueueError> {
        let since = Millis(self.number()?);
        let user = UserId(self.number()?);
        let entry = self.text()?;
        let avoid = self.text()?;
        let stands = Duration::from_millis(u64::try_from(self.number()?).unwrap_or(0));
        let partner = seeker(user, &entry, &avoid).ok_or_else(unexpected)?;
        Ok(Sought::Matched { since, partner: Box::new(partner), stands })
    }
}

/// A seeker by the entry that the script keeps: since, arrival, class, type, interests, insists,
/// gender, age, lang, the wishes about them, priority.
fn seeker(user: UserId, entry: &str, avoid: &str) -> Option<Seeker> {
    let fields: Vec<&str> = entry.split(' ').collect();
    let number = |i: usize| fields.get(i)?.parse::<i64>().ok();
    let small = |i: usize| u8::try_from(number(i)?).ok();
    let profile = Profile {
        gender: *Gender::ALL.get(usize::from(small(6)?))?,
        age: *AgeBand::ALL.get(usize::from(small(7)?))?,
        lang: *Lang::ALL.get(usize::from(small(8)?))?,
        interests: Interests(u16::try_from(number(4)?).ok()?),
        wishes: Wishes {
            genders: small(9)?,
            ages: small(10)?,
            langs: small(11)?,
            shared_interest: number(5)? == 1,
        },
    };
    let avoid = avoid.split(',').filter(|id| !id.is_empty()).map(|id| Some(UserId(id.parse().ok()?)));
    let mut avoid: Vec<UserId> = avoid.collect::<Option<_>>()?;
    avoid.sort_unstable();
    let (since, priority) = (Millis(number(0)?), number(12)? == 1);
    // Two classes of each crowd.
    let crowd = CrowdId(small(2)? / 2);
    Some(Seeker { user, crowd, profile, since, priority, avoid: avoid.into() })
}

/// The answer is not one that the scripts give.
pub(super) fn unexpected() -> QueueError {
    QueueError::Refused("an answer that no script of ours gives".into())
}
