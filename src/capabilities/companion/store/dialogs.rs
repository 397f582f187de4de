//! Dialogs: begun, listed, opened, forgotten.

use super::own;
use super::pictures;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Dialog, Event, MAKING, PAGE};
use nameless_domain::ids::{DialogId, Seq, UserId};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// Keeps the user from being erased meanwhile.
pub(super) const LOCK: &str = "SELECT 1 FROM accounts WHERE user_id = $1 FOR KEY SHARE";

const BEGUN: &str = "SELECT dialog_id, persona FROM companion_dialogs WHERE user_id = $1 AND begun = $2";

const INSERT: &str = "\
    INSERT INTO companion_dialogs (user_id, begun, persona, lang, created, used, noticed)
    VALUES ($1, $2, $3, $4, $5, $5, $5)
    ON CONFLICT (user_id, begun) DO NOTHING RETURNING dialog_id";

const ONE: &str = "\
    SELECT dialog_id, persona, title, used, adult IS NOT NULL AS adult FROM companion_dialogs
    WHERE dialog_id = $1 AND user_id = $2";

/// Who comes back to it does not give it a title that they once wanted to give.
const NOTICED: &str = "UPDATE companion_dialogs SET noticed = $2, naming = NULL WHERE dialog_id = $1";

const LAST: &str = "\
    SELECT turn, reply FROM companion_turns
    WHERE dialog_id = $1 AND reply IS NOT NULL AND (NOT adult OR $2) ORDER BY turn DESC LIMIT 1";

const PAGES: &str = "\
    SELECT dialog_id, persona, title, used, adult IS NOT NULL AS adult FROM companion_dialogs WHERE user_id = $1
        AND persona <> $4
    ORDER BY used DESC, dialog_id DESC OFFSET $2 LIMIT $3";

const FORGET: [&str; 2] = [
    "DELETE FROM companion_turns WHERE dialog_id = $1 AND user_id = $2",
    "DELETE FROM companion_dialogs WHERE dialog_id = $1 AND user_id = $2",
];

async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    begun: i64,
    (persona, lang): (&str, Lang),
    now: Millis,
) -> Result<Event, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(Event::NotNow);
    }
    let own = own::find(conn, keys, user, persona).await?;
    if own.is_none() && own::is_own(persona) {
        return Ok(Event::Gone);
    }
    conn.query(INSERT, &[&user.0, &begun, &persona, &lang.code(), &now.0]).await?;
    let rows = conn.query(BEGUN, &[&user.0, &begun]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("a dialog that is not there".into()))?;
    let own = own.as_ref().map(own::told);
    Ok(Event::Begun { dialog: DialogId(row.try_get("dialog_id")?), persona: row.try_get("persona")?, own })
}

fn dialog(row: &Row, key: Option<&crate::store::keys::SealingKey>) -> Result<Dialog, Fault> {
    let id: i64 = row.try_get("dialog_id")?;
    let title: Option<&[u8]> = row.try_get("title")?;
    let title = match (title, key) {
        (Some(sealed), Some(key)) => words::open(key, Part::Title, (id, 0), sealed)?,
        _ => String::new(),
    };
    Ok(Dialog {
        id: DialogId(id),
        persona: row.try_get("persona")?,
        name: None,
        title,
        used: Millis(row.try_get("used")?),
        adult: row.try_get("adult")?,
    })
}

async fn open(conn: &mut Conn, keys: &Keys, user: UserId, id: i64, adult: bool) -> Result<Event, Fault> {
    let rows = conn.query(ONE, &[&id, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(Event::Gone) };
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let key = ring.get(&user);
    let mut dialog = dialog(row, key)?;
    if dialog.persona == MAKING {
        return Ok(Event::Gone);
    }
    dialog.name = own::find(conn, keys, user, &dialog.persona).await?.map(|own| own.name);
    let (mut last, shown) = (None, dialog.adult && adult);
    if let (Some(row), Some(key)) = (conn.query(LAST, &[&id, &shown]).await?.first(), key) {
        last = Some(words::open(key, Part::Reply, (id, row.try_get("turn")?), row.try_get("reply")?)?);
    }
    // Who opens it reads that it is an AI.
    conn.execute(NOTICED, &[&id, &wall_clock().0]).await?;
    Ok(Event::Opened { dialog, last })
}

async fn list(conn: &mut Conn, keys: &Keys, user: UserId, page: usize) -> Result<Event, Fault> {
    let page = page.min(1_000);
    let (from, most) = ((page * PAGE) as i64, PAGE as i64 + 1);
    let rows = conn.query(PAGES, &[&user.0, &from, &most, &MAKING]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let mut list = Vec::with_capacity(rows.len());
    for row in rows.iter().take(PAGE) {
        let mut dialog = dialog(row, ring.get(&user))?;
        dialog.name = own::find(conn, keys, user, &dialog.persona).await?.map(|own| own.name);
        list.push(dialog);
    }
    Ok(Event::Dialogs { page, list, more: rows.len() > PAGE })
}

impl PgStore {
    /// Begins a dialog, or finds the one that the same press has begun.
    pub(crate) fn begin_dialog(
        &self,
        user: UserId,
        seq: Seq,
        persona: String,
        lang: Lang,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
            inner
                .transaction(async |conn| {
                    begin(conn, &inner.keys, user, seq, (&persona, lang), wall_clock()).await
                })
                .await
        })
    }

    /// A dialog of a user's, and the character's last words in it. `adult`: the operator allows
    /// adult mode; without that, or with the mode off in the dialog, its words are passed over.
    pub(crate) fn open_dialog(
        &self,
        user: UserId,
        id: DialogId,
        adult: bool,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| open(conn, &inner.keys, user, id.0, adult).await).await
        })
    }

    /// A page of a user's dialogs.
    pub(crate) fn dialogs(&self, user: UserId, page: usize) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(
            move |inner| async move { list(&mut *inner.check_out().await?, &inner.keys, user, page).await },
        )
    }

    /// Forgets a dialog with all that was said in it.
    pub(crate) fn delete_dialog(
        &self,
        user: UserId,
        id: DialogId,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    pictures::forget(conn, user, &[id.0]).await?;
                    for sql in FORGET {
                        conn.execute(sql, &[&id.0, &user.0]).await?;
                    }
                    Ok(Event::Deleted { dialog: id })
                })
                .await
        })
    }
}
