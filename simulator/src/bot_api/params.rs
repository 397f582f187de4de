//! The parameters of a call, wherever they came from: query, JSON, urlencoded or multipart body.

use std::borrow::Cow;

use actix_web::web::{Bytes, Query};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::multipart::{self, Part};

/// Named values; nested ones may be JSON texts, as Telegram allows.
#[derive(Debug, Default)]
pub(crate) struct Params {
    values: Map<String, Value>,
    uploads: Vec<Part>,
}

impl Params {
    pub(crate) fn of_object(values: Map<String, Value>) -> Self {
        Self { values, uploads: Vec::new() }
    }

    pub(crate) fn parse(query: &str, content_type: &str, body: Bytes) -> Result<Self, ApiError> {
        let mut params = Self::default();
        params.form(query);
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            _ if body.is_empty() => {}
            "application/json" => {
                let object: Map<String, Value> = serde_json::from_slice(&body)
                    .map_err(|_| ApiError::bad("can't parse JSON object in the request body"))?;
                params.values.extend(object);
            }
            "application/x-www-form-urlencoded" => {
                let text = std::str::from_utf8(&body)
                    .map_err(|_| ApiError::bad("strings must be encoded in UTF-8"))?;
                params.form(text);
            }
            "multipart/form-data" => {
                let broken = || ApiError::bad("can't parse multipart body");
                let boundary = multipart::boundary(content_type).ok_or_else(broken)?;
                for part in multipart::parse(&body, boundary).ok_or_else(broken)? {
                    if part.file_name.is_some() {
                        params.uploads.push(part);
                        continue;
                    }
                    let text = std::str::from_utf8(&part.bytes)
                        .map_err(|_| ApiError::bad("strings must be encoded in UTF-8"))?;
                    params.values.insert(part.name, text.into());
                }
            }
            _ => {}
        }
        Ok(params)
    }

    fn form(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Ok(pairs) = Query::<Vec<(String, String)>>::from_query(text) {
            self.values.extend(pairs.into_inner().into_iter().map(|(k, v)| (k, Value::String(v))));
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|v| !v.is_null())
    }

    /// A text; numbers and booleans are taken as they are written.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.get(name)? {
            Value::String(text) => Some(text.as_str().into()),
            Value::Number(number) => Some(number.to_string().into()),
            Value::Bool(flag) => Some(flag.to_string().into()),
            _ => None,
        }
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            Some(Value::String(text)) => matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes"),
            _ => false,
        }
    }

    /// A number as JSON, for attributes such as `duration`.
    pub(crate) fn number(&self, name: &str) -> Option<Value> {
        match self.get(name)? {
            number @ Value::Number(_) => Some(number.clone()),
            Value::String(text) => {
                text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from)).ok()
            }
            _ => None,
        }
    }

    /// A nested value: itself, or parsed from a JSON text.
    pub(crate) fn json(&self, name: &str) -> Result<Option<Cow<'_, Value>>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(value) => Ok(Some(Cow::Owned(value))),
                Err(_) => {
                    Err(ApiError::bad(format_args!("can't parse {} JSON object", name.replace('_', " "))))
                }
            },
            Some(value) => Ok(Some(Cow::Borrowed(value))),
        }
    }

    /// A nested array; empty where it is absent.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<Value>, ApiError> {
        match self.json(name)?.map(Cow::into_owned) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(ApiError::bad(format_args!("expected an Array for {name}"))),
        }
    }

    pub(crate) fn upload(&self, name: &str) -> Option<&Part> {
        self.uploads.iter().find(|u| u.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_same_from_every_body() {
        let bodies = [
            ("application/json", r#"{"chat_id":5,"flag":true,"list":[1]}"#),
            ("application/x-www-form-urlencoded", "chat_id=5&flag=True&list=%5B1%5D"),
            (
                "multipart/form-data; boundary=B",
                "--B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n5\r\n--B\r\n\
                 Content-Disposition: form-data; name=\"flag\"\r\n\r\n1\r\n--B\r\n\
                 Content-Disposition: form-data; name=\"list\"\r\n\r\n[1]\r\n--B--\r\n",
            ),
        ];
        for (kind, body) in bodies {
            let params = Params::parse("", kind, Bytes::from_static(body.as_bytes())).unwrap();
            assert_eq!(params.int("chat_id"), Some(5), "{kind}");
            assert!(params.flag("flag"), "{kind}");
            assert_eq!(params.list("list").unwrap(), [Value::from(1)], "{kind}");
        }
        let params = Params::parse("chat_id=5", "", Bytes::new()).unwrap();
        assert_eq!(params.int("chat_id"), Some(5));
    }

    #[test]
    fn broken_bodies_are_refused() {
        for (kind, body) in
            [("application/json", "{"), ("application/json", "[]"), ("multipart/form-data", "x")]
        {
            assert_eq!(Params::parse("", kind, Bytes::from_static(body.as_bytes())).unwrap_err().code, 400);
        }
    }
}
