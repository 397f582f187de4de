//! One act to many: what it hits is shown first, and if that has changed meanwhile, nothing is
//! done.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::shown;
use askama::Template;
use nameless_actors::capabilities::{Answer, Preview};
use nameless_domain::capabilities::admin::{Act, BanKind, Flaw, MANY_MAX, Many, Permission, Term};
use nameless_domain::ids::UserId;
use serde::Deserialize;

/// What the address and the form say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    what: String,
    report: Option<i64>,
    error: Option<String>,
    /// Ids, with anything but digits between them.
    users: Option<String>,
    kind: Option<BanKind>,
    /// Days, or `forever`.
    term: Option<String>,
    expects: Option<u32>,
    reason: Option<String>,
    key: Option<String>,
    #[serde(rename = "csrf")]
    _csrf: Option<String>,
}

impl Asked {
    fn many(&self) -> Result<Many, Refused> {
        let error = || self.error.clone().filter(|error| !error.is_empty()).ok_or(Refused::Malformed);
        Ok(match &*self.what {
            "dismiss_like" => Many::DismissLike { report: self.report.ok_or(Refused::Malformed)? },
            "replay" => Many::Replay { error: error()? },
            "drop" => Many::Drop { error: error()? },
            "ban" => Many::Ban {
                users: ids(self.users.as_deref().unwrap_or_default())?,
                kind: self.kind.unwrap_or(BanKind::Ban),
                term: match self.term.as_deref() {
                    Some("forever") => Term::Forever,
                    Some(days) => days.parse().map(Term::Days).map_err(|_| Refused::Malformed)?,
                    None => Term::Days(7),
                },
            },
            _ => return Err(Refused::Malformed),
        })
    }
}

fn ids(text: &str) -> Result<Vec<UserId>, Refused> {
    let parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let ids: Option<Vec<UserId>> = parts.map(|part| part.parse().ok().map(UserId)).collect();
    ids.ok_or(Refused::Flawed(Flaw::User))
}

#[derive(Template)]
#[template(path = "admin/many.html", whitespace = "minimize")]
struct View {
    f: Frame,
    what: String,
    heading: String,
    follows: Vec<String>,
    yes: String,
    /// Fields that go along: name, value.
    hidden: Vec<(&'static str, String)>,
    count: u32,
    counted: String,
    more: Option<String>,
    items: Vec<i64>,
    /// Where each of them is shown, but for its number.
    place: &'static str,
    ban: bool,
    back: &'static str,
    key: String,
}

/// `/admin/many`: what it hits.
pub(super) async fn preview(visit: &Visit) -> Shown {
    // Whoever may do neither learns nothing of what would have been right.
    visit.needs(Permission::Moderate)?;
    let asked: Asked = visit.query()?;
    let of = asked.many()?;
    let Answer::Preview(Preview { count, more, items, .. }) =
        visit.look_at(Act::Preview { of: of.clone() }).await?
    else {
        return Err(Refused::Away);
    };
    if count == 0 {
        return Err(Refused::Missing);
    }
    let (title, follows, yes, place, back) = match &of {
        Many::DismissLike { .. } => (
            "pages-many-dismiss",
            "pages-many-dismiss-follows",
            "pages-dismiss",
            "/admin/reports/",
            "/admin/reports",
        ),
        Many::Ban { .. } => {
            ("pages-many-ban", "pages-ban-ends", "pages-ban-yes", "/admin/users/", "/admin/users")
        }
        Many::Replay { .. } => {
            ("pages-many-replay", "pages-many-replay-follows", "pages-replay", "", "/admin/dead-letters")
        }
        Many::Drop { .. } => {
            ("pages-many-drop", "pages-many-drop-follows", "pages-drop", "", "/admin/dead-letters")
        }
    };
    let f = visit.frame(back, title);
    let mut hidden = Vec::new();
    match &of {
        Many::DismissLike { report } => hidden.push(("report", report.to_string())),
        Many::Replay { error } | Many::Drop { error } => hidden.push(("error", error.clone())),
        Many::Ban { .. } => {
            let ids: Vec<String> = items.iter().map(i64::to_string).collect();
            hidden.push(("users", ids.join(" ")));
        }
    }
    let mut all = vec![f.say(follows)];
    if matches!(of, Many::Ban { .. }) {
        all.extend(["pages-ban-told", "pages-ban-left", "pages-ban-outlives"].map(|key| f.say(key)));
    }
    all.push(f.say("pages-many-each"));
    if let Many::Replay { error } | Many::Drop { error } = &of {
        all.push(f.words("pages-many-error", "error", &shown(error, false)));
    }
    let view = View {
        what: asked.what.clone(),
        heading: f.say(title),
        follows: all,
        yes: f.say(yes),
        hidden,
        count,
        counted: f.counted("pages-many-hit", "n", i64::from(count)),
        more: more.then(|| f.counted("pages-many-more", "n", i64::from(MANY_MAX))),
        items,
        place,
        ban: matches!(of, Many::Ban { .. }),
        back,
        key: visit.new_key()?,
        f,
    };
    Ok(view.f.show(&view))
}

/// `POST /admin/many`
pub(super) async fn carry_out(visit: &Visit) -> Shown {
    let asked: Asked = visit.form()?;
    let of = asked.many()?;
    let back = match of {
        Many::DismissLike { .. } => "/admin/reports",
        Many::Ban { .. } => "/admin/users",
        _ => "/admin/dead-letters",
    };
    let expects = asked.expects.ok_or(Refused::Malformed)?;
    let act = Act::Many { of, expects, reason: asked.reason.unwrap_or_default() };
    visit.carry(act, asked.key).await?;
    Ok(see(&format!("{back}?done=many")))
}
