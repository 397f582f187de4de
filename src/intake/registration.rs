//! Keeps the webhook set at Telegram, and says what Telegram has to say about it.

use super::IntakeEnded;
use super::accept::KINDS;
use crate::config::{self, ExposeSecret};
use crate::telegram::{Client, ControlError, WebhookInfo};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Deliveries at a time that Telegram may make; its maximum, as one costs little here and all that wait for the disk
/// share one fsync.
const CONNECTIONS: u8 = 100;
/// Waits between attempts to set it.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));
/// How often Telegram is asked how it fares.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The webhook of one token.
pub struct Registration {
    /// Telegram.
    pub client: Arc<Client>,
    /// What to set.
    pub setting: config::Webhook,
    /// How often Telegram is asked how it fares; [`LOOK_EVERY`].
    pub look_every: Duration,
}

impl Registration {
    /// Sets the webhook, tries again while Telegram is away, and looks after it until `stop` turns true.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Result<(), IntakeEnded> {
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        tokio::select! {
            ended = self.look_after() => ended,
            () = stopped => Ok(()),
        }
    }

    async fn look_after(&self) -> Result<(), IntakeEnded> {
        let mut told = None;
        loop {
            self.set().await?;
            tracing::info!(url = self.setting.url, "the webhook is set");
            loop {
                tokio::time::sleep(self.look_every).await;
                match self.client.webhook_info().await {
                    Ok(info) if info.url != self.setting.url => {
                        // Removed, or another program uses this token: the last one to speak wins.
                        tracing::error!("the webhook is no longer set to WEBHOOK_URL; it is set again");
                        break;
                    }
                    Ok(info) => tell(&info, &mut told),
                    Err(cause) => tracing::warn!(%cause, "Telegram does not say how the webhook fares"),
                }
            }
        }
    }

    async fn set(&self) -> Result<(), IntakeEnded> {
        let config::Webhook { url, secret } = &self.setting;
        let mut wait = BACKOFF.0;
        loop {
            match self.client.set_webhook(url, secret.expose_secret(), &KINDS, CONNECTIONS).await {
                Ok(()) => return Ok(()),
                Err(ControlError::Unauthorized) => return Err(IntakeEnded::Unauthorized),
                Err(cause) => tracing::error!(%cause, retry_in = ?wait, "the webhook could not be set"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(BACKOFF.1);
        }
    }
}

/// Logs a failed delivery that was not logged before; `told` is the date of the last one.
fn tell(info: &WebhookInfo, told: &mut Option<i64>) {
    if info.last_error_date.is_some() && info.last_error_date != *told {
        *told = info.last_error_date;
        tracing::warn!(
            telegram_says = info.last_error_message.as_deref().unwrap_or_default(),
            pending = info.pending_update_count,
            "Telegram could not deliver to the webhook"
        );
    }
}
