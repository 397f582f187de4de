//! What somebody says of themselves: the questions in their order, and how answers are read.

use super::birth::BirthDate;
use super::cities;
use super::person::Goal;
use super::place::Cell;
use crate::companion::safety::tells_of_a_minor;
use crate::relay::allowlist::{self, Rebuilt};
use crate::relay::content::{Body, Rich};
use crate::rules::Rules;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Characters of a name, at most.
pub const NAME_CHARS: usize = 30;
/// Characters of what somebody says of themselves, at most. A card's caption holds 1,024.
pub const BIO_CHARS: usize = 300;
/// Younger than this nobody types: the year is a slip. Years.
const SLIP: u8 = 10;
/// Years to both sides of the own age that a profile begins with.
const YEARS_AROUND: u8 = 7;

/// A question of the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The date of birth. Before all else: who is not an adult is asked nothing more.
    Birth,
    /// The name on the card.
    Name,
    /// Where they are: a city, or a place on the map.
    City,
    /// What for.
    Goal,
    /// A word about oneself; may be left out.
    Bio,
    /// A photo; may be left out.
    Photo,
    /// Another photo: asked for by itself, not in the row of the others.
    More,
    /// Where they are, with the button below that sends it. In the row it stands for the city.
    Pin,
    /// Where they are now: asked for by itself.
    Place,
    /// Which name to look for among their matches: asked for by itself, and no part of the profile.
    Find,
}

impl Question {
    /// Every question of the dialogue, in order.
    pub const ALL: [Question; 6] =
        [Question::Birth, Question::Name, Question::City, Question::Goal, Question::Bio, Question::Photo];

    /// As it is kept.
    pub fn word(self) -> &'static str {
        match self {
            Question::Birth => "birth",
            Question::Name => "name",
            Question::City => "city",
            Question::Goal => "goal",
            Question::Bio => "bio",
            Question::Photo => "photo",
            Question::More => "more",
            Question::Pin => "pin",
            Question::Place => "place",
            Question::Find => "find",
        }
    }

    /// From that word.
    pub fn of_word(word: &str) -> Option<Question> {
        let others = [Question::More, Question::Pin, Question::Place, Question::Find];
        Question::ALL.into_iter().chain(others).find(|question| question.word() == word)
    }

    /// The one after it.
    pub fn next(self) -> Option<Question> {
        let in_row = if self == Question::Pin { Question::City } else { self };
        let at = Question::ALL.iter().position(|question| *question == in_row)?;
        Question::ALL.get(at + 1).copied()
    }

    /// Whether it asks where they are.
    pub fn is_place(self) -> bool {
        matches!(self, Question::City | Question::Pin | Question::Place)
    }

    /// Whether it may be left out.
    pub fn may_be_skipped(self) -> bool {
        matches!(self, Question::Bio | Question::Photo)
    }
}

/// What somebody answered, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Words.
    Words(String),
    /// A photo.
    Photo {
        /// Telegram's handle for sending it again.
        file: String,
        /// The handle of the size that is looked at.
        preview: String,
    },
    /// A place on the map.
    Place {
        /// The square that it lies in.
        cell: Cell,
        /// It moves with who sent it, for a time.
        is_live: bool,
    },
    /// One of the goals.
    Goal(Goal),
    /// It is left out.
    Skip,
    /// Something else.
    Other,
}

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// It is no date, or nobody's.
    NoDate,
    /// It is empty, or too long.
    Length,
    /// It holds a link, an @name, a number: a way around the chat.
    Contact,
    /// It tells of somebody who is not an adult.
    Minor,
    /// The city is not known.
    NoCity,
    /// Something else was asked.
    Kind,
    /// There is not exactly one clear face in it.
    Face,
    /// It may not be shown.
    Picture,
    /// The city was changed often enough for today.
    Moves,
    /// There are as many photos as a profile has.
    Full,
    /// It was changed often enough for today.
    Often,
    /// It is a place that goes on telling where somebody is.
    Live,
}

/// A date of birth as people write it: day, month, year, or the other way round.
pub fn birth(words: &str, now: Millis) -> Result<BirthDate, Objection> {
    let numbers: Vec<i16> = words
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(|_| Objection::NoDate))
        .collect::<Result<_, _>>()?;
    let [first, month, last] = numbers[..] else { return Err(Objection::NoDate) };
    let (year, day) = if first > 31 { (first, last) } else { (last, first) };
    let small = |n: i16| u8::try_from(n).map_err(|_| Objection::NoDate);
    let date = BirthDate::new(year, small(month)?, small(day)?).ok_or(Objection::NoDate)?;
    match date.is_believable(now) && date.age(now) >= SLIP {
        true => Ok(date),
        false => Err(Objection::NoDate),
    }
}

/// The ages that a profile looks for at first: around the own one.
pub fn ages_around(age: u8) -> (u8, u8) {
    (age.saturating_sub(YEARS_AROUND).max(super::birth::ADULT), age.saturating_add(YEARS_AROUND))
}

/// Letters from which on the same words on two cards are no accident.
const ECHO: usize = 40;

/// The letters of what somebody says of themselves, however they are spelt, to know them again on
/// another card; none of a few, which many may write.
pub fn echo(bio: &str) -> Option<String> {
    let fold = |c: char| match c {
        'a' => 'а',
        'e' | 'ё' => 'е',
        'o' => 'о',
        'p' => 'р',
        'c' => 'с',
        'x' => 'х',
        'y' => 'у',
        'k' => 'к',
        'm' => 'м',
        't' => 'т',
        'h' => 'н',
        'b' => 'в',
        other => other,
    };
    let letters = bio.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).map(fold);
    let letters: String = letters.collect();
    (letters.chars().count() >= ECHO).then_some(letters)
}

/// Whether these are ages to look for.
pub fn ages((from, to): (u8, u8)) -> Result<(), Objection> {
    match super::birth::ADULT <= from && from <= to && to <= super::birth::OLDEST {
        true => Ok(()),
        false => Err(Objection::Kind),
    }
}

/// What would make a card more complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// A photo.
    Photo,
    /// A word about oneself, or a longer one.
    Bio,
    /// More topics.
    Interests,
    /// What they look for.
    Goal,
}

/// Characters of a bio that say something.
const SAYS_SOMETHING: usize = 40;
/// Topics that are enough.
const ENOUGH_TOPICS: u32 = 3;

/// How complete a card is, 0 to 100, and what would make it more so. What must be there counts 40.
pub fn completeness(has_photo: bool, bio: &str, interests: u32, goal: Option<Goal>) -> (u8, Vec<Hint>) {
    let parts = [
        (30, Hint::Photo, has_photo),
        (15, Hint::Bio, bio.chars().count() >= SAYS_SOMETHING),
        (10, Hint::Interests, interests >= ENOUGH_TOPICS),
        (5, Hint::Goal, goal.is_some_and(|goal| goal != Goal::Open)),
    ];
    let there = parts.iter().filter(|(.., is_there)| *is_there).map(|(part, ..)| *part).sum::<u8>();
    let missing = parts.iter().filter(|(.., is_there)| !is_there).map(|(_, hint, _)| *hint);
    (40 + there, missing.collect())
}

/// A name for the card.
pub fn name(words: &str) -> Result<String, Objection> {
    let name = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_CHARS {
        return Err(Objection::Length);
    }
    if !name.chars().any(char::is_alphabetic) {
        return Err(Objection::Kind);
    }
    // The gate masks what is a @name; nobody is called by this sign anyway.
    if name.contains('@') {
        return Err(Objection::Contact);
    }
    proper(&name)?;
    Ok(name)
}

/// What somebody says of themselves.
pub fn bio(words: &str) -> Result<String, Objection> {
    let bio = words.trim();
    if bio.is_empty() || bio.chars().count() > BIO_CHARS {
        return Err(Objection::Length);
    }
    proper(bio)?;
    Ok(bio.to_owned())
}

/// The cell of a city.
pub fn city(words: &str) -> Result<Cell, Objection> {
    cities::find(words).ok_or(Objection::NoCity)
}

/// Nothing that leads past the chat, and nobody under age.
fn proper(words: &str) -> Result<(), Objection> {
    let body = Body::Text(Rich::plain(words));
    match allowlist::rebuild(body, &[], &Rules::default()) {
        Rebuilt::Pass { findings, .. } if findings.is_empty() => {}
        _ => return Err(Objection::Contact),
    }
    match tells_of_a_minor(words) {
        true => Err(Objection::Minor),
        false => Ok(()),
    }
}
