//! Handlers of a session.

use super::{Crash, Handle, Happened, Passivate, Refused, Session, Square, asking, load, told};
use crate::env::Env;
use crate::kernel::guard::{Doing, Panicked, guarded};
use crate::kernel::ticket::{Ticket, Tickets};
use crate::kernel::trace::{self, Step};
use crate::persistence::{Keep, Persistence};
use crate::ports::{LivePair, Loaded, Write};
use crate::shard::{self, SessionRebuilt, Shard};
use crate::tell;
use actix::fut::WrapFuture;
use actix::{ActorContext, ActorFutureExt, AsyncContext, Context, Handler};
use nameless_domain::capabilities::{self, again, dating};
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::session::account::Account;
use nameless_domain::session::{Effect, Event, Moment, SessionCore};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_domain::update::{Act, Update};
use smallvec::smallvec;

/// Deliveries of an update that panic before it is put aside.
const TRIES: u32 = 2;

impl Session {
    /// Loads the core; the mailbox waits. Then handles what a panic interrupted.
    pub(super) fn reload(&mut self, ctx: &mut Context<Self>) {
        self.core = None;
        let (env, user, heard) = (self.env.clone(), self.user, self.heard.clone());
        let loading = async move { load(env, user, heard).await };
        ctx.wait(loading.into_actor(self).map(|loaded: Result<_, Refused>, actor, ctx| match loaded {
            Ok(loaded) => actor.loaded(loaded, ctx),
            Err(_) => actor.unloadable("the store does not give the account", ctx),
        }));
    }

    fn loaded(&mut self, loaded: Option<Loaded>, ctx: &mut Context<Self>) {
        let now = self.env.clock.now();
        let (account, live, owed, standing) = match loaded {
            Some(Loaded { account, live, owed, standing }) => (account, live, owed, standing),
            None => (Account::new(self.user, Lang::En, now), None, Vec::new(), None),
        };
        let mut core = Box::new(SessionCore::new(account));
        core.stands(standing);
        // Whatever begins a chat, a former life's words are not for it.
        core.came_before(self.env.born(self.user));
        // The row's moments are of the wall clock as it is.
        self.ahead = super::ahead(&self.env);
        let needs = core.needs_at_first(now);
        self.core = Some(core);
        let live = live.map(|live| self.live_event(&live));
        // What this life is about to say is not said twice.
        let owed = owed.into_iter().filter(|o| o.life != self.env.life).map(|o| o.notice).collect();
        let loaded = Event::Loaded { live, owed };
        // Only a search needs something at once: chats, which are most of what a restart loads,
        // cost no second read.
        let Some(request) = needs else { return self.begin(None, loaded, ctx) };
        let (env, user) = (self.env.clone(), self.user);
        let asking = async move { asking::ask(&env, user, request).await }.into_actor(self);
        ctx.wait(asking.map(|answer, actor, ctx| actor.begin(Some(answer), loaded, ctx)));
    }

    /// The first events of a session, in the order in which they have to come.
    fn begin(&mut self, answer: Option<Event>, loaded: Event, ctx: &mut Context<Self>) {
        let first = self.aside.as_mut().and_then(|aside| aside.first.take());
        for event in answer.into_iter().chain(first).chain([loaded]) {
            match self.run(event, None, false) {
                Ok(effects) => self.apply(effects, Tickets::new(), 0, ctx),
                Err(cause) => return self.unloadable(cause.cause, ctx),
            }
        }
        self.go_on(ctx);
    }

    /// Handles the rest that is set aside, as far as it goes now.
    pub(super) fn go_on(&mut self, ctx: &mut Context<Self>) {
        // Without a core it is being loaded anew, and this comes again.
        while self.core.is_some()
            && let Some((ticket, tries)) = self.next_of_rest()
        {
            match self.env.decoder.decode(ticket.raw()) {
                Some(update) => {
                    if !self.attempt(update, ticket, tries, ctx) {
                        return;
                    }
                }
                None => ticket.done(),
            }
        }
        self.tidy();
    }

    pub(super) fn live_event(&self, live: &LivePair) -> (PairId, UserId, Millis) {
        let partner = live.members[usize::from(live.members[0] == self.user)];
        (live.pair, partner, live.opened)
    }

    /// What is stored of the user cannot be used: loading it again would turn in circles. Updates
    /// in the mailbox are lost with it, come again, and are put aside in the end.
    fn unloadable(&mut self, cause: &'static str, ctx: &mut Context<Self>) {
        self.env.meters.session_restarts.add(1);
        tracing::error!(cause, "a stored session cannot be loaded; its updates are put aside");
        while let Some((ticket, _)) = self.next_of_rest() {
            self.put_aside(ticket, cause);
        }
        ctx.stop();
    }

    /// Handles an update; false if it is put off: it panicked and the session is being loaded anew,
    /// or something is asked first.
    fn attempt(&mut self, update: Update, ticket: Ticket, tries: u32, ctx: &mut Context<Self>) -> bool {
        let now = self.env.clock.now();
        if let Some(request) = self.core.as_ref().and_then(|core| core.needs(&update, now)) {
            self.aside().rest.push_front((ticket, tries));
            self.ask_first(request, ctx);
            return false;
        }
        if self.env.faults.deadly.as_ref().is_some_and(|p| ticket.raw().contains(p.as_str())) {
            match &self.env.faults.ends {
                Some(ends) => ends.end(),
                None => std::process::abort(),
            }
            return true;
        }
        let poison = self.env.faults.poison.as_ref().is_some_and(|p| ticket.raw().contains(p.as_str()));
        let unreadable = matches!(update.act, Act::Unreadable);
        let step = trace::begin(ticket.update_id(), Step::Session);
        let decided = self.run(Event::Update(update), Some(&ticket), poison);
        drop(step);
        match decided {
            Ok(effects) => {
                if unreadable {
                    self.keep_aside(ticket.clone(), "it cannot be read".into());
                }
                self.apply(effects, smallvec![ticket], tries, ctx);
                true
            }
            Err(cause) => {
                self.panicked(cause, Some((ticket, tries + 1)), ctx);
                false
            }
        }
    }

    pub(super) fn happened(&mut self, event: Event, tickets: Tickets, ctx: &mut Context<Self>) {
        let album = matches!(event, Event::AlbumDue);
        match self.run(event, None, false) {
            Ok(effects) => self.apply(effects, tickets, 0, ctx),
            // Tickets that are dropped here bring their update back.
            Err(cause) => {
                if album {
                    // It is what was gathered that cannot be handled: it counts against every item.
                    self.aside().held.iter_mut().for_each(|(_, tries)| *tries += 1);
                }
                self.panicked(cause, None, ctx);
            }
        }
    }

    /// Runs the core on one event.
    fn run(&mut self, event: Event, ticket: Option<&Ticket>, poison: bool) -> Result<Vec<Effect>, Panicked> {
        self.notice_clock();
        let (found, untold) = (told::found(&event), self.is_untold(&event, ticket));
        let Some(core) = &mut self.core else { return Ok(Vec::new()) };
        core.wrote_untold(untold);
        if let Some(seq) = before(&self.env, self.user, &event) {
            core.came_before(seq);
        }
        let at = Moment { now: self.env.clock.now(), seq: ticket.map(Ticket::seq) };
        let work = Doing { actor: "session", update_id: ticket.map(Ticket::update_id) };
        let rules = &self.env.rules;
        let effects = guarded(work, || {
            assert!(!poison, "poison asked for");
            let mut effects = Vec::with_capacity(2);
            core.on(event, at, rules, &mut effects);
            effects
        })?;
        if let Some(pair) = found {
            self.note_found(pair, &effects);
        }
        Ok(effects)
    }

    fn panicked(&mut self, cause: Panicked, failed: Option<(Ticket, u32)>, ctx: &mut Context<Self>) {
        self.env.meters.session_restarts.add(1);
        let update_id = failed.as_ref().map(|(t, _)| t.update_id());
        tracing::error!(cause = cause.cause, update_id, "a session panicked; it is loaded anew");
        tell!(self.env.directory.of::<Shard>(self.user.0), SessionRebuilt { user: self.user });
        if let Some(timer) = self.aside().album_timer.take() {
            ctx.cancel_future(timer);
        }
        // What an album was gathered from first, then the update that failed, then what stood
        // behind it.
        match failed {
            Some((ticket, tries)) if tries >= TRIES => self.put_aside(ticket, cause.cause),
            Some(failed) => self.aside().rest.push_front(failed),
            None => {}
        }
        for (ticket, tries) in std::mem::take(&mut self.aside().held).into_iter().rev() {
            match tries >= TRIES {
                true => self.put_aside(ticket, cause.cause),
                false => self.aside().rest.push_front((ticket, tries)),
            }
        }
        self.reload(ctx);
    }

    /// The update cannot be handled: it is kept for an operator, and the user is told.
    fn put_aside(&mut self, ticket: Ticket, cause: &'static str) {
        self.keep_aside(ticket, format!("given up after {TRIES} tries: {cause}"));
        shard::to_session(&self.env, self.user, Event::PutAside);
    }

    /// Keeps the update for an operator.
    fn keep_aside(&self, ticket: Ticket, error: String) {
        self.env.meters.dead_letters.add(1);
        let write = Write::DeadLetter {
            seq: ticket.seq(),
            update_id: ticket.update_id(),
            user: self.user,
            at: self.env.clock.now(),
            error,
            raw: ticket.raw().clone(),
        };
        tell!(self.env.directory.one::<Persistence>(), Keep::one(write, smallvec![ticket]));
    }
}

impl Handler<Handle> for Session {
    type Result = ();
    fn handle(&mut self, message: Handle, ctx: &mut Self::Context) {
        let Handle { update, ticket } = message;
        self.attempt(update, ticket, 0, ctx);
    }
}

impl Handler<Happened> for Session {
    type Result = ();
    fn handle(&mut self, message: Happened, ctx: &mut Self::Context) {
        let Happened { event, tickets } = message;
        match self.may_be_over(&event) {
            Some(pair) => self.look_up(pair, event, tickets, ctx),
            None => self.happened(event, tickets, ctx),
        }
    }
}

impl Handler<Square> for Session {
    type Result = ();
    fn handle(&mut self, _: Square, ctx: &mut Self::Context) {
        // Only the live pair is of interest: the account here is at least as new as the store's.
        let loading = load(self.env.clone(), self.user, self.heard.clone()).into_actor(self);
        ctx.wait(loading.map(|loaded, actor, ctx| {
            let Ok(loaded) = loaded else { return };
            let live = loaded.and_then(|l| l.live).map(|live| actor.live_event(&live));
            actor.happened(Event::Loaded { live, owed: Vec::new() }, Tickets::new(), ctx);
        }));
    }
}

impl Handler<Passivate> for Session {
    type Result = ();
    fn handle(&mut self, _: Passivate, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<Crash> for Session {
    type Result = ();
    fn handle(&mut self, _: Crash, ctx: &mut Self::Context) {
        let work = Doing { actor: "session", update_id: None };
        let crashed: Result<(), Panicked> = guarded(work, || panic!("crash asked for"));
        if let Err(cause) = crashed {
            self.panicked(cause, None, ctx);
        }
    }
}

/// Up to where updates were written before a chat that begins with `event` (I4).
///
/// The line that says so is still to come, so that is all that was accepted by now. It may stand
/// behind this in the mailbox, while the store was slow, and be meant for somebody who was the
/// partner then. Of a chat that a former life began the line may have come, and what was accepted
/// in this life be a word into it.
fn before(env: &Env, user: UserId, event: &Event) -> Option<Seq> {
    let begins = match event {
        Event::PartnerFound { .. } => true,
        Event::Capability(capabilities::Event::Dating(dating::Event::ChatOpened { .. })) => true,
        Event::Capability(capabilities::Event::Again(again::Event::Opened { .. })) => true,
        Event::Loaded { live: Some((_, _, opened)), .. } => *opened >= env.began,
        _ => false,
    };
    begins.then(|| env.accepted_before(user))
}
