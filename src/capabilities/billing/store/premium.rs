//! What somebody has, as it follows from the ledger.

use crate::capabilities::premium::Entitlement;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::billing::{Account, Entry, Holding, PREMIUM, Source};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// The lock keeps the user from being erased meanwhile: the erasure removes the account first, so
/// it either waits, or this finds nobody.
const ACCOUNT: &str = "SELECT 1 FROM accounts WHERE user_id = $1 FOR KEY SHARE";

/// Whoever changes what a person has holds this: what follows from the ledger is read and written
/// in one go.
const LOCK: &str = "SELECT pg_advisory_xact_lock(5642809, hashtext(encode($1::bytea, 'hex')))";

const ENTRIES: &str = "\
    SELECT at, charge_id, CASE WHEN credit = 'person' THEN amount ELSE -amount END AS ms, late
    FROM ledger WHERE person = $1 AND unit = 'premium' ORDER BY entry";

const INSERT: &str = "\
    INSERT INTO ledger (at, person, charge_id, source, unit, debit, credit, amount, late)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const BEFORE: &str = "SELECT until FROM entitlements WHERE user_id = $1 AND kind = 'premium'";

const KEEP: &str = "\
    INSERT INTO entitlements AS old (user_id, kind, until, source, granted, changed)
    VALUES ($1, 'premium', $2, $3, $4, $4)
    ON CONFLICT (user_id, kind) DO UPDATE SET
        until = excluded.until, source = excluded.source, changed = excluded.changed
    RETURNING kind, until, source, granted, changed";

const REMOVE: &str = "DELETE FROM entitlements WHERE user_id = $1 AND kind = 'premium'";

/// What is added to the ledger about somebody's premium.
pub(crate) struct Change<'a> {
    pub source: Source,
    pub charge: Option<&'a str>,
    /// Milliseconds; negative: taken back.
    pub ms: i64,
    pub late_ms: i64,
    /// Who or what, as operators see it.
    pub by: &'a str,
}

/// Takes the person's lock until the transaction ends.
pub(crate) async fn lock(conn: &mut Conn, person: &[u8]) -> Result<(), Fault> {
    conn.query(LOCK, &[&person]).await.map(drop)
}

/// Whether the user has an account; it stays until the transaction ends.
pub(crate) async fn is_known(conn: &mut Conn, user: UserId) -> Result<bool, Fault> {
    Ok(!conn.query(ACCOUNT, &[&user.0]).await?.is_empty())
}

/// What follows from a person's entries. The lock is held.
pub(crate) async fn holding(conn: &mut Conn, person: &[u8]) -> Result<Holding, Fault> {
    let mut holding = Holding::default();
    for row in conn.query(ENTRIES, &[&person]).await? {
        holding.add(&Entry {
            at: Millis(row.try_get("at")?),
            charge: row.try_get("charge_id")?,
            ms: row.try_get("ms")?,
            late_ms: row.try_get("late")?,
        });
    }
    Ok(holding)
}

/// The same, with what the user had before there was a ledger.
async fn opened(conn: &mut Conn, user: UserId, person: &[u8], now: Millis) -> Result<Holding, Fault> {
    let mut holding = holding(conn, person).await?;
    if holding.until().is_some() {
        return Ok(holding);
    }
    let until: Option<i64> = match conn.query(BEFORE, &[&user.0]).await?.first() {
        Some(row) => Some(row.try_get("until")?),
        None => None,
    };
    if let Some(ms) = until.map(|until| Millis(until).since(now)).filter(|ms| *ms > 0) {
        let change = Change { source: Source::Opening, charge: None, ms, late_ms: 0, by: "" };
        write(conn, person, &change, now).await?;
        holding.add(&Entry { at: now, charge: None, ms, late_ms: 0 });
    }
    Ok(holding)
}

/// An entry of the ledger: from one account to another.
pub(super) async fn entry(
    conn: &mut Conn,
    person: &[u8],
    (source, charge): (Source, Option<&str>),
    (unit, amount): (&str, i64),
    (debit, credit): (Account, Account),
    now: Millis,
) -> Result<(), Fault> {
    let (source, debit, credit, late) = (source.name(), debit.name(), credit.name(), 0_i64);
    conn.execute(INSERT, &[&now.0, &person, &charge, &source, &unit, &debit, &credit, &amount, &late])
        .await?;
    Ok(())
}

async fn write(conn: &mut Conn, person: &[u8], change: &Change<'_>, now: Millis) -> Result<(), Fault> {
    let (debit, credit) = match change.ms > 0 {
        true => (Account::Given, Account::Person),
        false => (Account::Person, Account::Given),
    };
    let (source, amount) = (change.source.name(), change.ms.abs());
    let (debit, credit) = (debit.name(), credit.name());
    conn.execute(
        INSERT,
        &[&now.0, &person, &change.charge, &source, &PREMIUM, &debit, &credit, &amount, &change.late_ms],
    )
    .await?;
    Ok(())
}

/// Money in the ledger: from one account to another.
pub(crate) async fn move_money(
    conn: &mut Conn,
    person: &[u8],
    charge: &str,
    (currency, amount): (&str, i64),
    (debit, credit): (Account, Account),
    now: Millis,
) -> Result<(), Fault> {
    entry(conn, person, (Source::Charge, Some(charge)), (currency, amount), (debit, credit), now).await
}

/// Adds an entry, and brings what is kept of the user to what follows. None if the user has no
/// account: then nothing was written.
pub(crate) async fn change(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    change: Change<'_>,
    now: Millis,
) -> Result<Option<Entitlement>, Fault> {
    if !is_known(conn, user).await? {
        return Ok(None);
    }
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    let mut holding = opened(conn, user, &person, now).await?;
    if change.ms != 0 {
        write(conn, &person, &change, now).await?;
        let charge = change.charge.map(str::to_owned);
        holding.add(&Entry { at: now, charge, ms: change.ms, late_ms: change.late_ms });
    }
    let until = holding.until().unwrap_or(now);
    let rows = conn.query(KEEP, &[&user.0, &until.0, &change.by, &now.0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no entitlement was kept".into()))?;
    crate::capabilities::premium::from_row(row).map(Some)
}

/// Takes back what of a payment's premium is not used up; how much that was. `back` of `paid`, if
/// less went back than was paid: at most that share of what the payment gave.
pub(crate) async fn take_back(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    charge: &str,
    (source, (back, paid)): (Source, (i64, i64)),
    now: Millis,
) -> Result<i64, Fault> {
    // Who has erased themselves has nothing left.
    if !is_known(conn, user).await? {
        return Ok(0);
    }
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    let mut ms = holding(conn, &person).await?.unused(charge, now);
    if back < paid {
        let rows = conn.query(GIVEN, &[&person, &charge]).await?;
        let given: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
        ms = ms.min(share(given, back, paid));
    }
    if ms > 0 {
        let back = Change { source, charge: Some(charge), ms: -ms, late_ms: 0, by: "refund" };
        change(conn, keys, user, back, now).await?;
    }
    Ok(ms)
}

/// What a payment gave to somebody.
const GIVEN: &str = "\
    SELECT coalesce(sum(amount), 0)::bigint FROM ledger
    WHERE person = $1 AND unit = 'premium' AND charge_id = $2 AND credit = 'person'";

/// So much of `all` as `part` is of `whole`, rounded down.
pub(super) fn share(all: i64, part: i64, whole: i64) -> i64 {
    let share = i128::from(all) * i128::from(part.max(0)) / i128::from(whole.max(1));
    i64::try_from(share).unwrap_or(all).min(all)
}

/// Ends a user's premium; whether there was any.
pub(crate) async fn end(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<bool, Fault> {
    if !is_known(conn, user).await? {
        return Ok(false);
    }
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    let left = opened(conn, user, &person, now).await?.left(now);
    if left > 0 {
        let all = Change { source: Source::Grant, charge: None, ms: -left, late_ms: 0, by: "operator" };
        write(conn, &person, &all, now).await?;
    }
    Ok(conn.execute(REMOVE, &[&user.0]).await? > 0)
}

/// The user erases themselves: what is left is given up. The account is gone by now.
pub(crate) async fn give_up(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    let person = keys.payer_hash(user);
    lock(conn, &person).await?;
    let left = opened(conn, user, &person, now).await?.left(now);
    if left > 0 {
        let all = Change { source: Source::Erasure, charge: None, ms: -left, late_ms: 0, by: "" };
        write(conn, &person, &all, now).await?;
    }
    Ok(())
}
