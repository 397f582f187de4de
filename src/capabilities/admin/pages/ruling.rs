//! The form by which an operator rules on what somebody reported, or what waits: one of a few
//! verdicts, and why. The part of a page is `templates/admin/ruling.html`.

use super::door::Visit;
use super::frame::Frame;
use super::refused::Refused;
use nameless_domain::capabilities::admin::Permission;

/// The form of one page.
pub(super) struct Form {
    /// Where it goes.
    pub to: String,
    /// Each verdict, and what its button says.
    pub choices: Vec<(&'static str, String)>,
    pub hint: String,
    /// Under which it is done once.
    pub key: String,
}

impl Form {
    /// The form at `to` for who may rule; `hint` and what verdicts say by their keys.
    pub fn of(
        visit: &Visit,
        f: &Frame,
        to: String,
        choices: &[(&'static str, &'static str)],
        hint: &'static str,
    ) -> Result<Option<Form>, Refused> {
        if !f.may(Permission::Moderate) {
            return Ok(None);
        }
        let choices = choices.iter().map(|(verdict, label)| (*verdict, f.say(label))).collect();
        Ok(Some(Form { to, choices, hint: f.say(hint), key: visit.new_key()? }))
    }
}
