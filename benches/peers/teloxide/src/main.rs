//! An anonymous chat bot on teloxide's dispatcher. Built with the feature `tuned` it is the tuned
//! form; the README beside tells the difference.

mod chat;
mod onboarding;
mod pairs;
mod queue;
mod relay;
mod replies;
mod schema;
mod services;
mod settings;
mod texts;
mod users;

#[cfg(feature = "tuned")]
mod tuned;

#[cfg(feature = "tuned")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "tuned")]
fn main() -> anyhow::Result<()> {
    tuned::main()
}

#[cfg(not(feature = "tuned"))]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    use std::sync::Arc;
    use teloxide::prelude::*;

    pretty_env_logger::init();
    let settings = settings::Settings::from_env()?;
    let bot = Bot::new(&settings.token).set_api_url(settings.telegram_url.clone());
    let services = services::Services::connect(&settings, pairs::Kind::Redis).await?;
    let mut dispatcher =
        Dispatcher::builder(bot, schema::schema()).dependencies(dptree::deps![Arc::new(services)]).build();
    schema::stop_on_signals(dispatcher.shutdown_token());
    dispatcher.dispatch().await;
    Ok(())
}
