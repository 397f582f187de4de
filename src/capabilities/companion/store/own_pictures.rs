//! What characters of a person's own look like: a picture each, sealed under that person's key.

use super::dialogs::LOCK;
use super::own::{self, DIALOG, PREFIX};
use super::shared;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault, wall_clock};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Event, OwnCard};
use nameless_domain::companion::constants::OWN_PICTURE_MS;
use nameless_domain::ids::{DialogId, UserId};
use nameless_domain::outgoing::KeptPicture;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// Whose picture one is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    pub own: i64,
    /// The dialog in which it is still being made.
    pub making: Option<DialogId>,
}

const KEEP: &str = "UPDATE companion_own SET picture = $3, wished = NULL WHERE user_id = $1 AND own_id = $2";

const DROP: &str =
    "UPDATE companion_own SET picture = NULL, wished = NULL WHERE user_id = $1 AND own_id = $2 AND done";

const WISH: &str = "UPDATE companion_own SET wished = $3 WHERE user_id = $1 AND own_id = $2 AND done";

/// While one is made, every photo is its picture; later one, once that was wished for.
const WANTED: &str = "\
    SELECT own_id, done FROM companion_own o WHERE user_id = $1 AND (
        NOT done AND dialog_id = $2
        OR done AND wished > $3 AND EXISTS (SELECT FROM companion_dialogs d
            WHERE d.dialog_id = $2 AND d.user_id = $1 AND d.persona = '+' || o.own_id))
    ORDER BY done LIMIT 1";

const MADE: &str =
    "SELECT own_id, sealed, done FROM companion_own WHERE user_id = $1 AND own_id = $2 FOR UPDATE";

/// Its picture is not read for it: its beginning is enough to name it.
const CARD: &str = "\
    SELECT o.own_id, o.sealed, substring(o.picture FOR 64) AS face, s.state
    FROM companion_own o LEFT JOIN companion_shared s USING (own_id)
    WHERE o.user_id = $1 AND o.own_id = $2 AND o.done";

const BYTES: &str = "\
    SELECT own_id, picture, substring(picture FOR 64) AS face FROM companion_own
    WHERE user_id = $1 AND own_id = $2 AND done AND picture IS NOT NULL";

/// One that was drawn in a dialog with one of the person's own, and passes in every mode.
const DRAWN: &str = "\
    SELECT p.file, o.own_id FROM companion_pictures p JOIN companion_dialogs d USING (dialog_id)
    JOIN companion_own o ON o.user_id = $2 AND o.done AND d.persona = '+' || o.own_id
    WHERE p.picture_id = $1 AND p.user_id = $2 AND p.state = 'told' AND NOT p.adult AND p.file IS NOT NULL";

/// The picture in a row, if there is one.
pub(super) fn unsealed(
    key: &SealingKey,
    (own, part): (i64, Part),
    row: &Row,
) -> Result<Option<Vec<u8>>, Fault> {
    let sealed: Option<&[u8]> = row.try_get("picture")?;
    sealed.map(|sealed| words::open_bytes(key, part, (own, 0), sealed)).transpose()
}

/// Keeps the picture of one.
pub(super) async fn keep(
    conn: &mut Conn,
    key: &SealingKey,
    (user, own): (UserId, i64),
    picture: &[u8],
) -> Result<(), Fault> {
    let sealed = words::seal_bytes(key, Part::Face, (own, 0), picture)?;
    conn.execute(KEEP, &[&user.0, &own, &sealed]).await.map(drop)
}

/// The name of the picture in a row, by the beginning of what is sealed: it is random, and another
/// one with each picture. The key is needed to make it, so that without its owner nobody finds
/// what Telegram calls it, in backups neither.
fn name(key: &SealingKey, face: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(key.name_of("a picture", face))
}

/// The picture in a row as the session is told of it, if there is one: which it is, none of its
/// bytes.
pub(super) fn told(
    key: &SealingKey,
    (owner, number): (Option<UserId>, i64),
    row: &Row,
) -> Result<Option<KeptPicture>, Fault> {
    let face: Option<&[u8]> = row.try_get("face")?;
    Ok(face.map(|face| KeptPicture { owner, number, name: name(key, face) }))
}

/// The bytes of the picture in a row, if that is the one.
pub(super) fn bytes_of(
    key: &SealingKey,
    part: Part,
    row: &Row,
    kept: &KeptPicture,
) -> Result<Option<Vec<u8>>, Fault> {
    match name(key, row.try_get("face")?) == kept.name {
        true => unsealed(key, (row.try_get("own_id")?, part), row),
        false => Ok(None),
    }
}

/// The bytes of a picture that is sent for the first time: of somebody's own character, or of one
/// that everybody is shown.
pub(crate) async fn read(conn: &mut Conn, keys: &Keys, kept: &KeptPicture) -> Result<Option<Vec<u8>>, Fault> {
    let Some(owner) = kept.owner else { return shared::picture(conn, keys, kept).await };
    let rows = conn.query(BYTES, &[&owner.0, &kept.number]).await?;
    let ring = user_key::get(conn, keys, &[owner.0]).await?;
    let (Some(row), Some(key)) = (rows.first(), ring.get(&owner)) else { return Ok(None) };
    bytes_of(key, Part::Face, row, kept)
}

async fn set(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    whose: Whose,
    picture: &[u8],
) -> Result<Event, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(Event::Gone);
    }
    let rows = conn.query(MADE, &[&user.0, &whose.own]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    // It may be deleted, or given up, since it was asked for.
    let (Some(row), Some(key)) = (rows.first(), ring.get(&user)) else { return Ok(Event::Gone) };
    let (_, own) = own::unsealed(key, row)?;
    keep(conn, key, (user, whose.own), picture).await?;
    let is_made: bool = row.try_get("done")?;
    let making = whose.making.filter(|_| !is_made).zip(own.next());
    Ok(Event::OwnPictureKept { making })
}

async fn card(conn: &mut Conn, keys: &Keys, user: UserId, id: i64) -> Result<Event, Fault> {
    let rows = conn.query(CARD, &[&user.0, &id]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let (Some(row), Some(key)) = (rows.first(), ring.get(&user)) else { return Ok(Event::Gone) };
    let (line, greeting) = own::line(key, row)?;
    let picture = told(key, (Some(user), id), row)?;
    Ok(Event::OwnCard(Box::new(OwnCard { line, greeting, picture })))
}

async fn wish(
    conn: &mut Conn,
    keys: &Keys,
    (user, id): (UserId, i64),
    lang: Lang,
    now: Millis,
) -> Result<Event, Fault> {
    let persona = format!("{PREFIX}{id}");
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(Event::Gone);
    }
    let Some(own) = own::find(conn, keys, user, &persona).await? else { return Ok(Event::Gone) };
    conn.execute(WISH, &[&user.0, &id, &now.0]).await?;
    // The dialog that it began with, or one anew where that is deleted.
    let rows = conn.query(DIALOG, &[&user.0, &-id, &persona, &lang.code(), &now.0]).await?;
    let dialog = DialogId(rows.first().map_or(Ok(0), |row| row.try_get(0))?);
    Ok(Event::OwnPictureWished { dialog, name: own.name })
}

impl PgStore {
    /// Whose picture a photo is that is sent in a dialog; none: it is nobody's.
    pub(crate) fn wants_picture(
        &self,
        user: UserId,
        dialog: DialogId,
    ) -> PortFuture<'_, Result<Option<Whose>, StoreError>> {
        self.run(move |inner| async move {
            let mut conn = inner.check_out().await?;
            let since = wall_clock().plus(-OWN_PICTURE_MS).0;
            let rows = conn.query(WANTED, &[&user.0, &dialog.0, &since]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let is_made: bool = row.try_get("done")?;
            Ok(Some(Whose { own: row.try_get("own_id")?, making: (!is_made).then_some(dialog) }))
        })
    }

    /// Keeps the picture of a character of somebody's own.
    pub(crate) fn keep_own_picture(
        &self,
        user: UserId,
        whose: Whose,
        picture: Vec<u8>,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| set(conn, &inner.keys, user, whose, &picture).await).await
        })
    }

    /// One has no picture any more; its card.
    pub(crate) fn drop_own_picture(
        &self,
        user: UserId,
        own: i64,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    conn.query(LOCK, &[&user.0]).await?;
                    conn.execute(DROP, &[&user.0, &own]).await?;
                    card(conn, &inner.keys, user, own).await
                })
                .await
        })
    }

    /// The card of a character of somebody's own.
    pub(crate) fn own_card(&self, user: UserId, own: i64) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(
            move |inner| async move { card(&mut *inner.check_out().await?, &inner.keys, user, own).await },
        )
    }

    /// The next photo in the dialog with one is its picture.
    pub(crate) fn wish_picture(
        &self,
        user: UserId,
        own: i64,
        lang: Lang,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| wish(conn, &inner.keys, (user, own), lang, wall_clock()).await)
                .await
        })
    }

    /// Telegram's handle of a picture that was drawn in a dialog with one of somebody's own, and
    /// whose it may be; none of what is for adult mode.
    pub(crate) fn drawn_of_own(
        &self,
        user: UserId,
        picture: i64,
    ) -> PortFuture<'_, Result<Option<(String, Whose)>, StoreError>> {
        self.run(move |inner| async move {
            let mut conn = inner.check_out().await?;
            let rows = conn.query(DRAWN, &[&picture, &user.0]).await?;
            let ring = user_key::get(&mut conn, &inner.keys, &[user.0]).await?;
            let (Some(row), Some(key)) = (rows.first(), ring.get(&user)) else { return Ok(None) };
            let file = words::open(key, Part::File, (picture, 0), row.try_get("file")?)?;
            Ok(Some((file, Whose { own: row.try_get("own_id")?, making: None })))
        })
    }
}
