//! The detector: what no companion takes part in, in no mode, before and after each call.
//!
//! It judges words, not meaning: docs/safety.md says how surely, and what it cannot see. A second
//! opinion by a model stands beside it, never in its place.

mod ages;
#[cfg(test)]
mod corpus;
mod fold;
mod lexicon;
#[cfg(test)]
mod tests;
mod window;

pub use lexicon::{BadLexicon, DEFAULT, Kind, Lexicon};
pub use window::{Side, Window};

use super::constants::ADULT;
use fold::{Folded, fold, stitched};

/// How much a picture shows, the least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// Undressing.
    Undressing,
    /// Partly bare.
    Partial,
    /// Bare.
    Full,
}

/// What was found in a text and the turns before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Something sexual, or a picture's level above none, beside somebody under 18: refused
    /// everywhere, without a switch.
    pub minors: bool,
    /// The wish to harm oneself, in the new text: the character steps aside.
    pub self_harm: bool,
    /// Something sexual: for adult mode only.
    pub sexual: bool,
    /// What a picture of the new text would show.
    pub level: Level,
    /// Somebody under 18 is spoken of, in whatever light: no picture is made of that.
    pub minor: bool,
}

impl Judgement {
    /// Whether the text may pass at all, and if not, whether adult mode would let it.
    pub fn ruling(&self, adult_mode: bool) -> Ruling {
        match self {
            Judgement { minors: true, .. } => Ruling::Refused,
            Judgement { self_harm: true, .. } => Ruling::Help,
            _ if !adult_mode && (self.sexual || self.level > Level::None) => Ruling::AdultOnly,
            _ => Ruling::Passes,
        }
    }
}

/// Whether a text gives somebody an age under 18, whatever stands beside it.
pub fn tells_of_a_minor(text: &str) -> bool {
    ages::youngest(&fold(text)).is_some()
}

/// What follows from a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Nothing stands against it.
    Passes,
    /// Only where adult mode is on.
    AdultOnly,
    /// The character steps aside and help is offered.
    Help,
    /// Refused in every mode.
    Refused,
}

/// Why a character is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPersona {
    /// It states no age.
    NoAge,
    /// It is younger than 18, by its age or by its words.
    Minor,
}

/// What one text says, by kind.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    minor: bool,
    sexual: bool,
    self_harm: bool,
    level: Level,
}

impl Said {
    fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Minor => self.minor = true,
            Kind::Sexual => self.sexual = true,
            Kind::SelfHarm => self.self_harm = true,
            Kind::Undressing => self.level = self.level.max(Level::Undressing),
            Kind::Partial => self.level = self.level.max(Level::Partial),
            Kind::Full => self.level = self.level.max(Level::Full),
            Kind::Allow => {}
        }
    }

    fn or(self, other: Said) -> Said {
        Said {
            minor: self.minor || other.minor,
            sexual: self.sexual || other.sexual,
            self_harm: self.self_harm || other.self_harm,
            level: self.level.max(other.level),
        }
    }
}

/// Judges texts by a lexicon. Cheap to share, holds no words of people.
#[derive(Clone, Debug)]
pub struct Detector {
    lexicon: Lexicon,
}

impl Detector {
    /// A detector with these terms.
    pub fn new(lexicon: Lexicon) -> Detector {
        Detector { lexicon }
    }

    /// Judges the window's last turn with those before it. What was said before counts for minors;
    /// self-harm and the level are the last turn's own, or what it completes.
    pub fn judge(&self, window: &Window) -> Judgement {
        let turns: Vec<(Side, Folded)> = window.turns().map(|(side, text)| (side, fold(text))).collect();
        let Some((last_side, last)) = turns.last() else { return Judgement::default() };
        let mut own = self.said(last);
        let earlier = turns[..turns.len() - 1].iter();
        let before = earlier.map(|(_, text)| self.said(text)).fold(Said::default(), Said::or);
        let mut across = Said::default();
        for side in [Side::Person, Side::Character] {
            let mine: Vec<&Folded> = turns.iter().filter(|(s, _)| *s == side).map(|(_, t)| t).collect();
            let split = self.across(&mine);
            across = across.or(split);
            if side == *last_side {
                own.self_harm |= split.self_harm && !before.self_harm;
                own.sexual |= split.sexual && !before.sexual;
            }
        }
        let all = own.or(before).or(across);
        Judgement {
            minors: all.minor && (all.sexual || all.level > Level::None),
            self_harm: own.self_harm,
            sexual: own.sexual,
            level: own.level,
            minor: all.minor,
        }
    }

    /// Judges one text that stands for itself: a card, a picture's prompt.
    pub fn judge_text(&self, text: &str) -> Judgement {
        let mut window = Window::default();
        window.push(Side::Person, text);
        self.judge(&window)
    }

    /// Whether a character may be met: it states an age of 18 or more, and neither its words nor
    /// those of its examples bring a minor into anything sexual.
    pub fn judge_persona(&self, age: Option<u32>, words: &str) -> Result<(), BadPersona> {
        match age {
            None => Err(BadPersona::NoAge),
            Some(age) if age < ADULT || self.judge_text(words).minors => Err(BadPersona::Minor),
            Some(_) => Ok(()),
        }
    }

    fn said(&self, text: &Folded) -> Said {
        let mut said = Said { minor: ages::youngest(text).is_some(), ..Said::default() };
        self.lexicon.find(text).into_iter().for_each(|hit| said.add(hit.kind));
        said
    }

    /// What only shows where one side's short turns are read together: a word, a phrase or an age
    /// split over messages.
    fn across(&self, turns: &[&Folded]) -> Said {
        let mut said = Said::default();
        let short = |turn: &Folded| turn.words.len() <= SHORT;
        for pair in turns.windows(2).filter(|pair| short(pair[0]) || short(pair[1])) {
            for hit in stitched(pair[0], pair[1]).iter().flat_map(|word| self.lexicon.alone(word)) {
                said.add(hit.kind);
            }
        }
        for run in turns.chunk_by(|a, b| short(a) && short(b)).filter(|run| run.len() > 1) {
            let plain: Vec<&str> = run.iter().map(|turn| turn.plain.as_str()).collect();
            said = said.or(self.said(&fold(&plain.join(" "))));
            // Syllables, a message each.
            for hit in self.said_together(&plain.concat()) {
                said.add(hit);
            }
        }
        said
    }

    fn said_together(&self, text: &str) -> Vec<Kind> {
        self.lexicon.find(&fold(text)).into_iter().map(|hit| hit.kind).collect()
    }
}

/// Words of a turn that may be a part of one.
const SHORT: usize = 4;
