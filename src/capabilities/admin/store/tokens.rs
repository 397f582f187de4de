//! Tokens of the HTTP API: 256 random bits each, of which the database has the SHA-256.

use super::Done;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nameless_actors::capabilities::{Answer, Denied, Named, NewToken, Order, Page, TokenLine};
use nameless_domain::capabilities::admin::{Actor, Role};
use nameless_domain::time::{DAY_MS, Millis};
use sha2::{Digest, Sha256};

/// Tokens begin so, for those who look for leaked ones.
const PREFIX: &str = "nameless_";

const WHOSE: &str = "\
    SELECT name, role FROM admin_tokens WHERE hash = $1 AND revoked IS NULL AND expires > $2";

const LIST: &str = "SELECT name, role, created, expires, revoked FROM admin_tokens ORDER BY created, name";

const CREATE: &str = "\
    INSERT INTO admin_tokens (hash, name, role, created, expires, made_by) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING";

const REVOKE: &str = "UPDATE admin_tokens SET revoked = $2 WHERE name = $1 AND revoked IS NULL";

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

pub(super) fn role(name: &str) -> Result<Role, Fault> {
    Role::from_name(name).ok_or_else(|| Fault::Corrupt("a token of no role".into()))
}

/// Whose a token is. It is found by its hash, along an index: what that tells by its time is about
/// the hash, from which nobody gets to the token.
pub(super) async fn whose(conn: &mut Conn, token: &str, now: Millis) -> Result<Option<Actor>, Fault> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let rows = conn.query(WHOSE, &[&hash(token), &now.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let name: &str = row.try_get("name")?;
    Ok(Some(Actor { name: format!("token:{name}"), role: role(row.try_get("role")?)? }))
}

pub(super) async fn list(conn: &mut Conn) -> Result<Answer, Fault> {
    let mut items = Vec::new();
    for row in conn.query(LIST, &[]).await? {
        items.push(TokenLine {
            name: row.try_get("name")?,
            role: role(row.try_get("role")?)?,
            created: Millis(row.try_get("created")?),
            expires: Millis(row.try_get("expires")?),
            revoked: row.try_get::<_, Option<i64>>("revoked")?.map(Millis),
        });
    }
    Ok(Answer::Tokens(Page { items, next: None }))
}

/// Makes a token.
pub(super) async fn create(
    conn: &mut Conn,
    order: &Order,
    name: &str,
    role: Role,
    days: u32,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(Keys::random()?));
    let expires = now.plus(i64::from(days) * DAY_MS);
    let made = conn
        .execute(CREATE, &[&hash(&token), &name, &role.name(), &now.0, &expires.0, &order.actor.name])
        .await?;
    if made == 0 {
        return Ok(Err(Denied::NameTaken));
    }
    let token = NewToken { name: name.to_owned(), token, expires };
    Ok(Ok(Done::plain(&order.act, Answer::Token(token))))
}

/// Makes a token useless.
pub(super) async fn revoke(conn: &mut Conn, name: &str, now: Millis) -> Result<Answer, Fault> {
    Ok(match conn.execute(REVOKE, &[&name, &now.0]).await? {
        0 => Answer::Missing,
        _ => Answer::Revoked(Named { name: name.to_owned() }),
    })
}
