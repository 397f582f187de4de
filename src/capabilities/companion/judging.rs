//! What is judged of a picture: what was said, the prompt as it is sent, and what the maker made.

use super::desk::Desk;
use super::store::Sketch;
use nameless_domain::capabilities::faceguard::{NudityBand, Policy};
use nameless_domain::companion::persona::Persona;
use nameless_domain::companion::safety::{Detector, Level, Ruling, Side, Window};
use nameless_domain::companion::scene::{Scene, scene};

/// What the words come to, before any maker is asked.
pub(super) struct Judged {
    pub ruling: Ruling,
    /// What makers are asked; it was judged as it is.
    pub scene: Scene,
    /// Only adult mode shows it, and only makers for adult mode draw it.
    pub needs_adult: bool,
}

/// Judges what was said last, and the prompt that is made of it.
pub(super) fn judge(detector: &Detector, sketch: &Sketch, character: &Persona) -> Judged {
    let mut window = Window::default();
    for turn in &sketch.history {
        window.push(Side::Person, &turn.asked);
        window.push(Side::Character, &turn.reply);
    }
    let said = detector.judge(&window);
    // What was said in adult mode counts for minors, and is in no picture where it is off.
    let dressed = detector.judge_text(&drawn(sketch, character, Level::None).judged());
    let level = if sketch.adult { said.level.max(dressed.level) } else { dressed.level };
    let scene = drawn(sketch, character, level);
    let mut both = detector.judge_text(&scene.judged());
    // Nobody under 18 is in what is talked of, in whatever light: a picture shows more than words.
    both.minors |= said.minor || dressed.minor || both.minor;
    both.sexual |= dressed.sexual;
    both.self_harm |= dressed.self_harm;
    both.level = level;
    // Words can be sexual and undress nobody.
    let needs_adult = both.sexual || level > Level::None || (sketch.adult && said.sexual);
    Judged { ruling: both.ruling(sketch.adult), scene, needs_adult }
}

fn drawn(sketch: &Sketch, character: &Persona, level: Level) -> Scene {
    let shown = sketch.history.iter().rev().filter(|turn| sketch.adult || !turn.adult);
    let words = shown.flat_map(|turn| [turn.reply.as_str(), turn.asked.as_str()]);
    scene(character, words, level)
}

/// What was seen of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looked {
    /// Nobody looks at photos here.
    Off,
    /// Who was to look could not.
    Unseen,
    /// Somebody looked.
    Seen { nude: bool },
}

impl Looked {
    /// Whether it is for adult mode alone. What was to be looked at and was not may be anything.
    pub(super) fn needs_adult(self) -> bool {
        matches!(self, Looked::Unseen | Looked::Seen { nude: true })
    }

    /// Whether nobody has looked.
    pub(super) fn is_unknown(self) -> bool {
        matches!(self, Looked::Off | Looked::Unseen)
    }
}

/// Looks at a picture.
pub(super) async fn look(desk: &Desk, bytes: &[u8]) -> Looked {
    // The engine is gone.
    let Some(photos) = desk.photos() else { return Looked::Unseen };
    if photos.policy() == Policy::Off {
        return Looked::Off;
    }
    let examined = photos.examine(bytes.to_vec()).await;
    match examined.ok().and_then(|examined| examined.nudity) {
        Some(nudity) => Looked::Seen { nude: nudity >= NudityBand::default().suspicious() },
        None => Looked::Unseen,
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::Said;
    use super::*;
    use nameless_domain::companion::safety::Lexicon;

    fn judged(turns: &[(&str, &str)], adult: bool) -> Judged {
        let said = |&(asked, reply): &(&str, &str)| Said {
            asked: asked.to_owned(),
            reply: reply.to_owned(),
            adult: false,
        };
        let sketch = Sketch {
            persona: "ann".to_owned(),
            own: None,
            history: turns.iter().map(said).collect(),
            adult,
            calls: 0,
            went: None,
        };
        let character = Persona {
            age: Some(34),
            looks: "a woman of 34, grey eyes".to_owned(),
            clothing: "a yellow coat".to_owned(),
            ..Persona::default()
        };
        judge(&Detector::new(Lexicon::shipped()), &sketch, &character)
    }

    #[test]
    fn what_is_sexual_needs_adult_mode_though_nobody_is_undressed() {
        for turns in [[("Tell me about sex", "Gladly.")], [("Hi", "I like sex.")]] {
            let on = judged(&turns, true);
            assert!(on.ruling == Ruling::Passes && on.needs_adult, "{turns:?}");
            assert_eq!(judged(&turns, false).ruling, Ruling::AdultOnly, "{turns:?}");
        }
        for adult in [false, true] {
            let plain = judged(&[("Where are you?", "At the lighthouse.")], adult);
            assert!(plain.ruling == Ruling::Passes && !plain.needs_adult);
        }
    }

    #[test]
    fn no_picture_is_made_while_a_child_is_talked_of() {
        let turns = [("My daughter is 9 years old.", "How nice."), ("Where are you?", "At the lighthouse.")];
        for adult in [false, true] {
            assert_eq!(judged(&turns, adult).ruling, Ruling::Refused);
            assert_eq!(judged(&[("I met a schoolgirl.", "Oh.")], adult).ruling, Ruling::Refused);
        }
    }

    #[test]
    fn a_look_in_vain_is_no_look_at_something_dressed() {
        let of = |looked: Looked| (looked.needs_adult(), looked.is_unknown());
        assert_eq!(of(Looked::Off), (false, true));
        assert_eq!(of(Looked::Unseen), (true, true));
        assert_eq!(of(Looked::Seen { nude: true }), (true, false));
        assert_eq!(of(Looked::Seen { nude: false }), (false, false));
    }
}
