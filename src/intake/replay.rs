//! Dead letters that an operator wants handled again.
//!
//! The command line only marks them in the database (`nameless dead-letters replay`); this task of
//! the running bot takes the marked ones: journal, engine, and only then is the letter removed. The
//! update keeps the position it had in the journal, so whatever has come since counts as later, as
//! after a crash: a message goes to the partner only if that chat is still the one, a command is
//! carried out only if nothing was done since.
//!
//! Each wish is granted once, whenever the process dies: its own number goes into the journal's
//! duplicate filter with the update, in one record. Killed before that record is on disk, the bot
//! finds the letter still marked; killed after, the journal brings the update back and knows the
//! wish, and the letter is only removed. That holds for as long as the journal knows ids, 48 hours,
//! and for one journal. A letter that fails again is written again, without the mark.

use crate::store::{DeadLetter, PgStore};
use nameless_actors::Engine;
use nameless_actors::ports::{JournalError, Recovered, Reopened, StoreError};
use nameless_domain::ids::Seq;
use nameless_domain::time::Millis;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// How often marked letters are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Letters taken at a time.
const BATCH: u32 = 100;

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Takes marked letters until it is dropped.
pub async fn run(engine: Arc<Engine>, store: PgStore) {
    let mut replay = Replay { engine, store, unsure: HashSet::new() };
    loop {
        if let Err(cause) = replay.look().await {
            tracing::warn!(%cause, "marked dead letters cannot be replayed now");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

struct Replay {
    engine: Arc<Engine>,
    store: PgStore,
    /// Accepted in this life, but the disk did not say so in time: not with the engine yet.
    unsure: HashSet<i64>,
}

impl Replay {
    async fn look(&mut self) -> Result<(), Failed> {
        for letter in self.store.asked_replays(BATCH).await? {
            if let Some(asked) = letter.replay_asked {
                self.take(&letter, asked).await?;
            }
        }
        Ok(())
    }

    async fn take(&mut self, letter: &DeadLetter, asked: Millis) -> Result<(), Failed> {
        let seq = letter.seq;
        let raw = match self.store.dead_letter(seq).await {
            Ok(Some(dead)) => dead.raw,
            Ok(None) => return Ok(()),
            Err(StoreError::Refused(cause)) => {
                tracing::error!(seq = seq.0, cause, "a dead letter cannot be read; it is not replayed");
                self.store.decline_replay(seq, asked).await?;
                return Ok(());
            }
            Err(unavailable) => return Err(unavailable.into()),
        };
        let wish = wish(seq, asked);
        let engine = self.engine.clone();
        match engine.env().journal.reopen(seq, wish, raw.clone())? {
            Reopened::UnderWay => return Ok(()),
            Reopened::Accepted(durable) => {
                self.unsure.insert(wish);
                durable.await?;
            }
            Reopened::Before(durable) => durable.await?,
        }
        if self.unsure.remove(&wish) {
            tracing::info!(seq = seq.0, update_id = letter.update_id, "a dead letter is handled again");
            engine.meters().dead_letters_replayed.add(1);
            engine.replay(vec![Recovered { seq, raw, sent: None }]).await;
        }
        self.store.answer_replay(seq, asked).await?;
        Ok(())
    }
}

/// Numbers of wishes are below this, what nodes tell each other (negated positions) is far above.
const WISHES: i64 = -(1 << 62);

/// Whether an id in the journal is that of a wish.
pub fn is_wish(id: i64) -> bool {
    id < WISHES
}

/// The number of a wish in the journal's duplicate filter: negative, as Telegram's ids are
/// positive.
fn wish(seq: Seq, asked: Millis) -> i64 {
    let mut hash = Sha256::new();
    hash.update(b"replay of a dead letter");
    hash.update(seq.0.to_le_bytes());
    hash.update(asked.0.to_le_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    // Sixty-two bits of it, below all others.
    i64::MIN + (i64::from_le_bytes(first) & (i64::MAX >> 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_differ_from_each_other_and_from_telegrams_ids() {
        let one = wish(Seq(1), Millis(5));
        assert_eq!(one, wish(Seq(1), Millis(5)));
        assert!(one != wish(Seq(1), Millis(6)) && one != wish(Seq(2), Millis(5)));
        assert!((0..1_000).all(|n| is_wish(wish(Seq(n), Millis(7)))));
        // A position is milliseconds and ten bits: in the year 2500 it is below this.
        assert!(!is_wish(-(1 << 55)) && !is_wish(0) && !is_wish(i64::MAX));
    }
}
