//! Updates that failed, and having them handled again.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::shown;
use askama::Template;
use nameless_actors::capabilities::Answer;
use nameless_domain::capabilities::admin::Act;
use nameless_domain::ids::Seq;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

/// Rows of the page: the oldest.
const ROWS: u32 = 100;

struct Row {
    seq: u64,
    user: i64,
    at: String,
    ago: String,
    error: String,
    replay_like: String,
    drop_like: String,
}

/// The address of what is done to all that failed for a reason.
fn like(what: &str, error: &str) -> String {
    Serializer::new(String::new()).append_pair("what", what).append_pair("error", error).finish()
}

#[derive(Template)]
#[template(path = "admin/dead.html", whitespace = "minimize")]
struct View {
    f: Frame,
    rows: Vec<Row>,
    key: String,
}

/// `/admin/dead-letters`
pub(super) async fn show(visit: &Visit) -> Shown {
    let Answer::DeadLetters(page) = visit.look_at(Act::DeadLetters { limit: ROWS }).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/dead-letters", "pages-dead");
    let rows = page.items.iter().map(|line| Row {
        seq: line.seq.0,
        user: line.user.0,
        at: f.moment(line.at),
        ago: f.ago(line.at),
        error: shown(&line.error, false),
        replay_like: like("replay", &line.error),
        drop_like: like("drop", &line.error),
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
}

/// `POST /admin/dead-letters/{seq}/replay`
pub(super) async fn replay(visit: &Visit) -> Shown {
    let seq = Seq(visit.number("seq")?.unsigned_abs());
    let Form { key, .. } = visit.form()?;
    // The page has one key for all its rows.
    visit.carry(Act::Replay { seq }, Some(format!("{key}.{}", seq.0))).await?;
    Ok(see("/admin/dead-letters?done=replay"))
}
