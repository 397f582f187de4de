//! Rebuilds a text: masks what identifies, keeps the formatting that may pass and moves it to where
//! its words now are.

use super::Findings;
use super::at;
use super::gate::is_suspicious;
use super::scan::{self, Span};
use crate::relay::content::{Entity, EntityKind, Finding, Rich};

/// What stands where something was masked; shortened where that was shorter.
const MASK: &str = "•••";
/// UTF-16 units of [`MASK`].
const MASK_UNITS: usize = 3;
/// Times that a text is looked at again.
const MAX_ROUNDS: usize = 6;
/// Digits of a number that Telegram's mark is taken for.
const MIN_MARKED: usize = 8;
/// Formatting entities that are passed on (Telegram itself takes no more in one message).
const MAX_ENTITIES: usize = 100;
/// Characters of a programming language's name.
const MAX_LANGUAGE: usize = 20;
/// Digits in it: more could be a phone number.
const MAX_LANGUAGE_DIGITS: usize = 4;

/// What may leave of `rich`; what was found goes to `findings`. A plain text in which nothing is
/// found is returned as it came, not copied. The result is never longer than `rich` in UTF-16
/// units.
pub(super) fn rebuild(rich: Rich, findings: &mut Findings) -> Rich {
    let suspicious = is_suspicious(&rich.text);
    if rich.entities.is_empty() && !suspicious {
        return rich;
    }
    let Rich { mut text, entities } = rich;
    let mut spans = Vec::new();
    let mut marks = Vec::new();
    if !entities.is_empty() {
        sort_out(&text, entities, &mut spans, &mut marks, findings);
    }
    if suspicious {
        scan::scan(&text, &mut spans);
    }
    // Masking can uncover: what stood around a masked part is looked at again until nothing is
    // found. More than two rounds are the work of an attacker; after some of them all that is left
    // is masked.
    let mut rounds = 0;
    while !spans.is_empty() {
        rounds += 1;
        if rounds > MAX_ROUNDS {
            let why = spans[0].why;
            spans.push(Span { start: 0, end: text.len(), why });
        }
        merge(&mut spans, findings);
        text = apply(&text, &spans, &mut marks);
        spans.clear();
        if is_suspicious(&text) {
            scan::scan(&text, &mut spans);
        }
    }
    let entities = to_units(&text, marks);
    Rich { text, entities }
}

/// Formatting with its range in bytes.
struct Mark {
    kind: EntityKind,
    start: usize,
    end: usize,
}

/// Splits entities into words to be masked and marks to be kept. Offsets beyond the end are
/// clamped; one inside a surrogate pair is moved so that a mask covers the whole character and
/// formatting leaves it out.
fn sort_out(
    text: &str,
    mut entities: Vec<Entity>,
    spans: &mut Vec<Span>,
    marks: &mut Vec<Mark>,
    findings: &mut Findings,
) {
    entities.sort_by_key(|e| (e.offset, u32::MAX - e.length));
    let units = Units::new(text);
    for Entity { kind, offset, length } in entities {
        let (first, last) = (offset as usize, (offset as usize).saturating_add(length as usize));
        match kind {
            EntityKind::Identifying(why) => {
                let (start, end) = (units.floor(first), units.ceil(last));
                if length > 0 && start < end && is_sure(&text[start..end], why) {
                    spans.push(Span { start, end, why });
                }
            }
            EntityKind::HiddenLink => findings.insert(Finding::Link),
            EntityKind::CustomEmoji => findings.insert(Finding::CustomEmoji),
            EntityKind::Plain => {}
            kind => {
                let (start, end) = (units.ceil(first), units.floor(last));
                if start < end && marks.len() < MAX_ENTITIES {
                    marks.push(Mark { kind: clean(kind), start, end });
                }
            }
        }
    }
}

/// Whether words that Telegram marked are masked for the mark alone. It marks every dotted word and
/// every ten digits by their form: those are left to the rules, which see the words beside them.
fn is_sure(marked: &str, why: Finding) -> bool {
    let digits = || marked.bytes().filter(u8::is_ascii_digit).count();
    match why {
        Finding::Link => !marked.contains('.') || marked.contains(['/', ':', '?', '@', '#', '\\']),
        Finding::Phone => marked.starts_with('+') && digits() >= MIN_MARKED && !marked.ends_with("000"),
        Finding::Username => !at::is_place_mark(marked),
        _ => true,
    }
}

/// A programming language is a short plain word, or it is not passed.
fn clean(kind: EntityKind) -> EntityKind {
    match kind {
        EntityKind::Pre { language } => EntityKind::Pre {
            language: language.filter(|l| {
                (1..=MAX_LANGUAGE).contains(&l.len())
                    && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'#' | b'-'))
                    && l.bytes().filter(u8::is_ascii_digit).count() <= MAX_LANGUAGE_DIGITS
            }),
        },
        kind => kind,
    }
}

/// Byte offsets by UTF-16 unit.
enum Units {
    /// One unit, one byte.
    Ascii(usize),
    /// Byte offset of each unit's character, and the text's length at the end.
    Table(Vec<u32>),
}

impl Units {
    fn new(text: &str) -> Units {
        if text.is_ascii() {
            return Units::Ascii(text.len());
        }
        let mut table = Vec::with_capacity(text.len() + 1);
        for (at, c) in text.char_indices() {
            for _ in 0..c.len_utf16() {
                table.push(at as u32);
            }
        }
        table.push(text.len() as u32);
        Units::Table(table)
    }

    /// The byte where the character holding `unit` begins.
    fn floor(&self, unit: usize) -> usize {
        match self {
            Units::Ascii(len) => unit.min(*len),
            Units::Table(table) => table[unit.min(table.len() - 1)] as usize,
        }
    }

    /// The byte where the first character beginning at or after `unit` begins.
    fn ceil(&self, unit: usize) -> usize {
        match self {
            Units::Ascii(len) => unit.min(*len),
            Units::Table(table) => {
                let unit = unit.min(table.len() - 1);
                let inside = unit > 0 && table[unit] == table[unit - 1];
                table[if inside { unit + 1 } else { unit }] as usize
            }
        }
    }
}

/// Sorts spans, merges those that touch, and notes why: a name within a link is told as a link
/// only.
fn merge(spans: &mut Vec<Span>, findings: &mut Findings) {
    spans.sort_by_key(|s| (s.start, usize::MAX - s.end));
    if let Some(first) = spans.first() {
        findings.insert(first.why);
    }
    spans.dedup_by(|next, kept| {
        if next.end > kept.end {
            findings.insert(next.why);
        }
        let touch = next.start <= kept.end;
        if touch {
            kept.end = kept.end.max(next.end);
        }
        touch
    });
}

/// Masks `spans` (sorted and apart) and moves `marks`: one within a mask goes, one that ends inside
/// is cut back to its edge.
fn apply(text: &str, spans: &[Span], marks: &mut Vec<Mark>) -> String {
    let mut out = String::with_capacity(text.len() + spans.len() * MASK.len());
    // Where each mask begins and ends in the result.
    let mut placed = Vec::with_capacity(spans.len());
    let mut copied = 0;
    for span in spans.iter() {
        out.push_str(&text[copied..span.start]);
        let start = out.len();
        // Three characters suffice to know whether the mask must be shortened.
        let units: usize = text[span.start..span.end].chars().take(MASK_UNITS).map(char::len_utf16).sum();
        out.extend(MASK.chars().take(units));
        placed.push((start, out.len()));
        copied = span.end;
    }
    out.push_str(&text[copied..]);

    // The last span that begins before `byte`.
    let before = |byte: usize| spans.partition_point(|s| s.start < byte).checked_sub(1);
    let moved = |byte: usize, to_end: bool| match before(byte) {
        None => byte,
        Some(i) if byte >= spans[i].end => placed[i].1 + (byte - spans[i].end),
        Some(i) if to_end => placed[i].1,
        Some(i) => placed[i].0,
    };
    marks.retain_mut(|mark| {
        if before(mark.start + 1).is_some_and(|i| mark.end <= spans[i].end) {
            return false;
        }
        (mark.start, mark.end) = (moved(mark.start, true), moved(mark.end, false));
        mark.start < mark.end
    });
    out
}

/// Marks back to entities, ordered by offset.
fn to_units(text: &str, marks: Vec<Mark>) -> Vec<Entity> {
    if marks.is_empty() {
        return Vec::new();
    }
    let mut edges: Vec<usize> = marks.iter().flat_map(|m| [m.start, m.end]).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut at = (0, 0);
    let units: Vec<usize> = edges
        .iter()
        .map(|&edge| {
            at = (edge, at.1 + text[at.0..edge].chars().map(char::len_utf16).sum::<usize>());
            at.1
        })
        .collect();
    let unit = |byte| edges.binary_search(&byte).map_or(0, |i| units[i] as u32);
    let entity = |m: Mark| {
        let (offset, end) = (unit(m.start), unit(m.end));
        Entity { kind: m.kind, offset, length: end - offset }
    };
    let mut entities: Vec<Entity> = marks.into_iter().map(entity).collect();
    // Masks can make marks begin together that did not.
    entities.sort_by_key(|e| (e.offset, u32::MAX - e.length));
    entities
}
