//! Folding: what a text looks like to a reader, whatever characters were used to write it.
//!
//! Full-width, circled, mathematical and small-capital letters become plain ones, every digit
//! becomes an ASCII digit, look-alikes of `.`, `@`, `:`, `/` and dashes become those, and what
//! cannot be seen (zero-width characters, soft hyphens, combining marks) is left out. Cyrillic
//! stays Cyrillic here: which look-alikes are meant as Latin depends on the word (see `tld`).
//! Ranges follow the Unicode charts; `std` knows what is numeric and alphabetic, the rest is
//! listed.

/// One visible character of a text.
#[derive(Clone, Copy)]
pub(super) struct Folded {
    /// What it looks like, in lower case.
    pub c: char,
    /// Byte offset of the original character.
    pub at: u32,
}

/// A folded text with the way back to the original.
pub(super) struct FoldedText<'t> {
    /// The original.
    pub text: &'t str,
    /// Its visible characters.
    pub chars: Vec<Folded>,
}

impl<'t> FoldedText<'t> {
    /// Folds `text`.
    pub fn new(text: &'t str) -> FoldedText<'t> {
        let mut chars = Vec::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            if let Some(c) = fold(c) {
                chars.push(Folded { c, at: at as u32 });
            }
        }
        FoldedText { text, chars }
    }

    /// Number of visible characters.
    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// Character `i`; NUL outside the text, which belongs to no word.
    pub fn get(&self, i: usize) -> char {
        #[cfg(test)]
        count_look();
        self.chars.get(i).map_or('\0', |f| f.c)
    }

    /// Byte offset where visible character `i` begins. Invisible characters belong to the visible
    /// one before them, so that a masked word takes its combining marks along.
    pub fn byte(&self, i: usize) -> usize {
        self.chars.get(i).map_or(self.text.len(), |f| f.at as usize)
    }

    /// The original characters of visible characters `from..to`.
    pub fn original(&self, from: usize, to: usize) -> &'t str {
        &self.text[self.byte(from)..self.byte(to)]
    }

    /// First index at or after `i` whose character does not satisfy `within`.
    pub fn skip(&self, i: usize, within: impl Fn(char) -> bool) -> usize {
        self.skip_at_most(i, usize::MAX, within)
    }

    /// The same, `most` characters at most: what is asked at every word must not walk the whole
    /// text.
    pub fn skip_at_most(&self, mut i: usize, most: usize, within: impl Fn(char) -> bool) -> usize {
        let end = self.len().min(i.saturating_add(most));
        while i < end && within(self.get(i)) {
            i += 1;
        }
        i
    }

    /// Least index such that all characters from it up to `i` (exclusive) satisfy `within`.
    pub fn skip_back(&self, i: usize, within: impl Fn(char) -> bool) -> usize {
        self.skip_back_at_most(i, usize::MAX, within)
    }

    /// The same, `most` characters at most.
    pub fn skip_back_at_most(&self, mut i: usize, most: usize, within: impl Fn(char) -> bool) -> usize {
        let least = i.saturating_sub(most);
        while i > least && within(self.get(i - 1)) {
            i -= 1;
        }
        i
    }
}

#[cfg(test)]
thread_local! {
    /// How often a character was looked at, and a part of a number judged: what tests of cost
    /// count.
    pub(super) static LOOKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts one look.
#[cfg(test)]
pub(super) fn count_look() {
    LOOKS.set(LOOKS.get() + 1);
}

/// A letter, a digit or an underscore of the folded text.
pub(super) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// What `c` looks like; none if it cannot be seen. Line ends become `\n`, other spaces ` `.
pub(crate) fn fold(c: char) -> Option<char> {
    if c.is_ascii() {
        return match c {
            '\n' | '\r' => Some('\n'),
            '\t' | '\x0b' | '\x0c' => Some(' '),
            c if c.is_ascii_control() => None,
            c => Some(c.to_ascii_lowercase()),
        };
    }
    let u = c as u32;
    if (0x0400..=0x0481).contains(&u) {
        return Some(lower(c));
    }
    if is_invisible(u) {
        return None;
    }
    Some(match u {
        // Latin with diacritics, precomposed: the reader sees the letter below.
        0xC0..=0x17F => LATIN.as_bytes()[(u - 0xC0) as usize].to_ascii_lowercase() as char,
        0x1E00..=0x1EFF => vietnamese_and_kin(u),
        // Full-width forms of ASCII.
        0xFF01..=0xFF5E => ascii(u - 0xFEE0),
        // Mathematical letters: styles of 52 letters each; digits: styles of 10.
        0x1D400..=0x1D6A3 => latin((u - 0x1D400) % 52),
        0x1D7CE..=0x1D7FF => digit((u - 0x1D7CE) % 10),
        // Parenthesised, circled, squared letters.
        0x249C..=0x24B5 => latin(u - 0x249C),
        0x24B6..=0x24E9 => latin(u - 0x24B6),
        0x1F110..=0x1F129 => latin(u - 0x1F110),
        0x1F130..=0x1F149 => latin(u - 0x1F130),
        0x1F150..=0x1F169 => latin(u - 0x1F150),
        0x1F170..=0x1F189 => latin(u - 0x1F170),
        // Circled commercial at has no character of its own; these are its other forms.
        0xFE6B => '@',
        // Full stops and dots set where a full stop would be.
        0x3002 | 0xFF61 | 0x2024 | 0x00B7 | 0x2027 | 0x22C5 | 0x30FB | 0xFF65 | 0x06D4 | 0x0701 | 0x0702
        | 0xA4F8 | 0x2E31 | 0x2E33 | 0xFE52 => '.',
        0x2236 | 0xA789 | 0xFE55 | 0x02D0 | 0x05C3 | 0x0589 => ':',
        0x2044 | 0x2215 | 0x29F8 | 0x2571 => '/',
        0x2010..=0x2015 | 0x2212 | 0x2043 | 0xFE58 | 0xFE63 | 0x02D7 | 0x2796 | 0x30FC | 0x2500 => '-',
        0xFE59 | 0x2768 | 0x276A | 0x207D | 0x208D => '(',
        0xFE5A | 0x2769 | 0x276B | 0x207E | 0x208E => ')',
        0xFE62 | 0x2795 | 0x207A | 0x208A => '+',
        0xFE4D..=0xFE4F | 0x203F => '_',
        // Braille blank and the fillers that take room.
        0x2800 => ' ',
        0x2028 | 0x2029 | 0x85 => '\n',
        // Keycap ten.
        0x1F51F => '0',
        _ => match small_capital(c) {
            Some(plain) => plain,
            None if c.is_whitespace() => ' ',
            None if c.is_numeric() => numeric(u),
            None => lower(c),
        },
    })
}

/// The lower case, where that is one character.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(l), None) => l,
        _ => c,
    }
}

fn ascii(u: u32) -> char {
    char::from_u32(u).unwrap_or(' ').to_ascii_lowercase()
}

fn latin(index: u32) -> char {
    (b'a' + (index % 26) as u8) as char
}

fn digit(value: u32) -> char {
    (b'0' + (value % 10) as u8) as char
}

/// A digit for any numeric character. Its value matters only for telling dates from phone numbers,
/// so a wrong one costs a date written in a rare script.
fn numeric(u: u32) -> char {
    match u {
        0x0660..=0x0669 => digit(u - 0x0660),
        0x06F0..=0x06F9 => digit(u - 0x06F0),
        0x0966..=0x096F => digit(u - 0x0966),
        0x2070..=0x2079 => digit(u - 0x2070),
        0x2080..=0x2089 => digit(u - 0x2080),
        0x2460..=0x2468 => digit(u - 0x2460 + 1),
        0xB9 => '1',
        0xB2 => '2',
        0xB3 => '3',
        _ => '9',
    }
}

/// Characters that take no room or sit on the one before.
fn is_invisible(u: u32) -> bool {
    matches!(u,
        0x80..=0x84 | 0x86..=0x9F
        | 0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF
        | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF
        // Combining marks; 20E3 is the keycap.
        | 0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x5BF | 0x5C1 | 0x5C2 | 0x5C4 | 0x5C5 | 0x5C7
        | 0x610..=0x61A | 0x64B..=0x65F | 0x670 | 0x6D6..=0x6DC | 0x6DF..=0x6E4 | 0x6E7 | 0x6E8
        | 0x6EA..=0x6ED | 0xE31 | 0xE34..=0xE3A | 0xE47..=0xE4E
        | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0x2DE0..=0x2DFF | 0xA66F..=0xA672
        | 0xA674..=0xA67D | 0xFE20..=0xFE2F)
}

/// U+00C0 to U+017F without their diacritics; `x` stands for the few that are no letter with one.
const LATIN: &str = concat!(
    "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty",
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLl",
    "NnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs"
);

/// Latin Extended Additional in its runs per letter.
fn vietnamese_and_kin(u: u32) -> char {
    match u {
        0x1E00..=0x1E01 | 0x1EA0..=0x1EB7 => 'a',
        0x1E02..=0x1E07 => 'b',
        0x1E08..=0x1E09 => 'c',
        0x1E0A..=0x1E13 => 'd',
        0x1E14..=0x1E1D | 0x1EB8..=0x1EC7 => 'e',
        0x1E1E..=0x1E1F => 'f',
        0x1E20..=0x1E21 => 'g',
        0x1E22..=0x1E2B | 0x1E96 => 'h',
        0x1E2C..=0x1E2F | 0x1EC8..=0x1ECB => 'i',
        0x1E30..=0x1E35 => 'k',
        0x1E36..=0x1E3D => 'l',
        0x1E3E..=0x1E43 => 'm',
        0x1E44..=0x1E4B => 'n',
        0x1E4C..=0x1E53 | 0x1ECC..=0x1EE3 => 'o',
        0x1E54..=0x1E57 => 'p',
        0x1E58..=0x1E5F => 'r',
        0x1E60..=0x1E69 | 0x1E9B..=0x1E9E => 's',
        0x1E6A..=0x1E71 | 0x1E97 => 't',
        0x1E72..=0x1E7B | 0x1EE4..=0x1EF1 => 'u',
        0x1E7C..=0x1E7F => 'v',
        0x1E80..=0x1E89 | 0x1E98 => 'w',
        0x1E8A..=0x1E8D => 'x',
        0x1E8E..=0x1E8F | 0x1E99 | 0x1EF2..=0x1EFF => 'y',
        _ => 'z',
    }
}

/// Small capitals, superscript letters and letters of the letter-like block.
fn small_capital(c: char) -> Option<char> {
    const FROM: &str =
        "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢɡɑıȷᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻℂℊℋℌℍℎℐℑℒℓℕℙℚℛℜℝℤℨℬℭℯℰℱℳℴℹⅅⅆⅇⅈⅉ";
    const TO: &str = "abcdefghijklmnopqrstuvwyzgaijabcdefghijklmnoprstuvwxyzcghhhhiillnpqrrrzzbceefmoiddeij";
    // Both blocks lie well apart from what is common in chats.
    if !matches!(c as u32, 0x237 | 0x250..=0x2FF | 0x1D00..=0x1DBF | 0x2071 | 0x207F | 0x2100..=0x214F | 0xA730..=0xA7FF)
    {
        return None;
    }
    FROM.chars().zip(TO.chars()).find(|&(from, _)| from == c).map(|(_, to)| to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        FoldedText::new(text).chars.iter().map(|f| f.c).collect()
    }

    #[test]
    fn writings_of_the_same_thing_fold_alike() {
        for text in [
            "t.me/durov",
            "T.ME/DUROV",
            "ｔ．ｍｅ／ｄｕｒｏｖ",
            "t\u{200b}.m\u{ad}e/du\u{301}rov",
            "𝐭.𝓶𝖾/𝕕𝘂𝑟𝚘𝔳",
            "ⓣ。ⓜⓔ⁄ⓓⓤⓡⓞⓥ",
            "ᴛ․ᴍᴇ∕ᴅᴜʀᴏᴠ",
            "🅃.🄼🄴/🅳🆄🆁🅾🆅",
            "ť.mé/đùřöv",
        ] {
            assert_eq!(folded(text), "t.me/durov", "{text}");
        }
    }

    #[test]
    fn every_digit_is_a_digit() {
        for text in ["０１２３", "٠١٢٣", "۰۱۲۳", "𝟎𝟙𝟐𝟑", "0️⃣1️⃣2️⃣3️⃣", "⁰¹²³", "₀₁₂₃"]
        {
            assert_eq!(folded(text), "0123", "{text}");
        }
        assert!(folded("❶➁⓷㊿೬🔟½Ⅳ").chars().all(|c| c.is_ascii_digit()));
    }

    #[test]
    fn tables_have_no_gaps() {
        assert_eq!(LATIN.len(), 0x180 - 0xC0);
        for (u, plain) in [(0xC9, 'e'), (0xFF, 'y'), (0x100, 'a'), (0x131, 'i'), (0x142, 'l'), (0x151, 'o')] {
            assert_eq!(fold(char::from_u32(u).unwrap()), Some(plain), "{u:x}");
        }
        for (u, plain) in
            [(0x161, 's'), (0x16F, 'u'), (0x17E, 'z'), (0x178, 'y'), (0x17F, 's'), (0x1EBF, 'e')]
        {
            assert_eq!(fold(char::from_u32(u).unwrap()), Some(plain), "{u:x}");
        }
    }

    #[test]
    fn cyrillic_stays() {
        assert_eq!(folded("Привет, Ёж!"), "привет, ёж!");
    }
}
