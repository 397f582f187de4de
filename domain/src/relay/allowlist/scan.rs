//! Finds what identifies in words: links, @usernames, e-mail addresses, long numbers. Telegram marks most of
//! them as entities; this finds those that were disguised against it, those beyond the entities' limit, and all
//! of them where a server marks nothing.
//!
//! What is found, on the folded text (see [`super::fold`]):
//! - link: `scheme://...` and `tg:...`; `www.` and a name; a dotted word that ends like a domain (see
//!   [`super::tld`]) with its port and path, also with a space before the slash;
//! - username: `@` and at least four word characters, in any script;
//! - e-mail: the same with a name in front and a domain, or with an ASCII name in front;
//! - phone: see [`super::phone`].
//!
//! Not found: what is spelled out in words ("durov at gmail dot com"), spread over messages, or drawn.

use super::fold::{self, FoldedText, is_word};
use super::phone;
use super::tld::{Tld, tld};
use crate::relay::content::Finding;

/// A part of a text to be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Why.
    pub why: Finding,
}

/// Word characters of the shortest username (Telegram sells those of four).
const MIN_USERNAME: usize = 4;
/// Longest scheme looked for in front of `://`.
const MAX_SCHEME: usize = 20;
/// Spaces between a domain and its path that are seen through.
const MAX_PATH_GAP: usize = 2;

/// Whether `text` can hold anything to find. One pass over the bytes, no allocation: most messages end here.
pub(super) fn is_suspicious(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut i, mut digits) = (0, 0);
    while i < bytes.len() {
        let b = bytes[i];
        match b {
            b'@' => return true,
            // Followed by a space or the end it is a full stop or a colon of prose.
            b'.' if bytes.get(i + 1).is_some_and(|b| !b.is_ascii_whitespace() && *b != b'.') => return true,
            b':' if bytes
                .get(i + 1)
                .is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'\\' | 0x80..)) =>
            {
                return true;
            }
            b'0'..=b'9' => digits += 1,
            // Cyrillic (U+0400 to U+047F): letters only.
            0xD0 | 0xD1 => i += 1,
            0xC0.. => {
                let Some(c) = text[i..].chars().next() else { break };
                match fold::fold(c) {
                    Some('.' | '@' | ':') => return true,
                    Some('0'..='9') => digits += 1,
                    _ => {}
                }
                i += c.len_utf8() - 1;
            }
            _ => {}
        }
        i += 1;
    }
    digits >= 9
}

/// Appends every finding in `text` to `spans`, in no particular order; they may overlap.
pub(super) fn scan(text: &str, spans: &mut Vec<Span>) {
    let folded = FoldedText::new(text);
    let mut push = |from: usize, to: usize, why| {
        spans.push(Span { start: folded.byte(from), end: folded.byte(to), why });
    };
    let mut i = 0;
    let mut host_end = 0;
    while i < folded.len() {
        match folded.get(i) {
            '@' => at_sign(&folded, i, &mut push),
            ':' => scheme(&folded, i, &mut push),
            '.' if i >= host_end => {
                let start = folded.skip_back(i, is_host);
                host_end = folded.skip(i, is_host);
                host(&folded, start, host_end, &mut push);
            }
            _ => {}
        }
        i += 1;
    }
    phone::numbers(&folded, |from, to| push(from, to, Finding::Phone));
}

fn is_host(c: char) -> bool {
    is_word(c) || matches!(c, '.' | '-')
}

/// The words around an at-sign at `at`.
fn at_sign(text: &FoldedText<'_>, at: usize, push: &mut impl FnMut(usize, usize, Finding)) {
    let local = text.skip_back(at, |c| is_word(c) || matches!(c, '.' | '+' | '-' | '%'));
    let domain_end = text.skip_back(text.skip(at + 1, is_host), |c| matches!(c, '.' | '-')).max(at + 1);
    let name_end = text.skip(at + 1, is_word);
    let has_domain = (name_end..domain_end).any(|i| {
        text.get(i) == '.'
            && name_end > at + 1
            && text.get(i + 1).is_alphabetic()
            && text.get(i + 2).is_alphabetic()
    });
    let named = local < at && (local..at).all(|i| text.get(i).is_ascii());
    let long = name_end - at > MIN_USERNAME;
    if local < at && has_domain {
        push(local, domain_end, Finding::Email);
    } else if named && long {
        push(local, name_end, Finding::Email);
    } else if long {
        push(at, name_end, Finding::Username);
    }
}

/// A scheme in front of a colon at `colon`.
fn scheme(text: &FoldedText<'_>, colon: usize, push: &mut impl FnMut(usize, usize, Finding)) {
    let slash = |i| matches!(text.get(i), '/' | '\\');
    let start = text
        .skip_back(colon, |c| is_word(c) || matches!(c, '+' | '.' | '-'))
        .max(colon.saturating_sub(MAX_SCHEME));
    if slash(colon + 1) && slash(colon + 2) {
        let end = text.skip(colon + 3, |c| !c.is_whitespace());
        if end > colon + 3 && (start < colon || is_word(text.get(colon + 3))) {
            push(start, end, Finding::Link);
        }
    } else if colon - start == 2 && text.get(start) == 't' && text.get(start + 1) == 'g' {
        let end = text.skip(colon + 1, is_word);
        if end - colon > MIN_USERNAME {
            push(start, text.skip(end, |c| !c.is_whitespace()), Finding::Link);
        }
    }
}

/// A dotted word `start..end`: pushes every domain in it with its path.
fn host(text: &FoldedText<'_>, start: usize, end: usize, push: &mut impl FnMut(usize, usize, Finding)) {
    let first_end = text.skip(start, |c| c != '.').min(end);
    let www = first_end - start == 3 && (start..first_end).all(|i| text.get(i) == 'w');
    // From the first of an unbroken row of labels; an empty one breaks the row ("хм..ru").
    let (mut from, mut before) = (start, start..first_end);
    let mut domain: Option<(usize, usize)> = None;
    while before.end < end {
        let label_start = before.end + 1;
        let label_end = text.skip(label_start, |c| c != '.').min(end);
        let label = label_start..label_end;
        if before.is_empty() {
            from = label_start;
        } else if !label.is_empty() && (www || ends_domain(text, before.clone(), label.clone(), end)) {
            match &mut domain {
                Some((f, to)) if *f == from => *to = label_end,
                Some((f, to)) => {
                    push(*f, *to, Finding::Link);
                    (*f, *to) = (from, label_end);
                }
                None => domain = Some((from, label_end)),
            }
        }
        before = label;
    }
    if let Some((from, to)) = domain {
        let to = match path_end(text, end) {
            // What leads up to a path is a host even where a label of it is not on the list.
            path if path > end => path,
            _ => to,
        };
        push(from, to, Finding::Link);
    }
}

/// Whether `label`, after `before`, ends a domain; `end` is where the dotted word ends.
fn ends_domain(
    text: &FoldedText<'_>,
    before: std::ops::Range<usize>,
    label: std::ops::Range<usize>,
    end: usize,
) -> bool {
    let chars = |range: std::ops::Range<usize>| text.chars[range].iter().map(|f| f.c);
    let Some(kind) = tld(chars(before.clone()), chars(label.clone())) else { return false };
    let original = text.original(before.start, label.end);
    let disguised = !original.is_ascii() && chars(label.clone()).any(|c| c.is_ascii_alphabetic());
    if kind == Tld::Weak && !disguised {
        return label.end == end && path_end(text, end) > end;
    }
    // "Привет.Ru", "End.To": the beginning of a sentence. Telegram's clients make no link of it either.
    let mut letters = text.original(label.start, label.end).chars();
    let capitalised = letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase);
    !capitalised || disguised && kind == Tld::Strong || path_end(text, end) > end
}

/// Where the port and path after a host that ends at `end` end; `end` if there are none.
fn path_end(text: &FoldedText<'_>, end: usize) -> usize {
    let mut at = end;
    if text.get(at) == ':' {
        let port = text.skip(at + 1, |c| c.is_ascii_digit());
        if port > at + 1 {
            at = port;
        }
    }
    // "t.me /durov", "t.me/ @durov": spaces around the slash are seen through.
    let slash = text.skip(at, |c| c == ' ');
    let begins = |i: usize| matches!(text.get(i), '/' | '\\');
    let mut word = at;
    if begins(slash) && slash - at <= MAX_PATH_GAP {
        word = text.skip(slash, |c| matches!(c, '/' | '\\' | ' ' | '@' | '+'));
        if word - slash > 1 + MAX_PATH_GAP || !is_word(text.get(word)) {
            return if slash == at { at + 1 } else { at };
        }
    } else if !(matches!(text.get(at), '?' | '#') && is_word(text.get(at + 1))) {
        return at;
    }
    let stop = text.skip(word, |c| !c.is_whitespace());
    // Closing punctuation belongs to the sentence.
    text.skip_back(stop, |c| matches!(c, '.' | ',' | '!' | '?' | ';' | ':' | ')' | '"' | '»' | '”' | '\''))
        .max(at + 1)
}
