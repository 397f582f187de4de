//! What people want characters to remember of them: of the person, so that every dialog knows it.

use super::dialogs::LOCK;
use super::summaries;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Event, FACTS, Fact, PAGE};
use nameless_domain::ids::{MessageId, UserId};
use tokio_postgres::Row;

const INSERT: &str = "\
    INSERT INTO companion_facts (user_id, message, at, sealed) VALUES ($1, $2, $3, $4)
    ON CONFLICT (user_id, message) DO NOTHING";

const COUNT: &str = "SELECT count(*) FROM companion_facts WHERE user_id = $1 AND message <> $2";

const ALL: &str = "SELECT fact_id, message, sealed FROM companion_facts WHERE user_id = $1 ORDER BY fact_id";

const DELETE: &str = "DELETE FROM companion_facts WHERE user_id = $1 AND fact_id = $2";

const FORGET: &str = "DELETE FROM companion_facts WHERE user_id = $1";

/// What a fact says, by the message that said it.
pub(super) fn unsealed(key: &SealingKey, message: i32, sealed: &[u8]) -> Result<String, Fault> {
    words::open(key, Part::Fact, (i64::from(message), 0), sealed)
}

fn fact(row: &Row, key: &SealingKey) -> Result<Fact, Fault> {
    let words = unsealed(key, row.try_get("message")?, row.try_get("sealed")?)?;
    Ok(Fact { id: row.try_get("fact_id")?, words })
}

/// A person's facts, the oldest first.
pub(super) async fn all(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Vec<Fact>, Fault> {
    let rows = conn.query(ALL, &[&user.0]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(Vec::new()) };
    rows.iter().map(|row| fact(row, key)).collect()
}

/// A page of a person's facts, the newest first; the last one if there are fewer by now.
async fn page(conn: &mut Conn, keys: &Keys, user: UserId, page: usize) -> Result<Event, Fault> {
    let all = all(conn, keys, user).await?;
    let page = page.min(all.len().saturating_sub(1) / PAGE);
    let more = all.len() > (page + 1) * PAGE;
    let summed = if page == 0 { summaries::shown(conn, keys, user).await? } else { Vec::new() };
    let list = all.into_iter().rev().skip(page * PAGE).take(PAGE).collect();
    Ok(Event::Facts { page, list, more, summed })
}

async fn remember(
    conn: &mut Conn,
    keys: &Keys,
    (user, message): (UserId, i32),
    said: &str,
) -> Result<Event, Fault> {
    // Whoever remembers a second thing at once waits: the bound is counted under this lock.
    if conn.query(LOCK_ALONE, &[&user.0]).await?.is_empty() {
        return Ok(Event::NotNow);
    }
    let rows = conn.query(COUNT, &[&user.0, &message]).await?;
    if rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))? >= FACTS as i64 {
        return Ok(Event::FullOfFacts);
    }
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let key = user_key::of(&ring, user)?;
    let sealed = words::seal(key, Part::Fact, (i64::from(message), 0), said)?;
    conn.execute(INSERT, &[&user.0, &message, &wall_clock().0, &sealed]).await?;
    Ok(Event::Remembered)
}

/// The same, and from doing a second thing at once.
pub(super) const LOCK_ALONE: &str = "SELECT 1 FROM accounts WHERE user_id = $1 FOR UPDATE";

impl PgStore {
    /// Keeps something that characters are to remember of somebody; the message names it.
    pub(crate) fn remember(
        &self,
        user: UserId,
        message: MessageId,
        said: String,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| remember(conn, &inner.keys, (user, message.0), &said).await).await
        })
    }

    /// A page of what characters remember of somebody.
    pub(crate) fn facts(&self, user: UserId, at: usize) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(
            move |inner| async move { page(&mut *inner.check_out().await?, &inner.keys, user, at).await },
        )
    }

    /// Forgets one of them, or all; a page of what is left.
    pub(crate) fn forget(
        &self,
        user: UserId,
        fact: Option<i64>,
        at: usize,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    conn.query(LOCK, &[&user.0]).await?;
                    match fact {
                        Some(fact) => drop(conn.execute(DELETE, &[&user.0, &fact]).await?),
                        None => {
                            conn.execute(FORGET, &[&user.0]).await?;
                            summaries::forget(conn, user).await?;
                        }
                    }
                    page(conn, &inner.keys, user, at).await
                })
                .await
        })
    }
}
