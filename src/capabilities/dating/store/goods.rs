//! What is sold apart: super-likes, likes beyond a day's, verdicts taken back beyond the free one,
//! days on which somebody sees who likes them. Each use is an entry of the ledger of payments, in
//! the transaction of what it is used for; its name is that of the card, which says nothing of who
//! is on it.

use super::deal::draw;
use super::likers::{shows_any, waiting};
use super::people::day;
use super::{draft, people};
use crate::capabilities::billing::packs::{self, Unspent};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::Good;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::Windows;
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

/// Verdicts that are taken back for nothing a day, where more are sold.
const FREE_UNDOS: i32 = 1;
/// So long somebody sees who likes them for one use, milliseconds.
const LIKERS_MS: i64 = DAY_MS;

/// What somebody may do without using anything up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct May {
    /// They have premium: undos and the list of likes come with it, and any of a day's likes may be
    /// a super-like.
    pub premium: bool,
    /// Undos are sold here: one a day is free. Otherwise all are.
    pub undo_is_sold: bool,
    /// How long what others said keeps a super-like from them.
    pub windows: Windows,
}

/// What somebody has of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Super-likes.
    pub supers: i64,
    /// Likes beyond a day's.
    pub likes: i64,
    /// Undos beyond the free one.
    pub undos: i64,
    /// Days on which they see who likes them.
    pub likers: i64,
    /// The free undo of today is there still.
    pub has_free_undo: bool,
    /// They see who likes them until then.
    pub likers_until: Millis,
}

fn name(good: Good, card: Token) -> String {
    format!("{}:{card}", good.name())
}

/// Uses one for a card; whether there was one.
pub(super) async fn use_one(
    conn: &mut Conn,
    keys: &Keys,
    (user, good): (UserId, Good),
    card: Token,
    now: Millis,
) -> Result<bool, Fault> {
    packs::spend(conn, (&keys.payer_hash(user), good), &name(good, card), now).await
}

/// What was used for a card goes back; whether something was.
pub(super) async fn give_back(conn: &mut Conn, good: Good, card: Token, now: Millis) -> Result<bool, Fault> {
    Ok(packs::unspend(conn, good, &name(good, card), now).await? != Unspent::Nothing)
}

const STATE: &str = "SELECT undo_day, undos, likers_until FROM dating_profiles WHERE user_id = $1";

/// The day's undos so far, and until when they see who likes them.
async fn state(conn: &mut Conn, user: UserId, now: Millis) -> Result<(i32, Millis), Fault> {
    let rows = conn.query(STATE, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok((0, Millis(0))) };
    let undos = if row.try_get::<_, i32>("undo_day")? == day(now) { row.try_get("undos")? } else { 0 };
    Ok((undos, Millis(row.try_get("likers_until")?)))
}

/// Looked at and counted in one statement: of two undos beside each other one is free.
const FREE: &str = "\
    UPDATE dating_profiles SET undos = CASE WHEN undo_day = $2 THEN undos + 1 ELSE 1 END, undo_day = $2
    WHERE user_id = $1 AND (undo_day <> $2 OR undos < $3)";

/// Takes the free undo of today; whether it was there.
pub(super) async fn take_free_undo(conn: &mut Conn, user: UserId, now: Millis) -> Result<bool, Fault> {
    Ok(conn.execute(FREE, &[&user.0, &day(now), &FREE_UNDOS]).await? > 0)
}

const OPEN: &str = "UPDATE dating_profiles SET likers_until = $2 WHERE user_id = $1";

/// Opens the list of who likes somebody for a day, by one use; whether they may look. Where nobody
/// likes them, or nobody would be on the list, nothing is used up. None without a profile that
/// others see: the list would be empty.
pub(super) async fn open_likers(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<Option<bool>, Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(None);
    }
    let unseen = ["draft", "paused", "hidden"];
    if draft::lock(conn, user).await?.is_none_or(|own| unseen.contains(&&*own.standing)) {
        return Ok(None);
    }
    if state(conn, user, now).await?.1 > now {
        return Ok(Some(true));
    }
    // First whether it can be paid for: otherwise this would tell for nothing when a like comes.
    if packs::left(conn, &keys.payer_hash(user), Good::DatingLikers).await? < 1 {
        return Ok(Some(false));
    }
    if waiting(conn, user, now).await? == 0 || !shows_any(conn, keys, user, now).await? {
        return Ok(Some(true));
    }
    let is_paid = use_one(conn, keys, (user, Good::DatingLikers), draw()?, now).await?;
    if is_paid {
        conn.execute(OPEN, &[&user.0, &now.plus(LIKERS_MS).0]).await?;
    }
    Ok(Some(is_paid))
}

const LEFT: &str = "\
    SELECT unit, sum(CASE WHEN credit = 'person' THEN amount ELSE -amount END)::bigint AS has FROM ledger
    WHERE person = $1 AND unit IN ('dating_likers', 'dating_undo', 'dating_likes', 'dating_super') GROUP BY unit";

impl PgStore {
    /// What somebody has of what is sold apart.
    pub fn dating_left(&self, user: UserId) -> PortFuture<'_, Result<Left, StoreError>> {
        self.run(move |inner| async move {
            let (mut lease, now) = (inner.check_out().await?, wall_clock());
            let person = inner.keys.payer_hash(user);
            let (undos, likers_until) = state(&mut lease, user, now).await?;
            let mut left = Left { has_free_undo: undos < FREE_UNDOS, likers_until, ..Left::default() };
            for row in lease.query(LEFT, &[&person]).await? {
                let count: i64 = row.try_get("has")?;
                match Good::from_name(row.try_get("unit")?) {
                    Some(Good::DatingSuper) => left.supers = count,
                    Some(Good::DatingLikes) => left.likes = count,
                    Some(Good::DatingUndo) => left.undos = count,
                    Some(Good::DatingLikers) => left.likers = count,
                    Some(Good::Companion | Good::Again) | None => {}
                }
            }
            Ok(left)
        })
    }

    /// Opens the list of who likes somebody for a day; whether they may look. Nothing is used up
    /// where nobody likes them. None without a profile that others see.
    pub fn dating_open_likers(&self, user: UserId) -> PortFuture<'_, Result<Option<bool>, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| open_likers(conn, &inner.keys, user, wall_clock()).await;
            inner.transaction(work).await
        })
    }
}
