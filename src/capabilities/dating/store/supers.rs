//! Super-likes: whoever gets one is told at once, and sees whose it was on the first of their
//! cards.

use super::deal::draw;
use super::tell::{self, Telling};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{Pair, Side, Windows};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

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
