//! How a broadcast goes from one to the next.
//!
//! Each round is one transaction under the broadcast's row: those who were due and have not landed,
//! those whose chat is over, then others, by id, from where the last round ended. So the row says
//! how far it is, and `broadcast_due` who was given out and has not landed, whatever dies.

use super::{fit, tables, wanted};
use crate::capabilities::points;
use crate::store::PgStore;
use crate::store::aggregates::bots;
use crate::store::aggregates::codes::{self, LANGS};
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::{Arrival, Errand, NewsStore, Round, Taking};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::news::draft::WAIT_MS;
use nameless_domain::capabilities::news::{Draft, Event};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use std::time::Duration;
use tokio_postgres::types::Json;

/// How long a round may take: where few fit, many are looked at for them.
const ROUND: Duration = Duration::from_secs(60);

/// One at a time: who was confirmed first goes first.
const TAKE: &str = "\
    UPDATE broadcasts b SET holder = b.holder + 1
    WHERE b.broadcast_id = $1 AND b.state = 'running' AND NOT EXISTS (
        SELECT FROM broadcasts o WHERE o.state = 'running' AND (o.started, o.broadcast_id) < (b.started, b.broadcast_id))
    RETURNING holder, draft";

const RUNS: &str = "SELECT FROM broadcasts WHERE broadcast_id = $1 AND state = 'running'";

/// Whether the job of an earlier run is not at its end: its courier has yet to hear of the pause,
/// or has some in hand. Where its process is gone, that job is what goes on.
const FORMER: &str = "\
    SELECT EXISTS (SELECT FROM jobs
        WHERE key = ANY(ARRAY(SELECT format('broadcast:%s:%s', $1::bigint, r) FROM generate_series(1, $2::int - 1) r))
            AND state IN ('pending', 'processing'))";

/// Cancelled after its process had died: nobody is to be told, and nobody has anything in hand.
const LET_GO: &str = "\
    DELETE FROM broadcast_due d USING broadcasts b
    WHERE d.broadcast_id = $1 AND b.broadcast_id = $1 AND b.state = 'cancelled'";

const BEGIN: &str = "\
    SELECT draft, reached, started FROM broadcasts
    WHERE broadcast_id = $1 AND holder = $2 AND state = 'running' FOR UPDATE";

const LOCK: &str = "SELECT FROM broadcasts WHERE broadcast_id = $1 FOR UPDATE";

/// Whoever began to chat since they were due, and is not told already, waits.
const WAIT: &str = "\
    UPDATE broadcast_due d SET waits = true
    WHERE d.broadcast_id = $1 AND NOT d.waits AND d.since > $2 AND d.user_id <> ALL($3)
        AND EXISTS (SELECT FROM active_pair_member m WHERE m.user_id = d.user_id)";

const DUE: &str = "SELECT count(*) FROM broadcast_due WHERE broadcast_id = $1 AND NOT waits";

/// Whose chat is over, or goes on for too long.
const FREE: &str = "\
    UPDATE broadcast_due SET waits = false WHERE ctid = ANY(ARRAY(
        SELECT d.ctid FROM broadcast_due d
        WHERE d.broadcast_id = $1 AND d.waits AND (d.since <= $2
            OR NOT EXISTS (SELECT FROM active_pair_member m WHERE m.user_id = d.user_id))
        LIMIT $3))";

/// The lock keeps a user from being erased meanwhile, see `tables`.
const NEXT: &str = concat!(
    "WITH next AS (
        SELECT a.user_id FROM accounts a
        WHERE a.user_id > $5 AND a.created <= $6 AND ",
    fit!(),
    " AND ",
    wanted!(),
    " ORDER BY a.user_id LIMIT $7 FOR KEY SHARE OF a)
    INSERT INTO broadcast_due (broadcast_id, user_id, since, waits)
    SELECT $8::bigint, user_id, $1::bigint, EXISTS (SELECT FROM active_pair_member m WHERE m.user_id = next.user_id) FROM next
    ON CONFLICT (broadcast_id, user_id) DO NOTHING
    RETURNING user_id"
);

const REACHED: &str = "UPDATE broadcasts SET reached = $2 WHERE broadcast_id = $1";

/// Who does not fit any more.
const DROP: &str = concat!(
    "WITH gone AS (
        DELETE FROM broadcast_due d
        WHERE d.broadcast_id = $2 AND NOT d.waits AND d.user_id <> ALL($3)
            AND NOT EXISTS (SELECT FROM accounts a WHERE a.user_id = d.user_id AND ",
    fit!(),
    ") RETURNING d.user_id)
    UPDATE broadcasts SET left_out = left_out + (SELECT count(*) FROM gone) WHERE broadcast_id = $2"
);

const GIVE: &str = "\
    SELECT d.user_id, a.lang, a.bot FROM broadcast_due d JOIN accounts a USING (user_id)
    WHERE d.broadcast_id = $1 AND NOT d.waits AND d.user_id <> ALL($2) ORDER BY d.user_id";

const END: &str = "\
    UPDATE broadcasts SET state = 'done', ended = $2
    WHERE broadcast_id = $1 AND NOT EXISTS (SELECT FROM broadcast_due d WHERE d.broadcast_id = $1)
    RETURNING broadcast_id";

const LANDED: &str = "\
    WITH landed AS (
        DELETE FROM broadcast_due d USING unnest($2::bigint[], $3::smallint[]) AS t (user_id, arrival)
        WHERE d.broadcast_id = $1 AND d.user_id = t.user_id RETURNING t.arrival)
    UPDATE broadcasts SET
        sent = sent + (SELECT count(*) FROM landed WHERE arrival = 0),
        gone = gone + (SELECT count(*) FROM landed WHERE arrival = 1),
        failed = failed + (SELECT count(*) FROM landed WHERE arrival = 2)
    WHERE broadcast_id = $1";

const HALT: &str = "\
    UPDATE broadcasts SET state = 'paused', why = 'refused'
    WHERE broadcast_id = $1 AND holder = $2 AND state = 'running'";

async fn take(conn: &mut Conn, broadcast: i64, run: i32) -> Result<Taking, Fault> {
    // Before its row is locked: an end of a job waits for nothing of this.
    let rows = conn.query(FORMER, &[&broadcast, &run]).await?;
    let is_former = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false);
    let runs = !conn.query(RUNS, &[&broadcast]).await?.is_empty();
    match (runs, is_former) {
        (true, true) => return Ok(Taking::Former),
        (false, true) => return Ok(Taking::Not),
        (false, false) => {
            conn.execute(LET_GO, &[&broadcast]).await?;
            return Ok(Taking::Not);
        }
        (true, false) => {}
    }
    let rows = conn.query(TAKE, &[&broadcast]).await?;
    let Some(row) = rows.first() else { return Ok(Taking::Later) };
    let Json(draft) = row.try_get::<_, Json<Draft>>("draft")?;
    Ok(Taking::Taken(Box::new(Errand { holder: row.try_get("holder")?, draft })))
}

async fn round(
    conn: &mut Conn,
    broadcast: i64,
    holder: i64,
    most: i64,
    in_hand: &[i64],
    now: Millis,
) -> Result<Round, Fault> {
    let rows = conn.query(BEGIN, &[&broadcast, &holder]).await?;
    let Some(row) = rows.first() else { return Ok(Round::Stop) };
    let Json(draft) = row.try_get::<_, Json<Draft>>("draft")?;
    let (reached, started): (i64, i64) = (row.try_get("reached")?, row.try_get("started")?);
    let too_long = now.plus(-WAIT_MS).0;
    conn.execute(WAIT, &[&broadcast, &too_long, &in_hand]).await?;
    let rows = conn.query(DUE, &[&broadcast]).await?;
    let due: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    let freed = match most - due {
        room @ 1.. => conn.execute(FREE, &[&broadcast, &too_long, &room]).await?,
        _ => 0,
    };
    let room = most - due - i64::try_from(freed).unwrap_or(most);
    let mut is_end = reached == i64::MAX;
    if room > 0 && !is_end {
        let to = &draft.to;
        let lang = to.lang.map(|lang| lang.code());
        // The figure is that of the moment of the confirmation, however long it takes.
        let since = to.active_since(Millis(started)).map(|at| at.0);
        let next = conn
            .query(NEXT, &[&now.0, &lang, &since, &to.premium, &reached, &started, &room, &broadcast])
            .await?;
        let ids = next.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        is_end = (ids.len() as i64) < room;
        let reached = if is_end { i64::MAX } else { ids.into_iter().max().unwrap_or(reached) };
        conn.execute(REACHED, &[&broadcast, &reached]).await?;
    }
    conn.execute(DROP, &[&now.0, &broadcast, &in_hand]).await?;
    let mut people = Vec::new();
    for row in conn.query(GIVE, &[&broadcast, &in_hand]).await? {
        let chat = UserId(row.try_get("user_id")?).at(bots::place(row.try_get("bot")?)?);
        people.push((chat, codes::value(LANGS, row.try_get("lang")?)?));
    }
    if is_end && people.is_empty() && !conn.query(END, &[&broadcast, &now.0]).await?.is_empty() {
        return Ok(Round::Over);
    }
    Ok(Round::To(people))
}

async fn landed(conn: &mut Conn, broadcast: i64, of: &[(UserId, Arrival)]) -> Result<(), Fault> {
    let users: Vec<i64> = of.iter().map(|(user, _)| user.0).collect();
    let arrival = |arrival: &Arrival| match arrival {
        Arrival::Sent => 0i16,
        Arrival::Gone => 1,
        Arrival::Failed => 2,
    };
    let arrivals: Vec<i16> = of.iter().map(|(_, of)| arrival(of)).collect();
    // The broadcast's row first, as a round does: two of them cannot deadlock.
    conn.query(LOCK, &[&broadcast]).await?;
    conn.execute(LANDED, &[&broadcast, &users, &arrivals]).await?;
    Ok(())
}

impl NewsStore for PgStore {
    fn gets(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        tables::gets(self, user)
    }

    fn want(&self, user: UserId, on: bool) -> PortFuture<'_, Result<Event, StoreError>> {
        tables::want(self, user, on)
    }

    fn take(&self, broadcast: i64, run: i32) -> PortFuture<'_, Result<Taking, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| take(conn, broadcast, run).await).await
        })
    }

    fn round(
        &self,
        broadcast: i64,
        holder: i64,
        most: usize,
        in_hand: Vec<UserId>,
    ) -> PortFuture<'_, Result<Round, StoreError>> {
        self.run_within(ROUND, move |inner| async move {
            let in_hand: Vec<i64> = in_hand.into_iter().map(|user| user.0).collect();
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let work =
                async |conn: &mut Conn| round(conn, broadcast, holder, most, &in_hand, wall_clock()).await;
            let round = inner.transaction(work).await;
            points::reach("broadcast after round");
            round
        })
    }

    fn landed(&self, broadcast: i64, of: Vec<(UserId, Arrival)>) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let done = inner.transaction(async |conn| landed(conn, broadcast, &of).await).await;
            points::reach("broadcast after mark");
            done
        })
    }

    fn halt(&self, broadcast: i64, holder: i64) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| conn.execute(HALT, &[&broadcast, &holder]).await.map(drop);
            inner.transaction(work).await
        })
    }
}
