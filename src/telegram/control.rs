//! The control plane: the few calls of the start, through teloxide-core, which knows them all.

use super::answer::{BAD_TOKEN, without_quotes};
use super::client::Client;
use super::told;
use nameless_actors::ports::SendError;
use nameless_domain::ids::ChatId;
use serde::Deserialize;
use std::time::Duration;
use teloxide_core::Bot;
use teloxide_core::requests::{Request, Requester};
use teloxide_core::types::BotCommand;
use teloxide_core::{ApiError, RequestError};

/// teloxide-core waits 10 s on every 5xx before it says so; this bound is beyond that.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a call of the start failed. Holds neither URL nor token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Telegram said no.
    #[error("Telegram refused: {0}")]
    Refused(String),
    /// 429: asked again no sooner than this.
    #[error("told to wait {0:?}")]
    RetryAfter(Duration),
    /// The token is not accepted.
    #[error("Telegram does not accept the token")]
    Unauthorized,
    /// No answer, or one that is not the Bot API's.
    #[error("Telegram cannot be reached")]
    Unreachable,
}

impl From<RequestError> for ControlError {
    fn from(error: RequestError) -> ControlError {
        match error {
            RequestError::Api(ApiError::Unknown(text)) => ControlError::Refused(without_quotes(&text)),
            RequestError::Api(api) => ControlError::Refused(api.to_string()),
            RequestError::RetryAfter(wait) => {
                ControlError::RetryAfter(told::wait(Some(u64::from(wait.seconds())), told::ALL))
            }
            _ => ControlError::Unreachable,
        }
    }
}

/// Who the bot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotInfo {
    /// Its user id.
    pub id: i64,
    /// Its name without the `@`.
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
    fn bot(&self) -> Result<Bot, ControlError> {
        let url = reqwest::Url::parse(&self.config.api_url).map_err(|_| ControlError::Unreachable)?;
        Ok(Bot::with_client(self.config.token.expose(), self.http.clone()).set_api_url(url))
    }

    /// Who the bot is; also tells whether the token is good.
    pub async fn get_me(&self) -> Result<BotInfo, ControlError> {
        let me = patiently(self.bot()?.get_me().send()).await?;
        let id = i64::try_from(me.user.id.0).map_err(|_| ControlError::Unreachable)?;
        Ok(BotInfo { id, username: me.user.username.unwrap_or_default() })
    }

    /// Sets the webhook; Telegram sends `secret` (1-256 of `A-Za-z0-9_-`) with every update, over
    /// at most `connections` (1-100) connections at a time. `kinds` are the updates wanted: left
    /// out, an earlier setting would stay. What waits at Telegram is kept.
    pub async fn set_webhook(
        &self,
        url: &str,
        secret: &str,
        kinds: &[&str],
        connections: u8,
    ) -> Result<(), ControlError> {
        let body = serde_json::json!({
            "url": url,
            "secret_token": secret,
            "allowed_updates": kinds,
            "max_connections": connections,
        });
        // By itself, as teloxide-core does not name every kind of update.
        self.posted("setWebhook", &body).await.map(drop)
    }

    /// What Telegram knows of the webhook.
    pub async fn webhook_info(&self) -> Result<WebhookInfo, ControlError> {
        let result = self.posted("getWebhookInfo", &serde_json::json!({})).await?;
        let mut info: WebhookInfo = serde_json::from_str(&result).map_err(|_| ControlError::Unreachable)?;
        info.last_error_message = info.last_error_message.map(|words| without_quotes(&words));
        Ok(info)
    }

    async fn posted(&self, method: &'static str, body: &serde_json::Value) -> Result<Box<str>, ControlError> {
        match self.post_json(method, body.to_string().into_bytes()).await {
            Ok(answered) => Ok(answered.result),
            Err(SendError::Refused(text)) => Err(ControlError::Refused(text)),
            Err(SendError::RetryAfter(wait)) => {
                Err(ControlError::RetryAfter(told::wait(Some(wait.as_secs()), told::ALL)))
            }
            Err(SendError::Unsent(text)) if text == BAD_TOKEN => Err(ControlError::Unauthorized),
            Err(_) => Err(ControlError::Unreachable),
        }
    }

    /// Any call of the Bot API, for what is no message: the raw result.
    pub async fn method(
        &self,
        name: &'static str,
        parameters: &serde_json::Value,
        within: Duration,
    ) -> Result<Box<str>, SendError> {
        let made = self.post_json_within(name, parameters.to_string().into_bytes(), within).await;
        let chat = parameters.get("chat_id").and_then(serde_json::Value::as_i64);
        if let (Err(SendError::Moved(to)), Some(chat)) = (&made, chat) {
            let (from, to) = (ChatId::of(self.place(), chat), ChatId::of(self.place(), *to));
            self.moves.note(from, to);
            let mut there = parameters.clone();
            there["chat_id"] = self.moves.now(from).telegrams().into();
            return Ok(self.post_json_within(name, there.to_string().into_bytes(), within).await?.result);
        }
        Ok(made?.result)
    }

    /// Sets what an empty chat with the bot shows (at most 512 characters), for one language or for
    /// all others.
    pub async fn set_my_description(&self, text: &str, language: Option<&str>) -> Result<(), ControlError> {
        let mut request = self.bot()?.set_my_description();
        request.description = Some(text.to_owned());
        request.language_code = language.map(str::to_owned);
        patiently(request.send()).await.map(drop)
    }

    /// Sets what the bot's profile and shared links show (at most 120 characters), for one language
    /// or for all others.
    pub async fn set_my_short_description(
        &self,
        text: &str,
        language: Option<&str>,
    ) -> Result<(), ControlError> {
        let mut request = self.bot()?.set_my_short_description();
        request.short_description = Some(text.to_owned());
        request.language_code = language.map(str::to_owned);
        patiently(request.send()).await.map(drop)
    }

    /// Takes a webhook back that was set before: while there is one, polling gets 409. What waits
    /// at Telegram is kept.
    pub async fn delete_webhook(&self) -> Result<(), ControlError> {
        // By itself, as teloxide-core takes 10 s to say that a server answered 5xx, and intake
        // waits for it.
        self.posted("deleteWebhook", &serde_json::json!({ "drop_pending_updates": false })).await.map(drop)
    }

    /// Sets the menu of commands, for one language or for all others.
    pub async fn set_my_commands(
        &self,
        commands: &[(&str, String)],
        language: Option<&str>,
    ) -> Result<(), ControlError> {
        let list: Vec<BotCommand> =
            commands.iter().map(|(name, description)| BotCommand::new(*name, description)).collect();
        let mut request = self.bot()?.set_my_commands(list);
        request.language_code = language.map(str::to_owned);
        patiently(request.send()).await.map(drop)
    }
}

async fn patiently<T>(call: impl Future<Output = Result<T, RequestError>>) -> Result<T, ControlError> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(result) => result.map_err(ControlError::from),
        Err(_) => Err(ControlError::Unreachable),
    }
}
