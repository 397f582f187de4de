//! Takes out of a sentence what could be somebody's, whatever it was meant to be.

/// Characters of a value that leave.
const MOST: usize = 300;
/// A word with so many digits is a number of somebody: phone, id, payment.
const DIGITS: usize = 7;
/// So many letters and digits in a row are a key, a token, a hash.
const RUN: usize = 20;

/// The sentence without addresses, long numbers, keys, what stands in quotation marks, and signs
/// that a terminal or a reader would obey. Its own words stay.
pub(super) fn scrub(text: &str) -> String {
    let plain: String = text.chars().take(4 * MOST).map(|c| if is_plain(c) { c } else { ' ' }).collect();
    let plain = unquoted(&plain);
    let words: Vec<&str> = plain.split_whitespace().map(word).collect();
    words.join(" ").chars().take(MOST).collect()
}

/// Not a control sign, nor one that turns the direction of writing.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is quoted was said by somebody, or given by somebody: of it the marks stay.
fn unquoted(text: &str) -> String {
    let (mut out, mut until, mut before) = (String::with_capacity(text.len()), None, ' ');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match until {
            // What comes after it is no end: `"a \" b"`.
            Some(_) if c == '\\' => {
                rest.next();
            }
            // Nor is the apostrophe of a word: `'I don't know'`.
            Some('\'') if c == '\'' && rest.peek().is_some_and(|next| next.is_alphanumeric()) => {}
            Some(end) if c == end => {
                out.push(c);
                until = None;
            }
            Some(_) => {}
            None => {
                until = match c {
                    '"' | '`' => Some(c),
                    // Not the apostrophe of a word.
                    '\'' if !before.is_alphanumeric() => Some(c),
                    '“' => Some('”'),
                    '«' => Some('»'),
                    _ => None,
                };
                out.push(c);
            }
        }
        before = c;
    }
    out
}

fn word(word: &str) -> &str {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let mut runs = word.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '%')));
    let has_key = |run: &str| run.chars().count() >= RUN && run.chars().any(|c| c.is_ascii_digit());
    if word.contains("://") || word.contains("www.") {
        "[address]"
    } else if word.contains('@') {
        "[name]"
    } else if runs.any(has_key) {
        "[key]"
    } else if digits >= DIGITS || word.chars().filter(|c| c.is_numeric() && !c.is_ascii()).count() >= DIGITS {
        "[number]"
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_somebodys_goes_and_the_sentence_stays() {
        for (text, scrubbed) in [
            ("a session panicked; it is loaded anew", "a session panicked; it is loaded anew"),
            (
                "the store isn't there, at src/store/pg/conn.rs:270:5",
                "the store isn't there, at src/store/pg/conn.rs:270:5",
            ),
            ("call +79161234567 now", "call [number] now"),
            // Made up; in two parts, so that nobody takes it for a real one.
            (concat!("at 123456789", ":AAmade-up_token_of_a_test_0123456789"), "at [key]"),
            ("GET https://api.telegram.org/file/bot1:x/photos/1.jpg failed", "GET [address] failed"),
            ("mail anna@example.org", "mail [name]"),
            ("red \u{1b}[31m\nERROR forged \u{202e}line", "red [31m ERROR forged line"),
            (
                "query_id=AAHdF6IQAAAAAN0XohDhrOrc&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2",
                "[key]",
            ),
            ("paid by stxAbCdEfGhIjKlMnOpQrStUv1234", "paid by [key]"),
            ("it said 'I don't know him' twice", "it said '' twice"),
            ("it said \"a \\\" b\" twice, and 'c \\' d' once", "it said \"\" twice, and '' once"),
        ] {
            assert_eq!(scrub(text), scrubbed, "{text}");
        }
        for text in [
            "it said \"how are you\" to me",
            "key 'how are you'",
            "“how are you” is",
            "`how are you",
            "«how are you»",
            "Error(\"invalid type: string \\\"how are you\\\", expected i64\", line: 1)",
            "'I don't know how are you'",
            "'it isn't, how are you",
        ] {
            let scrubbed = scrub(text);
            assert!(!scrubbed.contains("how") && !scrubbed.contains("you"), "{text}: {scrubbed}");
        }
        assert!(scrub(&"long ".repeat(1_000)).chars().count() <= MOST);
    }
}
