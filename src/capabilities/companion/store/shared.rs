//! Characters that people share with each other: a copy of one of somebody's own, sealed under
//! their key, which an operator looks at before anybody else does. With its maker's key it is gone
//! from backups, too.
//!
//! Nothing that is read here for others names its maker. While a maker is banned, nobody is shown
//! what they share.

use super::super::own::Own;
use super::dialogs::LOCK;
use super::facts::LOCK_ALONE;
use super::own;
use super::own_pictures;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::{jobs, user_key};
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::companion::{BadShare, Event, PAGE, SHARED, SharedCard, Standing};
use nameless_domain::companion::constants::{SHARED_REPORTS, SHARED_REPORTS_A_DAY, SHARES_WAITING};
use nameless_domain::ids::UserId;
use nameless_domain::outgoing::KeptPicture;
use nameless_domain::text::Lang;
use nameless_domain::time::DAY_MS;
use tokio_postgres::Row;

/// The lane of jobs that tell makers what an operator has decided.
pub(crate) const SHARED_TELL: &str = "companion_shared";
/// The lane of jobs that tell operators of one that is shown to nobody until they have looked. The
/// payload is its number.
pub(crate) const SHARED_HELD: &str = "companion_held";
/// Pages that are turned: nobody looks at more.
const PAGES: usize = 500;

macro_rules! shown {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM companion_shared s WHERE s.state = 'shown' AND NOT EXISTS (SELECT FROM bans b
                WHERE b.user_id = s.user_id AND b.until > (extract(epoch FROM now()) * 1000)::bigint) AND ",
            $rest
        )
    };
}

const FIND: &str = shown!("s.shared_id, s.own_id, s.user_id, s.sealed", "s.shared_id = $1");

const LIST: &str = shown!(
    "s.shared_id, s.own_id, s.user_id, s.sealed",
    "s.lang = $1 ORDER BY s.shared_id DESC OFFSET $2 LIMIT $3"
);

const CARD: &str = shown!(
    "s.shared_id, s.own_id, s.user_id, s.sealed, substring(s.picture FOR 64) AS face",
    "s.shared_id = $1"
);

const PICTURE: &str = shown!(
    "s.own_id, s.user_id, s.picture, substring(s.picture FOR 64) AS face",
    "s.shared_id = $1 AND s.picture IS NOT NULL"
);

const OWN_PICTURE: &str = "SELECT picture FROM companion_own WHERE user_id = $1 AND own_id = $2";

const STATE: &str = "SELECT state FROM companion_shared WHERE user_id = $1 AND own_id = $2";

const WAITING: &str = "SELECT count(*) FROM companion_shared WHERE user_id = $1 AND state = 'waits'";

const INSERT: &str = "\
    INSERT INTO companion_shared (user_id, own_id, state, lang, sealed, at, picture)
    VALUES ($1, $2, 'waits', $3, $4, $5, $6)
    ON CONFLICT (own_id) DO NOTHING";

/// What an operator has said no to stays known, so that it is not asked for again.
const TAKE_BACK: [&str; 2] = [
    "DELETE FROM companion_shared_reports r USING companion_shared s
        WHERE r.shared_id = s.shared_id AND s.user_id = $1 AND s.own_id = $2 AND s.state <> 'refused'",
    "DELETE FROM companion_shared WHERE user_id = $1 AND own_id = $2 AND state <> 'refused'",
];

/// Whoever reports it at once waits: they are counted under this lock. Reports are written before
/// it, as they are deleted before what they are about.
const THERE: &str = "\
    SELECT 1 FROM companion_shared WHERE shared_id = $1 AND state IN ('shown', 'held') FOR UPDATE";

/// Whoever reports more than a person does is thanked like everybody.
const REPORT: &str = "\
    INSERT INTO companion_shared_reports (shared_id, user_id, at) SELECT $1::bigint, $2::bigint, $3::bigint
    WHERE $5 > (SELECT count(*) FROM companion_shared_reports WHERE user_id = $2 AND at > $4)
    ON CONFLICT DO NOTHING";

const OF_NOTHING: &str = "DELETE FROM companion_shared_reports WHERE shared_id = $1 AND user_id = $2";

const HOLD: &str = "\
    UPDATE companion_shared SET state = 'held' WHERE shared_id = $1 AND state = 'shown'
        AND (SELECT count(*) FROM companion_shared_reports r WHERE r.shared_id = $1 AND NOT r.handled) >= $2";

/// The number of a shared character, by how a dialog refers to it.
pub(super) fn id_of(persona: &str) -> Option<i64> {
    persona.strip_prefix(SHARED)?.parse().ok()
}

/// How it stands with one, by how it is kept.
pub(super) fn standing(name: &str) -> Result<Standing, Fault> {
    let found = Standing::ALL.into_iter().find(|standing| standing.name() == name);
    found.ok_or_else(|| Fault::Corrupt("a standing of no kind".into()))
}

/// What a row holds.
pub(super) fn opened(key: &SealingKey, row: &Row) -> Result<Own, Fault> {
    let text = words::open(key, Part::Shared, (row.try_get("own_id")?, 0), row.try_get("sealed")?)?;
    serde_json::from_str(&text).map_err(|_| Fault::Corrupt("a character that cannot be read".into()))
}

/// One that everybody may talk to.
pub(super) async fn find(conn: &mut Conn, keys: &Keys, shared: i64) -> Result<Option<Own>, Fault> {
    let rows = conn.query(FIND, &[&shared]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let maker: i64 = row.try_get("user_id")?;
    let ring = user_key::get(conn, keys, &[maker]).await?;
    // Whoever is erased meanwhile has no key, and the row goes with the same transaction.
    ring.get(&UserId(maker)).map(|key| opened(key, row)).transpose()
}

fn card(id: i64, own: Own) -> SharedCard {
    let age = own.age.unwrap_or_default();
    SharedCard { id, name: own.name, age, greeting: own.greeting, picture: None }
}

/// One that everybody may talk to, with its picture.
async fn pictured(conn: &mut Conn, keys: &Keys, shared: i64) -> Result<Option<SharedCard>, Fault> {
    let rows = conn.query(CARD, &[&shared]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let maker: i64 = row.try_get("user_id")?;
    let ring = user_key::get(conn, keys, &[maker]).await?;
    let Some(key) = ring.get(&UserId(maker)) else { return Ok(None) };
    let picture = own_pictures::told(key, (None, shared), row)?;
    Ok(Some(SharedCard { picture, ..card(shared, opened(key, row)?) }))
}

/// The bytes of the picture of one that everybody may talk to.
pub(super) async fn picture(
    conn: &mut Conn,
    keys: &Keys,
    kept: &KeptPicture,
) -> Result<Option<Vec<u8>>, Fault> {
    let rows = conn.query(PICTURE, &[&kept.number]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let maker: i64 = row.try_get("user_id")?;
    let ring = user_key::get(conn, keys, &[maker]).await?;
    let Some(key) = ring.get(&UserId(maker)) else { return Ok(None) };
    own_pictures::bytes_of(key, Part::SharedFace, row, kept)
}

async fn list(conn: &mut Conn, keys: &Keys, page: usize, lang: Lang) -> Result<Event, Fault> {
    let page = page.min(PAGES);
    let (from, most) = ((page * PAGE) as i64, PAGE as i64 + 1);
    let rows = conn.query(LIST, &[&lang.code(), &from, &most]).await?;
    let makers: Vec<i64> = rows.iter().map(|row| row.try_get("user_id")).collect::<Result<_, _>>()?;
    let ring = user_key::get(conn, keys, &makers).await?;
    let mut list = Vec::with_capacity(rows.len());
    for row in rows.iter().take(PAGE) {
        let Some(key) = ring.get(&UserId(row.try_get("user_id")?)) else { continue };
        list.push(card(row.try_get("shared_id")?, opened(key, row)?));
    }
    Ok(Event::People { page, list, more: rows.len() > PAGE })
}

/// Has one looked at. `refused` judges it as it is now.
async fn share(
    conn: &mut Conn,
    keys: &Keys,
    (user, id): (UserId, i64),
    lang: Lang,
    refused: &(dyn Fn(&Own) -> Option<Event> + Send + Sync),
) -> Result<Event, Fault> {
    // The bound is counted under this lock.
    if conn.query(LOCK_ALONE, &[&user.0]).await?.is_empty() {
        return Ok(Event::NotNow);
    }
    let rows = conn.query(own::ONE, &[&user.0, &id]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let (Some(row), Some(key)) = (rows.first(), ring.get(&user)) else { return Ok(Event::Gone) };
    let (_, own) = own::unsealed(key, row)?;
    let asked = Event::ShareAsked { name: own.name.clone() };
    if let Some(row) = conn.query(STATE, &[&user.0, &id]).await?.first() {
        return Ok(match standing(row.try_get("state")?)? {
            Standing::Refused => Event::ShareRefused(BadShare::Refused),
            Standing::Shown => Event::ShareRuled { name: own.name, shown: true, reason: String::new() },
            Standing::Waits | Standing::Held => asked,
        });
    }
    if let Some(refused) = refused(&own) {
        return Ok(refused);
    }
    let rows = conn.query(WAITING, &[&user.0]).await?;
    if rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))? >= SHARES_WAITING {
        return Ok(Event::ShareRefused(BadShare::Waiting));
    }
    let text = serde_json::to_string(&own).map_err(|_| Fault::Corrupt("a character without words".into()))?;
    let sealed = words::seal(key, Part::Shared, (id, 0), &text)?;
    let rows = conn.query(OWN_PICTURE, &[&user.0, &id]).await?;
    let picture = match rows.first() {
        Some(row) => own_pictures::unsealed(key, (id, Part::Face), row)?,
        None => None,
    };
    let seal = |bytes: Vec<u8>| words::seal_bytes(key, Part::SharedFace, (id, 0), &bytes);
    let picture = picture.map(seal).transpose()?;
    conn.execute(INSERT, &[&user.0, &id, &lang.code(), &sealed, &wall_clock().0, &picture]).await?;
    Ok(asked)
}

/// What is said to who reports one, and whether it is shown to nobody by that, which operators are
/// told by a job of the same transaction.
async fn report(conn: &mut Conn, keys: &Keys, (user, shared): (UserId, i64)) -> Result<(Event, bool), Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok((Event::NotNow, false));
    }
    let now = wall_clock();
    let since = now.plus(-DAY_MS).0;
    conn.execute(REPORT, &[&shared, &user.0, &now.0, &since, &SHARED_REPORTS_A_DAY]).await?;
    if conn.query(THERE, &[&shared]).await?.is_empty() {
        conn.execute(OF_NOTHING, &[&shared, &user.0]).await?;
        return Ok((Event::PersonaGone { dialog: None }, false));
    }
    let held = conn.execute(HOLD, &[&shared, &SHARED_REPORTS]).await? > 0;
    if held {
        let words = serde_json::to_vec(&shared)
            .map_err(|_| Fault::Corrupt("a number that cannot be written".into()))?;
        // It may be held again once an operator has shown it.
        let name = format!("companion:held:{shared}:{}", now.0);
        jobs::add(conn, keys, &[NewJob::new(SHARED_HELD, name, words)]).await?;
    }
    Ok((Event::ShareReported, held))
}

/// What a character may not be shared for, if anything.
pub(crate) type Refuses = std::sync::Arc<dyn Fn(&Own) -> Option<Event> + Send + Sync>;

impl PgStore {
    /// Has a character of somebody's own looked at, to be shared with everybody.
    pub(crate) fn share_own(
        &self,
        user: UserId,
        own: i64,
        lang: Lang,
        refused: Refuses,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| share(conn, &inner.keys, (user, own), lang, &*refused).await).await
        })
    }

    /// Takes one back, at once.
    pub(crate) fn unshare_own(&self, user: UserId, own: i64) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    // An operator who decides about it at this moment waits, or is waited for.
                    conn.query(LOCK_ALONE, &[&user.0]).await?;
                    for sql in TAKE_BACK {
                        conn.execute(sql, &[&user.0, &own]).await?;
                    }
                    Ok(Event::Unshared)
                })
                .await
        })
    }

    /// A page of what people share, in a language.
    pub(crate) fn people_share(&self, page: usize, lang: Lang) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(
            move |inner| async move { list(&mut *inner.check_out().await?, &inner.keys, page, lang).await },
        )
    }

    /// One of them.
    pub(crate) fn shared_card(&self, shared: i64) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let found = pictured(&mut *inner.check_out().await?, &inner.keys, shared).await?;
            Ok(match found {
                Some(card) => Event::PeopleCard(card),
                None => Event::PersonaGone { dialog: None },
            })
        })
    }

    /// Keeps that something is wrong with one of them; each person counts once. Whether it is shown
    /// to nobody by that.
    pub(crate) fn report_shared(
        &self,
        user: UserId,
        shared: i64,
    ) -> PortFuture<'_, Result<(Event, bool), StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| report(conn, &inner.keys, (user, shared)).await).await
        })
    }
}
