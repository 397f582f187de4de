//! The configuration, without secrets.

use super::door::{Shown, Visit};
use super::frame::Frame;
use super::refused::Refused;
use super::words::shown;
use askama::Template;
use nameless_actors::capabilities::Answer;
use nameless_domain::capabilities::admin::Act;

struct Row {
    name: String,
    value: String,
    source: String,
}

#[derive(Template)]
#[template(path = "admin/config.html", whitespace = "minimize")]
struct View {
    f: Frame,
    rows: Vec<Row>,
}

/// A line of the summary: columns with two spaces and more between them.
fn row(line: &str) -> Option<Row> {
    let (name, rest) = line.split_once("  ")?;
    let (value, source) = rest.trim_start().rsplit_once("  ").unwrap_or((rest, ""));
    let text = |part: &str| shown(part.trim(), false);
    Some(Row { name: text(name), value: text(value), source: text(source) })
}

/// `/admin/config`
pub(super) async fn show(visit: &Visit) -> Shown {
    let Answer::Settings(settings) = visit.look_at(Act::Settings).await? else { return Err(Refused::Away) };
    let f = visit.frame("/admin/config", "pages-config");
    let view = View { rows: settings.text.lines().filter_map(row).collect(), f };
    Ok(view.f.show(&view))
}
