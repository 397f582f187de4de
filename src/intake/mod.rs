//! Intake: how updates come in, by polling or by webhook.

pub mod accept;
pub mod polling;
pub mod registration;
pub mod replay;
pub mod trouble;
pub mod webhook;

use crate::config;
use crate::telegram::Client;
use accept::Intake;
use nameless_actors::Engine;
use nameless_actors::ports::Texts;
use polling::Poller;
use registration::{LOOK_EVERY, Registration};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trouble::Condition;
use webhook::{Delivery, Webhook};

/// Why intake ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeEnded {
    /// The token is not accepted.
    #[error("Telegram does not accept the token; check BOT_TOKEN (ask @BotFather for a new one if in doubt)")]
    Unauthorized,
}

/// Where updates come from, as configured.
pub enum Source {
    /// They are asked for.
    Polling(Poller),
    /// They are sent to us.
    Webhook {
        /// Keeps the webhook set at Telegram.
        registration: Registration,
        /// Takes what comes, see [`Source::webhook`].
        webhook: Arc<Webhook>,
        /// Hands it to the engine.
        delivery: Delivery,
    },
}

impl Source {
    /// The source that `settings` ask for. Must be called on an actix system, after what a former
    /// life left has been handed to the engine: a webhook that is set already delivers as soon as
    /// the HTTP server listens.
    pub fn of(
        settings: &config::Telegram,
        client: Arc<Client>,
        engine: Arc<Engine>,
        texts: Arc<dyn Texts>,
    ) -> Source {
        let intake = Arc::new(Intake { engine, texts });
        match &settings.webhook {
            None => {
                let condition = Condition::default();
                Source::Polling(Poller { client, intake, timeout: settings.poll_timeout, condition })
            }
            Some(setting) => {
                let (webhook, delivery) = Webhook::open(intake, &setting.secret);
                let registration = Registration {
                    client,
                    setting: setting.clone(),
                    look_every: LOOK_EVERY,
                    condition: Condition::default(),
                };
                Source::Webhook { registration, webhook, delivery }
            }
        }
    }

    /// What the HTTP server hands updates to, if it does.
    pub fn webhook(&self) -> Option<Arc<Webhook>> {
        match self {
            Source::Polling(_) => None,
            Source::Webhook { webhook, .. } => Some(webhook.clone()),
        }
    }

    /// What keeps updates from coming in, as far as it is known.
    pub fn condition(&self) -> Condition {
        match self {
            Source::Polling(poller) => poller.condition.clone(),
            Source::Webhook { registration, .. } => registration.condition.clone(),
        }
    }

    /// Keeps updates coming until `stop` turns true or the token is refused.
    pub async fn run(&self, stop: watch::Receiver<bool>) -> Result<(), IntakeEnded> {
        match self {
            Source::Polling(poller) => poller.run(stop).await,
            Source::Webhook { registration, .. } => registration.run(stop).await,
        }
    }

    /// From now on nothing is taken. Waits, at most `within`, until what was taken is with the
    /// engine; the rest is in the journal for the next start. The webhook stays set: Telegram keeps
    /// updates until somebody takes them.
    pub async fn close(self, within: Duration) {
        if let Source::Webhook { webhook, delivery, .. } = self {
            webhook.close();
            delivery.finish(within).await;
        }
    }
}
