//! Bodies of requests, as their descriptions say.

use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

/// Reads a body. To JSON Schema, by which bodies are described, `499.0` is an integer as well as
/// `499` (<https://json-schema.org/understanding-json-schema/reference/numeric#integer>), and some
/// clients write it so; to serde it is none.
///
/// # Errors
/// It is not what is expected.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(body).or_else(|error| {
        let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return Err(error) };
        match make_whole(&mut value) {
            true => serde_json::from_value(value),
            false => Err(error),
        }
    })
}

/// Whole numbers become integers; whether there were any that were not.
fn make_whole(value: &mut Value) -> bool {
    /// From here on not every integer has a number of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < EXACT);
            whole.is_some_and(|whole| {
                *number = Number::from(whole as i64);
                true
            })
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| make_whole(item) | any),
        Value::Object(fields) => fields.values_mut().fold(false, |any, field| make_whole(field) | any),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        at: i64,
        days: Option<u8>,
        #[serde(default)]
        all: Vec<u32>,
    }

    #[test]
    fn a_whole_number_is_an_integer_however_it_is_written() {
        let body = |at, days| Body { at, days, all: Vec::new() };
        assert_eq!(read::<Body>(br#"{"at": 499.0, "days": 88}"#).unwrap(), body(499, Some(88)));
        assert_eq!(read::<Body>(br#"{"at": -1e3, "days": null}"#).unwrap(), body(-1_000, None));
        let all = read::<Body>(br#"{"at": 1, "all": [1, 2.0, 0.0]}"#).unwrap();
        assert_eq!(all, Body { all: vec![1, 2, 0], ..body(1, None) });
    }

    #[test]
    fn what_is_no_integer_stays_none() {
        for odd in [
            r#"{"at": 499.5}"#,
            r#"{"at": 1e300}"#,
            r#"{"at": 1.0, "days": 256.0}"#,
            r#"{"at": 1.0, "days": -1.0}"#,
            r#"{"at": "1.0"}"#,
            r#"{"at": 1.0, "more": 1}"#,
            r#"{"days": 1.0}"#,
            "{",
        ] {
            assert!(read::<Body>(odd.as_bytes()).is_err(), "{odd}");
        }
        let said = read::<Body>(br#"{"days": 1.0}"#).unwrap_err().to_string();
        assert!(said.starts_with("missing field `at`"), "{said}");
    }
}
