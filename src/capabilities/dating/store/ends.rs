//! What has ended between two people, for a session that may not have heard of it: whoever ended it
//! was cut off between the commit and that word, and asks again.

use super::deeds::Deed;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::ids::UserId;

/// With whom somebody is in a chat that was opened for a match which is none any more. One that
/// began by chance is none of it.
const CHAT: &str = "\
    SELECT CASE WHEN d.lo = $1 THEN d.hi ELSE d.lo END AS other FROM active_pair_member m
    JOIN pairs p ON p.pair_id = m.pair_id
    JOIN dating_pairs d ON d.lo = least(p.a, p.b) AND d.hi = greatest(p.a, p.b) AND d.chat = m.pair_id
    WHERE m.user_id = $1 AND d.matched_at IS NULL";

/// Whom somebody blocks still: the person on this card, else whom they blocked last.
const BLOCKED: &str = "\
    SELECT b.other FROM (
        SELECT hi AS other, changed FROM dating_pairs WHERE lo = $1 AND lo_blocked
        UNION ALL
        SELECT lo, changed FROM dating_pairs WHERE hi = $1 AND hi_blocked) AS b
    JOIN blocks x ON x.user_id = $1 AND x.blocked = b.other
    LEFT JOIN dating_cards c ON c.viewer = $1 AND c.token = $2 AND c.other = b.other
    ORDER BY c.token IS NOT NULL DESC, b.changed DESC LIMIT 1";

fn first(rows: &[tokio_postgres::Row]) -> Result<Option<UserId>, Fault> {
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.map(UserId))
}

/// With whom a chat is to end that outlived its match.
pub(super) async fn chat(conn: &mut Conn, user: UserId) -> Result<Option<UserId>, Fault> {
    first(&conn.query(CHAT, &[&user.0]).await?)
}

/// Who is to be told of again after this was done before, and whether they are blocked. Whoever has
/// heard of it notices nothing.
pub(super) async fn again(
    conn: &mut Conn,
    user: UserId,
    deed: &Deed,
) -> Result<Option<(UserId, bool)>, Fault> {
    let blocks = match deed {
        Deed::TurnAway { card, .. } => *card,
        // No card is called so.
        Deed::TurnAwayMatch { matched, .. } => *matched,
        Deed::Part { .. } | Deed::Undo(_) => return Ok(chat(conn, user).await?.map(|other| (other, false))),
        _ => return Ok(None),
    };
    let Token(name) = blocks;
    let other = first(&conn.query(BLOCKED, &[&user.0, &name.cast_signed()]).await?)?;
    Ok(other.map(|other| (other, true)))
}
