//! The id of an update, read and written without the rest of it.

use super::Str;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The id of an update of which nothing else can be read; none if not even that can be.
///
/// Reads no further than the id, which Telegram puts first, so it finds it in damaged JSON as well.
pub fn update_id(raw: &str) -> Option<i64> {
    if let Some(id) = number_behind(raw.as_bytes(), r#"{"update_id":"#) {
        return Some(id);
    }
    let mut found = None;
    // The error is only that reading stopped early.
    let _ = UpdateIdSeed(&mut found).deserialize(&mut serde_json::Deserializer::from_str(raw));
    found
}

/// The number behind `start`, for JSON that begins as Telegram writes it: nothing is built for it,
/// not even the error that a parser makes when it is left early. None for any other JSON, whatever
/// it means.
pub fn number_behind(json: &[u8], start: &str) -> Option<i64> {
    let rest = json.strip_prefix(start.as_bytes())?;
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    // More may not fit; a leading zero is none of JSON's.
    let fits = (1..=18).contains(&digits) && (digits == 1 || rest[0] != b'0');
    let ends = matches!(rest[digits], b',' | b'}');
    (fits && ends).then(|| rest[..digits].iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0')))
}

/// An update's JSON with another id, which stands first; none for what is no JSON object.
pub fn renumbered(raw: &str, update_id: i64) -> Option<String> {
    let fields: Fields<'_> = serde_json::from_str(raw).ok()?;
    let mut json = format!("{{\"update_id\":{update_id}");
    for (key, value) in fields.0 {
        if key.0 != "update_id" {
            json.push(',');
            json.push_str(&serde_json::to_string(&*key.0).ok()?);
            json.push(':');
            json.push_str(value.get());
        }
    }
    json.push('}');
    Some(json)
}

/// The fields of an object, as they stand there.
struct Fields<'a>(Vec<(Str<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Fields<'de>, D::Error> {
        json.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an update")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry::<Str<'de>, &'de RawValue>()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

struct UpdateIdSeed<'f>(&'f mut Option<i64>);

impl<'de> DeserializeSeed<'de> for UpdateIdSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for UpdateIdSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an update")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Str(key)) = map.next_key::<Str<'de>>()? {
            if key == "update_id" {
                *self.0 = map.next_value()?;
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
