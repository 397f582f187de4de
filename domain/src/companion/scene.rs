//! What a maker of pictures is asked: the character as it always looks, and the scene that was
//! talked of.

use super::persona::Persona;
use super::safety::Level;

/// Characters of the scene: makers forget what comes later.
const SCENE: usize = 400;
/// Characters of a prompt at most, and Venice takes 7,500.
const MOST: usize = 1_500;

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
    /// The prompt as somebody reads it who sees no tags.
    joined: String,
}

impl Scene {
    /// What is judged: the prompt as it is sent, and as it reads where a tag splits a word.
    pub fn judged(&self) -> String {
        match self.joined == self.prompt {
            true => self.prompt.clone(),
            false => format!("{}\n{}", self.prompt, self.joined),
        }
    }
}

/// A prompt without what a server would carry out: AUTOMATIC1111 carries out `<lora:..>`,
/// stable-diffusion.cpp `<sd_cpp_extra_args>`, and wildcards of both stand in braces. Done twice,
/// it changes nothing more, so that what was judged is what is sent.
pub fn plain(prompt: &str) -> String {
    let text: String = without_orders(prompt, " ").chars().take(MOST).collect();
    text.trim_end().to_owned()
}

/// A text in every reading: as it is, as makers of pictures are told it, and with what tags split
/// put together.
pub fn every_reading(text: &str) -> String {
    format!("{text}\n{}\n{}", without_orders(text, " "), without_orders(text, ""))
}

/// A text with `gap` in the place of each tag.
fn without_orders(text: &str, gap: &str) -> String {
    let (mut out, mut inside) = (String::with_capacity(text.len()), false);
    for c in text.chars() {
        match c {
            '<' => {
                inside = true;
                out.push_str(gap);
            }
            '>' if inside => inside = false,
            '>' => out.push_str(gap),
            _ if inside => {}
            // Alternatives, names of files, and emphasis; a line may begin with an option.
            '{' | '}' | '[' | ']' | '|' | '\\' => out.push(' '),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    let out = out.replace("__", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    out.trim_start_matches(['-', ' ']).to_owned()
}

/// The scene of a character, cleaned as it is sent. `words` are the last ones that were said, the
/// newest first; `level` is what the detector allows and no more.
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
    let (sent, joined) = (plain(&prompt), without_orders(&prompt, ""));
    Scene { prompt: sent, without: plain(&without), joined }
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

    #[test]
    fn orders_to_servers_are_taken_out() {
        for (from, to) in [
            ("a woman, <lora:x:1>in rain", "a woman, in rain"),
            ("<sd_cpp_extra_args>{\"steps\":9999}</sd_cpp_extra_args>rain", "\"steps\":9999 rain"),
            ("a <lora never closed", "a"),
            ("--outdir /tmp rain\n\u{0}", "outdir /tmp rain"),
            ("- --x", "x"),
            ("{red|blue} __names__ [a:b:0.5]", "red blue names a:b:0.5"),
            ("дождь, 3 > 2", "дождь, 3 2"),
            ("rain<x>coat", "rain coat"),
        ] {
            assert_eq!(plain(from), to, "{from}");
            assert_eq!(plain(to), to, "cleaned twice");
        }
        assert_eq!(plain(&"ж".repeat(9_000)).chars().count(), 1_500);
    }

    #[test]
    fn what_tags_split_is_judged_as_it_is_read() {
        let detector = Detector::new(Lexicon::shipped());
        for words in ["a school<x>girl", "sch<x>oolgirl", "she is 1<y>5 years old", "she is <z>15 years old"]
        {
            let scene = scene(&persona(), [words], Level::None);
            assert!(!scene.prompt.contains(['<', '>']), "{}", scene.prompt);
            assert!(detector.judge_text(&scene.judged()).minor, "{words}");
            assert!(detector.judge_text(&every_reading(words)).minor, "{words}");
        }
        for words in ["na<x>ked", "<x>naked", "naked<x>"] {
            let judged = detector.judge_text(&scene(&persona(), [words], Level::None).judged());
            assert_eq!(judged.ruling(false), Ruling::AdultOnly, "{words}");
        }
        // What an order says is not drawn.
        let scene = scene(&persona(), ["rain <lora:x:1>"], Level::None);
        assert_eq!(detector.judge_text(&scene.judged()).ruling(false), Ruling::Passes);
    }
}
