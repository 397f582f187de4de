//! What waits for a second owner, and what becomes of it.

use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde::Serialize;

/// Something that an owner asked for and that another one has to agree to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestLine {
    /// Its number.
    pub request: i64,
    /// When it was asked for.
    pub at: Millis,
    /// Until when it can be agreed to.
    pub until: Millis,
    /// Who asked.
    pub who: String,
    /// For what, by the act's name.
    pub what: &'static str,
    /// Whom it is about.
    pub user: Option<UserId>,
    /// Why, in the words of who asked.
    pub reason: String,
}

/// Something that is not carried out, as another owner said so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestRefused {
    /// Its number.
    pub request: i64,
}

/// A person who is being erased: their session does it at once, as when they ask for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Erasing {
    /// Who.
    pub user: UserId,
}
