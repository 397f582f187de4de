//! The characters of a folder, or those that ship.

use anyhow::{Context, ensure};
use nameless_domain::capabilities::companion::Character;
use nameless_domain::companion::persona::Persona;
use nameless_domain::companion::safety::Detector;
use std::path::{Path, PathBuf};

/// Bytes of a character's file and of its picture at most.
const FILE: u64 = 64 * 1024;
const PICTURE: u64 = 1024 * 1024;
/// What a PNG begins with.
const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

macro_rules! shipped {
    ($($name:literal),+) => {
        [$((
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/personas/", $name, ".toml")),
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/personas/", $name, ".png")).as_slice(),
        )),+]
    };
}

/// Those that ship, in the order of their cards.
const SHIPPED: [(&str, &[u8]); 3] = shipped!("vera", "mark", "lida");

/// Those that ship.
pub(super) fn shipped() -> anyhow::Result<Vec<Character>> {
    let read = |(text, picture): (&str, &[u8])| {
        Ok(Character { persona: toml::from_str(text)?, picture: picture.into() })
    };
    SHIPPED.into_iter().map(read).collect()
}

/// The characters of a folder, by the names of their files. An error names every mistake.
pub(super) fn of_folder(folder: &Path, detector: &Detector) -> anyhow::Result<Vec<Character>> {
    let listed = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
    files.sort();
    ensure!(!files.is_empty(), "no character in {}: each is a file NAME.toml", folder.display());
    let (mut characters, mut wrong) = (Vec::<Character>::new(), Vec::new());
    for file in files {
        let mut mistakes = Vec::new();
        match one(&file) {
            Err(error) => mistakes.push(format!("{error:#}")),
            Ok(persona) => {
                mistakes = persona.mistakes(detector);
                let read = picture(&file.with_file_name(&persona.picture));
                if characters.iter().any(|other| other.persona.id == persona.id) {
                    mistakes.push(format!("the id \"{}\" is another file's, too", persona.id));
                }
                match read {
                    Ok(picture) => characters.push(Character { persona, picture: picture.into() }),
                    Err(error) => mistakes.push(format!("picture: {error:#}")),
                }
            }
        }
        wrong.extend(mistakes.into_iter().map(|what| format!("{}: {what}", file.display())));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(characters)
}

fn one(file: &Path) -> anyhow::Result<Persona> {
    ensure!(std::fs::metadata(file)?.len() <= FILE, "more than {FILE} bytes");
    Ok(toml::from_str(&std::fs::read_to_string(file)?)?)
}

fn picture(file: &Path) -> anyhow::Result<Vec<u8>> {
    let size = std::fs::metadata(file)?.len();
    ensure!(size <= PICTURE, "more than {PICTURE} bytes");
    let bytes = std::fs::read(file)?;
    ensure!(bytes.starts_with(&PNG), "no PNG");
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::companion::safety::Lexicon;

    fn detector() -> Detector {
        Detector::new(Lexicon::shipped())
    }

    #[test]
    fn those_that_ship_have_no_mistakes() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/personas");
        let characters = of_folder(&folder, &detector()).unwrap();
        let mut shipped = shipped().unwrap();
        shipped.sort_by(|a, b| a.persona.id.cmp(&b.persona.id));
        assert_eq!(characters, shipped);
    }

    #[test]
    fn every_mistake_of_every_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let told = || format!("{:#}", of_folder(folder.path(), &detector()).unwrap_err());
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
