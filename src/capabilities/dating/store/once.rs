//! What was done under an Idempotency-Key: the same request again is answered the same, and done
//! once.

use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;

/// A key, and the hash of what is asked under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Once {
    pub key: String,
    pub request: Vec<u8>,
}

/// What came of it. Names and pictures are not in it: they are read when it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// A match was made.
    #[serde(default)]
    pub matched: bool,
    /// The chat is open.
    #[serde(default)]
    pub opened: bool,
    /// The card that lies open again.
    #[serde(default)]
    pub card: Option<Token>,
}

/// Keys of one person, at most: the oldest go before their day is over.
const MOST: i64 = 2_000;
/// One request in so many looks whether there are more: by its hash, so that nobody chooses which.
const LOOKS: u8 = 16;

const OLDEST: &str = "\
    DELETE FROM dating_done WHERE user_id = $1 AND key IN (
        SELECT key FROM dating_done WHERE user_id = $1 ORDER BY at DESC, key OFFSET $2)";

/// Whether it was done before.
pub(super) enum Was {
    New,
    Before(Done),
    /// Something else was asked under this key.
    Other,
}

/// Of two at the same moment one waits for the other, and finds what that one did.
const BEGIN: &str = "\
    INSERT INTO dating_done (user_id, key, request, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

const BEFORE: &str = "SELECT request, done FROM dating_done WHERE user_id = $1 AND key = $2";

const KEEP: &str = "UPDATE dating_done SET done = $3 WHERE user_id = $1 AND key = $2";

const FORGET: &str = "DELETE FROM dating_done WHERE user_id = $1 AND key = $2";

/// Takes the key, in the transaction of what is done under it.
pub(super) async fn begin(conn: &mut Conn, user: UserId, once: &Once, now: Millis) -> Result<Was, Fault> {
    if conn.execute(BEGIN, &[&user.0, &once.key, &once.request, &now.0]).await? == 1 {
        if once.request.first().is_some_and(|byte| byte % LOOKS == 0) {
            conn.execute(OLDEST, &[&user.0, &MOST]).await?;
        }
        return Ok(Was::New);
    }
    let rows = conn.query(BEFORE, &[&user.0, &once.key]).await?;
    // It expired at this moment.
    let row = rows.first().ok_or_else(|| Fault::Unavailable("a key went away meanwhile".into()))?;
    if row.try_get::<_, Vec<u8>>("request")? != once.request {
        return Ok(Was::Other);
    }
    let done: Option<Json<Done>> = row.try_get("done")?;
    Ok(done.map_or(Was::Other, |Json(done)| Was::Before(done)))
}

/// Whether something was done under a key; none: it was something else.
pub(super) async fn was_done(conn: &mut Conn, user: UserId, once: &Once) -> Result<Option<bool>, Fault> {
    let rows = conn.query(BEFORE, &[&user.0, &once.key]).await?;
    let Some(row) = rows.first() else { return Ok(Some(false)) };
    let is_same = row.try_get::<_, Vec<u8>>("request")? == once.request;
    Ok(is_same.then(|| row.try_get::<_, Option<Json<Done>>>("done")).transpose()?.map(|done| done.is_some()))
}

/// Keeps what came of it; what was refused has changed nothing, and may be asked again.
pub(super) async fn end(conn: &mut Conn, user: UserId, once: &Once, done: Option<Done>) -> Result<(), Fault> {
    match done {
        Some(done) => conn.execute(KEEP, &[&user.0, &once.key, &Json(done)]).await.map(drop),
        None => conn.execute(FORGET, &[&user.0, &once.key]).await.map(drop),
    }
}
