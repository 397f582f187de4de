//! Which act each request about chats and people's past is.

use super::endpoints::{LIMIT, at_least, endpoint, last, some};
use super::problem::Problem;
use super::{Asked, Endpoint, Spec, Verb};
use nameless_domain::capabilities::admin::{Act, Permission};
use nameless_domain::ids::UserId;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairsQuery {
    #[serde(default = "last")]
    before: i64,
    #[serde(default)]
    live: bool,
    #[serde(default = "some")]
    limit: u32,
}

endpoint!(Pairs: Get "/dialogs", SeePeople, "Pairs",
"Who is and was in a chat with whom, the newest first, without what they wrote: written to the audit log",
query &[
    ("before", r#"{"type":"integer","minimum":1,"maximum":9223372036854775807}"#),
    ("live", r#"{"type":"boolean","default":false,"description":"only those that go on"}"#),
    LIMIT,
], body None, |asked| {
    let PairsQuery { before, live, limit } = asked.query()?;
    Act::Pairs { before: at_least(1, before, "before")?, live, limit }
});

endpoint!(History: Get "/users/{user}/history", SeePeople, "History",
"What happened to a person, the newest first, without anybody's words: written to the audit log",
query &[], body None, |asked| {
    Act::History { user: UserId(asked.number("user")?) }
});
