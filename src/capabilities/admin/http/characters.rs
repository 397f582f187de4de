//! Which act each request about characters is, and what is said of it.

use super::endpoints::endpoint;
use super::openapi::Part;
use super::problem::Problem;
use super::{Asked, Endpoint, Spec, Verb};
use nameless_domain::capabilities::admin::desk::characters::Deed;
use nameless_domain::capabilities::admin::{Act, Permission};
use serde::Deserialize;

/// What is said of them.
pub(super) const PART: Part = Part { schemas: include_str!("characters.json"), links: &[] };

/// Days of a page that nobody counted.
const WEEK: u32 = 7;

const SPEND_DAYS: (&str, &str) = ("days", r#"{"type":"integer","minimum":1,"maximum":35,"default":7}"#);

/// `days`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    #[serde(default = "week")]
    days: u32,
}

fn week() -> u32 {
    WEEK
}

endpoint!(Spend: Get "/characters/spend", SeeFigures, "Spend",
"What talks with characters cost, by day and cap, the newest day first",
query &[SPEND_DAYS], body None, |asked| {
    let Days { days } = asked.query()?;
    Deed::Spend { days }.into()
});
