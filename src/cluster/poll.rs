//! One poller per token: only who holds the token's lease polls (I15).

use super::lease::{BEAT, Lease};
use crate::store::PgStore;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between the former poller's last update and our first. What that one accepted comes by streams,
/// and those of partitions that have just moved here are read a moment later than others
/// (`BLOCK` in `delivery`); what we poll ourselves is handled at once and must not overtake it.
const SETTLE: Duration = Duration::from_millis(600);

/// Waits until this process holds the polling lease of `bot` or `stop` turns true; whether it holds
/// it. Says who holds it meanwhile, and since when.
///
/// It goes with the process's own lease: nobody can take it as long as that holds.
pub async fn wait_for_turn(
    store: &PgStore,
    lease: &Lease,
    bot: i64,
    stop: &mut watch::Receiver<bool>,
) -> bool {
    let mut told = 0;
    loop {
        match store.take_polling(bot, lease.id(), lease.name()).await {
            Ok(held) if held.node == lease.id() => {
                if told == 0 {
                    return true;
                }
                tracing::info!(token = held.token, "it is our turn to poll");
                tokio::select! {
                    () = tokio::time::sleep(SETTLE) => return true,
                    () = told_to(stop) => return false,
                }
            }
            Ok(held) if held.node != told => {
                told = held.node;
                tracing::info!(
                    holder = held.name,
                    since = held.since,
                    "another process polls with this token; standing by"
                );
            }
            Ok(_) => {}
            Err(cause) => tracing::warn!(%cause, "the polling lease cannot be asked for"),
        }
        if let Err(cause) = lease.remove_the_dead().await {
            tracing::debug!(%cause, "dead nodes could not be looked for");
        }
        tokio::select! {
            () = tokio::time::sleep(BEAT / 2) => {}
            () = told_to(stop) => return false,
        }
    }
}

/// Waits until `stop` turns true.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody can tell any more.
        std::future::pending::<()>().await;
    }
}

/// Gives the lease back, so that another process need not wait.
pub async fn give_back(store: &PgStore, lease: &Arc<Lease>, bot: i64) {
    if let Err(cause) = store.give_back_polling(bot, lease.id()).await {
        tracing::debug!(%cause, "the polling lease could not be given back");
    }
}
