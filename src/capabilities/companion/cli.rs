//! `nameless personas`: the characters of a folder, and what is wrong with them.

use crate::config::Config;
use anyhow::{Context, ensure};
use clap::Args;
use nameless_domain::companion::persona::Persona;
use nameless_domain::companion::safety::{Detector, Lexicon};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Bytes of a character's file and of its picture at most.
const FILE: u64 = 64 * 1024;
const PICTURE: u64 = 1024 * 1024;
/// What a PNG begins with.
const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Checks the characters of a folder: each file NAME.toml with its picture beside it. Nobody can
/// talk to them yet.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Personas {
    /// The folder.
    #[arg(default_value = "config/personas")]
    folder: PathBuf,
}

impl Personas {
    /// Carries the command out: what to print. An error names every mistake.
    pub async fn run(self, _: &Config) -> anyhow::Result<String> {
        let personas = read(&self.folder)?;
        let mut text = String::new();
        for persona in personas.values() {
            let (id, age) = (&persona.id, persona.age.unwrap_or_default());
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{id:<16} {age:>3}  {} / {}", persona.ru.name, persona.en.name);
        }
        Ok(text)
    }
}

/// The characters of a folder by their id.
fn read(folder: &Path) -> anyhow::Result<BTreeMap<String, Persona>> {
    let listed = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
    files.sort();
    ensure!(!files.is_empty(), "no character in {}: each is a file NAME.toml", folder.display());
    let detector = Detector::new(Lexicon::shipped());
    let (mut personas, mut wrong) = (BTreeMap::new(), Vec::new());
    for file in files {
        let mut mistakes = Vec::new();
        match one(&file) {
            Err(error) => mistakes.push(format!("{error:#}")),
            Ok(persona) => {
                mistakes = persona.mistakes(&detector);
                if let Err(error) = picture(&file.with_file_name(&persona.picture)) {
                    mistakes.push(format!("picture: {error:#}"));
                }
                if personas.contains_key(&persona.id) {
                    mistakes.push(format!("the id \"{}\" is another file's, too", persona.id));
                }
                personas.insert(persona.id.clone(), persona);
            }
        }
        wrong.extend(mistakes.into_iter().map(|what| format!("{}: {what}", file.display())));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(personas)
}

fn one(file: &Path) -> anyhow::Result<Persona> {
    ensure!(std::fs::metadata(file)?.len() <= FILE, "more than {FILE} bytes");
    Ok(toml::from_str(&std::fs::read_to_string(file)?)?)
}

fn picture(file: &Path) -> anyhow::Result<()> {
    let size = std::fs::metadata(file)?.len();
    ensure!(size <= PICTURE, "more than {PICTURE} bytes");
    ensure!(std::fs::read(file)?.starts_with(&PNG), "no PNG");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_ship_have_no_mistakes() {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/personas");
        let personas = read(&shipped).unwrap();
        assert_eq!(personas.keys().collect::<Vec<_>>(), ["lida", "mark", "vera"]);
    }

    #[test]
    fn every_mistake_of_every_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let told = || format!("{:#}", read(folder.path()).unwrap_err());
        assert!(told().contains("no character"), "{}", told());
        std::fs::write(folder.path().join("a.toml"), "id = \"a\"\nage = 12\npicture = \"a.png\"").unwrap();
        std::fs::write(folder.path().join("a.png"), "GIF89a").unwrap();
        std::fs::write(folder.path().join("b.toml"), "looks like = 3").unwrap();
        std::fs::write(folder.path().join("c.toml"), "colour = \"red\"").unwrap();
        for part in ["a.toml: age is 12", "a.toml: picture: no PNG", "b.toml: ", "c.toml: "] {
            assert!(told().contains(part), "{part}: {}", told());
        }
        assert!(told().contains("unknown field `colour`"), "{}", told());
    }
}
