//! Which act each request is.

pub(super) use super::announcements::{Announce, Announcements, TakeDown};
pub(super) use super::broadcasts::{
    Broadcast, Broadcasts, CancelBroadcast, ConfirmBroadcast, DraftBroadcast, PauseBroadcast,
    PreviewBroadcast, ResumeBroadcast,
};
pub(super) use super::characters::Spend;
pub(super) use super::dating::{DatingFigures, DatingProfile, DatingReports, RuleDating};
pub(super) use super::jobs::{FailedJobs, Jobs};
pub(super) use super::pairs::{History, Pairs};
use super::problem::Problem;
pub(super) use super::shared::{RuleShared, SharedCharacter, SharedCharacters};
use super::{Asked, Endpoint, Spec, Verb};
use nameless_domain::capabilities::admin::{Act, BanKind, Entries, Permission, Persons, Role, Term, Verdict};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::text::Lang;
use serde::Deserialize;

/// Rows of a page that nobody counted.
const SOME: u32 = 50;

pub(super) const LIMIT: (&str, &str) =
    ("limit", r#"{"type":"integer","minimum":1,"maximum":200,"default":50}"#);

const DAYS: (&str, &str) = ("days", r#"{"type":"integer","minimum":1,"maximum":60,"default":31}"#);

/// A body of a reason alone.
const REASONED: &str = r##"{"type":"object","additionalProperties":false,"required":["reason"],
    "properties":{"reason":{"$ref":"#/components/schemas/Reason"}}}"##;

/// `limit`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    #[serde(default = "some")]
    pub limit: u32,
}

pub(super) fn some() -> u32 {
    SOME
}

/// A whole number as JSON has it: 7, and 7.0.
#[derive(Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Whole(pub u32);

impl TryFrom<f64> for Whole {
    type Error = &'static str;

    fn try_from(number: f64) -> Result<Whole, &'static str> {
        if number.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&number) {
            return Err("no whole number");
        }
        // Looked at above: nothing is lost.
        Ok(Whole(number as u32))
    }
}

/// Declares an endpoint whose act is made by an expression.
macro_rules! endpoint {
    (
        $(#[$doc:meta])* $name:ident: $method:ident $path:literal, $needs:ident, $answer:literal, $summary:literal,
        query $query:expr, body $body:expr, |$asked:ident| $act:expr
    ) => {
        $(#[$doc])*
        pub(in crate::capabilities::admin::http) enum $name {}

        impl Endpoint for $name {
            const SPEC: Spec = Spec {
                method: Verb::$method,
                path: concat!("/admin/api/v1", $path),
                needs: Permission::$needs,
                summary: $summary,
                query: $query,
                body: $body,
                name: stringify!($name),
                answer: $answer,
            };

            fn act($asked: &Asked<'_>) -> Result<Act, Problem> {
                let _ = $asked;
                Ok($act)
            }
        }
    };
}

pub(super) use endpoint;
// Behind the macro: it makes theirs, too.
mod many;
mod owners;
pub(super) use many::*;
pub(super) use owners::*;

/// A number of the query that has a least value, as it is described.
pub(super) fn at_least(least: i64, value: i64, name: &str) -> Result<i64, Problem> {
    match value >= least {
        true => Ok(value),
        false => Err(Problem::malformed(format!("{name} is {least} or more"))),
    }
}

fn user(asked: &Asked<'_>) -> Result<UserId, Problem> {
    asked.number("user").map(UserId)
}

endpoint!(Stats: Get "/stats", SeeFigures, "Stats", "Figures of the whole bot",
query &[], body None, |asked| {
    Act::Stats
});

endpoint!(Health: Get "/health", SeeFigures, "Health", "The actors, and what they have to do",
query &[], body None, |asked| {
    Act::Health
});

endpoint!(Config: Get "/config", SeeSettings, "Settings", "The configuration, without secrets",
query &[], body None, |asked| {
    Act::Settings
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleQuery {
    #[serde(default)]
    after: i64,
    #[serde(default = "some")]
    limit: u32,
    premium: Option<bool>,
    banned: Option<bool>,
    lang: Option<Lang>,
    active: Option<u32>,
}

endpoint!(People: Get "/users", SeePeople, "People",
"People by id: those with premium or without, banned or not, of a language, who wrote within so many days",
query &[
    ("after", r#"{"type":"integer","minimum":0,"maximum":9223372036854775807,"default":0}"#),
    LIMIT,
    ("premium", r#"{"type":"boolean"}"#),
    ("banned", r#"{"type":"boolean"}"#),
    ("lang", r#"{"enum":["en","ru"]}"#),
    ("active", r#"{"type":"integer","minimum":1,"maximum":3650}"#),
], body None, |asked| {
    let PeopleQuery { after, limit, premium, banned, lang, active } = asked.query()?;
    let of = Persons { premium, banned, lang, active };
    Act::People { after: at_least(0, after, "after")?, limit, of }
});

endpoint!(Person: Get "/users/{user}", SeePeople, "Dossier", "A person: written to the audit log",
query &[], body None, |asked| {
    Act::Person { user: user(asked)? }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BanBody {
    kind: BanKind,
    /// None: for good.
    days: Option<Whole>,
    reason: String,
}

endpoint!(Ban: Post "/users/{user}/ban", Moderate, "Standing", "Bans a person, in place of a ban that they have",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["kind","reason"],
        "properties":{"kind":{"enum":["ban","shadow"]},
        "days":{"type":["integer","null"],"minimum":1,"maximum":3650,"description":"none: for good"},
        "reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    let BanBody { kind, days, reason } = asked.body()?;
    Act::Ban { user: user(asked)?, kind, term: days.map_or(Term::Forever, |days| Term::Days(days.0)), reason }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

endpoint!(Unban: Post "/users/{user}/unban", Moderate, "Standing", "Lifts a ban of either kind",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["reason"],
    "properties":{"reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    let Reason { reason } = asked.body()?;
    Act::Unban { user: user(asked)?, reason }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    days: Whole,
}

endpoint!(Grant: Post "/users/{user}/premium", Grant, "Premium", "Grants premium, or adds to it",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["days"],
    "properties":{"days":{"type":"integer","minimum":1,"maximum":3650}}}"##), |asked| {
    let GrantBody { days } = asked.body()?;
    Act::Grant { user: user(asked)?, days: days.0 }
});

endpoint!(Revoke: Delete "/users/{user}/premium", Grant, "Premium", "Ends premium",
query &[], body None, |asked| {
    Act::Revoke { user: user(asked)? }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentsQuery {
    #[serde(default = "last")]
    before: i64,
    #[serde(default = "some")]
    limit: u32,
    user: Option<i64>,
}

endpoint!(Payments: Get "/payments", SeePayments, "Payments",
"Payments, of all or of one person, the newest first: written to the audit log",
query &[("before", r#"{"type":"integer","minimum":1,"maximum":9223372036854775807}"#), LIMIT,
    ("user", r#"{"type":"integer","minimum":1,"maximum":4503599627370495}"#)], body None, |asked| {
    let PaymentsQuery { before, limit, user } = asked.query()?;
    Act::Payments { before: at_least(1, before, "before")?, limit, of: user.map(UserId) }
});

endpoint!(Payment: Get "/payments/{payment}", SeePayments, "Payment",
"A payment with the books of whoever paid: written to the audit log",
query &[], body None, |asked| {
    Act::Payment { payment: asked.number("payment")? }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundBody {
    reason: String,
    /// The payer, where they have erased themselves.
    payer: Option<Whole53>,
    /// Kopecks of a payment by card; none: all that is left.
    part: Option<Whole53>,
}

/// A Telegram id, or a sum, as JSON has it.
#[derive(Deserialize)]
#[serde(try_from = "f64")]
struct Whole53(i64);

impl TryFrom<f64> for Whole53 {
    type Error = &'static str;

    fn try_from(number: f64) -> Result<Whole53, &'static str> {
        if number.fract() != 0.0 || !(1.0..4_503_599_627_370_496.0).contains(&number) {
            return Err("no id");
        }
        // Looked at above: nothing is lost.
        Ok(Whole53(number as i64))
    }
}

endpoint!(Refund: Post "/payments/{payment}/refund", Refund, "RefundingOrRequest",
"Gives a payment back, and ends what of it is not used. The payer is told",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["reason"],
        "properties":{"reason":{"$ref":"#/components/schemas/Reason"},
        "payer":{"type":["integer","null"],"minimum":1,"maximum":4503599627370495,
        "description":"the payer's Telegram id, where they have erased themselves"},
        "part":{"type":["integer","null"],"minimum":1,"maximum":4503599627370495,
        "description":"kopecks of a payment by card; without it all that is left goes back"}}}"##), |asked| {
    let RefundBody { reason, payer, part } = asked.body()?;
    let payer = payer.map(|payer| UserId(payer.0));
    let part = part.map(|part| part.0);
    Act::Refund { payment: asked.number("payment")?, payer, part, reason }
});

endpoint!(Reports: Get "/reports", SeeQueue, "Reports", "Open reports, the weightiest first",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Act::Reports { limit }
});

endpoint!(Take: Post "/reports/{report}/take", SeeEvidence, "Report",
"Takes a report for a quarter of an hour and reads its evidence: written to the audit log",
query &[], body None, |asked| {
    Act::Report { report: asked.number("report")? }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecideBody {
    verdict: Verdict,
    reason: String,
}

endpoint!(Decide: Post "/reports/{report}/decide", Moderate, "Decided", "Decides about a report",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["verdict","reason"],
        "properties":{"verdict":{"enum":["dismissed","upheld"]},
        "reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    let DecideBody { verdict, reason } = asked.body()?;
    Act::Decide { report: asked.number("report")?, verdict, reason }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    #[serde(default = "last")]
    before: i64,
    #[serde(default = "some")]
    limit: u32,
}

pub(super) fn last() -> i64 {
    i64::MAX
}

endpoint!(Audit: Get "/audit", SeeAudit, "Audit", "What operators did, the newest first",
query &[("before", r#"{"type":"integer","minimum":1,"maximum":9223372036854775807}"#), LIMIT], body None, |asked| {
    let AuditQuery { before, limit } = asked.query()?;
    Act::Audit { before: at_least(1, before, "before")?, limit, of: Entries::default() }
});

endpoint!(DeadLetters: Get "/dead-letters", Repair, "DeadLetters", "Updates that failed, the oldest first",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Act::DeadLetters { limit }
});

endpoint!(Replay: Post "/dead-letters/{seq}/replay", Repair, "Replayed", "Has one of them handled again",
query &[], body None, |asked| {
    Act::Replay { seq: Seq(asked.number("seq")?.unsigned_abs()) }
});

endpoint!(Tokens: Get "/tokens", HandOutTokens, "Tokens", "Tokens, without themselves",
query &[], body None, |asked| {
    Act::Tokens
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenBody {
    name: String,
    role: Role,
    days: Whole,
}

endpoint!(CreateToken: Post "/tokens", HandOutTokens, "NewToken", "Makes a token; it is shown this once",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["name","role","days"],
        "properties":{"name":{"type":"string","pattern":"^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$"},
        "role":{"enum":["viewer","moderator","admin","owner"]},
        "days":{"type":"integer","minimum":1,"maximum":3650}}}"##), |asked| {
    let TokenBody { name, role, days } = asked.body()?;
    Act::CreateToken { name, role, days: days.0 }
});

endpoint!(RevokeToken: Delete "/tokens/{name}", HandOutTokens, "Named", "Makes a token useless, at once",
query &[], body None, |asked| {
    Act::RevokeToken { name: asked.word("name") }
});

endpoint!(Warn: Post "/users/{user}/warn", Moderate, "Warned",
"Warns a person: they are told why, and it is a strike on their dossier",
query &[], body Some(REASONED), |asked| {
    let Reason { reason } = asked.body()?;
    Act::Warn { user: user(asked)?, reason }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    words: String,
}

endpoint!(Note: Post "/users/{user}/notes", Moderate, "Noted", "Notes something for the other operators",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["words"],
    "properties":{"words":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    let NoteBody { words } = asked.body()?;
    Act::Note { user: user(asked)?, words }
});

endpoint!(DeleteDelivered: Post "/users/{user}/delete-delivered", Moderate, "Deleted",
"Deletes what their partners got from them within 48 hours",
query &[], body Some(REASONED), |asked| {
    let Reason { reason } = asked.body()?;
    Act::Delete { user: user(asked)?, reason }
});

endpoint!(Dialogs: Post "/users/{user}/dialogs", ReadDialogs, "Dialogs",
"Reads a person's chats: written to the audit log with the reason, and counted in the person's copy of their data",
query &[], body Some(REASONED), |asked| {
    let Reason { reason } = asked.body()?;
    Act::Dialogs { user: user(asked)?, reason }
});

endpoint!(Appeals: Get "/appeals", SeeEvidence, "Appeals", "What banned people wrote and nobody has answered",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Act::Appeals { limit }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppealBody {
    accepted: bool,
    reason: String,
}

endpoint!(AnswerAppeal: Post "/users/{user}/appeal", Moderate, "Standing",
"Answers a person's appeal; they are told. Accepted, it lifts their ban",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["accepted","reason"],
        "properties":{"accepted":{"type":"boolean"},
        "reason":{"$ref":"#/components/schemas/Reason"}}}"##), |asked| {
    let AppealBody { accepted, reason } = asked.body()?;
    Act::AnswerAppeal { user: user(asked)?, accepted, reason }
});

endpoint!(Detections: Get "/detections", SeePeople, "Detections",
"What was written as programs write, the newest first",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Act::Detections { limit }
});

/// `days`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    #[serde(default = "month")]
    days: u32,
}

fn month() -> u32 {
    31
}

endpoint!(Activity: Get "/activity", SeeFigures, "Activity", "What all did, per day",
query &[DAYS], body None, |asked| {
    let Days { days } = asked.query()?;
    Act::Activity { days }
});

endpoint!(Retention: Get "/retention", SeeFigures, "Retention",
"How many of those who came first on a day were here again",
query &[DAYS], body None, |asked| {
    let Days { days } = asked.query()?;
    Act::Retention { days }
});

mod photos;

pub(in crate::capabilities::admin::http) use photos::{LookAtPhoto, Photos, Picture, RulePhoto};
