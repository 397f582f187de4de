//! Handlers of the matchmaker.

use super::messages::Decided;
use super::{Crash, Matchmaker, Reverse, Seek, Unseek, limits};
use crate::env::all_done;
use crate::kernel::guard::{Work, guarded};
use crate::persistence::OpenPair;
use crate::ports::{Opened, Proposal};
use crate::relay::OpenRelay;
use crate::shard::Recall;
use crate::tell;
use actix::{AsyncContext, Context, Handler};
use nameless_domain::ids::UserId;
use nameless_domain::matching::{Offer, Pool, Seeker};
use nameless_domain::session::Event;
use nameless_domain::time::Millis;
use std::time::Duration;

/// How long two seekers wait before they are offered again when the store did not decide on them.
pub(super) const UNDECIDED_WAIT: Duration = Duration::from_millis(500);

const WORK: Work = Work { actor: "matchmaker", update_id: None };

impl Matchmaker {
    /// Runs `f` on the pool; a panic drops the pool, and every seeker is asked to come again.
    fn on_pool<T>(&mut self, f: impl FnOnce(&mut Pool) -> T) -> Option<T> {
        let pool = &mut self.pool;
        match guarded(WORK, || f(pool)) {
            Ok(value) => Some(value),
            Err(cause) => {
                self.env.meters.matchmaker_restarts.add(1);
                tracing::error!(cause = cause.cause, "the matchmaker panicked; its pool is rebuilt");
                self.pool = Pool::new(limits(&self.env));
                self.due.clear();
                self.reminders.clear();
                self.recall_all();
                self.env.meters.seekers.set(0);
                tell!(self.env.directory.supervisor, crate::supervisor::Restarted { service: "matchmaker" });
                None
            }
        }
    }

    /// Asks every searching session to state its wish.
    pub(super) fn recall_all(&self) {
        actix_rt::spawn(crate::shard::recall_unsettled(self.env.clone(), None));
    }

    fn offered(&mut self, offer: Option<Offer>, ctx: &mut Context<Self>) {
        match offer {
            Some(Offer::Matched(partner, seeker)) => self.propose(partner, seeker, ctx),
            Some(Offer::Full(seeker)) => {
                self.due.remove(&seeker.user);
                self.to_session(seeker.user, Event::SearchRefused);
            }
            Some(Offer::Waiting | Offer::Already | Offer::Absent(_)) | None => {}
        }
        self.env.meters.seekers.set(self.pool.len() as u64);
    }

    fn propose(&mut self, partner: Seeker, seeker: Seeker, ctx: &mut Context<Self>) {
        let mut seekers = Box::new([partner, seeker]);
        seekers.sort_by_key(|s| s.since);
        let due = [seekers[0].user, seekers[1].user].map(|user| {
            self.opening.insert(user);
            self.due.remove(&user)
        });
        let proposal = Proposal { members: [seekers[0].user, seekers[1].user], at: self.env.clock.now() };
        let (reply, answer) = tokio::sync::oneshot::channel();
        tell!(self.env.directory.persistence, OpenPair { proposal, reply });
        let to = ctx.address();
        actix_rt::spawn(async move {
            let opened = answer.await.ok();
            crate::kernel::tell(&to, Decided { seekers, due, opened });
        });
    }

    fn to_session(&self, user: UserId, event: Event) {
        self.env.to_session(user, event);
    }

    fn remind(&mut self, user: UserId, at: Millis, ctx: &mut Context<Self>) {
        self.due.insert(user, at);
        self.reminders.push(Reverse((at, user)));
        // Replaced and matched seekers leave outdated entries behind; they must not pile up.
        if self.reminders.len() > 4 * self.due.len() + 1_024 {
            self.reminders = self.due.iter().map(|(&user, &at)| Reverse((at, user))).collect();
        }
        self.arm(ctx);
    }

    fn arm(&mut self, ctx: &mut Context<Self>) {
        let Some(&Reverse((at, _))) = self.reminders.peek() else { return };
        if self.timer.is_some_and(|(set, _)| set <= at) {
            return;
        }
        if let Some((_, handle)) = self.timer.take() {
            ctx.cancel_future(handle);
        }
        let wait = Duration::from_millis(at.since(self.env.clock.now()) as u64 + 1);
        let handle = ctx.run_later(wait, |actor, ctx| {
            actor.timer = None;
            actor.ring(ctx);
        });
        self.timer = Some((at, handle));
    }

    /// Reminds those whose time has come.
    fn ring(&mut self, ctx: &mut Context<Self>) {
        let now = self.env.clock.now();
        while let Some(&Reverse((at, user))) = self.reminders.peek() {
            if at > now {
                break;
            }
            self.reminders.pop();
            if self.due.get(&user) == Some(&at) {
                self.due.remove(&user);
                self.to_session(user, Event::SearchDue);
            }
        }
        self.arm(ctx);
    }

    fn decided(&mut self, decided: Decided, ctx: &mut Context<Self>) {
        let Decided { seekers, due, opened } = decided;
        let members = [seekers[0].user, seekers[1].user];
        let was_cancelled: Vec<bool> = members.iter().map(|user| !self.opening.remove(user)).collect();
        match opened {
            Some(Opened::Pair(pair)) => {
                self.env.meters.pairs_opened.add(1);
                // Who cancelled and asked again meanwhile waits in the pool: this pair answers that wish too.
                self.on_pool(|pool| members.map(|user| pool.cancel(user)));
                let common = seekers[0].profile.interests.common(seekers[1].profile.interests);
                tell!(self.env.directory.relay(pair), OpenRelay { pair, members });
                self.to_session(members[0], Event::PartnerFound { pair, partner: members[1], common });
                self.to_session(members[1], Event::PartnerFound { pair, partner: members[0], common });
            }
            not_opened => {
                self.env.meters.proposals_void.add(1);
                let taken = match not_opened {
                    Some(Opened::Conflict(users)) => users,
                    _ => Vec::new(),
                };
                for ((seeker, due), cancelled) in seekers.into_iter().zip(due).zip(was_cancelled) {
                    if taken.contains(&seeker.user) {
                        // In a live pair that its session does not know of: it looks again at the store.
                        tell!(self.env.directory.shard(seeker.user), Recall { user: seeker.user });
                    } else if !cancelled {
                        // The search goes on as before, with its reminder.
                        if let Some(at) = due {
                            self.remind(seeker.user, at, ctx);
                        }
                        let offer = self.on_pool(|pool| pool.return_seeker(seeker));
                        self.offered(offer, ctx);
                    }
                }
            }
        }
    }
}

impl Handler<Seek> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: Seek, ctx: &mut Self::Context) {
        let Seek { request, tickets } = message;
        let user = request.seeker.user;
        // The account says that they search; from there the wish is stated again whenever this actor forgets it.
        all_done(tickets);
        if self.opening.contains(&user) {
            return;
        }
        self.remind(user, request.check_at, ctx);
        let offer = self.on_pool(|pool| match pool.get(user) {
            Some(_) => pool.replace(request.seeker),
            None => pool.offer(request.seeker),
        });
        self.offered(offer, ctx);
    }
}

impl Handler<Unseek> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: Unseek, _: &mut Self::Context) {
        let user = message.user;
        self.due.remove(&user);
        // If a pair is being opened, the session, idle by then, ends it.
        self.opening.remove(&user);
        self.on_pool(|pool| pool.cancel(user));
        self.env.meters.seekers.set(self.pool.len() as u64);
        all_done(message.tickets);
    }
}

impl Handler<Decided> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: Decided, ctx: &mut Self::Context) {
        if message.opened.is_some() {
            return self.decided(message, ctx);
        }
        // The store could not say: returned at once, the two would be proposed and refused in circles. Meanwhile
        // they stay marked, so that they can still change their minds.
        ctx.run_later(UNDECIDED_WAIT, |actor, ctx| actor.decided(message, ctx));
    }
}

impl Handler<Crash> for Matchmaker {
    type Result = ();
    fn handle(&mut self, _: Crash, _: &mut Self::Context) {
        self.on_pool(|_| panic!("crash asked for"));
    }
}
