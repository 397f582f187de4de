//! A character of the operator's: who it is, how it looks, how it speaks, in each language. Read
//! from a file of `config/personas/`; every mistake is named, with the file's own words for it.

use super::constants::ADULT;
use super::safety::Detector;
use crate::text::Lang;
use serde::Deserialize;

/// Years beyond which an age is taken for a slip of the pen.
const OLDEST: u32 = 120;
/// Characters of a name, and of each of the two lines on its card: a phone shows them unbroken.
const NAME: usize = 32;
const LINE: usize = 60;
/// Characters of a greeting, which is one message, and of the text that a model gets in each call.
const GREETING: usize = 1_000;
const ABOUT: usize = 4_000;
/// Examples, and characters of a side of one.
const EXAMPLES: usize = 8;
const EXAMPLE: usize = 500;
/// Characters of looks and of clothing: makers of pictures forget what comes later.
const LOOKS: usize = 300;

/// A character as its file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Persona {
    /// What dialogs refer to it by, for ever: 1 to 32 of a-z, 0-9 and -.
    pub id: String,
    /// Its age in years; 18 or more.
    pub age: Option<u32>,
    /// The picture of its card: a file beside its own.
    pub picture: String,
    /// What never changes about its looks, in English: told to makers of pictures each time.
    pub looks: String,
    /// What it wears, in English.
    pub clothing: String,
    /// Its words in Russian.
    pub ru: Words,
    /// Its words in English.
    pub en: Words,
}

/// A character's words in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// What it is called.
    pub name: String,
    /// The two lines of its card.
    pub lines: Vec<String>,
    /// How it begins a dialog.
    pub greeting: String,
    /// Who it is: told to the model, in the second person.
    pub about: String,
    /// What somebody says and how it answers: what teaches a model its voice.
    pub examples: Vec<[String; 2]>,
}

impl Persona {
    /// Its words in a language.
    pub fn words(&self, lang: Lang) -> &Words {
        match lang {
            Lang::Ru => &self.ru,
            Lang::En => &self.en,
        }
    }

    /// What is wrong with it, a line each; empty where nothing is.
    pub fn mistakes(&self, detector: &Detector) -> Vec<String> {
        let mut wrong = Vec::new();
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=32).contains(&self.id.len()) || !self.id.bytes().all(legal) {
            wrong.push("id is 1 to 32 of a-z, 0-9 and -".to_owned());
        }
        match self.age {
            None => wrong.push("age is missing: a character states one, 18 or more".to_owned()),
            Some(age) if age < ADULT => {
                wrong.push(format!("age is {age}: characters are adults, 18 or more"))
            }
            Some(age) if age > OLDEST => wrong.push(format!("age is {age}: at most {OLDEST}")),
            Some(_) => {}
        }
        let is_file = |name: &str| name.bytes().all(|b| legal(b) || b == b'.') && !name.starts_with('.');
        if !self.picture.ends_with(".png") || !is_file(&self.picture) {
            wrong.push("picture is the name of a PNG file beside this one: a-z, 0-9, - and .".to_owned());
        }
        between(&mut wrong, "looks", &self.looks, LOOKS);
        between(&mut wrong, "clothing", &self.clothing, LOOKS);
        for lang in [Lang::Ru, Lang::En] {
            self.words(lang).mistakes(lang.code(), &mut wrong);
        }
        if detector.judge_text(&self.everything()).minors {
            wrong.push("its words bring somebody under 18 into something sexual: refused".to_owned());
        }
        wrong
    }

    /// All its words, for whoever judges them as one.
    fn everything(&self) -> String {
        let mut all = format!("{}\n{}\n", self.looks, self.clothing);
        for words in [&self.ru, &self.en] {
            let examples = words.examples.iter().flatten();
            for text in [&words.greeting, &words.about].into_iter().chain(&words.lines).chain(examples) {
                all.push_str(text);
                all.push('\n');
            }
        }
        all
    }
}

impl Words {
    fn mistakes(&self, lang: &str, wrong: &mut Vec<String>) {
        between(wrong, &format!("{lang}.name"), &self.name, NAME);
        if self.lines.len() != 2 {
            wrong.push(format!("{lang}.lines are two, not {}", self.lines.len()));
        }
        self.lines.iter().for_each(|line| between(wrong, &format!("{lang}.lines"), line, LINE));
        between(wrong, &format!("{lang}.greeting"), &self.greeting, GREETING);
        between(wrong, &format!("{lang}.about"), &self.about, ABOUT);
        if self.examples.len() > EXAMPLES {
            wrong.push(format!("{lang}.examples are {} at most, not {}", EXAMPLES, self.examples.len()));
        }
        let sides = self.examples.iter().flatten();
        sides.for_each(|side| between(wrong, &format!("{lang}.examples"), side, EXAMPLE));
    }
}

fn between(wrong: &mut Vec<String>, field: &str, text: &str, most: usize) {
    let (count, text) = (text.chars().count(), text.trim());
    if text.is_empty() {
        wrong.push(format!("{field} is missing"));
    } else if count > most {
        wrong.push(format!("{field} has {count} characters; at most {most}"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::safety::Lexicon;
    use super::*;

    fn words() -> Words {
        Words {
            name: "Ann".to_owned(),
            lines: vec!["One.".to_owned(), "Two.".to_owned()],
            greeting: "Hello".to_owned(),
            about: "You are Ann".to_owned(),
            examples: vec![["Hi".to_owned(), "Hi yourself".to_owned()]],
        }
    }

    fn persona() -> Persona {
        Persona {
            id: "ann".to_owned(),
            age: Some(30),
            picture: "ann.png".to_owned(),
            looks: "a woman of 30".to_owned(),
            clothing: "a coat".to_owned(),
            ru: words(),
            en: words(),
        }
    }

    fn mistakes(change: impl FnOnce(&mut Persona)) -> Vec<String> {
        let mut persona = persona();
        change(&mut persona);
        persona.mistakes(&Detector::new(Lexicon::shipped()))
    }

    #[test]
    fn a_good_one_has_no_mistakes() {
        assert_eq!(mistakes(|_| ()), [""; 0]);
    }

    #[test]
    fn each_mistake_is_named() {
        type Change = fn(&mut Persona);
        let cases: [(Change, &str); 12] = [
            (|p| p.id = "Ann".into(), "id is 1 to 32"),
            (|p| p.age = None, "age is missing"),
            (|p| p.age = Some(17), "age is 17: characters are adults"),
            (|p| p.age = Some(121), "age is 121"),
            (|p| p.picture = "../ann.png".into(), "picture is the name"),
            (|p| p.picture = "ann.svg".into(), "picture is the name"),
            (|p| p.looks = " ".into(), "looks is missing"),
            (|p| p.en.name = "n".repeat(33), "en.name has 33 characters; at most 32"),
            (|p| p.ru.lines.truncate(1), "ru.lines are two, not 1"),
            (|p| p.ru.about = String::new(), "ru.about is missing"),
            (|p| p.en.examples = vec![Default::default(); 9], "en.examples are 8 at most"),
            (|p| p.en.about = "She is 15 and naked".into(), "refused"),
        ];
        for (change, told) in cases {
            let wrong = mistakes(change);
            assert!(wrong.iter().any(|line| line.contains(told)), "{told}: {wrong:?}");
        }
    }
}
