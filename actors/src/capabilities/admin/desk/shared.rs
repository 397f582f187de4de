//! Characters that people share with each other, as operators see them.

use super::super::page::Page;
use crate::admin::board::Board;
use crate::admin::words::shown;
use nameless_domain::capabilities::companion::Standing;
use nameless_domain::ids::UserId;
use nameless_domain::text::Msg;
use nameless_domain::time::Millis;
use serde::Serialize;

/// One that waits for an operator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharedLine {
    /// Its number.
    pub shared: i64,
    /// How it stands with it.
    pub standing: Standing,
    /// People who reported it since an operator has looked.
    pub reports: u32,
    /// When its maker wanted to share it.
    pub at: Millis,
}

/// One that is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharedOne {
    /// What the queue says of it.
    #[serde(flatten)]
    pub line: SharedLine,
    /// Who has made it.
    pub user: UserId,
    /// In which language it is shown.
    pub lang: String,
    /// What it is called.
    pub name: String,
    /// Years.
    pub age: u32,
    /// Who it is.
    pub about: String,
    /// How it begins.
    pub greeting: String,
    /// What it looks like, in base64: a PNG, JPEG or WebP.
    pub picture: Option<String>,
}

/// What came of a ruling.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharedRuled {
    /// Its number.
    pub shared: i64,
    /// How it stands with it now.
    pub standing: Standing,
}

/// What came of an act about shared characters.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SharedDesk {
    /// Those that wait, the reported ones first.
    Queue(Page<SharedLine>),
    /// One that was read.
    One(Box<SharedOne>),
    /// One that was decided about.
    Ruled(SharedRuled),
}

/// Locale key of a standing.
fn standing_key(standing: Standing) -> &'static str {
    match standing {
        Standing::Waits => "shared-desk-waits",
        Standing::Shown => "shared-desk-shown",
        Standing::Refused => "shared-desk-refused",
        Standing::Held => "shared-desk-held",
    }
}

impl SharedLine {
    /// Locale key of its standing.
    pub fn standing_key(&self) -> &'static str {
        standing_key(self.standing)
    }
}

impl SharedDesk {
    pub(super) fn lines(&self) -> Vec<Msg> {
        match self {
            SharedDesk::Queue(page) if page.items.is_empty() => vec![Msg::new("admin-shared-empty")],
            SharedDesk::Queue(page) => page.items.iter().map(line).collect(),
            SharedDesk::One(one) => {
                let picture = one.picture.as_ref().map(|_| Msg::new("admin-shared-picture"));
                let words = [
                    line(&one.line),
                    Msg::new("admin-shared-read")
                        .words("name", shown(&one.name))
                        .number("age", one.age.into())
                        .number("user", one.user.0)
                        .words("about", shown(&one.about)),
                    Msg::new("admin-shared-begins").words("greeting", shown(&one.greeting)),
                ];
                words.into_iter().chain(picture).collect()
            }
            SharedDesk::Ruled(ruled) => vec![
                Msg::new("admin-shared-ruled")
                    .number("shared", ruled.shared)
                    .key("standing", standing_key(ruled.standing)),
            ],
        }
    }

    pub(super) fn take_effect(&self, _: &Board) {}
}

fn line(line: &SharedLine) -> Msg {
    Msg::new("admin-shared-line")
        .number("shared", line.shared)
        .number("reports", line.reports.into())
        .key("standing", line.standing_key())
}
