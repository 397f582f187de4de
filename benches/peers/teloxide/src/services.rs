//! What handlers are given.

use crate::pairs::{Kind, Pairs};
use crate::queue::SearchQueue;
use crate::replies::Replies;
use crate::settings::Settings;
use crate::texts::Texts;
use crate::users::Users;
use redis::aio::ConnectionManager;

/// All stores, and the texts.
pub struct Services {
    /// Users and pairs, PostgreSQL.
    pub users: Users,
    /// Who searches, Redis.
    pub queue: SearchQueue,
    /// Who talks with whom.
    pub pairs: Pairs,
    /// Which message is the copy of which, Redis.
    pub replies: Replies,
    /// What is said.
    pub texts: Texts,
}

impl Services {
    /// Connects to both servers.
    pub async fn connect(settings: &Settings, kind: Kind) -> anyhow::Result<Services> {
        let users = Users::connect(&settings.database_url).await?;
        // One connection that all tasks share: commands are pipelined by themselves.
        let redis = ConnectionManager::new(redis::Client::open(settings.redis_url.as_str())?).await?;
        Ok(Services {
            queue: SearchQueue::new(redis.clone()),
            pairs: Pairs::new(kind, users.clone(), redis.clone()).await?,
            replies: Replies::new(redis),
            texts: Texts::load()?,
            users,
        })
    }
}
