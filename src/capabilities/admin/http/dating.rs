//! Which act each request about reported dating profiles is, and what is said of it.

use super::endpoints::{LIMIT, Limit, endpoint};
use super::openapi::Part;
use super::problem::Problem;
use super::{Asked, Endpoint, Spec, Verb};
use nameless_domain::capabilities::admin::desk::dating::{Deed, Ruling};
use nameless_domain::capabilities::admin::{Act, Permission};
use nameless_domain::ids::UserId;
use serde::Deserialize;

/// What is said of them.
pub(super) const PART: Part = Part {
    schemas: include_str!("dating.json"),
    links: &[
        ("DatingReports", "DatingProfile", "user", "$response.body#/items/0/user"),
        ("DatingProfile", "RuleDating", "user", "$response.body#/user"),
    ],
};

endpoint!(DatingFigures: Get "/dating/figures", SeeFigures, "DatingFigures",
"How dating goes: no number is about fewer than ten people",
query &[], body None, |asked| {
    Deed::Figures.into()
});

endpoint!(DatingReports: Get "/dating/reports", SeeQueue, "DatingReports",
"Dating profiles that wait for an operator: hidden ones, then the most reported, without their words",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Deed::Queue { limit }.into()
});

endpoint!(DatingProfile: Get "/dating/profiles/{user}", SeeEvidence, "DatingProfile",
"A dating profile as it is, and as it was when it was reported: written to the audit log",
query &[], body None, |asked| {
    Deed::Read { user: UserId(asked.number("user")?) }.into()
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    ruling: Ruling,
    reason: String,
}

endpoint!(RuleDating: Post "/dating/profiles/{user}/rule", Moderate, "DatingRuled",
"Hides a dating profile, shows it again, or removes it; its reports are closed",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["ruling","reason"],"properties":{
    "ruling":{"enum":["hide","show","remove"]},"reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    let user = UserId(asked.number("user")?);
    let Body { ruling, reason } = asked.body()?;
    Deed::Rule { user, ruling, reason }.into()
});
