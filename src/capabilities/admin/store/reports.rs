//! The queue of reports: what is looked at first, who works on what, what was decided.

use super::{Done, hidden, versions};
use crate::store::aggregates::codes::{self, REASONS};
use crate::store::aggregates::report::{self, Author};
use crate::store::aggregates::report_weight;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{
    Answer, Carried, Decided, Denied, EvidenceLine, Order, Page, ReportLine, ReportPage,
};
use nameless_domain::capabilities::admin::Verdict;
use nameless_domain::capabilities::admin::weight::{Urgency, trust, weight};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;
use serde_json::Value;
use tokio_postgres::Row;

/// How long a report stays with whom took it, milliseconds.
const TAKEN_MS: i64 = 15 * 60_000;
/// Reports as the queue shows them: those that `shown` selects. How many report the same person is
/// counted once for each person, what became of somebody's reports once for each reporter; along an
/// index, as a join would have the planner read all reports.
macro_rules! reports {
    ($shown:literal) => {
        concat!(
            "WITH shown AS (
                SELECT report_id, pair_id, reporter_hash, reported, reason, at, taken_by, taken, verdict, weight
                FROM reports WHERE ",
            $shown,
            "
            ), crowd AS (
                SELECT s.reported, (SELECT count(DISTINCT o.reporter_hash) FROM reports o
                                    WHERE o.reported = s.reported AND o.status = 'open') AS reporters
                FROM (SELECT DISTINCT reported FROM shown) s
            ), word AS (
                SELECT s.reporter_hash, p.upheld, p.dismissed
                FROM (SELECT DISTINCT reporter_hash FROM shown) s
                    CROSS JOIN LATERAL (
                        SELECT count(*) FILTER (WHERE d.verdict = 'upheld') AS upheld,
                            count(*) FILTER (WHERE d.verdict = 'dismissed') AS dismissed
                        FROM reports d WHERE d.reporter_hash = s.reporter_hash AND d.verdict IS NOT NULL
                    ) p
            )
            SELECT s.*, c.reporters, w.upheld, w.dismissed
            FROM shown s JOIN crowd c USING (reported) JOIN word w USING (reporter_hash)
            ORDER BY s.weight DESC, s.at, s.report_id"
        )
    };
}

/// By the weight in the row: [`report_weight`](crate::store::aggregates::report_weight).
const QUEUE: &str = reports!("status = 'open' ORDER BY weight DESC, at, report_id LIMIT $1");

const ONE: &str = reports!("report_id = $1");

const ONE_OPEN: &str = reports!("report_id = $1 AND status = 'open'");

/// Whoever is first has it, on whichever node; their own again is theirs.
const TAKE: &str = "\
    UPDATE reports SET taken_by = $2, taken = $3
    WHERE report_id = $1 AND status = 'open' AND (taken_by IS NULL OR taken_by = $2 OR taken <= $4)";

const DECIDE: &str = "\
    UPDATE reports SET status = 'closed', verdict = $5, taken_by = $2, taken = $3
    WHERE report_id = $1 AND status = 'open' AND (taken_by IS NULL OR taken_by = $2 OR taken <= $4)
    RETURNING reported, reporter_hash";

/// Whoever erased themselves stays in what was open until it is decided. One made after their
/// erasure names them as well, unless they are back.
const FORGET: &str = "\
    DELETE FROM reports r USING erasures e
    WHERE r.report_id = $1 AND e.user_hash = $2
        AND (e.at >= r.at OR NOT EXISTS (SELECT FROM accounts a WHERE a.user_id = r.reported))";

/// What somebody wrote who made a report and has erased themselves.
const FORGET_WORDS: &str = "\
    DELETE FROM report_evidence e USING reports r
    WHERE e.report_id = $1 AND r.report_id = e.report_id AND r.reporter IS NULL";

fn line(row: &Row, now: Millis) -> Result<ReportLine, Fault> {
    let count = |column: &str| -> Result<u32, Fault> {
        Ok(u32::try_from(row.try_get::<_, i64>(column)?).unwrap_or(u32::MAX))
    };
    let (upheld, dismissed) = (count("upheld")?, count("dismissed")?);
    let reason = codes::value(REASONS, row.try_get("reason")?)?;
    let of = Urgency { reason, reporters: count("reporters")?, upheld, dismissed };
    let taken: Option<i64> = row.try_get("taken")?;
    let holds = taken.is_some_and(|taken| taken > now.0 - TAKEN_MS);
    Ok(ReportLine {
        report: row.try_get("report_id")?,
        reported: UserId(row.try_get("reported")?),
        reason,
        at: Millis(row.try_get("at")?),
        reporters: of.reporters,
        trust: trust(upheld, dismissed),
        weight: weight(&of),
        taken_by: row.try_get::<_, Option<String>>("taken_by")?.filter(|_| holds),
    })
}

/// The weightiest open reports.
pub(super) async fn queue(conn: &mut Conn, limit: u32, now: Millis) -> Result<Answer, Fault> {
    let rows = conn.query(QUEUE, &[&i64::from(limit)]).await?;
    let items = rows.iter().map(|row| line(row, now)).collect::<Result<_, _>>()?;
    Ok(Answer::Reports(Page { items, next: None }))
}

/// The report is somebody else's.
fn taken(line: &ReportLine) -> Denied {
    Denied::Taken { by: line.taken_by.clone().unwrap_or_default() }
}

/// Takes a report and reads its evidence. One that is closed is read alone.
pub(super) async fn take(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    number: i64,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let until = now.0 - TAKEN_MS;
    let took = conn.execute(TAKE, &[&number, &order.actor.name, &now.0, &until]).await?;
    let rows = conn.query(ONE, &[&number]).await?;
    let Some(row) = rows.first() else { return Ok(Ok(Done::plain(&order.act, Answer::Missing))) };
    let line = line(row, now)?;
    let verdict: Option<String> = row.try_get("verdict")?;
    if took == 0 && verdict.is_none() && line.taken_by.is_some() {
        return Ok(Err(taken(&line)));
    }
    let evidence = report::evidence(conn, keys, number).await?.unwrap_or_default();
    let messages = evidence.messages.iter().map(|message| EvidenceLine {
        from: match message.from {
            Author::Reporter => "reporter",
            Author::Reported => "reported",
        },
        at: message.at,
        payload: serde_json::from_str(message.payload.get()).unwrap_or(Value::Null),
    });
    let about = line.reported;
    let page = ReportPage {
        pair: PairId(row.try_get("pair_id")?),
        evidence: messages.collect(),
        unreadable: evidence.unreadable,
        verdict,
        version: versions::of_report(conn, number).await?,
        line,
    };
    let answer = Answer::Report(Box::new(page));
    Ok(Ok(Done { carried: Carried::quietly(answer), about: Some(about) }))
}

/// Decides about a report.
pub(super) async fn decide(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    number: i64,
    verdict: Verdict,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let until = now.0 - TAKEN_MS;
    let rows = conn.query(DECIDE, &[&number, &order.actor.name, &now.0, &until, &verdict.name()]).await?;
    if let Some(row) = rows.first() {
        let reported = UserId(row.try_get("reported")?);
        report_weight::decided(conn, reported.0, row.try_get("reporter_hash")?).await?;
        // Somebody has looked now.
        let standing = hidden::reconsider(conn, keys, reported, now).await?.then_some((reported, None));
        conn.execute(FORGET, &[&number, &keys.user_hash(reported)]).await?;
        conn.execute(FORGET_WORDS, &[&number]).await?;
        let answer = Answer::Decided(Decided { report: number, verdict: verdict.name().to_owned() });
        let carried = Carried { standing, ..Carried::quietly(answer) };
        return Ok(Ok(Done { carried, about: Some(reported) }));
    }
    let rows = conn.query(ONE_OPEN, &[&number]).await?;
    match rows.first() {
        Some(row) => Ok(Err(taken(&line(row, now)?))),
        None => Ok(Ok(Done::plain(&order.act, Answer::Missing))),
    }
}
