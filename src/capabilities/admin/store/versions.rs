//! Versions of what operators look at: another one after everything that is done about it, so that
//! nobody acts upon what is not so any more.

use super::audit;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::admin::Act;
use nameless_domain::ids::UserId;

const REPORT: &str = "\
    SELECT coalesce(taken, 0) AS taken, coalesce(taken_by, '') AS taken_by, coalesce(verdict, '') AS verdict
    FROM reports WHERE report_id = $1";

/// Of a person: the number of the last entry about them in the log, looks aside.
pub(super) async fn of_person(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<String, Fault> {
    Ok(format!("u{}", audit::last_about(conn, &keys.subject_hash(user)).await?))
}

/// Of a report: who took it when, and what was decided.
pub(super) async fn of_report(conn: &mut Conn, report: i64) -> Result<String, Fault> {
    let rows = conn.query(REPORT, &[&report]).await?;
    let Some(row) = rows.first() else { return Ok(String::new()) };
    let (taken, by): (i64, String) = (row.try_get("taken")?, row.try_get("taken_by")?);
    let verdict: String = row.try_get("verdict")?;
    // A name may hold what no ETag holds.
    let by: String = by.bytes().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("r{taken}-{by}-{verdict}"))
}

/// Of what an act is about; none where that has no versions.
pub(super) async fn of_act(conn: &mut Conn, keys: &Keys, act: &Act) -> Result<Option<String>, Fault> {
    match act {
        Act::Decide { report, .. } => of_report(conn, *report).await.map(Some),
        act => match act.whom() {
            Some(user) => of_person(conn, keys, user).await.map(Some),
            None => Ok(None),
        },
    }
}
