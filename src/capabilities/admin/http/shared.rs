//! Which act each request about shared characters is, and what is said of it.

use super::endpoints::{LIMIT, Limit, endpoint};
use super::openapi::Part;
use super::problem::Problem;
use super::{Asked, Endpoint, Spec, Verb};
use nameless_domain::capabilities::admin::desk::shared::{Deed, Ruling};
use nameless_domain::capabilities::admin::{Act, Permission};
use serde::Deserialize;

/// What is said of them.
pub(super) const PART: Part = Part {
    schemas: include_str!("shared.json"),
    links: &[
        ("SharedCharacters", "SharedCharacter", "shared", "$response.body#/items/0/shared"),
        ("SharedCharacter", "RuleShared", "shared", "$response.body#/shared"),
    ],
};

endpoint!(SharedCharacters: Get "/characters/shared", SeeQueue, "SharedCharacters",
"Characters that people want to share, and reported ones, without their words",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Deed::Queue { limit }.into()
});

endpoint!(SharedCharacter: Get "/characters/shared/{shared}", SeeEvidence, "SharedCharacter",
"A character that somebody shares, with who has made it: written to the audit log",
query &[], body None, |asked| {
    Deed::Read { shared: asked.number("shared")? }.into()
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    ruling: Ruling,
    reason: String,
}

endpoint!(RuleShared: Post "/characters/shared/{shared}/rule", Moderate, "SharedRuled",
"Shares a character with everybody, or refuses it; its reports are closed, and its maker is told",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["ruling","reason"],"properties":{
    "ruling":{"enum":["show","refuse"]},"reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    let shared = asked.number("shared")?;
    let Body { ruling, reason } = asked.body()?;
    Deed::Rule { shared, ruling, reason }.into()
});
