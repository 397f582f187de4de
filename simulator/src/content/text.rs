//! A text with its formatting, checked and completed as Telegram does.

use serde_json::{Map, Value};

use super::entities;

/// Length in UTF-16 units, Telegram's measure.
pub(crate) fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// Trims the text, moves the given entities accordingly, drops those that lie outside, and adds
/// what the server finds by itself. Entities come back sorted.
pub(crate) fn format(text: &str, given: &[Value]) -> (String, Vec<Value>) {
    let kept = text.trim_end();
    let trimmed = kept.trim_start();
    let cut = units(&kept[..kept.len() - trimmed.len()]) as i64;
    let length = units(trimmed) as i64;

    let mut out: Vec<Value> = given.iter().filter_map(|entity| place(entity, cut, length)).collect();
    for (kind, offset, size) in entities::scan(trimmed) {
        let free = out.iter().all(|e| {
            let (from, len) = span(e);
            offset as i64 >= from + len || (offset + size) as i64 <= from || !excludes_links(e)
        });
        if free {
            let mut entity = Map::new();
            entity.insert("type".into(), kind.into());
            entity.insert("offset".into(), offset.into());
            entity.insert("length".into(), size.into());
            out.push(Value::Object(entity));
        }
    }
    out.sort_by_key(|e| {
        let (from, len) = span(e);
        (from, -len)
    });
    (trimmed.to_owned(), out)
}

/// Inside these nothing is found; inside bold and the like it is.
fn excludes_links(entity: &Value) -> bool {
    let kind = entity.get("type").and_then(Value::as_str).unwrap_or_default();
    !matches!(
        kind,
        "bold"
            | "italic"
            | "underline"
            | "strikethrough"
            | "spoiler"
            | "blockquote"
            | "expandable_blockquote"
    )
}

fn span(entity: &Value) -> (i64, i64) {
    let get = |key: &str| entity.get(key).and_then(Value::as_i64).unwrap_or(0);
    (get("offset"), get("length"))
}

fn place(entity: &Value, cut: i64, length: i64) -> Option<Value> {
    entity.get("type")?.as_str()?;
    let (from, size) = (entity.get("offset")?.as_i64()?, entity.get("length")?.as_i64()?);
    let end = from.checked_add(size)?.checked_sub(cut)?.min(length);
    let start = from.checked_sub(cut)?;
    if from < 0 || size <= 0 || end <= start.max(0) {
        return None;
    }
    let start = start.max(0);
    let mut placed = entity.as_object()?.clone();
    placed.insert("offset".into(), start.into());
    placed.insert("length".into(), (end - start).into());
    Some(Value::Object(placed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn trimming_moves_entities() {
        let given = [json!({"type": "bold", "offset": 2, "length": 4})];
        let (text, entities) = format("  bold \n", &given);
        assert_eq!(text, "bold");
        assert_eq!(entities, [json!({"type": "bold", "offset": 0, "length": 4})]);
    }

    #[test]
    fn entities_outside_the_text_are_dropped_or_cut() {
        let given = [
            json!({"type": "bold", "offset": 9, "length": 4}),
            json!({"type": "italic", "offset": 1, "length": 400}),
            json!({"type": "italic", "offset": i64::MAX, "length": i64::MAX}),
            json!({"type": "italic", "offset": -1, "length": 2}),
            json!("nonsense"),
        ];
        let (_, entities) = format("abc", &given);
        assert_eq!(entities, [json!({"type": "italic", "offset": 1, "length": 2})]);
    }

    #[test]
    fn units_are_utf16() {
        assert_eq!(units("a😀я"), 4);
    }

    #[test]
    fn nothing_is_found_inside_code() {
        let given = [json!({"type": "code", "offset": 0, "length": 8})];
        assert_eq!(format("site.com", &given).1.len(), 1);
        let given = [json!({"type": "bold", "offset": 0, "length": 8})];
        assert_eq!(format("site.com", &given).1.len(), 2);
    }
}
