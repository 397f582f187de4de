//! Names without an at-sign: announced by a messenger's name or a word like "username", or written
//! as only a messenger writes them (`name#1234`, `id123456`), or letter by letter.

use super::fold::is_word;
use super::hosts;
use super::tokens::Tokens;
use super::verdict::Rule;
use super::words::{AT, CALL, FILLER, MAIL, MESSENGER, NICK, NUMBER, PHONE, PLAIN, PROVIDER, SITE};

/// Words between a messenger and a name that are seen through.
const MAX_FILLERS: usize = 4;
/// Characters between two of them.
const MAX_GAP: usize = 5;
/// Letters of a name that stands out by its script alone.
const MIN_PLAIN: usize = 4;
/// Characters of a name, about.
const MAX_NAME: usize = 64;
/// Single letters in a row that can be a name or link.
const MIN_SINGLES: usize = 4;

/// Judges every word of `tokens` that may announce a name, and every tag.
pub(super) fn judge(tokens: &mut Tokens<'_>) {
    for k in 0..tokens.words.len() {
        let word = tokens.words[k];
        if word.is(MESSENGER | NICK) {
            forward(tokens, k);
            backward(tokens, k);
        } else if word.is(MAIL) {
            forward(tokens, k);
        }
        tag(tokens, k);
    }
    singles(tokens);
}

/// A name after word `k`.
fn forward(tokens: &mut Tokens<'_>, k: usize) {
    // "Find me on": what follows the network is the name.
    let (mut at, mut explicit) = (k, k >= 2 && tokens.reads(k - 1, &["on"]) && tokens.reads(k - 2, &["me"]));
    for _ in 0..=MAX_FILLERS {
        if tokens.gap_len(at) > MAX_GAP
            || tokens.gap(at).any(|c| matches!(c, '!' | '?' | '.' | '\n' | '@' | '•'))
        {
            return;
        }
        explicit |= tokens.gap(at).any(|c| matches!(c, ':' | '=' | '→' | '>') || c == '-');
        let Some(&next) = tokens.words.get(at + 1) else { return };
        at += 1;
        let end = tokens.name_end(next.from);
        if tokens.is_like_a_name(next.from, end) && !next.is(MESSENGER | NUMBER) {
            mask(tokens, at, end);
            return;
        }
        // Skype's own form.
        if tokens.reads(at, &["live"]) && tokens.text.get(next.to) == ':' {
            mask(tokens, at, next.to);
            return;
        }
        if next.is(FILLER | MESSENGER | NICK) {
            // What follows "is" and "as" is the name; what follows "is on" is not.
            explicit = tokens.reads(at, &["is", "as", "это", "как"]) || explicit && next.is(MESSENGER | NICK);
            continue;
        }
        if plain(tokens, k, at, end, explicit) {
            mask(tokens, at, end);
        }
        return;
    }
}

/// Whether word `at`, a word like any other, is a name because of where it stands.
fn plain(tokens: &Tokens<'_>, k: usize, at: usize, end: usize, explicit: bool) -> bool {
    let word = tokens.words[at];
    let known = PLAIN | PROVIDER | CALL | PHONE | SITE | MAIL | AT | NUMBER;
    if !tokens.is_latin(at) || end - word.from < MIN_PLAIN || word.is(known) {
        return false;
    }
    let letters = tokens.chars(at).all(|c| c.is_alphabetic());
    if !letters {
        return false;
    }
    // "В стиме Hades", "тг Durov молодец": a thing or a person that everybody knows.
    let mut original = tokens.text.original(word.from, word.to).chars();
    let capital = original.next().is_some_and(char::is_uppercase) && original.all(char::is_lowercase);
    if tokens.cyrillic && !capital && (explicit || !tokens.is_latin(k)) {
        return true;
    }
    let closes = !tokens.text.get(end).is_alphanumeric()
        && tokens
            .gap(tokens.word_from(end).max(at + 1) - 1)
            .any(|c| matches!(c, ',' | '.' | '!' | ';' | '\n' | ')'))
        || tokens.word_from(end) == tokens.words.len();
    let own = k > 0 && tokens.reads(k - 1, &["мой", "моя", "my"]);
    (explicit || own && tokens.cyrillic) && closes && (tokens.cyrillic || !is_inflected(tokens, at))
}

/// Whether an English word ends like an adjective, an adverb or a participle.
fn is_inflected(tokens: &Tokens<'_>, k: usize) -> bool {
    const ENDINGS: &[&str] =
        &["ing", "ed", "ful", "less", "ive", "able", "ible", "ous", "ish", "ly", "al", "ic", "est"];
    ENDINGS.iter().any(|e| {
        let skipped = tokens.words[k].len().saturating_sub(e.len());
        tokens.chars(k).skip(skipped).eq(e.chars())
    })
}

/// Masks the name of word `at` that ends at `end`, its tag with it.
fn mask(tokens: &mut Tokens<'_>, at: usize, end: usize) {
    let text = &tokens.text;
    let mut end = end;
    if matches!(text.get(end), '#' | ':') && is_word(text.get(end + 1)) {
        end = tokens.name_end(end + 1);
    }
    tokens.mask(tokens.words[at].from, end, Rule::Handle);
}

/// A name that stands out before word `k`: "anna_p in insta".
fn backward(tokens: &mut Tokens<'_>, k: usize) {
    let mut at = k;
    for _ in 0..=MAX_FILLERS {
        let Some(before) = at.checked_sub(1) else { return };
        if tokens.gap_len(before) > MAX_GAP || tokens.gap(before).any(|c| matches!(c, '!' | '?' | '\n' | '•'))
        {
            return;
        }
        at = before;
        let word = tokens.words[at];
        let from = tokens.text.skip_back_at_most(word.to, MAX_NAME, |c| is_word(c) || matches!(c, '.' | '-'));
        if tokens.is_like_a_name(from, word.to) && tokens.is_latin(at) && !word.is(MESSENGER) {
            tokens.mask(from, word.to, Rule::Handle);
            return;
        }
        if !word.is(FILLER | NICK | MESSENGER) {
            return;
        }
    }
}

/// `name#1234` and `id123456`.
fn tag(tokens: &mut Tokens<'_>, k: usize) {
    const THINGS: &[&str] =
        &["issue", "room", "order", "bug", "ticket", "part", "episode", "level", "task", "game", "flat"];
    let word = tokens.words[k];
    let text = &tokens.text;
    let digits = text.skip(word.to + 1, |c| c.is_ascii_digit()) - (word.to + 1).min(text.len());
    let letters = tokens.chars(k).filter(|c| c.is_alphabetic()).count();
    if text.get(word.to) == '#'
        && digits == 4
        && !is_word(text.get(word.to + 5))
        && letters >= 3
        && !tokens.reads(k, THINGS)
    {
        tokens.mask(word.from, word.to + 5, Rule::Tag);
    } else if word.len() >= 8
        && text.get(word.from) == 'i'
        && text.get(word.from + 1) == 'd'
        && text.skip(word.from + 2, |c| c.is_ascii_digit()) == word.to
    {
        tokens.mask(word.from, word.to, Rule::Tag);
    }
}

/// Letters with spaces between that make up a name, an address or a link.
fn singles(tokens: &mut Tokens<'_>) {
    let mut k = 0;
    while k < tokens.words.len() {
        let first = k;
        let joins = |c: char| matches!(c, ' ' | '.' | '/' | ':' | '@' | '_' | '-');
        while k + 1 < tokens.words.len()
            && tokens.words[k].len() == 1
            && tokens.words[k + 1].len() == 1
            && tokens.gap_len(k) <= MAX_GAP
            && tokens.gap(k).all(joins)
        {
            k += 1;
        }
        if k - first + 1 >= MIN_SINGLES {
            spaced_out(tokens, first, k);
        }
        k += 1;
    }
}

/// Single letters from word `first` to word `last`.
fn spaced_out(tokens: &mut Tokens<'_>, first: usize, last: usize) {
    let (from, to) = (tokens.words[first].from, tokens.words[last].to);
    let spaces = tokens.text.skip_back(from, |c| c == ' ');
    let from = if spaces > 0 && tokens.text.get(spaces - 1) == '@' { spaces - 1 } else { from };
    let squeezed: String = (from..to).map(|i| tokens.text.get(i)).filter(|c| *c != ' ').collect();
    let named =
        squeezed.split_once('@').is_some_and(|(_, name)| name.chars().filter(|c| is_word(*c)).count() >= 4);
    let hosted = squeezed.split(['/', ':']).any(|part| {
        part.split_once('.').is_some_and(|(name, end)| {
            let labels = hosts::label(name.chars()).zip(hosts::label(end.chars()));
            labels.is_some_and(|(name, end)| hosts::find(name, end).is_some())
        })
    });
    if named || hosted || squeezed.contains("://") {
        tokens.mask(from, to, Rule::SpacedOut);
    }
}
