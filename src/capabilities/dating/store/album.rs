//! Photos of a profile by their handles, as the chat shows them to others: those behind the first,
//! and which stands in for a first one that cannot be read.

use super::people;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::photo::PHOTOS;
use nameless_domain::ids::UserId;

/// What others see, with handles.
const ALBUM: &str = "\
    SELECT f.sealed, f.preview, f.seen <> 'waiting' AS checked FROM dating_photos f
    JOIN dating_profiles p ON p.user_id = f.user_id AND p.photo IS NOT NULL
    WHERE f.user_id = $1 ORDER BY f.place, f.photo OFFSET $2 LIMIT $3";

/// Those behind the first that might stand there in its place, as the first does (`MIRROR`).
const STAND_INS: &str = "\
    SELECT f.sealed, f.seen <> 'waiting' AS checked FROM dating_photos f
    JOIN dating_profiles p ON p.user_id = f.user_id AND p.photo IS NOT NULL
    WHERE f.user_id = $1 AND f.seen <> 'fine' ORDER BY f.place, f.photo OFFSET 1";

/// Handles of photos that others see, from one of them on, and whether each was looked at. What
/// cannot be read is left out.
async fn album(conn: &mut Conn, keys: &Keys, user: UserId, from: i64) -> Result<Vec<(String, bool)>, Fault> {
    let mut all = Vec::new();
    for row in conn.query(ALBUM, &[&user.0, &from, &(PHOTOS as i64)]).await? {
        let sealed: &[u8] = row.try_get("sealed")?;
        if let Some(file) = people::open_photo(conn, keys, user, Some(sealed)).await? {
            all.push((file, row.try_get("checked")?));
        }
    }
    Ok(all)
}

/// Those behind the first.
pub(super) async fn others(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Vec<(String, bool)>, Fault> {
    album(conn, keys, user, 1).await
}

/// The first of those that can be read, where the first one cannot. One in which no face was seen
/// stands first for nobody.
pub(super) async fn stand_in(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
) -> Result<Option<(String, bool)>, Fault> {
    for row in conn.query(STAND_INS, &[&user.0]).await? {
        let sealed: &[u8] = row.try_get("sealed")?;
        if let Some(file) = people::open_photo(conn, keys, user, Some(sealed)).await? {
            return Ok(Some((file, row.try_get("checked")?)));
        }
    }
    Ok(None)
}
