//! One act to many.

use super::{Asked, Endpoint, Problem, Spec, Verb, Whole};
use nameless_domain::capabilities::admin::{Act, BanKind, Many, Permission, Term};
use nameless_domain::ids::UserId;
use serde::Deserialize;

/// A number of something, as JSON has it: 7, and 7.0. What is greater is nobody's.
#[derive(Deserialize)]
#[serde(try_from = "f64")]
struct Number(i64);

impl TryFrom<f64> for Number {
    type Error = &'static str;

    fn try_from(number: f64) -> Result<Number, &'static str> {
        if number.fract() != 0.0 || !(1.0..4_503_599_627_370_496.0).contains(&number) {
            return Err("no number of anything");
        }
        // Looked at above: nothing is lost.
        Ok(Number(number as i64))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "what", deny_unknown_fields)]
enum Which {
    DismissLike { report: Number },
    Ban { users: Vec<Number>, kind: BanKind, days: Option<Whole> },
}

impl From<Which> for Many {
    fn from(which: Which) -> Many {
        match which {
            Which::DismissLike { report } => Many::DismissLike { report: report.0 },
            Which::Ban { users, kind, days } => Many::Ban {
                users: users.into_iter().map(|user| UserId(user.0)).collect(),
                kind,
                term: days.map_or(Term::Forever, |days| Term::Days(days.0)),
            },
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mended {
    Replay,
    Drop,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failed {
    what: Mended,
    error: String,
}

impl From<Failed> for Many {
    fn from(Failed { what, error }: Failed) -> Many {
        match what {
            Mended::Replay => Many::Replay { error },
            Mended::Drop => Many::Drop { error },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Looking<T> {
    of: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Doing<T> {
    of: T,
    expects: Whole,
    reason: String,
}

fn looking<T: Into<Many> + serde::de::DeserializeOwned>(asked: &Asked<'_>) -> Result<Act, Problem> {
    let Looking::<T> { of } = asked.body()?;
    Ok(Act::Preview { of: of.into() })
}

fn doing<T: Into<Many> + serde::de::DeserializeOwned>(asked: &Asked<'_>) -> Result<Act, Problem> {
    let Doing::<T> { of, expects, reason } = asked.body()?;
    Ok(Act::Many { of: of.into(), expects: expects.0, reason })
}

endpoint!(PreviewMany: Post "/many/preview", Moderate, "Preview",
"What an act on many would be done to now: reports of one reporter, or a list of people",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["of"],
    "properties":{"of":{"$ref":"#/components/schemas/Many"}}}"##), |asked| {
    looking::<Which>(asked)?
});

endpoint!(DoMany: Post "/many", Moderate, "ManyDone",
"Does it, if it hits as many as were looked at; each is written to the audit log by itself",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["of","expects","reason"],
    "properties":{"of":{"$ref":"#/components/schemas/Many"},
    "expects":{"type":"integer","minimum":0,"maximum":200},
    "reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    doing::<Which>(asked)?
});

endpoint!(PreviewFailed: Post "/dead-letters/many/preview", Repair, "Preview",
"Which updates failed for a reason",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["of"],
    "properties":{"of":{"$ref":"#/components/schemas/ManyFailed"}}}"##), |asked| {
    looking::<Failed>(asked)?
});

endpoint!(MendMany: Post "/dead-letters/many", Repair, "ManyDone",
"Has them handled again, or drops them, if it hits as many as were looked at",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["of","expects","reason"],
    "properties":{"of":{"$ref":"#/components/schemas/ManyFailed"},
    "expects":{"type":"integer","minimum":0,"maximum":200},
    "reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    doing::<Failed>(asked)?
});
