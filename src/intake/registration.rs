//! Keeps the webhook set at Telegram, and says what Telegram has to say about it.

use super::IntakeEnded;
use super::accept::kinds;
use super::trouble::{Condition, Grace, Trouble};
use crate::clock::SystemClock;
use crate::config::{self, ExposeSecret};
use crate::telegram::{Client, ControlError, WebhookInfo};
use nameless_actors::ports::Clock;
use nameless_domain::time::Millis;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Deliveries at a time that Telegram may make; its maximum, as one costs little here and all that
/// wait for the disk share one fsync.
const CONNECTIONS: u8 = 100;
/// Waits between attempts to set it.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));
/// How often Telegram is asked how it fares.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);
/// A delivery that failed longer ago says nothing of now: Telegram tries every minute or so.
const RECENT: Duration = Duration::from_secs(600);

/// The webhook of one token.
pub struct Registration {
    /// Telegram.
    pub client: Arc<Client>,
    /// What to set.
    pub setting: config::Webhook,
    /// How often Telegram is asked how it fares; [`LOOK_EVERY`].
    pub look_every: Duration,
    /// What is wrong.
    pub condition: Condition,
    /// There are other bots beside this one.
    pub others: bool,
}

impl Registration {
    /// Sets the webhook, tries again while Telegram is away, and looks after it until `stop` turns
    /// true.
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
        let (mut told, mut grace) = (None, Grace::default());
        loop {
            self.set(&mut grace).await?;
            tracing::info!(url = self.setting.url, "the webhook is set");
            let mut pause = self.look_every;
            loop {
                tokio::time::sleep(pause).await;
                pause = self.look_every;
                match self.client.webhook_info().await {
                    Ok(info) => {
                        grace.good();
                        self.condition.set(Trouble::None);
                        if info.url != self.setting.url {
                            // Removed, or another program uses this token: the last one to speak
                            // wins.
                            tracing::error!("the webhook is no longer set to WEBHOOK_URL; it is set again");
                            break;
                        }
                        self.condition.set_certificate_refused(is_certificate(&info, SystemClock.now()));
                        tell(&info, &mut told);
                    }
                    Err(cause) => pause = pause.max(self.failed(&cause, BACKOFF.0, &mut grace)?),
                }
            }
        }
    }

    async fn set(&self, grace: &mut Grace) -> Result<(), IntakeEnded> {
        let config::Webhook { url, secret } = &self.setting;
        let mut wait = BACKOFF.0;
        loop {
            match self.client.set_webhook(url, secret.expose_secret(), &kinds(), CONNECTIONS).await {
                Ok(()) => {
                    grace.good();
                    self.condition.set(Trouble::None);
                    return Ok(());
                }
                Err(cause) => tokio::time::sleep(self.failed(&cause, wait, grace)?).await,
            }
            wait = (wait * 2).min(BACKOFF.1);
        }
    }

    /// Says what went wrong; how long to wait, at least `wait`.
    fn failed(
        &self,
        cause: &ControlError,
        wait: Duration,
        grace: &mut Grace,
    ) -> Result<Duration, IntakeEnded> {
        let (trouble, wait) = match cause {
            ControlError::Unauthorized if grace.bears(Instant::now(), self.others) => {
                (Trouble::TokenRefused, wait)
            }
            ControlError::Unauthorized => return Err(IntakeEnded::Unauthorized),
            ControlError::RetryAfter(told) => (Trouble::ToldToWait, wait.max(*told)),
            ControlError::Refused(_) | ControlError::Unreachable => (Trouble::Away, wait),
        };
        self.condition.set(trouble);
        tracing::error!(%cause, retry_in = ?wait, "Telegram was not to be told, or asked, about the webhook");
        Ok(wait)
    }
}

/// Whether Telegram lately did not deliver because of the certificate: it words that as an “SSL
/// error” or says “certificate”.
fn is_certificate(info: &WebhookInfo, now: Millis) -> bool {
    let is_recent = info.last_error_date.is_some_and(|at| now.0 / 1_000 - at < RECENT.as_secs() as i64);
    let words = info.last_error_message.as_deref().unwrap_or_default().to_ascii_lowercase();
    is_recent && (words.contains("certificate") || words.contains("ssl error"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_telegram_says_of_a_certificate_is_known_as_long_as_it_is_new() {
        let said = |words: &str, date| {
            let info = serde_json::json!({ "url": "", "has_custom_certificate": false, "pending_update_count": 0,
                "last_error_date": date, "last_error_message": words });
            serde_json::from_value::<WebhookInfo>(info).expect("an answer")
        };
        let now = Millis(1_700_000_000_000);
        let ssl = "SSL error {error:0A000086:SSL routines::certificate verify failed}";
        assert!(is_certificate(&said(ssl, 1_699_999_900), now));
        assert!(!is_certificate(&said(ssl, 1_699_990_000), now), "long ago");
        assert!(!is_certificate(&said("Connection refused", 1_699_999_900), now));
    }
}
