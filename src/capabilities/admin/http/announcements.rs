//! Which act each request about announcements is, and what is said of it.

use super::endpoints::{LIMIT, at_least, endpoint, last, some};
use super::openapi::Part;
use super::problem::Problem;
use super::{Asked, Endpoint, Spec, Verb};
use nameless_domain::capabilities::admin::desk::announcements::Deed;
use nameless_domain::capabilities::admin::{Act, Permission};
use nameless_domain::capabilities::news::Texts;
use serde::Deserialize;

/// What is said of them.
pub(super) const PART: Part = Part {
    schemas: include_str!("announcements.json"),
    links: &[
        ("Announcements", "Announcements", "before", "$response.body#/next"),
        ("Announcements", "TakeDown", "announcement", "$response.body#/items/0/announcement"),
        ("Announce", "TakeDown", "announcement", "$response.body#/announcement"),
    ],
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default = "last")]
    before: i64,
    #[serde(default = "some")]
    limit: u32,
}

endpoint!(Announcements: Get "/announcements", Broadcast, "Announcements",
"What whoever comes to the menu reads, and has read before; the newest first",
query &[("before", r#"{"type":"integer","minimum":1,"maximum":9223372036854775807}"#), LIMIT], body None, |asked| {
    let ListQuery { before, limit } = asked.query()?;
    Deed::List { before: at_least(1, before, "before")?, limit }.into()
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    text: Texts,
}

endpoint!(Announce: Post "/announcements", Broadcast, "Announcement",
"Has whoever comes to the menu read this, until it is taken down or another one is put up",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["text"],"properties":{
        "text":{"type":"object","additionalProperties":false,"minProperties":1,
            "description":"in one language: everybody reads that; in both: each their own",
            "properties":{"ru":{"$ref":"#/components/schemas/Notice"},"en":{"$ref":"#/components/schemas/Notice"}}}}}"##), |asked| {
    let Body { text } = asked.body()?;
    Deed::Announce { text }.into()
});

endpoint!(TakeDown: Delete "/announcements/{announcement}", Broadcast, "Announcement",
"Takes an announcement down", query &[], body None, |asked| {
    Deed::TakeDown { announcement: asked.number("announcement")? }.into()
});
