//! What a relay has to do with other nodes: each has its half of a pair, and they tell each other of messages that
//! have arrived.

use super::{Forget, Mapped, Pass, Relay, Slot, Work};
use crate::ports::PairRecord;
use actix::{Context, Handler};
use nameless_domain::ids::PairId;
use std::collections::VecDeque;

impl Relay {
    /// Whether a message of `op` may have been relayed by another node: its member lives here only lately, or the
    /// partner lives elsewhere, and word of it has not come yet. The store knows.
    pub(super) fn asks_store(&mut self, pass: Pass, ctx: &mut Context<Self>) -> Option<Pass> {
        let pair = pass.pair;
        if self.env.peers.is_none() {
            return Some(pass);
        }
        let Some(Slot::Live { core, held, .. }) = self.pairs.get_mut(&pair) else { return Some(pass) };
        if !core.side_of(pass.by).is_some_and(|from| core.misses(from, &pass.op)) {
            return Some(pass);
        }
        *held = Some(VecDeque::from([Work::Pass(pass)]));
        self.load(pair, ctx);
        None
    }

    /// The store has answered for a pair that lives: what waited goes on, the first without another look.
    pub(super) fn refreshed(&mut self, pair: PairId, record: Option<PairRecord>, ctx: &mut Context<Self>) {
        let Some(Slot::Live { core, held, .. }) = self.pairs.get_mut(&pair) else { return };
        let Some(mut waiting) = held.take() else { return };
        for row in record.map(|record| record.map).unwrap_or_default() {
            core.remember(row.from, row.source, row.copy);
        }
        if let Some(Work::Pass(first)) = waiting.pop_front() {
            self.pass(first, ctx);
        }
        for work in waiting {
            self.work(pair, work, ctx);
        }
    }
}

impl Handler<Mapped> for Relay {
    type Result = ();
    fn handle(&mut self, message: Mapped, _: &mut Self::Context) {
        // A pair that is not in memory, or is being loaded, has or gets its map from the store.
        if let Some(Slot::Live { core, .. }) = self.pairs.get_mut(&message.pair) {
            for row in message.rows {
                core.remember(row.from, row.source, row.copy);
            }
        }
    }
}

impl Handler<Forget> for Relay {
    type Result = ();
    fn handle(&mut self, message: Forget, _: &mut Self::Context) {
        let before = self.pairs.len();
        self.pairs.retain(|_, slot| match slot {
            Slot::Live { core, held, .. } => {
                held.is_some() || core.members.iter().any(|&user| (message.stays)(user))
            }
            Slot::Loading(_) => true,
        });
        self.env.meters.pairs_loaded.sub((before - self.pairs.len()) as u64);
    }
}
