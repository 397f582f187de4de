//! How far a provider's list of transactions was gone through.

use super::credit::{differs, settle};
use crate::store::PgStore;
use crate::store::pg::wall_clock;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::Act;
use nameless_domain::ids::UserId;

const AT: &str = "SELECT rows FROM billing_cursors WHERE name = $1";

/// Only from where it stood: another node may have been quicker.
const ADVANCE: &str = "\
    INSERT INTO billing_cursors AS c (name, rows, at) VALUES ($1, $3, $4)
    ON CONFLICT (name) DO UPDATE SET rows = excluded.rows, at = excluded.at WHERE c.rows = $2";

/// A transaction as a provider's list has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Transaction {
    /// A payment or a refund of somebody's.
    Settle(UserId, Act),
    /// Something that is none of ours: an operator looks at it.
    Other { charge: String, direction: &'static str, reason: &'static str, amount: i64 },
    /// Nothing to look at.
    Nothing,
}

impl PgStore {
    /// How many transactions were gone through.
    pub(crate) fn billing_cursor(&self, name: String) -> PortFuture<'_, Result<i64, StoreError>> {
        self.run(move |inner| async move {
            let rows = inner.check_out().await?.query(AT, &[&name]).await?;
            Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
        })
    }

    /// The cursor moves on from where it stood.
    pub(crate) fn billing_advance(
        &self,
        name: String,
        (from, to): (i64, i64),
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    conn.execute(ADVANCE, &[&name, &from, &to, &wall_clock().0]).await.map(drop)
                })
                .await
        })
    }

    /// Settles one of a list: what was settled before changes nothing. Whether it did.
    pub(crate) fn reconcile(&self, transaction: Transaction) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let now = wall_clock();
                    match &transaction {
                        Transaction::Settle(from, act) => {
                            Ok(settle(conn, &inner.keys, *from, act, None, now).await?.wakes)
                        }
                        Transaction::Other { charge, direction, reason, amount } => {
                            differs(conn, charge, direction, reason, *amount, now).await?;
                            Ok(false)
                        }
                        Transaction::Nothing => Ok(false),
                    }
                })
                .await
        })
    }
}
