//! The servers beside the bot: PostgreSQL and Redis, real ones, on the load's core.

mod postgres;
mod redis;

use super::args::{DatabaseKind, Surroundings};
use super::procfs::{self, Usage};
use anyhow::{Context as _, bail};
pub use postgres::Postgres;
pub use redis::RedisServer;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// What a bot is given beside Telegram. Those that were started here end when this is dropped.
pub struct Servers {
    postgres: Option<Postgres>,
    redis: Option<RedisServer>,
    /// URL of the database; none: the bot has its own.
    pub database_url: Option<String>,
    /// URL of the Redis, if there is one.
    pub redis_url: Option<String>,
}

impl Servers {
    /// Starts what is asked for.
    pub async fn start(wanted: &Surroundings) -> anyhow::Result<Servers> {
        if wanted.database_url.is_some() && wanted.database == DatabaseKind::Private {
            bail!("--database-url goes with --database postgres");
        }
        let postgres = match (wanted.database, &wanted.database_url) {
            (DatabaseKind::Postgres, None) => Some(Postgres::start().await?),
            _ => None,
        };
        let redis = match (wanted.redis, &wanted.redis_url) {
            (true, None) => Some(RedisServer::start().await?),
            _ => None,
        };
        Ok(Servers {
            database_url: wanted.database_url.clone().or(postgres.as_ref().map(Postgres::url)),
            redis_url: wanted.redis_url.clone().or(redis.as_ref().map(RedisServer::url)),
            postgres,
            redis,
        })
    }

    /// Restarts the PostgreSQL that was started here, if there is one; whether there is.
    pub async fn restart_postgres(&mut self) -> anyhow::Result<bool> {
        match &mut self.postgres {
            Some(postgres) => postgres.restart().await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Stops the PostgreSQL that was started here, in the middle of what it does.
    pub fn halt_postgres(&mut self) {
        if let Some(postgres) = &mut self.postgres {
            postgres.halt();
        }
    }

    /// Starts it again at the same place.
    pub async fn resume_postgres(&mut self) -> anyhow::Result<()> {
        match &mut self.postgres {
            Some(postgres) => postgres.resume().await,
            None => Ok(()),
        }
    }

    /// Empties the Redis, if there is one; whether there is.
    pub async fn empty_redis(&self) -> anyhow::Result<bool> {
        let Some(url) = &self.redis_url else { return Ok(false) };
        let mut redis = ::redis::Client::open(url.as_str())?.get_multiplexed_async_connection().await?;
        ::redis::cmd("FLUSHALL").query_async::<()>(&mut redis).await.context("Redis cannot be emptied")?;
        Ok(true)
    }

    /// What the servers that were started here have used.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        let pids = [self.postgres.as_ref().map(Postgres::pid), self.redis.as_ref().map(RedisServer::pid)];
        for pid in pids.into_iter().flatten() {
            usage += procfs::tree(pid);
        }
        usage
    }

    /// For the result; URLs may hold passwords and are not told.
    pub fn describe(&self) -> Value {
        let place = |given: &Option<String>, started: bool| match (given, started) {
            (None, _) => "none",
            (Some(_), true) => "started for this bench, default settings",
            (Some(_), false) => "given",
        };
        json!({
            "database": if self.database_url.is_none() { "the bot's own" } else { place(&self.database_url, self.postgres.is_some()) },
            "redis": place(&self.redis_url, self.redis.is_some()),
        })
    }
}

/// A port that is free now.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Ends a server with a signal of `kill`, or by force if it does not listen.
fn end(child: &mut Child, signal: &str) {
    let _ = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            _ => return,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}
