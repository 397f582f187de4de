//! Handlers of the outbox.

use super::messages::{Item, Returned};
use super::pacers::Pacers;
use super::{Crash, Enqueue, Landing, Origin, Outbox, Purge, tell};
use crate::kernel::guard::{Doing, Panicked, guarded};
use crate::kernel::ticket::{Tickets, all_done, note_sent};
use crate::kernel::trace::{self, Step};
use crate::persistence::{Keep, Persistence};
use crate::ports::{Owed, SendError, Sent, Write};
use crate::service::Service;
use crate::shard;
use crate::supervisor::{Restarted, Supervisor};
use actix::{Addr, AsyncContext, Context, Handler};
use nameless_domain::ids::ChatId;
use nameless_domain::outbox::{Enqueued, Flow, Kind, Setback, Terms, Tries};
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::session::Event;
use nameless_domain::session::notice::Notice;
use nameless_domain::time::Millis;
use std::sync::Arc;
use std::time::Duration;

/// Who says something that Telegram holds up for so long is told so, milliseconds.
const LONG_MS: i64 = 45_000;

/// How often a journal that takes no marks is asked whether it does again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// That somebody was told to wait is logged no more often than this, milliseconds.
const TELL_WAITS_MS: i64 = 10_000;

const DOING: Doing = Doing { actor: "outbox", update_id: None };

impl Outbox {
    /// Runs `f` on the pacers; if it panics, they are replaced and what they held goes on.
    fn on_pacer<T>(&mut self, f: impl FnOnce(&mut Pacers<Item>) -> T) -> Option<T> {
        let pacers = &mut self.pacers;
        match guarded(DOING, || f(pacers)) {
            Ok(value) => Some(value),
            Err(cause) => {
                self.rebuild(&cause);
                None
            }
        }
    }

    fn rebuild(&mut self, cause: &Panicked) {
        self.env.meters.outbox_restarts.add(1);
        tracing::error!(cause = cause.cause, "the outbox panicked; its queue moves into a new pacer");
        let old = std::mem::replace(&mut self.pacers, Pacers::new(self.env.limits.pacing.clone()));
        let now = self.env.clock.steady();
        match guarded(DOING, || old.rebuilt(now)) {
            Ok(pacers) => self.pacers = pacers,
            // The tickets of what it held are dropped: those updates are delivered again.
            Err(_) => tracing::error!("the outbox's queue could not be moved"),
        }
        tell!(self.env.directory.one::<Supervisor>(), Restarted { service: Outbox::NAME });
    }

    /// Makes every call that may be made now, and sets the timer for the next.
    fn pump(&mut self, ctx: &mut Context<Self>) {
        if !self.env.journal.takes_marks() {
            if self.timer.is_none_or(|(at, _)| at != Millis::NEVER) {
                self.timer.take().map(|(_, handle)| ctx.cancel_future(handle));
                let handle = ctx.run_later(LOOK_AGAIN, |actor, ctx| {
                    actor.timer = None;
                    actor.pump(ctx);
                });
                self.timer = Some((Millis::NEVER, handle));
            }
            return;
        }
        let now = self.env.clock.steady();
        while let Some(Some((chat, item))) = self.on_pacer(|p| p.next_call(now)) {
            let me = self.me.get_or_insert_with(|| Arc::new(ctx.address())).clone();
            self.make(chat, item, me);
        }
        let meters = &self.env.meters;
        meters.outbox_depth.set(self.pacers.waiting() as u64);
        meters.outbox_in_flight.set(self.pacers.in_flight() as u64);
        let wake = self.on_pacer(|p| p.wake_at(now)).flatten();
        match (wake, self.timer) {
            (Some(at), Some((set, _))) if set == at => {}
            (at, old) => {
                if let Some((_, handle)) = old {
                    ctx.cancel_future(handle);
                }
                self.timer = at.map(|at| {
                    // A millisecond more than asked: rounding down would look too early and turn in
                    // circles.
                    let wait = Duration::from_millis(at.since(now) as u64 + 1);
                    let handle = ctx.run_later(wait, |actor, ctx| {
                        actor.timer = None;
                        actor.pump(ctx);
                    });
                    (at, handle)
                });
            }
        }
    }

    fn make(&mut self, chat: ChatId, item: Item, to: Arc<Addr<Outbox>>) {
        if !self.env.may_act() {
            // The process is ending; whoever has its users now finds in the journal what is left to
            // do.
            let now = self.env.clock.steady();
            self.on_pacer(|p| p.of(chat).on_done(now, chat));
            return;
        }
        if let Some(departure) = item.origin.departure()
            && let Some(user) = chat.user()
        {
            departure.begins(self.env.accepted_before(user));
        }
        let (env, out) = (self.env.clone(), item.out.clone());
        let step = item.tickets.first().and_then(|ticket| trace::begin(ticket.update_id(), Step::Send));
        let flight = Flight { to, chat, item: Some(item), result: None };
        actix_rt::spawn(async move {
            let result = env.api.call(out).await;
            drop(step);
            flight.land(result);
        });
    }

    fn returned(&mut self, message: Returned) {
        let Returned { chat, item, result } = message;
        let now = self.env.clock.steady();
        let Some(mut item) = item else {
            self.on_pacer(|p| p.of(chat).on_done(now, chat));
            return;
        };
        if let Some(departure) = item.origin.departure() {
            departure.ends(&result);
        }
        let meters = &self.env.meters;
        let of_bot = meters.bots.of(chat.bot());
        of_bot.calls.add(1);
        of_bot.refused.add(result.as_ref().is_err_and(SendError::is_of_the_bot).into());
        let setback = match &result {
            Err(SendError::RetryAfter(wait)) => {
                meters.told_to_wait.add(1);
                of_bot.told_to_wait.add(1);
                let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                self.tell_held_up(&item, wait);
                self.note_wait(now, wait);
                let purged = self.on_pacer(|p| p.of(chat).on_retry(now, chat, item, wait)).flatten();
                return self.forget(purged);
            }
            Err(SendError::Ambiguous(_)) => {
                meters.ambiguous_retries.add(1);
                Some(Setback::Unknown)
            }
            Err(SendError::Away(_)) => Some(Setback::Away),
            Err(SendError::Unsent(_)) => Some(Setback::Unsent),
            Err(SendError::Passing(_)) => Some(Setback::Passing),
            Err(_) | Ok(_) => None,
        };
        let owed = matches!(item.origin, Origin::Owed { .. });
        let most = self.env.limits.send_attempts;
        if setback.is_some_and(|setback| item.tries.again(setback, now, most, owed)) {
            let (tries, flow) = (item.tries.made, self.flow_of(&item.out));
            let purged = self.on_pacer(|p| {
                let p = p.of(chat);
                // A copy that Telegram has lost is uploaded anew.
                p.will_share(chat, flow);
                p.on_unsent(now, chat, item, tries)
            });
            return self.forget(purged.flatten());
        }
        self.on_pacer(|p| p.of(chat).on_done(now, chat));
        self.report(chat, item, result);
    }

    /// Tells somebody, once until something of their chat arrives, that what they say takes long.
    fn tell_held_up(&mut self, item: &Item, wait_ms: i64) {
        if let Origin::Pair { pair, .. } = item.origin
            && wait_ms >= LONG_MS
            && let Some(ticket) = item.tickets.first()
            && self.held_up.note(pair)
        {
            shard::to_session(&self.env, ticket.user(), Event::RelayNote { pair, key: "chat-held-up" });
        }
    }

    /// With what other calls a call shares places.
    fn flow_of(&self, out: &Outgoing) -> Flow {
        Flow::of(&out.call, self.env.api.uploads(out))
    }

    /// Says, not too often, that Telegram has told somebody to wait.
    fn note_wait(&mut self, now: Millis, wait_ms: i64) {
        let (quiet_until, untold) = &mut self.waits;
        *untold += 1;
        if now >= *quiet_until {
            tracing::warn!(wait_s = wait_ms / 1_000, times = *untold, "Telegram told a chat to wait");
            (*quiet_until, *untold) = (now.plus(TELL_WAITS_MS), 0);
        }
    }

    /// Tells whoever waits how it went.
    fn report(&mut self, chat: ChatId, item: Item, result: Result<Sent, SendError>) {
        let directory = &self.env.directory;
        if let Err(cause) = &result {
            let update_id = item.tickets.first().map(|t| t.update_id());
            tracing::warn!(%cause, update_id, "a call to Telegram was given up");
        }
        if matches!(result, Err(SendError::Gone))
            && let Some(user) = chat.user()
        {
            shard::to_session(&self.env, user, Event::Unreachable { bot: chat.bot() });
        }
        // What could not be delivered for want of an answer.
        let unsure = matches!(result, Err(SendError::Ambiguous(_) | SendError::Away(_)));
        if unsure
            && matches!(item.origin, Origin::Bot | Origin::Told(_))
            && matches!(item.out.call, Call::Say { .. } | Call::Rewrite { .. })
            && let Some(user) = chat.user()
        {
            // Owed before the update is done, as what people say to each other (I2).
            let owed = Owed { notice: Notice::Unsaid, life: self.env.life };
            tell!(directory.one::<Persistence>(), Keep::one(Write::Owed { user, owed }, item.tickets));
            return shard::to_session(&self.env, user, Event::Unsaid);
        }
        match item.origin {
            Origin::Pair { pair, listener, .. } => {
                self.held_up.forget(pair);
                listener.hear(&self.env, Landing { out: item.out, result, tickets: item.tickets });
            }
            of_the_bot => {
                if result.is_ok() && item.out.call.is_paced() {
                    self.env.meters.said.add(1);
                }
                match of_the_bot {
                    Origin::Heard(listener) => {
                        let landing = Landing { out: item.out, result, tickets: item.tickets };
                        return listener.hear(&self.env, landing);
                    }
                    // Unsure, it is still owed: the next life says it.
                    Origin::Owed { user, notice, .. } if !unsure => {
                        let write = Write::NotOwed { user, notice };
                        tell!(directory.one::<Persistence>(), Keep::one(write, Tickets::new()));
                    }
                    _ => {}
                }
                all_done(item.tickets);
            }
        }
    }

    /// What is taken out of the queue unsent: its updates have nothing more to do here.
    fn forget(&mut self, items: impl IntoIterator<Item = Item>) {
        items.into_iter().for_each(|item| all_done(item.tickets));
    }
}

/// A message by which a job's end is told: it is claimed by the session if the end comes again.
fn is_of_a_job(item: &Item) -> bool {
    matches!(&item.out.call, Call::Method(method) if method.shows)
        && !item.tickets.is_empty()
        && item.tickets.iter().all(|ticket| !ticket.is_update())
}

/// A call under way: comes back to the actor even if its task panics.
struct Flight {
    to: Arc<Addr<Outbox>>,
    chat: ChatId,
    item: Option<Item>,
    result: Option<Result<Sent, SendError>>,
}

impl Flight {
    fn land(mut self, result: Result<Sent, SendError>) {
        // It has left: whatever happens to the actors now, it is not to be sent again.
        if let (Ok(sent), Some(item)) = (&result, &self.item)
            && (matches!(item.origin, Origin::Pair { noted: true, .. }) || is_of_a_job(item))
        {
            note_sent(&item.tickets, &sent.messages);
        }
        self.result = Some(result);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let result =
            self.result.take().unwrap_or_else(|| Err(SendError::Ambiguous("the call's task died".into())));
        let message = Returned { chat: self.chat, item: self.item.take(), result };
        crate::kernel::tell(&self.to, message);
    }
}

impl Handler<Enqueue> for Outbox {
    type Result = ();
    fn handle(&mut self, message: Enqueue, ctx: &mut Self::Context) {
        let Enqueue { out, lane, origin, tickets } = message;
        let chat = out.chat;
        let kind = Kind { paced: out.call.is_paced(), flow: self.flow_of(&out) };
        let tag = match &origin {
            Origin::Pair { pair, .. } => Some(*pair),
            _ => None,
        };
        if tag.is_some_and(|pair| self.ended.has(pair)) {
            return all_done(tickets);
        }
        let sets = out.call.sets();
        let terms = Terms { tag, kind, sets, spaced: matches!(out.call, Call::Edit { .. }) };
        let mut item = Item { out: Arc::new(out), origin, tickets, tries: Tries::default() };
        let now = self.env.clock.steady();
        let wait = self.on_pacer(|p| p.of(chat).held_for(now, chat)).unwrap_or_default();
        self.tell_held_up(&item, wait);
        if let Some(sets) = sets
            && let Some(earlier) =
                self.on_pacer(|p| p.of(chat).supersede(now, chat, lane, tag, sets)).flatten()
        {
            // The last content wins, and its update stands first; the others are done when it has
            // left.
            self.env.meters.edits_merged.add(1);
            item.tickets.extend(earlier.tickets);
        }
        match self.on_pacer(|p| p.of(chat).enqueue_on(now, chat, lane, terms, item)) {
            Some(Enqueued::Accepted) | None => {}
            Some(Enqueued::AcceptedDropping(item)) => {
                self.env.meters.notices_dropped.add(1);
                self.forget([item]);
            }
            Some(Enqueued::TooManyUploads(item)) => match item.out.instead() {
                // It has no file, so it is let in.
                Some(out) => {
                    let Item { origin, tickets, .. } = item;
                    return self.handle(Enqueue { out, lane, origin, tickets }, ctx);
                }
                None => self.report(chat, item, Err(SendError::FilesBusy)),
            },
            Some(Enqueued::Full(item)) => {
                // More than the gates of both members allow: the answers of the bot itself. Relays
                // come from gates that are smaller than the lane.
                self.env.meters.notices_dropped.add(1);
                let refused = SendError::Refused("too many messages wait for this chat".into());
                self.report(chat, item, Err(refused));
            }
        }
        self.pump(ctx);
    }
}

impl Handler<Purge> for Outbox {
    type Result = ();
    fn handle(&mut self, message: Purge, ctx: &mut Self::Context) {
        self.ended.note(message.pair);
        let Purge { chat, pair, over } = message;
        if let Some(items) = self.on_pacer(|p| p.purge(chat, pair)) {
            self.forget(items);
        }
        if let Some(over) = over
            && let Some(chat) = self.on_pacer(|p| p.under_way(chat, pair)).flatten()
        {
            self.landing.entry(chat).or_default().push(over);
        }
        self.pump(ctx);
    }
}

impl Handler<Returned> for Outbox {
    type Result = ();
    fn handle(&mut self, message: Returned, ctx: &mut Self::Context) {
        // One call at a time for each chat: this is the one. What waited hears of it by its end
        // being dropped.
        drop(self.landing.remove(&message.chat));
        self.returned(message);
        self.pump(ctx);
    }
}

impl Handler<Crash> for Outbox {
    type Result = ();
    fn handle(&mut self, _: Crash, ctx: &mut Self::Context) {
        self.on_pacer(|_| panic!("crash asked for"));
        self.pump(ctx);
    }
}
