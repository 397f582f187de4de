//! Waiting for rows to be in the store.

use super::{Flush, Keep, Persistence};
use crate::env::Env;
use crate::kernel::ticket::Tickets;
use crate::ports::Write;
use crate::tell;
use nameless_domain::ids::UserId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// When a row that may have been lost with the persistence actor is told again.
const TOLD_AGAIN: Duration = Duration::from_millis(100);

/// Waits until everything told to the persistence actor before is in the store, with `row` at the
/// latest.
pub(crate) async fn kept(env: Arc<Env>, row: Option<Write>) {
    flushed(env, None, row).await;
}

/// The same of what is one person's own, which waits for nobody else's.
pub(crate) async fn kept_of(env: Arc<Env>, user: UserId) {
    flushed(env, Some(user), None).await;
}

async fn flushed(env: Arc<Env>, of: Option<UserId>, row: Option<Write>) {
    loop {
        let (reply, kept) = oneshot::channel();
        tell!(env.directory.one::<Persistence>(), Flush { of, reply });
        if kept.await.is_ok() {
            return;
        }
        tokio::time::sleep(TOLD_AGAIN).await;
        if let Some(row) = &row {
            tell!(env.directory.one::<Persistence>(), Keep::one(row.clone(), Tickets::new()));
        }
    }
}
