//! At-signs, drawn or in words: @names and e-mail addresses.

use super::fold::is_word;
use super::tld::{Tld, tld};
use super::tokens::Tokens;
use super::verdict::{Reason, Rule};
use super::words::{AT, DOT, FILLER, MAIL, MESSENGER, NICK, PROVIDER};

/// Word characters of the shortest username (Telegram sells those of four).
const MIN_USERNAME: usize = 4;
/// Characters between an at-sign and its name that are seen through.
const MAX_GAP: usize = 4;

/// Characters before the first at-sign of a line.
const MAX_LEAD: usize = 8;
/// Characters of a domain, about.
const MAX_DOMAIN: usize = 255;
/// Characters of the name before an at-sign in words.
const MAX_LOCAL: usize = 64;
/// Dots in words within such a name.
const MAX_DOTS: usize = 4;

/// Places and roles that people put an at-sign before, and what code does. Sorted.
const PLACES: &[&str] = &[
    "channel",
    "charset",
    "everyone",
    "here",
    "home",
    "import",
    "keyframes",
    "lunch",
    "media",
    "midnight",
    "night",
    "noon",
    "office",
    "once",
    "override",
    "param",
    "party",
    "property",
    "return",
    "school",
    "staticmethod",
    "test",
    "work",
];

/// Judges every at-sign in `tokens`.
pub(super) fn judge(tokens: &mut Tokens<'_>) {
    for at in 0..tokens.text.len() {
        if tokens.text.get(at) == '@' {
            sign(tokens, at);
        }
    }
    for k in 0..tokens.words.len() {
        let bracketed = is_bracketed(tokens, k);
        if tokens.words[k].is(AT) || tokens.reads(k, &["at"]) || bracketed && tokens.reads(k, &["эт"]) {
            in_words(tokens, k, bracketed);
        }
        provider(tokens, k);
    }
}

/// Whether the words of `label` are a place, not a person.
fn is_place(label: impl Iterator<Item = char> + Clone) -> bool {
    PLACES.iter().any(|p| p.chars().eq(label.clone()))
}

/// Whether what Telegram marked as a mention is a place or a role.
pub(super) fn is_place_mark(mark: &str) -> bool {
    mark.strip_prefix('@').is_some_and(|word| is_place(word.chars().flat_map(char::to_lowercase)))
}

/// Whether word `k` stands in brackets.
fn is_bracketed(tokens: &Tokens<'_>, k: usize) -> bool {
    let word = tokens.words[k];
    let text = &tokens.text;
    word.from > 0
        && matches!(text.get(word.from - 1), '(' | '[' | '{')
        && matches!(text.get(word.to), ')' | ']' | '}')
}

/// The at-sign at `at`.
fn sign(tokens: &mut Tokens<'_>, at: usize) {
    let text = &tokens.text;
    let right = text.skip(at + 1, |c| !is_word(c) && c != '@');
    let gap = right - at - 1;
    if gap > MAX_GAP || !is_word(text.get(right)) {
        return;
    }
    let joined = text.skip_back(at, |c| is_word(c) || matches!(c, '.' | '+' | '-' | '%'));
    let name_end = text.skip(right, is_word);
    let domain = tokens.word_at(right).and_then(|k| domain_end(tokens, k));
    if joined < at && gap == 0 {
        adjacent(tokens, joined, at, name_end, domain.map(|d| d.end));
        return;
    }
    // A name before the sign, with a space or bracket between.
    let open = text.skip_back(at, |c| matches!(c, ' ' | '(' | '[' | '{'));
    let local = text.skip_back(open, |c| is_word(c) || matches!(c, '.' | '+' | '-' | '%'));
    let named = local < open && at - open <= 2 && (local..open).all(|i| text.get(i).is_ascii());
    let right_gap = (at + 1..right).all(|i| matches!(text.get(i), ' ' | ')' | ']' | '}'));
    if let Some(domain) = domain
        && named
        && right_gap
        && (local..open).any(|i| is_word(text.get(i)))
    {
        tokens.mask(local, domain.end, Rule::EmailDisguised);
        return;
    }
    let bracket = matches!(text.get(at + 1), ')' | ']' | '}') && at > 0;
    let spaced = text.get(at + 1) == ' ' && !bracket;
    let end = spaced_name_end(tokens, right);
    let like = tokens.is_like_a_name(right, end);
    let long = name_end - right >= MIN_USERNAME;
    let place = is_place(text.chars[right..name_end].iter().map(|f| f.c));
    let k = tokens.word_from(right);
    let stands_out = tokens.cyrillic && tokens.words.get(k).is_some() && tokens.is_latin(k);
    // "tg: @ name", "@ name" at the beginning of a line.
    let before = text.skip_back_at_most(at, MAX_LEAD, |c| !is_word(c) && c != '\n');
    let first = before == 0 || text.get(before - 1) == '\n';
    let asked = tokens.is_before(k, 3, NICK | MESSENGER);
    let from = text.skip_back(at, |c| matches!(c, '(' | '[' | '{' | ' ')).min(at);
    let from = text.skip(from, |c| c == ' ');
    if place {
        tokens.pass(from, name_end, Reason::AtPlace);
    } else if gap == 0 {
        if long {
            tokens.mask(at, end, Rule::AtName);
        }
    } else if like || long && (!spaced || first || asked || stands_out) {
        tokens.mask(if bracket { from } else { at }, end, Rule::AtNameDisguised);
    }
}

/// Where the name at `from` ends, with parts joined by a spaced underscore.
fn spaced_name_end(tokens: &Tokens<'_>, from: usize) -> usize {
    let text = &tokens.text;
    let mut end = tokens.name_end(from);
    while text.get(end) == ' ' && text.get(end + 1) == '_' {
        let next = text.skip(end + 1, |c| c == '_' || c == ' ');
        end = if next - end <= 3 { text.skip(next, is_word) } else { text.skip(end + 1, is_word) };
    }
    end
}

/// `local@name`, nothing between; `domain` is where a domain that begins with the name ends.
fn adjacent(tokens: &mut Tokens<'_>, local: usize, at: usize, name_end: usize, domain: Option<usize>) {
    let text = &tokens.text;
    let long = name_end - at > MIN_USERNAME;
    let named = (local..at).all(|i| text.get(i).is_ascii());
    let place = is_place(text.chars[at + 1..name_end].iter().map(|f| f.c));
    if let Some(end) = domain {
        tokens.mask(local, end, Rule::Email);
    } else if named && place {
        tokens.pass(local, name_end, Reason::Rate);
    } else if named && long && (local..at).all(|i| !text.get(i).is_alphabetic()) {
        // "5@mates" is so many somewhere; "+@name", ".@name" is a name.
        match (local..at).any(|i| text.get(i).is_ascii_digit()) && !tokens.is_like_a_name(at + 1, name_end) {
            true => tokens.pass(local, name_end, Reason::Rate),
            false => tokens.mask(at, name_end, Rule::AtName),
        }
    } else if named && long {
        tokens.mask(local, name_end, Rule::Email);
    } else if long {
        tokens.mask(at, tokens.name_end(at + 1), Rule::AtName);
    }
}

/// A domain in an address.
struct Domain {
    /// Where it ends.
    end: usize,
    /// Whether an end stands behind a dot of any kind.
    whole: bool,
}

/// The domain that begins with word `k`: a dotted word, the same with the dot spaced, spelled or
/// replaced, or a known provider.
fn domain_end(tokens: &Tokens<'_>, k: usize) -> Option<Domain> {
    let text = &tokens.text;
    let word = tokens.words[k];
    let host = |c| is_word(c) || matches!(c, '.' | '-');
    let long = text.skip_at_most(word.from, MAX_DOMAIN, host);
    let end = text.skip_back(long, |c| matches!(c, '.' | '-')).max(word.to);
    let dotted = (word.to..end)
        .any(|i| text.get(i) == '.' && text.get(i + 1).is_alphabetic() && text.get(i + 2).is_alphabetic());
    if dotted {
        return Some(Domain { end, whole: true });
    }
    let provider = word.is(PROVIDER);
    let spelled = tokens.words.get(k + 1).is_some_and(|w| w.is(DOT));
    let next = if spelled { k + 2 } else { k + 1 };
    let behind = tokens.words.get(next).copied();
    let near = tokens.gap_len(k) <= MAX_GAP && (!spelled || tokens.gap_len(k + 1) <= MAX_GAP);
    if let Some(last) = behind
        && near
        && tld(tokens.chars(k), tokens.chars(next)).is_some_and(|t| {
            t == Tld::Strong && (provider || spelled || !tokens.gap(k).all(char::is_whitespace)) || spelled
        })
        && (spelled || tokens.gap(k).all(|c| matches!(c, ' ' | '.' | ',' | '•' | '(' | ')' | '[' | ']')))
    {
        return Some(Domain { end: last.to, whole: true });
    }
    provider.then_some(Domain { end: word.to, whole: false })
}

/// The at-sign spelled by word `k`.
fn in_words(tokens: &mut Tokens<'_>, k: usize, bracketed: bool) {
    let Some(&next) = tokens.words.get(k + 1) else { return };
    if tokens.gap_len(k) > MAX_GAP {
        return;
    }
    let is_dog = tokens.words[k].is(AT);
    let domain = domain_end(tokens, k + 1);
    let before = k.checked_sub(1).filter(|&b| tokens.gap_len(b) <= MAX_GAP);
    if let (Some(domain), Some(before)) = (&domain, before)
        && (domain.whole || bracketed || is_dog)
        && (is_dog
            || bracketed
            || tokens.words[k + 1].is(PROVIDER)
            || has_dot_word(tokens, k + 1, domain.end))
    {
        let mut from = tokens.text.skip_back_at_most(tokens.words[before].to, MAX_LOCAL, |c| {
            is_word(c) || matches!(c, '.' | '-' | '+')
        });
        // "anna dot petrova at": the name has a dot in words too.
        let mut b = before;
        while b >= 2 && before - b < 2 * MAX_DOTS && tokens.words[b - 1].is(DOT) {
            b -= 2;
            from = tokens.words[b].from;
        }
        let end = domain.end;
        tokens.mask(from, end, Rule::EmailDisguised);
        return;
    }
    let end = tokens.name_end(next.from);
    let like = tokens.is_like_a_name(next.from, end);
    let joined = (next.from..end).any(|i| tokens.text.get(i) == '_');
    if is_dog && like
        || bracketed && (like || end - next.from >= MIN_USERNAME) && !is_dog
        || joined && like
        || is_dog && bracketed
    {
        let word = tokens.words[k];
        tokens.mask(word.from - usize::from(bracketed), end, Rule::AtNameDisguised);
    } else if is_dog {
        // "собаки, потом name": the sign described.
        let Some(second) = tokens.words.get(k + 2).copied() else { return };
        let end = tokens.name_end(second.from);
        if tokens.gap_len(k + 1) <= MAX_GAP
            && tokens.is_latin(k + 2)
            && tokens.is_like_a_name(second.from, end)
        {
            tokens.mask(second.from, end, Rule::AtNameDisguised);
        }
    }
}

/// Whether the word "dot" stands between word `k` and visible character `end`.
fn has_dot_word(tokens: &Tokens<'_>, k: usize, end: usize) -> bool {
    tokens.words[k..].iter().take_while(|w| w.from < end).any(|w| w.is(DOT))
}

/// "name на яндексе", "mail: name gmail": word `k` is a provider and a name stands before it.
fn provider(tokens: &mut Tokens<'_>, k: usize) {
    if !tokens.words[k].is(PROVIDER) || k == 0 {
        return;
    }
    let mut b = k - 1;
    if tokens.words[b].is(FILLER) && b > 0 {
        b -= 1;
    }
    let name = tokens.words[b];
    if tokens.words[k].from - name.to > MAX_GAP + 4 || name.is(FILLER | MAIL) {
        return;
    }
    let from =
        tokens.text.skip_back_at_most(name.to, MAX_LOCAL, |c| is_word(c) || matches!(c, '.' | '-' | '+'));
    if tokens.is_latin(b) && tokens.is_like_a_name(from, name.to) {
        let end = tokens.name_end(tokens.words[k].from);
        tokens.mask(from, end, Rule::EmailDisguised);
    }
}
