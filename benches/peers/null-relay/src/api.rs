//! The few fields of the Bot API that a relay of texts needs.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Seconds that one `getUpdates` waits.
pub const POLL_SECONDS: u32 = 25;
/// How long any request may take beyond that.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// What `getUpdates` gives.
#[derive(Deserialize)]
pub struct Updates<'a> {
    /// Absent where the call was refused.
    #[serde(borrow, default)]
    pub result: Vec<Update<'a>>,
}

/// One of them.
#[derive(Deserialize)]
pub struct Update<'a> {
    /// The next poll's offset is one more.
    pub update_id: i64,
    /// Anything else is not asked for.
    #[serde(borrow)]
    pub message: Option<Message<'a>>,
}

/// A message of a person.
#[derive(Deserialize)]
pub struct Message<'a> {
    /// Where it was written.
    pub chat: Chat,
    /// The JSON text as it came, with its quotes and escapes.
    #[serde(borrow)]
    pub text: Option<&'a RawValue>,
}

/// A private chat.
#[derive(Deserialize)]
pub struct Chat {
    /// Also its person's id.
    pub id: i64,
}

/// Body of the next poll.
pub fn poll_body(offset: i64) -> String {
    format!(
        "{{\"offset\":{offset},\"limit\":100,\"timeout\":{POLL_SECONDS},\"allowed_updates\":[\"message\"]}}"
    )
}

/// Appends the body of `sendMessage`. `text` is a JSON text with its quotes.
pub fn push_send_body(body: &mut Vec<u8>, chat: i64, text: &str) {
    use std::io::Write;
    // Writing to memory does not fail.
    let _ = write!(body, "{{\"chat_id\":{chat},\"text\":");
    body.extend_from_slice(text.as_bytes());
    body.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_passes_as_it_came() {
        let updates: Updates<'_> = serde_json::from_str(
            r#"{"ok":true,"result":[{"update_id":7,"message":{"message_id":1,"chat":{"id":5,"type":"private"},
                "text":"a \"quote\" \ud83d\ude00"}},{"update_id":8,"message":{"chat":{"id":5},"photo":[]}}]}"#,
        )
        .unwrap();
        let message = updates.result[0].message.as_ref().unwrap();
        let mut body = Vec::new();
        push_send_body(&mut body, 9, message.text.unwrap().get());
        assert_eq!(body, br#"{"chat_id":9,"text":"a \"quote\" \ud83d\ude00"}"#);
        assert!(updates.result[1].message.as_ref().unwrap().text.is_none());
    }
}
