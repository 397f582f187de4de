//! The queue in this actor's own memory: one node, nothing to wait for.

use super::{Book, Matchmaker};
use crate::kernel::guard::{Doing, guarded};
use crate::shard;
use actix::Context;
use nameless_domain::ids::UserId;
use nameless_domain::matching::{Offer, Pools, Seeker};
use nameless_domain::session::Event;
use std::time::Duration;

const DOING: Doing = Doing { actor: "matchmaker", update_id: None };

impl Matchmaker {
    /// Runs `f` on the pools, if the queue is local; a panic drops them, and every seeker is asked
    /// to come again.
    pub(super) fn on_pool<T>(&mut self, f: impl FnOnce(&mut Pools) -> T) -> Option<T> {
        let Book::Local(pool) = &mut self.book else { return None };
        match guarded(DOING, || f(pool)) {
            Ok(value) => Some(value),
            Err(cause) => {
                self.fell(cause.cause);
                None
            }
        }
    }

    pub(super) fn seek_here(&mut self, seeker: Seeker, ctx: &mut Context<Self>) {
        let offer = self.on_pool(|pool| match pool.get(seeker.user) {
            Some(_) => pool.replace(seeker),
            None => pool.offer(seeker),
        });
        self.offered(offer, ctx);
    }

    pub(super) fn return_here(&mut self, seeker: Seeker, ctx: &mut Context<Self>) {
        let offer = self.on_pool(|pool| pool.return_seeker(seeker));
        self.offered(offer, ctx);
    }

    pub(super) fn unseek_here(&mut self, user: UserId) {
        self.on_pool(|pool| pool.cancel(user));
        self.count();
    }

    fn offered(&mut self, offer: Option<Offer>, ctx: &mut Context<Self>) {
        match offer {
            Some(Offer::Matched(partner, seeker)) => {
                self.propose([(partner, Duration::ZERO), (seeker, Duration::ZERO)], ctx)
            }
            Some(Offer::Full(seeker)) => {
                self.reminders.remove(seeker.user);
                shard::to_session(&self.env, seeker.user, Event::SearchRefused);
            }
            Some(Offer::Waiting | Offer::Already | Offer::Absent(_)) | None => {}
        }
        self.count();
    }
}
