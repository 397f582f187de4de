//! The gate: whether a text can hold anything to find. Most messages end here.

use super::fold;
use super::hosts;
use super::words::{GATE, Gate, NUMBER};

/// Digits from which on a number is looked at.
pub(super) const MIN_DIGITS: usize = 6;
/// The same for a number partly in words; a word gives three digits at most.
pub(super) const MIN_SPELLED: usize = 10;

/// What a byte calls for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A letter: ASCII, or the first byte of a Cyrillic one (U+0400 to U+047F).
    Letter,
    /// Nothing.
    Other,
    Digit,
    /// Decides by itself.
    Sign,
    /// Decides with what stands beside it.
    Context,
    /// The first byte of a character beyond these.
    Wide,
}

static KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Other; 256];
    let mut b = 0;
    while b < 256 {
        kinds[b] = match b as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | 0xD0 | 0xD1 => Kind::Letter,
            b'0'..=b'9' => Kind::Digit,
            b'@' | b'\\' | b'|' | 0x7F => Kind::Sign,
            b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Kind::Other,
            0..=0x1F => Kind::Sign,
            b'.' | b':' | b'/' | b'_' | b'#' | b'(' | b'[' | b'{' => Kind::Context,
            0xC0.. => Kind::Wide,
            _ => Kind::Other,
        };
        b += 1;
    }
    kinds
};

/// Whether `text` can hold anything to find. One pass over the bytes, no allocation.
pub(super) fn is_suspicious(text: &str) -> bool {
    let bytes = text.as_bytes();
    let gate = Gate::new();
    let (mut i, mut digits, mut numbers) = (0, 0, 0);
    while let Some(&b) = bytes.get(i) {
        match KINDS[b as usize] {
            Kind::Other => i += 1,
            Kind::Letter => {
                let (end, class) = gate.word(text, i);
                if class != 0 {
                    if class & GATE != 0 {
                        return true;
                    }
                    numbers += usize::from(class & NUMBER != 0);
                }
                // Mostly a space follows.
                i = end + usize::from(bytes.get(end) == Some(&b' '));
            }
            Kind::Digit => {
                digits += 1;
                i += 1;
            }
            Kind::Sign => return true,
            Kind::Context => {
                let sentence = b == b'.' && bytes.get(i + 1) == Some(&b' ');
                let may_end = !sentence || hosts::may_begin_end(bytes.get(i + 2..).unwrap_or_default());
                if may_end && in_context(text, i) {
                    return true;
                }
                i += 1;
            }
            Kind::Wide => {
                let Some(c) = text[i..].chars().next() else { break };
                match wide(bytes, i, c) {
                    Wide::Suspicious => return true,
                    Wide::Digit => digits += 1,
                    Wide::Nothing => {}
                }
                i += c.len_utf8();
            }
        }
    }
    digits >= MIN_DIGITS || numbers > 0 && digits + 3 * numbers >= MIN_SPELLED
}

/// A sign that matters only beside certain others.
#[cold]
fn in_context(text: &str, i: usize) -> bool {
    let bytes = text.as_bytes();
    let next = bytes.get(i + 1).copied().unwrap_or(b' ');
    let before = i.checked_sub(1).map_or(b' ', |i| bytes[i]);
    match bytes[i] {
        // Followed by a space or the end it is the full stop of prose, unless the end of a domain
        // follows.
        b'.' if next.is_ascii_whitespace() => hosts::is_end_ahead(&text[i + 1..]),
        b'.' => i + 1 < bytes.len() && next != b'.',
        b':' => matches!(next, b'/' | b'\\') || before.eq_ignore_ascii_case(&b'g'),
        b'/' => {
            let next = bytes[i + 1..].iter().find(|b| !b.is_ascii_whitespace()).copied().unwrap_or(b' ');
            next.is_ascii_alphabetic() || matches!(next, b'+' | b'/' | b'_' | 0x80..)
        }
        b'_' => before.is_ascii_alphanumeric() || before >= 0x80,
        b'#' => next.is_ascii_digit() && (before.is_ascii_alphanumeric() || before == b'_'),
        _ => {
            let at = bytes.get(i + 1..i + 3).unwrap_or_default();
            at.eq_ignore_ascii_case(b"at")
        }
    }
}

/// What a character beyond ASCII and Cyrillic calls for.
enum Wide {
    Nothing,
    Digit,
    Suspicious,
}

fn wide(bytes: &[u8], i: usize, c: char) -> Wide {
    // After an ASCII letter or digit, or a Cyrillic letter.
    let after_letter = i > 0 && bytes[i - 1].is_ascii_alphanumeric()
        || i > 1 && bytes[i - 1] >= 0x80 && matches!(bytes[i - 2], 0xD0 | 0xD1);
    match fold::fold(c) {
        // Emoji consist of several characters; a letter with one of these is a disguise.
        None if matches!(c, '\u{fe0f}' | '\u{200d}') && !after_letter => Wide::Nothing,
        None => Wide::Suspicious,
        Some('•') if after_letter => Wide::Suspicious,
        Some('0'..='9') => Wide::Digit,
        Some(' ' | '\n' | '-' | '+') => Wide::Nothing,
        Some(c) if c.is_ascii() => Wide::Suspicious,
        Some(_) => Wide::Nothing,
    }
}
