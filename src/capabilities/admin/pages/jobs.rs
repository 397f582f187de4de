//! Durable work: what waits by lane, and what failed for good.

use super::door::{Shown, Visit};
use super::frame::Frame;
use super::refused::Refused;
use super::words::{number, shown};
use askama::Template;
use nameless_actors::capabilities::{Answer, Jobs, Told};
use nameless_domain::capabilities::admin::Permission;
use nameless_domain::capabilities::admin::desk::jobs::Deed;

/// Rows of what failed: the newest.
const ROWS: u32 = 50;

struct Lane {
    name: String,
    waiting: String,
    delayed: String,
    running: String,
    oldest: String,
}

struct Failed {
    number: i64,
    lane: String,
    user: Option<i64>,
    at: String,
    ago: String,
    attempts: i32,
    error: String,
}

#[derive(Template)]
#[template(path = "admin/jobs.html", whitespace = "minimize")]
struct View {
    f: Frame,
    lanes: Vec<Lane>,
    /// None for who may not see whose they were.
    failed: Option<Vec<Failed>>,
}

/// `/admin/jobs`
pub(super) async fn show(visit: &Visit) -> Shown {
    let Answer::Desk(Told::Jobs(Jobs::Lanes(lanes))) = visit.look_at(Deed::Lanes.into()).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/jobs", "pages-jobs");
    let failed = match f.may(Permission::Repair) {
        false => None,
        true => match visit.look_at(Deed::Failed { limit: ROWS }.into()).await? {
            Answer::Desk(Told::Jobs(Jobs::Failed(page))) => Some(page.items),
            _ => return Err(Refused::Away),
        },
    };
    let lane = |line: &nameless_actors::capabilities::LaneLine| Lane {
        name: shown(&line.lane, false),
        waiting: number(line.waiting),
        delayed: number(line.delayed),
        running: number(line.running),
        oldest: line.oldest.map_or_else(|| "–".to_owned(), |at| f.ago(at)),
    };
    let lost = |job: &nameless_actors::capabilities::FailedJob| Failed {
        number: job.job,
        lane: shown(&job.lane, false),
        user: job.user.map(|user| user.0),
        at: f.moment(job.at),
        ago: f.ago(job.at),
        attempts: job.attempts,
        error: shown(&job.error, false),
    };
    let view = View {
        lanes: lanes.items.iter().map(lane).collect(),
        failed: failed.map(|items| items.iter().map(lost).collect()),
        f,
    };
    Ok(view.f.show(&view))
}
