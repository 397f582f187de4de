//! Phone numbers, cards, accounts: what is grouped and as long as one is, or is announced as one.
//!
//! A run of digits ([`super::digits`]) is searched for the first part that has a phone number's
//! form; only then is it masked. The forms are those of national plans that people of this chat
//! have, and `+` with enough digits. What has another form is masked where words beside it ask to
//! call or to write, and stays otherwise.

use super::digits::{self, Gap, Run};
use super::gate::{MIN_DIGITS, MIN_SPELLED};
use super::ordinary::{self, is_thousands};
use super::plans::{is_grouped, is_phone_like, may_be_national, national};
use super::tokens::Tokens;
use super::verdict::{Reason, Rule};
use super::words::{CALL, CARD, FILLER, MESSENGER, NICK, PHONE, REFERENCE, UNIT};

/// Digits of the longest international number.
pub(super) const MAX_PHONE: usize = 15;
/// Digits of a card.
const MAX_CARD: usize = 16;
/// Digits of the longest account's id.
const MAX_ID: usize = 20;
/// Digits of a local number that words beside it must ask for.
const MIN_LOCAL: usize = 7;
/// Words before a number among which one may ask for it.
const ASKED_BEFORE: usize = 4;
/// The same behind it.
const ASKED_BEHIND: usize = 3;

/// Groupings of local numbers.
const LOCAL: &[&[usize]] = &[
    &[7],
    &[3, 4],
    &[3, 2, 2],
    &[2, 2, 3],
    &[1, 2, 2, 2],
    &[1, 3, 3],
    &[6],
    &[2, 2, 2],
    &[3, 3],
    &[9],
    &[3, 3, 3],
    &[3, 2, 2, 2],
    &[8],
    &[4, 4],
    &[2, 3, 3],
    &[4, 2, 2],
];

/// Judges every run of digits in `tokens`.
pub(super) fn judge(tokens: &mut Tokens<'_>) {
    digits::runs(tokens, run);
}

/// Judges one run.
fn run(tokens: &mut Tokens<'_>, run: &Run) {
    let n = run.groups.len();
    let all = run.count(0, n);
    if all < MIN_DIGITS || run.plain < all && all < MIN_SPELLED && run.plain < MIN_DIGITS {
        return;
    }
    let context = Context::new(tokens, run);
    let mut a = 0;
    let mut found = false;
    while a < n {
        match longest(tokens, run, a, &context) {
            Some((b, rule)) => {
                mask(tokens, run, a, b, rule);
                found = true;
                a = b;
            }
            None => a += 1,
        }
    }
    if !found {
        let reason = ordinary::reason(tokens, run, 0, n).unwrap_or(match context.reference {
            true => Reason::Reference,
            false => Reason::NotGrouped,
        });
        tokens.pass(run.groups[0].from, run.groups[n - 1].to, reason);
    }
}

/// Masks groups `a..b` with the sign and bracket in front.
fn mask(tokens: &mut Tokens<'_>, run: &Run, a: usize, b: usize, rule: Rule) {
    let k = tokens.word_from(run.groups[a].from);
    if run.groups[a].plus && k > 0 && tokens.reads(k - 1, &["плюс", "plus"]) {
        let (from, to) = (tokens.words[k - 1].from, run.groups[b - 1].to);
        tokens.mask(from, to, rule);
        return;
    }
    let from = tokens.text.skip_back_at_most(run.groups[a].from, 4, |c| matches!(c, '+' | '(' | '['));
    let mut to = run.groups[b - 1].to;
    if matches!(tokens.text.get(to), ')' | ']') && from < run.groups[a].from {
        to += 1;
    }
    tokens.mask(from, to, rule);
}

/// What stands around a run.
pub(super) struct Context {
    /// A word asks to call.
    pub call: bool,
    /// A word for a phone or number stands before it.
    pub phone: bool,
    /// A word for a card.
    pub card: bool,
    /// A word for an account's id stands before it.
    pub id: bool,
    /// The number is announced as a thing's.
    pub reference: bool,
    /// What is counted follows.
    pub unit: bool,
    /// Nothing else is in its line.
    pub alone: bool,
    /// The ordinary thing that the whole run looks like.
    pub ordinary: Option<Reason>,
}

impl Context {
    fn new(tokens: &Tokens<'_>, run: &Run) -> Context {
        let n = run.groups.len();
        let (from, to) = (run.groups[0].from, run.groups[n - 1].to);
        let first = tokens.word_from(from);
        let next = tokens.word_from(to);
        let words = |range: std::ops::Range<usize>, class| tokens.words[range].iter().any(|w| w.is(class));
        let before = first.saturating_sub(ASKED_BEFORE)..first;
        let behind = next.min(tokens.words.len())..(next + ASKED_BEHIND).min(tokens.words.len());
        // A part of a key: "e29b-41d4-446655440000".
        let code = from > 1
            && tokens.text.get(from - 1) == '-'
            && first > 0
            && tokens.is_latin(first - 1)
            && tokens.chars(first - 1).any(|c| c.is_ascii_digit());
        let reference = code || words(first.saturating_sub(3)..first, REFERENCE);
        let sign = tokens.text.get(tokens.text.skip(to, |c| c == ' '));
        Context {
            call: !reference && (words(before.clone(), CALL) || words(behind, CALL | MESSENGER)),
            phone: !reference && words(before.clone(), PHONE),
            card: words(first.saturating_sub(3)..(next + 2).min(tokens.words.len()), CARD),
            id: words(before, NICK | MESSENGER) && !words(first.saturating_sub(1)..first, REFERENCE),
            reference,
            unit: tokens.words.get(next).is_some_and(|w| w.is(UNIT) && w.from - to <= 2)
                || matches!(sign, '₽' | '$' | '€' | '£' | '%'),
            alone: is_alone(tokens, first, next, from),
            ordinary: ordinary::reason(tokens, run, 0, n),
        }
    }
}

/// Whether no other word than one of contact stands in the text.
fn is_alone(tokens: &Tokens<'_>, first: usize, next: usize, from: usize) -> bool {
    let asks = |w: &super::tokens::Word| w.is(PHONE | CALL | FILLER | MESSENGER);
    first <= 3
        && tokens.words.len() - next.min(tokens.words.len()) <= 3
        && tokens.words[..first].iter().all(asks)
        && tokens.words[next.min(tokens.words.len())..].iter().all(asks)
        && !(from > 0 && matches!(tokens.text.get(from - 1), '-' | '#' | '№'))
}

/// The longest number that begins with group `a`: where it ends, and the rule.
fn longest(tokens: &Tokens<'_>, run: &Run, a: usize, context: &Context) -> Option<(usize, Rule)> {
    let (mut best, mut digits) = (None, 0);
    for b in a + 1..=run.groups.len() {
        digits += run.groups[b - 1].len;
        if digits > MAX_ID || digits > MAX_CARD && b > a + 1 {
            break;
        }
        if digits < MIN_DIGITS {
            continue;
        }
        if let Some(rule) = number(tokens, run, a, b, digits, context) {
            best = Some((b, rule));
        }
    }
    best
}

/// Whether the groups `a..b`, of `n` digits, are a number.
fn number(tokens: &Tokens<'_>, run: &Run, a: usize, b: usize, n: usize, context: &Context) -> Option<Rule> {
    let whole = a == 0 && b == run.groups.len();
    let digits = &run.digits[run.groups[a].first..][..n];
    let gaps = run.within(a, b);
    #[cfg(test)]
    super::fold::count_look();
    let asked = context.call || context.phone;
    // "+20 +25 +18 +22"; but "+7 916" with any gaps.
    let terms = run.groups[a + 1..b].iter().any(|g| g.plus) && run.groups[a].len == run.groups[b - 1].len;
    if !(asked
        || context.id
        || run.groups[a].plus && !terms
        || run.plain < run.digits.len()
        || may_be_national(digits, b - a))
    {
        return None;
    }
    let spelled = run.groups[a..b].iter().any(|g| g.spelled);
    let plain: usize = run.groups[a..b].iter().filter(|g| !g.spelled).map(|g| g.len).sum();
    if spelled && n < MIN_SPELLED || !spelled && plain < MIN_DIGITS {
        return None;
    }
    // Asked only where the form is a number's: a long row of digits is walked over often enough
    // without it.
    let ordinary = || match whole {
        true => context.ordinary,
        false => ordinary::reason(tokens, run, a, b),
    };
    if run.groups[a].plus && !terms && (8..=MAX_PHONE).contains(&n) && !is_whole_before(run, a, b) {
        // "+10 000 000".
        let sum = ordinary() == Some(Reason::Sum) || n < 10 && is_thousands(run, a, b);
        if (!sum || asked) && (n >= 10 || !gaps.contains(&Gap::List)) {
            return Some(Rule::International);
        }
    }
    let clear = || match ordinary() {
        None => true,
        Some(reason) => asked && matches!(reason, Reason::Scores),
    };
    if spelled {
        return (n <= 12 && is_phone_like(digits) && clear()).then_some(Rule::Spelled);
    }
    let apart = is_apart(run, a, b);
    if apart
        && let Some(rule) = national(run, a, b, digits, context, whole)
        && clear()
    {
        return Some(rule);
    }
    if whole && context.id && !context.unit && (7..=20).contains(&n) && is_one_number(run, a, b) && clear() {
        return Some(if asked { Rule::Announced } else { Rule::AccountNumber });
    }
    if asked && apart && !context.unit && announced(run, a, b, n) && clear() {
        return Some(Rule::Announced);
    }
    None
}

/// Whether an international number is whole before group `b - 1`: the rest is the next number.
fn is_whole_before(run: &Run, a: usize, b: usize) -> bool {
    let eleven = matches!(run.digits[run.groups[a].first], b'1' | b'7');
    let mut digits = 0;
    (a..b - 1).any(|g| {
        digits += run.groups[g].len;
        let ends = matches!(run.gaps[g], Gap::List | Gap::Word) || run.groups[g + 1].plus;
        eleven && digits == 11 || ends && digits >= 10 && !(eleven && digits == 10)
    })
}

/// Whether all gaps are of one kind, not counting spaces beside another.
pub(super) fn is_uniform(gaps: &[Gap]) -> bool {
    let mut signs = gaps.iter().filter(|g| !matches!(g, Gap::Sign(' ') | Gap::None));
    let Some(first) = signs.next() else { return true };
    signs.all(|g| {
        g == first || matches!((g, first), (Gap::Range, Gap::Sign('-')) | (Gap::Sign('-'), Gap::Range))
    })
}

/// Whether groups `a..b` stand apart from the rest of their run, and no colons or slashes among
/// other signs show that they are times or shares.
fn is_apart(run: &Run, a: usize, b: usize) -> bool {
    let apart = |gap: Option<&Gap>| {
        gap.is_none_or(|g| !matches!(g, Gap::Sign(':' | '/' | '.' | '-' | '*' | '=' | '_')))
    };
    let within = run.within(a, b);
    let pairs = within.iter().any(|g| matches!(g, Gap::Sign(':' | '*')));
    apart(run.gaps.get(b - 1))
        && (a == 0 || apart(run.gaps.get(a - 1)))
        && (!pairs || within.windows(2).all(|w| w[0] == w[1]))
}

/// Whether nothing that separates numbers of a list stands within.
fn is_one_number(run: &Run, a: usize, b: usize) -> bool {
    !run.within(a, b)
        .iter()
        .any(|g| matches!(g, Gap::List | Gap::Word | Gap::Sign(':' | '/' | '*' | '=' | ',' | '+')))
        && is_uniform(run.within(a, b))
}

/// A number that words beside it ask for.
fn announced(run: &Run, a: usize, b: usize, n: usize) -> bool {
    let gaps = run.within(a, b);
    let ends =
        |gap: Option<&Gap>| gap.is_none_or(|g| matches!(g, Gap::List | Gap::Word | Gap::Line | Gap::Range));
    if !ends(run.gaps.get(b - 1)) || a > 0 && !ends(run.gaps.get(a - 1)) {
        return false;
    }
    let light = gaps.iter().all(|g| matches!(g, Gap::Sign(' ' | '-' | '.') | Gap::Bracket | Gap::None));
    let sum = is_thousands(run, a, b) && run.groups[b - 1].value.is_multiple_of(10);
    match n {
        6 => light && b - a > 1 && is_grouped(run, a, b, LOCAL) && !sum && !gaps.contains(&Gap::Sign(' ')),
        MIN_LOCAL..=9 => light && is_grouped(run, a, b, LOCAL) && !sum,
        10..=MAX_PHONE => light && !is_thousands(run, a, b),
        _ => false,
    }
}
