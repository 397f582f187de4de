//! Reading a file that Telegram holds. The path that it is read from holds the token and never
//! leaves this module.

use super::client::{Client, cause};
use super::handle;
use nameless_actors::ports::SendError;
use serde::Deserialize;
use std::time::Duration;

/// What Telegram lets a bot read (<https://core.telegram.org/bots/api#getfile>).
const MAX_BYTES: usize = 20_000_000;

/// How long the question where a file is may take.
const FIND: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct File {
    file_path: Option<String>,
    file_size: Option<u64>,
}

impl Client {
    /// Reads a file; [`SendError::TooLarge`] beyond what Telegram lets a bot read. Nothing is sent
    /// to anybody by this: what breaks is told as `Passing`, whose tries are bounded, as one file
    /// that cannot be read must not hold up its chat for ever. `within` is for the bytes; the
    /// question where they are has a time of its own.
    pub(super) async fn download(&self, file_id: &str, within: Duration) -> Result<Vec<u8>, SendError> {
        self.read_file(file_id, within, MAX_BYTES).await
    }

    /// The same of at most so many bytes.
    pub(crate) async fn read_file(
        &self,
        file_id: &str,
        within: Duration,
        most: usize,
    ) -> Result<Vec<u8>, SendError> {
        let unread = |what: String| SendError::Passing(format!("a file could not be read: {what}"));
        // Only whose it is may read it.
        let (bot, file_id) = handle::read(file_id);
        let bot = self.at(bot).ok_or_else(|| SendError::Refused("a file of a bot that is not run".into()))?;
        let body = serde_json::json!({ "file_id": file_id }).to_string().into_bytes();
        let answered = bot.post_json_within("getFile", body, bot.config.call_timeout.min(FIND)).await;
        let answered = answered.map_err(|e| match e {
            // It says that the file is gone, not the chat that it goes to.
            SendError::Gone => SendError::Refused("the file cannot be read".into()),
            SendError::Ambiguous(text) => unread(text),
            other => other,
        })?;
        let file = serde_json::from_str::<File>(&answered.result).ok();
        let file = file.ok_or_else(|| unread("an answer that is not the Bot API's".into()))?;
        if file.file_size.is_some_and(|size| size > most as u64) {
            return Err(SendError::TooLarge);
        }
        // Telegram leaves it out while the file is not at hand.
        let path = file.file_path.ok_or_else(|| unread("it has no path".into()))?;
        let request = bot.http.get(bot.file_url(&path)).timeout(within);
        let mut response = request.send().await.map_err(|e| unread(cause(&e)))?;
        match response.status().as_u16() {
            200..=299 => {}
            // A path is good for an hour; the next try asks for another one.
            status @ (404 | 410 | 429 | 500..) => return Err(unread(format!("HTTP {status}"))),
            401 => return Err(SendError::Unsent(super::answer::BAD_TOKEN.into())),
            status => return Err(SendError::Refused(format!("a file could not be read: HTTP {status}"))),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| unread(cause(&e)))? {
            if bytes.len() + chunk.len() > most {
                return Err(SendError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}
