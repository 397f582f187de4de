//! The control plane: the few calls of the start, through teloxide-core, which knows them all.

use super::answer::without_quotes;
use super::client::Client;
use nameless_actors::ports::SendError;
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
    /// No answer, or one that is not the Bot API's.
    #[error("Telegram cannot be reached")]
    Unreachable,
}

impl From<RequestError> for ControlError {
    fn from(error: RequestError) -> ControlError {
        match error {
            RequestError::Api(ApiError::Unknown(text)) => ControlError::Refused(without_quotes(&text)),
            RequestError::Api(api) => ControlError::Refused(api.to_string()),
            RequestError::RetryAfter(wait) => ControlError::Refused(format!("told to wait {wait:?}")),
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

    /// Sets the webhook; Telegram sends `secret` (1-256 of `A-Za-z0-9_-`) with every update. `kinds` are the
    /// updates wanted: left out, an earlier setting would stay.
    pub async fn set_webhook(&self, url: &str, secret: &str, kinds: &[&str]) -> Result<(), ControlError> {
        let body = serde_json::json!({ "url": url, "secret_token": secret, "allowed_updates": kinds });
        // By itself, as teloxide-core does not name every kind of update.
        let posted = self.post_json("setWebhook", body.to_string().into_bytes()).await;
        posted.map(drop).map_err(|e| match e {
            SendError::Refused(text) => ControlError::Refused(text),
            SendError::RetryAfter(wait) => ControlError::Refused(format!("told to wait {wait:?}")),
            _ => ControlError::Unreachable,
        })
    }

    /// Sets what an empty chat with the bot shows (at most 512 characters), for one language or for all others.
    pub async fn set_my_description(&self, text: &str, language: Option<&str>) -> Result<(), ControlError> {
        let mut request = self.bot()?.set_my_description();
        request.description = Some(text.to_owned());
        request.language_code = language.map(str::to_owned);
        patiently(request.send()).await.map(drop)
    }

    /// Sets what the bot's profile and shared links show (at most 120 characters), for one language or for all
    /// others.
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

    /// Takes a webhook back that was set before: while there is one, polling gets 409.
    pub async fn delete_webhook(&self) -> Result<(), ControlError> {
        patiently(self.bot()?.delete_webhook().send()).await.map(drop)
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
