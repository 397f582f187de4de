//! Intake: how updates come in, by polling or by webhook.

pub mod accept;
pub mod polling;
pub mod registration;
pub mod replay;
pub mod trouble;
pub mod webhook;

use crate::config::{self, ExposeSecret, SecretString};
use crate::telegram::Client;
use accept::Intake;
use futures_util::future::try_join_all;
use nameless_actors::Engine;
use nameless_actors::ports::Texts;
use polling::Poller;
use registration::{LOOK_EVERY, Registration};
use ring::hmac;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tracing::Instrument as _;
use trouble::Condition;
use webhook::{Delivery, Webhook};

/// Why intake ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeEnded {
    /// The token is not accepted.
    #[error(
        "Telegram does not accept the token; check BOT_TOKEN and BOT_TOKENS (ask @BotFather for a new one if in doubt)"
    )]
    Unauthorized,
}

/// One of the operator's bots.
pub struct Bot {
    /// What logs call it.
    pub label: String,
    /// Its side of Telegram.
    pub client: Arc<Client>,
}

/// What Telegram sends along for one of several bots: of the operator's secret, and for this bot
/// only.
fn secret_of(secret: &SecretString, bot: i64) -> SecretString {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let made = hmac::sign(&key, format!("webhook of bot {bot}").as_bytes());
    made.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// Where updates come from, as configured: by one way for all bots.
pub enum Source {
    /// They are asked for, by a poller for each bot.
    Polling(Vec<Named<Poller>>),
    /// They are sent to us.
    Webhook {
        /// Keeps the webhook of each bot set at Telegram.
        registrations: Vec<Named<Registration>>,
        /// Takes what comes, see [`Source::webhook`].
        webhook: Arc<Webhook>,
        /// Hands it to the engine.
        delivery: Delivery,
    },
}

/// Something of one bot's, and what logs call that, if there are several.
pub struct Named<T>(Option<String>, T);

impl<T> Named<T> {
    /// Takes updates under the bot's name, which is told where that ends by itself.
    async fn under(&self, intake: impl Future<Output = Result<(), IntakeEnded>>) -> Result<(), IntakeEnded> {
        let Some(label) = &self.0 else { return intake.await };
        let ended = intake.instrument(tracing::info_span!("bot", bot = label)).await;
        if ended.is_err() {
            tracing::error!(bot = label, "Telegram does not accept the token of this bot");
        }
        ended
    }
}

impl Source {
    /// The source that `settings` ask for. Must be called on an actix system, after what a former
    /// life left has been handed to the engine: a webhook that is set already delivers as soon as
    /// the HTTP server listens.
    pub fn of(
        settings: &config::Telegram,
        bots: &[Bot],
        engine: Arc<Engine>,
        texts: Arc<dyn Texts>,
    ) -> Source {
        let intake = Arc::new(Intake::new(engine, texts));
        let others = bots.len() > 1;
        let name = |bot: &Bot| others.then(|| bot.label.clone());
        match &settings.webhook {
            None => {
                let poller = |bot: &Bot| Poller {
                    client: bot.client.clone(),
                    intake: intake.clone(),
                    timeout: settings.poll_timeout,
                    condition: Condition::default(),
                    others,
                };
                Source::Polling(bots.iter().map(|bot| Named(name(bot), poller(bot))).collect())
            }
            Some(setting) => {
                // The main bot's is the operator's own; of it the others' are made.
                let secret = |n: usize, bot: &Bot| match n {
                    0 => setting.secret.clone(),
                    _ => secret_of(&setting.secret, bot.client.bot_id()),
                };
                let secrets: Vec<_> = bots.iter().enumerate().map(|(n, bot)| secret(n, bot)).collect();
                let places = bots.iter().map(|bot| bot.client.place());
                let known: Vec<_> = secrets.iter().cloned().zip(places).collect();
                let (webhook, delivery) = Webhook::open(intake, &known);
                let registration = |(bot, secret): (&Bot, SecretString)| {
                    let registration = Registration {
                        client: bot.client.clone(),
                        setting: config::Webhook { url: setting.url.clone(), secret },
                        look_every: LOOK_EVERY,
                        condition: Condition::default(),
                        others,
                    };
                    Named(name(bot), registration)
                };
                let registrations = bots.iter().zip(secrets).map(registration).collect();
                Source::Webhook { registrations, webhook, delivery }
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
        let all: Vec<Condition> = match self {
            Source::Polling(pollers) => pollers.iter().map(|Named(_, it)| it.condition.clone()).collect(),
            Source::Webhook { registrations, .. } => {
                registrations.iter().map(|Named(_, it)| it.condition.clone()).collect()
            }
        };
        if let [one] = &all[..] {
            return one.clone();
        }
        Condition::of(all)
    }

    /// Keeps updates coming until `stop` turns true or a token is refused that was never good.
    pub async fn run(&self, stop: watch::Receiver<bool>) -> Result<(), IntakeEnded> {
        match self {
            Source::Polling(pollers) => {
                let runs = pollers.iter().map(|poller| poller.under(poller.1.run(stop.clone())));
                try_join_all(runs).await.map(drop)
            }
            Source::Webhook { registrations, .. } => {
                let runs = registrations.iter().map(|one| one.under(one.1.run(stop.clone())));
                try_join_all(runs).await.map(drop)
            }
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
