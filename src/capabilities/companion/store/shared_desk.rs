//! Characters that people share, for operators: which of them wait, what they are, and what becomes
//! of them.

use super::dialogs::LOCK;
use super::own_pictures;
use super::shared::{self, SHARED_TELL, opened, standing};
use super::words::Part;
use crate::store::aggregates::{jobs, user_key};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nameless_actors::capabilities::{Page, SharedLine, SharedOne, SharedRuled};
use nameless_actors::ports::NewJob;
use nameless_domain::capabilities::companion::{Event, Standing};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT s.shared_id, s.own_id, s.user_id, s.state, s.lang, s.sealed, s.at,
                (SELECT count(*) FROM companion_shared_reports r
                 WHERE r.shared_id = s.shared_id AND NOT r.handled) AS reports
            FROM companion_shared s WHERE ",
            $rest
        )
    };
}

/// What people reported is first: somebody may be missing it.
const QUEUE: &str =
    lines!("s.state IN ('waits', 'held') ORDER BY s.state = 'held' DESC, s.at, s.shared_id LIMIT $1");

const ONE: &str = lines!("s.shared_id = $1");

const PICTURE: &str = "SELECT picture FROM companion_shared WHERE shared_id = $1";

const LOCKED: &str = "SELECT state FROM companion_shared WHERE shared_id = $1 FOR UPDATE";

const RULE: &str = "UPDATE companion_shared SET state = $2 WHERE shared_id = $1";

const HANDLED: &str =
    "UPDATE companion_shared_reports SET handled = true WHERE shared_id = $1 AND NOT handled";

fn line(row: &Row) -> Result<SharedLine, Fault> {
    Ok(SharedLine {
        shared: row.try_get("shared_id")?,
        standing: standing(row.try_get("state")?)?,
        reports: u32::try_from(row.try_get::<_, i64>("reports")?).unwrap_or(u32::MAX),
        at: Millis(row.try_get("at")?),
    })
}

/// Those that wait for an operator, without their words and without whose they are.
pub(crate) async fn queue(conn: &mut Conn, limit: u32) -> Result<Page<SharedLine>, Fault> {
    let rows = conn.query(QUEUE, &[&i64::from(limit)]).await?;
    Ok(Page { items: rows.iter().map(line).collect::<Result<_, _>>()?, next: None })
}

/// One of them as it is read; none if there is none (any more).
pub(crate) async fn read(conn: &mut Conn, keys: &Keys, shared: i64) -> Result<Option<SharedOne>, Fault> {
    let rows = conn.query(ONE, &[&shared]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let user = UserId(row.try_get("user_id")?);
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(None) };
    let own = opened(key, row)?;
    let rows = conn.query(PICTURE, &[&shared]).await?;
    let picture = match rows.first() {
        Some(picture) => own_pictures::unsealed(key, (row.try_get("own_id")?, Part::SharedFace), picture)?,
        None => None,
    };
    Ok(Some(SharedOne {
        line: line(row)?,
        user,
        lang: row.try_get("lang")?,
        name: own.name,
        age: own.age.unwrap_or_default(),
        about: own.about,
        greeting: own.greeting,
        picture: picture.map(|bytes| STANDARD.encode(bytes)),
    }))
}

/// Decides about one, which closes its reports and tells its maker; whose it is, and what came of
/// it. None if there is none (any more).
pub(crate) async fn rule(
    conn: &mut Conn,
    keys: &Keys,
    (shared, shown): (i64, bool),
    reason: &str,
    now: Millis,
) -> Result<Option<(UserId, SharedRuled)>, Fault> {
    let Some(one) = read(conn, keys, shared).await? else { return Ok(None) };
    // In the order in which an erasure takes them.
    if conn.query(LOCK, &[&one.user.0]).await?.is_empty() {
        return Ok(None);
    }
    let rows = conn.query(LOCKED, &[&shared]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let before = shared::standing(row.try_get("state")?)?;
    let standing = if shown { Standing::Shown } else { Standing::Refused };
    conn.execute(RULE, &[&shared, &standing.name()]).await?;
    conn.execute(HANDLED, &[&shared]).await?;
    if before != standing {
        let event = Event::ShareRuled { name: one.name, shown, reason: reason.trim().to_owned() };
        let words =
            serde_json::to_vec(&event).map_err(|_| Fault::Corrupt("a line that cannot be written".into()))?;
        let name = format!("companion_shared:{shared}:{}", now.0);
        jobs::add(conn, keys, &[NewJob::new(SHARED_TELL, name, words).of(one.user)]).await?;
    }
    Ok(Some((one.user, SharedRuled { shared, standing })))
}
