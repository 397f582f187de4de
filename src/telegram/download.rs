//! Reading a file that Telegram holds. The path that it is read from holds the token and never leaves this module.

use super::client::{Client, cause};
use super::launder::TRANSFER;
use nameless_actors::ports::SendError;
use serde::Deserialize;

/// What Telegram lets a bot read (<https://core.telegram.org/bots/api#getfile>).
const MAX_BYTES: usize = 20_000_000;

#[derive(Deserialize)]
struct File {
    file_path: Option<String>,
    file_size: Option<u64>,
}

impl Client {
    /// Reads a file; [`SendError::TooLarge`] beyond what Telegram lets a bot read. Nothing is sent to anybody by
    /// this; yet what breaks is told as `Ambiguous`, whose tries are bounded: one file that cannot be read must not
    /// hold up its chat for ever.
    pub(super) async fn download(&self, file_id: &str) -> Result<Vec<u8>, SendError> {
        let unread = |what: String| SendError::Ambiguous(format!("a file could not be read: {what}"));
        let body = serde_json::json!({ "file_id": file_id }).to_string().into_bytes();
        let answered = self.post_json("getFile", body).await.map_err(|e| match e {
            SendError::Refused(text) if text.contains("file is too big") => SendError::TooLarge,
            // It says that the file is gone, not the chat that it goes to.
            SendError::Gone => SendError::Refused("the file cannot be read".into()),
            SendError::Ambiguous(text) => unread(text),
            other => other,
        })?;
        let file = serde_json::from_str::<File>(&answered.result).ok();
        let file = file.ok_or_else(|| unread("an answer that is not the Bot API's".into()))?;
        if file.file_size.is_some_and(|size| size > MAX_BYTES as u64) {
            return Err(SendError::TooLarge);
        }
        let path = file.file_path.ok_or_else(|| SendError::Refused("the file has no path".into()))?;
        let request = self.http.get(self.file_url(&path)).timeout(TRANSFER);
        let mut response = request.send().await.map_err(|e| unread(cause(&e)))?;
        match response.status().as_u16() {
            200..=299 => {}
            status @ 500.. => return Err(unread(format!("HTTP {status}"))),
            status => return Err(SendError::Refused(format!("a file could not be read: HTTP {status}"))),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| unread(cause(&e)))? {
            if bytes.len() + chunk.len() > MAX_BYTES {
                return Err(SendError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}
