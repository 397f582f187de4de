//! What somebody is called in Telegram at this moment. Nothing of it is kept.

use super::client::Client;
use nameless_actors::ports::SendError;
use nameless_domain::ids::UserId;
use serde::Deserialize;

/// Characters of a username, at most (<https://core.telegram.org/method/account.checkUsername>).
const MOST: usize = 32;

#[derive(Deserialize)]
struct Chat {
    username: Option<String>,
}

impl Client {
    /// The username of somebody who has written to the bot; none if they have none.
    pub(crate) async fn username(&self, user: UserId) -> Result<Option<String>, SendError> {
        let body = serde_json::json!({ "chat_id": user.0 }).to_string().into_bytes();
        let answered = self.post_json("getChat", body).await?;
        let chat: Chat = serde_json::from_str(&answered.result)
            .map_err(|_| SendError::Passing("an answer that is not the Bot API's".into()))?;
        let is_one = |name: &String| {
            name.len() <= MOST && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        Ok(chat.username.filter(is_one))
    }
}
