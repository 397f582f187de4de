//! One batch on its way to the store.

use super::{ExportUser, Gathering, LetThrough, Opening, Persistence, Read};
use crate::env::Env;
use crate::kernel::chance;
use crate::kernel::ticket::all_done;
use crate::ports::{StoreError, Write};
use actix::Addr;
use nameless_domain::ids::{PairId, UserId};
use std::sync::Arc;
use std::time::Duration;

/// First and longest wait between tries while the store is away. The store fails at once then, so a
/// try costs little.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Whose and which pair's reads must wait for a write.
pub(super) fn touches(write: &Write) -> (Option<UserId>, Option<PairId>) {
    match write {
        Write::Account(account) => (Some(account.user), None),
        Write::Owed { user, .. } | Write::NotOwed { user, .. } => (Some(*user), None),
        Write::EndPair { pair, .. } | Write::Mapped { pair, .. } => (None, Some(*pair)),
        Write::History(row) => (Some(row.from.1), None),
        Write::Rated { by, .. } | Write::Reported { by, .. } | Write::Blocked { by, .. } => (Some(*by), None),
        Write::DeadLetter { user, .. } | Write::Erase { user } => (Some(*user), None),
    }
}

/// Whether something waits for a write: a line to be said, an update to be done with. Of what was
/// relayed the journal knows that it has left, and for the rest of it there is time.
pub(super) fn is_awaited(write: &Write) -> bool {
    !matches!(write, Write::Mapped { .. } | Write::History(_) | Write::NotOwed { .. })
}

/// Whether a write says what an update has changed. Those of relayed messages do not: doubled, they
/// fall together.
fn needs_journal(write: &Write) -> bool {
    !matches!(
        write,
        Write::Mapped { .. } | Write::History(_) | Write::DeadLetter { .. } | Write::NotOwed { .. }
    )
}

/// Between half and all of a wait: what fails at one moment must not come back at one moment.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(0.5 + chance::share() / 2.0)
}

/// Runs a store operation until the store answers. All of them may be repeated when nobody knows
/// whether they were carried out: reads change nothing, each write has a natural key, and a
/// proposal that has opened its pair finds it.
pub(super) async fn persist<'a, T>(
    env: &'a Env,
    mut operation: impl FnMut() -> crate::ports::PortFuture<'a, Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let mut wait = BACKOFF.0;
    let mut waits = None;
    loop {
        match operation().await {
            Err(StoreError::Unavailable(cause)) => {
                env.meters.store_retries.add(1);
                waits.get_or_insert_with(|| Waits::new(env));
                // The store itself says, once, that it is away: here it would be a line per waiting
                // read.
                tracing::debug!(%cause, retry_in = ?wait, "the store is away");
                tokio::time::sleep(jittered(wait)).await;
                wait = (wait * 2).min(BACKOFF.1);
            }
            other => return other,
        }
    }
}

/// Writes a gathering: writes first, then pairs are opened, then reads are let through.
pub(super) async fn carry_out(env: Arc<Env>, gathering: Gathering, to: &Addr<Persistence>) {
    let Gathering { writes, tickets, openings, reads, loads, .. } = gathering;
    if !openings.is_empty() || writes.iter().any(needs_journal) {
        // The store must not know of an update that the journal could still lose: Telegram would
        // send it again, and it would be taken for a new one (/next would end the new chat, too). A
        // journal that cannot be written recovers, or the process ends.
        let mut wait = BACKOFF.0;
        while let Err(cause) = env.journal.flush().await {
            tracing::debug!(%cause, retry_in = ?wait, "the store waits for the journal");
            tokio::time::sleep(jittered(wait)).await;
            wait = (wait * 2).min(BACKOFF.1);
        }
    }
    if !writes.is_empty() {
        let erased = writes.iter().any(|write| matches!(write, Write::Erase { .. }));
        write_all(&env, writes).await;
        if erased {
            env.journal.forget_finished();
        }
    }
    all_done(tickets);
    if !openings.is_empty() {
        open_all(&env, openings).await;
    }
    if !loads.is_empty() {
        crate::kernel::tell(to, LetThrough { loads });
    }
    for read in reads {
        // Reads need not hold up the next batch.
        let env = env.clone();
        actix_rt::spawn(async move { answer(&env, read).await });
    }
}

/// Counts an operation that waits for the store to come back.
struct Waits<'a>(&'a Env);

impl Waits<'_> {
    fn new(env: &Env) -> Waits<'_> {
        env.meters.store_waits.add(1);
        Waits(env)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.meters.store_waits.sub(1);
    }
}

async fn write_all(env: &Env, writes: Vec<Write>) {
    let count = writes.len() as u64;
    // Shared with the store: nothing of it is copied, however often it is tried.
    let writes: Arc<[Write]> = writes.into();
    let refused = match persist(env, || env.store.write(writes.clone())).await {
        Ok(()) => {
            env.meters.writes.add(count);
            return;
        }
        Err(cause) => cause,
    };
    if count == 1 {
        env.meters.writes_refused.add(1);
        tracing::error!(cause = %refused, write = name(&writes[0]), "the store refused a write");
        return;
    }
    // One of them is at fault: find it, keep the others.
    for write in writes.iter() {
        Box::pin(write_all(env, vec![write.clone()])).await;
    }
}

async fn open_all(env: &Env, openings: Vec<Opening>) {
    let (proposals, replies): (Vec<_>, Vec<_>) = openings.into_iter().unzip();
    match persist(env, || env.store.open_pairs(proposals.clone())).await {
        Ok(opened) => {
            for (reply, opened) in replies.into_iter().zip(opened) {
                // Nobody waits any more when the matchmaker was rebuilt; the store's rows speak for
                // themselves.
                let _ = reply.send(opened);
            }
        }
        // The senders are dropped: the matchmaker takes both seekers back.
        Err(cause) => tracing::error!(%cause, "the store refused to open pairs"),
    }
}

pub(super) async fn answer(env: &Env, read: Read) {
    env.meters.store_reads.add(1);
    let result = match read {
        Read::Unsettled(list) => {
            persist(env, || env.store.unsettled()).await.map(|v| drop(list.reply.send(v)))
        }
        Read::Export(ExportUser { user, from, reply }) => {
            // Once: who asked may ask again, and others wait for their turn.
            let file = env.store.export(user, from, env.limits.export_file_bytes).await;
            let failed = file.as_ref().err().cloned();
            drop(reply.send(file.ok()));
            failed.map_or(Ok(()), Err)
        }
        Read::Flush(flush) => {
            let _ = flush.reply.send(());
            Ok(())
        }
    };
    if let Err(cause) = result {
        tracing::error!(%cause, "the store refused a read");
    }
}

/// The kind of a write, for logs.
fn name(write: &Write) -> &'static str {
    match write {
        Write::Account(_) => "account",
        Write::Owed { .. } | Write::NotOwed { .. } => "owed line",
        Write::EndPair { .. } => "end of a pair",
        Write::Mapped { .. } => "message map",
        Write::History(_) => "history",
        Write::Rated { .. } => "rating",
        Write::Reported { .. } => "report",
        Write::Blocked { .. } => "block",
        Write::DeadLetter { .. } => "dead letter",
        Write::Erase { .. } => "erasure",
    }
}
