//! Super-likes: whoever gets one is told at once, and sees whose it was on the first of their
//! cards. Of one who has passed by already nothing else is said or used than of anybody: whoever
//! gives one would learn that. What was bought and not seen in three days goes back, whatever
//! the reason was.

use super::deal::draw;
use super::tell::{self, Telling};
use super::{goods, people};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::billing::Good;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{Pair, Side, Windows};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

/// After so long it is looked whether one that was bought was seen, milliseconds. A job is given up
/// after a week.
const SEEN_WITHIN_MS: i64 = 3 * DAY_MS;

/// Whether a super-like would not be seen: who gets it has said already that it is not them, or not
/// now, and their card does not come again yet.
pub(super) fn is_unheard(pair: &Pair, other: Side, windows: &Windows, now: Millis) -> bool {
    let has_answered = pair.said(other).is_some_and(|said| !said.verdict.is_like());
    has_answered && pair.hides_from(other, windows, now)
}

/// The card of who gives a super-like lies first before the other one, who may see that; also where
/// it was answered so long ago that it may come again.
const FIRST: &str = "\
    INSERT INTO dating_cards AS c (viewer, token, other, place, made) VALUES ($1, $2, $3, -1, $4)
    ON CONFLICT (viewer, other) DO UPDATE SET place = -1, answered = NULL,
        token = CASE WHEN c.answered IS NULL THEN c.token ELSE excluded.token END,
        served = CASE WHEN c.answered IS NULL THEN c.served END,
        undone = c.undone AND c.answered IS NULL";

/// It was taken back.
const NOT_FIRST: &str = "\
    UPDATE dating_cards SET place = 0 WHERE viewer = $1 AND other = $2 AND place < 0 AND answered IS NULL";

/// Somebody is told that they have a super-like, not by whom: the first of their cards says that.
/// Once for the card of who gives it: what is given, taken back and given again is told once.
pub(super) async fn given(
    conn: &mut Conn,
    keys: &Keys,
    (user, other): (UserId, UserId),
    card: Token,
    now: Millis,
) -> Result<(), Fault> {
    let token = draw()?;
    conn.execute(FIRST, &[&other.0, &token.0.cast_signed(), &user.0, &now.0]).await?;
    tell::add(conn, keys, other, format!("dating:super:{}:{card}", other.0), &Telling::Super).await
}

/// A super-like is none any more: the card of who gave it lies where any lies.
pub(super) async fn not_first(conn: &mut Conn, to: UserId, from: UserId) -> Result<(), Fault> {
    conn.execute(NOT_FIRST, &[&to.0, &from.0]).await.map(drop)
}

/// One was bought: in three days it is looked whether it was seen.
pub(super) async fn look_later(
    conn: &mut Conn,
    keys: &Keys,
    (user, to): (UserId, UserId),
    card: Token,
    now: Millis,
) -> Result<(), Fault> {
    let name = format!("dating:unseen:{}:{card}:{}", user.0, now.0);
    let telling = Telling::Unseen { to, card, at: now };
    tell::add_after(conn, keys, user, (name, &telling), SEEN_WITHIN_MS).await
}

/// They had the card before them since, or have answered it.
const SEEN: &str =
    "SELECT 1 FROM dating_cards WHERE viewer = $1 AND other = $2 AND (served >= $3 OR answered >= $3)";

/// What was bought goes back if it was not seen; if it did already, nothing does. Nobody is told.
pub(super) async fn unless_seen(
    conn: &mut Conn,
    (user, to): (UserId, UserId),
    (card, at): (Token, Millis),
    now: Millis,
) -> Result<(), Fault> {
    // Whoever has erased themselves has nothing that could come back.
    if people::are_known(conn, &[user.0]).await?
        && conn.query(SEEN, &[&to.0, &user.0, &at.0]).await?.is_empty()
    {
        goods::give_back(conn, Good::DatingSuper, card, now).await?;
    }
    Ok(())
}
