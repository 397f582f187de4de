//! Characters of a person's own, sealed under that person's key. One that is being made belongs to
//! a dialog of its own, in which what is said is an answer; it goes when the character is whole.

use super::super::own::Own;
use super::dialogs::LOCK;
use super::facts::LOCK_ALONE;
use super::own_pictures;
use super::pictures;
use super::shared;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::{
    BadOwn, Event, MAKING, OWN, OwnLine, OwnStep, OwnWords, SHARED,
};
use nameless_domain::ids::{DialogId, Seq, UserId};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// How a dialog refers to one: this and its number.
pub(super) const PREFIX: &str = "+";

const COUNT: &str = "SELECT count(*) FROM companion_own WHERE user_id = $1 AND done";

const BEGUN: &str = "SELECT dialog_id FROM companion_dialogs WHERE user_id = $1 AND begun = $2";

/// Another one that is being made is given up.
const GIVE_UP: [&str; 2] = [
    "DELETE FROM companion_own WHERE user_id = $1 AND NOT done",
    "DELETE FROM companion_dialogs WHERE user_id = $1 AND persona = $2",
];

pub(super) const DIALOG: &str = "\
    INSERT INTO companion_dialogs (user_id, begun, persona, lang, created, used, noticed)
    VALUES ($1, $2, $3, $4, $5, $5, $5)
    ON CONFLICT (user_id, begun) DO UPDATE SET used = excluded.used RETURNING dialog_id";

const INSERT: &str =
    "INSERT INTO companion_own (user_id, dialog_id, at) VALUES ($1, $2, $3) RETURNING own_id";

const SEALED: &str = "UPDATE companion_own SET sealed = $2, done = $3 WHERE own_id = $1";

const MADE_IN: &str = "\
    SELECT o.own_id, o.sealed, d.lang FROM companion_own o JOIN companion_dialogs d USING (dialog_id)
    WHERE o.user_id = $1 AND o.dialog_id = $2 AND NOT o.done FOR UPDATE OF o";

const MADE_IN_IT: &str = "SELECT 1 FROM companion_own WHERE user_id = $1 AND dialog_id = $2 AND NOT done";

pub(super) const ONE: &str =
    "SELECT own_id, sealed FROM companion_own WHERE user_id = $1 AND own_id = $2 AND done";

const ALL: &str =
    "SELECT own_id, sealed, picture FROM companion_own WHERE user_id = $1 AND done ORDER BY own_id";

const LISTED: &str = "\
    SELECT o.own_id, o.sealed, s.state FROM companion_own o LEFT JOIN companion_shared s USING (own_id)
    WHERE o.user_id = $1 AND o.done ORDER BY o.own_id";

const DIALOGS_WITH: &str = "SELECT dialog_id FROM companion_dialogs WHERE user_id = $1 AND persona = $2";

/// With every dialog, what was said in it, and the copy that is shared.
const DELETE: [&str; 5] = [
    "DELETE FROM companion_shared_reports r USING companion_shared s
        WHERE r.shared_id = s.shared_id AND s.user_id = $1 AND '+' || s.own_id = $2",
    "DELETE FROM companion_shared WHERE user_id = $1 AND '+' || own_id = $2",
    "DELETE FROM companion_turns t USING companion_dialogs d
        WHERE t.dialog_id = d.dialog_id AND d.user_id = $1 AND d.persona = $2",
    "DELETE FROM companion_dialogs WHERE user_id = $1 AND persona = $2",
    "DELETE FROM companion_own WHERE user_id = $1 AND '+' || own_id = $2",
];

pub(super) fn unsealed(key: &SealingKey, row: &Row) -> Result<(i64, Own), Fault> {
    let id: i64 = row.try_get("own_id")?;
    let Some(sealed) = row.try_get::<_, Option<&[u8]>>("sealed")? else { return Ok((id, Own::default())) };
    let text = words::open(key, Part::Own, (id, 0), sealed)?;
    let own =
        serde_json::from_str(&text).map_err(|_| Fault::Corrupt("a character that cannot be read".into()))?;
    Ok((id, own))
}

async fn keep(conn: &mut Conn, key: &SealingKey, (id, own): (i64, &Own), done: bool) -> Result<(), Fault> {
    let text = serde_json::to_string(own).map_err(|_| Fault::Corrupt("a character without words".into()))?;
    let sealed = words::seal(key, Part::Own, (id, 0), &text)?;
    conn.execute(SEALED, &[&id, &sealed, &done]).await.map(drop)
}

/// A character of somebody's own, or one that others share, by how a dialog refers to it.
pub(super) async fn find(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    persona: &str,
) -> Result<Option<Own>, Fault> {
    if let Some(id) = shared::id_of(persona) {
        return shared::find(conn, keys, id).await;
    }
    let Some(id) = persona.strip_prefix(PREFIX).and_then(|id| id.parse::<i64>().ok()) else {
        return Ok(None);
    };
    let rows = conn.query(ONE, &[&user.0, &id]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let (Some(row), Some(key)) = (rows.first(), ring.get(&user)) else { return Ok(None) };
    Ok(Some(unsealed(key, row)?.1))
}

/// Whether a dialog refers to a character of somebody's: no operator's has such a name.
pub(super) fn is_own(persona: &str) -> bool {
    persona.starts_with(PREFIX) || persona.starts_with(SHARED)
}

/// What a session is told of one.
pub(super) fn told(own: &Own) -> OwnWords {
    OwnWords { name: own.name.clone(), greeting: own.greeting.clone() }
}

/// All of somebody's own, with their pictures.
pub(super) async fn all(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
) -> Result<Vec<(Own, Option<Vec<u8>>)>, Fault> {
    let rows = conn.query(ALL, &[&user.0]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(Vec::new()) };
    let whole = |row| {
        let (id, own) = unsealed(key, row)?;
        Ok((own, own_pictures::unsealed(key, (id, Part::Face), row)?))
    };
    rows.iter().map(whole).collect()
}

async fn list(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Event, Fault> {
    let rows = conn.query(LISTED, &[&user.0]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(Event::OwnList(Vec::new())) };
    let lines = rows.iter().map(|row| Ok(line(key, row)?.0)).collect::<Result<_, Fault>>()?;
    Ok(Event::OwnList(lines))
}

/// What a list says of one, and how it begins.
pub(super) fn line(key: &SealingKey, row: &Row) -> Result<(OwnLine, String), Fault> {
    let (id, own) = unsealed(key, row)?;
    let state: Option<&str> = row.try_get("state")?;
    let shared = state.map(shared::standing).transpose()?;
    Ok((OwnLine { id, name: own.name, age: own.age.unwrap_or_default(), shared }, own.greeting))
}

async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    (user, begun): (UserId, i64),
    lang: Lang,
    now: Millis,
) -> Result<Event, Fault> {
    // The bound is counted under this lock.
    if conn.query(LOCK_ALONE, &[&user.0]).await?.is_empty() {
        return Ok(Event::NotNow);
    }
    if let Some(row) = conn.query(BEGUN, &[&user.0, &begun]).await?.first() {
        return Ok(Event::Making { dialog: DialogId(row.try_get(0)?), step: OwnStep::Name });
    }
    let rows = conn.query(COUNT, &[&user.0]).await?;
    if rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))? >= OWN as i64 {
        return Ok(Event::OwnRefused(BadOwn::Full));
    }
    conn.execute(GIVE_UP[0], &[&user.0]).await?;
    conn.execute(GIVE_UP[1], &[&user.0, &MAKING]).await?;
    user_key::ensure(conn, keys, vec![user.0]).await?;
    let rows = conn.query(DIALOG, &[&user.0, &begun, &MAKING, &lang.code(), &now.0]).await?;
    let dialog: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    conn.query(INSERT, &[&user.0, &dialog, &now.0]).await?;
    Ok(Event::Making { dialog: DialogId(dialog), step: OwnStep::Name })
}

/// What an answer makes of a character, or why it is refused.
type Change<'a> = &'a (dyn Fn(Own) -> Result<Own, Event> + Send + Sync);

/// The character of a dialog's that is being made, changed by `change`. The same answer twice is
/// taken for two: the dialog shows what is asked next.
async fn change(
    conn: &mut Conn,
    keys: &Keys,
    (user, dialog): (UserId, i64),
    (change, picture): (Change<'_>, Option<&[u8]>),
    now: Millis,
) -> Result<Event, Fault> {
    conn.query(LOCK, &[&user.0]).await?;
    let rows = conn.query(MADE_IN, &[&user.0, &dialog]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let (Some(row), Some(key)) = (rows.first(), ring.get(&user)) else { return Ok(Event::Gone) };
    let (id, own) = unsealed(key, row)?;
    let own = match change(own) {
        Ok(own) => own,
        // What tells of a minor is not kept, and nothing is asked about it.
        Err(refused @ Event::OwnRefused(BadOwn::Minor)) => {
            conn.execute(GIVE_UP[0], &[&user.0]).await?;
            conn.execute(GIVE_UP[1], &[&user.0, &MAKING]).await?;
            return Ok(refused);
        }
        Err(refused) => return Ok(refused),
    };
    let next = own.next();
    keep(conn, key, (id, &own), next.is_none()).await?;
    if let Some(picture) = picture {
        own_pictures::keep(conn, key, (user, id), picture).await?;
    }
    if let Some(step) = next {
        return Ok(Event::Making { dialog: DialogId(dialog), step });
    }
    let lang: String = row.try_get("lang")?;
    conn.execute(GIVE_UP[1], &[&user.0, &MAKING]).await?;
    let persona = format!("{PREFIX}{id}");
    // Presses are positive.
    let rows = conn.query(DIALOG, &[&user.0, &-id, &persona, &lang, &now.0]).await?;
    let dialog = DialogId(rows.first().map_or(Ok(0), |row| row.try_get(0))?);
    Ok(Event::Begun { dialog, persona, own: Some(told(&own)) })
}

impl PgStore {
    /// Whether a character is being made in a dialog.
    pub(crate) fn is_making(
        &self,
        user: UserId,
        dialog: DialogId,
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let mut conn = inner.check_out().await?;
            Ok(!conn.query(MADE_IN_IT, &[&user.0, &dialog.0]).await?.is_empty())
        })
    }

    /// Begins to make a character; one that was not finished is given up.
    pub(crate) fn begin_own(
        &self,
        user: UserId,
        seq: Seq,
        lang: Lang,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
            inner
                .transaction(async |conn| begin(conn, &inner.keys, (user, seq), lang, wall_clock()).await)
                .await
        })
    }

    /// Takes an answer, or a card with its picture, into the character that is being made in a
    /// dialog.
    pub(crate) fn change_own(
        &self,
        user: UserId,
        dialog: DialogId,
        with: std::sync::Arc<dyn Fn(Own) -> Result<Own, Event> + Send + Sync>,
        picture: Option<Vec<u8>>,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let with = (&*with, picture.as_deref());
                    change(conn, &inner.keys, (user, dialog.0), with, wall_clock()).await
                })
                .await
        })
    }

    /// Somebody's own characters.
    pub(crate) fn own_characters(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move { list(&mut *inner.check_out().await?, &inner.keys, user).await })
    }

    /// Forgets one, with its dialogs; those that are left.
    pub(crate) fn delete_own(&self, user: UserId, id: i64) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    // An operator who decides about it at this moment waits, or is waited for.
                    conn.query(LOCK_ALONE, &[&user.0]).await?;
                    let persona = format!("{PREFIX}{id}");
                    let dialogs = conn.query(DIALOGS_WITH, &[&user.0, &persona]).await?;
                    let dialogs =
                        dialogs.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
                    pictures::forget(conn, user, &dialogs).await?;
                    for sql in DELETE {
                        conn.execute(sql, &[&user.0, &persona]).await?;
                    }
                    list(conn, &inner.keys, user).await
                })
                .await
        })
    }
}
