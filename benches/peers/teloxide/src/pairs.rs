//! Who talks with whom: PostgreSQL decides, and something quicker is asked for every message.

use crate::settings::NAME;
use crate::users::{Pair, Users};
use dashmap::DashMap;
use redis::aio::ConnectionManager;
use redis::{AsyncCommands, RedisResult};

/// How long Redis keeps a pair without being asked, seconds; PostgreSQL keeps it for good.
const SECONDS: u64 = 24 * 3600;

/// Where the quicker answer comes from.
#[allow(dead_code, reason = "each form uses one of the two")]
pub enum Kind {
    /// For a bot that may run in several copies.
    Redis,
    /// For a bot that is one process.
    Memory,
}

enum Quick {
    Redis(ConnectionManager),
    Memory(DashMap<i64, Pair>),
}

/// Live pairs.
pub struct Pairs {
    users: Users,
    quick: Quick,
}

fn key(user: i64) -> String {
    format!("{NAME}:pair:{user}")
}

impl Pairs {
    /// Those of the database.
    pub async fn new(kind: Kind, users: Users, redis: ConnectionManager) -> anyhow::Result<Pairs> {
        let quick = match kind {
            Kind::Redis => Quick::Redis(redis),
            Kind::Memory => {
                let pairs = users.live_pairs().await?.into_iter();
                Quick::Memory(pairs.map(|(user, id, partner)| (user, Pair { id, partner })).collect())
            }
        };
        Ok(Pairs { users, quick })
    }

    /// The chat that the user is in.
    pub async fn of(&self, user: i64) -> anyhow::Result<Option<Pair>> {
        let redis = match &self.quick {
            Quick::Memory(live) => return Ok(live.get(&user).map(|pair| *pair)),
            Quick::Redis(redis) => redis,
        };
        let known: Option<String> = redis.clone().get(key(user)).await?;
        let parsed = known.as_deref().and_then(|k| k.split_once(':'));
        if let Some((Ok(id), Ok(partner))) = parsed.map(|(id, partner)| (id.parse(), partner.parse())) {
            return Ok(Some(Pair { id, partner }));
        }
        let pair = self.users.pair_of(user).await?;
        if let Some(pair) = pair {
            self.remember(user, pair.partner, pair.id).await?;
        }
        Ok(pair)
    }

    /// Whether the two are in a chat now; not if one of them is in another already.
    pub async fn open(&self, first: i64, second: i64) -> anyhow::Result<bool> {
        let Some(id) = self.users.open_pair(first, second).await? else { return Ok(false) };
        self.remember(first, second, id).await?;
        Ok(true)
    }

    /// The pair that has ended by this.
    pub async fn end(&self, user: i64) -> anyhow::Result<Option<Pair>> {
        let Some(ended) = self.users.end_pair(user).await? else { return Ok(None) };
        match &self.quick {
            Quick::Memory(live) => {
                live.remove(&user);
                live.remove(&ended.partner);
            }
            Quick::Redis(redis) => redis.clone().del::<_, ()>(&[key(user), key(ended.partner)]).await?,
        }
        Ok(Some(ended))
    }

    async fn remember(&self, first: i64, second: i64, id: i64) -> RedisResult<()> {
        match &self.quick {
            Quick::Memory(live) => {
                live.insert(first, Pair { id, partner: second });
                live.insert(second, Pair { id, partner: first });
                Ok(())
            }
            Quick::Redis(redis) => {
                let mut pipe = redis::pipe();
                pipe.set_ex(key(first), format!("{id}:{second}"), SECONDS).ignore();
                pipe.set_ex(key(second), format!("{id}:{first}"), SECONDS).ignore();
                pipe.query_async(&mut redis.clone()).await
            }
        }
    }
}
