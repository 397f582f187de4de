//! Runs of digits: groups of digits with what stands between, digits in words and look-alikes among
//! them.

use super::tokens::Tokens;
use super::words::{self, NUMBER};

/// Characters between two groups of one run.
const MAX_GAP: usize = 8;
/// Digits of a group glued to letters ("тел89161234567") that count without the letters.
const MIN_GLUED: usize = 7;

/// Some digits without anything between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// First visible character.
    pub from: usize,
    /// One past the last.
    pub to: usize,
    /// First digit in [`Run::digits`].
    pub first: usize,
    /// Number of digits.
    pub len: usize,
    /// Value; saturates.
    pub value: u64,
    /// Whether it was written in words.
    pub spelled: bool,
    /// Whether a plus sign stands in front.
    pub plus: bool,
}

/// What stands between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing: digits and words glued.
    None,
    /// One kind of sign, spaces around it or not; a space if there are only spaces.
    Sign(char),
    /// A comma or semicolon with a space behind: the next item of a list.
    List,
    /// A dash with spaces around: from here to there.
    Range,
    /// Brackets, with or without spaces and dashes.
    Bracket,
    /// A line break.
    Line,
    /// A picture, or several kinds of sign.
    Other,
    /// A word like "and".
    Word,
}

/// Groups with nothing but gaps between.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The groups.
    pub groups: Vec<Group>,
    /// What stands before each group but the first.
    pub gaps: Vec<Gap>,
    /// The digits of all groups.
    pub digits: Vec<u8>,
    /// Digits written as digits.
    pub plain: usize,
}

impl Run {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.groups.clear();
        self.gaps.clear();
        self.digits.clear();
        self.plain = 0;
    }

    /// Digits of groups `a..b`.
    pub fn count(&self, a: usize, b: usize) -> usize {
        self.groups[a..b].iter().map(|g| g.len).sum()
    }

    /// The gaps within groups `a..b`.
    pub fn within(&self, a: usize, b: usize) -> &[Gap] {
        &self.gaps[a..b.max(a + 1) - 1]
    }

    fn push(&mut self, gap: Gap, mut group: Group, digits: impl Iterator<Item = u8>) {
        let first = self.digits.len();
        self.digits.extend(digits);
        group.first = first;
        group.len = self.digits.len() - first;
        group.value = self.digits[first..]
            .iter()
            .fold(0, |v: u64, d| v.saturating_mul(10).saturating_add(u64::from(d - b'0')));
        self.plain += if group.spelled { 0 } else { group.len };
        if let Some(last) = self.groups.last_mut()
            && group.spelled
            && last.spelled
            && joins(last.value, group.value, last.len)
        {
            // "девятьсот шестнадцать" is 916, "twenty one" 21.
            last.value += group.value;
            last.to = group.to;
            self.digits.truncate(first);
            let text = format!("{:0width$}", last.value, width = last.len);
            self.digits[last.first..].copy_from_slice(text.as_bytes());
            return;
        }
        if !self.groups.is_empty() {
            self.gaps.push(gap);
        }
        self.groups.push(group);
    }
}

/// Whether a number in words goes on with another one.
fn joins(value: u64, more: u64, len: usize) -> bool {
    more > 0
        && (len == 3
            && (value.is_multiple_of(100) && more < 100
                || value % 100 >= 20 && value.is_multiple_of(10) && more < 10)
            || len == 2 && value >= 20 && value.is_multiple_of(10) && more < 10)
}

/// Calls `judge` with every run of `tokens`.
pub(super) fn runs(tokens: &mut Tokens<'_>, mut judge: impl FnMut(&mut Tokens<'_>, &Run)) {
    let mut run = Run::default();
    let mut k = 0;
    // The last word of the run, and whether a word like "and" came after it.
    let mut last: Option<usize> = None;
    let mut joint = false;
    while k < tokens.words.len() {
        let gap = match last {
            Some(before) if !run.groups.is_empty() => gap(tokens, before, k, joint),
            _ => Some(Gap::None),
        };
        if gap.is_none() {
            finish(tokens, &mut run, &mut judge);
        }
        let taken = take(tokens, k, &mut run, gap.unwrap_or(Gap::None), &mut judge);
        if taken {
            (last, joint) = (Some(k), false);
        } else if run.groups.is_empty() || joint || !is_joint(tokens, k) {
            finish(tokens, &mut run, &mut judge);
            (last, joint) = (None, false);
        } else {
            joint = true;
        }
        k += 1;
    }
    finish(tokens, &mut run, &mut judge);
}

fn finish(tokens: &mut Tokens<'_>, run: &mut Run, judge: &mut impl FnMut(&mut Tokens<'_>, &Run)) {
    if !run.groups.is_empty() {
        judge(tokens, run);
        run.clear();
    }
}

/// Words that may stand between two groups of one number.
fn is_joint(tokens: &Tokens<'_>, k: usize) -> bool {
    const JOINTS: &[&str] =
        &["и", "тире", "дефис", "плюс", "дальше", "потом", "далее", "затем", "and", "dash", "plus", "then"];
    tokens.reads(k, JOINTS)
}

/// Takes word `k` into the run, if it is a number; a number glued to letters is a run of its own.
fn take(
    tokens: &mut Tokens<'_>,
    k: usize,
    run: &mut Run,
    gap: Gap,
    judge: &mut impl FnMut(&mut Tokens<'_>, &Run),
) -> bool {
    let word = tokens.words[k];
    let plus = is_plus(tokens, k);
    let group = |from, to, spelled| Group {
        from,
        to,
        first: 0,
        len: 0,
        value: 0,
        spelled,
        plus: plus && from == word.from,
    };
    let chars = &tokens.text.chars[word.from..word.to];
    if word.is(NUMBER) {
        let value = words::number(chars).unwrap_or(0);
        run.push(gap, group(word.from, word.to, true), value.to_string().bytes());
        return true;
    }
    let digits = chars.iter().filter(|f| f.c.is_ascii_digit()).count();
    if digits == word.len() {
        let digits = chars.iter().map(|f| f.c as u8);
        run.push(gap, group(word.from, word.to, false), digits);
        return true;
    }
    if 2 * digits >= word.len() && chars.iter().all(|f| digit_like(f.c).is_some()) {
        let digits = chars.iter().filter_map(|f| digit_like(f.c));
        run.push(gap, group(word.from, word.to, false), digits);
        return true;
    }
    if digits == 0 {
        return false;
    }
    if chars.iter().all(|f| f.c.is_ascii_digit() || f.c == '_') {
        let mut gap = gap;
        let mut i = tokens.text.skip(word.from, |c| c == '_');
        while i < word.to {
            let to = tokens.text.skip(i, |c| c.is_ascii_digit());
            let digits = tokens.text.chars[i..to].iter().map(|f| f.c as u8);
            run.push(gap, group(i, to, false), digits);
            (i, gap) = (tokens.text.skip(to, |c| c == '_').min(word.to), Gap::Sign('_'));
        }
        return true;
    }
    // Letters and digits glued: numbers in words among digits, or one long number.
    let (mut i, mut parts, mut long) = (word.from, Vec::new(), None);
    let mut all = true;
    while i < word.to {
        let is_digit = |c: char| c.is_ascii_digit();
        let first = is_digit(tokens.text.get(i));
        let to = tokens.text.skip(i, |c| is_digit(c) == first).min(word.to);
        if first {
            if to - i >= MIN_GLUED {
                long = long.or(Some((i, to)));
            }
            parts.push((i, to, None));
        } else {
            let value = words::number(&tokens.text.chars[i..to]);
            all &= value.is_some();
            parts.push((i, to, value));
        }
        i = to;
    }
    if all {
        for (n, (from, to, value)) in parts.into_iter().enumerate() {
            let gap = if n == 0 { gap } else { Gap::None };
            match value {
                Some(value) => run.push(gap, group(from, to, true), value.to_string().bytes()),
                None => {
                    let digits = tokens.text.chars[from..to].iter().map(|f| f.c as u8);
                    run.push(gap, group(from, to, false), digits);
                }
            }
        }
        return true;
    }
    let cyrillic = (word.from..word.to).all(|i| !tokens.text.get(i).is_ascii_alphabetic());
    if let Some((from, to)) = long
        && cyrillic
    {
        finish(tokens, run, judge);
        let digits: Vec<u8> = tokens.text.chars[from..to].iter().map(|f| f.c as u8).collect();
        run.push(Gap::None, group(from, to, false), digits.into_iter());
        if to < word.to {
            finish(tokens, run, judge);
            return false;
        }
        return true;
    }
    false
}

/// Whether a plus sign, drawn or in words, stands before word `k`.
fn is_plus(tokens: &Tokens<'_>, k: usize) -> bool {
    let text = &tokens.text;
    let before = text.skip_back_at_most(tokens.words[k].from, 3, |c| matches!(c, '(' | ' '));
    // "180+320" is a sum.
    let sign = before.wrapping_sub(1);
    let drawn = text.get(sign) == '+'
        && tokens.words[k].from - before <= 1
        && !text.get(sign.wrapping_sub(1)).is_ascii_digit();
    let spelled = k > 0 && tokens.gap_len(k - 1) == 1 && tokens.reads(k - 1, &["плюс", "plus"]);
    drawn || spelled
}

/// The digit that a character among digits is taken for.
fn digit_like(c: char) -> Option<u8> {
    Some(match c {
        '0'..='9' => c as u8,
        'o' | 'о' => b'0',
        'l' | 'i' | 'і' => b'1',
        'z' => b'2',
        'з' => b'3',
        'б' => b'6',
        _ => return None,
    })
}

/// What stands between words `a` and `b`, none if it ends the number. `joint`: a word like "and" is
/// among it.
fn gap(tokens: &Tokens<'_>, a: usize, b: usize, joint: bool) -> Option<Gap> {
    let (from, to) = (tokens.words[a].to, tokens.words[b].from);
    if to - from > MAX_GAP + if joint { 8 } else { 0 } {
        return None;
    }
    if joint {
        return Some(Gap::Word);
    }
    let (mut sign, mut spaces, mut bracket, mut line, mut mixed, mut bullets) =
        (None, 0, false, false, false, 0);
    for i in from..to {
        match tokens.text.get(i) {
            ' ' => spaces += 1,
            '\n' => line = true,
            '(' | ')' | '[' | ']' | '{' | '}' => bracket = true,
            '%' | '!' | '?' | '$' | '€' | '₽' | '£' | '№' | '°' | '<' | '>' | '^' | '@' => {
                return None;
            }
            c => {
                bullets += usize::from(c == '•');
                mixed |= sign.is_some_and(|s| s != c);
                sign = Some(c);
            }
        }
    }
    // What was masked before ends a number.
    if bullets > 2 {
        return None;
    }
    let spaced = spaces > 0 && tokens.text.get(to - 1) == ' ';
    Some(match sign {
        _ if line => Gap::Line,
        _ if bracket => Gap::Bracket,
        Some(',' | ';') if !mixed && spaced => Gap::List,
        Some('-') if !mixed && spaces > 1 => Gap::Range,
        Some(c) if !mixed && (c.is_ascii() || c == '•') => Gap::Sign(c),
        Some(_) => Gap::Other,
        None if spaces > 0 => Gap::Sign(' '),
        None => Gap::None,
    })
}
