//! What stands in a chunk of a streamed completion, in any dialect.

use crate::port::{Finish, Usage, Why};
use nameless_domain::companion::money::Micros;
use serde::Deserialize;
use serde_json::Value;

/// Bytes of a name that is kept.
const NAME: usize = 64;

/// One chunk, read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Chunk {
    /// Words of the answer.
    pub words: Option<String>,
    /// Why the model stopped.
    pub finish: Option<Finish>,
    /// Tokens so far.
    pub usage: Option<Usage>,
    /// The cost so far.
    pub cost: Option<Micros>,
    /// Which model answers.
    pub model: Option<String>,
}

/// An error that stands where an answer should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inside {
    pub why: Why,
    /// The code, where it is a status.
    pub status: Option<u16>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Delta>,
    /// Where the server does not stream.
    #[serde(default)]
    message: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<String>,
}

/// Reasoning (`reasoning`, `reasoning_content`) is never read.
#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<Value>,
}

/// Reads a chunk, or a completion that came whole.
pub(crate) fn read(data: &str) -> Result<Chunk, Inside> {
    let malformed = Inside { why: Why::Malformed, status: None };
    // serde would read a list as the fields of a struct in their order.
    if !data.trim_start().starts_with('{') {
        return Err(malformed);
    }
    let raw: Raw = serde_json::from_str(data).map_err(|_| malformed)?;
    if let Some(error) = raw.error.as_ref().filter(|e| !e.is_null()) {
        return Err(inside(error));
    }
    let mut chunk = Chunk { model: raw.model.map(short), ..Chunk::default() };
    if let Some(usage) = raw.usage.as_ref().filter(|u| u.is_object()) {
        let count = |name: &str| usage[name].as_u64().map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        chunk.usage = count("prompt_tokens")
            .map(|prompt| Usage { prompt, answer: count("completion_tokens").unwrap_or_default() });
        chunk.cost = usage["cost"].as_f64().and_then(Micros::of_units);
    }
    let Some(choice) = raw.choices.and_then(|all| all.into_iter().next()) else { return Ok(chunk) };
    chunk.finish = match choice.finish_reason.as_deref() {
        None | Some("") => None,
        Some("error") => return Err(Inside { why: Why::Broken, status: None }),
        // DeepSeek's.
        Some("insufficient_system_resource") => return Err(Inside { why: Why::Busy, status: Some(503) }),
        Some("stop" | "eos" | "end_turn") => Some(Finish::Stop),
        Some("length" | "max_tokens") => Some(Finish::Length),
        Some("content_filter") => Some(Finish::Filter),
        Some(other) => Some(Finish::Other(short(other.to_owned()))),
    };
    let words = choice.delta.or(choice.message).and_then(|delta| delta.content);
    chunk.words = match words {
        Some(Value::String(words)) if !words.is_empty() => Some(words),
        // Parts of several kinds: the words among them.
        Some(Value::Array(parts)) => {
            let words: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            (!words.is_empty()).then_some(words)
        }
        _ => None,
    };
    Ok(chunk)
}

/// An error object: `{message, code}`, where the code is a number or a string, or a text.
fn inside(error: &Value) -> Inside {
    let code = |name: &str| match &error[name] {
        Value::Number(n) => n.as_u64().and_then(|n| u16::try_from(n).ok()),
        Value::String(s) => s.parse().ok(),
        _ => None,
    };
    let status = code("code").or_else(|| code("status")).filter(|s| (400..600).contains(s));
    if is_context(error) {
        return Inside { why: Why::ContextTooLong, status };
    }
    Inside { why: status.map_or(Why::Broken, |status| of_status(status, false)), status }
}

/// What a status and its body say.
pub(crate) fn of_error(status: u16, has_retry_after: bool, body: &[u8]) -> Why {
    let error = serde_json::from_slice::<Value>(body).map(|v| v["error"].clone()).unwrap_or_default();
    if matches!(status, 400 | 413 | 422) && is_context(&error) {
        return Why::ContextTooLong;
    }
    of_status(status, has_retry_after)
}

fn of_status(status: u16, has_retry_after: bool) -> Why {
    match status {
        // OpenRouter: a balance that is only bound by calls under way.
        402 if has_retry_after => Why::Busy,
        401..=403 => Why::Account,
        408 | 425 | 429 => Why::Busy,
        500.. => Why::Broken,
        _ => Why::Refused,
    }
}

fn is_context(error: &Value) -> bool {
    let known = ["exceed_context_size_error", "context_length_exceeded"];
    let is = |name: &str| error[name].as_str().is_some_and(|v| known.contains(&v));
    let words = error["message"].as_str().or(error.as_str()).unwrap_or_default().to_ascii_lowercase();
    is("type") || is("code") || words.contains("maximum context length")
}

fn short(mut name: String) -> String {
    let mut end = name.len().min(NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_all_dialects_are_read() {
        let words = |data: &str| read(data).unwrap().words;
        assert_eq!(words(r#"{"choices":[{"delta":{"role":"assistant"}}]}"#), None);
        assert_eq!(words(r#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#), None);
        assert_eq!(words(r#"{"choices":[{"delta":{"content":"a"}}]}"#).as_deref(), Some("a"));
        assert_eq!(
            words(r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#).as_deref(),
            Some("a")
        );
        assert_eq!(
            words(r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}]}"#).as_deref(),
            Some("a")
        );
        assert_eq!(words(r#"{"choices":[{"delta":{"reasoning":"a","reasoning_content":"b"}}]}"#), None);
        let last = read(
            r#"{"choices":[],"model":"m","usage":{"prompt_tokens":7,"completion_tokens":3,"cost":0.0000015}}"#,
        );
        let last = last.unwrap();
        assert_eq!(last.usage, Some(Usage { prompt: 7, answer: 3 }));
        assert_eq!((last.cost, last.model.as_deref()), (Some(Micros(2)), Some("m")));
        let finish = |reason: &str| {
            read(&format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":{reason}}}]}}"#)).unwrap().finish
        };
        assert_eq!(finish("null"), None);
        assert_eq!(finish("\"length\""), Some(Finish::Length));
        assert_eq!(finish("\"novel\""), Some(Finish::Other("novel".to_owned())));
    }

    #[test]
    fn errors_inside_an_answer_are_found() {
        for (data, why, status) in [
            (r#"{"error":{"message":"x","code":429}}"#, Why::Busy, Some(429)),
            (r#"{"error":{"message":"x","code":"502"}}"#, Why::Broken, Some(502)),
            (r#"{"error":{"message":"x","code":"server_error"}}"#, Why::Broken, None),
            (r#"{"error":"x"}"#, Why::Broken, None),
            (
                r#"{"error":{"code":400},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
                Why::Refused,
                Some(400),
            ),
            (r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#, Why::Broken, None),
            (
                r#"{"choices":[{"delta":{},"finish_reason":"insufficient_system_resource"}]}"#,
                Why::Busy,
                Some(503),
            ),
            (
                r#"{"error":{"type":"exceed_context_size_error","code":400,"n_ctx":4096}}"#,
                Why::ContextTooLong,
                Some(400),
            ),
            (r#"{"choices""#, Why::Malformed, None),
            ("[]", Why::Malformed, None),
        ] {
            assert_eq!(read(data), Err(Inside { why, status }), "{data}");
        }
    }

    #[test]
    fn statuses_are_told_apart() {
        for (status, after, why) in [
            (400, false, Why::Refused),
            (401, false, Why::Account),
            (402, false, Why::Account),
            (402, true, Why::Busy),
            (404, false, Why::Refused),
            (408, false, Why::Busy),
            (429, true, Why::Busy),
            (500, false, Why::Broken),
            (529, false, Why::Broken),
        ] {
            assert_eq!(of_error(status, after, b"no json"), why, "{status}");
        }
        let body = br#"{"error":{"message":"This model's maximum context length is 8192 tokens"}}"#;
        assert_eq!(of_error(400, false, body), Why::ContextTooLong);
    }
}
