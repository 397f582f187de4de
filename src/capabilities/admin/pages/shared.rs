//! Characters that people share with each other: the queue, one of them, what becomes of it.

use super::door::{HEADERS, Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::ruling::Form;
use super::words::{number, shown};
use crate::capabilities::companion::mime;
use actix_web::HttpResponse;
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nameless_actors::capabilities::{Answer, SharedDesk, SharedLine, Told};
use nameless_domain::capabilities::admin::Permission;
use nameless_domain::capabilities::admin::desk::shared::{Deed, Ruling};
use nameless_domain::capabilities::companion::Standing;
use serde::Deserialize;

/// Rows of the queue: what was reported, then what waits longest.
const ROWS: u32 = 50;

/// What may become of one.
const VERDICTS: &[(&str, &str)] = &[("show", "pages-shared-show"), ("refuse", "pages-shared-refuse")];

struct Row {
    shared: i64,
    standing: String,
    /// People reported it.
    held: bool,
    reports: String,
    /// How long ago, and when.
    ago: String,
    at: String,
}

impl Row {
    fn of(f: &Frame, line: &SharedLine) -> Row {
        Row {
            shared: line.shared,
            standing: f.say(line.standing_key()),
            held: line.standing == Standing::Held,
            reports: number(line.reports.into()),
            ago: f.ago(line.at),
            at: f.moment(line.at),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/shared.html", whitespace = "minimize")]
struct Queue {
    f: Frame,
    rows: Vec<Row>,
    may_open: bool,
}

/// `/admin/shared`
pub(super) async fn queue(visit: &Visit) -> Shown {
    let answer = visit.look_at(Deed::Queue { limit: ROWS }.into()).await?;
    let Answer::Desk(Told::Shared(SharedDesk::Queue(page))) = answer else { return Err(Refused::Away) };
    let f = visit.frame("/admin/shared", "pages-shared");
    let rows = page.items.iter().map(|line| Row::of(&f, line)).collect();
    let view = Queue { rows, may_open: f.may(Permission::SeeEvidence), f };
    Ok(view.f.show(&view))
}

#[derive(Template)]
#[template(path = "admin/shared-one.html", whitespace = "minimize")]
struct One {
    f: Frame,
    row: Row,
    user: i64,
    lang: String,
    /// Name with age.
    name: String,
    about: String,
    greeting: String,
    has_picture: bool,
    rule: Option<Form>,
}

/// `/admin/shared/{shared}`: a look, which is written to the audit log.
pub(super) async fn one(visit: &Visit) -> Shown {
    let shared = visit.number("shared")?;
    let answer = visit.look_at(Deed::Read { shared }.into()).await?;
    let Answer::Desk(Told::Shared(SharedDesk::One(one))) = answer else { return Err(Refused::Away) };
    let f = visit.frame("/admin/shared", "pages-shared-one");
    let view = One {
        row: Row::of(&f, &one.line),
        user: one.user.0,
        lang: one.lang.clone(),
        name: format!("{}, {}", shown(&one.name, false), one.age),
        about: shown(&one.about, true),
        greeting: shown(&one.greeting, true),
        has_picture: one.picture.is_some(),
        rule: Form::of(
            visit,
            &f,
            format!("/admin/shared/{shared}/rule"),
            VERDICTS,
            "pages-shared-rule-hint",
        )?,
        f,
    };
    Ok(view.f.show(&view))
}

/// `/admin/shared/{shared}/picture`: what it looks like, a request of the browser's own. It is a
/// look as well.
pub(super) async fn picture(visit: &Visit) -> Shown {
    let shared = visit.number("shared")?;
    let answer = visit.look_at(Deed::Read { shared }.into()).await?;
    let Answer::Desk(Told::Shared(SharedDesk::One(one))) = answer else { return Err(Refused::Away) };
    let picture = one.picture.as_ref().and_then(|text| STANDARD.decode(text).ok());
    let Some(picture) = picture else { return Err(Refused::Missing) };
    let mut response = HttpResponse::Ok();
    for header in HEADERS {
        response.insert_header(header);
    }
    response.insert_header(("cross-origin-resource-policy", "same-origin"));
    Ok(response.content_type(mime(&picture)).body(picture))
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

/// `POST /admin/shared/{shared}/rule`
pub(super) async fn rule(visit: &Visit) -> Shown {
    let shared = visit.number("shared")?;
    let Ruled { key, ruling, reason, .. } = visit.form()?;
    visit.carry(Deed::Rule { shared, ruling, reason }.into(), Some(key)).await?;
    Ok(see(match ruling {
        Ruling::Show => "/admin/shared?done=show-character",
        Ruling::Refuse => "/admin/shared?done=refuse-character",
    }))
}
