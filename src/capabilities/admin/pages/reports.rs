//! The queue of reports, worked by keyboard alone.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::{self, shown};
use askama::Template;
use nameless_actors::capabilities::{Answer, ReportLine};
use nameless_domain::capabilities::admin::{Act, Permission, Verdict};
use nameless_domain::session::review::ReportReason;
use serde::Deserialize;

/// Rows of the queue: the weightiest.
const ROWS: u32 = 50;

struct Row {
    number: i64,
    reason: String,
    urgent: bool,
    reported: i64,
    reporters: String,
    trust: u32,
    ago: String,
    at: String,
    taken: Option<String>,
    mine: bool,
}

impl Row {
    fn of(f: &Frame, me: &str, line: &ReportLine) -> Row {
        Row {
            number: line.report,
            reason: f.say(line.reason.key()),
            urgent: line.reason == ReportReason::Minor,
            reported: line.reported.0,
            reporters: f.counted("pages-reporters", "n", i64::from(line.reporters)),
            trust: line.trust,
            ago: f.ago(line.at),
            at: f.moment(line.at),
            taken: line.taken_by.as_deref().map(|by| shown(by, false)),
            mine: line.taken_by.as_deref() == Some(me),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/reports.html", whitespace = "minimize")]
struct Queue {
    f: Frame,
    rows: Vec<Row>,
    may_open: bool,
}

/// `/admin/reports`
pub(super) async fn queue(visit: &Visit) -> Shown {
    let Answer::Reports(page) = visit.look_at(Act::Reports { limit: ROWS }).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/reports", "pages-reports");
    let rows = page.items.iter().map(|line| Row::of(&f, &visit.actor.name, line)).collect();
    let view = Queue { rows, may_open: f.may(Permission::SeeEvidence), f };
    Ok(view.f.show(&view))
}

struct Line {
    reported: bool,
    from: String,
    at: String,
    text: String,
}

#[derive(Template)]
#[template(path = "admin/report.html", whitespace = "minimize")]
struct Report {
    f: Frame,
    row: Row,
    lines: Vec<Line>,
    unreadable: Option<String>,
    verdict: Option<String>,
    may_decide: bool,
    key: String,
}

/// `/admin/reports/{report}`: takes it, and is written to the audit log.
pub(super) async fn report(visit: &Visit) -> Shown {
    let number = visit.number("report")?;
    let Answer::Report(page) = visit.look_at(Act::Report { report: number }).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/reports", "pages-report");
    let lines = page.evidence.iter().map(|line| Line {
        reported: line.from != "reporter",
        from: f.say(if line.from == "reporter" { "pages-from-reporter" } else { "pages-from-reported" }),
        at: f.moment(line.at),
        text: words::of_message(&line.payload),
    });
    let unreadable = page.unreadable;
    let view = Report {
        row: Row::of(&f, &visit.actor.name, &page.line),
        lines: lines.collect(),
        unreadable: (unreadable > 0).then(|| f.counted("pages-unreadable", "n", i64::from(unreadable))),
        verdict: page.verdict.as_deref().map(|verdict| {
            f.say(if verdict == "upheld" { "pages-verdict-upheld" } else { "pages-verdict-dismissed" })
        }),
        may_decide: f.may(Permission::Moderate),
        key: visit.new_key()?,
        f,
    };
    Ok(view.f.show(&view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
    verdict: Verdict,
    reason: String,
}

/// `POST /admin/reports/{report}/decide`
pub(super) async fn decide(visit: &Visit) -> Shown {
    let report = visit.number("report")?;
    let Decision { key, verdict, reason, .. } = visit.form()?;
    visit.carry(Act::Decide { report, verdict, reason }, Some(key)).await?;
    Ok(see(&format!("/admin/reports?done={}", verdict.name())))
}
