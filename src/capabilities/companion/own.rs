//! Characters of a person's own: what is asked for, one answer at a time, and what is refused.

use super::desk::Desk;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nameless_domain::capabilities::companion::{BadOwn, Event, OwnStep};
use nameless_domain::companion::constants::ADULT;
use nameless_domain::companion::persona::{Persona, Words};
use nameless_domain::companion::safety::Ruling;
use nameless_domain::companion::scene::every_reading;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Years beyond which an age is a slip of the pen.
pub(super) const OLDEST: u32 = 120;
/// Letters, as of the operators' characters.
const NAME: usize = 32;
const ABOUT: usize = 4_000;
const GREETING: usize = 1_000;
/// Letters that makers of pictures are told of its looks.
const LOOKS: usize = 300;

/// A character of somebody's own; while it is being made, without what was not said yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Own {
    pub name: String,
    pub age: Option<u32>,
    pub about: String,
    pub greeting: String,
}

impl Own {
    /// The same with no more letters than are taken.
    pub(crate) fn bounded(self) -> Own {
        let cut = |text: String, most: usize| text.chars().take(most).collect::<String>();
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        Own {
            name: cut(name, NAME),
            about: cut(self.about, ABOUT),
            greeting: cut(self.greeting, GREETING),
            age: self.age,
        }
    }

    /// What is asked next; none if it is whole.
    pub(crate) fn next(&self) -> Option<OwnStep> {
        if self.name.is_empty() {
            Some(OwnStep::Name)
        } else if self.age.is_none() {
            Some(OwnStep::Age)
        } else if self.about.is_empty() {
            Some(OwnStep::About)
        } else if self.greeting.is_empty() {
            Some(OwnStep::Greeting)
        } else {
            None
        }
    }

    /// Takes the answer to what was asked.
    pub(crate) fn answered(mut self, words: &str) -> Result<Own, BadOwn> {
        let words = words.trim();
        match self.next() {
            Some(OwnStep::Name) => self.name = words.to_owned(),
            Some(OwnStep::Age) => match words.parse::<u32>() {
                Ok(age) if age < ADULT => return Err(BadOwn::Minor),
                Ok(age) if age <= OLDEST => self.age = Some(age),
                _ => return Err(BadOwn::NoAge),
            },
            Some(OwnStep::About) => self.about = words.to_owned(),
            Some(OwnStep::Greeting) => self.greeting = words.to_owned(),
            None => {}
        }
        Ok(self.bounded())
    }

    /// What stands against it: nobody under 18 is in it, in any light, and nothing sexual.
    pub(crate) fn refused(&self, desk: &Desk) -> Option<Event> {
        let text = format!("{}\n{}\n{}", self.name, self.about, self.greeting);
        // As models read it, and as makers of pictures do.
        let judged = desk.detector.judge_text(&every_reading(&text));
        if judged.minor || self.age.is_some_and(|age| age < ADULT) {
            return Some(Event::OwnRefused(BadOwn::Minor));
        }
        match judged.ruling(false) {
            Ruling::Passes => None,
            Ruling::Help => Some(Event::Help),
            Ruling::AdultOnly => Some(Event::AdultOnly),
            Ruling::Refused => Some(Event::Refused),
        }
    }

    /// As a card that other programs read: its owner's copy of it.
    pub(crate) fn card(&self) -> Value {
        json!({
            "spec": "chara_card_v2",
            "spec_version": "2.0",
            "data": {
                "name": self.name, "description": self.about, "personality": "", "scenario": "",
                "first_mes": self.greeting, "mes_example": "", "creator_notes": "", "system_prompt": "",
                "post_history_instructions": "", "alternate_greetings": [], "tags": [], "creator": "",
                "character_version": "", "extensions": { "nameless": { "age": self.age } },
            },
        })
    }

    /// The same with what it looks like, as a URL that holds its bytes.
    pub(crate) fn card_with(&self, picture: Option<&[u8]>) -> Value {
        let mut card = self.card();
        if let Some(picture) = picture {
            let url = format!("data:{};base64,{}", mime(picture), STANDARD.encode(picture));
            card["data"]["extensions"]["nameless"]["picture"] = Value::from(url);
        }
        card
    }

    /// As models and makers of pictures know it. Its words are the same in each language.
    pub(crate) fn persona(&self, id: &str) -> Persona {
        let words = Words {
            name: self.name.clone(),
            greeting: self.greeting.clone(),
            about: self.about.clone(),
            ..Words::default()
        };
        Persona {
            id: id.to_owned(),
            age: self.age,
            looks: self.about.chars().take(LOOKS).collect(),
            clothing: "everyday clothes".to_owned(),
            ru: words.clone(),
            en: words,
            ..Persona::default()
        }
    }
}

/// What a picture is, by its first bytes.
pub(crate) fn mime(picture: &[u8]) -> &'static str {
    match picture {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        _ => "image/webp",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_for_one_answer_at_a_time_and_is_an_adult() {
        let mut own = Own::default();
        for (step, words) in [
            (OwnStep::Name, "  Nora\nBee "),
            (OwnStep::Age, " 41 "),
            (OwnStep::About, "You keep bees."),
            (OwnStep::Greeting, "Good day!"),
        ] {
            assert_eq!(own.next(), Some(step));
            own = own.answered(words).unwrap();
        }
        let card = own.card().to_string();
        assert_eq!(super::super::card::read(card.as_bytes()).as_ref(), Ok(&own), "and read again");
        assert_eq!((own.next(), own.name.as_str(), own.age), (None, "Nora Bee", Some(41)));
        let asked = Own { name: "N".to_owned(), ..Own::default() };
        for (words, why) in [
            ("17", BadOwn::Minor),
            ("0", BadOwn::Minor),
            ("old", BadOwn::NoAge),
            ("121", BadOwn::NoAge),
            ("-5", BadOwn::NoAge),
        ] {
            assert_eq!(asked.clone().answered(words), Err(why), "{words}");
        }
    }
}
