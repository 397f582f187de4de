//! Handlers of the matchmaker.

use super::messages::{Decided, Party};
use super::requests::Ask;
use super::shared::{GRACE, RESTATED};
use super::{Book, Crash, Matchmaker, Seek, Unseek};
use crate::kernel::ticket::all_done;
use crate::persistence::{OpenPair, Persistence};
use crate::ports::{Opened, Proposal};
use crate::tell;
use crate::{relay, shard};
use actix::{AsyncContext, Context, Handler};
use nameless_domain::matching::Seeker;
use std::time::Duration;

/// How long two seekers wait before they are offered again when the store did not decide on them.
pub(super) const UNDECIDED_WAIT: Duration = Duration::from_millis(500);

impl Matchmaker {
    /// Asks the store about two who were matched, each with the time for which the wish stands.
    pub(super) fn propose(&mut self, two: [(Seeker, Duration); 2], ctx: &mut Context<Self>) {
        let mut parties = Box::new(two.map(|(seeker, stands)| {
            self.opening.insert(seeker.user);
            Party { due: self.reminders.remove(seeker.user), seeker, stands }
        }));
        parties.sort_by_key(|party| party.seeker.since);
        let members = [parties[0].seeker.user, parties[1].seeker.user];
        let proposal = Proposal { members, at: self.env.clock.now() };
        let (reply, answer) = tokio::sync::oneshot::channel();
        tell!(self.env.directory.one::<Persistence>(), OpenPair { proposal, reply });
        let to = ctx.address();
        actix_rt::spawn(async move {
            let opened = answer.await.ok();
            crate::kernel::tell(&to, Decided { parties, opened });
        });
    }

    fn decided(&mut self, decided: Decided, ctx: &mut Context<Self>) {
        let Decided { parties, opened } = decided;
        let members = [parties[0].seeker.user, parties[1].seeker.user];
        let was_cancelled: Vec<bool> = members.iter().map(|user| !self.opening.remove(user)).collect();
        match opened {
            Some(Opened::Pair(pair)) => {
                self.env.meters.pairs_opened.add(1);
                // Who cancelled and asked again meanwhile waits in the pool: this pair answers that
                // wish too. (In a shared queue the session, which enters the chat, takes the wish
                // back.)
                self.on_pool(|pool| members.map(|user| pool.cancel(user)));
                let [one, other] = &*parties;
                let common = one.seeker.profile.interests.common(other.seeker.profile.interests);
                members.iter().for_each(|&user| relay::pair_opened(&self.env, user, pair, members, common));
            }
            not_opened => {
                self.env.meters.proposals_void.add(1);
                let taken = match not_opened {
                    Some(Opened::Conflict(users)) => users,
                    _ => Vec::new(),
                };
                for (party, cancelled) in parties.into_iter().zip(was_cancelled) {
                    if taken.contains(&party.seeker.user) {
                        // In a live pair that its session does not know of: it looks again at the
                        // store.
                        shard::recall(&self.env, party.seeker.user);
                    } else if !cancelled {
                        self.give_back(party, ctx);
                    }
                }
            }
        }
        self.count();
    }

    /// The search goes on as before, with its reminder.
    fn give_back(&mut self, party: Party, ctx: &mut Context<Self>) {
        let Party { seeker, due, stands } = party;
        if let Some(at) = due {
            self.remind((seeker.user, seeker.crowd), at, ctx);
        }
        match self.book {
            Book::Local(_) => self.return_here(seeker, ctx),
            Book::Shared(_) => self.ask(seeker.user, Ask::Return { seeker, stands }, ctx),
        }
    }
}

impl Handler<Seek> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: Seek, ctx: &mut Self::Context) {
        let Seek { request, tickets } = message;
        let (user, crowd) = (request.seeker.user, request.seeker.crowd);
        // The account says that they search; from there the wish is stated again whenever this
        // actor forgets it.
        all_done(tickets);
        let mut wait = request.check_at.0.saturating_sub(self.env.clock.now().0);
        if let Book::Shared(_) = self.book {
            wait = wait.min(RESTATED.as_millis() as i64);
        }
        // Also while a pair is being opened: the reminder may have come just before, and whoever is
        // given back without one would be forgotten. Who is in a chat takes it back.
        self.remind((user, crowd), self.env.clock.steady().plus(wait), ctx);
        if self.opening.contains(&user) {
            return self.count();
        }
        match self.book {
            Book::Local(_) => self.seek_here(request.seeker, ctx),
            Book::Shared(_) => {
                let stands = Duration::from_millis(wait.max(0) as u64) + GRACE;
                self.ask_when_kept(user, Ask::Seek { seeker: request.seeker, stands }, ctx);
            }
        }
        self.count();
    }
}

impl Handler<Unseek> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: Unseek, ctx: &mut Self::Context) {
        let user = message.user;
        self.reminders.remove(user);
        // If a pair is being opened, the session, idle by then, ends it.
        self.opening.remove(&user);
        match self.book {
            Book::Local(_) => self.unseek_here(user),
            Book::Shared(ref mut shared) => {
                shared.unkept.remove(&user);
                self.ask(user, Ask::Cancel, ctx);
            }
        }
        self.count();
        all_done(message.tickets);
    }
}

impl Handler<Decided> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: Decided, ctx: &mut Self::Context) {
        if message.opened.is_some() {
            return self.decided(message, ctx);
        }
        // The store could not say: returned at once, the two would be proposed and refused in
        // circles. Meanwhile they stay marked, so that they can still change their minds.
        ctx.run_later(UNDECIDED_WAIT, |actor, ctx| actor.decided(message, ctx));
    }
}

impl Handler<Crash> for Matchmaker {
    type Result = ();
    fn handle(&mut self, _: Crash, _: &mut Self::Context) {
        match self.book {
            Book::Local(_) => drop(self.on_pool(|_| panic!("crash asked for"))),
            Book::Shared(_) => self.fell("crash asked for"),
        }
    }
}
