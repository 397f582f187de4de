//! Ages that a text gives somebody: digits and words, with a unit, a pronoun or a school class
//! beside them. Judged only where something sexual stands beside it, so that a doubt counts as an
//! age.

mod words;

use super::fold::{Folded, fold};
use crate::companion::constants::ADULT;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(u32),
    Word(Vec<String>),
    Sign(char),
}

impl Token {
    fn is(&self, list: &[&str]) -> bool {
        matches!(self, Token::Word(forms) if forms.iter().any(|f| list.contains(&f.as_str())))
    }

    fn begins(&self, list: &[&str]) -> bool {
        matches!(self, Token::Word(forms) if forms.iter().any(|f| list.iter().any(|l| f.starts_with(l))))
    }
}

/// The least age that a text gives anybody, if it is below [`ADULT`].
pub(super) fn youngest(text: &Folded) -> Option<u32> {
    let tokens = tokens(&text.plain);
    (0..tokens.len()).filter_map(|at| claim(&tokens, at)).filter(|&age| age < ADULT).min()
}

/// The age that the number at `at` is, if it is one.
fn claim(tokens: &[Token], at: usize) -> Option<u32> {
    let (mut number, mut width) = number_at(tokens, at)?;
    let before = |n: usize| at.checked_sub(n).and_then(|i| tokens.get(i));
    // "1 5 лет": digits with a space between.
    if let (Token::Number(a @ 1), Some(Token::Number(b @ 0..=9))) = (&tokens[at], tokens.get(at + 1)) {
        (number, width) = (a * 10 + b, 2);
    }
    if let Some(Token::Number(_)) = before(1) {
        return None;
    }
    // 17:30, 5.5, 15%: not an age. A hyphen or a space may stand before the unit.
    let mut next = at + width;
    let joined = |sign: &Token| matches!(sign, Token::Sign(':' | '.' | ',' | '/' | '%' | '$' | '₽' | '°'));
    if tokens.get(next).is_some_and(joined) {
        let number_follows = matches!(tokens.get(next + 1), Some(Token::Number(_)));
        if number_follows || matches!(tokens.get(next), Some(Token::Sign('%' | '$' | '₽' | '°'))) {
            return None;
        }
    }
    if before(1).is_some_and(joined) && matches!(before(2), Some(Token::Number(_))) {
        return None;
    }
    while matches!(tokens.get(next), Some(Token::Sign('-' | '_' | '~'))) {
        next += 1;
    }
    // "9-м классе", "15-ти лет", "15th".
    if tokens.get(next).is_some_and(|t| t.is(&["м", "й", "ый", "ом", "ти", "и", "th", "rd", "летняя"]))
    {
        next += usize::from(!tokens[next].is(&["летняя"]));
    }
    while matches!(tokens.get(next), Some(Token::Sign('-' | '_' | '~'))) {
        next += 1;
    }
    let after = tokens.get(next);
    if after.is_some_and(|t| t.is(&words::CLASSES) || t.begins(&["классни"])) && (1..=12).contains(&number)
    {
        return Some(number + 6);
    }
    if before(1).is_some_and(|t| t.is(&["grade"])) && (1..=12).contains(&number) {
        return Some(number + 6);
    }
    let not_yet =
        before(1).is_some_and(|t| t.is(&["исполнилось"])) && before(2).is_some_and(|t| t.is(&["не"]));
    if compound_class(&tokens[at]) && (1..=12).contains(&number) {
        return Some(number + 6);
    }
    let under = not_yet
        || before(1).is_some_and(|t| t.is(&words::UNDER))
        || (before(1).is_some_and(|t| t.is(&["than"]))
            && before(2).is_some_and(|t| t.is(&["younger", "less"])));
    let dotted_yo =
        after.is_some_and(|t| t.is(&["y"])) && tokens[next + 1..].iter().take(3).any(|t| t.is(&["o", "old"]));
    let unit = after.is_some_and(|t| t.is(&words::UNITS) || t.begins(&words::UNIT_STEMS))
        || dotted_yo
        || compound_unit(&tokens[at]);
    if unit {
        let rest = tokens[next..].iter().skip(1).take(2);
        let span = rest.clone().any(|t| t.is(&words::SPANS))
            || before(1).is_some_and(|t| t.is(&words::SPANS_BEFORE));
        let told = (1..=3).any(|n| before(n).is_some_and(|t| t.is(&words::WHO)));
        let old = tokens[next..].iter().take(3).any(|t| t.is(&["old"]));
        if span && !told && !old {
            return None;
        }
        return Some(if under { number.saturating_sub(1) } else { number });
    }
    if after.is_some_and(|t| t.begins(&words::MEASURES)) || number < 3 {
        return None;
    }
    if under && number == ADULT && !matches!(after, Some(Token::Number(_))) {
        return Some(number - 1);
    }
    // "she is 15", "мне всего 14".
    let mut back = 1 + usize::from(matches!(before(1), Some(Token::Sign(':' | '-' | '='))));
    while back <= 4 && before(back).is_some_and(|t| t.is(&words::BETWEEN)) {
        back += 1;
    }
    let told = before(back).is_some_and(|t| t.is(&words::WHO))
        || before(back - 1).is_some_and(|t| t.is(&["исполнилось"]));
    told.then_some(number)
}

/// Whether a number word holds its unit: "пятнадцатилетняя".
fn compound_unit(token: &Token) -> bool {
    compound(token, "летн")
}

/// Whether a number word holds a school class: "девятиклассница".
fn compound_class(token: &Token) -> bool {
    compound(token, "классни")
}

fn compound(token: &Token, with: &str) -> bool {
    let number = |form: &String| words::NUMBERS.iter().any(|(stem, _)| form.starts_with(stem));
    matches!(token, Token::Word(forms) if forms.iter().any(|form| form.contains(with) && number(form)))
}

/// The number at `at`, and how many tokens it takes.
fn number_at(tokens: &[Token], at: usize) -> Option<(u32, usize)> {
    // What belongs to a larger number before it is none of its own.
    let tens_before = at.checked_sub(1).is_some_and(|i| {
        let back = if matches!(tokens[i], Token::Sign('-')) { i.saturating_sub(1) } else { i };
        tens(&tokens[back]).is_some()
    });
    if tens_before {
        return None;
    }
    match &tokens[at] {
        Token::Number(n) => Some((*n, 1)),
        Token::Sign(_) => None,
        word => tens(word).or_else(|| units(word)).map(|n| (n, 1)),
    }
}

fn tens(token: &Token) -> Option<u32> {
    words::TENS.iter().find(|(stem, _)| token.begins(&[stem])).map(|(_, n)| *n)
}

fn units(token: &Token) -> Option<u32> {
    let Token::Word(forms) = token else { return None };
    let of = |form: &String| {
        words::NUMBERS.iter().find(|(stem, _)| match form.strip_prefix(stem) {
            Some("") => true,
            // Endings of Russian numbers, and the unit written together with them.
            Some(rest) => {
                !stem.is_ascii()
                    && (["ь", "и", "ью", "ый", "ом", "ого", "ой", "м", "й", "ая", "ых"].contains(&rest)
                        || rest.contains("летн")
                        || rest.contains("классни"))
            }
            None => false,
        })
    };
    forms.iter().find_map(of).map(|(_, n)| *n)
}

/// Numbers, words in every reading, and signs.
fn tokens(plain: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = plain;
    while let Some(c) = rest.chars().next() {
        let run = |is: fn(char) -> bool| rest.find(|c: char| !is(c)).unwrap_or(rest.len());
        let end = if c.is_ascii_digit() {
            let end = run(|c| c.is_ascii_digit());
            tokens.push(Token::Number(rest[..end].parse().unwrap_or(u32::MAX)));
            end
        } else if c.is_alphabetic() {
            let end = run(|c| c.is_alphabetic() || matches!(c, '\'' | '’'));
            let forms = fold(&rest[..end]).words.into_iter().next().map(|w| w.forms);
            tokens.extend(forms.map(Token::Word));
            end
        } else {
            if !c.is_whitespace() {
                tokens.push(Token::Sign(c));
            }
            c.len_utf8()
        };
        rest = &rest[end..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(text: &str) -> Option<u32> {
        youngest(&fold(text))
    }

    #[test]
    fn an_age_below_eighteen_is_found() {
        for (text, years) in [
            ("мне 15 лет", 15),
            ("ей всего 14", 14),
            ("15-летняя", 15),
            ("15летняя соседка", 15),
            ("пятнадцатилетняя", 15),
            ("пятнадцать лет", 15),
            ("ей четырнадцать", 14),
            ("мне уже 17 лет, вместе гуляем", 17),
            ("1 6 лет", 16),
            ("１６ лет", 16),
            ("⑯ лет", 16),
            ("в 9 классе", 15),
            ("в 9-м классе", 15),
            ("учусь в восьмом классе", 14),
            ("девятиклассница", 15),
            ("ей нет 18", 17),
            ("мне не исполнилось 18", 17),
            ("i'm 15", 15),
            ("she is only 16", 16),
            ("16yo", 16),
            ("16 y.o.", 16),
            ("16 y/o girl", 16),
            ("a fifteen year old", 15),
            ("fifteen-year-old", 15),
            ("age: 15", 15),
            ("возраст - 14", 14),
            ("in 9th grade", 15),
            ("an eighth grader", 14),
            ("she just turned 17", 17),
            ("under 18", 17),
            ("younger than 18", 17),
        ] {
            assert_eq!(age(text), Some(years), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_no_age() {
        for text in [
            "мне 25 лет",
            "двадцать пять лет",
            "мне двадцать",
            "twenty-five years old",
            "she is twenty five",
            "в 17:30",
            "приеду через 15 минут",
            "мне 5 минут идти",
            "ей 10 раз говорил",
            "5 лет назад",
            "10 years ago",
            "мы 12 лет вместе",
            "for 7 years",
            "скидка 15%",
            "под 15 рублей",
            "i am 10 minutes away",
            "room 12",
            "i'm 34",
            "18 лет",
            "she is 18",
            "до 15:00",
            "iphone 15",
            "the price is 15",
        ] {
            assert_eq!(age(text), None, "{text}");
        }
    }
}
