//! Photos of a profile: six at most, in their order, their handles sealed under their owner's key.
//!
//! What stands first is kept in the profile as well (`photo`, `preview`, `photo_checked`): cards
//! are dealt and drawn by it. Where nothing may stand first nothing is there, and no photo is shown
//! to anybody. Whoever changes photos holds the lock of the profile's row.

use super::deal::draw;
use super::people::{self, photo_aad};
use super::tell::{self, Telling};
use super::{draft, edit, filters};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::{Event, Photos, Token};
use nameless_domain::capabilities::dating::photo::{self, CHANGES, Look, Shot, Spot};
use nameless_domain::capabilities::dating::profile::Objection;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

const LIST: &str = "SELECT photo, seen FROM dating_photos WHERE user_id = $1 ORDER BY place, photo";

const INSERT: &str = "\
    INSERT INTO dating_photos (user_id, photo, place, sealed, preview, seen, added, look_at)
    VALUES ($1, $2, 0, $3, $4, $5, $6, $7)";

const DELETE: &str = "DELETE FROM dating_photos WHERE user_id = $1 AND photo = $2";

const PLACES: &str = "\
    UPDATE dating_photos f SET place = n.n FROM unnest($2::bigint[]) WITH ORDINALITY AS n (photo, n)
    WHERE f.user_id = $1 AND f.photo = n.photo";

/// The first of them as the profile has it; nothing if it may not stand there.
const MIRROR: &str = "\
    UPDATE dating_profiles p
    SET photo = f.sealed, preview = f.preview, photo_checked = coalesce(f.seen <> 'waiting', false)
    FROM (SELECT $1::bigint AS user_id) AS u LEFT JOIN LATERAL (
        SELECT sealed, preview, seen FROM dating_photos d WHERE d.user_id = u.user_id AND d.seen <> 'fine'
        ORDER BY place, photo LIMIT 1) AS f ON true
    WHERE p.user_id = u.user_id";

/// A change of photos, looked at and counted in one statement.
const COUNT: &str = "\
    UPDATE dating_profiles SET
        photo_changes = CASE WHEN photo_day = $2 THEN photo_changes + 1 ELSE 1 END, photo_day = $2
    WHERE user_id = $1 AND (photo_day <> $2 OR photo_changes < $3)";

const MAY_CHANGE: &str = "\
    SELECT 1 FROM dating_profiles WHERE user_id = $1 AND (photo_day <> $2 OR photo_changes < $3)";

const ONE: &str = "SELECT preview FROM dating_photos WHERE user_id = $1 AND photo = $2";

const FILES: &str = "SELECT sealed FROM dating_photos WHERE user_id = $1 ORDER BY place, photo";

/// Photos that nobody could look at yet, and whose turn it is. What could not be looked at itself
/// comes later each time, eight minutes at most, and holds up nothing; who dies meanwhile, or finds
/// nobody to look, has only delayed it.
const CLAIM: &str = "\
    UPDATE dating_photos f SET look_at = $1::bigint + (60000::bigint << least(f.looks, 3))
    WHERE (f.user_id, f.photo) IN (SELECT user_id, photo FROM dating_photos
        WHERE seen = 'waiting' AND look_at <= $1 ORDER BY look_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING f.user_id, f.photo, f.preview";

const SEEN: &str = "\
    UPDATE dating_photos SET seen = $3 WHERE user_id = $1 AND photo = $2 AND seen = 'waiting'";

const FAILED: &str = "UPDATE dating_photos SET looks = looks + 1 WHERE user_id = $1 AND photo = $2";

/// So soon a photo that nobody could look at is looked at again, milliseconds.
const AGAIN_MS: i64 = 60_000;

/// A photo that came.
#[derive(Clone, PartialEq)]
pub(crate) struct NewPhoto {
    /// Telegram's handle.
    pub file: String,
    /// The handle of a size of it that is enough for a card.
    pub preview: String,
    /// What was seen of it.
    pub look: Look,
}

impl std::fmt::Debug for NewPhoto {
    /// Without its handles.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPhoto").field("look", &self.look).finish_non_exhaustive()
    }
}

/// A photo that has to be looked at.
pub struct Unseen {
    /// Whose.
    pub user: UserId,
    /// Its name to its owner.
    pub photo: Token,
    /// Telegram's handle.
    pub file: String,
}

/// Somebody's photos in their order.
pub(super) async fn list(conn: &mut Conn, user: UserId) -> Result<Vec<Shot>, Fault> {
    let rows = conn.query(LIST, &[&user.0]).await?;
    let shot = |row: &tokio_postgres::Row| {
        let photo = Token(row.try_get::<_, i64>("photo")?.cast_unsigned());
        Ok(Shot { photo, look: Look::of_word(row.try_get("seen")?) })
    };
    rows.iter().map(shot).collect()
}

/// Keeps this order, and what follows for the profile.
async fn keep(conn: &mut Conn, user: UserId, all: &[Shot]) -> Result<(), Fault> {
    let names: Vec<i64> = all.iter().map(|shot| shot.photo.0.cast_signed()).collect();
    conn.execute(PLACES, &[&user.0, &names]).await?;
    conn.execute(MIRROR, &[&user.0]).await.map(drop)
}

/// Counts a change of photos; whether there may be one more today.
async fn count(conn: &mut Conn, user: UserId, now: Millis) -> Result<bool, Fault> {
    Ok(conn.execute(COUNT, &[&user.0, &people::day(now), &CHANGES]).await? > 0)
}

/// Whether there may be one more change of photos today.
async fn may_change(conn: &mut Conn, user: UserId, now: Millis) -> Result<bool, Fault> {
    Ok(!conn.query(MAY_CHANGE, &[&user.0, &people::day(now), &CHANGES]).await?.is_empty())
}

/// Adds a photo; why not, if it may not be.
pub(super) async fn add(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (new, spot): (&NewPhoto, Spot),
    now: Millis,
) -> Result<Result<Token, Objection>, Fault> {
    let NewPhoto { file, preview, look } = new;
    let mut all = list(conn, user).await?;
    let (photo, had) = (draw()?, photo::has_first(&all));
    let made_room = match photo::add(&mut all, Shot { photo, look: *look }, spot) {
        Ok(made_room) => made_room,
        Err(objection) => return Ok(Err(objection)),
    };
    // Whether somebody has a photo is what others may ask for.
    let is_new = !had && photo::has_first(&all);
    // What is refused counts as neither.
    if !may_change(conn, user, now).await? || (is_new && !filters::count_photo(conn, user, now).await?) {
        return Ok(Err(Objection::Often));
    }
    count(conn, user, now).await?;
    if let Some(gone) = made_room {
        conn.execute(DELETE, &[&user.0, &gone.0.cast_signed()]).await?;
    }
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let key = user_key::of(&ring, user)?;
    let sealed = key.seal(file.as_bytes(), &photo_aad(user))?;
    let preview = key.seal(preview.as_bytes(), &photo_aad(user))?;
    let (name, soon) = (photo.0.cast_signed(), now.plus(AGAIN_MS).0);
    conn.execute(INSERT, &[&user.0, &name, &sealed, &preview, &look.word(), &now.0, &soon]).await?;
    keep(conn, user, &all).await?;
    Ok(Ok(photo))
}

/// Removes a photo; whether there was one. Another one that may stand first does. It is counted,
/// and never refused: what somebody no longer wants to show goes.
pub(super) async fn remove(conn: &mut Conn, user: UserId, photo: Token, now: Millis) -> Result<bool, Fault> {
    let mut all = list(conn, user).await?;
    let Some(at) = all.iter().position(|shot| shot.photo == photo) else { return Ok(false) };
    let had = photo::has_first(&all);
    conn.execute(DELETE, &[&user.0, &photo.0.cast_signed()]).await?;
    all.remove(at);
    photo::arrange(&mut all);
    count(conn, user, now).await?;
    if had && !photo::has_first(&all) {
        filters::count_photo(conn, user, now).await?;
    }
    keep(conn, user, &all).await?;
    Ok(true)
}

/// Puts photos in another order. The same again is no change.
pub(super) async fn order(
    conn: &mut Conn,
    user: UserId,
    wanted: &[Token],
    now: Millis,
) -> Result<Result<(), Objection>, Fault> {
    let all = list(conn, user).await?;
    let ordered = match photo::order(&all, wanted) {
        Ok(ordered) if ordered == all => return Ok(Ok(())),
        Ok(ordered) => ordered,
        Err(objection) => return Ok(Err(objection)),
    };
    if !count(conn, user, now).await? {
        return Ok(Err(Objection::Often));
    }
    keep(conn, user, &ordered).await?;
    Ok(Ok(()))
}

/// The handle of one of somebody's own photos.
pub(super) async fn own(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    photo: Token,
) -> Result<Option<String>, Fault> {
    let rows = conn.query(ONE, &[&user.0, &photo.0.cast_signed()]).await?;
    let sealed: Option<&[u8]> = rows.first().map(|row| row.try_get("preview")).transpose()?;
    people::open_photo(conn, keys, user, sealed).await
}

/// Handles of all of somebody's photos.
pub(super) async fn files(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Vec<String>, Fault> {
    let mut all = Vec::new();
    for row in conn.query(FILES, &[&user.0]).await? {
        let sealed: &[u8] = row.try_get("sealed")?;
        all.extend(people::open_photo(conn, keys, user, Some(sealed)).await?);
    }
    Ok(all)
}

/// Their photos, as the chat lists them.
pub(super) async fn listed(conn: &mut Conn, user: UserId) -> Result<Event, Fault> {
    let all = list(conn, user).await?;
    let waiting = all.iter().enumerate().filter(|(_, shot)| !shot.look.is_checked()).map(|(n, _)| n);
    Ok(Event::Photos(Photos {
        waiting: waiting.collect(),
        has_first: photo::has_first(&all),
        all: all.iter().map(|shot| shot.photo).collect(),
    }))
}

/// What a late look says of a photo that waited. Its owner hears of it where something changes for
/// others but the veil.
async fn looked(
    conn: &mut Conn,
    keys: &Keys,
    (user, token): (UserId, Token),
    look: Result<Look, Objection>,
) -> Result<(), Fault> {
    // In the order in which an erasure takes them.
    if !people::are_known(conn, &[user.0]).await? || draft::lock(conn, user).await?.is_none() {
        return Ok(());
    }
    let mut all = list(conn, user).await?;
    let Some(at) = all.iter().position(|shot| shot.photo == token && !shot.look.is_checked()) else {
        return Ok(());
    };
    let objection = match look {
        Ok(Look::Waiting) => {
            return conn.execute(FAILED, &[&user.0, &token.0.cast_signed()]).await.map(drop);
        }
        Ok(look) => {
            conn.execute(SEEN, &[&user.0, &token.0.cast_signed(), &look.word()]).await?;
            all[at].look = look;
            (at == 0 && !look.may_be_first()).then_some(Objection::Face)
        }
        Err(objection) => {
            conn.execute(DELETE, &[&user.0, &token.0.cast_signed()]).await?;
            all.remove(at);
            Some(objection)
        }
    };
    photo::arrange(&mut all);
    keep(conn, user, &all).await?;
    let Some(objection) = objection else { return Ok(()) };
    let name = format!("dating:photo:{}:{token}", user.0);
    tell::add(conn, keys, user, name, &Telling::Photo { objection }).await
}

impl PgStore {
    /// Somebody's photos in their order; none without a profile.
    pub(crate) fn dating_photos(
        &self,
        user: UserId,
    ) -> PortFuture<'_, Result<Option<Vec<Shot>>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            match edit::is_there(&mut lease, user).await? {
                true => Ok(Some(list(&mut lease, user).await?)),
                false => Ok(None),
            }
        })
    }

    /// Whether somebody may change their photos once more today: before a picture is looked at.
    pub(crate) fn dating_may_change_photos(&self, user: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(
            move |inner| async move { may_change(&mut *inner.check_out().await?, user, wall_clock()).await },
        )
    }

    /// What the chat shows of somebody's photos; no question is open after that.
    pub fn dating_photo_list(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        self.change_photos(user, None)
    }

    /// Has one of somebody's photos stand first.
    pub(crate) fn dating_photo_first(
        &self,
        user: UserId,
        photo: Token,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.change_photos(user, Some((photo, true)))
    }

    /// Removes one of somebody's photos.
    pub(crate) fn dating_photo_away(
        &self,
        user: UserId,
        photo: Token,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.change_photos(user, Some((photo, false)))
    }

    /// The list after a change, if any: that a photo stands first, or is gone.
    fn change_photos(
        &self,
        user: UserId,
        change: Option<(Token, bool)>,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let (is_there, now) = (people::are_known(conn, &[user.0]).await?, wall_clock());
                let Some(draft) = draft::lock(conn, user).await?.filter(|_| is_there) else {
                    return Ok(Event::Gone);
                };
                draft::close_more(conn, user, &draft).await?;
                match change {
                    Some((photo, true)) => {
                        let mut wanted: Vec<Token> =
                            list(conn, user).await?.iter().map(|shot| shot.photo).collect();
                        wanted.sort_by_key(|one| *one != photo);
                        if let Err(objection @ (Objection::Face | Objection::Often)) =
                            order(conn, user, &wanted, now).await?
                        {
                            return Ok(Event::PhotoGone { objection });
                        }
                    }
                    Some((photo, false)) => _ = remove(conn, user, photo, now).await?,
                    None => {}
                }
                listed(conn, user).await
            };
            inner.transaction(work).await
        })
    }

    /// Photos that wait for a look, and whose turn it is: at most so many.
    pub fn dating_unseen(&self, most: i64) -> PortFuture<'_, Result<Vec<Unseen>, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let mut all = Vec::new();
                for row in conn.query(CLAIM, &[&wall_clock().0, &most]).await? {
                    let user = UserId(row.try_get("user_id")?);
                    let photo = Token(row.try_get::<_, i64>("photo")?.cast_unsigned());
                    let sealed: &[u8] = row.try_get("preview")?;
                    let file = people::open_photo(conn, &inner.keys, user, Some(sealed)).await?;
                    all.extend(file.map(|file| Unseen { user, photo, file }));
                }
                Ok::<_, Fault>(all)
            };
            inner.transaction(work).await
        })
    }

    /// Keeps what a late look says of a photo.
    pub fn dating_looked(
        &self,
        (user, photo): (UserId, Token),
        look: Result<Look, Objection>,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| looked(conn, &inner.keys, (user, photo), look).await).await
        })
    }
}
