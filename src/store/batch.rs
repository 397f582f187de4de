//! A batch of writes, grouped by kind so that each kind is one statement.
//!
//! The tables of the kinds are disjoint, so within a group their order does not matter; among
//! several writes with one key the group keeps the one that would be left had they been written one
//! after the other. A report reads the history and an erasure touches every table: they are
//! barriers between groups.
//!
//! What capabilities keep is not among these: each writes through its own port, in its own
//! transaction.

use super::aggregates::account::Accounts;
use super::aggregates::block::Blocks;
use super::aggregates::dead_letter::{self, DeadLetter, DeadUpdate};
use super::aggregates::history;
use super::aggregates::message_map::Mapped;
use super::aggregates::owed::OwedLines;
use super::aggregates::pair::Ends;
use super::aggregates::rating::Ratings;
use super::aggregates::report::{self, NewReport};
use super::erase;
use super::keys::Keys;
use super::pg::{Conn, Fault};
use nameless_actors::ports::{HistoryRow, Write};
use nameless_domain::time::Millis;

/// Writes the batch inside the transaction that the caller has begun.
pub(crate) async fn write(conn: &mut Conn, keys: &Keys, batch: &[Write], now: Millis) -> Result<(), Fault> {
    let mut group = Group::default();
    for write in batch {
        match write {
            Write::Account(account) => group.accounts.add(account),
            &Write::Owed { user, owed } => group.owed.add(user, owed)?,
            &Write::NotOwed { user, notice } => group.owed.remove(user, notice)?,
            &Write::EndPair { pair, at, cause } => group.ends.add(pair, at, cause),
            Write::Mapped { pair, at, rows } => group.mapped.add(*pair, *at, rows),
            Write::History(row) => group.history.push(row),
            &Write::Blocked { by, of, at } => group.blocks.add(by, of, at),
            &Write::Rated { pair, by, of, up, at } => group.ratings.add(pair, by, of, up, at),
            &Write::DeadLetter { seq, update_id, user, at, ref error, ref raw } => {
                let error = error.clone();
                group.dead_letters.push(DeadUpdate {
                    letter: DeadLetter { seq, update_id, user, at, error, replay_asked: None },
                    raw: raw.clone(),
                })
            }
            &Write::Reported { pair, by, of, reason, at } => {
                std::mem::take(&mut group).write(conn, keys).await?;
                report::make(conn, keys, &NewReport { pair, by, of, reason, at }).await?;
            }
            &Write::Erase { user } => {
                std::mem::take(&mut group).write(conn, keys).await?;
                erase::erase(conn, keys, user, now).await?;
            }
        }
    }
    group.write(conn, keys).await
}

/// What lies between two barriers.
#[derive(Default)]
struct Group<'a> {
    ends: Ends,
    accounts: Accounts<'a>,
    owed: OwedLines,
    mapped: Mapped,
    history: Vec<&'a HistoryRow>,
    ratings: Ratings,
    blocks: Blocks,
    dead_letters: Vec<DeadUpdate>,
}

impl Group<'_> {
    async fn write(self, conn: &mut Conn, keys: &Keys) -> Result<(), Fault> {
        self.ends.write(conn).await?;
        self.accounts.write(conn).await?;
        self.owed.write(conn).await?;
        history::write(conn, keys, self.history).await?;
        self.mapped.write(conn).await?;
        self.ratings.write(conn).await?;
        self.blocks.write(conn).await?;
        dead_letter::write(conn, keys, &self.dead_letters).await
    }
}
