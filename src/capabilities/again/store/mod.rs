//! Who asked whom back: a row for each chat that ended, which both may find, and neither sees.
//!
//! Whoever is not to be met is never asked, and who asks for them does not learn that: the row is
//! made all the same, and nothing comes of it. Locks are taken in one order: accounts, the row.

mod meet;
mod pack;
mod tables;
mod tell;

pub(crate) use tables::TABLES;
pub(crate) use tell::Telling;

use crate::capabilities::dating::avoided;
use crate::store::PgStore;
use crate::store::aggregates::bots::apart;
use crate::store::aggregates::owed::OwedLines;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::AgainPort;
use nameless_actors::ports::{Owed, PortFuture, StoreError};
use nameless_domain::capabilities;
use nameless_domain::capabilities::again::{Event, Notice, Request, WITHIN_MS};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::notice::Notice as Line;
use nameless_domain::time::{DAY_MS, Millis};
use std::time::Duration;

/// The chat that ended.
const CHAT: &str = "\
    SELECT CASE WHEN a = $2 THEN b ELSE a END AS other, ended FROM pairs
    WHERE pair_id = $1 AND (a = $2 OR b = $2) AND ended IS NOT NULL";

/// They stay until the transaction ends: an erasure comes before it, or finds what it wrote.
const ACCOUNTS: &str = "\
    SELECT user_id FROM accounts WHERE user_id = ANY($1) ORDER BY user_id FOR KEY SHARE";

const ROW: &str = "SELECT asker, asked, state, until FROM again_asks WHERE pair_id = $1 FOR UPDATE";

/// Neither a person's questions, which are counted, nor those of a chat, of which there is one,
/// come two at a time.
const ONE_BY_ONE: &str = "\
    SELECT pg_advisory_xact_lock(5642811, hashint8($1)), pg_advisory_xact_lock(5642812, hashint8($2))";

/// Those for which nothing was used.
const LATELY: &str = "SELECT count(*) FROM again_asks WHERE asker = $1 AND at > $2 AND used IS NULL";

const INSERT: &str = "\
    INSERT INTO again_asks (pair_id, asker, asked, at, until, state, used) VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Somebody who is not to be met: out of reach, of another crowd, banned or hidden, blocked or
/// reported by the other.
const APART: &str = concat!(
    "SELECT (SELECT count(*) FROM accounts WHERE user_id IN ($1, $2) AND NOT blocked_bot) < 2
        OR EXISTS (SELECT FROM bans WHERE user_id IN ($1, $2) AND until > $3)
        OR EXISTS (SELECT FROM reports WHERE reporter = $1 AND reported = $2)
        OR EXISTS (SELECT FROM reports WHERE reporter = $2 AND reported = $1)
        OR ",
    apart!("$1", "(SELECT o.bot FROM accounts o WHERE o.user_id = $2)"),
    " OR ",
    avoided!("$1", "$2")
);

/// What waits for somebody, of the chat that ended last.
const WAITS: &str = "\
    SELECT pair_id, asker FROM again_asks WHERE asked = $1 AND state = 'asked' AND until > $2
    ORDER BY until DESC, pair_id DESC LIMIT 1 FOR UPDATE";

const STATE: &str = "UPDATE again_asks SET state = $2 WHERE pair_id = $1";

const SHOWN: &str = "UPDATE again_asks SET state = 'shown', shown = $2 WHERE pair_id = $1";

const PUT_OFF: &str = "\
    UPDATE again_asks SET state = 'asked', shown = NULL WHERE pair_id = $1 AND asked = $2 AND state = 'shown'
    RETURNING pair_id";

const TAKE_BACK: &str = "\
    UPDATE again_asks SET state = 'back' WHERE asker = $1 AND state <> 'met' AND at < $2 AND until > $2";

const DECLINE: &str = "\
    UPDATE again_asks SET state = 'no' WHERE asked = $1 AND state = 'shown' AND shown < $2";

/// A question as it stands, locked.
struct Row {
    asker: UserId,
    asked: Option<UserId>,
    state: String,
    until: Millis,
}

impl Row {
    fn is_open(&self, now: Millis) -> bool {
        matches!(&*self.state, "asked" | "shown") && now < self.until
    }
}

async fn row(conn: &mut Conn, pair: PairId) -> Result<Option<Row>, Fault> {
    let rows = conn.query(ROW, &[&pair.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Row {
        asker: UserId(row.try_get("asker")?),
        asked: row.try_get::<_, Option<i64>>("asked")?.map(UserId),
        state: row.try_get("state")?,
        until: Millis(row.try_get("until")?),
    }))
}

/// Whether all of them are known, and stay so until the transaction ends.
async fn stay(conn: &mut Conn, users: &[i64]) -> Result<bool, Fault> {
    Ok(conn.query(ACCOUNTS, &[&users]).await?.len() == users.len())
}

async fn are_apart(conn: &mut Conn, one: UserId, other: UserId, now: Millis) -> Result<bool, Fault> {
    let rows = conn.query(APART, &[&one.0, &other.0, &now.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(true))
}

async fn set(conn: &mut Conn, pair: PairId, state: &str) -> Result<(), Fault> {
    conn.execute(STATE, &[&pair.0, &state]).await.map(drop)
}

/// Owes a line in this transaction; whichever life says it takes it over.
async fn owe(conn: &mut Conn, users: &[UserId], line: Line) -> Result<(), Fault> {
    let mut lines = OwedLines::default();
    for &user in users {
        lines.add(user, Owed { notice: line, life: 0 })?;
    }
    lines.write(conn).await
}

async fn ask(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (pair, most): (PairId, u32),
    now: Millis,
) -> Result<Event, Fault> {
    let rows = conn.query(CHAT, &[&pair.0, &user.0]).await?;
    let Some(chat) = rows.first() else { return Ok(Event::TooLate) };
    let other = chat.try_get::<_, Option<i64>>("other")?.map(UserId);
    let until = Millis(chat.try_get::<_, i64>("ended")?).plus(WITHIN_MS);
    let both: Vec<i64> = [Some(user), other].into_iter().flatten().map(|u| u.0).collect();
    let known = conn.query(ACCOUNTS, &[&both]).await?;
    let knows = |row: &tokio_postgres::Row| row.try_get::<_, i64>(0).is_ok_and(|id| id == user.0);
    if now >= until || !known.iter().any(knows) {
        return Ok(Event::TooLate);
    }
    conn.query(ONE_BY_ONE, &[&user.0, &pair.0]).await?;
    match row(conn, pair).await? {
        Some(row) if row.asker == user => return Ok(Event::AskedBefore),
        // They have asked as well: that is a yes.
        Some(row) if row.asked == Some(user) => return meet::agree(conn, keys, user, pair, now).await,
        Some(_) => return Ok(Event::TooLate),
        None => {}
    }
    let rows = conn.query(LATELY, &[&user.0, &now.plus(-DAY_MS).0]).await?;
    let lately: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
    let used = match lately >= i64::from(most) {
        true => match pack::use_one(conn, keys, user, now).await? {
            Some(used) => Some(used),
            None if most == 0 => return Ok(Event::Unpaid),
            None => return Ok(Event::NoneLeft { most }),
        },
        false => None,
    };
    let asked = match other {
        Some(other) if !are_apart(conn, user, other, now).await? => Some(other),
        _ => None,
    };
    let state = if asked.is_some() { "asked" } else { "off" };
    let name = used.as_ref().map(|used| used.name.as_str());
    let asked_id = asked.map(|u| u.0);
    conn.execute(INSERT, &[&pair.0, &user.0, &asked_id, &now.0, &until.0, &state, &name]).await?;
    if let Some(other) = asked {
        tell::wanted(conn, keys, other, pair, (Duration::ZERO, now)).await?;
    }
    let left = Duration::from_millis(u64::try_from(until.since(now)).unwrap_or(0));
    tell::add(conn, keys, user, format!("again:over:{}", pair.0), &Telling::Over { pair }, left).await?;
    Ok(used.map_or(Event::Asked, |used| Event::AskedByPack { left: used.left }))
}

async fn take(conn: &mut Conn, user: UserId, now: Millis) -> Result<Event, Fault> {
    if !stay(conn, &[user.0]).await? {
        return Ok(Event::Nothing);
    }
    loop {
        let rows = conn.query(WAITS, &[&user.0, &now.0]).await?;
        let Some(row) = rows.first() else { return Ok(Event::Nothing) };
        let (pair, asker) = (PairId(row.try_get("pair_id")?), UserId(row.try_get("asker")?));
        if are_apart(conn, asker, user, now).await? {
            set(conn, pair, "off").await?;
            continue;
        }
        conn.execute(SHOWN, &[&pair.0, &now.0]).await?;
        let question = capabilities::Notice::Again(Notice::Question { pair });
        owe(conn, &[user], Line::Capability(question)).await?;
        return Ok(Event::Question { pair });
    }
}

async fn decline(conn: &mut Conn, user: UserId, pair: PairId, now: Millis) -> Result<Event, Fault> {
    if row(conn, pair).await?.is_some_and(|row| row.asked == Some(user) && row.is_open(now)) {
        set(conn, pair, "no").await?;
    }
    Ok(Event::Nothing)
}

async fn put_off(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    pair: PairId,
    now: Millis,
) -> Result<Event, Fault> {
    if stay(conn, &[user.0]).await? && !conn.query(PUT_OFF, &[&pair.0, &user.0]).await?.is_empty() {
        tell::wanted(conn, keys, user, pair, (tell::ONCE_MORE, now)).await?;
    }
    Ok(Event::Nothing)
}

async fn forget(conn: &mut Conn, user: UserId, before: Millis) -> Result<Event, Fault> {
    conn.execute(TAKE_BACK, &[&user.0, &before.0]).await?;
    conn.execute(DECLINE, &[&user.0, &before.0]).await?;
    Ok(Event::Nothing)
}

impl AgainPort for PgStore {
    fn ask(&self, user: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let (keys, now) = (&inner.keys, wall_clock());
            inner
                .transaction(async |conn| match request {
                    Request::Ask { pair, most } => ask(conn, keys, user, (pair, most), now).await,
                    Request::Take => take(conn, user, now).await,
                    Request::Answer { pair, yes: true } => meet::agree(conn, keys, user, pair, now).await,
                    Request::Answer { pair, yes: false } => decline(conn, user, pair, now).await,
                    Request::PutOff { pair } => put_off(conn, keys, user, pair, now).await,
                    Request::Find { pair } => meet::find(conn, user, pair).await,
                    Request::Forget { before } => forget(conn, user, before).await,
                })
                .await
        })
    }
}
