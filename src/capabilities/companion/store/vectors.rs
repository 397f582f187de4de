//! Vectors of what was meant in turns, sealed under their owner's key: PostgreSQL compares nothing
//! here, and has no extension for it. Those of one dialog are read and compared in one pass.

use super::books::{self, CallKey};
use super::dialogs::LOCK;
use super::turn::Said;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::{jobs, user_key};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::companion::constants::{MEANT_AT_ONCE, NEAR, RECALL_WITHIN};
use nameless_domain::companion::meaning::{Vector, nearest};
use nameless_domain::companion::money::Outcome;
use nameless_domain::ids::UserId;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The lane of vectors.
pub(crate) const VECTORS: &str = "companion_vectors";
/// Those that were not made by then are made with the next turns.
const WITHIN: Duration = Duration::from_secs(3_600);

/// What a job of [`VECTORS`] is given: the dialog, and its last turn that has ended by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bare {
    pub dialog: i64,
    pub upto: i32,
}

/// Which vectors are meant.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    /// Those that can be compared with each other.
    pub name: String,
    /// Of turns that need adult mode as well.
    pub adult: bool,
}

/// Turns that have no vector.
#[derive(Clone, Debug)]
pub(crate) struct Lot {
    pub turns: Vec<BareTurn>,
    /// Calls that were made for this job before.
    pub calls: i16,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct BareTurn {
    pub turn: i32,
    pub said: Said,
    /// As it is sealed: what says something else by the time that the vector is there gets none.
    sealed: [Vec<u8>; 2],
}

/// Who forgets, or takes a turn back, waits for it, or is waited for.
const DIALOG: &str = "\
    SELECT forgot FROM companion_dialogs WHERE dialog_id = $1 AND user_id = $2 FOR UPDATE";

const BARE: &str = "\
    SELECT turn, asked, reply, adult FROM companion_turns
    WHERE dialog_id = $1 AND turn <= $2 AND turn > $3 AND reply IS NOT NULL AND (NOT adult OR $4)
        AND vector_of IS DISTINCT FROM $5
    ORDER BY turn DESC LIMIT $6";

const KEEP: &str = "\
    UPDATE companion_turns t SET vector = w.vector, vector_of = $3
    FROM unnest($4::integer[], $5::bytea[], $6::bytea[], $7::bytea[]) AS w (turn, vector, asked, reply)
    WHERE t.dialog_id = $1 AND t.turn = w.turn AND t.turn > $2 AND t.asked = w.asked AND t.reply = w.reply";

const ALL: &str = "\
    SELECT turn, vector FROM companion_turns
    WHERE dialog_id = $1 AND user_id = $2 AND turn < $3 AND turn > $4 AND reply IS NOT NULL AND (NOT adult OR $5)
        AND vector_of = $6 AND vector IS NOT NULL";

const WORDS: &str = "\
    SELECT turn, asked, reply, adult FROM companion_turns
    WHERE dialog_id = $1 AND user_id = $2 AND turn = ANY($3) AND reply IS NOT NULL AND (NOT adult OR $4)";

/// A job's calls, as the books name them: those of replies have a try above zero.
pub(crate) fn call(bare: Bare, number: i16) -> CallKey {
    (bare.dialog, bare.upto, 0, number)
}

async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    (user, bare): (UserId, Bare),
    space: &Space,
) -> Result<Option<Lot>, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(None);
    }
    let rows = conn.query(DIALOG, &[&bare.dialog, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let after = row.try_get::<_, i32>("forgot")?.max(bare.upto.saturating_sub(RECALL_WITHIN));
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(None) };
    let most = MEANT_AT_ONCE;
    let rows =
        conn.query(BARE, &[&bare.dialog, &bare.upto, &after, &space.adult, &space.name, &most]).await?;
    let mut turns = Vec::with_capacity(rows.len());
    for row in &rows {
        let turn: i32 = row.try_get("turn")?;
        let sealed: [Vec<u8>; 2] = [row.try_get("asked")?, row.try_get("reply")?];
        let asked = words::open(key, Part::Asked, (bare.dialog, turn), &sealed[0])?;
        let reply = words::open(key, Part::Reply, (bare.dialog, turn), &sealed[1])?;
        turns.push(BareTurn { turn, said: Said { asked, reply, adult: row.try_get("adult")? }, sealed });
    }
    let (dialog, turn, attempt, _) = call(bare, 0);
    let calls = books::give_up(conn, (dialog, turn, attempt)).await?;
    Ok((!turns.is_empty()).then_some(Lot { turns, calls }))
}

async fn keep(
    conn: &mut Conn,
    keys: &Keys,
    (user, dialog): (UserId, i64),
    space: &str,
    made: &[(BareTurn, Option<Vector>)],
) -> Result<(), Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(());
    }
    let rows = conn.query(DIALOG, &[&dialog, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let forgot: i32 = row.try_get("forgot")?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(()) };
    let (mut turns, mut vectors) = (Vec::with_capacity(made.len()), Vec::with_capacity(made.len()));
    let (mut asked, mut replies) = (Vec::with_capacity(made.len()), Vec::with_capacity(made.len()));
    for (of, vector) in made {
        let seal = |vector: &Vector| words::seal_bytes(key, Part::Vector, (dialog, of.turn), &vector.bytes());
        turns.push(of.turn);
        vectors.push(vector.as_ref().map(seal).transpose()?);
        asked.push(of.sealed[0].as_slice());
        replies.push(of.sealed[1].as_slice());
    }
    conn.execute(KEEP, &[&dialog, &forgot, &space, &turns, &vectors, &asked, &replies]).await.map(drop)
}

/// Turns of a dialog that are most alike to what is said in this one, the most alike first.
async fn find(
    conn: &mut Conn,
    keys: &Keys,
    (user, dialog, turn): (UserId, i64, i32),
    (space, adult): (&str, bool),
    (asked, least): (&Vector, f32),
) -> Result<Vec<(i32, Said)>, Fault> {
    let before = turn - NEAR;
    let after = before - RECALL_WITHIN;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(Vec::new()) };
    let rows = conn.query(ALL, &[&dialog, &user.0, &before, &after, &adult, &space]).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let of: i32 = row.try_get("turn")?;
        let bytes = words::open_bytes(key, Part::Vector, (dialog, of), row.try_get("vector")?)?;
        all.extend(Vector::of_bytes(&bytes).map(|vector| (of, vector)));
    }
    let best = nearest(asked, all, least);
    let mut found = Vec::with_capacity(best.len());
    for row in conn.query(WORDS, &[&dialog, &user.0, &best, &adult]).await? {
        let of: i32 = row.try_get("turn")?;
        let asked = words::open(key, Part::Asked, (dialog, of), row.try_get("asked")?)?;
        let reply = words::open(key, Part::Reply, (dialog, of), row.try_get("reply")?)?;
        found.push((of, Said { asked, reply, adult: row.try_get("adult")? }));
    }
    found.sort_by_key(|(of, _)| best.iter().position(|turn| turn == of));
    Ok(found)
}

impl PgStore {
    /// Adds the job that makes vectors of a dialog's turns that have none.
    pub(crate) fn add_vectors(
        &self,
        user: UserId,
        bare: Bare,
        space: &str,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        // With another model those turns have none again.
        let key = format!("companion_vectors:{}:{}:{space}", bare.dialog, bare.upto);
        self.run(move |inner| async move {
            let payload =
                serde_json::to_vec(&bare).map_err(|_| Fault::Corrupt("a job without words".into()))?;
            let job = NewJob { within: WITHIN, ..NewJob::new(VECTORS, key, payload).of(user) };
            inner
                .transaction(async |conn| {
                    jobs::add(conn, &inner.keys, std::slice::from_ref(&job)).await.map(drop)
                })
                .await
        })
    }

    /// Turns of a dialog that have no vector, the last first; none if all have one, or are gone.
    pub(crate) fn begin_vectors(
        &self,
        user: UserId,
        bare: Bare,
        space: Space,
    ) -> PortFuture<'_, Result<Option<Lot>, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| begin(conn, &inner.keys, (user, bare), &space).await).await
        })
    }

    /// Keeps vectors, and settles the call that they were bought by; a turn with none is not to be
    /// found so. What was forgotten, changed or taken back meanwhile gets none.
    pub(crate) fn keep_vectors(
        &self,
        (user, dialog): (UserId, i64),
        space: String,
        made: std::sync::Arc<Vec<(BareTurn, Option<Vector>)>>,
        paid: Option<(CallKey, Outcome)>,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            // What was bought was bought, whoever is gone since.
            if let Some((call, outcome)) = paid {
                inner.unflushed(async |conn| books::settle(conn, &call, outcome).await).await?;
            }
            inner.transaction(async |conn| keep(conn, &inner.keys, (user, dialog), &space, &made).await).await
        })
    }

    /// Older turns of a dialog that are most alike to what is said in one, the most alike first;
    /// none that needs adult mode where that is off.
    pub(crate) fn alike(
        &self,
        at: (UserId, i64, i32),
        space: Space,
        asked: Vector,
        least: f32,
    ) -> PortFuture<'_, Result<Vec<(i32, Said)>, StoreError>> {
        self.run(move |inner| async move {
            let mut conn = inner.check_out().await?;
            find(&mut conn, &inner.keys, at, (&space.name, space.adult), (&asked, least)).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_for_vectors_are_none_of_a_reply_a_summary_or_a_picture() {
        let (dialog, turn, attempt, number) = call(Bare { dialog: 5, upto: 8 }, 3);
        assert!(dialog > 0 && turn > 0 && attempt == 0 && number == 3);
    }
}
