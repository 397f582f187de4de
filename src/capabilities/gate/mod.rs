//! The operator's channel at the edges: who has joined, as Telegram says, its settings and texts.

pub(crate) mod settings;

use super::{Backends, Capability};
use crate::config::Config;
use crate::locale::texts;
use crate::telegram::Client;
use nameless_actors::capabilities::GatePort;
use nameless_actors::ports::{PortFuture, SendError};
use nameless_domain::ids::UserId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long somebody waits for Telegram before they come in.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many wait at once; whoever comes beyond comes in. Telegram that hangs holds up nobody else.
const AT_ONCE: usize = 32;

/// What it brings.
pub static EDGES: Capability =
    Capability::BARE.texts(texts!("gate")).settings(&settings::SECTION).check(check);

/// The channel that people have to join, and where they join it: nobody has to if nobody could say.
pub(crate) fn channel(config: &Config) -> Option<(String, Option<Arc<str>>)> {
    settings::of(config).map(|name| (name, settings::link(config)))
}

/// Asks Telegram.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn GatePort> {
    if let Some((_, None)) = channel(backends.config) {
        tracing::warn!("nobody has to join GATE_CHANNEL, as nobody could say where: set GATE_LINK");
    }
    Arc::new(Channel {
        name: settings::of(backends.config),
        client: backends.client.clone(),
        places: Semaphore::new(AT_ONCE),
        told: AtomicBool::new(false),
    })
}

struct Channel {
    name: Option<String>,
    client: Arc<Client>,
    places: Semaphore,
    /// The operator was told, by the log, that nobody is turned away.
    told: AtomicBool,
}

impl Channel {
    /// Asks the main bot, and where that has never heard of them, because they talk to another one
    /// of the operator's, those.
    async fn ask(&self, name: &str, user: UserId) -> Result<bool, SendError> {
        let mut said = Err(SendError::Gone);
        for bot in self.client.all() {
            said = bot.is_member(name, user, PATIENCE).await;
            if !matches!(said, Err(SendError::Gone)) {
                break;
            }
        }
        said
    }
}

impl GatePort for Channel {
    fn is_member(&self, user: UserId) -> PortFuture<'_, Option<bool>> {
        Box::pin(async move {
            let (Some(name), Ok(_place)) = (&self.name, self.places.try_acquire()) else { return None };
            match tokio::time::timeout(PATIENCE, self.ask(name, user)).await {
                Ok(Ok(member)) => {
                    self.told.store(false, Ordering::Relaxed);
                    Some(member)
                }
                // Gone: nobody knows the channel, or nobody knows them.
                Ok(Err(why @ (SendError::Refused(_) | SendError::Gone))) => {
                    if !self.told.swap(true, Ordering::Relaxed) {
                        tracing::error!(
                            %why,
                            "Telegram does not tell who has joined GATE_CHANNEL, so everybody comes in: \
                             make every bot an administrator of the channel, and look at its name"
                        );
                    }
                    None
                }
                Ok(Err(_)) | Err(_) => None,
            }
        })
    }
}

/// What `nameless check-config` says of it.
fn check(config: &Config) -> String {
    match (settings::of(config), settings::link(config)) {
        (None, _) => "the operator's channel: nobody has to join one (GATE_CHANNEL)\n".to_owned(),
        (Some(name), Some(link)) => format!("the operator's channel: {name}, joined at {link}\n"),
        (Some(name), None) => {
            format!("the operator's channel: {name}, but nobody could say where to join it: set GATE_LINK\n")
        }
    }
}
