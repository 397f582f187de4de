//! Links to the pages and sessions there: 256 random bits each, of which the database has the
//! SHA-256.

use super::{audit, lock, tokens};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nameless_actors::capabilities::{Credential, Entered};
use nameless_domain::capabilities::admin::audit::{Entry, Outcome};
use nameless_domain::capabilities::admin::{Actor, Role, Source};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use sha2::{Digest, Sha256};

/// How long a link is good, milliseconds.
const LINK_MS: i64 = 5 * 60_000;
/// How long a session is good, milliseconds.
const SESSION_MS: i64 = 12 * 3_600_000;
/// For how long nothing may be asked in one, milliseconds.
const IDLE_MS: i64 = 3_600_000;
/// How often it is noted that something was asked, milliseconds.
const NOTED_AGAIN_MS: i64 = 60_000;

const FORGET_LINKS: &str = "DELETE FROM admin_links WHERE who = $1 AND used IS NULL";

const LINK: &str = "INSERT INTO admin_links (hash, who, role, expires) VALUES ($1, $2, $3, $4)";

/// Of two who show it at once one waits for the other, and finds it used.
const USE_LINK: &str = "\
    UPDATE admin_links SET used = $2 WHERE hash = $1 AND used IS NULL AND expires > $2 RETURNING who, role";

const BEGIN: &str = "\
    INSERT INTO admin_sessions (hash, who, role, seen, expires) VALUES ($1, $2, $3, $4, $5)";

/// A session that began with a token ends with it, and has no more of a role than the token has.
const WHOSE: &str = "\
    SELECT s.who, s.role, s.seen FROM admin_sessions s
    WHERE s.hash = $1 AND s.ended IS NULL AND s.expires > $2 AND s.seen > $3
      AND (s.who NOT LIKE 'token:%' OR EXISTS (
          SELECT FROM admin_tokens t WHERE 'token:' || t.name = s.who AND t.revoked IS NULL AND t.expires > $2))";

const SEEN: &str = "UPDATE admin_sessions SET seen = $2 WHERE hash = $1 AND seen < $2";

const END: &str = "\
    UPDATE admin_sessions SET ended = $2 WHERE hash = $1 AND ended IS NULL AND expires > $2 RETURNING who, role";

fn secret() -> Result<String, Fault> {
    Ok(URL_SAFE_NO_PAD.encode(Keys::random()?))
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Makes a link: its secret part.
pub(super) async fn link(conn: &mut Conn, user: UserId, role: Role, now: Millis) -> Result<String, Fault> {
    let (secret, who) = (secret()?, format!("telegram:{}", user.0));
    conn.execute(FORGET_LINKS, &[&who]).await?;
    conn.execute(LINK, &[&hash(&secret), &who, &role.name(), &now.plus(LINK_MS).0]).await?;
    Ok(secret)
}

/// Begins a session, if what is shown is good.
pub(super) async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    with: &Credential,
    now: Millis,
) -> Result<Option<Entered>, Fault> {
    let (actor, how) = match with {
        Credential::Link(link) => {
            let rows = conn.query(USE_LINK, &[&hash(link), &now.0]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let role = tokens::role(row.try_get("role")?)?;
            (Actor { name: row.try_get("who")?, role }, "link")
        }
        Credential::Token(token) => match tokens::whose(conn, token, now).await? {
            Some(actor) => (actor, "token"),
            None => return Ok(None),
        },
    };
    let secret = secret()?;
    let expires = now.plus(SESSION_MS);
    conn.execute(BEGIN, &[&hash(&secret), &actor.name, &actor.role.name(), &now.0, &expires.0]).await?;
    note(conn, keys, &actor, "log_in", how, now).await?;
    Ok(Some(Entered { secret, actor }))
}

/// Whose session it is, if it is good.
pub(super) async fn whose(conn: &mut Conn, secret: &str, now: Millis) -> Result<Option<Actor>, Fault> {
    let hash = hash(secret);
    let rows = conn.query(WHOSE, &[&hash, &now.0, &now.plus(-IDLE_MS).0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let actor = Actor { name: row.try_get("who")?, role: tokens::role(row.try_get("role")?)? };
    if row.try_get::<_, i64>("seen")? <= now.0 - NOTED_AGAIN_MS {
        conn.execute(SEEN, &[&hash, &now.0]).await?;
    }
    Ok(Some(actor))
}

/// Ends a session.
pub(super) async fn end(conn: &mut Conn, keys: &Keys, secret: &str, now: Millis) -> Result<(), Fault> {
    let rows = conn.query(END, &[&hash(secret), &now.0]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let actor = Actor { name: row.try_get("who")?, role: tokens::role(row.try_get("role")?)? };
    note(conn, keys, &actor, "log_out", "", now).await
}

async fn note(
    conn: &mut Conn,
    keys: &Keys,
    actor: &Actor,
    what: &str,
    detail: &str,
    now: Millis,
) -> Result<(), Fault> {
    lock(conn).await?;
    let entry = Entry {
        seq: 0,
        at: now,
        who: actor.name.clone(),
        role: actor.role.name().to_owned(),
        what: what.to_owned(),
        whom: None,
        detail: detail.to_owned(),
        reason: String::new(),
        source: Source::Page.name().to_owned(),
        outcome: Outcome::Done.name().to_owned(),
    };
    audit::write(conn, keys, entry, None).await
}
