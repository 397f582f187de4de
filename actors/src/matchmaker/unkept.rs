//! A wish is stated in a shared queue when the row that says so is in the store. Another node may
//! open a pair the moment it is in the queue; if this one ends then, whoever takes its place knows
//! by the row alone that the pair was wanted.

use super::Matchmaker;
use super::messages::WishKept;
use super::requests::{Ask, next_number};
use crate::kernel::tell;
use crate::persistence::kept;
use actix::{AsyncContext, Context, Handler};
use nameless_domain::ids::UserId;

impl Matchmaker {
    /// Asks the queue when all that was told to the store before is there. A newer wish takes the
    /// place of one that waits.
    pub(super) fn ask_when_kept(&mut self, user: UserId, ask: Ask, ctx: &mut Context<Self>) {
        let number = next_number();
        let Some(shared) = self.shared() else { return };
        if let Some((_, waiting)) = shared.unkept.get_mut(&user) {
            *waiting = ask;
            return;
        }
        shared.unkept.insert(user, (number, ask));
        let (env, to) = (self.env.clone(), ctx.address());
        actix_rt::spawn(async move {
            kept(env, None).await;
            tell(&to, WishKept { user, number });
        });
    }
}

impl Handler<WishKept> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: WishKept, ctx: &mut Self::Context) {
        let WishKept { user, number } = message;
        let Some(shared) = self.shared() else { return };
        // Not if the search was ended, and perhaps begun anew, meanwhile.
        if shared.unkept.get(&user).is_some_and(|(waiting, _)| *waiting == number)
            && let Some((_, ask)) = shared.unkept.remove(&user)
        {
            self.ask(user, ask, ctx);
        }
    }
}
