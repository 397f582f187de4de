//! What is done about a person: a page that says what follows, then the act.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::shown;
use askama::Template;
use nameless_actors::capabilities::Answer;
use nameless_domain::capabilities::admin::{Act, BanKind, Permission, Term};
use nameless_domain::ids::UserId;
use serde::Deserialize;

/// What a page asks for.
struct Asks {
    /// Last part of its path.
    name: &'static str,
    title: &'static str,
    /// What follows, a line each.
    follows: &'static [&'static str],
    /// The button.
    yes: &'static str,
    needs: Permission,
    /// It takes something from somebody.
    harsh: bool,
    term: bool,
    days: bool,
    reason: bool,
}

const BAN: Asks = Asks {
    name: "ban",
    title: "pages-ban",
    follows: &["pages-ban-ends", "pages-ban-told", "pages-ban-left", "pages-ban-outlives"],
    yes: "pages-ban-yes",
    needs: Permission::Moderate,
    harsh: true,
    term: true,
    days: false,
    reason: true,
};

const SHADOW: Asks = Asks {
    name: "shadow",
    title: "pages-shadow",
    follows: &["pages-shadow-ends", "pages-shadow-untold", "pages-shadow-alone", "pages-ban-outlives"],
    yes: "pages-shadow-yes",
    ..BAN
};

const UNBAN: Asks = Asks {
    name: "unban",
    title: "pages-unban",
    follows: &["pages-unban-back", "pages-unban-kept"],
    yes: "pages-unban-yes",
    harsh: false,
    term: false,
    ..BAN
};

const GRANT: Asks = Asks {
    name: "grant",
    title: "pages-grant",
    follows: &["pages-grant-adds", "pages-grant-first"],
    yes: "pages-grant-yes",
    needs: Permission::Grant,
    harsh: false,
    term: false,
    days: true,
    reason: false,
};

const REVOKE: Asks = Asks {
    name: "revoke",
    title: "pages-revoke",
    follows: &["pages-revoke-gone"],
    yes: "pages-revoke-yes",
    harsh: true,
    days: false,
    ..GRANT
};

const ERASE: Asks = Asks {
    name: "erase",
    title: "pages-erase",
    follows: &["pages-erase-gone", "pages-erase-told", "pages-erase-kept", "pages-erase-second"],
    yes: "pages-erase-yes",
    needs: Permission::Erase,
    term: false,
    ..BAN
};

#[derive(Template)]
#[template(path = "admin/deed.html", whitespace = "minimize")]
struct View {
    f: Frame,
    user: i64,
    deed: &'static str,
    heading: String,
    follows: Vec<String>,
    yes: String,
    harsh: bool,
    term: bool,
    days: bool,
    reason: bool,
    /// A reason to begin with.
    because: String,
    /// The report that it came of.
    report: Option<i64>,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    report: Option<i64>,
}

fn ask(visit: &Visit, asks: &Asks) -> Shown {
    let user = visit.number("user")?;
    let From { report } = visit.query()?;
    visit.needs(asks.needs)?;
    let f = visit.frame("/admin/users", asks.title);
    let because = report.filter(|_| asks.reason).map(|n| format!("report {n}")).unwrap_or_default();
    let view = View {
        user,
        deed: asks.name,
        heading: f.words("pages-deed", "deed", &f.say(asks.title)),
        follows: asks.follows.iter().map(|key| f.say(key)).collect(),
        yes: f.say(asks.yes),
        harsh: asks.harsh,
        term: asks.term,
        days: asks.days,
        reason: asks.reason,
        because: shown(&because, false),
        report,
        key: visit.new_key()?,
        f,
    };
    Ok(view.f.show(&view))
}

pub(super) async fn ask_ban(visit: &Visit) -> Shown {
    ask(visit, &BAN)
}

pub(super) async fn ask_shadow(visit: &Visit) -> Shown {
    ask(visit, &SHADOW)
}

pub(super) async fn ask_unban(visit: &Visit) -> Shown {
    ask(visit, &UNBAN)
}

pub(super) async fn ask_grant(visit: &Visit) -> Shown {
    ask(visit, &GRANT)
}

pub(super) async fn ask_revoke(visit: &Visit) -> Shown {
    ask(visit, &REVOKE)
}

pub(super) async fn ask_erase(visit: &Visit) -> Shown {
    ask(visit, &ERASE)
}

/// The form of all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
    /// Days, or `forever`.
    term: Option<String>,
    days: Option<String>,
    reason: Option<String>,
    report: Option<i64>,
}

impl Form {
    fn days(&self) -> Result<u32, Refused> {
        let days = self.days.as_deref().and_then(|days| days.trim().parse().ok());
        days.ok_or(Refused::Flawed(nameless_domain::capabilities::admin::Flaw::Days))
    }

    fn term(&self) -> Result<Term, Refused> {
        match self.term.as_deref() {
            Some("forever") => Ok(Term::Forever),
            Some("days") => self.days().map(Term::Days),
            Some(days) => days.parse().map(Term::Days).map_err(|_| Refused::Malformed),
            None => Err(Refused::Malformed),
        }
    }

    fn reason(&self) -> String {
        self.reason.clone().unwrap_or_default()
    }
}

/// Does it, and goes back to where it came of.
async fn act(visit: &Visit, asks: &Asks, of: impl FnOnce(UserId, &Form) -> Result<Act, Refused>) -> Shown {
    let user = UserId(visit.number("user")?);
    let form: Form = visit.form()?;
    let act = of(user, &form)?;
    visit.carry(act, Some(form.key.clone())).await?;
    Ok(see(&match form.report {
        Some(report) if report > 0 => format!("/admin/reports/{report}?done={}", asks.name),
        _ => format!("/admin/users/{}?done={}", user.0, asks.name),
    }))
}

fn ban_of(kind: BanKind) -> impl FnOnce(UserId, &Form) -> Result<Act, Refused> {
    move |user, form| Ok(Act::Ban { user, kind, term: form.term()?, reason: form.reason() })
}

pub(super) async fn ban(visit: &Visit) -> Shown {
    act(visit, &BAN, ban_of(BanKind::Ban)).await
}

pub(super) async fn shadow(visit: &Visit) -> Shown {
    act(visit, &SHADOW, ban_of(BanKind::Shadow)).await
}

/// Whether an act has to wait for a second owner, also where it was asked for twice.
pub(super) fn waits(answer: &Answer) -> bool {
    match answer {
        Answer::Waits(_) => true,
        Answer::Before(before) => before.get("request").is_some(),
        _ => false,
    }
}

pub(super) async fn erase(visit: &Visit) -> Shown {
    let user = UserId(visit.number("user")?);
    let form: Form = visit.form()?;
    let answer = visit.carry(Act::Erase { user, reason: form.reason() }, Some(form.key.clone())).await?;
    Ok(see(if waits(&answer) { "/admin/requests?done=waits" } else { "/admin/users?done=erase" }))
}

pub(super) async fn unban(visit: &Visit) -> Shown {
    act(visit, &UNBAN, |user, form| Ok(Act::Unban { user, reason: form.reason() })).await
}

pub(super) async fn grant(visit: &Visit) -> Shown {
    act(visit, &GRANT, |user, form| Ok(Act::Grant { user, days: form.days()? })).await
}

pub(super) async fn revoke(visit: &Visit) -> Shown {
    act(visit, &REVOKE, |user, _| Ok(Act::Revoke { user })).await
}
