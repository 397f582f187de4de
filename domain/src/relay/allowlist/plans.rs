//! National plans: how phone numbers of the countries where the bot is used are grouped, and cards
//! and long numbers with them.

use super::digits::{Gap, Run};
use super::number::{Context, MAX_PHONE, is_uniform};
use super::ordinary::is_thousands;
use super::verdict::Rule;

/// Groupings of a Russian number with its trunk digit.
const ELEVEN: &[&[usize]] = &[
    &[11],
    &[1, 10],
    &[4, 7],
    &[1, 3, 7],
    &[1, 3, 3, 4],
    &[1, 3, 3, 2, 2],
    &[1, 3, 2, 2, 3],
    &[1, 3, 2, 3, 2],
    &[1, 3, 4, 3],
    &[4, 3, 4],
    &[4, 3, 2, 2],
    &[4, 2, 2, 3],
    &[4, 2, 3, 2],
    &[1, 4, 2, 2, 2],
    &[1, 4, 6],
    &[2, 2, 3, 2, 2],
    &[2, 2, 7],
    &[2, 2, 3, 4],
];
/// The same without the trunk digit; American numbers as well.
const TEN: &[&[usize]] = &[&[10], &[3, 7], &[3, 3, 4], &[3, 3, 2, 2], &[3, 2, 2, 3], &[3, 4, 3]];
/// Groupings of national numbers that begin with a zero.
const ZERO: &[&[usize]] = &[
    &[10],
    &[11],
    &[12],
    &[3, 7],
    &[3, 3, 4],
    &[3, 3, 2, 2],
    &[2, 2, 2, 2, 2],
    &[5, 6],
    &[5, 3, 3],
    &[3, 4, 4],
    &[4, 7],
    &[4, 8],
    &[3, 8],
    &[2, 4, 4],
];
/// Groupings of a country's code and a number.
const TWELVE: &[&[usize]] = &[&[12], &[3, 2, 3, 2, 2], &[3, 2, 7], &[3, 9], &[2, 3, 3, 2, 2], &[2, 10]];
/// Whether digits, spelled, begin as a national number does and are as many.
pub(super) fn is_phone_like(digits: &[u8]) -> bool {
    match digits {
        [b'7' | b'8', b'3' | b'4' | b'7'..=b'9', ..] => digits.len() == 11,
        [b'0', ..] => (10..=11).contains(&digits.len()),
        [b'1', b'2'..=b'9', ..] => digits.len() == 11,
        [b'2'..=b'9', ..] => digits.len() == 10,
        _ => false,
    }
}

/// Whether the groups have one of these lengths.
pub(super) fn is_grouped(run: &Run, a: usize, b: usize, forms: &[&[usize]]) -> bool {
    forms.iter().any(|f| f.len() == b - a && run.groups[a..b].iter().zip(*f).all(|(g, &len)| g.len == len))
}

/// Whether there is a plan with numbers that begin so: a quick look.
pub(super) fn may_be_national(digits: &[u8], groups: usize) -> bool {
    match (digits.len(), digits[0]) {
        (17, b'7') | (16, b'2'..=b'6') | (12, b'3' | b'9') | (10..=MAX_PHONE, b'0') => true,
        (11, first) => matches!(first, b'1' | b'7' | b'8') || groups == 1,
        (10, b'2'..=b'9') => groups <= 4,
        (9, b'6' | b'7' | b'9') => groups == 3,
        (10..=MAX_PHONE, _) => groups == 1,
        _ => false,
    }
}

/// A number of a national plan.
pub(super) fn national(
    run: &Run,
    a: usize,
    b: usize,
    digits: &[u8],
    context: &Context,
    whole: bool,
) -> Option<Rule> {
    let gaps = run.within(a, b);
    let groups = &run.groups[a..b];
    let n = digits.len();
    let asked = context.call || context.phone;
    let list = gaps.iter().any(|g| matches!(g, Gap::List | Gap::Word));
    let drawn = gaps.iter().any(|g| matches!(g, Gap::Bracket | Gap::Sign('-')));
    // Nobody writes a quantity with a zero in front.
    let zero = groups[1..].iter().any(|g| g.len >= 2 && run.digits[g.first] == b'0');
    let plain =
        gaps.iter().all(|g| matches!(g, Gap::Sign(' ' | '-' | '.') | Gap::Bracket | Gap::None | Gap::Range));
    if is_dull(digits) && !asked {
        return None;
    }
    let grade = |strict| if strict { Rule::National } else { Rule::NationalDisguised };
    match (n, digits[0]) {
        (11, b'7' | b'8')
            if matches!(digits[1], b'3' | b'4' | b'7'..=b'9') || digits[1] == b'0' && digits[0] == b'8' =>
        {
            let grouped = is_grouped(run, a, b, ELEVEN);
            let one = groups.len() >= 5 && groups[0].len == 1;
            let sum = is_thousands(run, a, b) && (context.unit || !context.alone && !asked);
            if grouped && (!list || one || zero || asked || context.alone && groups[0].len != 4) {
                return Some(grade(plain));
            }
            let mixed = !is_uniform(gaps) && !gaps.iter().any(|g| matches!(g, Gap::Line | Gap::Other));
            let signed = gaps.iter().any(|g| *g != Gap::Sign(' '));
            // "89 16 12 34 56 7", but not "8999 7499 999".
            let even =
                groups[0].len <= 3 && groups[..groups.len() - 1].iter().all(|g| g.len == groups[0].len);
            let shaped = signed || even || zero || one || asked;
            let loose = digits[1] == b'9'
                && whole
                && shaped
                && !sum
                && !mixed
                && (!list || zero || one || groups.len() == 11);
            loose.then_some(Rule::NationalDisguised)
        }
        (10, b'9') if groups.len() == 1 => (!context.unit && !context.reference).then_some(Rule::National),
        (10, b'2'..=b'9') => {
            let grouped = is_grouped(run, a, b, TEN) && !list;
            // Three prices.
            let round = groups.len() > 1 && groups.iter().all(|g| g.value % 10 == 0) && !asked;
            if !grouped || round || context.unit || context.reference {
                return None;
            }
            let area = digits[3] >= b'2';
            let sure = if groups.len() == 1 {
                area && whole
            } else {
                drawn && plain || whole && (zero && plain || asked || context.alone)
            };
            sure.then_some(grade(plain))
        }
        (11, b'1') if digits[1] >= b'2' => {
            let grouped = is_grouped(run, a, b, &[&[11], &[1, 3, 3, 4], &[1, 10]]) && !list;
            (grouped && (drawn || asked || context.alone) && !context.reference).then_some(grade(plain))
        }
        (10..=MAX_PHONE, b'0') if digits[1] == b'0' && groups[0].len == 2 && !list => Some(grade(plain)),
        (10..=MAX_PHONE, b'0') if groups[0].len >= 2 && digits[1] != b'0' => {
            let grouped = is_grouped(run, a, b, ZERO) && !list;
            (grouped && !context.reference).then_some(grade(plain))
        }
        (12, b'3' | b'9') if matches!(&digits[..3], b"380" | b"375" | b"374" | b"998" | b"996" | b"995") => {
            (is_grouped(run, a, b, TWELVE) && !context.reference).then_some(grade(plain))
        }
        (16, b'2'..=b'6') if is_grouped(run, a, b, &[&[16], &[4, 4, 4, 4]]) && !list => {
            let rising = groups.len() == 4 && groups.windows(2).all(|w| w[0].value < w[1].value);
            let round = groups.len() == 4 && groups.iter().all(|g| g.value % 10 == 0);
            (context.card || !rising && !round).then_some(Rule::Card)
        }
        (9, b'6' | b'7' | b'9') if is_grouped(run, a, b, &[&[3, 3, 3]]) => {
            let round = groups.iter().all(|g| g.value % 10 == 0);
            (context.alone && whole && !context.unit && !round).then_some(Rule::National)
        }
        (10..=MAX_PHONE, _) if groups.len() == 1 && whole => {
            let stamp = digits[0] == b'1' && matches!(n, 10 | 13);
            let goods = n == 13 && matches!(&digits[..2], b"97" | b"46");
            (!stamp && !goods && !context.reference && !context.unit).then_some(Rule::LongNumber)
        }
        (17, _) if digits.starts_with(b"7656119") => Some(Rule::AccountNumber),
        _ => None,
    }
}

/// The greatest numbers of computers' words, which every programmer has seen.
const LIMITS: &[&[u8]] = &[b"2147483647", b"2147483648", b"4294967295", b"4294967296"];

/// All digits alike, or each one more than the one before.
fn is_dull(digits: &[u8]) -> bool {
    let next = |d: u8| if d == b'9' { b'0' } else { d + 1 };
    LIMITS.contains(&digits)
        || b"123456789101112131415".starts_with(digits)
        || digits.windows(2).all(|w| w[0] == next(w[1]))
        || digits.windows(2).all(|w| w[0] == w[1])
        || digits.windows(2).all(|w| w[1] == next(w[0]))
}
