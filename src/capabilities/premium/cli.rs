//! `nameless premium`: what an operator grants and takes away.

use super::Entitlement;
use crate::app::database::Database;
use crate::capabilities::admin::cli::order;
use crate::clock::SystemClock;
use crate::cluster::cache::{Cache, Kind};
use crate::cluster::redis::Redis;
use crate::config::Config;
use crate::store::{PgStore, rfc3339};
use anyhow::{Context as _, bail};
use clap::Subcommand;
use nameless_actors::capabilities::Answer;
use nameless_actors::ports::Clock as _;
use nameless_domain::capabilities::admin::Act;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// For who uses the bot at this moment: a job tells their session.
const WHEN: &str = "somebody who is using the bot at this moment sees it within seconds";

/// Shows, grants or revokes a user's premium. Users are named by their Telegram id.
///
/// Their searches go before others'. Somebody who is using the bot at this moment sees a change
/// within seconds.
#[derive(Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Premium {
    /// Tells until when a user has it, and who granted it.
    Show {
        /// The user's Telegram id.
        #[arg(value_name = "USER_ID", value_parser = clap::value_parser!(i64).range(1..))]
        user: i64,
    },
    /// Grants it from now on, or adds to what is left. The user must have used the bot.
    Grant {
        /// The user's Telegram id.
        #[arg(value_name = "USER_ID", value_parser = clap::value_parser!(i64).range(1..))]
        user: i64,
        /// For how many days.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: u32,
    },
    /// Ends it at once.
    Revoke {
        /// The user's Telegram id.
        #[arg(value_name = "USER_ID", value_parser = clap::value_parser!(i64).range(1..))]
        user: i64,
    },
}

impl Premium {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let database = Database::attach(config).await?;
        let done = carry_out(config, &database.store, self).await;
        database.close().await;
        done
    }
}

async fn carry_out(config: &Config, store: &PgStore, what: Premium) -> anyhow::Result<String> {
    let now = SystemClock.now();
    match what {
        Premium::Show { user } => {
            let Some(holder) = store.premium(UserId(user)).await? else { return unknown(user) };
            Ok(describe(user, holder.premium.as_ref(), now))
        }
        Premium::Grant { user, days } => {
            let done = store.carry_out(order(Act::Grant { user: UserId(user), days })).await;
            let done = done.with_context(|| {
                format!("it is not known whether it was granted: look with `premium show {user}` before trying again")
            })?;
            if done?.answer == Answer::Missing {
                return unknown(user);
            }
            let granted = store.premium(UserId(user)).await?.and_then(|holder| holder.premium);
            let Some(granted) = granted else { return unknown(user) };
            tracing::info!(user, days, until = rfc3339(granted.until.0), "an operator granted premium");
            let note = forget(config, store, user).await;
            Ok(format!("{}{note}\n", describe(user, Some(&granted), now)))
        }
        Premium::Revoke { user } => {
            let done = store.carry_out(order(Act::Revoke { user: UserId(user) })).await??;
            if done.answer == Answer::Missing {
                bail!("user {user} has no premium");
            }
            tracing::info!(user, "an operator revoked premium");
            let note = forget(config, store, user).await;
            Ok(format!("user {user} has no premium any more\n{note}\n"))
        }
    }
}

fn unknown(user: i64) -> anyhow::Result<String> {
    bail!("user {user} is not known: they have never used this bot, or have erased themselves");
}

fn describe(user: i64, premium: Option<&Entitlement>, now: Millis) -> String {
    match premium {
        Some(p) => {
            let verb = if p.until > now { "has premium until" } else { "had premium until" };
            let (until, changed) = (rfc3339(p.until.0), rfc3339(p.changed.0));
            format!("user {user} {verb} {until} (granted by: {}, last on {changed})\n", p.source)
        }
        None => format!("user {user} has no premium\n"),
    }
}

/// Removes what the nodes have cached. Without it the grant stands all the same: it is seen later.
async fn forget(config: &Config, store: &PgStore, user: i64) -> String {
    // As `serve` does it: without a server for the database there are no nodes, and no cache.
    let (Some(_), Some(url)) = (&config.store.database_url, &config.store.redis_url) else {
        return WHEN.to_owned();
    };
    let forgotten = match Redis::connect(url) {
        Ok(redis) => Cache::new(redis, store.keys().clone()).forget(Kind::Entitlement, user).await,
        Err(error) => Err(error),
    };
    match forgotten {
        Ok(()) => WHEN.to_owned(),
        Err(error) => format!("{WHEN}, or within twenty minutes: the cache could not be told ({error})"),
    }
}
