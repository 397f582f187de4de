//! Reported dating profiles, as operators see them.

use super::super::page::Page;
use super::dating_figures::DatingFigures;
use crate::admin::board::Board;
use crate::admin::words::shown;
use nameless_domain::ids::UserId;
use nameless_domain::session::review::ReportReason;
use nameless_domain::text::Msg;
use nameless_domain::time::Millis;
use serde::Serialize;

/// How often something is said against a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// What.
    pub reason: ReportReason,
    /// By so many people.
    pub reporters: u32,
}

/// A profile that waits for an operator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatingLine {
    /// Whose.
    pub user: UserId,
    /// People who reported it and whose reports are open; each counts once.
    pub reporters: u32,
    /// Why, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// When it was reported last.
    pub at: Option<Millis>,
    /// `draft`, `shown`, `paused`, `hidden`, or `none`: there is no profile any more.
    pub standing: String,
}

/// A profile as it was when somebody reported it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatingReport {
    /// When.
    pub at: Millis,
    /// Why.
    pub reason: ReportReason,
    /// An operator has decided since.
    pub handled: bool,
    /// The name that stood on it.
    pub name: String,
    /// What it said.
    pub bio: String,
    /// What its owner wrote to whoever reported it, the oldest first.
    pub letters: Vec<String>,
}

/// A profile as it is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatingProfile {
    /// What is against it.
    #[serde(flatten)]
    pub line: DatingLine,
    /// The name on it now.
    pub name: Option<String>,
    /// What it says now.
    pub bio: Option<String>,
    /// Its owner's age.
    pub age: Option<u8>,
    /// Its photos that wait for an operator, in their order: numbers of the pictures under review.
    pub photos: Vec<i64>,
    /// Reports, the newest first.
    pub reports: Vec<DatingReport>,
}

/// What came of a ruling.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatingRuled {
    /// Whose profile.
    pub user: UserId,
    /// As in [`DatingLine`].
    pub standing: String,
}

/// What came of an act about reported profiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum DatingDesk {
    /// How dating goes.
    Figures(Box<DatingFigures>),
    /// Those that wait, the most reported first.
    Queue(Page<DatingLine>),
    /// One that was read.
    Profile(Box<DatingProfile>),
    /// One that was decided about.
    Ruled(DatingRuled),
}

/// Locale key of a standing.
fn standing_key(standing: &str) -> &'static str {
    match standing {
        "shown" => "dating-desk-shown",
        "paused" => "dating-desk-paused",
        "hidden" => "dating-desk-hidden",
        "draft" => "dating-desk-draft",
        _ => "dating-desk-none",
    }
}

impl DatingLine {
    /// Locale key of its standing.
    pub fn standing_key(&self) -> &'static str {
        standing_key(&self.standing)
    }
}

impl DatingDesk {
    pub(super) fn lines(&self) -> Vec<Msg> {
        match self {
            DatingDesk::Figures(figures) => figures.lines(),
            DatingDesk::Queue(page) if page.items.is_empty() => vec![Msg::new("admin-dating-empty")],
            DatingDesk::Queue(page) => page.items.iter().map(line).collect(),
            DatingDesk::Profile(profile) => read(profile),
            DatingDesk::Ruled(ruled) => vec![
                Msg::new("admin-dating-ruled")
                    .number("user", ruled.user.0)
                    .key("standing", standing_key(&ruled.standing)),
            ],
        }
    }

    pub(super) fn take_effect(&self, _: &Board) {}
}

fn line(line: &DatingLine) -> Msg {
    Msg::new("admin-dating-line")
        .number("user", line.user.0)
        .number("reporters", line.reporters.into())
        .keys("reasons", line.reasons.iter().map(|one| one.reason.key()).collect())
        .key("standing", line.standing_key())
}

fn read(profile: &DatingProfile) -> Vec<Msg> {
    let words = |key: &'static str, name: &str, bio: &str| {
        Msg::new(key).words("name", shown(name)).words("bio", shown(bio))
    };
    let now = profile.name.as_deref().map(|name| {
        words("admin-dating-now", name, profile.bio.as_deref().unwrap_or_default())
            .number("age", profile.age.unwrap_or_default().into())
    });
    let photos = profile.photos.iter().map(|&photo| Msg::new("admin-dating-photo").number("photo", photo));
    let then = profile.reports.iter().flat_map(|one| {
        let head = words("admin-dating-then", &one.name, &one.bio);
        let letter = |words: &String| Msg::new("admin-dating-letter").words("words", shown(words));
        std::iter::once(head.key("reason", one.reason.key()).moment("at", one.at))
            .chain(one.letters.iter().map(letter))
    });
    std::iter::once(line(&profile.line)).chain(now).chain(photos).chain(then).collect()
}
