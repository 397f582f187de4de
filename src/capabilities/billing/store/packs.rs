//! Packs: uses that were bought, spent one by one, and taken back with their payment.

use super::credit::back;
use super::premium::{self, is_known, lock, share};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Account, Good, Piece, Source, Stock};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// A statement for each good: its name is part of it, so that an index of its entries is used.
macro_rules! of_good {
    ($good:expr, $before:literal, $after:literal) => {
        match $good {
            Good::Companion => concat!($before, "'companion'", $after),
            Good::DatingLikers => concat!($before, "'dating_likers'", $after),
            Good::DatingUndo => concat!($before, "'dating_undo'", $after),
            Good::DatingLikes => concat!($before, "'dating_likes'", $after),
            Good::DatingSuper => concat!($before, "'dating_super'", $after),
            Good::Again => concat!($before, "'again'", $after),
        }
    };
}

const fn entries(good: Good) -> &'static str {
    of_good!(
        good,
        "SELECT charge_id, source, CASE WHEN credit = 'person' THEN amount ELSE -amount END AS amount
        FROM ledger WHERE person = $1 AND unit = ",
        " ORDER BY entry"
    )
}

const fn given(good: Good) -> &'static str {
    of_good!(
        good,
        "SELECT coalesce(sum(amount), 0)::bigint FROM ledger
        WHERE person = $1 AND charge_id = $2 AND credit = 'person' AND unit = ",
        ""
    )
}

/// What a person has. The lock is held.
pub(super) async fn stock(conn: &mut Conn, person: &[u8], good: Good) -> Result<Stock, Fault> {
    let mut stock = Stock::default();
    for row in conn.query(entries(good), &[&person]).await? {
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
    (person, good): (&[u8], Good),
    (source, cause): (Source, Option<&str>),
    amount: i64,
    now: Millis,
) -> Result<(), Fault> {
    let (debit, credit) = match amount > 0 {
        true => (Account::Given, Account::Person),
        false => (Account::Person, Account::Given),
    };
    premium::entry(conn, person, (source, cause), (good.name(), amount.abs()), (debit, credit), now).await
}

/// Gives what a payment is for; whether somebody is there to have it.
pub(super) async fn give(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (source, charge): (Source, &str),
    (good, amount): (Good, i64),
    now: Millis,
) -> Result<bool, Fault> {
    if !is_known(conn, user).await? {
        return Ok(false);
    }
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    write(conn, (&person, good), (source, Some(charge)), amount, now).await?;
    Ok(true)
}

/// Takes back what of a payment's pack is not used; of a part that went back at most that share.
async fn take_back(
    conn: &mut Conn,
    keys: &Keys,
    (user, good): (UserId, Good),
    charge: &str,
    (source, (back, paid)): (Source, (i64, i64)),
    now: Millis,
) -> Result<i64, Fault> {
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    let mut amount = stock(conn, &person, good).await?.unused(charge);
    if back < paid {
        let rows = conn.query(given(good), &[&person, &charge]).await?;
        let given: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
        amount = amount.min(share(given, back, paid));
    }
    if amount > 0 {
        write(conn, (&person, good), (source, Some(charge)), -amount, now).await?;
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
    let mut back = premium::take_back(conn, keys, user, charge, of, now).await?;
    for good in Good::ALL {
        back += take_back(conn, keys, (user, good), charge, of, now).await?;
    }
    Ok(back)
}

/// Uses one, under a name: the same again is the same use. Whether there was one. In the
/// transaction of what it is used for.
pub(crate) async fn spend(
    conn: &mut Conn,
    (person, good): (&[u8], Good),
    name: &str,
    now: Millis,
) -> Result<bool, Fault> {
    lock(conn, person).await?;
    let stock = stock(conn, person, good).await?;
    if stock.is_used(name) {
        return Ok(true);
    }
    if stock.left() < 1 {
        return Ok(false);
    }
    write(conn, (person, good), (Source::Use, Some(name)), -1, now).await?;
    Ok(true)
}

/// How many somebody has.
pub(crate) async fn left(conn: &mut Conn, person: &[u8], good: Good) -> Result<i64, Fault> {
    Ok(stock(conn, person, good).await?.left())
}

const WHOSE: &str = "SELECT person FROM ledger WHERE charge_id = $1 AND unit = $2 LIMIT 1";

const PAID: &str = "SELECT amount, person FROM charges WHERE charge_id = $1 AND direction = 'in'";

/// What became of a use that came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unspent {
    /// There was none of that name.
    Nothing,
    /// It is there again.
    There,
    /// All of what was paid for it has gone back meanwhile, and it with that.
    Gone,
}

/// What it was used for has come to nothing: whether one was used, and is there again.
pub(crate) async fn unspend(conn: &mut Conn, good: Good, name: &str, now: Millis) -> Result<Unspent, Fault> {
    let rows = conn.query(WHOSE, &[&name, &good.name()]).await?;
    let Some(row) = rows.first() else { return Ok(Unspent::Nothing) };
    let person: Vec<u8> = row.try_get(0)?;
    lock(conn, &person).await?;
    let stock = stock(conn, &person, good).await?;
    if !stock.is_used(name) {
        return Ok(Unspent::Nothing);
    }
    write(conn, (&person, good), (Source::Use, Some(name)), 1, now).await?;
    let Some(charge) = stock.cause_of(name) else { return Ok(Unspent::There) };
    let rows = conn.query(PAID, &[&charge]).await?;
    let Some(row) = rows.first() else { return Ok(Unspent::There) };
    let (paid, payer): (i64, Vec<u8>) = (row.try_get("amount")?, row.try_get("person")?);
    // The refund took what was unused then. It holds the person's lock until it is kept: either it
    // finds the one that is back, or it is found here.
    if back(conn, charge).await? < paid {
        return Ok(Unspent::There);
    }
    let source = if payer == person { Source::Charge } else { Source::Gift };
    write(conn, (&person, good), (source, Some(charge)), -1, now).await?;
    Ok(Unspent::Gone)
}

/// What was used under a name stays used, as another name has it from now on: under its own the
/// next one is used.
pub(crate) async fn use_anew(
    conn: &mut Conn,
    good: Good,
    (name, past): (&str, &str),
    now: Millis,
) -> Result<(), Fault> {
    let rows = conn.query(WHOSE, &[&name, &good.name()]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let person: Vec<u8> = row.try_get(0)?;
    lock(conn, &person).await?;
    if stock(conn, &person, good).await?.is_used(name) {
        write(conn, (&person, good), (Source::Use, Some(name)), 1, now).await?;
        write(conn, (&person, good), (Source::Use, Some(past)), -1, now).await?;
    }
    Ok(())
}

/// The user erases themselves: what is left is given up.
pub(super) async fn give_up(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    for good in Good::ALL {
        let left = stock(conn, &person, good).await?.left();
        if left > 0 {
            write(conn, (&person, good), (Source::Erasure, None), -left, now).await?;
        }
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
                    true => unspend(conn, Good::Companion, &name, wall_clock()).await.map(|_| true),
                    false => spend(conn, (&person, Good::Companion), &name, wall_clock()).await,
                })
                .await
        })
    }

    /// How many messages beyond a day's a user has.
    pub fn messages_left(&self, user: UserId) -> PortFuture<'_, Result<i64, StoreError>> {
        self.uses_left(user, Good::Companion)
    }

    /// How much of something a user has.
    pub fn uses_left(&self, user: UserId, good: Good) -> PortFuture<'_, Result<i64, StoreError>> {
        self.run(move |inner| async move {
            let person = inner.keys.payer_hash(user);
            left(&mut *inner.check_out().await?, &person, good).await
        })
    }
}
