//! What has ended between two people, for a session that may not have heard of it: whoever ended it
//! was cut off between the commit and that word. A job of the same transaction says it once more,
//! and so does whoever asks again.

use super::deal::draw;
use super::deeds::Deed;
use super::tell::{self, Said, Telling};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::{Event, Token};
use nameless_domain::ids::UserId;

/// The job looks so long after the word that follows the commit, milliseconds: as a rule it finds
/// that nothing is left to be said.
const AFTER_MS: i64 = 2_000;

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

const STANDS: &str = "SELECT 1 FROM blocks WHERE user_id = $1 AND blocked = $2";

fn first(rows: &[tokio_postgres::Row]) -> Result<Option<UserId>, Fault> {
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.map(UserId))
}

/// With whom a chat is to end that outlived its match.
pub(super) async fn chat(conn: &mut Conn, user: UserId) -> Result<Option<UserId>, Fault> {
    first(&conn.query(CHAT, &[&user.0]).await?)
}

/// Has the session of whoever ended it told by a job, whatever becomes of this process.
pub(super) async fn tell_later(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (partner, blocked): (UserId, bool),
) -> Result<(), Fault> {
    let name = format!("dating:ended:{}:{}", user.0, draw()?);
    tell::add_after(conn, keys, user, (name, &Telling::Ended { partner, blocked }), AFTER_MS).await
}

/// What that job tells: of a block always, while it stands, as whoever searches has to hear of it
/// too; of the end of a match only where its chat goes on.
pub(super) async fn said(
    conn: &mut Conn,
    user: UserId,
    (partner, blocked): (UserId, bool),
) -> Result<Said, Fault> {
    let is_owed = match blocked {
        true => !conn.query(STANDS, &[&user.0, &partner.0]).await?.is_empty(),
        false => chat(conn, user).await? == Some(partner),
    };
    Ok(match is_owed {
        true => Said::Event(Event::Ended { partner, blocked }),
        false => Said::Nothing,
    })
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

impl PgStore {
    /// Whether the job that follows an end tells its user's session of it. For tests: jobs do so.
    #[doc(hidden)]
    pub fn dating_end_told(
        &self,
        user: UserId,
        (partner, blocked): (UserId, bool),
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        let said = self.dating_said(user, Telling::Ended { partner, blocked });
        Box::pin(async move { Ok(matches!(said.await?, Said::Event(Event::Ended { .. }))) })
    }
}
