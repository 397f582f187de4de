//! What somebody chooses in the chat beside filters: whom by age and distance, what they want to
//! hear, what others see of them. The app has the same, and hours to the minute.

use super::birth::{ADULT, OLDEST};
use super::notices::{Notices, Quiet};
use super::place::Band;
use super::profile;
use serde::{Deserialize, Serialize};

/// The hours in which nothing is said, where somebody wants some and has set none: 23 to 9.
pub(super) const NIGHT: Quiet = Quiet { from: 23 * 60, to: 9 * 60 };
/// Years by which a button moves an age.
const STEPS: [i16; 4] = [-5, -1, 1, 5];

/// What somebody has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The ages that they want to meet, both included.
    pub ages: (u8, u8),
    /// How far away.
    pub within: Band,
    /// What they want to hear, and what others see.
    pub notices: Notices,
}

/// One of them set to what it is from then on: the same again changes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// These ages.
    Ages(u8, u8),
    /// As far as that.
    Within(Band),
    /// To be told of matches, or not.
    Matches(bool),
    /// To be told of likes, or not.
    Likes(bool),
    /// To be told that a match wants to talk, or not.
    Messages(bool),
    /// Matches and likes in the evening, or at once.
    Digest(bool),
    /// Nothing at night, or at any time.
    Quiet(bool),
    /// Others see that they were here a moment ago, or not.
    Online(bool),
}

impl Set {
    /// As a button says it; none if it is none.
    pub fn of(name: &str, value: &str) -> Option<Set> {
        if name == "ages" {
            let (from, to) = value.split_once('-')?;
            let ages = (from.parse().ok()?, to.parse().ok()?);
            return profile::ages(ages).is_ok().then_some(Set::Ages(ages.0, ages.1));
        }
        let n: usize = value.parse().ok()?;
        let on = n != 0;
        Some(match name {
            "within" => Set::Within(*Band::ALL.get(n)?),
            "match" => Set::Matches(on),
            "like" => Set::Likes(on),
            "message" => Set::Messages(on),
            "digest" => Set::Digest(on),
            "quiet" => Set::Quiet(on),
            "online" => Set::Online(on),
            _ => return None,
        })
    }
}

impl Choices {
    /// The same with one of them set.
    pub fn with(self, set: Set) -> Choices {
        let notices = self.notices;
        let notices = match set {
            Set::Ages(from, to) => return Choices { ages: (from, to), ..self },
            Set::Within(within) => return Choices { within, ..self },
            Set::Matches(matches) => Notices { matches, ..notices },
            Set::Likes(likes) => Notices { likes, ..notices },
            Set::Messages(messages) => Notices { messages, ..notices },
            Set::Digest(digest) => Notices { digest, ..notices },
            Set::Quiet(on) => Notices { quiet: on.then(|| notices.quiet.unwrap_or(NIGHT)), ..notices },
            Set::Online(show_online) => Notices { show_online, ..notices },
        };
        Choices { notices, ..self }
    }

    /// The ages that the youngest may be from here, a step down or up.
    pub fn youngest(self) -> Vec<u8> {
        steps(self.ages.0, ADULT, self.ages.1)
    }

    /// The same of the oldest.
    pub fn oldest(self) -> Vec<u8> {
        steps(self.ages.1, self.ages.0, OLDEST)
    }

    /// The next distance after the one that is chosen; after the last the first.
    pub fn next_within(self) -> Band {
        Band::ALL[(self.within as usize + 1) % Band::ALL.len()]
    }
}

fn steps(age: u8, least: u8, most: u8) -> Vec<u8> {
    let to = |step: i16| u8::try_from(i16::from(age) + step).ok();
    STEPS.into_iter().filter_map(to).filter(|age| (least..=most).contains(age)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGUN: Choices = Choices { ages: (20, 34), within: Band::To100, notices: Notices::NEW };

    #[test]
    fn ages_stay_in_order_and_those_of_adults() {
        assert_eq!((BEGUN.youngest(), BEGUN.oldest()), (vec![19, 21, 25], vec![29, 33, 35, 39]));
        let narrow = BEGUN.with(Set::Ages(18, 19));
        assert_eq!((narrow.youngest(), narrow.oldest()), (vec![19], vec![18, 20, 24]));
        assert_eq!(BEGUN.with(Set::Ages(18, 120)).oldest(), [115, 119]);
        for odd in ["17-30", "30-29", "20-121", "20", "-", "20-30-40", "999-999"] {
            assert_eq!(Set::of("ages", odd), None, "{odd}");
        }
        assert_eq!(Set::of("ages", "20-20"), Some(Set::Ages(20, 20)));
    }

    #[test]
    fn each_is_set_by_itself_and_twice_is_once() {
        for (name, value, set) in [
            ("within", "0", Set::Within(Band::Near)),
            ("match", "0", Set::Matches(false)),
            ("like", "0", Set::Likes(false)),
            ("message", "0", Set::Messages(false)),
            ("digest", "1", Set::Digest(true)),
            ("quiet", "1", Set::Quiet(true)),
            ("online", "0", Set::Online(false)),
        ] {
            assert_eq!(Set::of(name, value), Some(set), "{name}");
            let changed = BEGUN.with(set);
            assert_ne!(changed, BEGUN, "{name}");
            assert_eq!(changed.with(set), changed, "{name}");
        }
        for (name, value) in [("within", "5"), ("within", "-1"), ("match", "x"), ("goal", "1")] {
            assert_eq!(Set::of(name, value), None, "{name} {value}");
        }
        assert_eq!(BEGUN.with(Set::Within(Band::Beyond)).next_within(), Band::Near);
    }

    #[test]
    fn a_night_of_ones_own_stays() {
        let own = Quiet { from: 60, to: 400 };
        let set = Choices { notices: Notices { quiet: Some(own), ..Notices::NEW }, ..BEGUN };
        assert_eq!(set.with(Set::Quiet(true)), set);
        assert_eq!(set.with(Set::Quiet(false)).with(Set::Quiet(true)).notices.quiet, Some(NIGHT));
    }
}
