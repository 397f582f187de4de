//! What whoever comes to the menu reads, as operators see it.

use super::super::page::Page;
use crate::admin::board::Board;
use crate::admin::words::shown;
use nameless_domain::capabilities::news::Texts;
use nameless_domain::text::{Lang, Msg};
use nameless_domain::time::Millis;
use serde::Serialize;

/// An announcement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnnouncementLine {
    /// Its number.
    pub announcement: i64,
    /// Since when it is up.
    pub at: Millis,
    /// Who put it up.
    pub by: String,
    /// Since when it is down.
    pub ended: Option<Millis>,
    /// Who took it down, or put another one up.
    pub ended_by: Option<String>,
    /// What it says.
    pub text: Texts,
}

/// What came of an act about announcements.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Announcements {
    /// Some of them, the newest first.
    List(Page<AnnouncementLine>),
    /// One that was put up or taken down.
    One(Box<AnnouncementLine>),
}

impl Announcements {
    pub(super) fn lines(&self) -> Vec<Msg> {
        match self {
            Announcements::List(page) if page.items.is_empty() => vec![Msg::new("admin-announcements-none")],
            Announcements::List(page) => page.items.iter().flat_map(lines).collect(),
            Announcements::One(line) => lines(line),
        }
    }

    /// There is one at a time: whoever put one up has taken the other one down.
    pub(super) fn take_effect(&self, board: &Board) {
        if let Announcements::One(line) = self {
            board.put(line.ended.is_none().then(|| line.text.clone()));
        }
    }
}

fn lines(line: &AnnouncementLine) -> Vec<Msg> {
    let head = match line.ended {
        None => Msg::new("admin-announcement-up").moment("at", line.at),
        Some(ended) => Msg::new("admin-announcement-down").moment("at", ended),
    };
    let said = Lang::ALL.into_iter().filter_map(|lang| Some((lang, line.text.own(lang)?)));
    let said = said.map(|(lang, text)| {
        Msg::new("admin-announcement-text").words("lang", lang.code().to_owned()).words("words", shown(text))
    });
    std::iter::once(head.number("announcement", line.announcement)).chain(said).collect()
}
