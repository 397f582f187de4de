//! The jobs as this process carries them out: over its store, among its nodes.

use super::membership::Membership;
use crate::cluster::jobs::RedisWakes;
use crate::cluster::redis::Redis;
use crate::config::Config;
use crate::store::PgStore;
use nameless_actors::jobs::{JobLane, POLL, Results, Setup};
use nameless_actors::ports::JobWakes;
use std::sync::Arc;

/// What the engine needs to carry out `lanes`, and to tell their ends through `results`. None where
/// there are no lanes. Nothing is contacted: without Redis nodes find each other's work by looking.
pub fn setup(
    config: &Config,
    store: &PgStore,
    membership: &Membership,
    lanes: Vec<JobLane>,
    results: Arc<dyn Results>,
) -> anyhow::Result<Option<Setup>> {
    if lanes.is_empty() {
        return Ok(None);
    }
    let (holder, others) = membership.holder();
    let mut wakes: Option<Arc<dyn JobWakes>> = None;
    if let (Some(_), Some(url)) = (membership.peers(), &config.store.redis_url) {
        let bot = config.telegram.token.as_ref().map_or(0, |token| token.bot_id());
        wakes = Some(RedisWakes::start(Redis::connect(url)?, &bot.to_string(), holder)?);
    }
    Ok(Some(Setup { store: Arc::new(store.jobs(holder, others)), lanes, wakes, results, poll: POLL }))
}
