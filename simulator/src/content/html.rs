//! `parse_mode=HTML`.

use serde_json::{Map, Value};

use super::text::units;

struct Open {
    tag: String,
    /// The entity without its length, or `None` for a tag that adds nothing (`<code>` inside
    /// `<pre>`).
    entity: Option<Map<String, Value>>,
    offset: usize,
}

/// The plain text and its entities; the error is the tail of Telegram's "can't parse entities:
/// ...".
pub(crate) fn parse(html: &str) -> Result<(String, Vec<Value>), String> {
    let mut text = String::with_capacity(html.len());
    let mut unit = 0;
    let mut open: Vec<Open> = Vec::new();
    let mut entities: Vec<Value> = Vec::new();
    let mut at = 0;
    while let Some(c) = html[at..].chars().next() {
        match c {
            '<' => {
                let close =
                    html[at..].find('>').ok_or_else(|| format!("Unclosed start tag at byte offset {at}"))?;
                let inner = &html[at + 1..at + close];
                if let Some(name) = inner.strip_prefix('/') {
                    end_tag(name.trim(), at, unit, &mut open, &mut entities)?;
                } else {
                    let started = start_tag(inner, at, unit, &open)?;
                    open.push(started);
                }
                at += close + 1;
            }
            '&' => {
                let (decoded, length) = reference(&html[at..]).unwrap_or(('&', 1));
                text.push(decoded);
                unit += decoded.len_utf16();
                at += length;
            }
            c => {
                text.push(c);
                unit += c.len_utf16();
                at += c.len_utf8();
            }
        }
    }
    if let Some(open) = open.last() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", open.tag));
    }
    debug_assert_eq!(unit, units(&text));
    Ok((text, entities))
}

fn start_tag(inner: &str, at: usize, offset: usize, open: &[Open]) -> Result<Open, String> {
    let (name, rest) = inner.split_once(|c: char| c.is_whitespace()).unwrap_or((inner, ""));
    let tag = name.to_ascii_lowercase();
    let mut entity = Map::new();
    let mut kind = |kind: &str| {
        entity.insert("type".into(), kind.into());
    };
    match tag.as_str() {
        "b" | "strong" => kind("bold"),
        "i" | "em" => kind("italic"),
        "u" | "ins" => kind("underline"),
        "s" | "strike" | "del" => kind("strikethrough"),
        "tg-spoiler" => kind("spoiler"),
        "span" if rest.contains("tg-spoiler") => kind("spoiler"),
        "blockquote" if rest.contains("expandable") => kind("expandable_blockquote"),
        "blockquote" => kind("blockquote"),
        "pre" => kind("pre"),
        "code" if open.last().is_some_and(|o| o.tag == "pre") => {}
        "code" => kind("code"),
        "a" => {
            kind("text_link");
            let url = attribute(rest, "href").unwrap_or_default();
            entity.insert("url".into(), url.into());
        }
        "tg-emoji" => {
            kind("custom_emoji");
            let id = attribute(rest, "emoji-id").unwrap_or_default();
            entity.insert("custom_emoji_id".into(), id.into());
        }
        _ => return Err(format!("Unsupported start tag \"{tag}\" at byte offset {at}")),
    }
    let entity = (!entity.is_empty()).then_some(entity);
    Ok(Open { tag, entity, offset })
}

fn end_tag(
    name: &str,
    at: usize,
    unit: usize,
    open: &mut Vec<Open>,
    entities: &mut Vec<Value>,
) -> Result<(), String> {
    let name = name.to_ascii_lowercase();
    let Some(started) = open.pop() else {
        return Err(format!("Unexpected end tag at byte offset {at}"));
    };
    if started.tag != name {
        return Err(format!(
            "Unmatched end tag at byte offset {at}, expected \"</{}>\", found \"</{name}>\"",
            started.tag
        ));
    }
    if let Some(mut entity) = started.entity.filter(|_| unit > started.offset) {
        entity.insert("offset".into(), started.offset.into());
        entity.insert("length".into(), (unit - started.offset).into());
        entities.push(Value::Object(entity));
    }
    Ok(())
}

fn attribute(rest: &str, name: &str) -> Option<String> {
    let after = rest.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next()?;
    let raw = match quote {
        '"' | '\'' => after[1..].split(quote).next()?,
        _ => after.split_whitespace().next()?,
    };
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(c) = raw[at..].chars().next() {
        let (c, length) = if c == '&' { reference(&raw[at..]).unwrap_or((c, 1)) } else { (c, c.len_utf8()) };
        out.push(c);
        at += length;
    }
    Some(out)
}

/// A character reference at the start of `text`, and its length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_become_entities_in_utf16_units() {
        let (text, entities) =
            parse("😀<b>bold <i>both</i></b> &lt;&#33; <a href=\"http://x/?a=1&amp;b\">l</a>").unwrap();
        assert_eq!(text, "😀bold both <! l");
        assert_eq!(
            entities,
            [
                json!({"type": "italic", "offset": 7, "length": 4}),
                json!({"type": "bold", "offset": 2, "length": 9}),
                json!({"type": "text_link", "offset": 15, "length": 1, "url": "http://x/?a=1&b"}),
            ]
        );
    }

    #[test]
    fn bad_markup_is_refused_in_telegrams_words() {
        assert_eq!(parse("<x>").unwrap_err(), "Unsupported start tag \"x\" at byte offset 0");
        assert!(parse("<b>x").unwrap_err().starts_with("Can't find end tag"));
        assert!(parse("x</b>").unwrap_err().starts_with("Unexpected end tag"));
        assert!(parse("<b>x</i>").unwrap_err().starts_with("Unmatched end tag"));
        assert!(parse("<b").is_err());
    }

    #[test]
    fn survives_any_text() {
        for html in [
            "&",
            "&;",
            "&#;",
            "&#x110000;",
            "<>",
            "< >",
            "</>",
            "<a href>x</a>",
            "<a href=>x</a>",
            "&é;",
            "&ééééééé;",
        ] {
            let _ = parse(html);
        }
    }
}
