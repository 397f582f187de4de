//! Which message is the copy of which, so that a reply reaches the right one. Scoped to the pair:
//! after its end nothing points at a former partner.

use crate::settings::NAME;
use redis::aio::ConnectionManager;
use redis::{AsyncCommands, RedisResult};
use teloxide::types::MessageId;

/// How long a message can be replied to, seconds.
const SECONDS: u64 = 24 * 3600;

/// The map.
pub struct Replies(ConnectionManager);

fn key(pair: i64, chat: i64, message: MessageId) -> String {
    format!("{NAME}:copy:{pair}:{chat}:{message}")
}

impl Replies {
    /// On this connection.
    pub fn new(redis: ConnectionManager) -> Replies {
        Replies(redis)
    }

    /// Two messages of a pair are the same one.
    pub async fn put(&self, pair: i64, one: (i64, MessageId), other: (i64, MessageId)) -> RedisResult<()> {
        let mut pipe = redis::pipe();
        pipe.set_ex(key(pair, one.0, one.1), other.1.0, SECONDS).ignore();
        pipe.set_ex(key(pair, other.0, other.1), one.1.0, SECONDS).ignore();
        pipe.query_async(&mut self.0.clone()).await
    }

    /// The same message in the partner's chat.
    pub async fn get(&self, pair: i64, chat: i64, message: MessageId) -> RedisResult<Option<MessageId>> {
        let found: Option<i32> = self.0.clone().get(key(pair, chat, message)).await?;
        Ok(found.map(MessageId))
    }
}
