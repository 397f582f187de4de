//! Figures of dating for operators: counted from the tables when somebody asks, kept for ten
//! minutes for everybody who asks after them. No number is about fewer than ten people.
//!
//! What is counted is bounded: the people who were here last, matches of these, the newest
//! newcomers. One counts at a time, and for seconds at most; others see what was counted before.

use crate::capabilities::reminders;
use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasure, Expiry, Export, Table};
use nameless_actors::capabilities::{DatingDesk, DatingFigures, DatingFunnel, ReminderFigures};
use nameless_domain::capabilities::reminders::effect::{Effect, Group};
use nameless_domain::time::{DAY_MS, Millis};
use std::time::{Duration, Instant};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Json;

pub(crate) const FIGURES: &[Table] = &[Table {
    name: "dating_figures",
    life: "one row, counted anew when it is older than ten minutes and somebody asks",
    ids: &[],
    words: &[],
    other: &["one", "at", "figures"],
    stays: &[],
    export: Export::No("it tells nothing of anybody"),
    erasure: Erasure::No("it tells nothing of anybody"),
    expiry: Expiry::No("never: one row"),
}];

/// For so long what was counted is good enough, milliseconds.
const KEPT_MS: i64 = 600_000;
/// People whom exposure and likes are counted of: those who were here last.
const PEOPLE: i64 = 10_000;
/// Matches of these that are looked at.
const MATCHES: i64 = 10_000;
/// Newcomers who are looked at, the newest.
const NEWCOMERS: i64 = 20_000;
/// About fewer people nothing is said, and no count is finer than this.
const FEWEST: i64 = 10;
/// Of fewer people shares are told in tens of percent: one of them would be seen in whole percents.
const MANY: i64 = 100;
/// Messages by each side that make a conversation.
const LONG: i64 = 20;

/// How long a statement may take. Counting is worth less than what people wait for.
const EACH: Duration = Duration::from_secs(2);
/// How long all may take together: less than any operation of the store has. One that runs out of
/// time counts as a database that is away, and would stop everything else on this node.
const TOGETHER: Duration = Duration::from_secs(4);

/// How long somebody waits for whoever counts, where nothing was counted before.
const WAIT: Duration = Duration::from_secs(2);

/// Whoever does not get it leaves counting to whoever has it.
const TURN: &str = "SELECT pg_try_advisory_xact_lock(5642809, 14) AS mine";

/// The same for whom nothing is there yet: it is waited for.
const MY_TURN: &str = "SELECT pg_advisory_xact_lock(5642809, 14)";

const KEPT: &str = "SELECT at > $1 AND at <= $2 AS fresh, figures FROM dating_figures";

const KEEP: &str = "\
    INSERT INTO dating_figures (one, at, figures) VALUES (true, $1, $2)
    ON CONFLICT (one) DO UPDATE SET at = excluded.at, figures = excluded.figures";

/// By an index alone: the genders are all there are.
const HERE: &str = "\
    SELECT count(*) AS shown, count(*) FILTER (WHERE active >= $1) AS today
    FROM dating_profiles WHERE standing = 'shown' AND gender IN (0, 1, 2)";

/// Of those who were here within a week: likes and what came of them, how often their card was
/// shown, and how unevenly.
const LIVES: &str = "\
    WITH here AS MATERIALIZED (
        SELECT user_id, liked FROM dating_profiles
        WHERE standing = 'shown' AND active >= $1 ORDER BY active DESC LIMIT $2
    ), lives AS MATERIALIZED (
        SELECT h.liked,
            (SELECT count(*) FROM dating_pairs p WHERE p.lo = h.user_id AND p.matched_at IS NOT NULL)
            + (SELECT count(*) FROM dating_pairs p WHERE p.hi = h.user_id AND p.matched_at IS NOT NULL) AS matches,
            (SELECT count(*) FROM dating_cards c WHERE c.other = h.user_id AND c.served >= $1) AS seen
        FROM here h
    ), ranked AS (
        SELECT seen, matches, liked, row_number() OVER (ORDER BY seen) AS place FROM lives
    )
    SELECT count(*) AS people, count(*) FILTER (WHERE liked > 0) AS likers,
        count(*) FILTER (WHERE liked > 0 AND matches > 0) AS matched,
        count(*) FILTER (WHERE liked > matches) AS unanswered,
        coalesce(sum(liked), 0)::bigint AS likes,
        coalesce(sum(matches) FILTER (WHERE liked > 0), 0)::bigint AS matches,
        count(*) FILTER (WHERE seen = 0) AS starved,
        (2.0 * sum(place * seen) / nullif(count(*) * sum(seen), 0)
            - (count(*) + 1.0) / nullif(count(*), 0))::double precision AS gini
    FROM ranked";

/// Matches of four weeks, of whom, and with how many of them both sides wrote much in the last
/// chat: of a long one no more is read than is asked for.
const CHATS: &str = "\
    WITH here AS MATERIALIZED (
        SELECT user_id FROM dating_profiles
        WHERE standing = 'shown' AND active >= $1 ORDER BY active DESC LIMIT $2
    ), pairs AS MATERIALIZED (
        SELECT p.lo, p.chat FROM here JOIN dating_pairs p ON p.lo = here.user_id AND p.matched_at >= $1 LIMIT $4
    ), met AS MATERIALIZED (
        SELECT p.lo, (
            SELECT count(*) >= $3 FROM (
                SELECT DISTINCT h.message FROM history h WHERE h.pair_id = p.chat AND h.side = 0 LIMIT $3
            ) AS m
        ) AND (
            SELECT count(*) >= $3 FROM (
                SELECT DISTINCT h.message FROM history h WHERE h.pair_id = p.chat AND h.side = 1 LIMIT $3
            ) AS m
        ) AS talked
        FROM pairs p
    )
    SELECT count(*) AS matches, count(DISTINCT lo) AS whose, count(*) FILTER (WHERE talked) AS long,
        count(DISTINCT lo) FILTER (WHERE talked) AS long_whose,
        count(DISTINCT lo) FILTER (WHERE NOT talked) AS short_whose
    FROM met";

/// Those who came a week ago or earlier, and who of them had a match within their first week.
const CAME: &str = "\
    WITH came AS MATERIALIZED (
        SELECT user_id, since FROM dating_profiles
        WHERE standing <> 'draft' AND since >= $1 AND since < $2 ORDER BY since DESC LIMIT $3
    )
    SELECT count(*) AS people, count(*) FILTER (WHERE
        EXISTS (SELECT FROM dating_pairs p WHERE p.lo = c.user_id AND p.matched_at < c.since + 604800000)
        OR EXISTS (SELECT FROM dating_pairs p WHERE p.hi = c.user_id AND p.matched_at < c.since + 604800000)
    ) AS matched
    FROM came c";

/// How far those came who began within four weeks.
const STEPS: &str = "\
    WITH began AS MATERIALIZED (
        SELECT user_id, standing, decided, liked FROM dating_profiles
        WHERE since >= $1 ORDER BY since DESC LIMIT $2
    )
    SELECT count(*) AS began, count(*) FILTER (WHERE standing <> 'draft') AS finished,
        count(*) FILTER (WHERE decided > 0) AS decided, count(*) FILTER (WHERE liked > 0) AS liked,
        count(*) FILTER (WHERE m.matched) AS matched, count(*) FILTER (WHERE m.talked) AS talked,
        count(*) FILTER (WHERE m.shared) AS shared
    FROM began b CROSS JOIN LATERAL (
        SELECT count(*) > 0 AS matched, coalesce(bool_or(t), false) AS talked, coalesce(bool_or(s), false) AS shared
        FROM (
            SELECT p.talked AS t, p.lo_shares AND p.hi_shares AS s FROM dating_pairs p
            WHERE p.lo = b.user_id AND p.matched_at IS NOT NULL
            UNION ALL SELECT p.talked, p.lo_shares AND p.hi_shares FROM dating_pairs p
            WHERE p.hi = b.user_id AND p.matched_at IS NOT NULL
        ) AS pairs
    ) AS m";

/// So many people, to the ten below; none if they are too few.
fn people(n: i64) -> Option<u32> {
    (n >= FEWEST).then(|| u32::try_from(n / FEWEST * FEWEST).unwrap_or(u32::MAX))
}

/// Percent of a whole. None if it tells of too few: of those whom the part is about, or of those
/// whom the rest is about.
fn percent(part: i64, whole: i64, [all, with, without]: [i64; 3]) -> Option<u32> {
    let step = if all < MANY { 10 } else { 1 };
    (with >= FEWEST && without >= FEWEST && whole > 0)
        .then(|| u32::try_from((100 / step * part + whole / 2) / whole * step).unwrap_or(u32::MAX))
}

/// Percent of people.
fn share(part: i64, whole: i64) -> Option<u32> {
    percent(part, whole, [whole, part, whole - part])
}

/// A Gini coefficient, as coarse as shares are.
fn coarse(gini: f64, about: i64) -> Option<f64> {
    let steps = if about < MANY { 10.0 } else { 100.0 };
    (about >= FEWEST).then(|| (steps * gini.max(0.0)).round() / steps)
}

fn number(row: &Row, name: &str) -> Result<i64, Fault> {
    Ok(row.try_get(name)?)
}

/// The row of a sum, inside a transaction.
async fn one(conn: &mut Conn, until: Instant, sql: &'static str, values: &[i64]) -> Result<Row, Fault> {
    let left = until.saturating_duration_since(Instant::now()).min(EACH);
    // Zero would mean that there is no limit.
    conn.control(&format!("SET LOCAL statement_timeout = {}", left.as_millis().max(1))).await?;
    let values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = values.iter().map(|n| n as _).collect();
    let rows = conn.query(sql, &values).await?;
    rows.into_iter().next().ok_or_else(|| Fault::Unavailable("a sum without a row".into()))
}

async fn count(conn: &mut Conn, now: Millis) -> Result<DatingFigures, Fault> {
    let ago = |days: i64| now.plus(-days * DAY_MS).0;
    let until = Instant::now() + TOGETHER;
    let here = one(conn, until, HERE, &[ago(1)]).await?;
    let lives = one(conn, until, LIVES, &[ago(7), PEOPLE]).await?;
    let chats = one(conn, until, CHATS, &[ago(28), PEOPLE, LONG, MATCHES]).await?;
    let came = one(conn, until, CAME, &[ago(35), ago(7), NEWCOMERS]).await?;
    let steps = one(conn, until, STEPS, &[ago(28), NEWCOMERS]).await?;
    let step = |name: &str| number(&steps, name).map(people);
    let exposed = number(&lives, "people")?;
    let likers = [number(&lives, "likers")?, number(&lives, "matched")?, number(&lives, "unanswered")?];
    let gini: Option<f64> = lives.try_get("gini")?;
    let (long, whose) = (number(&chats, "long")?, number(&chats, "long_whose")?);
    let newcomers = number(&came, "people")?;
    let reminders = reminders::effects(conn, 28, now).await?.into_iter().map(reminded);
    Ok(DatingFigures {
        at: now,
        profiles: people(number(&here, "shown")?),
        today: people(number(&here, "today")?),
        match_rate: percent(number(&lives, "matches")?, number(&lives, "likes")?, likers),
        // A conversation has two people: as many of one side as are asked for.
        conversations: people(long).filter(|_| whose >= FEWEST),
        conversation_rate: percent(
            long,
            number(&chats, "matches")?,
            [number(&chats, "whose")?, whose, number(&chats, "short_whose")?],
        ),
        newcomers: people(newcomers),
        newcomers_matched: share(number(&came, "matched")?, newcomers),
        gini: gini.and_then(|gini| coarse(gini, exposed)),
        starved: share(number(&lives, "starved")?, exposed),
        funnel: DatingFunnel {
            began: step("began")?,
            finished: step("finished")?,
            decided: step("decided")?,
            liked: step("liked")?,
            matched: step("matched")?,
            talked: step("talked")?,
            shared: step("shared")?,
        },
        // Where nobody is reminded there is nothing to say of it.
        reminders: reminders.filter(|one| one.reminded.is_some() || one.held.is_some()).collect(),
    })
}

/// The same figures by the rules of this page.
fn reminded(effect: Effect) -> ReminderFigures {
    let of = |group: Option<Group>| {
        let group = group?;
        Some((people(group.people.into()), share(group.back.into(), group.times.into())))
    };
    let (reminded, reminded_back) = of(effect.reminded).unwrap_or_default();
    let (held, held_back) = of(effect.held).unwrap_or_default();
    ReminderFigures { kind: effect.kind, reminded, reminded_back, held, held_back }
}

fn told(figures: DatingFigures) -> DatingDesk {
    DatingDesk::Figures(Box::new(figures))
}

/// Whether a statement ran out of its time.
fn is_late(fault: &Fault) -> bool {
    matches!(fault, Fault::Db(error) if error.code() == Some(&SqlState::QUERY_CANCELED))
}

/// What was counted before, and whether that is good enough.
async fn kept(conn: &mut Conn, now: Millis) -> Result<(Option<DatingFigures>, bool), Fault> {
    let rows = conn.query(KEPT, &[&now.plus(-KEPT_MS).0, &now.0]).await?;
    let is_fresh: bool = rows.first().map(|row| row.try_get("fresh")).transpose()?.unwrap_or(false);
    // What another version of the program kept may say other things.
    let kept = rows.first().and_then(|row| row.try_get::<_, Json<DatingFigures>>("figures").ok());
    Ok((kept.map(|Json(kept)| kept), is_fresh))
}

/// The figures, inside a transaction: those that were counted a moment ago, or new ones. Old ones
/// while somebody else counts, and where counting takes too long. If there are none, whoever counts
/// is waited for, and they are unavailable where that takes too long as well.
pub(crate) async fn figures(conn: &mut Conn, now: Millis) -> Result<DatingDesk, Fault> {
    // What whoever had the turn before has counted is seen by what follows.
    let turn = conn.query(TURN, &[]).await?;
    let mut is_mine: bool = turn.first().map(|row| row.try_get("mine")).transpose()?.unwrap_or(false);
    let (mut before, mut is_fresh) = kept(conn, now).await?;
    if !is_mine && before.is_none() {
        conn.control(&format!("SET LOCAL statement_timeout = {}", WAIT.as_millis())).await?;
        conn.query(MY_TURN, &[]).await?;
        is_mine = true;
        (before, is_fresh) = kept(conn, now).await?;
    }
    if let Some(kept) = before.take_if(|_| !is_mine || is_fresh) {
        return Ok(told(kept));
    }
    conn.savepoint().await?;
    let counted = count(conn, now).await;
    // Gives back the limit of time that statements had before.
    conn.back_to_savepoint().await?;
    match (counted, before) {
        (Ok(counted), _) => {
            conn.execute(KEEP, &[&now.0, &Json(&counted)]).await?;
            Ok(told(counted))
        }
        (Err(fault), Some(kept)) if is_late(&fault) => {
            tracing::warn!(%fault, "counting dating takes too long: old figures are shown");
            Ok(told(kept))
        }
        (Err(fault), _) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guard: who is not of a part is told of by it, too.
    #[test]
    fn nothing_is_said_of_a_few_nor_of_all_but_a_few() {
        for (part, whole) in [(0, 0), (9, 20), (11, 20), (19, 20), (20, 20), (991, 1_000)] {
            assert_eq!(share(part, whole), None, "{part} of {whole}");
        }
        assert_eq!([share(10, 20), share(10, 1_000), share(990, 1_000)], [Some(50), Some(1), Some(99)]);
        // 500 likes of 60 people, of whom all but a few have all of them answered.
        assert_eq!(percent(490, 500, [60, 60, 9]), None);
        assert_eq!(percent(120, 500, [60, 60, 10]), Some(20));
    }

    #[test]
    fn one_person_more_is_not_seen_between_two_looks() {
        assert_eq!((share(21, 60), share(22, 60)), (Some(40), Some(40)));
        assert_eq!((coarse(0.337, 60), coarse(0.342, 60)), (Some(0.3), Some(0.3)));
        // Of a hundred and more whole percents are told.
        assert_eq!((share(33, 99), share(34, 100)), (Some(30), Some(34)));
        assert_eq!((coarse(0.337, 100), coarse(0.5, 9)), (Some(0.34), None));
    }
}
