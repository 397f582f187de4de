//! Places on the map, made coarse before anything keeps them.
//!
//! Whoever sends a place says to the metre where they are. An update is journalled as it came, goes
//! from node to node, and may end as a dead letter, so the numbers are changed in its JSON, before
//! all that: what is left is the middle of the cell that the place lies in. Of a venue name and
//! address go, which say the same.

use nameless_domain::capabilities::dating::place::Cell;
use std::borrow::Cow;
use std::fmt::Write as _;

const LATITUDE: &str = "\"latitude\"";
const LONGITUDE: &str = "\"longitude\"";
const VENUE: &str = "\"venue\"";
/// What names a venue (<https://core.telegram.org/bots/api#venue>).
const NAMES: [&str; 4] = ["\"title\"", "\"address\"", "\"foursquare_id\"", "\"google_place_id\""];

/// The same JSON without an exact place; nearly every update has none, and is not copied.
///
/// It need not be sound: what cannot be read is left as it is, but for positions before that.
pub(super) fn coarse(raw: &str) -> Cow<'_, str> {
    if !(raw.contains(LATITUDE) || raw.contains(LONGITUDE)) {
        return Cow::Borrowed(raw);
    }
    let has_venue = raw.contains(VENUE);
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, string, behind)) = next_string(rest) {
        out.push_str(before);
        out.push_str(string);
        rest = behind;
        let is_position = string == LATITUDE || string == LONGITUDE;
        if !(is_position || has_venue && NAMES.contains(&string)) {
            continue;
        }
        let Some(value) = value_behind(rest) else { continue };
        let (between, value) = rest.split_at(rest.len() - value.len());
        out.push_str(between);
        rest = value;
        if let Some(("", _, behind)) = next_string(value) {
            out.push_str("\"\"");
            rest = behind;
        } else if is_position {
            let end = value.find(|c| !is_of_number(c)).unwrap_or(value.len());
            match value[..end].parse::<f64>().ok().and_then(|degrees| middle(string == LATITUDE, degrees)) {
                // Writing into memory does not fail.
                Some(degrees) => _ = write!(out, "{degrees:.2}"),
                None if end > 0 => out.push_str("null"),
                None => {}
            }
            rest = &value[end..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The middle of the row or column of cells in which this is, degrees.
fn middle(is_latitude: bool, degrees: f64) -> Option<f64> {
    Some(match is_latitude {
        true => Cell::of(degrees, 0.0)?.centre().0,
        false => Cell::of(0.0, degrees)?.centre().1,
    })
}

/// What is before the next string of a JSON text, the string with its quotes, and what is behind
/// it.
fn next_string(json: &str) -> Option<(&str, &str, &str)> {
    let start = json.find('"')?;
    let mut at = start + 1;
    loop {
        match *json.as_bytes().get(at)? {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    // Both ends are next to a quote, hence between two characters.
    Some((&json[..start], json.get(start..=at)?, json.get(at + 1..)?))
}

/// The value behind a key, if this is what is behind one.
fn value_behind(json: &str) -> Option<&str> {
    json.trim_start().strip_prefix(':').map(str::trim_start)
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn coarsened(json: &Value) -> Value {
        serde_json::from_str(&coarse(&json.to_string())).expect("it is still JSON")
    }

    #[test]
    fn of_a_place_the_middle_of_its_cell_is_left() {
        let exact = json!({"latitude": 55.751244, "longitude": 37.618423, "horizontal_accuracy": 5.0});
        let venue = json!({"location": exact, "title": "Café", "address": "Street 1", "foursquare_id": "a",
            "google_place_id": "b", "google_place_type": "bar"});
        let message = json!({"message_id": 1, "location": exact, "venue": venue, "text": "x"});
        let after = coarsened(&json!({"update_id": 7, "message": message}));
        let middle = json!({"latitude": 55.75, "longitude": 37.65, "horizontal_accuracy": 5.0});
        let venue = json!({"location": middle, "title": "", "address": "", "foursquare_id": "",
            "google_place_id": "", "google_place_type": "bar"});
        let expected = json!({"message_id": 1, "location": middle, "venue": venue, "text": "x"});
        assert_eq!(after, json!({"update_id": 7, "message": expected}));
        assert_eq!(coarsened(&after), after, "what is coarse stays");
    }

    #[test]
    fn all_that_is_no_place_stays_byte_for_byte() {
        for same in [
            r#"{"text":"hi"}"#,
            r#"{"text":"my \"latitude\": 55.751244"}"#,
            r#"{"text":"latitude","x":["latitude",55.751244]}"#,
            r#"{ "title" : "A" , "latitude" : null }"#,
            r#"{"latitude":{"a":[1.234]},"longitude":true}"#,
            r#"{"latitude":55.75,"longitude":-0.05}"#,
        ] {
            assert_eq!(coarse(same), same);
        }
        // Without a venue a title is somebody's words.
        let named = r#"{"title":"A","location":{"latitude":1.0,"longitude":2.0}}"#;
        assert_eq!(coarse(named), r#"{"title":"A","location":{"latitude":1.05,"longitude":2.05}}"#);
    }

    #[test]
    fn what_is_broken_tells_no_more() {
        for (raw, left) in [
            (r#"{"latitude" :  -33.868820,"x":"\ud83d"}"#, r#"{"latitude" :  -33.85,"x":"\ud83d"}"#),
            (r#"{"latitude":"55.751244","longitude":"37.618423"}"#, r#"{"latitude":"","longitude":""}"#),
            (r#"{"latitude":91.234,"longitude":1e400}"#, r#"{"latitude":null,"longitude":null}"#),
            (r#"{"latitude":1.2.3}"#, r#"{"latitude":null}"#),
            (r#"{"longitude":37.618423"#, r#"{"longitude":37.65"#),
            (r#"{"longitude":37.618423,"text":"cut sho"#, r#"{"longitude":37.65,"text":"cut sho"#),
            (r#"{"latitude":"55.75"#, r#"{"latitude":"55.75"#),
            (r#"{"latitude":"#, r#"{"latitude":"#),
            (r#"{"latitude""#, r#"{"latitude""#),
            (r#"{"latitude":1.0,"a\"#, r#"{"latitude":1.05,"a\"#),
            ("{\"latitude\":1.0,\"\\é\":\"é\"}", "{\"latitude\":1.05,\"\\é\":\"é\"}"),
        ] {
            assert_eq!(coarse(raw), left, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn a_place_is_read_as_the_same_cell(lat in -90.0..=90.0f64, lon in -180.0..=180.0f64) {
            let after = coarsened(&json!({"latitude": lat, "longitude": lon}));
            let number = |key: &str| after[key].as_f64().expect("a number");
            let (y, x) = (number("latitude"), number("longitude"));
            let cell = Cell::of(lat, lon).expect("a cell");
            let middle = cell.centre();
            prop_assert_eq!(Cell::of(y, x), Some(cell));
            prop_assert!((y - middle.0).abs() < 1e-9 && (x - middle.1).abs() < 1e-9, "{} {}", y, x);
        }

        #[test]
        fn nothing_makes_it_fall(raw in "(\"latitude\":|\"venue\"|\"title\"|[\\\\\"é:1.e, ]){0,12}") {
            let _ = coarse(&raw);
        }
    }
}
