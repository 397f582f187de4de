//! A message that is longer than Telegram lets a bot send leaves in parts: a caption goes on as a
//! text, a text as another one. No word is lost, and formatting that spans a cut stands on both
//! sides of it.

use crate::relay::content::{Entity, Payload, Rich};

/// UTF-16 units of a text (<https://core.telegram.org/bots/api#sendmessage>).
pub const TEXT_UNITS: usize = 4096;
/// UTF-16 units of a caption; premium users may write more.
pub const CAPTION_UNITS: usize = 1024;

/// Where a cut between words is looked for: in this share of a part's end.
const LOOK_BACK: usize = 4;

/// What may leave as one message, and the texts that go on behind it: nearly always none.
pub fn split(payload: Payload) -> (Payload, Vec<Rich>) {
    match payload {
        Payload::Text(rich) if is_long(&rich.text, TEXT_UNITS) => {
            let (first, rest) = cut(rich, TEXT_UNITS);
            (Payload::Text(first), rest)
        }
        Payload::Media(mut media) if is_long(&media.caption.text, CAPTION_UNITS) => {
            let (first, rest) = cut(media.caption, CAPTION_UNITS);
            media.caption = first;
            (Payload::Media(media), rest)
        }
        payload => (payload, Vec::new()),
    }
}

/// Bytes are never fewer than UTF-16 units, and known without counting.
fn is_long(text: &str, units: usize) -> bool {
    text.len() > units && units_of(text) > units
}

fn units_of(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The first part, of at most `first` units, and the rest in texts.
fn cut(rich: Rich, first: usize) -> (Rich, Vec<Rich>) {
    let Rich { text, entities } = rich;
    let mut parts = Vec::new();
    let (mut at, mut unit, mut room) = (0, 0, first);
    while at < text.len() {
        let rest = &text[at..];
        let end = end_of_part(rest, room);
        let part = rest[..end].trim_end();
        let (length, passed) = (units_of(part), units_of(&rest[..end]));
        // Telegram refuses a text of nothing but blanks.
        if !part.is_empty() {
            parts.push(Rich { text: part.to_owned(), entities: within(&entities, unit, length) });
        }
        (at, unit, room) = (at + end, unit + passed, TEXT_UNITS);
        // It would trim them, and shift the formatting.
        let blanks = text[at..].len() - text[at..].trim_start().len();
        unit += units_of(&text[at..at + blanks]);
        at += blanks;
    }
    let mut parts = parts.into_iter();
    (parts.next().unwrap_or_default(), parts.collect())
}

/// The byte where a part of at most `room` units ends: behind a line, else behind a word, else
/// where it must.
fn end_of_part(text: &str, room: usize) -> usize {
    let mut units = 0;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > room {
            end = at;
            break;
        }
    }
    if end == text.len() {
        return end;
    }
    let mut look = end - end / LOOK_BACK;
    while !text.is_char_boundary(look) {
        look += 1;
    }
    let tail = &text[look..end];
    let behind = |at: usize| look + at + tail[at..].chars().next().map_or(0, char::len_utf8);
    if let Some(at) = tail.rfind('\n').or_else(|| tail.rfind(char::is_whitespace)) {
        return behind(at);
    }
    // Not inside a picture that is several characters: before a joiner, a selector, an accent, or
    // behind a joiner.
    let clings = |c: char| matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{300}'..='\u{36f}' | '\u{1f3fb}'..='\u{1f3ff}');
    let is_cut = |at: usize| {
        let (before, after) = (text[..at].chars().next_back(), text[at..].chars().next());
        !after.is_some_and(clings) && before != Some('\u{200d}')
    };
    let mut last = text[look..end]
        .char_indices()
        .map(|(at, _)| look + at)
        .chain([end])
        .filter(|&at| at > 0 && is_cut(at));
    last.next_back().unwrap_or(end)
}

/// The formatting of `length` units from `start` on, moved there.
fn within(entities: &[Entity], start: usize, length: usize) -> Vec<Entity> {
    let (start, end) = (start as u64, (start + length) as u64);
    entities
        .iter()
        .filter_map(|entity| {
            let from = u64::from(entity.offset).max(start);
            let to = (u64::from(entity.offset) + u64::from(entity.length)).min(end);
            let length = u32::try_from(to.checked_sub(from)?).ok().filter(|&length| length > 0)?;
            Some(Entity { kind: entity.kind.clone(), offset: u32::try_from(from - start).ok()?, length })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::content::EntityKind;
    use proptest::prelude::*;

    fn bold(offset: u32, length: u32) -> Entity {
        Entity { kind: EntityKind::Bold, offset, length }
    }

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn what_fits_is_left_alone() {
        let rich = Rich { text: "я".repeat(TEXT_UNITS), entities: vec![bold(1, 2)] };
        assert_eq!(split(Payload::Text(rich.clone())), (Payload::Text(rich), vec![]));
    }

    #[test]
    fn formatting_stands_on_both_sides_of_a_cut() {
        // 1,020 units, a blank, and a word that fits no more.
        let text = format!("{} {}", "a".repeat(1020), "b".repeat(50));
        let (first, rest) = cut(Rich { text, entities: vec![bold(1000, 60), bold(1021, 5)] }, CAPTION_UNITS);
        assert_eq!((first.text.len(), first.entities), (1020, vec![bold(1000, 20)]));
        assert_eq!(rest[0].text, "b".repeat(50));
        assert_eq!(rest[0].entities, [bold(0, 39), bold(0, 5)]);
    }

    #[test]
    fn no_character_is_cut_in_two() {
        for head in 0..4 {
            let text = "a".repeat(head) + &"👩‍👩‍👧".repeat(300);
            let (first, rest) = cut(Rich::plain(text.clone()), CAPTION_UNITS);
            assert!(first.text.ends_with('👧') && rest[0].text.starts_with('👩'), "{head}");
            assert_eq!(first.text + &rest[0].text, text);
        }
        let (first, rest) = cut(Rich::plain("\u{200d}".repeat(5000)), CAPTION_UNITS);
        assert_eq!(units_of(&first.text) + rest.iter().map(|r| units_of(&r.text)).sum::<usize>(), 5000);
    }

    #[test]
    fn blanks_make_no_part() {
        let text = format!("a{}b", " ".repeat(9000));
        let (first, rest) = cut(Rich { text, entities: vec![bold(9001, 1)] }, CAPTION_UNITS);
        assert_eq!((first.text.as_str(), rest[0].text.as_str()), ("a", "b"));
        assert_eq!((rest.len(), rest[0].entities.clone()), (1, vec![bold(0, 1)]));
    }

    proptest! {
        #[test]
        fn every_word_arrives(text in "([а-яa-z😀]{1,700}[ \n]{1,3}){0,12}", at in 0..6000_u32, long in 0..6000_u32) {
            let rich = Rich { text: text.clone(), entities: vec![bold(at, long)] };
            let (first, rest) = cut(rich, CAPTION_UNITS);
            prop_assert!(units_of(&first.text) <= CAPTION_UNITS);
            let mut joined = first.text.clone();
            for part in std::iter::once(&first).chain(&rest) {
                let units = units_of(&part.text);
                prop_assert!(units <= TEXT_UNITS);
                for e in &part.entities {
                    prop_assert!(e.length > 0 && (e.offset + e.length) as usize <= units);
                }
            }
            for part in &rest {
                prop_assert!(!part.text.trim().is_empty());
                joined.push_str(&part.text);
            }
            let letters = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&joined), letters(&text));
            prop_assert!(words(&joined).len() <= words(&text).len());
        }
    }
}
