//! The audit log; what is looked for stands in the address.

use super::door::{Shown, Visit};
use super::frame::Frame;
use super::refused::Refused;
use super::users::Entry;
use super::words::shown;
use askama::Template;
use nameless_actors::capabilities::Answer;
use nameless_domain::capabilities::admin::desk::NAMES;
use nameless_domain::capabilities::admin::{Act, Entries};
use nameless_domain::ids::UserId;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

/// Rows of a page.
const ROWS: u32 = 50;

/// What can be looked for, beside what stands in files of its own.
const ACTS: &[&str] = &[
    "ban",
    "shadow",
    "unban",
    "grant",
    "revoke",
    "payments",
    "payment",
    "refund",
    "report",
    "decide",
    "person",
    "people",
    "audit",
    "dead_letters",
    "replay",
    "tokens",
    "create_token",
    "revoke_token",
    "settings",
    "erase",
    "approve",
    "refuse",
    "log_in",
    "log_out",
];

const OUTCOMES: &[&str] = &["done", "refused", "missing", "waits"];

#[derive(Template)]
#[template(path = "admin/audit.html", whitespace = "minimize")]
struct View {
    f: Frame,
    rows: Vec<Entry>,
    who: String,
    user: String,
    /// Name, whether it is chosen.
    acts: Vec<(&'static str, bool)>,
    outcomes: Vec<(&'static str, bool)>,
    /// Address of the next page.
    older: Option<String>,
    narrowed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    before: Option<i64>,
    who: Option<String>,
    what: Option<String>,
    outcome: Option<String>,
    user: Option<String>,
}

/// `/admin/audit`
pub(super) async fn show(visit: &Visit) -> Shown {
    let Query { before, who, what, outcome, user } = visit.query()?;
    let whom = match user.as_deref().map(str::trim) {
        None => None,
        Some(id) => Some(UserId(id.parse().ok().filter(|id| *id > 0).ok_or(Refused::Malformed)?)),
    };
    let of = Entries { who: who.clone(), what: what.clone(), outcome: outcome.clone(), whom };
    let narrowed = of != Entries::default();
    let act = Act::Audit { before: before.unwrap_or(i64::MAX), limit: ROWS, of };
    let Answer::Audit(page) = visit.look_at(act).await? else { return Err(Refused::Away) };
    let f = visit.frame("/admin/audit", "pages-audit");
    let chosen = |all: &[&'static str], one: &Option<String>| -> Vec<(&'static str, bool)> {
        all.iter().map(|name| (*name, one.as_deref() == Some(*name))).collect()
    };
    let acts: Vec<_> = ACTS.iter().chain(NAMES.iter().copied().flatten()).copied().collect();
    let older = page.next.map(|next| {
        let mut query = Serializer::new(String::new());
        let given = [("who", &who), ("what", &what), ("outcome", &outcome), ("user", &user)];
        for (name, value) in given.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            query.append_pair(name, value);
        }
        format!("/admin/audit?{}", query.append_pair("before", &next.to_string()).finish())
    });
    let view = View {
        rows: page.items.iter().map(|line| Entry::of(&f, line)).collect(),
        who: shown(&who.clone().unwrap_or_default(), false),
        user: whom.map(|whom| whom.0.to_string()).unwrap_or_default(),
        acts: chosen(&acts, &what),
        outcomes: chosen(OUTCOMES, &outcome),
        older,
        narrowed,
        f,
    };
    Ok(view.f.show(&view))
}
