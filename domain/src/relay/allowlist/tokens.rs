//! A folded text cut into words, each looked up once; what the rules ask about words.

use super::fold::{FoldedText, is_word};
use super::verdict::{Reason, Rule, Ruling, Verdict};
use super::words::{self, Class};

/// Characters of a name of several words, about: what is asked at every word must not walk the
/// whole text.
const MAX_NAME: usize = 64;

/// A word: letters, digits, underscores without anything between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// First visible character.
    pub from: usize,
    /// One past the last.
    pub to: usize,
    /// What it stands for.
    pub class: Class,
}

impl Word {
    /// Visible characters.
    pub fn len(self) -> usize {
        self.to - self.from
    }

    /// Whether it stands for one of `class`.
    pub fn is(self, class: Class) -> bool {
        self.class & class != 0
    }
}

/// A text as the rules see it.
pub(super) struct Tokens<'t> {
    /// The visible characters.
    pub text: FoldedText<'t>,
    /// Its words in order.
    pub words: Vec<Word>,
    /// Whether it has a word in Cyrillic letters only: a Latin word in it stands out.
    pub cyrillic: bool,
    /// What was decided.
    pub verdicts: Vec<Verdict>,
}

impl<'t> Tokens<'t> {
    /// Folds `text` and cuts it.
    pub fn new(text: &'t str) -> Tokens<'t> {
        let text = FoldedText::new(text);
        let mut words = Vec::with_capacity(text.len() / 4);
        let mut cyrillic = false;
        let mut i = 0;
        while i < text.len() {
            if !is_word(text.get(i)) {
                i += 1;
                continue;
            }
            let to = text.skip(i, is_word);
            let word = &text.chars[i..to];
            words.push(Word { from: i, to, class: words::class(word) });
            cyrillic |= word.len() > 1 && word.iter().all(|f| matches!(f.c, 'а'..='ё'));
            i = to;
        }
        Tokens { text, words, cyrillic, verdicts: Vec::new() }
    }

    /// Notes a decision about visible characters `from..to`.
    fn rule(&mut self, from: usize, to: usize, ruling: Ruling) {
        let (start, end) = (self.text.byte(from), self.text.byte(to));
        self.verdicts.push(Verdict { start, end, ruling });
    }

    /// Masks visible characters `from..to`.
    pub fn mask(&mut self, from: usize, to: usize, rule: Rule) {
        self.rule(from, to, Ruling::Masked(rule));
    }

    /// Leaves visible characters `from..to`, which looked suspicious.
    pub fn pass(&mut self, from: usize, to: usize, reason: Reason) {
        self.rule(from, to, Ruling::Passed(reason));
    }

    /// The characters of word `k`.
    pub fn chars(&self, k: usize) -> impl Iterator<Item = char> + Clone + '_ {
        let word = self.words[k];
        self.text.chars[word.from..word.to].iter().map(|f| f.c)
    }

    /// Whether word `k` is one of `words`.
    pub fn reads(&self, k: usize, words: &[&str]) -> bool {
        words.iter().any(|w| self.chars(k).eq(w.chars()))
    }

    /// Index of the first word that begins at or after visible character `i`.
    pub fn word_from(&self, i: usize) -> usize {
        self.words.partition_point(|w| w.from < i)
    }

    /// The word that begins at visible character `i`.
    pub fn word_at(&self, i: usize) -> Option<usize> {
        let k = self.word_from(i);
        self.words.get(k).is_some_and(|w| w.from == i).then_some(k)
    }

    /// The characters between word `k` and the next one.
    pub fn gap(&self, k: usize) -> impl Iterator<Item = char> + Clone + '_ {
        let from = self.words[k].to;
        let to = self.words.get(k + 1).map_or(self.text.len(), |w| w.from);
        self.text.chars[from..to].iter().map(|f| f.c)
    }

    /// Characters between word `k` and the next one.
    pub fn gap_len(&self, k: usize) -> usize {
        self.words.get(k + 1).map_or(self.text.len(), |w| w.from) - self.words[k].to
    }

    /// Whether one of the `n` words before word `k` stands for one of `class`.
    pub fn is_before(&self, k: usize, n: usize, class: Class) -> bool {
        self.words[k.saturating_sub(n)..k].iter().any(|w| w.is(class))
    }

    /// Whether nothing but spaces stands between `from..to` and the ends of its line.
    pub fn is_alone(&self, from: usize, to: usize) -> bool {
        let before = self.text.skip_back(from, |c| c == ' ');
        let after = self.text.skip(to, |c| c == ' ');
        (before == 0 || self.text.get(before - 1) == '\n') && matches!(self.text.get(after), '\n' | '\0')
    }

    /// Whether word `k` is written in ASCII with at least one letter.
    pub fn is_latin(&self, k: usize) -> bool {
        self.chars(k).all(|c| c.is_ascii()) && self.chars(k).any(|c| c.is_ascii_alphabetic())
    }

    /// Where the name that begins at visible character `from` ends: a word, and further ASCII words
    /// joined to it by a dot or a hyphen.
    pub fn name_end(&self, from: usize) -> usize {
        let ascii = |i: usize| self.text.get(i).is_ascii() && is_word(self.text.get(i));
        let mut end = self.text.skip(from, is_word);
        while end - from <= MAX_NAME
            && matches!(self.text.get(end), '.' | '-')
            && ascii(end - 1)
            && ascii(end + 1)
        {
            end = self.text.skip(end + 1, is_word);
        }
        end
    }

    /// Whether `from..to` is written as no ordinary word is: letters with digits behind them, an
    /// underscore or a dot between.
    pub fn is_like_a_name(&self, from: usize, to: usize) -> bool {
        let chars = &self.text.chars[from..to];
        let letters = chars.iter().filter(|f| f.c.is_alphabetic()).count();
        let digit = chars.iter().any(|f| f.c.is_ascii_digit());
        let joined = chars.iter().any(|f| f.c == '_');
        let dotted = chars.iter().any(|f| f.c == '.');
        let begins = chars.first().is_some_and(|f| f.c.is_alphabetic() || f.c == '_');
        // "ps5", "gta5", "1080p60", "v2.0" are things.
        begins
            && chars.len() >= 4
            && (joined && letters >= 2 || dotted && letters >= 4 || digit && letters >= 4)
            && !self.word_at(from).is_some_and(|k| self.words[k].is(words::PLAIN) && self.words[k].to == to)
    }
}
