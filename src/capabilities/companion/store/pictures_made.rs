//! Pictures that were made: told once, to who is there for it, and then forgotten but for
//! Telegram's handle.

use super::dialogs::LOCK;
use super::own;
use super::pictures::{Wanted, add_job};
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::pg::wall_clock;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::Event;
use nameless_domain::ids::{DialogId, UserId};

const MADE: &str = "\
    SELECT d.dialog_id, d.persona, d.lang, p.sealed, p.adult, p.veiled,
        NOT p.adult OR d.adult IS NOT NULL AND a.adult_at IS NOT NULL AND $5 AS may,
        a.adult_at IS NOT NULL AND (a.phase ->> 'at' = 'idle'
            OR a.phase ->> 'at' = 'companion' AND (a.phase ->> 'dialog')::bigint = d.dialog_id)
        -- The phase is written after the pair is there.
        AND NOT EXISTS (SELECT FROM active_pair_member m WHERE m.user_id = $2)
        AND NOT EXISTS (SELECT FROM bans b WHERE b.user_id = $2 AND b.kind = 'ban' AND b.until > $3) AS free
    FROM companion_pictures p JOIN companion_dialogs d USING (dialog_id) JOIN accounts a ON a.user_id = p.user_id
    WHERE p.picture_id = $1 AND p.user_id = $2 AND p.state = $4";

const TOLD: &str = "\
    UPDATE companion_pictures SET state = 'told', sealed = NULL, file = $3
    WHERE picture_id = $1 AND user_id = $2 AND state = 'made'";

const SHOW: &str = "\
    UPDATE companion_pictures SET shows = shows + 1 WHERE picture_id = $1 AND user_id = $2 AND state = 'made'
    RETURNING shows";

/// A picture that was made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub dialog: DialogId,
    pub persona: String,
    /// What a character of the person's own is called.
    pub name: Option<String>,
    pub lang: String,
    pub bytes: Vec<u8>,
    /// Adult mode is on in its dialog, and it is needed.
    pub adult: bool,
    /// Behind Telegram's spoiler: nobody looked, or there is something bare.
    pub veiled: bool,
    /// Adult mode is not needed, or on.
    pub may: bool,
    /// Its owner is in its dialog, or nowhere.
    pub free: bool,
}

impl PgStore {
    /// A picture that was made and not told yet. `adult`: the operator allows adult mode.
    pub(crate) fn made_picture(
        &self,
        user: UserId,
        wanted: Wanted,
        adult: bool,
    ) -> PortFuture<'_, Result<Option<Made>, StoreError>> {
        self.run(move |inner| async move {
            let mut conn = inner.check_out().await?;
            let rows =
                conn.query(MADE, &[&wanted.picture, &user.0, &wall_clock().0, &"made", &adult]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let ring = user_key::get(&mut conn, &inner.keys, &[user.0]).await?;
            let key = user_key::of(&ring, user)?;
            let persona: String = row.try_get("persona")?;
            Ok(Some(Made {
                dialog: DialogId(row.try_get("dialog_id")?),
                name: own::find(&mut conn, &inner.keys, user, &persona).await?.map(|own| own.name),
                persona,
                lang: row.try_get("lang")?,
                bytes: words::open_bytes(key, Part::Picture, (wanted.picture, 0), row.try_get("sealed")?)?,
                adult: row.try_get("adult")?,
                veiled: row.try_get("veiled")?,
                may: row.try_get("may")?,
                free: row.try_get("free")?,
            }))
        })
    }

    /// Whether somebody still waits for a picture where it is drawn for them.
    pub(crate) fn is_waited_for(
        &self,
        user: UserId,
        wanted: Wanted,
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let mut conn = inner.check_out().await?;
            let rows =
                conn.query(MADE, &[&wanted.picture, &user.0, &wall_clock().0, &"open", &false]).await?;
            rows.first().map_or(Ok(false), |row| Ok(row.try_get("free")?))
        })
    }

    /// A picture was told; of its bytes nothing is left but Telegram's handle.
    pub(crate) fn picture_told(
        &self,
        user: UserId,
        wanted: Wanted,
        file: String,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
                        return Ok(());
                    }
                    let ring = user_key::get(conn, &inner.keys, &[user.0]).await?;
                    let key = user_key::of(&ring, user)?;
                    let file = words::seal(key, Part::File, (wanted.picture, 0), &file)?;
                    conn.execute(TOLD, &[&wanted.picture, &user.0, &file]).await.map(drop)
                })
                .await
        })
    }

    /// Has a picture told that waits. Whether there is a new job.
    pub(crate) fn show_picture(
        &self,
        user: UserId,
        picture: i64,
    ) -> PortFuture<'_, Result<(Event, bool), StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    conn.query(LOCK, &[&user.0]).await?;
                    let rows = conn.query(SHOW, &[&picture, &user.0]).await?;
                    let Some(row) = rows.first() else { return Ok((Event::Nothing, false)) };
                    add_job(conn, &inner.keys, user, Wanted { picture, show: row.try_get(0)? }).await?;
                    Ok((Event::Nothing, true))
                })
                .await
        })
    }
}
