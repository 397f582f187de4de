//! What the bot says, in two languages.

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Map, Value};
use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

/// Shared by all peers.
const TEXTS: &str = include_str!("../../common/texts.json");

/// A question with its answers.
#[derive(Deserialize)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// Value and label of each answer.
    pub options: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct File {
    questions: Vec<String>,
    en: Map<String, Value>,
    ru: Map<String, Value>,
}

/// All texts.
pub struct Texts(File);

impl Texts {
    /// Reads them; a check that all are there.
    pub fn load() -> anyhow::Result<Texts> {
        let file: File = serde_json::from_str(TEXTS).context("texts.json")?;
        for name in &file.questions {
            for language in [&file.en, &file.ru] {
                let question = language.get(name).with_context(|| format!("texts.json lacks {name}"))?;
                Question::deserialize(question)?;
            }
        }
        Ok(Texts(file))
    }

    fn language(&self, language: Option<&str>) -> &Map<String, Value> {
        if language == Some("ru") { &self.0.ru } else { &self.0.en }
    }

    /// A line.
    pub fn say<'a>(&'a self, language: Option<&str>, key: &'a str) -> &'a str {
        self.language(language).get(key).and_then(Value::as_str).unwrap_or(key)
    }

    /// The questions' names, in order.
    pub fn questions(&self) -> &[String] {
        &self.0.questions
    }

    fn question(&self, language: Option<&str>, name: &str) -> Option<Question> {
        Question::deserialize(self.language(language).get(name)?).ok()
    }

    /// A question and its buttons.
    pub fn ask(&self, language: Option<&str>, name: &str) -> (String, InlineKeyboardMarkup) {
        let Some(question) = self.question(language, name) else { return Default::default() };
        let row = |(value, label): (String, String)| {
            [InlineKeyboardButton::callback(label, format!("on:{name}:{value}"))]
        };
        (question.text, InlineKeyboardMarkup::new(question.options.into_iter().map(row)))
    }

    /// Whether a question has this answer.
    pub fn is_option(&self, name: &str, value: &str) -> bool {
        self.0.questions.iter().any(|q| q == name)
            && self.question(None, name).is_some_and(|q| q.options.iter().any(|(option, _)| option == value))
    }
}
