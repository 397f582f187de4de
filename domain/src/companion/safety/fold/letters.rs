//! Letters that are written as signs, or as the other alphabet's.

/// Whether a sign or digit is used for a letter.
pub(super) fn is_sign_for_letter(c: char) -> bool {
    matches!(c, '0'..='9' | '@' | '$' | '€' | '!' | '|' | '+')
}

pub(super) fn latin_for(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' => 'b',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        _ => return None,
    })
}

pub(super) fn cyrillic_for(c: char) -> Option<char> {
    Some(match c {
        '0' => 'о',
        '1' | '!' | '|' => 'и',
        '3' => 'з',
        '4' => 'ч',
        '5' | '6' => 'б',
        '7' | '+' => 'т',
        '8' => 'в',
        '9' => 'д',
        '@' => 'а',
        '$' => 'с',
        '€' => 'е',
        _ => return None,
    })
}

/// Letters of the two alphabets that look alike.
const ALIKE: [(char, char); 16] = [
    ('a', 'а'),
    ('b', 'ь'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'н'),
    ('k', 'к'),
    ('m', 'м'),
    ('n', 'п'),
    ('o', 'о'),
    ('p', 'р'),
    ('r', 'г'),
    ('t', 'т'),
    ('u', 'и'),
    ('x', 'х'),
    ('y', 'у'),
    ('i', 'і'),
];

pub(super) fn to_cyrillic(c: char) -> Option<char> {
    if is_cyrillic(c) {
        return Some(c);
    }
    ALIKE.iter().find(|(latin, _)| *latin == c).map(|(_, cyrillic)| *cyrillic)
}

pub(super) fn to_latin(c: char) -> Option<char> {
    if c.is_ascii_alphabetic() {
        return Some(c);
    }
    // A Russian в is drawn for b, г for r.
    match c {
        'в' => Some('b'),
        'ѕ' => Some('s'),
        'ј' => Some('j'),
        'з' => Some('e'),
        'α' => Some('a'),
        'ο' => Some('o'),
        'ε' => Some('e'),
        'ι' => Some('i'),
        _ => ALIKE.iter().find(|(_, cyrillic)| *cyrillic == c).map(|(latin, _)| *latin),
    }
}

/// Whether a letter is Cyrillic.
pub(in crate::companion::safety) fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{4ff}')
}

pub(super) fn latin_for_l(c: char) -> Option<char> {
    match c {
        '1' | '|' => Some('l'),
        c => latin_for(c),
    }
}

/// Like `to_cyrillic`, with the second reading of letters that have two.
pub(super) fn to_cyrillic_mixed(c: char) -> Option<char> {
    match c {
        'b' => Some('в'),
        'u' => Some('ц'),
        'n' => Some('и'),
        c => to_cyrillic(c),
    }
}
