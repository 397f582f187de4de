//! Cutting what is too long for one message.

use super::units;
use crate::companion::constants::MESSAGE_ENTITIES;
use crate::relay::content::{Entity, Rich};
use unicode_segmentation::UnicodeSegmentation;

/// A message is not cut at a better place that lies before this part of it, so that none is left
/// nearly empty.
const LEAST_PART: usize = 3;

/// Cuts a text into messages of at most `limit` UTF-16 units: at an empty line, else a line's end,
/// else a sentence's, a word's, a grapheme's. White space at a cut is left out; formatting that
/// crosses it is opened again behind it. Nothing but white space gives no message.
pub fn split(rich: &Rich, limit: usize) -> Vec<Rich> {
    // Two units hold any character.
    let limit = limit.max(2);
    let (mut parts, mut from) = (Vec::new(), 0);
    let text = rich.text.as_str();
    while from < text.len() {
        from += text[from..].len() - text[from..].trim_start().len();
        let rest = &text[from..];
        let end = from + cut(rest, limit);
        let part = text[from..end].trim_end();
        if !part.is_empty() {
            parts.push((from, from + part.len()));
        }
        from = end;
    }
    place(rich, &parts)
}

/// The parts with their formatting.
fn place(rich: &Rich, parts: &[(usize, usize)]) -> Vec<Rich> {
    let (mut all, mut at, mut unit) = (Vec::with_capacity(parts.len()), 0, 0);
    for (from, to) in parts {
        let text = &rich.text[*from..*to];
        let begin = unit + units(&rich.text[at..*from]);
        let end = begin + units(text);
        let inside = |entity: &Entity| {
            let (a, b) = (entity.offset as usize, entity.offset as usize + entity.length as usize);
            let (a, b) = (a.max(begin), b.min(end));
            let (offset, length) = (a.saturating_sub(begin) as u32, b.saturating_sub(a) as u32);
            (length > 0).then(|| Entity { kind: entity.kind.clone(), offset, length })
        };
        let entities = rich.entities.iter().filter_map(inside).take(MESSAGE_ENTITIES).collect();
        all.push(Rich { text: text.to_owned(), entities });
        (at, unit) = (*to, end);
    }
    all
}

/// How many bytes of `text` make the next message.
fn cut(text: &str, limit: usize) -> usize {
    let Some(most) = fitting(text, limit) else { return text.len() };
    let head = &text[..most];
    let least = most / LEAST_PART;
    let good = |at: Option<usize>| at.filter(|at| *at > least);
    if let Some(at) = good(head.rfind("\n\n")).or_else(|| good(head.rfind('\n'))) {
        return at + 1;
    }
    // A word that goes on behind the limit is not the end of a sentence.
    let sentence = head.split_sentence_bound_indices().map(|(at, _)| at).last();
    if let Some(at) = good(sentence) {
        return at;
    }
    if text[most..].starts_with(char::is_whitespace) {
        return most;
    }
    if let Some(at) = good(head.rfind(char::is_whitespace)) {
        return at;
    }
    // One grapheme may be longer than a message: then it is cut within.
    let whole = text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= most).last();
    whole.filter(|at| *at > 0).unwrap_or(most)
}

/// The longest beginning, in bytes, that has at most `limit` units; none if all of it has.
fn fitting(text: &str, limit: usize) -> Option<usize> {
    let mut left = limit;
    for (at, c) in text.char_indices() {
        match left.checked_sub(c.len_utf16()) {
            Some(rest) => left = rest,
            None => return Some(at),
        }
    }
    None
}

/// A reply that ended for its length, cut back to its last whole sentence; as it is if it has none.
pub fn cut_to_sentence(text: &str) -> &str {
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '…' | '»' | '"' | '”' | '*' | ')' | '\n');
    let whole = |sentence: &str| sentence.trim_end().ends_with(ends);
    let mut end = 0;
    for (at, sentence) in text.split_sentence_bound_indices() {
        if whole(sentence) {
            end = at + sentence.len();
        }
    }
    let whole_until = end;
    // Marks that close what the sentence opened belong to it.
    let closing = |c: char| matches!(c, '*' | '_' | '~' | '"' | '”' | '»' | ')');
    let rest = &text[end..];
    end += rest.len() - rest.trim_start_matches(closing).len();
    if whole_until == 0 { text } else { text[..end].trim_end() }
}
