//! Pictures that wait for an operator.

use super::super::problem::Problem;
use super::super::{Asked, Endpoint, Spec, Verb};
use super::{LIMIT, Limit, REASONED, Reason};
use nameless_domain::capabilities::admin::{Act, Permission, Ruling};
use serde::Deserialize;

endpoint!(Photos: Get "/photos", SeeQueue, "Photos", "Pictures that wait for an operator: of reports, then the oldest",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Act::Photos { limit }
});

endpoint!(LookAtPhoto: Post "/photos/{photo}/look", SeeEvidence, "Photo",
"Looks at one of them: written to the audit log with the reason. What the models see in it; the picture is fetched apart",
query &[], body Some(REASONED), |asked| {
    let Reason { reason } = asked.body()?;
    Act::Photo { photo: asked.number("photo")?, reason }
});

endpoint!(Picture: Get "/photos/{photo}/picture", SeeEvidence, "Picture",
"The picture itself, within five minutes of a look of the same token's",
query &[], body None, |asked| {
    Act::Picture { photo: asked.number("photo")? }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleBody {
    ruling: Ruling,
    reason: String,
}

endpoint!(RulePhoto: Post "/photos/{photo}/rule", Moderate, "PhotoRuled", "Says what becomes of a picture",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["ruling","reason"],
        "properties":{"ruling":{"enum":["approve","reject","ban"]},
        "reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    let RuleBody { ruling, reason } = asked.body()?;
    Act::RulePhoto { photo: asked.number("photo")?, ruling, reason }
});
