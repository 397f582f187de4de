//! Who a person is for matching, and whom they want to meet. Answers, never identities.

use crate::text::Lang;
use serde::{Deserialize, Serialize};

/// Own gender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither, or not said.
    Other,
}

impl Gender {
    /// Every gender, in the order in which they are offered.
    pub const ALL: [Gender; 3] = [Gender::Female, Gender::Male, Gender::Other];
}

/// Own age in bands; nobody is asked for a birthday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeBand {
    /// 18 to 21.
    From18,
    /// 22 to 25.
    From22,
    /// 26 to 35.
    From26,
    /// 36 to 45.
    From36,
    /// 46 and older.
    From46,
}

impl AgeBand {
    /// Every band, youngest first.
    pub const ALL: [AgeBand; 5] =
        [AgeBand::From18, AgeBand::From22, AgeBand::From26, AgeBand::From36, AgeBand::From46];
}

/// Number of topics of interest.
pub const TOPICS: usize = 12;

/// Topics a person likes to talk about: bit i is topic i of [`topic_key`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Interests(pub u16);

impl Interests {
    /// Locale keys of the topics.
    pub fn keys(self) -> Vec<&'static str> {
        (0..TOPICS).filter(|i| self.0 & (1 << i) != 0).map(topic_key).collect()
    }

    /// Topics in both.
    pub fn common(self, other: Interests) -> Interests {
        Interests(self.0 & other.0)
    }
}

/// Locale key of topic `i` (0 to [`TOPICS`] - 1).
pub fn topic_key(i: usize) -> &'static str {
    const KEYS: [&str; TOPICS] = [
        "topic-music",
        "topic-films",
        "topic-games",
        "topic-books",
        "topic-travel",
        "topic-sport",
        "topic-tech",
        "topic-art",
        "topic-food",
        "topic-pets",
        "topic-study",
        "topic-life",
    ];
    KEYS[i]
}

/// Whom a person wants to meet. Masks: bit i stands for element i of the type's `ALL`; at least one
/// bit is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wishes {
    /// Genders, mask over [`Gender::ALL`].
    pub genders: u8,
    /// Age bands, mask over [`AgeBand::ALL`].
    pub ages: u8,
    /// Languages, mask over [`Lang::ALL`].
    pub langs: u8,
    /// Only people with at least one interest in common.
    pub shared_interest: bool,
}

impl Wishes {
    /// All genders.
    pub const ANY_GENDER: u8 = (1 << Gender::ALL.len()) - 1;
    /// All age bands.
    pub const ANY_AGE: u8 = (1 << AgeBand::ALL.len()) - 1;
    /// All languages.
    pub const ANY_LANG: u8 = (1 << Lang::ALL.len()) - 1;

    /// Anyone who speaks `lang`.
    pub fn anyone(lang: Lang) -> Wishes {
        Wishes {
            genders: Wishes::ANY_GENDER,
            ages: Wishes::ANY_AGE,
            langs: 1 << lang as u8,
            shared_interest: false,
        }
    }

    /// The next wider wishes, none if these are the widest: first interests, then ages, then
    /// genders stay as they are (who says whom they want to meet is taken at their word) and
    /// languages stay too.
    pub fn widened(self) -> Option<(Wishes, Widening)> {
        if self.shared_interest {
            Some((Wishes { shared_interest: false, ..self }, Widening::Interests))
        } else if self.ages != Wishes::ANY_AGE {
            Some((Wishes { ages: Wishes::ANY_AGE, ..self }, Widening::Ages))
        } else {
            None
        }
    }
}

/// What a widened search no longer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Widening {
    /// A shared interest.
    Interests,
    /// The age.
    Ages,
}

/// A complete profile: what matching knows of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Profile {
    /// Own gender.
    pub gender: Gender,
    /// Own age.
    pub age: AgeBand,
    /// Language of the conversation: the one the bot speaks with them.
    pub lang: Lang,
    /// Topics.
    pub interests: Interests,
    /// Whom to meet.
    pub wishes: Wishes,
}

impl Profile {
    /// Whether `self` would accept `other`. Two people fit when it holds BOTH ways.
    pub fn accepts(&self, other: &Profile) -> bool {
        let w = &self.wishes;
        w.genders & (1 << other.gender as u8) != 0
            && w.ages & (1 << other.age as u8) != 0
            && w.langs & (1 << other.lang as u8) != 0
            && (!w.shared_interest || self.interests.0 & other.interests.0 != 0)
    }

    /// Whether the wishes of both are met.
    pub fn fits(&self, other: &Profile) -> bool {
        self.accepts(other) && other.accepts(self)
    }
}
