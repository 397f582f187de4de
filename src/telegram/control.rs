//! The control plane: the few calls of the start, through teloxide-core, which knows them all.

use super::client::Client;
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
            RequestError::Api(ApiError::Unknown(text)) => {
                ControlError::Refused(text.chars().take(200).collect())
            }
            RequestError::Api(api) => ControlError::Refused(api.to_string()),
            RequestError::RetryAfter(wait) => ControlError::Refused(format!("told to wait {wait:?}")),
            _ => ControlError::Unreachable,
        }
    }
}

impl Client {
    fn bot(&self) -> Result<Bot, ControlError> {
        let url = reqwest::Url::parse(&self.config.api_url).map_err(|_| ControlError::Unreachable)?;
        Ok(Bot::with_client(self.config.token.expose(), self.http.clone()).set_api_url(url))
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
