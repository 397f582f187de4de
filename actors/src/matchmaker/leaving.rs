//! Users who move to another node take their searches along: what is still asked for them here
//! would reach the queue behind what their next node says, and leave a wish there that nobody has.

use super::Matchmaker;
use super::messages::LetGo;
use super::requests::{Ask, Leaving, Requests, Shared};
use actix::Handler;
use nameless_domain::ids::UserId;

impl Shared {
    /// Whether a user is moving out.
    pub(super) fn is_leaving(&self, user: UserId) -> bool {
        self.leaving.iter().any(|leaving| !leaving.gone.is_closed() && !(leaving.stays)(user))
    }

    /// Tells those who wait for users of whom nothing is under way any more.
    pub(super) fn let_go(&mut self) {
        let users = &self.users;
        self.leaving
            .retain(|leaving| !leaving.gone.is_closed() && users.keys().any(|&user| !(leaving.stays)(user)));
    }
}

/// Whether what somebody asks who leaves is to come to its end: what is under way would arrive
/// late, and an ended search is known to nobody else.
fn matters(its: &Requests) -> bool {
    its.under_way || matches!((&its.ask, &its.next), (Ask::Cancel, _) | (_, Some(Ask::Cancel)))
}

impl Handler<LetGo> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: LetGo, _: &mut Self::Context) {
        let LetGo { stays, gone } = message;
        self.reminders.retain(&*stays);
        if let Some(shared) = self.shared() {
            shared.unkept.retain(|&user, _| stays(user));
            shared.users.retain(|&user, its| stays(user) || matters(its));
            shared.leaving.push(Leaving { stays, gone });
            shared.let_go();
        }
        self.count();
    }
}
