//! Which update goes to which handler.

use crate::{chat, onboarding, relay};
use teloxide::dispatching::{ShutdownToken, UpdateHandler};
use teloxide::prelude::*;
use teloxide::utils::command::BotCommands;
use tokio::signal::unix::{SignalKind, signal};

/// What people can ask for.
#[derive(BotCommands, Clone)]
#[command(rename_rule = "lowercase")]
pub enum Command {
    /// Begin.
    Start,
    /// Find somebody.
    Search,
    /// Somebody else.
    Next,
    /// End the chat, or the search.
    Stop,
}

/// The tree of handlers.
pub fn schema() -> UpdateHandler<anyhow::Error> {
    dptree::entry()
        .branch(
            Update::filter_message()
                .branch(
                    dptree::entry()
                        .filter_command::<Command>()
                        .branch(dptree::case![Command::Start].endpoint(onboarding::start))
                        .branch(dptree::case![Command::Search].endpoint(chat::search))
                        .branch(dptree::case![Command::Next].endpoint(chat::next))
                        .branch(dptree::case![Command::Stop].endpoint(chat::stop)),
                )
                .branch(dptree::filter(relay::is_passed_on).endpoint(relay::relay))
                .endpoint(relay::refuse),
        )
        .branch(Update::filter_callback_query().endpoint(onboarding::answer))
}

/// SIGTERM and SIGINT let what is under way finish.
pub fn stop_on_signals(token: ShutdownToken) {
    tokio::spawn(async move {
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        if let Ok(ended) = token.shutdown() {
            ended.await;
        }
    });
}
