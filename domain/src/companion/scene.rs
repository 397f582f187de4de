//! What a maker of pictures is asked: the character as it always looks, and the scene that was
//! talked of.

use super::persona::Persona;
use super::safety::Level;

/// Characters of the scene: makers forget what comes later.
const SCENE: usize = 400;

/// What never is to be seen, in every mode.
const NEVER: &str =
    "child, teenager, minor, young-looking, text, watermark, signature, extra fingers, deformed";
/// What is not to be seen where nothing is bare.
const DRESSED: &str = "nude, naked, undressed, underwear, cleavage, suggestive";

/// A prompt, and what the picture is not to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The prompt.
    pub prompt: String,
    /// What not to show.
    pub without: String,
}

/// The scene of a character. `words` are the last ones that were said, the newest first; `level` is
/// what the detector allows and no more.
pub fn scene<'w>(persona: &Persona, words: impl IntoIterator<Item = &'w str>, level: Level) -> Scene {
    let age = persona.age.unwrap_or_default();
    let clothing = match level {
        Level::None => format!("wearing {}", persona.clothing),
        Level::Undressing => format!("undressing, {} half off", persona.clothing),
        Level::Partial => "partly undressed".to_owned(),
        Level::Full => "undressed".to_owned(),
    };
    let mut said = String::new();
    for words in words {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = words.replace(['*', '_', '#', '`', '"'], "");
        if said.chars().count() + words.chars().count() > SCENE && !said.is_empty() {
            break;
        }
        // In the order in which it was said.
        said = if said.is_empty() { words } else { format!("{words} {said}") };
    }
    let said: String = said.chars().take(SCENE).collect();
    let prompt = format!(
        "photo of an adult, {age} years old, {}, {clothing}, alone, natural light. The scene: {said}",
        persona.looks
    );
    let without = match level {
        Level::None => format!("{NEVER}, {DRESSED}"),
        _ => NEVER.to_owned(),
    };
    Scene { prompt, without }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companion::safety::{Detector, Lexicon, Ruling};

    fn persona() -> Persona {
        Persona {
            age: Some(34),
            looks: "a woman of 34, grey eyes".to_owned(),
            clothing: "a yellow coat".to_owned(),
            ..Persona::default()
        }
    }

    #[test]
    fn a_character_looks_and_is_dressed_the_same_each_time() {
        let detector = Detector::new(Lexicon::shipped());
        for words in [vec![], vec!["The *wind* is strong."], vec!["Yes.", "Shall we go to the shore?"]] {
            let scene = scene(&persona(), words, Level::None);
            assert!(scene.prompt.contains("34 years old, a woman of 34, grey eyes, wearing a yellow coat"));
            assert!(scene.without.contains("nude") && scene.without.contains("child"));
            assert_eq!(detector.judge_text(&scene.prompt).ruling(false), Ruling::Passes, "{}", scene.prompt);
        }
        let scene = scene(&persona(), ["Yes.", "Shall we?"], Level::None);
        assert!(scene.prompt.ends_with("The scene: Shall we? Yes."), "{}", scene.prompt);
    }

    #[test]
    fn what_is_said_is_bounded_and_children_are_never_to_be_seen() {
        let long = "ж".repeat(9_000);
        for level in [Level::None, Level::Undressing, Level::Partial, Level::Full] {
            let scene = scene(&persona(), [long.as_str(), "more"], level);
            assert!(scene.prompt.chars().count() < 700);
            assert!(scene.without.starts_with("child"));
        }
    }
}
