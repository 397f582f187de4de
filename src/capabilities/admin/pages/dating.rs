//! Dating profiles that people report: the queue, one of them, what becomes of it.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::ruling::Form;
use super::words::shown;
use askama::Template;
use nameless_actors::capabilities::{Answer, DatingDesk, DatingLine, Told};
use nameless_domain::capabilities::admin::Permission;
use nameless_domain::capabilities::admin::desk::dating::{Deed, Ruling};
use nameless_domain::ids::UserId;
use nameless_domain::session::review::ReportReason;
use serde::Deserialize;

/// Rows of the queue: what is hidden, then the most reported.
const ROWS: u32 = 50;

struct Row {
    user: i64,
    reasons: Vec<String>,
    urgent: bool,
    reporters: String,
    standing: String,
    hidden: bool,
    /// How long ago, and when.
    last: Option<(String, String)>,
}

impl Row {
    fn of(f: &Frame, line: &DatingLine) -> Row {
        let reasons = line.reasons.iter().map(|one| match one.reporters {
            1 => f.say(one.reason.key()),
            n => format!("{} × {n}", f.say(one.reason.key())),
        });
        Row {
            user: line.user.0,
            reasons: reasons.collect(),
            urgent: line.reasons.iter().any(|one| one.reason == ReportReason::Minor),
            reporters: f.counted("pages-reporters", "n", i64::from(line.reporters)),
            standing: f.say(line.standing_key()),
            hidden: line.standing == "hidden",
            last: line.at.map(|at| (f.ago(at), f.moment(at))),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/dating.html", whitespace = "minimize")]
struct Queue {
    f: Frame,
    rows: Vec<Row>,
    may_open: bool,
}

/// `/admin/dating`
pub(super) async fn queue(visit: &Visit) -> Shown {
    let answer = visit.look_at(Deed::Queue { limit: ROWS }.into()).await?;
    let Answer::Desk(Told::Dating(DatingDesk::Queue(page))) = answer else { return Err(Refused::Away) };
    let f = visit.frame("/admin/dating", "pages-dating");
    let rows = page.items.iter().map(|line| Row::of(&f, line)).collect();
    let view = Queue { rows, may_open: f.may(Permission::SeeEvidence), f };
    Ok(view.f.show(&view))
}

/// What may become of a profile.
const VERDICTS: &[(&str, &str)] =
    &[("show", "pages-dating-show"), ("hide", "pages-dating-hide"), ("remove", "pages-dating-remove")];

/// A profile as it was when somebody reported it.
struct Then {
    head: String,
    name: String,
    bio: String,
    letters: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/dating-profile.html", whitespace = "minimize")]
struct Profile {
    f: Frame,
    row: Row,
    /// Name with age, and words, as they are now.
    now: Option<(String, String)>,
    photos: Vec<i64>,
    reports: Vec<Then>,
    rule: Option<Form>,
}

/// `/admin/dating/{user}`: a look, which is written to the audit log.
pub(super) async fn profile(visit: &Visit) -> Shown {
    let user = UserId(visit.number("user")?);
    let answer = visit.look_at(Deed::Read { user }.into()).await?;
    let Answer::Desk(Told::Dating(DatingDesk::Profile(profile))) = answer else { return Err(Refused::Away) };
    let f = visit.frame("/admin/dating", "pages-dating-profile");
    let name = profile.name.as_deref().map(|name| match profile.age {
        Some(age) => format!("{}, {age}", shown(name, false)),
        None => shown(name, false),
    });
    let bio = profile.bio.as_deref().unwrap_or_default();
    let reports = profile.reports.iter().map(|one| Then {
        head: f.words2("pages-dating-then", ("at", &f.moment(one.at)), ("reason", &f.say(one.reason.key()))),
        name: shown(&one.name, false),
        bio: shown(&one.bio, true),
        letters: one.letters.iter().map(|words| shown(words, true)).collect(),
    });
    let to = format!("/admin/dating/{}/rule", user.0);
    let rule = match profile.line.standing != "none" || profile.line.reporters > 0 {
        true => Form::of(visit, &f, to, VERDICTS, "pages-dating-rule-hint")?,
        false => None,
    };
    let view = Profile {
        row: Row::of(&f, &profile.line),
        now: name.map(|name| (name, shown(bio, true))),
        photos: profile.photos.clone(),
        reports: reports.collect(),
        rule,
        f,
    };
    Ok(view.f.show(&view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ruled {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
    ruling: Ruling,
    reason: String,
}

/// `POST /admin/dating/{user}/rule`
pub(super) async fn rule(visit: &Visit) -> Shown {
    let user = UserId(visit.number("user")?);
    let Ruled { key, ruling, reason, .. } = visit.form()?;
    visit.carry(Deed::Rule { user, ruling, reason }.into(), Some(key)).await?;
    Ok(see(match ruling {
        Ruling::Hide => "/admin/dating?done=hide-card",
        Ruling::Show => "/admin/dating?done=show-card",
        Ruling::Remove => "/admin/dating?done=remove-card",
    }))
}
