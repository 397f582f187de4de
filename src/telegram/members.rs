//! Whether somebody has joined a channel. Telegram tells that to the channel's administrators.

use super::client::Client;
use nameless_actors::ports::SendError;
use nameless_domain::ids::UserId;
use serde::Deserialize;
use std::time::Duration;

/// Of <https://core.telegram.org/bots/api#chatmember>, what is looked at.
#[derive(Deserialize)]
struct Member {
    status: String,
    /// Of somebody who is restricted.
    #[serde(default)]
    is_member: bool,
}

impl Client {
    /// Whether somebody is in a channel (its @name, or its id), within so long.
    pub(crate) async fn is_member(
        &self,
        channel: &str,
        user: UserId,
        within: Duration,
    ) -> Result<bool, SendError> {
        let body = serde_json::json!({ "chat_id": channel, "user_id": user.0 }).to_string().into_bytes();
        let answered = self.post_json_within("getChatMember", body, within).await?;
        let member: Member = serde_json::from_str(&answered.result)
            .map_err(|_| SendError::Passing("an answer that is not the Bot API's".into()))?;
        Ok(match member.status.as_str() {
            "creator" | "administrator" | "member" => true,
            "restricted" => member.is_member,
            _ => false,
        })
    }
}
