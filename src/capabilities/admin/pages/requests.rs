//! What waits for a second owner.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::shown;
use askama::Template;
use nameless_actors::capabilities::Answer;
use nameless_domain::capabilities::admin::Act;
use serde::Deserialize;

/// Rows of the page: the oldest.
const ROWS: u32 = 100;

struct Row {
    number: i64,
    what: &'static str,
    user: Option<i64>,
    who: String,
    reason: String,
    ago: String,
    at: String,
    until: String,
    mine: bool,
}

#[derive(Template)]
#[template(path = "admin/requests.html", whitespace = "minimize")]
struct View {
    f: Frame,
    rows: Vec<Row>,
    key: String,
}

/// `/admin/requests`
pub(super) async fn show(visit: &Visit) -> Shown {
    let Answer::Requests(page) = visit.look_at(Act::Requests { limit: ROWS }).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/requests", "pages-requests");
    let rows = page.items.iter().map(|line| Row {
        number: line.request,
        what: line.what,
        user: line.user.map(|user| user.0),
        who: shown(&line.who, false),
        reason: shown(&line.reason, false),
        ago: f.ago(line.at),
        at: f.moment(line.at),
        until: f.words("pages-until", "at", &f.moment(line.until)),
        mine: line.who == visit.actor.name,
    });
    let view = View { rows: rows.collect(), key: visit.new_key()?, f };
    Ok(view.f.show(&view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
    reason: Option<String>,
}

/// `POST /admin/requests/{request}/approve`
pub(super) async fn approve(visit: &Visit) -> Shown {
    let request = visit.number("request")?;
    let Form { key, .. } = visit.form()?;
    // The page has one key for all its rows.
    visit.carry(Act::Approve { request }, Some(format!("{key}.a{request}"))).await?;
    Ok(see("/admin/requests?done=approved"))
}

/// `POST /admin/requests/{request}/refuse`
pub(super) async fn refuse(visit: &Visit) -> Shown {
    let request = visit.number("request")?;
    let Form { key, reason, .. } = visit.form()?;
    let act = Act::Refuse { request, reason: reason.unwrap_or_default() };
    visit.carry(act, Some(format!("{key}.r{request}"))).await?;
    Ok(see("/admin/requests?done=refused"))
}
