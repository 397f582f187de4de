//! Who searches: sorted sets in Redis, one script that finds a partner or lets the seeker wait.

use crate::settings::NAME;
use crate::users::User;
use redis::aio::ConnectionManager;
use redis::{AsyncCommands, RedisResult, Script};

/// The queue.
pub struct SearchQueue {
    redis: ConnectionManager,
    script: Script,
}

impl SearchQueue {
    /// On this connection.
    pub fn new(redis: ConnectionManager) -> SearchQueue {
        SearchQueue { redis, script: Script::new(include_str!("../../common/match.lua")) }
    }

    /// The partner; none: the user waits now.
    pub async fn find(&self, user: &User) -> RedisResult<Option<i64>> {
        let mut call = self.script.arg(format!("{NAME}:"));
        call.arg(user.id).arg(user.gender.as_deref()).arg(user.wish.as_deref());
        call.invoke_async(&mut self.redis.clone()).await
    }

    /// Whether the user was waiting.
    pub async fn leave(&self, user: &User) -> RedisResult<bool> {
        let (gender, wish) =
            (user.gender.as_deref().unwrap_or_default(), user.wish.as_deref().unwrap_or_default());
        let removed: i64 = self.redis.clone().zrem(format!("{NAME}:queue:{gender}:{wish}"), user.id).await?;
        Ok(removed > 0)
    }
}
