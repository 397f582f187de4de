//! Long numbers: phones, and cards and account ids with them.
//!
//! A number is nine digits or more in any script, with up to four separators between two digits. Eight digits
//! are a date, a sum or a code. These survive although they are long enough:
//! - dates and times: runs that are nothing but them, or them and fewer than seven other digits, where the
//!   year has four digits ("2026-11-21 12:30", "01.02.26-05.02.26");
//! - round sums: "1 000 000 000", "25.000.000", "1000000000";
//! - counting: at least three numbers in equal steps ("1 2 3 4 5 6 7 8 9", "2019 2020 2021").
//!
//! A disguise as one of these is possible and accepted; a digit a line, or digits in words, is not looked for.

use super::fold::FoldedText;

/// Digits that make a number identifying.
const MIN_DIGITS: usize = 9;
/// Separators between two digits: ") - " and the like.
const MAX_GAP: usize = 4;
/// Digits that may stand beside dates with a four-digit year.
const MAX_BESIDE_DATES: usize = 7;

fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '-' | '.' | '(' | ')' | '/' | '\\' | '|' | '_' | '*' | '~' | '+' | ',' | ':' | '[' | ']' | '\''
    )
}

/// Calls `found` with the range of every identifying number.
pub(super) fn numbers(text: &FoldedText<'_>, mut found: impl FnMut(usize, usize)) {
    let mut i = 0;
    while i < text.len() {
        if !text.get(i).is_ascii_digit() {
            i += 1;
            continue;
        }
        let (start, mut end, mut digits) = (i, i, 0);
        loop {
            let from = end;
            end = text.skip(from, |c| c.is_ascii_digit());
            digits += end - from;
            let next = text.skip(end, is_separator);
            if next - end > MAX_GAP || !text.get(next).is_ascii_digit() {
                break;
            }
            if next == end {
                break;
            }
            end = next;
        }
        if digits >= MIN_DIGITS && !is_harmless(text, start, end, digits) {
            // The sign and bracket in front belong to the number.
            let opening = text.skip_back(start, |c| matches!(c, '+' | '('));
            found(opening, end);
        }
        i = end;
    }
}

/// One group of digits of a run.
#[derive(Clone, Copy)]
struct Group {
    from: usize,
    to: usize,
    value: u64,
}

impl Group {
    fn len(self) -> usize {
        self.to - self.from
    }
}

fn is_harmless(text: &FoldedText<'_>, start: usize, end: usize, digits: usize) -> bool {
    if start > 0 && text.get(start - 1) == '+' {
        return false;
    }
    // More groups than this are no date and no sum; counting further than this is masked.
    let mut buf = [Group { from: 0, to: 0, value: 0 }; 64];
    let mut n = 0;
    let mut i = start;
    while i < end {
        let to = text.skip(i, |c| c.is_ascii_digit());
        if n == buf.len() {
            return false;
        }
        let value = (i..to).fold(0u64, |v, k| {
            v.saturating_mul(10).saturating_add(text.get(k).to_digit(10).unwrap_or(0).into())
        });
        buf[n] = Group { from: i, to, value };
        n += 1;
        i = text.skip(to, |c| !c.is_ascii_digit()).min(end);
    }
    let groups = &buf[..n];
    is_round(text, groups) || is_counting(groups) || is_dates(text, groups, digits)
}

/// The one separator between two neighbouring groups; none if there are several.
fn between(text: &FoldedText<'_>, a: Group, b: Group) -> Option<char> {
    (b.from == a.to + 1).then(|| text.get(a.to))
}

/// "1000000000", or thousands set apart by one and the same separator, ending in 000.
fn is_round(text: &FoldedText<'_>, groups: &[Group]) -> bool {
    let Some((&first, rest)) = groups.split_first() else { return false };
    if rest.is_empty() {
        return first.value != 0
            && first.len() <= 15
            && first.value % 1_000_000 == 0
            && text.get(first.from) != '0';
    }
    let separator = between(text, first, rest[0]);
    first.len() <= 3
        && text.get(first.from) != '0'
        && matches!(separator, Some(' ' | '.' | ',' | '\'' | '_'))
        && rest.iter().all(|g| g.len() == 3)
        && groups.windows(2).all(|w| between(text, w[0], w[1]) == separator)
        && rest.last().is_some_and(|g| g.value == 0)
}

/// Numbers in equal steps.
fn is_counting(groups: &[Group]) -> bool {
    let step = |w: &[Group]| w[1].value as i128 - w[0].value as i128;
    groups.len() >= 3
        && groups.iter().all(|g| g.len() <= 4)
        && step(groups) != 0
        && groups.windows(2).all(|w| step(w) == step(groups))
}

/// Dates and times, see the module's text.
fn is_dates(text: &FoldedText<'_>, groups: &[Group], digits: usize) -> bool {
    let (mut i, mut in_dates, mut long_year) = (0, 0, false);
    while i < groups.len() {
        let rest = &groups[i..];
        let (taken, year4) = match rest {
            [a, b, c, ..] if is_date(text, *a, *b, *c) => (3, a.len() == 4 || c.len() == 4),
            [a, b, c, ..] if is_time(text, *a, *b) && is_minute(text, *b, *c) => (3, false),
            [a, b, ..] if is_time(text, *a, *b) => (2, false),
            _ => (0, false),
        };
        long_year |= year4;
        in_dates += rest[..taken].iter().map(|g| g.len()).sum::<usize>();
        i += taken.max(1);
    }
    in_dates == digits || (long_year && digits - in_dates < MAX_BESIDE_DATES)
}

fn is_date(text: &FoldedText<'_>, a: Group, b: Group, c: Group) -> bool {
    let separator = between(text, a, b);
    let day = |g: Group| g.len() <= 2 && (1..=31).contains(&g.value);
    let month = |g: Group| g.len() <= 2 && (1..=12).contains(&g.value);
    let year = |g: Group| g.len() == 4 && (1900..2100).contains(&g.value);
    matches!(separator, Some('.' | '-' | '/'))
        && between(text, b, c) == separator
        && ((year(a) && month(b) && day(c))
            || (((day(a) && month(b)) || (month(a) && day(b))) && (year(c) || c.len() == 2)))
}

fn is_time(text: &FoldedText<'_>, a: Group, b: Group) -> bool {
    a.len() <= 2 && a.value < 25 && is_minute(text, a, b)
}

/// ":mm" or ":ss".
fn is_minute(text: &FoldedText<'_>, a: Group, b: Group) -> bool {
    between(text, a, b) == Some(':') && b.len() == 2 && b.value < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let folded = FoldedText::new(text);
        let mut all = Vec::new();
        numbers(&folded, |from, to| all.push(folded.original(from, to).to_owned()));
        all
    }

    #[test]
    fn phones_in_many_writings() {
        for text in [
            "89161234567",
            "+7 (916) 123-45-67",
            "8-916-123-45-67",
            "8.916.123.45.67",
            "8 9 1 6 1 2 3 4 5 6 7",
            "8,916,123,45,67",
            "8:916:123:45:67",
            "912 345 678",
            "８９１６１２３４５６７",
            "٠٩١٦١٢٣٤٥٦٧",
            "𝟖𝟗𝟏𝟔𝟏𝟐𝟑𝟒𝟓𝟔𝟕",
            "8️⃣9️⃣1️⃣6️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣",
            "⑧⑨①⑥①②③④⑤⑥⑦",
            "8916\u{200b}123\u{ad}4567",
            "8—916—123—45—67",
            "4276 1234 5678 9012",
            "+2026-11-21-123",
        ] {
            assert_eq!(
                found(text).concat().chars().count(),
                text.chars().count(),
                "{text} gave {:?}",
                found(text)
            );
        }
        assert_eq!(found("звони 89161234567 или +44 20 7946 0958!"), ["89161234567", "+44 20 7946 0958"]);
    }

    #[test]
    fn numbers_that_are_none() {
        for text in [
            "2026-11-21 12:30",
            "21.11.2026 12:30",
            "2026-11-21T12:30:00",
            "с 01.02.2026 по 05.02.2026",
            "01.02.26-05.02.26",
            "12:30-14:00 15:30-16:00",
            "1000000 рублей",
            "1 000 000 000 рублей",
            "1,000,000,000",
            "1000000000 ₽",
            "12345678",
            "1 2 3 4 5 6 7 8 9 10",
            "2019 2020 2021",
            "10 20 30 40 50",
            "1999",
            "",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}
