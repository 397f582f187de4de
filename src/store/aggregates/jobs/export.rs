//! A user's jobs in their export (I14).

use super::{ABOUT_OTHERS, Part, open};
use crate::store::keys::Keys;
use crate::store::pg::Conn;
use crate::store::pg::Fault;
use crate::store::rfc3339 as time;
use nameless_domain::ids::UserId;
use serde_json::{Value, json};

/// The newest ones: a file of an export has a bound.
const OF_USER: &str = "\
    SELECT key, lane, state, payload, result, (extract(epoch FROM added) * 1000)::bigint AS added,
        (extract(epoch FROM ended) * 1000)::bigint AS ended,
        (SELECT wrapped FROM user_keys k WHERE k.user_id = j.user_id) AS wrapped
    FROM jobs j WHERE user_id = $1 ORDER BY job_id DESC LIMIT 1000";

/// Values beyond this are told by their size: pictures.
const MOST: usize = 20_000;

/// What was done for a user, and out of what.
pub(crate) async fn of_user(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Value, Fault> {
    let mut work = Vec::new();
    for row in &conn.query(OF_USER, &[&user.0]).await? {
        let (key, lane, state): (&str, &str, &str) =
            (row.try_get("key")?, row.try_get("lane")?, row.try_get("state")?);
        let wrapped: Option<&[u8]> = row.try_get("wrapped")?;
        let shown = |part, column: &str| -> Result<Value, Fault> {
            let sealed: Option<&[u8]> = row.try_get(column)?;
            let owner = wrapped.map(|wrapped| (user, wrapped));
            let plain = owner.zip(sealed).and_then(|(o, sealed)| open(keys, Some(o), part, key, sealed).ok());
            Ok(plain.map_or(Value::Null, |plain| readable(&plain)))
        };
        let ended: Option<i64> = row.try_get("ended")?;
        let (given, result) = match lane == ABOUT_OTHERS {
            true => (Value::Null, Value::Null),
            false => (shown(Part::Payload, "payload")?, shown(Part::Result, "result")?),
        };
        work.push(json!({
            "kind": lane, "state": state, "asked": time(row.try_get("added")?), "ended": ended.map(time),
            "given": given, "result": result,
        }));
    }
    Ok(work.into())
}

/// JSON or text as it is, anything else by its size.
fn readable(plain: &[u8]) -> Value {
    match std::str::from_utf8(plain) {
        Ok(text) if text.len() <= MOST => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        _ => json!({ "bytes": plain.len() }),
    }
}
