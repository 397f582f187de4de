//! Packs: uses that were bought, spent one by one, and taken back with their payment.

use super::premium::{self, is_known, lock, share};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Account, COMPANION, Piece, Source, Stock};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

const ENTRIES: &str = "\
    SELECT charge_id, source, CASE WHEN credit = 'person' THEN amount ELSE -amount END AS amount
    FROM ledger WHERE person = $1 AND unit = 'companion' ORDER BY entry";

const GIVEN: &str = "\
    SELECT coalesce(sum(amount), 0)::bigint FROM ledger
    WHERE person = $1 AND unit = 'companion' AND charge_id = $2 AND credit = 'person'";

/// What a person has. The lock is held.
pub(super) async fn stock(conn: &mut Conn, person: &[u8]) -> Result<Stock, Fault> {
    let mut stock = Stock::default();
    for row in conn.query(ENTRIES, &[&person]).await? {
        stock.add(&Piece {
            cause: row.try_get("charge_id")?,
            is_use: row.try_get::<_, &str>("source")? == Source::Use.name(),
            amount: row.try_get("amount")?,
        });
    }
    Ok(stock)
}

async fn write(
    conn: &mut Conn,
    person: &[u8],
    (source, cause): (Source, Option<&str>),
    amount: i64,
    now: Millis,
) -> Result<(), Fault> {
    let (debit, credit) = match amount > 0 {
        true => (Account::Given, Account::Person),
        false => (Account::Person, Account::Given),
    };
    premium::entry(conn, person, (source, cause), (COMPANION, amount.abs()), (debit, credit), now).await
}

/// Gives what a payment is for; whether somebody is there to have it.
pub(super) async fn give(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (source, charge): (Source, &str),
    amount: i64,
    now: Millis,
) -> Result<bool, Fault> {
    if !is_known(conn, user).await? {
        return Ok(false);
    }
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    write(conn, &person, (source, Some(charge)), amount, now).await?;
    Ok(true)
}

/// Takes back what of a payment's pack is not used; of a part that went back at most that share.
async fn take_back(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    charge: &str,
    (source, (back, paid)): (Source, (i64, i64)),
    now: Millis,
) -> Result<i64, Fault> {
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    let mut amount = stock(conn, &person).await?.unused(charge);
    if back < paid {
        let rows = conn.query(GIVEN, &[&person, &charge]).await?;
        let given: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
        amount = amount.min(share(given, back, paid));
    }
    if amount > 0 {
        write(conn, &person, (source, Some(charge)), -amount, now).await?;
    }
    Ok(amount)
}

/// Takes back whatever of a payment is not used; how much that was, in its own unit.
pub(super) async fn take_all_back(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    charge: &str,
    of: (Source, (i64, i64)),
    now: Millis,
) -> Result<i64, Fault> {
    // Who has erased themselves has nothing left.
    if !is_known(conn, user).await? {
        return Ok(0);
    }
    let days = premium::take_back(conn, keys, user, charge, of, now).await?;
    Ok(days + take_back(conn, keys, user, charge, of, now).await?)
}

/// Uses one, under a name: the same again is the same use. Whether there was one. In the
/// transaction of what it is used for.
pub(crate) async fn spend(conn: &mut Conn, person: &[u8], name: &str, now: Millis) -> Result<bool, Fault> {
    lock(conn, person).await?;
    let stock = stock(conn, person).await?;
    if stock.is_used(name) {
        return Ok(true);
    }
    if stock.left() < 1 {
        return Ok(false);
    }
    write(conn, person, (Source::Use, Some(name)), -1, now).await?;
    Ok(true)
}

const WHOSE: &str = "SELECT person FROM ledger WHERE charge_id = $1 AND unit = 'companion' LIMIT 1";

/// What it was used for has come to nothing, if one was used.
pub(crate) async fn unspend(conn: &mut Conn, name: &str, now: Millis) -> Result<(), Fault> {
    let rows = conn.query(WHOSE, &[&name]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let person: Vec<u8> = row.try_get(0)?;
    lock(conn, &person).await?;
    if stock(conn, &person).await?.is_used(name) {
        write(conn, &person, (Source::Use, Some(name)), 1, now).await?;
    }
    Ok(())
}

/// The user erases themselves: what is left is given up.
pub(super) async fn give_up(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    let left = stock(conn, &person).await?.left();
    if left > 0 {
        write(conn, &person, (Source::Erasure, None), -left, now).await?;
    }
    Ok(())
}

impl PgStore {
    /// Uses one of a user's messages, or gives it back. Characters do so with what they reserve.
    #[doc(hidden)]
    pub fn use_message(
        &self,
        user: UserId,
        name: String,
        back: bool,
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let person = inner.keys.payer_hash(user);
            inner
                .transaction(async |conn| match back {
                    true => unspend(conn, &name, wall_clock()).await.map(|()| true),
                    false => spend(conn, &person, &name, wall_clock()).await,
                })
                .await
        })
    }

    /// How many messages beyond a day's a user has.
    pub fn messages_left(&self, user: UserId) -> PortFuture<'_, Result<i64, StoreError>> {
        self.run(move |inner| async move {
            let person = inner.keys.payer_hash(user);
            Ok(stock(&mut *inner.check_out().await?, &person).await?.left())
        })
    }
}
