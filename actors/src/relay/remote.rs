//! What a relay has to do with other nodes: each has its half of a pair, and they tell each other
//! of messages that have arrived, and that a pair is over. What is not known here is asked of the
//! store, as are messages that are too old to be in memory.

use super::handlers::Core;
use super::{Forget, Held, Left, Mapped, Pass, Relay, Slot, Tickets, Work};
use crate::kernel::ticket::all_done;
use crate::outbox::{Outbox, Purge};
use crate::ports::{AskedPair, PairRecord, PeerEvent, Peers, Write};
use crate::shard;
use crate::tell;
use actix::{AsyncContext, Context, Handler};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::{EndCause, Event};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// When the store is asked once more for a message that it does not know: its row may still be on
/// the way there, as may be the other node's word of it. A reply to something that was never
/// relayed waits for so long in vain. Where Redis was emptied the word is lost, and a busy store is
/// late with the row.
const LOOKS: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(600)];

/// Rows wait for a pair that is being loaded, unless so much does already: the store is slow, and
/// has most of them when it answers.
const WAITING: usize = 256;

/// How long a call under way may hold up the word that a pair is over.
const LAST_CALL: Duration = Duration::from_secs(2);

/// A pair that is over, one of its members on another node.
pub(super) struct Ended {
    pub pair: PairId,
    pub by: UserId,
    pub partner: UserId,
    pub cause: EndCause,
    pub tickets: Tickets,
}

impl Relay {
    /// Whether a message of `op` is older than what is known of its chat here, or may have been
    /// relayed by another node: its member lives here only lately, or the partner lives elsewhere,
    /// and word of it has not come yet. The store knows.
    pub(super) fn asks_store(&mut self, pass: Pass, ctx: &mut Context<Self>) -> Option<Pass> {
        let pair = pass.pair;
        let Some(Slot::Live { core, held, .. }) = self.pairs.get_mut(&pair) else { return Some(pass) };
        let missing = missing(core, &pass);
        if !missing.is_some_and(|(from, id)| self.env.peers.is_some() || core.may_have_had(from, id)) {
            return Some(pass);
        }
        *held = Some(Box::new(Held { waiting: VecDeque::from([Work::Pass(pass)]), looks: 0 }));
        self.load(pair, ctx);
        None
    }

    /// The store has answered for a pair that lives: what waited goes on, unless the message that
    /// it refers to may still be on its way.
    pub(super) fn refreshed(
        &mut self,
        AskedPair { pair, message }: AskedPair,
        record: Option<PairRecord>,
        ctx: &mut Context<Self>,
    ) {
        let Some(Slot::Live { core, held, .. }) = self.pairs.get_mut(&pair) else { return };
        let over = record.as_ref().is_some_and(|record| record.live.is_none());
        // Without an answer it is asked again. With one, only another node may know more.
        let elsewhere = self.env.peers.is_some();
        let looks_again = record.is_none() || elsewhere;
        if let Some(record) = record {
            for row in record.map.into_iter().filter(|_| elsewhere) {
                core.remember(row.from, row.source, row.copy);
            }
            if let Some(row) = record.asked {
                core.recall(row.from, row.source, row.copy);
            }
        }
        // What waits now was asked for later: its own answer comes.
        let first = held.as_ref().and_then(|held| missing_first(core, held));
        if !over && first.is_some() && first != message {
            return;
        }
        if looks_again
            && first.is_some()
            && let Some(held) = held
            && let Some(&wait) = LOOKS.get(usize::from(held.looks))
        {
            held.looks += 1;
            ctx.run_later(wait, move |actor, ctx| actor.load(pair, ctx));
            return;
        }
        match over {
            true => self.end_held(pair, ctx),
            false => self.release(pair, ctx),
        }
    }

    /// The pair is over, by its end that has come or by what the store says while the other node's
    /// word of that does not come: nothing that waits goes to the partner, who may have read of the
    /// end (I4).
    pub(super) fn end_held(&mut self, pair: PairId, ctx: &mut Context<Self>) {
        let Some(Slot::Live { core, held, gated, .. }) = self.pairs.remove(&pair) else { return };
        gated.into_iter().for_each(|gated| gated.give_back());
        self.env.meters.pairs_loaded.sub(1);
        self.over.note(pair);
        let (members, mut effects) = (core.members, Vec::new());
        core.close(&mut effects);
        self.apply(pair, members, effects);
        for user in members {
            tell!(self.env.directory.one::<Outbox>(), Purge { chat: user.chat(), pair, over: None });
        }
        // An end that came behind what waits says why; without one it is "lost".
        for work in ends_first(held.map(|held| held.waiting).unwrap_or_default()) {
            self.too_late(pair, members.map(Some), work, ctx);
        }
    }

    /// What was held goes on, the first without another look.
    fn release(&mut self, pair: PairId, ctx: &mut Context<Self>) {
        let Some(Slot::Live { held, .. }) = self.pairs.get_mut(&pair) else { return };
        let Some(mut waiting) = held.take().map(|held| held.waiting) else { return };
        if let Some(Work::Pass(first)) = waiting.pop_front() {
            self.leave(first, ctx);
        }
        for work in waiting {
            self.work(pair, work, ctx);
        }
    }
}

/// The message that somebody's work refers to, in their chat, if it is not known.
fn missing(core: &Core, pass: &Pass) -> Option<(Side, MessageId)> {
    let from = core.side_of(pass.by)?;
    core.missing(from, &pass.op).map(|id| (from, id))
}

/// The same of the first that waits.
fn missing_first(core: &Core, held: &Held) -> Option<(Side, MessageId)> {
    match held.waiting.front()? {
        Work::Pass(first) => missing(core, first),
        _ => None,
    }
}

/// What waited for a pair, with what another node has told of messages first: an answer that came
/// before that may be to one of them.
pub(super) fn rows_first(waiting: VecDeque<Work>) -> impl Iterator<Item = Work> {
    let (rows, rest): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|work| matches!(work, Work::Mapped(_)));
    rows.into_iter().chain(rest)
}

/// What waited for a pair that is over, its end first.
fn ends_first(waiting: VecDeque<Work>) -> impl Iterator<Item = Work> {
    let (ends, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|work| matches!(work, Work::Close(_)));
    ends.into_iter().chain(rest)
}

impl Handler<Mapped> for Relay {
    type Result = ();
    fn handle(&mut self, message: Mapped, ctx: &mut Self::Context) {
        self.mapped(message, ctx);
    }
}

impl Relay {
    /// Messages of a partner who lives elsewhere have arrived.
    pub(super) fn mapped(&mut self, message: Mapped, ctx: &mut Context<Self>) {
        let (core, held) = match self.pairs.get_mut(&message.pair) {
            Some(Slot::Live { core, held, .. }) => (core, held),
            // Its row may not be in the store when that is asked for the pair.
            Some(Slot::Loading(waiting)) if waiting.len() >= WAITING => return,
            None if self.over.has(message.pair) => return,
            _ => return self.work(message.pair, Work::Mapped(message), ctx),
        };
        for row in message.rows {
            core.remember(row.from, row.source, row.copy);
        }
        if held.is_some() {
            self.release_if_known(message.pair, ctx);
        }
    }

    /// What is held goes on if the message that it refers to is known by now.
    pub(super) fn release_if_known(&mut self, pair: PairId, ctx: &mut Context<Self>) {
        let Some(Slot::Live { core, held: Some(held), .. }) = self.pairs.get(&pair) else { return };
        if !held.waiting.is_empty() && missing_first(core, held).is_none() {
            self.release(pair, ctx);
        }
    }

    /// The message that a pair's work waits for, if any does.
    pub(super) fn is_held_for(&self, pair: PairId) -> Option<(Side, MessageId)> {
        let Some(Slot::Live { core, held: Some(held), .. }) = self.pairs.get(&pair) else { return None };
        missing_first(core, held)
    }

    /// A pair is over of which at least one member lives on another node. What goes from here to
    /// either member is taken back, then that is told to the other node, or to the one who ended it
    /// there.
    pub(super) fn ended_elsewhere(
        &mut self,
        ended: Ended,
        closed: Option<oneshot::Sender<()>>,
        peers: Arc<dyn Peers>,
    ) {
        let Ended { pair, by, partner, cause, tickets } = ended;
        self.over.note(pair);
        if let Some(closed) = closed {
            // Whoever waited in vain has gone on.
            self.closing.retain(|_, waits| !waits.is_closed());
            self.closing.insert(pair, closed);
        }
        let calls = [by, partner].map(|user| {
            let (over, is_over) = oneshot::channel();
            tell!(self.env.directory.one::<Outbox>(), Purge { chat: user.chat(), pair, over: Some(over) });
            is_over
        });
        let here = peers.is_mine(partner);
        if here {
            // The other node keeps it as well, in its own time; the line that it is over, which
            // waits for what is kept here, is to be no sooner than the end itself (I4).
            let end = Write::EndPair { pair, at: self.env.clock.now(), cause };
            self.keep(vec![end], Tickets::new());
            shard::to_session(&self.env, partner, Event::PairEnded { pair, cause });
        }
        actix_rt::spawn(async move {
            let landed = async {
                for call in calls {
                    let _ = call.await;
                }
            };
            // An answer that takes longer is not waited for: the other side is to hear of the end.
            let _ = tokio::time::timeout(LAST_CALL, landed).await;
            match here {
                true => peers.tell(by, PeerEvent::PairLeft { pair }),
                false => peers.tell(partner, PeerEvent::PairClosed { pair, cause, partner: by }),
            }
            all_done(tickets);
        });
    }
}

impl Handler<Left> for Relay {
    type Result = ();
    fn handle(&mut self, message: Left, _: &mut Self::Context) {
        if let Some(closed) = self.closing.remove(&message.pair) {
            let _ = closed.send(());
        }
    }
}

impl Handler<Forget> for Relay {
    type Result = ();
    fn handle(&mut self, message: Forget, _: &mut Self::Context) {
        let before = self.pairs.len();
        self.pairs.retain(|_, slot| match slot {
            Slot::Live { core, held, gated, .. } => {
                held.is_some() || gated.is_some() || core.members.iter().any(|&user| (message.stays)(user))
            }
            Slot::Loading(_) => true,
        });
        self.env.meters.pairs_loaded.sub((before - self.pairs.len()) as u64);
    }
}
