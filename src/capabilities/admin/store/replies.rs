//! Answers by idempotency key: the same act under the same key is answered as the first time.

use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::renew::{UnderKek, under_kek};
use nameless_actors::capabilities::{Answer, Carried, Denied, Order};
use nameless_domain::time::Millis;
use sha2::{Digest, Sha256};

const FIND: &str = "SELECT act, sealed FROM admin_replies WHERE who = $1 AND key = $2";

const KEEP: &str = "INSERT INTO admin_replies (who, key, act, sealed, at) VALUES ($1, $2, $3, $4, $5)";

fn fingerprint(order: &Order) -> Result<Vec<u8>, Fault> {
    let act = serde_json::to_vec(&order.act)
        .map_err(|_| Fault::Corrupt("an act that cannot be written as JSON".into()))?;
    Ok(Sha256::digest(act).to_vec())
}

/// What is sealed under the key-encryption key.
pub(crate) const SEALED: &[UnderKek] = &[under_kek!("admin_replies", "sealed", "who, key", "true", |row| {
    Ok(aad(row.try_get("who")?, row.try_get("key")?))
})];

fn aad(who: &str, key: &str) -> Vec<u8> {
    format!("reply:{}:{who}:{key}", who.len()).into_bytes()
}

/// What was answered before, if anything was.
pub(super) async fn find(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    key: &str,
) -> Result<Option<Result<Carried, Denied>>, Fault> {
    let rows = conn.query(FIND, &[&order.actor.name, &key]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    if row.try_get::<_, &[u8]>("act")? != fingerprint(order)? {
        return Ok(Some(Err(Denied::KeyReused)));
    }
    let plain = keys.kek().open(row.try_get("sealed")?, &aad(&order.actor.name, key))?;
    let value: serde_json::Value =
        serde_json::from_slice(&plain).map_err(|_| Fault::Corrupt("an answer that cannot be read".into()))?;
    // There was nothing to do it to, and so it is said again.
    let answer = if value.is_null() { Answer::Missing } else { Answer::Before(value) };
    Ok(Some(Ok(Carried::quietly(answer))))
}

/// Keeps an answer.
pub(super) async fn keep(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    key: &str,
    answer: &Answer,
    now: Millis,
) -> Result<(), Fault> {
    let plain = serde_json::to_vec(answer)
        .map_err(|_| Fault::Corrupt("an answer that cannot be written as JSON".into()))?;
    let sealed = keys.kek().seal(&plain, &aad(&order.actor.name, key))?;
    conn.execute(KEEP, &[&order.actor.name, &key, &fingerprint(order)?, &sealed, &now.0]).await?;
    Ok(())
}
