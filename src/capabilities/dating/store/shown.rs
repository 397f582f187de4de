//! Photos as others see them: by names that are good for one viewer, behind one card or match.

use super::people;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::ids::UserId;
use std::collections::BTreeMap;

/// What others see of people's photos: which, and whether each was looked at, in their order.
const SHOWN: &str = "\
    SELECT f.user_id, f.photo, f.seen <> 'waiting' AS checked FROM dating_photos f
    JOIN dating_profiles p ON p.user_id = f.user_id AND p.photo IS NOT NULL
    WHERE f.user_id = ANY($1) ORDER BY f.user_id, f.place, f.photo";

/// One of those that others see.
const SEEN_ONE: &str = "\
    SELECT f.preview FROM dating_photos f JOIN dating_profiles p ON p.user_id = f.user_id AND p.photo IS NOT NULL
    WHERE f.user_id = $1 AND f.photo = $2";

/// A photo of somebody's as another person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Its name to its owner, which nobody else is told.
    pub photo: Token,
    /// Somebody has looked at it; otherwise it is blurred (I12).
    pub is_checked: bool,
}

impl Shown {
    /// What it is called to this viewer, behind this name of a card or a match. Nothing can be
    /// counted by it, nobody else's is the same, and it is another one once somebody has looked:
    /// what lies behind it never changes.
    pub fn name(self, keys: &Keys, viewer: UserId, of: Token) -> Token {
        let Shown { photo, is_checked } = self;
        let hash = keys.photo_name(&format!("shown:{}:{of}:{photo}:{is_checked}", viewer.0));
        Token(hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)))
    }

    /// Whether it is called so. The name from before somebody looked goes on: a card that lies open
    /// bears it still, and what comes says that it is checked by now.
    pub fn is_called(self, name: Token, keys: &Keys, viewer: UserId, of: Token) -> bool {
        let before = Shown { is_checked: false, ..self };
        [self, before].into_iter().any(|one| one.name(keys, viewer, of) == name)
    }
}

/// A photo as its viewer is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// What it is called to this viewer.
    pub name: Token,
    /// Somebody has looked at it; otherwise it is blurred (I12).
    pub is_checked: bool,
}

/// Photos as their viewer is told of them.
pub(super) fn named(keys: &Keys, viewer: UserId, of: Token, all: &[Shown]) -> Vec<Named> {
    let named = |shown: &Shown| Named { name: shown.name(keys, viewer, of), is_checked: shown.is_checked };
    all.iter().map(named).collect()
}

/// What others see of people's photos, in their order.
pub(super) async fn shown(conn: &mut Conn, users: &[i64]) -> Result<BTreeMap<i64, Vec<Shown>>, Fault> {
    let mut shown: BTreeMap<i64, Vec<Shown>> = BTreeMap::new();
    if users.is_empty() {
        return Ok(shown);
    }
    for row in conn.query(SHOWN, &[&users]).await? {
        let photo = Token(row.try_get::<_, i64>("photo")?.cast_unsigned());
        let one = Shown { photo, is_checked: row.try_get("checked")? };
        shown.entry(row.try_get("user_id")?).or_default().push(one);
    }
    Ok(shown)
}

/// The handle of a photo that others see, of a size that is enough for a card.
pub(super) async fn seen_one(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    photo: Token,
) -> Result<Option<String>, Fault> {
    let rows = conn.query(SEEN_ONE, &[&user.0, &photo.0.cast_signed()]).await?;
    let sealed: Option<&[u8]> = rows.first().map(|row| row.try_get("preview")).transpose()?;
    people::open_photo(conn, keys, user, sealed).await
}
