//! Which act each request about durable work is, and what is said of it.

use super::endpoints::{LIMIT, Limit, endpoint};
use super::openapi::Part;
use super::problem::Problem;
use super::{Asked, Endpoint, Spec, Verb};
use nameless_domain::capabilities::admin::desk::jobs::Deed;
use nameless_domain::capabilities::admin::{Act, Permission};

/// What is said of them.
pub(super) const PART: Part = Part {
    schemas: include_str!("jobs.json"),
    links: &[("FailedJobs", "Person", "user", "$response.body#/items/0/user")],
};

endpoint!(Jobs: Get "/jobs", SeeFigures, "Lanes", "Durable work that is not done, by lane",
query &[], body None, |asked| {
    Deed::Lanes.into()
});

endpoint!(FailedJobs: Get "/jobs/failed", Repair, "FailedJobs",
"Durable work that failed for good, the newest first, for as long as its lane keeps an end",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Deed::Failed { limit }.into()
});
