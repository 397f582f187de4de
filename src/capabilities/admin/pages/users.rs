//! People: a list by id, and what is known of one.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::{number, shown};
use askama::Template;
use nameless_actors::capabilities::{Answer, AuditLine, Dossier};
use nameless_domain::capabilities::admin::{Act, BanKind, Permission, Persons};
use nameless_domain::ids::UserId;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use serde::Deserialize;

/// Rows of a page.
const ROWS: u32 = 50;

struct Row {
    id: i64,
    created: String,
    phase: String,
}

#[derive(Template)]
#[template(path = "admin/users.html", whitespace = "minimize")]
struct List {
    f: Frame,
    rows: Vec<Row>,
    premium: Option<bool>,
    banned: Option<bool>,
    lang: Option<&'static str>,
    active: Option<u32>,
    narrowed: bool,
    may_ban: bool,
    /// The filter in the address, with its question mark.
    first: String,
    /// What stands behind the question mark of the next page.
    next: Option<String>,
    /// This is not the first one.
    later: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    #[serde(default)]
    after: i64,
    /// Whom to look for.
    id: Option<String>,
    premium: Option<bool>,
    banned: Option<bool>,
    lang: Option<Lang>,
    active: Option<u32>,
}

/// A filter as it stands in an address.
fn in_address(of: &Persons) -> Vec<(&'static str, String)> {
    let yes = |is: bool| is.to_string();
    let parts = [
        ("premium", of.premium.map(yes)),
        ("banned", of.banned.map(yes)),
        ("lang", of.lang.map(|lang| lang.code().to_owned())),
        ("active", of.active.map(|days| days.to_string())),
    ];
    parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn joined(parts: &[(&'static str, String)]) -> String {
    parts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Where somebody is, as a key.
fn phase(phase: &str) -> &'static str {
    match phase {
        "idle" => "pages-phase-idle",
        "companion" => "pages-phase-companion",
        "searching" => "pages-phase-searching",
        "chatting" => "pages-phase-chatting",
        "underage" => "pages-phase-underage",
        _ => "pages-phase-onboarding",
    }
}

/// `/admin/users`
pub(super) async fn list(visit: &Visit) -> Shown {
    let Query { after, id, premium, banned, lang, active } = visit.query()?;
    if let Some(id) = id {
        let id: i64 = id.trim().parse().ok().filter(|id| *id > 0).ok_or(Refused::Missing)?;
        visit.needs(Permission::SeePeople)?;
        return Ok(see(&format!("/admin/users/{id}")));
    }
    let of = Persons { premium, banned, lang, active };
    let look = Act::People { after, limit: ROWS, of: of.clone() };
    let Answer::People(page) = visit.look_at(look).await? else { return Err(Refused::Away) };
    let f = visit.frame("/admin/users", "pages-users");
    let rows = page.items.iter().map(|line| Row {
        id: line.user.0,
        created: f.moment(line.created),
        phase: f.say(phase(&line.phase)),
    });
    let mut parts = in_address(&of);
    let narrowed = !parts.is_empty();
    let first = if narrowed { format!("?{}", joined(&parts)) } else { String::new() };
    let next = page.next.map(|after| {
        parts.push(("after", after.to_string()));
        joined(&parts)
    });
    let view = List {
        rows: rows.collect(),
        premium,
        banned,
        lang: lang.map(Lang::code),
        active,
        narrowed,
        may_ban: f.may(Permission::Moderate),
        first,
        next,
        later: after > 0,
        f,
    };
    Ok(view.f.show(&view))
}

/// An entry of the log as a line.
pub(super) struct Entry {
    pub seq: i64,
    pub at: String,
    pub who: String,
    pub role: String,
    pub what: String,
    pub whom: Option<i64>,
    pub detail: String,
    pub reason: String,
    pub source: String,
    pub outcome: String,
    pub refused: bool,
}

impl Entry {
    pub fn of(f: &Frame, line: &AuditLine) -> Entry {
        Entry {
            seq: line.seq,
            at: f.moment(line.at),
            who: shown(&line.who, false),
            role: line.role.clone(),
            what: shown(&line.what, false),
            whom: line.whom.map(|whom| whom.0),
            detail: shown(&line.detail, false),
            reason: shown(&line.reason, false),
            source: line.source.clone(),
            outcome: line.outcome.clone(),
            refused: line.outcome == "refused",
        }
    }
}

/// A ban in force.
struct Standing {
    kind: String,
    since: String,
    until: String,
    by: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "admin/user.html", whitespace = "minimize")]
struct Person {
    f: Frame,
    id: i64,
    standing: Option<Standing>,
    phase: Option<String>,
    facts: Vec<(String, String)>,
    figures: Vec<(String, String, bool)>,
    entries: Vec<Entry>,
    appeals: Vec<(String, String)>,
    premium: bool,
    may_ban: bool,
    may_grant: bool,
    may_erase: bool,
}

fn facts(f: &Frame, d: &Dossier) -> Vec<(String, String)> {
    let yes = |is: bool| f.say(if is { "pages-yes" } else { "pages-no" });
    let mut facts = Vec::new();
    if let Some(created) = d.created {
        facts.push((f.say("pages-since"), f.moment(created)));
    }
    if let Some(lang) = &d.lang {
        facts.push((f.say("pages-language"), shown(lang, false)));
    }
    facts.push((f.say("pages-adult"), yes(d.adult)));
    facts.push((f.say("pages-blocked-bot"), yes(d.blocked_bot)));
    let premium = d
        .premium_until
        .map_or_else(|| f.say("pages-no"), |until| f.words("pages-until", "at", &f.until(until)));
    facts.push((f.say("pages-premium"), premium));
    facts
}

fn figures(f: &Frame, d: &Dossier) -> Vec<(String, String, bool)> {
    let of = |key: &'static str, n: i64, bad: bool| (f.say(key), number(n), bad && n > 0);
    vec![
        of("pages-strikes", d.strikes, true),
        of("pages-reports-about", d.reports_open, true),
        of("pages-false-reports", d.false_reports, true),
        of("pages-chats-had", d.chats, false),
        of("pages-rated-up", d.rated_up, false),
        of("pages-rated-down", d.rated_down, false),
    ]
}

/// `/admin/users/{user}`: written to the audit log.
pub(super) async fn person(visit: &Visit) -> Shown {
    let user = UserId(visit.number("user")?);
    let Answer::Person(d) = visit.look_at(Act::Person { user }).await? else { return Err(Refused::Away) };
    let f = visit.frame("/admin/users", "pages-user");
    let standing = d.ban.as_ref().map(|ban| Standing {
        kind: f.say(match ban.kind {
            BanKind::Ban => "pages-banned",
            BanKind::Shadow => "pages-shadowed",
        }),
        since: f.moment(ban.since),
        until: match ban.until {
            Millis::NEVER => f.say("pages-forever"),
            until => f.words("pages-until", "at", &f.moment(until)),
        },
        by: shown(d.banned_by.as_deref().unwrap_or("–"), false),
        reason: shown(&ban.reason, false),
    });
    let view = Person {
        id: user.0,
        standing,
        phase: d.phase.as_deref().map(|at| f.say(phase(at))),
        facts: facts(&f, &d),
        figures: figures(&f, &d),
        entries: d.decisions.iter().map(|line| Entry::of(&f, line)).collect(),
        appeals: d.appeals.iter().map(|appeal| (f.moment(appeal.at), shown(&appeal.words, true))).collect(),
        premium: d.premium_until.is_some(),
        may_ban: f.may(Permission::Moderate),
        may_grant: f.may(Permission::Grant),
        may_erase: f.may(Permission::Erase),
        f,
    };
    Ok(view.f.show(&view))
}
