//! The queue of reports: what is looked at first, who works on what, what was decided.

use super::{Done, hidden};
use crate::store::aggregates::codes::{self, REASONS};
use crate::store::aggregates::report::{self, Author};
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
/// Open reports that are weighed against each other: those about minors, then the oldest.
const WEIGHED: i64 = 1_000;

/// Reports as the queue shows them, those that the tail lets in.
macro_rules! reports {
    ($tail:literal) => {
        concat!(
            "SELECT r.report_id, r.pair_id, r.reported, r.reason, r.at, r.taken_by, r.taken, r.verdict,
                (SELECT count(DISTINCT o.reporter_hash) FROM reports o
                 WHERE o.reported = r.reported AND o.status = 'open') AS reporters,
                (SELECT count(*) FROM reports p
                 WHERE p.reporter_hash = r.reporter_hash AND p.verdict = 'upheld') AS upheld,
                (SELECT count(*) FROM reports p
                 WHERE p.reporter_hash = r.reporter_hash AND p.verdict = 'dismissed') AS dismissed
            FROM reports r WHERE ",
            $tail
        )
    };
}

const QUEUE: &str =
    reports!("r.status = 'open' ORDER BY (r.reason = 'minor') DESC, r.at, r.report_id LIMIT $1");

const ONE: &str = reports!("r.report_id = $1");

const ONE_OPEN: &str = reports!("r.report_id = $1 AND r.status = 'open'");

/// Whoever is first has it, on whichever node; their own again is theirs.
const TAKE: &str = "\
    UPDATE reports SET taken_by = $2, taken = $3
    WHERE report_id = $1 AND status = 'open' AND (taken_by IS NULL OR taken_by = $2 OR taken <= $4)";

const DECIDE: &str = "\
    UPDATE reports SET status = 'closed', verdict = $5, taken_by = $2, taken = $3
    WHERE report_id = $1 AND status = 'open' AND (taken_by IS NULL OR taken_by = $2 OR taken <= $4)
    RETURNING reported";

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
    let rows = conn.query(QUEUE, &[&WEIGHED]).await?;
    let mut items: Vec<ReportLine> = rows.iter().map(|row| line(row, now)).collect::<Result<_, _>>()?;
    items.sort_by_key(|item| (std::cmp::Reverse(item.weight), item.at, item.report));
    items.truncate(limit as usize);
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
        // Somebody has looked now.
        let standing = hidden::reconsider(conn, keys, reported, now).await?.then_some((reported, None));
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
