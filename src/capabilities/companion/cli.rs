//! `nameless personas`: the characters of a folder, and what is wrong with them.

use super::cast;
use crate::config::Config;
use clap::Args;
use nameless_domain::companion::safety::{Detector, Lexicon};
use std::fmt::Write;
use std::path::PathBuf;

/// Checks the characters of a folder: each file NAME.toml with its picture beside it.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Personas {
    /// The folder.
    #[arg(default_value = "config/personas")]
    folder: PathBuf,
}

impl Personas {
    /// Carries the command out: what to print. An error names every mistake.
    pub async fn run(self, _: &Config) -> anyhow::Result<String> {
        let mut text = String::new();
        for character in cast::of_folder(&self.folder, &Detector::new(Lexicon::shipped()))? {
            let persona = &character.persona;
            let (id, age) = (&persona.id, persona.age.unwrap_or_default());
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{id:<16} {age:>3}  {} / {}", persona.ru.name, persona.en.name);
        }
        Ok(text)
    }
}
