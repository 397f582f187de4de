//! The tuned form: the same handlers, as somebody who measures would run them.

use crate::{pairs, schema, services::Services, settings::Settings};
use std::sync::Arc;
use std::time::Duration;
use teloxide::prelude::*;
use teloxide::update_listeners::Polling;
use tokio::runtime::Builder;

/// Updates are handled side by side in so many lanes; a chat stays in one, so its messages keep
/// their order. Without this there is a task for each chat.
const LANES: i64 = 1024;
/// Connections to Telegram that are kept.
const CONNECTIONS: usize = 1024;
/// Seconds that one `getUpdates` waits.
const POLL: Duration = Duration::from_secs(10);

/// Runs until a signal.
pub fn main() -> anyhow::Result<()> {
    pretty_env_logger::init();
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    // On one core nothing has to be handed from thread to thread.
    let mut builder = if cores == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(POLL + Duration::from_secs(7))
        .tcp_nodelay(true)
        .pool_max_idle_per_host(CONNECTIONS)
        .pool_idle_timeout(Duration::from_secs(300))
        .no_proxy()
        .build()?;
    let bot = Bot::with_client(&settings.token, client).set_api_url(settings.telegram_url.clone());
    let services = Services::connect(&settings, pairs::Kind::Memory).await?;
    let mut dispatcher = Dispatcher::builder(bot.clone(), schema::schema())
        .dependencies(dptree::deps![Arc::new(services)])
        .distribution_function(|update| update.chat().map(|chat| chat.id.0 % LANES))
        .worker_queue_size(256)
        .default_handler(|_| async {})
        .build();
    schema::stop_on_signals(dispatcher.shutdown_token());
    let listener = Polling::builder(bot).timeout(POLL).limit(100).build();
    let on_error = LoggingErrorHandler::with_custom_text("polling");
    dispatcher.dispatch_with_listener(listener, on_error).await;
    Ok(())
}
