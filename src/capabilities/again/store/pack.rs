//! Packs of it: one is used with the question, and goes back when the day is over and the two did
//! not meet, whatever the reason was, and not sooner. Any difference would tell on somebody: one
//! who was not asked as they have blocked whoever asks, or one who read the question and said no.

use crate::capabilities::billing::packs::{self, Unspent};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::billing::Good;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;

/// One that was used.
pub(super) struct Used {
    /// Its name in the ledger: drawn by chance, as the entry outlives the chat.
    pub name: String,
    /// How many there are now.
    pub left: u32,
}

/// Uses one for a question; none if there is none.
pub(super) async fn use_one(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<Option<Used>, Fault> {
    let drawn = Keys::random()?.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes));
    let (name, person) = (format!("again:{drawn:016x}"), keys.payer_hash(user));
    if !packs::spend(conn, (&person, Good::Again), &name, now).await? {
        return Ok(None);
    }
    let left = packs::left(conn, &person, Good::Again).await?;
    Ok(Some(Used { name, left: u32::try_from(left).unwrap_or_default() }))
}

/// A question for which one was used, and of which nothing came.
const IN_VAIN: &str = "\
    SELECT used FROM again_asks WHERE pair_id = $1 AND asker = $2 AND until <= $3 AND used IS NOT NULL
        AND state <> 'met' FOR UPDATE";

/// The day is over: what was used for a question of which nothing came goes back, unless what was
/// paid for it went back before. Whether it did.
pub(super) async fn give_back(
    conn: &mut Conn,
    user: UserId,
    pair: PairId,
    now: Millis,
) -> Result<bool, Fault> {
    let rows = conn.query(IN_VAIN, &[&pair.0, &user.0, &now.0]).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    let used: String = row.try_get("used")?;
    // Told once more it is not used any more, and has gone back.
    Ok(packs::unspend(conn, Good::Again, &used, now).await? != Unspent::Gone)
}
