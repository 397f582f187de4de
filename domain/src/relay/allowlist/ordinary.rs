//! Numbers that are long enough for a phone number and are none: dates, times, sums, scores,
//! addresses.

use super::digits::{Gap, Group, Run};
use super::tokens::Tokens;
use super::verdict::Reason;

/// Digits that may stand beside dates with a four-digit year.
const MAX_BESIDE_DATES: usize = 7;
/// Greatest number of a lottery ticket.
const MAX_LOT: u64 = 60;

/// Why the groups `a..b` of a run are ordinary, if they look like something that is.
pub(super) fn reason(tokens: &Tokens<'_>, run: &Run, a: usize, b: usize) -> Option<Reason> {
    let groups = &run.groups[a..b];
    let gaps = run.within(a, b);
    if groups.iter().any(|g| g.plus && g.len > 2) && !is_round(run, a, b) {
        return None;
    }
    if is_round(run, a, b) {
        return Some(Reason::Sum);
    }
    if groups.len() == 4
        && gaps.iter().all(|g| *g == Gap::Sign('.'))
        && groups.iter().all(|g| g.value < 256 && g.len <= 3 && (g.len == 1 || run.digits[g.first] != b'0'))
    {
        return Some(Reason::IpAddress);
    }
    if groups.len() == 2
        && matches!(gaps, [Gap::Sign('.' | ',')])
        && groups[0].len <= 3
        && groups[0].value < 200
        && groups[1].len > 4
        && groups[0].to + 1 == groups[1].from
        && run.digits[groups[1].first] != b'9'
    {
        return Some(Reason::Decimal);
    }
    if is_dates(tokens, run, a, b) {
        return Some(Reason::Dates);
    }
    if is_counting(groups) {
        return Some(Reason::Counting);
    }
    if is_scores(gaps) {
        return Some(Reason::Scores);
    }
    None
}

/// "1000000000", or thousands set apart by one and the same sign, ending in 000.
fn is_round(run: &Run, a: usize, b: usize) -> bool {
    let groups = &run.groups[a..b];
    let Some((&first, rest)) = groups.split_first() else { return false };
    if run.digits[first.first] == b'0' || first.spelled {
        return false;
    }
    if rest.is_empty() {
        return first.value != 0 && first.len <= 15 && first.value % 1_000_000 == 0;
    }
    is_thousands(run, a, b) && rest.last().is_some_and(|g| g.value == 0)
}

/// Thousands set apart by one and the same sign.
pub(super) fn is_thousands(run: &Run, a: usize, b: usize) -> bool {
    let gaps = run.within(a, b);
    b - a >= 2
        && run.groups[a].len <= 3
        && run.digits[run.groups[a].first] != b'0'
        && matches!(gaps.first(), Some(Gap::Sign(' ' | '.' | ',' | '\'' | '_')))
        && gaps.iter().all(|g| *g == gaps[0])
        && run.groups[a + 1..b].iter().all(|g| g.len == 3)
}

/// Numbers in equal steps, digits in order, or a lottery's rising row.
fn is_counting(groups: &[Group]) -> bool {
    let step = |w: &[Group]| w[1].value as i128 - w[0].value as i128;
    let even = groups.len() >= 3
        && groups.iter().all(|g| g.len <= 4)
        && step(groups) != 0
        && groups.windows(2).all(|w| step(w) == step(groups));
    let lot = groups.len() >= 5
        && groups.iter().all(|g| g.len <= 2 && g.value <= MAX_LOT)
        && groups.windows(2).all(|w| w[0].value < w[1].value);
    let double =
        groups.len() >= 3 && groups.windows(2).all(|w| w[0].value > 0 && w[1].value == 2 * w[0].value);
    even || lot || double
}

/// Two kinds of gap by turns: what a pair is joined by, and what stands between pairs.
fn is_scores(gaps: &[Gap]) -> bool {
    gaps.len() >= 3
        && matches!(gaps[0], Gap::Sign(':' | '/' | '-' | '.'))
        && gaps[1] != gaps[0]
        && !matches!(gaps[1], Gap::Bracket | Gap::None)
        && gaps.iter().enumerate().all(|(i, g)| {
            if i % 2 == 0 { *g == gaps[0] } else { *g == gaps[1] || matches!(g, Gap::List | Gap::Line) }
        })
        && (gaps.len() % 2 == 1 || gaps[0] == Gap::Sign(':'))
}

/// Dates, times and years, or dates with a four-digit year and few other digits.
fn is_dates(tokens: &Tokens<'_>, run: &Run, a: usize, b: usize) -> bool {
    let groups = &run.groups[a..b];
    let digits = run.count(a, b);
    let (mut i, mut in_dates, mut long_year, mut dotted) = (0, 0, false, 0);
    while i < groups.len() {
        let rest = &groups[i..];
        let (taken, year4) = match rest {
            [a, b, c, ..] if is_date(tokens, *a, *b, *c) => (3, a.len == 4 || c.len == 4),
            [a, b, c, ..] if is_time(tokens, *a, *b, ':') && is_minute(tokens, *b, *c, ':') => (3, false),
            [a, b, ..] if is_time(tokens, *a, *b, ':') => (2, false),
            [a, b, ..] if is_time(tokens, *a, *b, '.') => {
                dotted += 1;
                (2, false)
            }
            [a, ..] if is_year(*a) => (1, false),
            _ => (0, false),
        };
        long_year |= year4;
        in_dates += rest[..taken].iter().map(|g| g.len).sum::<usize>();
        i += taken.max(1);
    }
    // "9.00-13.00" are times, "8.916.123.45.67" are none: dots within pairs only.
    let pairs = run.within(a, b).iter().filter(|g| **g == Gap::Sign('.')).count();
    let stray = dotted > 0 && pairs > dotted + groups.len() / 3 && in_dates < digits;
    !stray && (in_dates == digits || long_year && digits - in_dates < MAX_BESIDE_DATES)
}

fn is_year(g: Group) -> bool {
    g.len == 4 && (1600..2100).contains(&g.value) && !g.spelled
}

/// The one character between two groups.
fn between(tokens: &Tokens<'_>, a: Group, b: Group) -> Option<char> {
    (b.from == a.to + 1).then(|| tokens.text.get(a.to))
}

fn is_date(tokens: &Tokens<'_>, a: Group, b: Group, c: Group) -> bool {
    let separator = between(tokens, a, b);
    let day = |g: Group| g.len <= 2 && (1..=31).contains(&g.value);
    let month = |g: Group| g.len <= 2 && (1..=12).contains(&g.value);
    let year = |g: Group| g.len == 4 && (1600..2100).contains(&g.value);
    matches!(separator, Some('.' | '-' | '/'))
        && between(tokens, b, c) == separator
        && ((year(a) && month(b) && day(c))
            || (((day(a) && month(b)) || (month(a) && day(b))) && (year(c) || c.len == 2)))
}

fn is_time(tokens: &Tokens<'_>, a: Group, b: Group, sign: char) -> bool {
    a.len <= 2 && a.value < 25 && is_minute(tokens, a, b, sign)
}

/// ":mm" or ":ss".
fn is_minute(tokens: &Tokens<'_>, a: Group, b: Group, sign: char) -> bool {
    between(tokens, a, b) == Some(sign) && b.len == 2 && b.value < 60
}
