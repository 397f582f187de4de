//! Finds what Telegram's server finds in plain texts: links, mentions, commands, phone numbers, ...
//!
//! A scanner over words, not a copy of Telegram's grammar: it errs where the two would rarely
//! differ.

use super::text::units;

/// Kind, offset and length; both in UTF-16 units.
pub(crate) type Found = (&'static str, usize, usize);

const TLDS: [&str; 44] = [
    "com", "net", "org", "ru", "io", "me", "info", "biz", "dev", "app", "xyz", "online", "site", "club",
    "shop", "store", "pro", "su", "рф", "ua", "by", "kz", "de", "uk", "us", "fr", "it", "es", "pl", "nl",
    "eu", "co", "tv", "cc", "ly", "gl", "link", "live", "top", "ai", "am", "ge", "tg", "edu",
];

/// Everything found in `text`, without overlaps.
pub(crate) fn scan(text: &str) -> Vec<Found> {
    let telling = |b: u8| matches!(b, b'@' | b'.' | b'/' | b'#' | b'+' | b'$' | b':') || b.is_ascii_digit();
    if !text.bytes().any(telling) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let (mut byte, mut unit) = (0, 0);
    for (start, word) in words(text) {
        unit += units(&text[byte..start]);
        byte = start;
        if let Some((kind, from, to)) = classify(word) {
            found.push((kind, unit + units(&word[..from]), units(&word[from..to])));
        }
    }
    phones(text, &mut found);
    found.sort_by_key(|f| f.1);
    found
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let stop = |c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '"' | '<' | '>' | '«' | '»' | '!' | '|')
    };
    text.split(stop).filter(|w| !w.is_empty()).map(move |w| (w.as_ptr() as usize - text.as_ptr() as usize, w))
}

/// What `word` is, and the byte range of it that counts.
fn classify(word: &str) -> Option<(&'static str, usize, usize)> {
    let end = word.trim_end_matches(['.', '?', ':', '\'', ']', '}']).len();
    let core = word.get(..end)?;
    let name_end = |from: usize| {
        core[from..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(core.len(), |n| from + n)
    };
    match core.chars().next()? {
        '/' => {
            let to = name_end(1);
            let to =
                if core[to..].starts_with('@') && name_end(to + 1) > to + 3 { name_end(to + 1) } else { to };
            (to > 1 && to <= 65 && !core[to..].starts_with('/')).then_some(("bot_command", 0, to))
        }
        '@' => {
            let to = name_end(1);
            (4..=33).contains(&to).then_some(("mention", 0, to))
        }
        '#' => {
            let to = core[1..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(core.len(), |n| n + 1);
            core[1..to].chars().any(|c| !c.is_numeric()).then_some(("hashtag", 0, to))
        }
        '$' => {
            let tag = &core[1..];
            let fits = (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_uppercase());
            fits.then_some(("cashtag", 0, core.len()))
        }
        _ if core.contains('@') && !core.contains('/') => {
            let (local, domain) = core.split_once('@')?;
            if !local.is_empty() && is_domain(domain) {
                return Some(("email", 0, core.len()));
            }
            // `text@name`: no mention, as in Telegram.
            None
        }
        _ => {
            let (scheme, rest) = core.split_once("://").map_or(("", core), |(s, r)| (s, r));
            let host_end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
            let known =
                matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "ftp" | "tg" | "ton");
            let url = match scheme {
                "" => is_domain(&rest[..host_end]),
                _ => known && !rest.is_empty(),
            };
            url.then_some(("url", 0, core.len()))
        }
    }
}

fn is_domain(host: &str) -> bool {
    let Some((left, tld)) = host.rsplit_once('.') else { return false };
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    left.split('.').all(label) && TLDS.contains(&tld.to_lowercase().as_str())
}

/// `+` and 7..=15 digits, or 10..=15 digits, with spaces, hyphens, dots and brackets between them.
fn phones(text: &str, found: &mut Vec<Found>) {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut at = 0;
    while let Some(&(start, first)) = chars.get(at) {
        let after_word = at > 0 && chars[at - 1].1.is_alphanumeric();
        if !(first == '+' || first.is_ascii_digit()) || after_word {
            at += 1;
            continue;
        }
        let (mut digits, mut end, mut next) = (0usize, start, at);
        while let Some(&(byte, c)) = chars.get(next) {
            if c.is_ascii_digit() {
                digits += 1;
                end = byte + 1;
            } else if !(matches!(c, ' ' | '-' | '(' | ')' | '\u{a0}') || (c == '+' && next == at)) {
                break;
            }
            next += 1;
        }
        let followed = text[end..].chars().next().is_some_and(char::is_alphanumeric);
        let least = if first == '+' { 7 } else { 10 };
        if (least..=15).contains(&digits) && !followed {
            let (offset, length) = (units(&text[..start]), units(&text[start..end]));
            if found.iter().all(|f| offset >= f.1 + f.2 || offset + length <= f.1) {
                found.push(("phone_number", offset, length));
            }
        }
        at = next.max(at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (&'static str, String) {
        let found = scan(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        let wide: Vec<u16> = text.encode_utf16().collect();
        let (kind, offset, length) = found[0];
        (kind, String::from_utf16(&wide[offset..offset + length]).unwrap())
    }

    #[test]
    fn finds_what_telegram_finds() {
        for (text, kind, part) in [
            ("/start", "bot_command", "/start"),
            ("/start@sim_bot x", "bot_command", "/start@sim_bot"),
            ("😀 write to @some_body!", "mention", "@some_body"),
            ("look at https://x.test/a?b=c.", "url", "https://x.test/a?b=c"),
            ("мой сайт пример.рф, вот", "url", "пример.рф"),
            ("t.me/somebody", "url", "t.me/somebody"),
            ("(me@mail.com)", "email", "me@mail.com"),
            ("call +7 916 123-45-67 now", "phone_number", "+7 916 123-45-67"),
            ("89161234567", "phone_number", "89161234567"),
            ("a #tag_1 b", "hashtag", "#tag_1"),
            ("buy $TON", "cashtag", "$TON"),
        ] {
            assert_eq!(one(text), (kind, part.to_owned()), "{text}");
        }
    }

    #[test]
    fn leaves_ordinary_texts_alone() {
        for text in [
            "",
            "hello",
            "well...",
            "1.5 litres",
            "a/b",
            "@",
            "#123",
            "at 10:30",
            "e.g. this",
            "123456",
            "/",
            "x+y",
        ] {
            assert_eq!(scan(text), [], "{text}");
        }
    }

    #[test]
    fn survives_any_text() {
        for text in ["@😀", "/😀/", "#", "$", "://", "@@", "a@", "😀.ru", "+", "++1", "+1)", "\u{0}/\u{0}"]
        {
            scan(text);
        }
    }
}
