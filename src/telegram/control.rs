//! The control plane: the few calls of the start.

use super::answer::{BAD_TOKEN, without_quotes};
use super::client::Client;
use nameless_actors::ports::SendError;
use serde::Deserialize;
use serde_json::{Value, json};

/// Why a call of the start failed. Holds neither URL nor token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Telegram said no.
    #[error("Telegram refused: {0}")]
    Refused(String),
    /// The token is not accepted.
    #[error("Telegram does not accept the token")]
    Unauthorized,
    /// No answer, or one that is not the Bot API's.
    #[error("Telegram cannot be reached")]
    Unreachable,
}

/// Who the bot is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BotInfo {
    /// Its user id.
    pub id: i64,
    /// Its name without the `@`.
    #[serde(default)]
    pub username: String,
}

/// The webhook as Telegram has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WebhookInfo {
    /// Where updates go; empty if no webhook is set.
    pub url: String,
    /// Updates that wait.
    pub pending_update_count: i64,
    /// When a delivery failed last, in seconds since the Unix epoch.
    pub last_error_date: Option<i64>,
    /// Why, in Telegram's words.
    pub last_error_message: Option<String>,
}

impl Client {
    /// Who the bot is; also tells whether the token is good.
    pub async fn get_me(&self) -> Result<BotInfo, ControlError> {
        let result = self.posted("getMe", &json!({})).await?;
        serde_json::from_str(&result).map_err(|_| ControlError::Unreachable)
    }

    /// Sets the webhook; Telegram sends `secret` (1-256 of `A-Za-z0-9_-`) with every update, over at most
    /// `connections` (1-100) connections at a time. `kinds` are the updates wanted: left out, an earlier setting
    /// would stay. What waits at Telegram is kept.
    pub async fn set_webhook(
        &self,
        url: &str,
        secret: &str,
        kinds: &[&str],
        connections: u8,
    ) -> Result<(), ControlError> {
        let body = json!({
            "url": url,
            "secret_token": secret,
            "allowed_updates": kinds,
            "max_connections": connections,
        });
        self.posted("setWebhook", &body).await.map(drop)
    }

    /// What Telegram knows of the webhook.
    pub async fn webhook_info(&self) -> Result<WebhookInfo, ControlError> {
        let result = self.posted("getWebhookInfo", &json!({})).await?;
        let mut info: WebhookInfo = serde_json::from_str(&result).map_err(|_| ControlError::Unreachable)?;
        info.last_error_message = info.last_error_message.map(|words| without_quotes(&words));
        Ok(info)
    }

    async fn posted(&self, method: &'static str, body: &Value) -> Result<Box<str>, ControlError> {
        match self.post_json(method, body.to_string().into_bytes()).await {
            Ok(answered) => Ok(answered.result),
            Err(SendError::Refused(text)) => Err(ControlError::Refused(text)),
            Err(SendError::RetryAfter(wait)) => Err(ControlError::Refused(format!("told to wait {wait:?}"))),
            Err(SendError::Unsent(text)) if text == BAD_TOKEN => Err(ControlError::Unauthorized),
            Err(_) => Err(ControlError::Unreachable),
        }
    }

    /// Sets what an empty chat with the bot shows (at most 512 characters), for one language or for all others.
    pub async fn set_my_description(&self, text: &str, language: Option<&str>) -> Result<(), ControlError> {
        self.posted("setMyDescription", &said("description", json!(text), language)).await.map(drop)
    }

    /// Sets what the bot's profile and shared links show (at most 120 characters), for one language or for all
    /// others.
    pub async fn set_my_short_description(
        &self,
        text: &str,
        language: Option<&str>,
    ) -> Result<(), ControlError> {
        self.posted("setMyShortDescription", &said("short_description", json!(text), language))
            .await
            .map(drop)
    }

    /// Takes a webhook back that was set before: while there is one, polling gets 409. What waits at Telegram is kept.
    pub async fn delete_webhook(&self) -> Result<(), ControlError> {
        self.posted("deleteWebhook", &json!({ "drop_pending_updates": false })).await.map(drop)
    }

    /// Sets the menu of commands, for one language or for all others.
    pub async fn set_my_commands(
        &self,
        commands: &[(&str, String)],
        language: Option<&str>,
    ) -> Result<(), ControlError> {
        let list: Vec<Value> = commands
            .iter()
            .map(|(name, description)| json!({ "command": name, "description": description }))
            .collect();
        self.posted("setMyCommands", &said("commands", json!(list), language)).await.map(drop)
    }
}

/// The body of a call that says one thing, in one language or in all others.
fn said(field: &str, value: Value, language: Option<&str>) -> Value {
    let mut body = json!({ field: value });
    if let Some(language) = language {
        body["language_code"] = language.into();
    }
    body
}
