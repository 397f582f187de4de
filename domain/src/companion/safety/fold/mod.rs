//! Folding of disguised words: every reading that a person would give a word, for the lexicon to be
//! compared with.
//!
//! A text is folded (NFKC, lower case, marks and invisible characters dropped; й stays й, ё becomes
//! е) and cut into words. Each word has several forms: letters drawn out made one and two, digits
//! and signs read as letters, look-alikes of the other alphabet read both ways. Beside the words
//! stand those that only a reader puts together: letters with spaces or dots between.

mod letters;
mod sound;

pub(super) use letters::is_cyrillic;
pub(super) use sound::sound;

use crate::relay::fold_char;
use letters::{
    cyrillic_for, is_sign_for_letter, latin_for, latin_for_l, to_cyrillic, to_cyrillic_mixed, to_latin,
};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

/// Forms of one word at most; what a word cannot be read as within these is left.
const FORMS: usize = 16;
/// Letters of a word that are looked at; longer ones are no words.
const LETTERS: usize = 48;
/// Single letters in a row that are put together at most.
const SPACED: usize = 96;

/// A word in every reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// As it reads, the plainest first.
    pub forms: Vec<String>,
}

/// A folded text.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    /// The words in their order.
    pub words: Vec<Word>,
    /// Words put together from parts of one token, as in "wo-rd".
    pub joined: Vec<Word>,
    /// Words put together from single letters: a term may begin anywhere within.
    pub spaced: Vec<Word>,
    /// The words once more with single letters put together, where there are any: for terms of
    /// several words.
    pub reread: Vec<Word>,
    /// The text itself, folded.
    pub plain: String,
}

/// What a reader sees: NFKC, lower case, no marks, nothing invisible, ё as е.
pub(super) fn plain(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut add = |c: char| seen.extend(fold_char(c));
    for c in text.nfkc() {
        match c {
            'й' | 'Й' => add('й'),
            c if c.is_ascii() => add(c),
            // The letter below its marks; the marks themselves are dropped.
            c => decompose_canonical(c, &mut add),
        }
    }
    seen
}

/// Folds a text.
pub(super) fn fold(text: &str) -> Folded {
    let plain = plain(text);
    let mut folded = Folded::default();
    let mut run = Run::default();
    for chunk in plain.split_whitespace() {
        let (parts, words_before) = (pieces(chunk), folded.words.len());
        let signed = chunk.chars().any(is_sign_for_letter) && chunk.chars().any(char::is_alphabetic);
        let read = signed.then(|| read_signs(chunk));
        match read.as_deref().map(pieces) {
            // Signs join what they stand between, so there are fewer words.
            Some(read) if read.len() < parts.len() => {
                folded.joined.extend(parts.iter().map(|part| word(part, None)));
                let joined = |(i, part): (usize, &String)| word(part, (i == 0).then_some(chunk));
                folded.words.extend(read.iter().enumerate().map(joined));
            }
            _ => folded.words.extend(parts.iter().map(|part| word(part, None))),
        }
        if signed {
            let bare: String = chunk.trim_matches(|c: char| ".,!?:;".contains(c)).to_owned();
            folded.joined.push(word(&bare, Some(&bare)));
        }
        if parts.len() > 1 {
            folded.joined.push(word(&parts.concat(), None));
        }
        // Signs alone part letters as spaces do.
        if !chunk.chars().any(|c| c.is_alphanumeric() || is_sign_for_letter(c)) {
            continue;
        }
        let lone = single(chunk);
        if lone.is_empty() {
            run.end(&mut folded, words_before);
            let new = folded.words[words_before..].iter().cloned();
            folded.reread.extend(new);
        } else if run.letters.len() < SPACED {
            run.letters.push_str(&lone);
        }
    }
    run.end(&mut folded, usize::MAX);
    if folded.spaced.is_empty() {
        folded.reread.clear();
    }
    folded.plain = plain;
    folded
}

/// Single letters in a row.
#[derive(Default)]
struct Run {
    letters: String,
    /// Words before it.
    from: usize,
}

impl Run {
    /// The row has ended before word `to`.
    fn end(&mut self, folded: &mut Folded, to: usize) {
        let to = to.min(folded.words.len());
        if self.letters.chars().count() >= 3 {
            let joined = word(&self.letters, Some(&self.letters));
            folded.spaced.push(joined.clone());
            folded.reread.push(joined);
        } else {
            folded.reread.extend(folded.words[self.from.min(to)..to].iter().cloned());
        }
        self.letters.clear();
        self.from = folded.words.len();
    }
}

/// A word put together from the last of one message and the first of the next.
pub(super) fn stitched(before: &Folded, after: &Folded) -> Option<Word> {
    let (last, first) = (before.words.last()?, after.words.first()?);
    Some(word(&(last.forms.first()?.clone() + first.forms.first()?), None))
}

/// The single letters of a token such as "w" or "w.o.r.d"; empty if it holds anything longer.
fn single(chunk: &str) -> String {
    let mut lone = String::new();
    let mut before = false;
    for c in chunk.chars() {
        let letter = c.is_alphanumeric() || (is_sign_for_letter(c) && c != '!' && c != '+');
        if letter && before {
            return String::new();
        }
        before = letter;
        if letter {
            lone.push(c);
        }
    }
    lone
}

/// Runs of letters and digits; an apostrophe within a word is left out.
fn pieces(chunk: &str) -> Vec<String> {
    let (mut all, mut one) = (Vec::new(), String::new());
    for c in chunk.chars() {
        match c {
            '\'' | '’' | '`' | 'ʼ' => {}
            c if c.is_alphanumeric() => one.push(c),
            _ if one.is_empty() => {}
            _ => all.push(std::mem::take(&mut one)),
        }
    }
    if !one.is_empty() {
        all.push(one);
    }
    all
}

/// Signs kept as marks inside a word, so that `pieces` does not part it there.
fn read_signs(chunk: &str) -> String {
    let trimmed = chunk.trim_matches(|c: char| ".,!?:;".contains(c));
    trimmed.chars().map(|c| latin_for(c).unwrap_or(c)).collect()
}

/// Every form of a word. `signed` is the same word with signs that may stand for letters.
fn word(letters: &str, signed: Option<&str>) -> Word {
    let mut forms: Vec<String> = Vec::with_capacity(4);
    let mut add = |form: String| {
        if !form.is_empty() && forms.len() < FORMS && !forms.contains(&form) {
            forms.push(form);
        }
    };
    let letters: String = letters.chars().take(LETTERS).collect();
    let raw: String = signed.unwrap_or(&letters).chars().take(LETTERS).collect();
    let mut readings = vec![letters.clone()];
    let has_letter = raw.chars().any(char::is_alphabetic);
    if has_letter && raw.chars().any(is_sign_for_letter) {
        let read = |by: fn(char) -> Option<char>| -> String {
            let kept = raw.chars().map(|c| by(c).unwrap_or(c)).filter(|c| c.is_alphanumeric());
            kept.collect()
        };
        readings.push(read(latin_for));
        readings.push(read(cyrillic_for));
        // An l is as often written 1 or | as an i, in Russian a б as 6 and a в as 8.
        readings.push(read(latin_for_l));
    }
    for reading in readings {
        for squeezed in [squeeze(&reading, 0), squeeze(&reading, 1), squeeze(&reading, 2)] {
            let cyrillic: Option<String> = squeezed.chars().map(to_cyrillic_mixed).collect();
            let latin: Option<String> = squeezed.chars().map(to_latin).collect();
            let looks = squeezed.chars().map(to_cyrillic).collect::<Option<String>>();
            add(squeezed);
            looks.into_iter().for_each(&mut add);
            latin.into_iter().for_each(&mut add);
            cyrillic.into_iter().for_each(&mut add);
        }
    }
    Word { forms }
}

/// Letters drawn out: runs of three and more become `to` letters; 0 leaves them.
fn squeeze(word: &str, to: usize) -> String {
    if to == 0 {
        return word.to_owned();
    }
    let (mut out, mut run, mut last) = (Vec::new(), 0, '\0');
    for c in word.chars() {
        run = if c == last { run + 1 } else { 1 };
        last = c;
        match run {
            // Two in a row are the word's own.
            1 | 2 => out.push(c),
            3 if to == 1 => drop(out.pop()),
            _ => {}
        }
    }
    out.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str, as_: &str) -> bool {
        let folded = fold(text);
        let all = folded.words.iter().chain(&folded.joined).chain(&folded.spaced);
        all.flat_map(|w| &w.forms).any(|f| f == as_)
    }

    #[test]
    fn a_disguised_word_reads_as_itself() {
        for text in [
            "зембрик",
            "ЗЁМБРИК",
            "зем\u{200b}б\u{ad}рик",
            "з е м б р и к",
            "з.е.м.б.р.и.к",
            "земмммбрик",
            "зeмбpик",
            "3ембр1к",
            "зем-брик",
            "зе́мбри́к",
        ] {
            assert!(reads(text, "зембрик"), "{text}: {:?}", fold(text));
        }
        for text in
            ["blorf", "ｂｌｏｒｆ", "ⓑⓛⓞⓡⓕ", "bl0rf", "b1orf", "b|orf", "blооrf", "b l o r f", "blooorf"]
        {
            assert!(reads(text, "blorf") || reads(text, "bloorf"), "{text}: {:?}", fold(text));
        }
        assert!(reads("sn@rg", "snarg") && reads("$narg", "snarg") && reads("sn4rg!", "snarg"));
    }

    #[test]
    fn short_i_stays_and_yo_goes() {
        assert_eq!(plain("Йод, ёж"), "йод, еж");
        assert_eq!(plain("и\u{306}од"), "йод");
    }

    #[test]
    fn habits_of_transliteration_sound_alike() {
        for (russian, latin) in [
            ("щука", "shchuka"),
            ("щука", "schuka"),
            ("хвоя", "khvoya"),
            ("хвоя", "hvoja"),
            ("жёлудь".replace('ё', "е").as_str(), "zheludy"),
            ("чайник", "chaynik"),
        ] {
            let (a, b) = (sound(russian), sound(latin));
            assert!(b.starts_with(&a), "{russian} {a}, {latin} {b}");
        }
    }

    #[test]
    fn a_hostile_text_has_few_forms() {
        let folded = fold(&"a1!$".repeat(20_000));
        assert!(folded.words.iter().chain(&folded.joined).all(|w| w.forms.len() <= FORMS));
        assert!(folded.joined.len() <= 20_010, "no more than there are parts");
    }
}
