//! Durable work, as operators see it.

use super::super::page::Page;
use crate::admin::board::Board;
use crate::admin::words::shown;
use nameless_domain::ids::UserId;
use nameless_domain::text::Msg;
use nameless_domain::time::Millis;
use serde::Serialize;

/// A lane in which something is to be done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaneLine {
    /// Which.
    pub lane: String,
    /// Jobs that could begin.
    pub waiting: i64,
    /// Jobs that wait for a moment, mostly after an attempt that was in vain.
    pub delayed: i64,
    /// Jobs that are under way.
    pub running: i64,
    /// When the one was added that has waited longest.
    pub oldest: Option<Millis>,
}

/// A job that failed for good.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailedJob {
    /// Its number.
    pub job: i64,
    /// In which lane.
    pub lane: String,
    /// Whose it was, if it was anybody's.
    pub user: Option<UserId>,
    /// When it failed.
    pub at: Millis,
    /// After so many attempts.
    pub attempts: i32,
    /// Why.
    pub error: String,
}

/// What came of a look at jobs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Jobs {
    /// The lanes, by name.
    Lanes(Page<LaneLine>),
    /// What failed, the newest first.
    Failed(Page<FailedJob>),
}

impl Jobs {
    pub(super) fn lines(&self) -> Vec<Msg> {
        let lines: Vec<Msg> = match self {
            Jobs::Lanes(page) => page.items.iter().map(lane).collect(),
            Jobs::Failed(page) => page.items.iter().map(failed).collect(),
        };
        if lines.is_empty() { vec![Msg::new("admin-jobs-none")] } else { lines }
    }

    pub(super) fn take_effect(&self, _: &Board) {}
}

fn lane(line: &LaneLine) -> Msg {
    let key = match line.oldest {
        Some(_) => "admin-jobs-line",
        None => "admin-jobs-line-running",
    };
    Msg::new(key)
        .words("lane", line.lane.clone())
        .number("waiting", line.waiting)
        .number("delayed", line.delayed)
        .number("running", line.running)
        .moment("oldest", line.oldest.unwrap_or(Millis(0)))
}

fn failed(job: &FailedJob) -> Msg {
    Msg::new("admin-jobs-failed")
        .number("job", job.job)
        .words("lane", job.lane.clone())
        .words("user", job.user.map_or_else(|| "-".to_owned(), |user| user.0.to_string()))
        .moment("at", job.at)
        .number("attempts", job.attempts.into())
        .words("error", shown(&job.error))
}
