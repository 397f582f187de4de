//! Links: with a scheme, by a known host however it is written, by a dotted word that ends like a
//! domain.

use super::fold::is_word;
use super::hosts;
use super::tld::{self, Tld, tld};
use super::tokens::Tokens;
use super::verdict::{Reason, Rule};
use super::words::{DOT, FILLER, MESSENGER, PLAIN, SITE, SLASH};
use std::ops::Range;

/// Longest scheme looked for in front of `://`.
const MAX_SCHEME: usize = 20;
/// Spaces between a domain and its path that are seen through.
const MAX_PATH_GAP: usize = 2;
/// Characters between two labels that are seen through.
const MAX_DOT_GAP: usize = 6;
/// Words before a domain among which it may be announced.
const ANNOUNCED_WITHIN: usize = 4;

/// Judges everything in `tokens` that may be a link.
pub(super) fn judge(tokens: &mut Tokens<'_>) {
    // What a link has taken is not looked at again: each character is walked over a bounded number
    // of times.
    let (mut host_end, mut taken) = (0, 0);
    for i in 0..tokens.text.len() {
        match tokens.text.get(i) {
            _ if i < taken => {}
            ':' => taken = scheme(tokens, i),
            '.' if i >= host_end => {
                let start = tokens.text.skip_back(i, is_host);
                host_end = tokens.text.skip(i, is_host);
                taken = dotted(tokens, start, host_end);
            }
            _ => {}
        }
    }
    let mut taken = 0;
    for k in 0..tokens.words.len() {
        if tokens.words[k].from >= taken {
            taken = known(tokens, k).or_else(|| spelled(tokens, k)).unwrap_or(taken);
        }
    }
}

fn is_host(c: char) -> bool {
    is_word(c) || matches!(c, '.' | '-')
}

/// A scheme in front of a colon at `colon`; returns where its link ends.
fn scheme(tokens: &mut Tokens<'_>, colon: usize) -> usize {
    let text = &tokens.text;
    let slash = |i| matches!(text.get(i), '/' | '\\');
    let start = text
        .skip_back(colon, |c| is_word(c) || matches!(c, '+' | '.' | '-'))
        .max(colon.saturating_sub(MAX_SCHEME));
    if slash(colon + 1) && slash(colon + 2) {
        let end = text.skip(colon + 3, |c| !c.is_whitespace());
        if end > colon + 3 && (start < colon || is_word(text.get(colon + 3))) {
            tokens.mask(start, end, Rule::Scheme);
            return end;
        }
    } else if colon - start == 2 && text.get(start) == 't' && text.get(start + 1) == 'g' {
        let end = text.skip(colon + 1, is_word);
        let more = text.skip(end, |c| !c.is_whitespace());
        if end - colon > 4 && more > end {
            tokens.mask(start, more, Rule::Scheme);
            return more;
        }
    }
    colon
}

/// What stands between two labels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// A dot.
    Exact,
    /// A dot or bullet with spaces or brackets.
    Spaced,
    /// Another sign.
    Loose,
    /// Spaces only.
    Blank,
    /// The word "dot".
    Spelled,
}

/// The label after word `k` and what stands between.
fn next_label(tokens: &Tokens<'_>, k: usize) -> Option<(Gap, usize)> {
    let next = *tokens.words.get(k + 1)?;
    if tokens.gap_len(k) > MAX_DOT_GAP {
        return None;
    }
    let bracket = |c| matches!(c, ' ' | '\n' | '(' | ')' | '[' | ']' | '{' | '}' | '"' | '\'');
    if next.is(DOT) {
        let beyond = tokens.words.get(k + 2).is_some() && tokens.gap_len(k + 1) <= MAX_DOT_GAP;
        let plain = tokens.gap(k).all(bracket) && beyond && tokens.gap(k + 1).all(bracket);
        return plain.then_some((Gap::Spelled, k + 2));
    }
    let (mut dots, mut spaces, mut others, mut all) = (0, 0, 0, 0);
    for c in tokens.gap(k) {
        all += 1;
        match c {
            '.' => dots += 1,
            '•' | '∙' | '●' | '▪' => {
                dots += 1;
                spaces += 1;
            }
            ' ' | '\n' => spaces += 1,
            c if bracket(c) => {}
            '/' | '\\' | '@' | '!' | '?' | '+' | '%' => return None,
            _ => others += 1,
        }
    }
    let gap = match (dots, others) {
        (1, 0) if all == 1 && spaces == 0 => Gap::Exact,
        (1.., 0) => Gap::Spaced,
        (0, 0) if spaces == all => Gap::Blank,
        _ => Gap::Loose,
    };
    Some((gap, k + 1))
}

/// A known host whose first label is word `k`; returns where what was masked ends.
fn known(tokens: &mut Tokens<'_>, k: usize) -> Option<usize> {
    let word = tokens.words[k];
    if hosts::is_joined(tokens.chars(k)) {
        let path = path_end(tokens, word.to, true);
        if path > word.to && matches!(tokens.text.get(word.to), '/' | '\\') {
            tokens.mask(word.from, path, Rule::KnownHostDisguised);
            return Some(path);
        }
        return None;
    }
    let name = hosts::label(tokens.chars(k))?;
    let (gap, next) = next_label(tokens, k)?;
    let host = hosts::find(name, hosts::label(tokens.chars(next))?)?;
    // "wasn't. me", "и т. ме": a letter of another word.
    let before = tokens.text.get(word.from.wrapping_sub(1));
    if matches!(before, '\'' | '’' | '-') {
        return None;
    }
    let end = tokens.words[next].to;
    let path = path_end(tokens, end, true);
    let slashed = matches!(tokens.text.get(end), '/' | '\\') || path > end && gap != Gap::Blank;
    let sure = match gap {
        Gap::Exact => true,
        Gap::Spelled => true,
        Gap::Spaced => path > end || !host.soft && hosts::is_spaced_end(tokens.chars(next)),
        Gap::Loose => path > end,
        Gap::Blank => path > end && (slashed || tokens.words.get(next + 1).is_some_and(|w| w.is(SLASH))),
    };
    if !sure {
        return None;
    }
    let mut from = tokens.text.skip_back(word.from, is_host);
    if from < word.from && tokens.text.get(word.from - 1) != '.' {
        from = word.from;
    }
    // "https: //": what is left of a scheme.
    let scheme = tokens.text.skip_back(from, |c| matches!(c, '/' | ':' | ' '));
    if scheme + 3 <= from && tokens.text.get(scheme) == ':' && tokens.text.get(from - 1) == '/' {
        from = tokens.text.skip_back(scheme, is_word);
    }
    let to = if path > end { path } else { name_behind(tokens, next).unwrap_or(end) };
    let rule = match gap {
        Gap::Exact if tokens.text.original(word.from, end).is_ascii() => Rule::KnownHost,
        _ => Rule::KnownHostDisguised,
    };
    tokens.mask(from, to, rule);
    Some(to)
}

/// "t.me durov_x": where the name behind a host that ends with word `k` ends.
fn name_behind(tokens: &Tokens<'_>, k: usize) -> Option<usize> {
    let name = *tokens.words.get(k + 1)?;
    if tokens.gap_len(k) > MAX_PATH_GAP || !tokens.gap(k).all(|c| c.is_whitespace() || c == '•') {
        return None;
    }
    let end = tokens.name_end(name.from);
    let last = tokens.reads(k, &["me"]) && k + 2 == tokens.words.len();
    let plain = tokens.is_latin(k + 1) && name.len() >= 4 && !name.is(PLAIN | MESSENGER | FILLER);
    (plain && (tokens.cyrillic || last) || tokens.is_like_a_name(name.from, end)).then_some(end)
}

/// A domain of words `k` and the one behind a spaced or spelled dot; returns where what was masked
/// ends.
fn spelled(tokens: &mut Tokens<'_>, k: usize) -> Option<usize> {
    let word = tokens.words[k];
    if word.is(DOT | FILLER) || word.len() < 3 {
        return None;
    }
    let Some((gap @ (Gap::Spaced | Gap::Spelled), next)) = next_label(tokens, k) else { return None };
    let label = hosts::label(tokens.chars(next));
    let (is, end) = (|l| label == Some(l), tokens.words[next].to);
    let path = path_end(tokens, end, false);
    let sure = match gap {
        Gap::Spelled => {
            is("com") || is("ru") || is("org") || is("net") || tokens.chars(next).eq("рф".chars())
        }
        _ => {
            (is("com") || is("ru") || is("org"))
                && tokens.chars(next).all(|c| c.is_ascii())
                && tokens.is_latin(k)
                && (path > end || tokens.gap(next).next().is_none_or(|c| !is_word(c)))
        }
    };
    if !sure {
        return None;
    }
    let from = tokens.text.skip_back(word.from, is_host);
    tokens.mask(from, path, Rule::DomainSpelled);
    Some(path)
}

/// What a label before a dot and one behind it are together.
enum Ending {
    Domain(Rule),
    Passed(Reason),
    Nothing,
}

/// A dotted word `start..end`: masks every domain in it with its path; returns where that ends.
fn dotted(tokens: &mut Tokens<'_>, start: usize, end: usize) -> usize {
    let first_end = tokens.text.skip(start, |c| c != '.').min(end);
    let www = first_end - start == 3 && (start..first_end).all(|i| tokens.text.get(i) == 'w');
    // From the first of an unbroken row of labels; an empty one breaks the row ("хм..ru").
    let (mut from, mut before) = (start, start..first_end);
    let mut domain: Option<(usize, usize, Rule)> = None;
    let mut passed = None;
    while before.end < end {
        let label_start = before.end + 1;
        let label_end = tokens.text.skip(label_start, |c| c != '.').min(end);
        let label = label_start..label_end;
        if before.is_empty() {
            from = label_start;
        } else if !label.is_empty() {
            let ending = match www {
                true => Ending::Domain(Rule::Www),
                false => ending(tokens, from, before.clone(), label.clone(), end),
            };
            match (ending, &mut domain) {
                (Ending::Nothing, _) => {}
                (Ending::Passed(reason), _) => passed = passed.or(Some(reason)),
                (Ending::Domain(rule), Some((f, to, r))) if *f == from => (*to, *r) = (label_end, rule),
                (Ending::Domain(rule), _) => {
                    if let Some((f, to, r)) = domain.replace((from, label_end, rule)) {
                        tokens.mask(f, to, r);
                    }
                }
            }
        }
        before = label;
    }
    match (domain, passed) {
        (Some((from, to, rule)), _) => {
            let path = path_end(tokens, end, false);
            // What leads up to a path is a host even where a label of it is not on the list.
            tokens.mask(from, if path > end { path } else { to }, rule);
            return path;
        }
        (None, Some(reason)) => tokens.pass(start, end, reason),
        (None, None) => {}
    }
    start
}

/// Whether `label`, after `before`, ends a domain that begins at `from`; `end` is where the dotted
/// word ends.
fn ending(tokens: &Tokens<'_>, from: usize, before: Range<usize>, label: Range<usize>, end: usize) -> Ending {
    let text = &tokens.text;
    let chars = |range: &Range<usize>| text.chars[range.clone()].iter().map(|f| f.c);
    let Some(kind) = tld(chars(&before), chars(&label)) else { return Ending::Nothing };
    let last = label.end == end;
    let path = last && path_end(tokens, end, false) > end + usize::from(kind == Tld::Weak);
    let latin = |range: &Range<usize>| chars(range).any(|c| c.is_ascii_alphabetic());
    let mixed = |range: &Range<usize>| latin(range) && !text.original(range.start, range.end).is_ascii();
    let disguised = mixed(&before) || mixed(&label);
    let word = |range: &Range<usize>| tokens.word_at(range.start).map(|k| tokens.words[k]);
    let is_code = tld::is_file(chars(&label));
    if kind == Tld::Weak && !disguised {
        let host_like =
            before.len() >= 4 && latin(&before) && !word(&before).is_some_and(|w| w.is(PLAIN | FILLER));
        return match () {
            () if path && text.get(end) == ':' => Ending::Passed(Reason::FileName),
            () if path => Ending::Domain(Rule::DomainWithSigns),
            () if is_code => Ending::Passed(Reason::FileName),
            () if text.get(label.end) == '(' => Ending::Passed(Reason::Code),
            () if !latin(&before) => Ending::Passed(Reason::MixedScripts),
            () if last && host_like && announced(tokens, from) => Ending::Domain(Rule::DomainAnnounced),
            () if last && host_like && tld::is_site(chars(&label)) && tokens.is_alone(from, end) => {
                Ending::Domain(Rule::DomainAnnounced)
            }
            () => Ending::Passed(Reason::NoSpace),
        };
    }
    if before.start == from && last && tld::is_name(chars(&before), chars(&label)) && !path && !disguised {
        return Ending::Passed(Reason::KnownName);
    }
    // "Привет.Ru", "End.To": the beginning of a sentence. Telegram's clients make no link of it
    // either.
    let mut letters = text.original(label.start, label.end).chars();
    let capitalised = letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase);
    if capitalised && !(disguised && kind == Tld::Strong) && !path {
        return Ending::Passed(Reason::Capital);
    }
    let foreign = !latin(&before) && latin(&label);
    if foreign
        && !path
        && (before.len() < 3 || !tld::is_classic(chars(&label)))
        && !is_disguise(tokens, &before)
    {
        return Ending::Passed(Reason::MixedScripts);
    }
    Ending::Domain(if disguised || path { Rule::DomainWithSigns } else { Rule::Domain })
}

/// Whether a label without a Latin letter is one in look-alikes: "т" in "т.me".
fn is_disguise(tokens: &Tokens<'_>, label: &Range<usize>) -> bool {
    let chars = tokens.text.chars[label.clone()].iter().map(|f| f.c);
    hosts::label(chars).is_some()
}

/// Whether words before visible character `from` announce a site.
fn announced(tokens: &Tokens<'_>, from: usize) -> bool {
    tokens.is_before(tokens.word_from(from), ANNOUNCED_WITHIN, SITE)
}

/// Where the port and path after a host that ends at `end` end; `end` if there are none. `known`
/// hosts may have the slash in words or replaced, and a line break before it.
fn path_end(tokens: &Tokens<'_>, end: usize, known: bool) -> usize {
    let text = &tokens.text;
    let mut at = end;
    if text.get(at) == ':' {
        let port = text.skip(at + 1, |c| c.is_ascii_digit());
        if port > at + 1 {
            at = port;
        }
    }
    // "t.me /durov", "t.me/ @durov": spaces around the slash are seen through.
    let slash = text.skip(at, |c| c == ' ' || known && c == '\n');
    let begins = |i: usize| matches!(text.get(i), '/' | '\\') || known && matches!(text.get(i), '|' | '•');
    let mut word = at;
    if begins(slash) && slash - at <= MAX_PATH_GAP && (text.get(slash) != '•' || slash == at) {
        word = text.skip(slash, |c| matches!(c, '/' | '\\' | '|' | '•' | ' ' | '@' | '+' | '#'));
        if word - slash > 1 + MAX_PATH_GAP + 2 || !is_word(text.get(word)) {
            return if slash == at && text.get(at) != '•' { at + 1 } else { at };
        }
    } else if known && slash - at <= MAX_PATH_GAP && spelled_slash(tokens, slash).is_some() {
        word = spelled_slash(tokens, slash).unwrap_or(word);
    } else if !(matches!(text.get(at), '?' | '#') && is_word(text.get(at + 1))) {
        return at;
    }
    let stop = text.skip(word, |c| !c.is_whitespace());
    // Closing punctuation belongs to the sentence.
    text.skip_back(stop, |c| matches!(c, '.' | ',' | '!' | '?' | ';' | ':' | ')' | '"' | '»' | '”' | '\''))
        .max(at + 1)
}

/// Where the word behind the word "slash" at `i` begins.
fn spelled_slash(tokens: &Tokens<'_>, i: usize) -> Option<usize> {
    let k = tokens.word_at(i)?;
    let next = tokens.words.get(k + 1)?;
    (tokens.words[k].is(SLASH) && tokens.gap_len(k) <= MAX_PATH_GAP).then_some(next.from)
}
