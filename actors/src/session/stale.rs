//! Word of a pair that was found may be older than the wish that it seems to answer.
//!
//! A mailbox waits while the store is asked. If that is slow, a pair may begin and end meanwhile:
//! word of both stands in the mailbox, and the account that the store gives knows of neither, so
//! the session states its wish again. Then the pair that is over would be entered, and the one that
//! the new wish finds be given back. So the session leaves a mark at the end of its mailbox each
//! time that it states a wish; what is found before that mark is looked up in the store first.

use super::{Aside, Refused, Session, Stated, load};
use crate::kernel::tell;
use crate::kernel::ticket::Tickets;
use actix::fut::WrapFuture;
use actix::{ActorFutureExt, AsyncContext, Context, Handler};
use nameless_domain::ids::PairId;
use nameless_domain::session::Event;
use nameless_domain::session::account::Phase;

/// A wish is about to be stated.
pub(super) fn leave_mark(aside: &mut Option<Box<Aside>>, ctx: &mut Context<Session>) {
    aside.get_or_insert_default().marks += 1;
    tell(&ctx.address(), Stated);
}

impl Session {
    /// The pair that `event` tells of, if it was found for an earlier wish than the present one.
    pub(super) fn may_be_over(&self, event: &Event) -> Option<PairId> {
        let Event::PartnerFound { pair, .. } = event else { return None };
        let searches = self.core.as_ref().is_some_and(|c| matches!(c.account.phase, Phase::Searching { .. }));
        (searches && self.aside.as_ref()?.marks > 0).then_some(*pair)
    }

    /// Asks the store whether `pair` lives before `event` is believed; the mailbox waits.
    pub(super) fn look_up(&self, pair: PairId, event: Event, tickets: Tickets, ctx: &mut Context<Self>) {
        let loading = load(self.env.clone(), self.user, self.heard.clone()).into_actor(self);
        ctx.wait(loading.map(move |loaded, actor, ctx| {
            let live = match loaded {
                Ok(loaded) => loaded.and_then(|l| l.live).map(|live| actor.live_event(&live)),
                Err(Refused) => return actor.happened(event, tickets, ctx),
            };
            let event = match live {
                Some((lives, ..)) if lives == pair => event,
                _ => Event::Loaded { live, owed: Vec::new() },
            };
            actor.happened(event, tickets, ctx);
        }));
    }
}

impl Handler<Stated> for Session {
    type Result = ();
    fn handle(&mut self, _: Stated, _: &mut Self::Context) {
        if let Some(aside) = &mut self.aside {
            aside.marks = aside.marks.saturating_sub(1);
        }
        self.tidy();
    }
}
