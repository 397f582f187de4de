//! Figures of dating for operators: counted from the tables when somebody asks, kept for ten
//! minutes for everybody who asks after them. No number is about fewer than ten people.
//!
//! What is counted is bounded: the people who were here last, the matches of these, the newest
//! newcomers. A statement that takes longer than the store's statements may is given up.

use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasure, Expiry, Export, Table};
use nameless_actors::capabilities::{DatingDesk, DatingFigures, DatingFunnel};
use nameless_domain::time::{DAY_MS, Millis};
use tokio_postgres::Row;
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
/// Newcomers who are looked at, the newest.
const NEWCOMERS: i64 = 20_000;
/// About fewer people nothing is said, and no count is finer than this.
const FEWEST: i64 = 10;
/// Messages by each side that make a conversation.
const LONG: i64 = 20;

const KEPT: &str = "SELECT figures FROM dating_figures WHERE at > $1 AND at <= $2";

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
        coalesce(sum(liked), 0)::bigint AS likes,
        coalesce(sum(matches) FILTER (WHERE liked > 0), 0)::bigint AS matches,
        count(*) FILTER (WHERE seen = 0) AS starved,
        (2.0 * sum(place * seen) / nullif(count(*) * sum(seen), 0)
            - (count(*) + 1.0) / nullif(count(*), 0))::double precision AS gini
    FROM ranked";

/// Matches of four weeks, of whom, and with how many of them both sides wrote much in the last
/// chat.
const CHATS: &str = "\
    WITH here AS MATERIALIZED (
        SELECT user_id FROM dating_profiles
        WHERE standing = 'shown' AND active >= $1 ORDER BY active DESC LIMIT $2
    ), met AS MATERIALIZED (
        SELECT p.lo, (
            SELECT count(DISTINCT h.message) >= $3 FROM history h WHERE h.pair_id = p.chat AND h.side = 0
        ) AND (
            SELECT count(DISTINCT h.message) >= $3 FROM history h WHERE h.pair_id = p.chat AND h.side = 1
        ) AS talked
        FROM here JOIN dating_pairs p ON p.lo = here.user_id AND p.matched_at >= $1
    )
    SELECT count(*) AS matches, count(DISTINCT lo) AS whose, count(*) FILTER (WHERE talked) AS long,
        count(DISTINCT lo) FILTER (WHERE talked) AS long_whose
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

/// Percent of a whole; none if those of whom it tells are too few.
fn percent(part: i64, whole: i64, about: i64) -> Option<u32> {
    // Whole percents of at least so many people tell of nobody.
    (about >= FEWEST && whole > 0).then(|| u32::try_from((100 * part + whole / 2) / whole).unwrap_or(u32::MAX))
}

fn number(row: &Row, name: &str) -> Result<i64, Fault> {
    Ok(row.try_get(name)?)
}

async fn one(conn: &mut Conn, sql: &'static str, values: &[i64]) -> Result<Row, Fault> {
    let values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = values.iter().map(|n| n as _).collect();
    let rows = conn.query(sql, &values).await?;
    rows.into_iter().next().ok_or_else(|| Fault::Unavailable("a sum without a row".into()))
}

async fn count(conn: &mut Conn, now: Millis) -> Result<DatingFigures, Fault> {
    let ago = |days: i64| now.plus(-days * DAY_MS).0;
    let here = one(conn, HERE, &[ago(1)]).await?;
    let lives = one(conn, LIVES, &[ago(7), PEOPLE]).await?;
    let chats = one(conn, CHATS, &[ago(28), PEOPLE, LONG]).await?;
    let came = one(conn, CAME, &[ago(35), ago(7), NEWCOMERS]).await?;
    let steps = one(conn, STEPS, &[ago(28), NEWCOMERS]).await?;
    let step = |name: &str| number(&steps, name).map(people);
    let exposed = number(&lives, "people")?;
    let gini: Option<f64> = lives.try_get("gini")?;
    let (long, whose) = (number(&chats, "long")?, number(&chats, "long_whose")?);
    let (newcomers, lucky) = (number(&came, "people")?, number(&came, "matched")?);
    let starved = number(&lives, "starved")?;
    Ok(DatingFigures {
        at: now,
        profiles: people(number(&here, "shown")?),
        today: people(number(&here, "today")?),
        match_rate: percent(number(&lives, "matches")?, number(&lives, "likes")?, number(&lives, "matched")?),
        // A conversation has two people: as many of one side as are asked for.
        conversations: people(long).filter(|_| whose >= FEWEST),
        conversation_rate: percent(long, number(&chats, "matches")?, whose),
        newcomers: people(newcomers),
        newcomers_matched: percent(lucky, newcomers, lucky),
        gini: gini.filter(|_| exposed >= FEWEST).map(|g| (100.0 * g).round() / 100.0),
        starved: percent(starved, exposed, starved),
        funnel: DatingFunnel {
            began: step("began")?,
            finished: step("finished")?,
            decided: step("decided")?,
            liked: step("liked")?,
            matched: step("matched")?,
            talked: step("talked")?,
            shared: step("shared")?,
        },
    })
}

/// The figures: those that were counted a moment ago, or new ones.
pub(crate) async fn figures(conn: &mut Conn, now: Millis) -> Result<DatingDesk, Fault> {
    let rows = conn.query(KEPT, &[&now.plus(-KEPT_MS).0, &now.0]).await?;
    if let Some(row) = rows.first()
        // What another version of the program kept may say other things.
        && let Ok(Json(kept)) = row.try_get::<_, Json<DatingFigures>>("figures")
    {
        return Ok(DatingDesk::Figures(Box::new(kept)));
    }
    let counted = count(conn, now).await?;
    conn.execute(KEEP, &[&now.0, &Json(&counted)]).await?;
    Ok(DatingDesk::Figures(Box::new(counted)))
}
