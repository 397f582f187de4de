//! What people wrote, as text that shows what it is made of.

use serde_json::Value;

/// Characters of one text at most.
const MOST: usize = 4_000;

/// Words of anybody: marks that turn text around and characters without a form are shown by their
/// number. `lines` keeps its lines.
pub(super) fn shown(words: &str, lines: bool) -> String {
    let mut text = String::with_capacity(words.len());
    for c in words.chars().take(MOST) {
        match c {
            '\n' if lines => text.push('\n'),
            '\n' | '\r' => text.push('↵'),
            '\t' => text.push(' '),
            c if is_hidden(c) => text.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

/// Controls, marks of direction, and spaces of no width.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The words of a message, and what else it is: its kind, if it is no text.
pub(super) fn of_message(payload: &Value) -> String {
    fn find(value: &Value) -> Option<&str> {
        match value {
            Value::Object(fields) => match fields.get("text") {
                Some(Value::String(text)) => Some(text),
                _ => fields.values().find_map(find),
            },
            Value::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    let text = find(payload).filter(|text| !text.is_empty()).map(str::to_owned);
    shown(&text.unwrap_or_else(|| payload.to_string()), true)
}

/// What was filled into a form, if anything was. Browsers end lines in their own way.
pub(super) fn given(text: &str) -> Option<String> {
    Some(text.replace("\r\n", "\n").trim().to_owned()).filter(|text| !text.is_empty())
}

/// A number with its thousands apart.
pub(super) fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if n < 0 { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_is_hidden_in_words() {
        assert_eq!(shown("a\u{202e}b\u{1b}[31m\nc", false), "a⟨U+202E⟩b⟨U+001B⟩[31m↵c");
        assert_eq!(shown("a\nb\u{2066}\u{feff}", true), "a\nb⟨U+2066⟩⟨U+FEFF⟩");
        assert_eq!(shown("привет <b>", false), "привет <b>", "mark-up is the template's to escape");
        assert_eq!(of_message(&json!({"body": {"text": "hi"}})), "hi");
        assert_eq!(of_message(&json!({"sticker": 1})), r#"{"sticker":1}"#);
        assert_eq!(
            (number(1_234_567), number(-12), number(999)),
            ("1\u{202f}234\u{202f}567".into(), "−12".into(), "999".into())
        );
    }
}
