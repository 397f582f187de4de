//! The operator's bots: each has its client, its place in the store's list, and its label.

use crate::config::{Config, NamedBot};
use crate::intake::Bot;
use crate::store::PgStore;
use crate::telegram::{Client, ClientConfig};
use anyhow::{Context as _, ensure};
use nameless_actors::ports::CopyStore;
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::BotId;
use std::sync::Arc;

/// Which of these bots share their people, as configured; kept for what the store decides.
pub(super) async fn crowds(config: &Config, bots: &[Bot], store: &PgStore) -> anyhow::Result<Crowds> {
    let placed = bots.iter().map(|bot| (bot.label.as_str(), bot.client.place()));
    let crowds = config.telegram.pools.crowds(placed);
    store.share_bots(crowds.clone()).await.context("who shares their people cannot be kept")?;
    if let Some(name) = crowds.name() {
        tracing::info!(crowds = name, "people of some bots are apart, by the bots' places");
    }
    Ok(crowds)
}

/// The clients of all bots that are configured, the main one first; that one knows the others.
/// Nothing is asked of Telegram.
pub async fn open(config: &Config, store: &PgStore) -> anyhow::Result<Vec<Bot>> {
    let named = config.telegram.bots();
    ensure!(!named.is_empty(), "BOT_TOKEN is needed");
    let ids = named.iter().map(|bot| bot.token.bot_id()).collect();
    let places = store.bots(ids).await.context("the list of bots cannot be read")?;
    let client = |bot: &NamedBot, place: BotId| -> anyhow::Result<Client> {
        let copies: Arc<dyn CopyStore> = Arc::new(store.clone());
        let client = Client::new(ClientConfig::new(&config.telegram.api_url, bot.token.clone()))?;
        Ok(client.placed(place).remembering(copies))
    };
    let mut all = named.iter().zip(places);
    let (main, place) = all.next().context("the main bot has no place")?;
    let others =
        all.map(|(bot, place)| Ok(Bot { label: bot.label.clone(), client: Arc::new(client(bot, place)?) }));
    let others: Vec<Bot> = others.collect::<anyhow::Result<_>>()?;
    let beside = others.iter().map(|bot| bot.client.clone()).collect();
    let main = Bot { label: main.label.clone(), client: Arc::new(client(main, place)?.beside(beside)) };
    Ok(std::iter::once(main).chain(others).collect())
}
