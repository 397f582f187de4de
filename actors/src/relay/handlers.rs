//! Handlers of a relay.

use super::already_sent;
use super::landings::landed;
use super::messages::PairLoaded;
use super::remote::{Ended, rows_first};
use super::{Close, Crash, Delivered, OpenRelay, Pass, Relay, Slot, Tickets, Work, copies};
use crate::kernel::guard::{self, guarded};
use crate::kernel::ticket::all_done;
use crate::kernel::trace::{self, Step};
use crate::outbox::{Enqueue, Landing, Listener, Origin, Outbox, Purge, Said};
use crate::persistence::{LoadPair, Persistence};
use crate::ports::AskedPair;
use crate::shard;
use crate::tell;
use actix::{AsyncContext, Context, Handler};
use nameless_domain::ids::{BotId, PairId, UserId};
use nameless_domain::outbox::Lane;
use nameless_domain::relay::pair::{PairCore, PairEffect};
use nameless_domain::session::{EndCause, Event};
use std::collections::VecDeque;
use std::time::Duration;

/// How long after a failed load of a pair the store is asked again.
pub(super) const ASK_AGAIN: Duration = Duration::from_millis(200);

pub(super) type Core = PairCore<Tickets>;
type Effects = Vec<PairEffect<Tickets>>;

impl Relay {
    /// Hands work to its pair, loading it first if need be.
    pub(super) fn work(&mut self, pair: PairId, work: Work, ctx: &mut Context<Self>) {
        match self.pairs.get_mut(&pair) {
            Some(Slot::Live { core, held: Some(held), .. }) => {
                // It may be the very message that is waited for, and have left in a former life.
                if let Work::Pass(pass) = &work
                    && let Some(from) = core.side_of(pass.by)
                {
                    let left = already_sent::had_left(pass);
                    left.into_iter().for_each(|(source, copy)| core.remember(from, source, copy));
                }
                held.waiting.push_back(work);
                self.release_if_known(pair, ctx);
            }
            Some(Slot::Live { .. }) => self.carry_out(pair, work, ctx),
            Some(Slot::Loading(waiting)) => waiting.push_back(work),
            // Of a pair that another node has ended the store may know later: loaded now, it would
            // stay.
            None if self.over.has(pair) && matches!(work, Work::Pass(_)) => {
                self.too_late(pair, [None, None], work, ctx);
            }
            None => {
                self.pairs.insert(pair, Slot::Loading(VecDeque::from([work])));
                self.env.meters.pairs_loaded.add(1);
                self.load(pair, ctx);
            }
        }
    }

    pub(super) fn load(&mut self, pair: PairId, ctx: &mut Context<Self>) {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let asked = AskedPair { pair, message: self.is_held_for(pair) };
        tell!(self.env.directory.one::<Persistence>(), LoadPair { asked, reply });
        let to = ctx.address();
        actix_rt::spawn(async move {
            let record = answer.await.ok();
            crate::kernel::tell(&to, PairLoaded { asked, record });
        });
    }

    fn carry_out(&mut self, pair: PairId, work: Work, ctx: &mut Context<Self>) {
        match work {
            Work::Pass(pass) => {
                if let Some(pass) = self.asks_store(pass, ctx) {
                    self.leave(pass, ctx);
                }
            }
            Work::Close(close) => self.close(close),
            Work::Delivered(delivered) => self.delivered(delivered, ctx),
            Work::LeftEarlier(left) => self.learn(left),
            Work::Mapped(mapped) => self.mapped(mapped, ctx),
        }
        if let Some(Slot::Live { used, .. }) = self.pairs.get_mut(&pair) {
            *used = self.env.clock.steady();
        }
    }

    /// Runs `f` on the pair's core. A panic drops the core and loads the pair anew.
    pub(super) fn on_core(
        &mut self,
        pair: PairId,
        update_id: Option<i64>,
        ctx: &mut Context<Self>,
        f: impl FnOnce(&mut Core, &mut Effects),
    ) {
        let Some(Slot::Live { core, .. }) = self.pairs.get_mut(&pair) else { return };
        let mut effects = Vec::new();
        let work = guard::Doing { actor: "relay", update_id };
        match guarded(work, || f(core, &mut effects)) {
            Ok(()) => {
                let members = core.members;
                self.apply(pair, members, effects);
            }
            Err(cause) => {
                self.env.meters.relay_restarts.add(1);
                tracing::error!(cause = cause.cause, update_id, "a pair panicked; it is loaded anew");
                // The tickets of what waited in the core are dropped with it: those updates come
                // again.
                self.pairs.insert(pair, Slot::Loading(VecDeque::new()));
                self.load(pair, ctx);
            }
        }
    }

    pub(super) fn apply(&mut self, pair: PairId, members: [UserId; 2], effects: Effects) {
        let directory = &self.env.directory;
        for effect in effects {
            match effect {
                PairEffect::Forward { out, from, sources, token } => {
                    let origin = match token {
                        Some(_) => Origin::Pair {
                            pair,
                            noted: !sources.is_empty(),
                            listener: Listener::Of(Said { pair, from, sources }, landed),
                        },
                        None => Origin::Bot,
                    };
                    let tickets = token.unwrap_or_default();
                    let message = Enqueue { out, lane: Lane::Interactive, origin, tickets };
                    tell!(directory.one::<Outbox>(), message);
                }
                PairEffect::Finish(tickets) => all_done(tickets),
                PairEffect::Note { to, key } => {
                    let user = members[to.index()];
                    let event = Event::RelayNote { pair, key };
                    shard::to_session(&self.env, user, event);
                }
            }
        }
    }

    pub(super) fn pass(&mut self, pass: Pass, ctx: &mut Context<Self>) {
        let Pass { pair, by, op, tickets } = pass;
        let update_id = tickets.first().map(|t| t.update_id());
        let core = match self.pairs.get(&pair) {
            Some(Slot::Live { core, .. }) => core.side_of(by).map(|from| (core, from)),
            _ => None,
        };
        let known = |source| core.and_then(|(core, from)| core.first_copy(from, source));
        let (left, rest) = already_sent::split(op, tickets, known);
        self.left_earlier(pair, by, left, ctx);
        let Some((op, tickets)) = rest.and_then(|rest| self.screened(pair, by, rest)) else { return };
        let again = tickets.first().is_some_and(|t| t.attempt() > 0);
        let _step = update_id.and_then(|id| trace::begin(id, Step::Relay));
        self.on_core(pair, update_id, ctx, |core, effects| match core.side_of(by) {
            Some(from) => {
                if again {
                    core.lost(from, &op);
                }
                core.pass(from, op, tickets, effects);
            }
            None => effects.push(PairEffect::Finish(tickets)),
        });
    }

    /// Ends a pair, whether it is in memory or not.
    fn close(&mut self, close: Close) {
        let Close { pair, by, partner, cause, tickets, closed } = close;
        if let Some(Slot::Live { core, gated, .. }) = self.pairs.remove(&pair) {
            self.env.meters.pairs_loaded.sub(1);
            gated.into_iter().for_each(|gated| gated.give_back());
            let members = core.members;
            let mut effects = Vec::new();
            core.close(&mut effects);
            self.apply(pair, members, effects);
        }
        self.env.meters.pairs_ended.add(1);
        let end = Ended { pair, by, partner, cause, tickets };
        match self.env.peers.clone() {
            Some(peers) if !(peers.is_mine(by) && peers.is_mine(partner)) => {
                self.ended_elsewhere(end, closed, peers)
            }
            _ => {
                let outbox = &self.env.directory.one::<Outbox>();
                for chat in [by, partner].map(UserId::chat) {
                    tell!(outbox, Purge { chat, pair, over: None });
                }
                all_done(end.tickets);
                shard::to_session(&self.env, partner, Event::PairEnded { pair, cause });
            }
        }
    }

    fn loaded(&mut self, message: PairLoaded, ctx: &mut Context<Self>) {
        let PairLoaded { asked, record } = message;
        let pair = asked.pair;
        if let Some(Slot::Live { .. }) = self.pairs.get(&pair) {
            return self.refreshed(asked, record, ctx);
        }
        let Some(Slot::Loading(waiting)) = self.pairs.remove(&pair) else { return };
        let Some(record) = record else {
            // Persistence itself was started anew while it was asked. What waits is dropped, its
            // updates come again; work without an update would be lost, so ask again for it.
            if waiting.is_empty() {
                self.env.meters.pairs_loaded.sub(1);
            } else {
                self.pairs.insert(pair, Slot::Loading(waiting));
                // Not at once: a store that refuses would be asked in circles.
                ctx.run_later(ASK_AGAIN, move |actor, ctx| actor.load(pair, ctx));
            }
            return;
        };
        let Some(live) = record.live else {
            self.env.meters.pairs_loaded.sub(1);
            for work in waiting {
                self.too_late(pair, record.members, work, ctx);
            }
            return;
        };
        self.tell_places(&live);
        let mut core = Core::new(pair, live.members, self.env.rules.map_per_pair).at(live.bots);
        let is_cut = record.map.len() >= self.env.rules.map_per_pair;
        for row in record.map {
            core.remember(row.from, row.source, row.copy);
        }
        if is_cut {
            core.note_cut();
        }
        self.pairs.insert(
            pair,
            Slot::Live { core: Box::new(core), used: self.env.clock.steady(), held: None, gated: None },
        );
        let waiting = ender_first(waiting);
        for work in rows_first(waiting) {
            self.work(pair, work, ctx);
        }
    }

    /// Work for a pair that has ended meanwhile; the store knows its members for as long as it is
    /// kept.
    pub(super) fn too_late(
        &mut self,
        pair: PairId,
        members: [Option<UserId>; 2],
        work: Work,
        ctx: &mut Context<Self>,
    ) {
        match work {
            Work::Pass(pass) => {
                let event = Event::PairEnded { pair, cause: EndCause::Lost };
                shard::to_session(&self.env, pass.by, event);
                all_done(pass.tickets);
            }
            Work::Close(close) => self.close(close),
            Work::LeftEarlier(_) | Work::Mapped(_) => {}
            Work::Delivered(Delivered { said, landing }) => {
                let (Said { from, sources, .. }, Landing { out, result, tickets }) = (said, landing);
                // It reached the partner: a report of this chat must find it.
                if let (Ok(sent), Some(sender)) = (result, members[from.index()]) {
                    if let Some(partner) = members[from.other().index()] {
                        let made = (&out.call, copies(&sent));
                        self.landed_late(pair, (from, sender), (partner, out.chat), made, ctx);
                    }
                    let history = self.sent_history(pair, (from, sender), &sources, &out.call);
                    self.keep(history, Tickets::new());
                }
                all_done(tickets);
            }
        }
    }
}

/// What waited for a pair, that of who has ended it meanwhile first: the other one's words would
/// reach somebody who has read of the end, perhaps (I4).
fn ender_first(waiting: VecDeque<Work>) -> VecDeque<Work> {
    let ends = |work: &Work| if let Work::Close(close) = work { Some(close.by) } else { None };
    let Some(ender) = waiting.iter().find_map(ends) else { return waiting };
    let (first, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|work| match work {
        Work::Pass(pass) => pass.by == ender,
        _ => true,
    });
    first.into_iter().chain(rest).collect()
}

impl Handler<OpenRelay> for Relay {
    type Result = ();
    fn handle(&mut self, message: OpenRelay, ctx: &mut Self::Context) {
        let OpenRelay { pair, members } = message;
        if self.pairs.contains_key(&pair) {
            return;
        }
        let rules = &self.env.rules;
        if rules.several_bots || rules.main_bot != BotId::FIRST {
            // The store knows at which bot each of them is. The only one need not be the first: it
            // may have come in the place of another.
            self.pairs.insert(pair, Slot::Loading(VecDeque::new()));
            self.env.meters.pairs_loaded.add(1);
            return self.load(pair, ctx);
        }
        let core = Box::new(Core::new(pair, members, self.env.rules.map_per_pair));
        self.pairs.insert(pair, Slot::Live { core, used: self.env.clock.steady(), held: None, gated: None });
        self.env.meters.pairs_loaded.add(1);
    }
}

impl Handler<Pass> for Relay {
    type Result = ();
    fn handle(&mut self, message: Pass, ctx: &mut Self::Context) {
        self.work(message.pair, Work::Pass(message), ctx);
    }
}

impl Handler<Close> for Relay {
    type Result = ();
    fn handle(&mut self, message: Close, ctx: &mut Self::Context) {
        let pair = message.pair;
        match self.pairs.get_mut(&pair) {
            // What waits came before its end, and is taken up when the pair is there.
            Some(Slot::Loading(waiting)) => waiting.push_back(Work::Close(message)),
            Some(Slot::Live { held: Some(held), .. }) => {
                held.waiting.push_back(Work::Close(message));
                self.end_held(pair, ctx);
            }
            _ => self.close(message),
        }
    }
}

impl Handler<PairLoaded> for Relay {
    type Result = ();
    fn handle(&mut self, message: PairLoaded, ctx: &mut Self::Context) {
        self.loaded(message, ctx);
    }
}

impl Handler<Crash> for Relay {
    type Result = ();
    fn handle(&mut self, message: Crash, ctx: &mut Self::Context) {
        if let Some(pair) = message.pair.or_else(|| self.pairs.keys().next().copied()) {
            self.on_core(pair, None, ctx, |_, _| panic!("crash asked for"));
        }
    }
}
