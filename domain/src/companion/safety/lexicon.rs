//! The lexicon: terms by kind, read from a configuration's text, and their search in a folded text.

use super::fold::{Folded, Word, is_cyrillic, plain, sound};
use rustc_hash::FxHashMap;
use std::fmt;

/// The terms that ship: plain ones only. Operators add to them.
pub const DEFAULT: &str = include_str!("../../../../config/safety/lexicon.txt");

/// Letters that a term must sound like at least, to be found in Latin letters: shorter ones are
/// parts of English words.
const SOUNDS: usize = 5;
/// Terms and letters of a lexicon at most.
const TERMS: usize = 20_000;
const LETTERS: usize = 64;

/// What a term speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody under 18.
    Minor,
    /// Anything sexual.
    Sexual,
    /// A picture's level: undressing.
    Undressing,
    /// A picture's level: partly bare.
    Partial,
    /// A picture's level: bare.
    Full,
    /// The wish to harm oneself.
    SelfHarm,
    /// Never a hit, whatever stands in it.
    Allow,
}

impl Kind {
    fn of(section: &str) -> Option<Kind> {
        Some(match section {
            "minor" => Kind::Minor,
            "sexual" => Kind::Sexual,
            "undressing" => Kind::Undressing,
            "partial" => Kind::Partial,
            "full" => Kind::Full,
            "self-harm" => Kind::SelfHarm,
            "allow" => Kind::Allow,
            _ => return None,
        })
    }
}

/// Why a lexicon is refused: the line, counted from 1, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLexicon {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for BadLexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for BadLexicon {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Whole,
    Begins,
    Holds,
}

#[derive(Clone, Debug)]
struct Part {
    shape: Shape,
    text: String,
}

impl Part {
    fn fits(&self, word: &Word) -> bool {
        word.forms.iter().any(|form| match self.shape {
            Shape::Whole => *form == self.text,
            Shape::Begins => form.starts_with(&self.text),
            Shape::Holds => form.contains(&self.text),
        })
    }
}

#[derive(Clone, Debug)]
struct Term {
    kind: Kind,
    parts: Vec<Part>,
}

/// Terms, found by how they begin.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    terms: Vec<Term>,
    /// Terms by the text of their first part.
    begins: FxHashMap<String, Vec<usize>>,
    /// Terms of one Russian word by their sound.
    sounds: FxHashMap<String, Vec<usize>>,
    /// Terms whose first part may stand anywhere in a word.
    holds: Vec<usize>,
}

/// A term found: its kind, and the words that it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub kind: Kind,
    pub from: usize,
    pub to: usize,
}

impl Lexicon {
    /// Reads one or several files' text; the last file's terms count beside the first's.
    pub fn read(text: &str) -> Result<Lexicon, BadLexicon> {
        let mut lexicon = Lexicon::default();
        let mut kind = None;
        for (number, line) in text.lines().enumerate() {
            let bad = |why| BadLexicon { line: number + 1, why };
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                kind = Some(Kind::of(section).ok_or_else(|| bad("no such section"))?);
                continue;
            }
            let kind = kind.ok_or_else(|| bad("a term before the first section"))?;
            if line.chars().count() > LETTERS || lexicon.terms.len() >= TERMS {
                return Err(bad("too long, or too many terms"));
            }
            let parts = line.split_whitespace().map(part).collect::<Option<Vec<_>>>();
            let parts = parts.ok_or_else(|| bad("a term is of letters and digits, with * at its ends"))?;
            lexicon.add(Term { kind, parts });
        }
        Ok(lexicon)
    }

    /// The terms that ship.
    pub fn shipped() -> Lexicon {
        // A test reads the file.
        Lexicon::read(DEFAULT).unwrap_or_default()
    }

    /// How many terms of a kind there are: a lexicon without some is not to be started with.
    pub fn count(&self, kind: Kind) -> usize {
        self.terms.iter().filter(|t| t.kind == kind).count()
    }

    fn add(&mut self, term: Term) {
        let id = self.terms.len();
        let first = &term.parts[0];
        if first.shape == Shape::Holds {
            self.holds.push(id);
        } else {
            self.begins.entry(first.text.clone()).or_default().push(id);
            let sound = sound(&first.text);
            if term.parts.len() == 1 && first.text.chars().all(is_cyrillic) && sound.len() >= SOUNDS {
                self.sounds.entry(sound).or_default().push(id);
            }
        }
        self.terms.push(term);
    }

    /// Every hit in a folded text that no allowed term covers.
    pub(super) fn find(&self, text: &Folded) -> Vec<Hit> {
        let mut hits = Vec::new();
        for at in 0..text.words.len() {
            self.at(&text.words, at, &mut hits);
        }
        let mut found = without_allowed(hits);
        let mut hits = Vec::new();
        for at in 0..text.reread.len() {
            self.at(&text.reread, at, &mut hits);
        }
        found.extend(without_allowed(hits));
        for word in &text.joined {
            found.extend(self.alone(word));
        }
        for word in &text.spaced {
            found.extend(self.anywhere(word));
        }
        found
    }

    /// Hits of a word that stands for itself.
    pub(super) fn alone(&self, word: &Word) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.at(std::slice::from_ref(word), 0, &mut hits);
        without_allowed(hits)
    }

    /// Hits that begin at any letter of a word, as single letters may follow another.
    fn anywhere(&self, word: &Word) -> Vec<Hit> {
        let tails =
            word.forms.iter().flat_map(|form| form.char_indices().map(|(at, _)| form[at..].to_owned()));
        let hits = tails.flat_map(|tail| self.alone(&Word { forms: vec![tail] }));
        hits.filter(|hit| hit.kind != Kind::Allow).collect()
    }

    fn at(&self, words: &[Word], at: usize, hits: &mut Vec<Hit>) {
        for form in &words[at].forms {
            for (end, c) in form.char_indices() {
                let head = &form[..end + c.len_utf8()];
                for &id in self.begins.get(head).into_iter().flatten() {
                    self.try_term(id, words, at, hits);
                }
            }
            // Transliterated Russian.
            if form.len() >= SOUNDS && form.bytes().all(|b| b.is_ascii_lowercase()) {
                let sound = sound(form);
                for end in SOUNDS..=sound.len() {
                    for &id in self.sounds.get(&sound[..end]).into_iter().flatten() {
                        let term = &self.terms[id];
                        if end == sound.len() || term.parts[0].shape == Shape::Begins {
                            hits.push(Hit { kind: term.kind, from: at, to: at + 1 });
                        }
                    }
                }
            }
        }
        for &id in &self.holds {
            self.try_term(id, words, at, hits);
        }
    }

    fn try_term(&self, id: usize, words: &[Word], at: usize, hits: &mut Vec<Hit>) {
        let term = &self.terms[id];
        let to = at + term.parts.len();
        if to <= words.len() && term.parts.iter().zip(&words[at..to]).all(|(part, word)| part.fits(word)) {
            hits.push(Hit { kind: term.kind, from: at, to });
        }
    }
}

fn without_allowed(mut hits: Vec<Hit>) -> Vec<Hit> {
    let allowed: Vec<Hit> = hits.iter().filter(|h| h.kind == Kind::Allow).copied().collect();
    hits.retain(|h| h.kind != Kind::Allow && !allowed.iter().any(|a| a.from <= h.from && h.to <= a.to));
    hits.dedup();
    hits
}

fn part(word: &str) -> Option<Part> {
    let (begins, holds) = (word.ends_with('*'), word.starts_with('*'));
    let text = plain(word.trim_matches('*'));
    let shape = match (holds, begins) {
        (true, true) => Shape::Holds,
        (false, true) => Shape::Begins,
        (false, false) => Shape::Whole,
        (true, false) => return None,
    };
    // Two letters that may go on would be half the dictionary.
    let least = if shape == Shape::Whole { 1 } else { 3 };
    let fits = text.chars().all(char::is_alphanumeric) && text.chars().count() >= least;
    fits.then_some(Part { shape, text })
}
