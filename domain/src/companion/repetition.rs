//! The guard against loops, without a model: a reply that repeats itself or the ones before it.
//!
//! A stream that loops is closed. A whole reply that is refused is asked for once more, with other
//! sampling and a note; the better of the two is kept, and there is never a third.

use super::constants::{
    COMPARED, GRAM, LOOK_EVERY, LOOP_BYTES, LOOP_RATIO, RUNS, SAME_OPENINGS, SEEN_PERCENT,
};
use miniz_oxide::deflate::compress_to_vec_zlib;
use rustc_hash::FxHashSet;

/// zlib's own default level.
const LEVEL: u8 = 6;
/// Bytes at a reply's end that are looked at while it streams.
const TAIL: usize = 4_096;

/// What is wrong with a reply, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repetition {
    /// It compresses like a loop.
    Compresses,
    /// The same line, or the same words, several times running.
    Runs,
    /// Much of it was said in earlier replies.
    SaidBefore,
    /// It opens like most of the last replies.
    SameOpening,
}

/// Judges a whole reply beside the earlier ones, the oldest first.
pub fn judge(reply: &str, earlier: &[&str]) -> Option<Repetition> {
    if let Some(found) = within(reply) {
        return Some(found);
    }
    let words = words(reply);
    let compared = &earlier[earlier.len().saturating_sub(COMPARED.0)..];
    let seen: FxHashSet<Vec<String>> = compared.iter().flat_map(|text| grams(&self::words(text))).collect();
    let own = grams(&words);
    let known = own.iter().filter(|gram| seen.contains(*gram)).count();
    // A reply of one or two n-grams may well be a greeting.
    if own.len() > GRAM && known * 100 > own.len() * SEEN_PERCENT {
        return Some(Repetition::SaidBefore);
    }
    if words.len() >= GRAM {
        let last = &earlier[earlier.len().saturating_sub(COMPARED.1)..];
        let opens_so = |text: &&&str| self::words(text).get(..GRAM) == words.get(..GRAM);
        if last.iter().filter(opens_so).count() + 1 >= SAME_OPENINGS {
            return Some(Repetition::SameOpening);
        }
    }
    None
}

/// Keeps the better of two replies: the first unless the second's fault is less.
pub fn better<'r>(first: &'r str, second: &'r str, earlier: &[&str]) -> &'r str {
    // None is less than any.
    let fault = |reply: &str| judge(reply, earlier).map_or(0, |found| 4 - found as u8);
    if second.trim().is_empty() || fault(second) > fault(first) { first } else { second }
}

/// Watches a reply that streams.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    text: String,
    looked: usize,
}

impl Watch {
    /// Takes the next part; says so once the reply loops.
    pub fn push(&mut self, part: &str) -> Option<Repetition> {
        self.text.push_str(part);
        self.looked += part.len();
        if self.looked < LOOK_EVERY {
            return None;
        }
        self.looked = 0;
        let mut from = self.text.len().saturating_sub(TAIL);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        // What is beyond is not looked at again.
        self.text.drain(..from);
        within(&self.text)
    }
}

/// A loop within one text.
fn within(text: &str) -> Option<Repetition> {
    if text.len() >= LOOP_BYTES {
        let packed = compress_to_vec_zlib(text.as_bytes(), LEVEL).len();
        if text.len() as f64 > packed as f64 * LOOP_RATIO {
            return Some(Repetition::Compresses);
        }
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let same = |w: &[&str]| w.iter().all(|l| *l == w[0]) && w[0].chars().any(char::is_alphanumeric);
    if lines.windows(RUNS).any(same) || runs(&words(text)) {
        return Some(Repetition::Runs);
    }
    None
}

/// The same words, several times running.
fn runs(words: &[String]) -> bool {
    let whole = GRAM * RUNS;
    words.windows(whole).any(|w| w.chunks(GRAM).all(|gram| *gram == w[..GRAM]))
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(str::to_lowercase).collect()
}

fn grams(words: &[String]) -> Vec<Vec<String>> {
    words.windows(GRAM).map(<[String]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUSSIAN: &str = "Мы шли вдоль реки, и она рассказывала о том, как в детстве боялась грозы. Потом дождь \
        всё-таки начался, пришлось спрятаться под мостом, где пахло тиной и мокрым деревом. Я молчал и слушал, как \
        капли стучат по воде; ей, кажется, нравилось, что никто никуда не торопится.";
    const ENGLISH: &str = "The harbour was quiet at that hour, and only the gulls argued above the nets. She put down \
        her cup and asked whether I had ever sailed at night. I had not, so she told me about lights that answer each \
        other across the bay, and about the one winter when none of them did.";

    #[test]
    fn ordinary_prose_passes() {
        for text in [RUSSIAN, ENGLISH, "", "ха-ха-ха", "Да. Да. Да.", "Well, well, well."] {
            assert_eq!(judge(text, &[]), None, "{text}");
        }
        assert_eq!(judge(RUSSIAN, &[ENGLISH, "Привет!", ENGLISH]), None);
    }

    #[test]
    fn loops_are_found() {
        assert_eq!(judge(&"I am so glad you came. ".repeat(30), &[]), Some(Repetition::Compresses));
        assert_eq!(judge("Стой.\n\nСтой.\nСтой.\n", &[]), Some(Repetition::Runs));
        assert_eq!(judge(&"как же я рада ".repeat(3), &[]), Some(Repetition::Runs));
        assert_eq!(judge(RUSSIAN, &[RUSSIAN]), Some(Repetition::SaidBefore));
        let opening = "Она улыбнулась и сказала";
        let replies = [1, 2, 3].map(|n| format!("{opening}: номер {n}"));
        let earlier: Vec<&str> = replies.iter().map(String::as_str).collect();
        assert_eq!(judge(&format!("{opening}, что пора"), &earlier), Some(Repetition::SameOpening));
        assert_eq!(judge(&format!("{opening}, что пора"), &earlier[..1]), None);
    }

    #[test]
    fn the_better_reply_is_kept() {
        let twice = "Я тебя слушаю очень внимательно. ".repeat(20);
        assert_eq!(better(&twice, ENGLISH, &[]), ENGLISH);
        assert_eq!(better(ENGLISH, &twice, &[]), ENGLISH);
        assert_eq!(better(&twice, "  ", &[]), twice);
    }

    #[test]
    fn a_stream_that_loops_is_stopped_soon_and_another_never() {
        let mut watch = Watch::default();
        let prose = format!("{RUSSIAN}\n\n{ENGLISH}");
        for c in prose.chars() {
            assert_eq!(watch.push(&c.to_string()), None);
        }
        let at = (0..1_000).find(|_| watch.push("I am here. ").is_some());
        assert!(at.is_some_and(|n| n < 300), "{at:?}");
        assert!(watch.text.len() <= TAIL + LOOK_EVERY);
    }
}
