//! The words by which an age is known: lists of `config/safety/ages.txt`, read once.

use std::sync::LazyLock;

const FILE: &str = include_str!("../../../../../config/safety/ages.txt");

type List = LazyLock<Vec<&'static str>>;
type Numbers = LazyLock<Vec<(&'static str, u32)>>;

pub(super) static UNITS: List = LazyLock::new(|| list("units"));
pub(super) static UNIT_STEMS: List = LazyLock::new(|| list("unit-stems"));
pub(super) static SPANS: List = LazyLock::new(|| list("spans"));
pub(super) static SPANS_BEFORE: List = LazyLock::new(|| list("spans-before"));
pub(super) static WHO: List = LazyLock::new(|| list("who"));
pub(super) static BETWEEN: List = LazyLock::new(|| list("between"));
pub(super) static MEASURES: List = LazyLock::new(|| list("measures"));
pub(super) static CLASSES: List = LazyLock::new(|| list("classes"));
pub(super) static UNDER: List = LazyLock::new(|| list("under"));
pub(super) static TENS: Numbers = LazyLock::new(|| numbers("tens"));
pub(super) static NUMBERS: Numbers = LazyLock::new(|| numbers("numbers"));

/// The words of a section.
fn list(section: &str) -> Vec<&'static str> {
    let head = format!("[{section}]");
    let lines = FILE.lines().skip_while(move |line| *line != head).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines.filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
}

/// Words with their numbers; a word without one is none.
fn numbers(section: &str) -> Vec<(&'static str, u32)> {
    let pair = |word: &'static str| {
        let (word, number) = word.split_once('=')?;
        Some((word, number.parse().ok()?))
    };
    list(section).into_iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_read_whole() {
        let lists = [&UNITS, &UNIT_STEMS, &SPANS, &SPANS_BEFORE, &WHO, &BETWEEN, &MEASURES, &CLASSES, &UNDER];
        let numbers: Vec<&str> = TENS.iter().chain(NUMBERS.iter()).map(|(word, _)| *word).collect();
        assert!(lists.iter().all(|list| list.len() > 1));
        let read = lists.iter().map(|list| list.len()).sum::<usize>() + numbers.len();
        let is_word = |line: &&str| !line.starts_with(['#', '[']);
        let words = FILE.lines().filter(is_word).flat_map(str::split_whitespace).count();
        assert_eq!(read, words);
        assert!(words > 250);
    }
}
