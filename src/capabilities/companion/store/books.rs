//! The books: what may be spent is reserved before a call, and settled after it. The rules are
//! those of `nameless_domain::companion::money`, kept in rows.

use super::at_once::{self, AtOnce, RESERVE, SUMS};
use crate::capabilities::billing::packs;
use crate::store::PgStore;
use crate::store::pg::{Conn, Fault, Turns, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::Good;
use nameless_domain::companion::constants::ALERTS;
use nameless_domain::companion::money::{Micros, Outcome};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::ToSql;

/// A call's name: dialog, turn, job of the turn, number. A picture's has the picture below zero in
/// place of the dialog, a summary's its last turn below zero, and one for vectors a job of zero, or
/// below where it is for the reply of the job above.
pub(crate) type CallKey = (i64, i32, i16, i16);

/// What a call may cost, and under which caps.
#[derive(Clone, Debug)]
pub(crate) struct Reserve {
    pub call: CallKey,
    pub user: UserId,
    /// The back end and its cap a day.
    pub back_end: (String, Micros),
    pub worst: Micros,
    /// Of a person, for words or for pictures, and of all together.
    pub person: Micros,
    pub all: Micros,
}

/// A cap that has passed a mark, in percent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Passed {
    pub cap: String,
    pub percent: u32,
}

/// What is to be done, and what became of the reserve for its first call, if one was to be made.
pub(crate) type Planned<T> = (T, Option<Reserved>);

/// What became of a reserve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reserved {
    /// The call may be made.
    Yes(Vec<Passed>),
    /// A cap does not hold its worst case.
    Over(String),
}

/// Of two who want the same caps the later one waits at the first.
const TAKEN: &str = "\
    SELECT s.reserved + s.spent AS taken, s.told
    FROM unnest($2::text[], $3::bytea[]) AS w (cap, person)
    JOIN companion_sums s ON s.day = $1 AND s.cap = w.cap AND s.person = w.person
    ORDER BY s.cap FOR UPDATE OF s";

/// Takes the reserve from its caps, whose rows are locked, and notes what for.
const CALL: &str = "\
    WITH taken AS (
        UPDATE companion_sums s SET reserved = s.reserved + $5, told = w.told
        FROM unnest($2::text[], $3::bytea[], $4::smallint[]) AS w (cap, person, told)
        WHERE s.day = $1 AND s.cap = w.cap AND s.person = w.person)
    INSERT INTO companion_calls (dialog_id, turn, try, number, person, day, back_end, worst, at)
    VALUES ($6, $7, $8, $9, $10, $1, $11, $5, $12) ON CONFLICT DO NOTHING";

/// Of two who settle calls under the same caps the later one waits at the first.
pub(super) const SETTLE: &str = "\
    WITH call AS (
        UPDATE companion_calls SET spent = coalesce($5::bigint, worst)
        WHERE dialog_id = $1 AND turn = $2 AND try = $3 AND number = $4 AND spent IS NULL
        RETURNING person, day, back_end, worst, spent),
    held AS (
        SELECT s.day, s.cap, s.person, c.worst, c.spent
        FROM call c CROSS JOIN LATERAL (VALUES
            ('all', ''::bytea), ('back_end:' || c.back_end, ''::bytea), ($6::text, c.person)) AS w (cap, person)
        JOIN companion_sums s ON s.day = c.day AND s.cap = w.cap AND s.person = w.person
        ORDER BY s.cap FOR UPDATE OF s),
    settled AS (
        UPDATE companion_sums s SET reserved = s.reserved - h.worst, spent = s.spent + h.spent
        FROM held h WHERE s.day = h.day AND s.cap = h.cap AND s.person = h.person)
    SELECT worst, spent FROM call";

/// Calls by which a reply's older turns were to be found, whose process ended before it had settled
/// them: the reply waits for none of it, so no attempt comes back to them. An hour later nobody
/// does. They count as spent.
const LOST: &str = "\
    WITH calls AS (
        UPDATE companion_calls SET spent = worst WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM companion_calls
            WHERE at < $1 AND at > $2 AND dialog_id > 0 AND try < 0 AND spent IS NULL
            ORDER BY at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING person, day, back_end, worst),
    totals AS (
        SELECT c.day, w.cap, w.person, sum(c.worst)::bigint AS worst
        FROM calls c CROSS JOIN LATERAL (VALUES
            ('all', ''::bytea), ('back_end:' || c.back_end, ''::bytea), ('person', c.person)) AS w (cap, person)
        GROUP BY c.day, w.cap, w.person),
    held AS (
        SELECT s.day, s.cap, s.person, t.worst
        FROM totals t JOIN companion_sums s ON s.day = t.day AND s.cap = t.cap AND s.person = t.person
        ORDER BY s.cap, s.person, s.day FOR UPDATE OF s),
    settled AS (
        UPDATE companion_sums s SET reserved = s.reserved - h.worst, spent = s.spent + h.worst
        FROM held h WHERE s.day = h.day AND s.cap = h.cap AND s.person = h.person)
    SELECT count(*) FROM calls";

/// When a call is lost, and how far back they are looked for, milliseconds: the look comes every
/// hour, and what a longer outage leaves counts until its day is over.
const LOST_MS: (i64, i64) = (3_600_000, 4 * 3_600_000);
/// Lost calls that are settled at once.
const LOST_AT_ONCE: i64 = 1_000;

const UNMADE: &str =
    "DELETE FROM companion_calls WHERE dialog_id = $1 AND turn = $2 AND try = $3 AND number = $4";

const OPEN: &str = "\
    SELECT number FROM companion_calls
    WHERE dialog_id = $1 AND turn = $2 AND try = $3 AND spent IS NULL ORDER BY number";

const MADE: &str = "\
    SELECT coalesce(max(number), 0)::smallint FROM companion_calls WHERE dialog_id = $1 AND turn = $2 AND try = $3";

/// The last maker of whose call nobody knows that it cost nothing.
const WENT: &str = "\
    SELECT back_end FROM companion_calls
    WHERE dialog_id = $1 AND turn = $2 AND try = $3 AND (spent IS NULL OR spent > 0)
    ORDER BY number DESC LIMIT 1";

/// Calls of a turn that cost something, or may.
const COST: &str = "\
    SELECT 1 FROM companion_calls WHERE dialog_id = $1 AND turn = $2 AND try > 0 AND coalesce(spent, worst) > 0
    LIMIT 1";

/// The day of a moment, counted from 1970-01-01 in UTC.
pub(super) fn day(at: Millis) -> i32 {
    i32::try_from(at.0.div_euclid(86_400_000)).unwrap_or(i32::MAX)
}

pub(super) fn amount(micros: Micros) -> i64 {
    i64::try_from(micros.0).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}

/// The caps of a call, in the one order in which their rows are locked: that of their names.
pub(super) fn caps(back_end: &str, person: Vec<u8>, picture: bool) -> [(String, Vec<u8>); 3] {
    [
        ("all".to_owned(), Vec::new()),
        (format!("back_end:{back_end}"), Vec::new()),
        (of_person(picture).to_owned(), person),
    ]
}

/// A person's cap, for words or for pictures.
fn of_person(picture: bool) -> &'static str {
    if picture { "pictures" } else { "person" }
}

/// Whether a call made a picture: those have a cap of their own, and no packs.
pub(super) fn is_picture(call: &CallKey) -> bool {
    call.0 < 0
}

/// Whether a call was for a reply: only those are messages of the person's.
fn is_reply(call: &CallKey) -> bool {
    call.0 > 0 && call.1 > 0 && call.2 > 0
}

/// A turn as the ledger of packs names it: whatever calls it takes, it is one message.
pub(super) fn use_of(dialog: i64, turn: i32) -> String {
    format!("companion:{dialog}:{turn}")
}

/// The rows of caps, as statements take them.
fn rows_of(caps: &[(String, Vec<u8>); 3]) -> (Vec<&str>, Vec<&[u8]>) {
    caps.iter().map(|(cap, whose)| (cap.as_str(), whose.as_slice())).unzip()
}

/// Reserves the most that a call can cost, under every cap or under none.
pub(super) async fn reserve(
    conn: &mut Conn,
    (person, payer): (Vec<u8>, Vec<u8>),
    of: &Reserve,
    now: Millis,
) -> Result<Reserved, Fault> {
    let once = AtOnce::new(person.clone(), of, now);
    let rows = conn.query(RESERVE, &once.params()).await?;
    if let Some(reserved) = at_once::answer(&rows)? {
        return Ok(reserved);
    }
    let (today, worst) = (day(now), amount(of.worst));
    let picture = is_picture(&of.call);
    let caps = caps(&of.back_end.0, person.clone(), picture);
    let limits = [of.all, of.back_end.1, of.person].map(amount);
    let (names, whose) = rows_of(&caps);
    let mut rows = conn.query(TAKEN, &[&today, &names, &whose]).await?;
    if rows.len() < caps.len() {
        // The first of the day.
        conn.execute(SUMS, &[&today, &names, &whose]).await?;
        rows = conn.query(TAKEN, &[&today, &names, &whose]).await?;
    }
    if rows.len() < caps.len() {
        return Err(Fault::Corrupt("a sum that is not there".into()));
    }
    let mut marks = [(0i16, false); 3];
    for (((row, cap), limit), mark) in rows.iter().zip(&names).zip(limits).zip(&mut marks) {
        let (taken, told): (i64, i16) = (row.try_get("taken")?, row.try_get("told")?);
        let would = taken.saturating_add(worst);
        // What costs nothing passes every cap.
        if worst > 0 && would > limit {
            // Beyond what a person has a day goes what they have bought.
            let name = use_of(of.call.0, of.call.1);
            // A summary is no message of theirs, nor a vector.
            let is_theirs = *cap == "person" && is_reply(&of.call);
            if is_theirs && packs::spend(conn, (&payer, Good::Companion), &name, now).await? {
                continue;
            }
            return Ok(Reserved::Over((*cap).to_owned()));
        }
        let passed = |mark: &&u32| i128::from(would) * 100 >= i128::from(limit) * i128::from(**mark);
        let count = if limit > 0 { ALERTS.iter().take_while(passed).count() as i16 } else { 0 };
        *mark = (count.max(told), count > told);
    }
    // A person's cap alerts nobody.
    let alerts = caps.iter().zip(marks).filter(|((_, whose), (_, is_new))| *is_new && whose.is_empty());
    let alerts = alerts
        .map(|((cap, _), (told, _))| Passed { cap: cap.clone(), percent: ALERTS[told as usize - 1] })
        .collect();
    let told: Vec<i16> = marks.iter().map(|(told, _)| *told).collect();
    let (dialog, turn, attempt, number) = of.call;
    let name = &of.back_end.0;
    conn.execute(
        CALL,
        &[&today, &names, &whose, &told, &worst, &dialog, &turn, &attempt, &number, &person, name, &now.0],
    )
    .await?;
    Ok(Reserved::Yes(alerts))
}

/// Settles a call, once. It counts for the day on which it was reserved.
pub(super) async fn settle(conn: &mut Conn, call: &CallKey, outcome: Outcome) -> Result<(), Fault> {
    let (dialog, turn, attempt, number) = *call;
    let (spent, person) = (spent_by(outcome), of_person(is_picture(call)));
    let rows = conn.query(SETTLE, &[&dialog, &turn, &attempt, &number, &spent, &person]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (worst, spent): (i64, i64) = (row.try_get("worst")?, row.try_get("spent")?);
    if spent == 0 && worst > 0 && is_reply(call) && conn.query(COST, &[&dialog, &turn]).await?.is_empty() {
        packs::unspend(conn, Good::Companion, &use_of(dialog, turn), wall_clock()).await?;
    }
    Ok(())
}

/// A turn that was answered says something else now, or one that failed has cost as much as a
/// message does: that is another message of a pack.
pub(super) async fn says_anew(
    conn: &mut Conn,
    (dialog, turn, attempt): (i64, i32, i16),
    now: Millis,
) -> Result<(), Fault> {
    let name = use_of(dialog, turn);
    let past = format!("{name}:{attempt}");
    packs::use_anew(conn, Good::Companion, (&name, &past), now).await
}

/// The same as all that its transaction does, which ends with it: the sums that all turns want are
/// free again without a word from this side.
pub(super) async fn settle_alone(
    conn: &mut Conn,
    sums: &Turns,
    call: &CallKey,
    outcome: Outcome,
) -> Result<(), Fault> {
    match Settled::of(call, outcome) {
        Some(settled) => conn.commit_in_turn([(SETTLE, &settled.params()[..])], sums).await.map(drop),
        None => settle(conn, call, outcome).await,
    }
}

/// A call that has cost something, as [`SETTLE`] takes it.
pub(super) struct Settled {
    call: CallKey,
    spent: Option<i64>,
    person: &'static str,
}

impl Settled {
    /// None for what has cost nothing: a message of a pack may have to be given back.
    pub(super) fn of(call: &CallKey, outcome: Outcome) -> Option<Settled> {
        let is_free = matches!(outcome, Outcome::NotSpent | Outcome::Spent(Micros(0)));
        let (spent, person) = (spent_by(outcome), of_person(is_picture(call)));
        (!is_free).then_some(Settled { call: *call, spent, person })
    }

    /// What [`SETTLE`] takes.
    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 6] {
        let (dialog, turn, attempt, number) = &self.call;
        [dialog, turn, attempt, number, &self.spent, &self.person]
    }
}

/// What a call has cost; none: its worst case.
fn spent_by(outcome: Outcome) -> Option<i64> {
    match outcome {
        Outcome::NotSpent => Some(0),
        Outcome::Spent(micros) => Some(amount(micros)),
        Outcome::Unknown => None,
    }
}

/// Calls of this job that nobody settled: their process is gone, they count as spent. How many
/// calls the job has made.
pub(super) async fn give_up(conn: &mut Conn, (dialog, turn, attempt): (i64, i32, i16)) -> Result<i16, Fault> {
    for row in conn.query(OPEN, &[&dialog, &turn, &attempt]).await? {
        settle(conn, &(dialog, turn, attempt, row.try_get(0)?), Outcome::Unknown).await?;
    }
    let rows = conn.query(MADE, &[&dialog, &turn, &attempt]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// The back end of this job's last call that may have been made; none where every call is known to
/// have cost nothing. Asked before [`give_up`], after which calls for nothing look alike.
pub(super) async fn went(
    conn: &mut Conn,
    (dialog, turn, attempt): (i64, i32, i16),
) -> Result<Option<String>, Fault> {
    let rows = conn.query(WENT, &[&dialog, &turn, &attempt]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

impl PgStore {
    /// Reserves the most that a call can cost, under every cap or under none.
    pub(crate) fn reserve_call(&self, of: Reserve) -> PortFuture<'_, Result<Reserved, StoreError>> {
        self.run(move |inner| async move {
            let people = (inner.keys.spender_hash(of.user), inner.keys.payer_hash(of.user));
            inner.flushed(async |conn| reserve(conn, people.clone(), &of, wall_clock()).await).await
        })
    }

    /// Settles a call whose turn goes on.
    pub(crate) fn settle_call(
        &self,
        call: CallKey,
        outcome: Outcome,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner.flushed(async |conn| settle_alone(conn, &inner.sums, &call, outcome).await).await
        })
    }

    /// Settles calls for vectors whose process ended; how many.
    pub(crate) fn settle_lost(&self) -> PortFuture<'_, Result<i64, StoreError>> {
        self.run(move |inner| async move {
            let now = wall_clock();
            let (before, after) = (now.plus(-LOST_MS.0).0, now.plus(-LOST_MS.1).0);
            inner
                .transaction(async |conn| {
                    let rows = conn.query(LOST, &[&before, &after, &LOST_AT_ONCE]).await?;
                    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
                })
                .await
        })
    }

    /// Takes a call back for which there was no place at the back end: nothing was sent, so it
    /// costs nothing and is none of the calls that its job may make.
    pub(crate) fn unmade_call(&self, call: CallKey) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner
                .flushed(async |conn| {
                    settle(conn, &call, Outcome::NotSpent).await?;
                    let (dialog, turn, attempt, number) = call;
                    conn.execute(UNMADE, &[&dialog, &turn, &attempt, &number]).await.map(drop)
                })
                .await
        })
    }
}
