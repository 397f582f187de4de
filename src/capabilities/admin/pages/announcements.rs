//! What whoever comes to the menu reads: the one that is up, and those before.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::{given, shown};
use askama::Template;
use nameless_actors::capabilities::{Announcements, Answer, Told};
use nameless_domain::capabilities::admin::desk::announcements::Deed;
use nameless_domain::capabilities::news::Texts;
use nameless_domain::text::Lang;
use serde::Deserialize;

/// Rows of the page.
const ROWS: u32 = 50;

struct Row {
    number: i64,
    /// By language.
    texts: Vec<(&'static str, String)>,
    up: bool,
    state: String,
    /// Since when it is up, since when it is down; by whom.
    foot: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/announcements.html", whitespace = "minimize")]
struct View {
    f: Frame,
    rows: Vec<Row>,
    next: Option<i64>,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    before: Option<i64>,
    #[serde(rename = "done")]
    _done: Option<String>,
}

/// `/admin/announcements`
pub(super) async fn list(visit: &Visit) -> Shown {
    let Which { before, .. } = visit.query()?;
    let deed = Deed::List { before: before.unwrap_or(i64::MAX), limit: ROWS };
    let Answer::Desk(Told::Announcements(Announcements::List(page))) = visit.look_at(deed.into()).await?
    else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/announcements", "pages-announcements");
    let rows = page.items.iter().map(|line| {
        let texts = Lang::ALL.into_iter().filter_map(|lang| Some((lang.code(), line.text.own(lang)?)));
        let up = line.ended.is_none();
        let state = if up { "pages-announcement-up" } else { "pages-announcement-down" };
        let told = |key, at, by: &str| f.words2(key, ("at", &f.moment(at)), ("by", by));
        let made = told("pages-announcement-by", line.at, &line.by);
        let by = line.ended_by.as_deref().unwrap_or("-");
        let ended = line.ended.map(|at| told("pages-announcement-ended", at, by));
        Row {
            number: line.announcement,
            texts: texts.map(|(lang, text)| (lang, shown(text, true))).collect(),
            up,
            state: f.say(state),
            foot: std::iter::once(made).chain(ended).collect(),
        }
    });
    let view = View { rows: rows.collect(), next: page.next, key: visit.new_key()?, f };
    Ok(view.f.show(&view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
    #[serde(default)]
    ru: String,
    #[serde(default)]
    en: String,
}

/// `POST /admin/announcements`
pub(super) async fn announce(visit: &Visit) -> Shown {
    let Form { key, ru, en, .. } = visit.form()?;
    let deed = Deed::Announce { text: Texts { ru: given(&ru), en: given(&en) } };
    visit.carry(deed.into(), Some(key)).await?;
    Ok(see("/admin/announcements?done=announced"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Down {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
}

/// `POST /admin/announcements/{announcement}/down`
pub(super) async fn take_down(visit: &Visit) -> Shown {
    let announcement = visit.number("announcement")?;
    let Down { key, .. } = visit.form()?;
    // The page has one key for all its forms.
    visit.carry(Deed::TakeDown { announcement }.into(), Some(format!("{key}.d{announcement}"))).await?;
    Ok(see("/admin/announcements?done=taken-down"))
}
