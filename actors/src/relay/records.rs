//! What is kept of a message that was passed on: its place in the map, and the history.

use super::{Relay, Slot, Tickets};
use crate::kernel::ticket::Passes;
use crate::kernel::ticket::all_done;
use crate::persistence::{Keep, Persistence};
use crate::ports::{HistoryRow, MapRow, PeerEvent, Write};
use crate::tell;
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::outgoing::Call;
use nameless_domain::relay::Side;
use nameless_domain::relay::content::Payload;

impl Relay {
    /// Tells persistence, at once; with these writes the updates are done.
    pub(super) fn keep(&self, writes: Vec<Write>, tickets: Tickets) {
        if writes.is_empty() {
            return all_done(tickets);
        }
        tell!(self.env.directory.one::<Persistence>(), Keep { writes, tickets });
    }

    /// Writes the map rows behind the history; with them the updates are done. The rows of a
    /// message's `further` parts are not written.
    pub(super) fn keep_map(
        &self,
        mut writes: Vec<Write>,
        (pair, from): (PairId, Side),
        sources: &[MessageId],
        copies: &[MessageId],
        further: bool,
        tickets: Tickets,
    ) {
        if sources.is_empty() || copies.is_empty() {
            return self.keep(writes, tickets);
        }
        let mut passes = Passes::new();
        for ticket in &tickets {
            self.env.meters.relay_latency.record(ticket.received().elapsed());
            passes.extend(ticket.release());
        }
        let rows: Vec<MapRow> =
            sources.iter().zip(copies).map(|(&source, &copy)| MapRow { from, source, copy }).collect();
        if let Some(peers) = &self.env.peers
            && let Some(Slot::Live { core, .. }) = self.pairs.get(&pair)
        {
            let partner = core.members[from.other().index()];
            if !peers.is_mine(partner) {
                peers.tell(partner, PeerEvent::Mapped { pair, rows: rows.clone() });
            }
        }
        // The store keeps one copy of each message: the first, which edits and answers go to. Of a
        // message in parts the others are known for as long as the pair's memory has the message.
        if !further {
            writes.push(Write::Mapped { pair, at: self.env.clock.now(), rows });
        }
        self.keep(writes, tickets);
        drop(passes);
    }

    /// The first message that one was passed on as.
    pub(super) fn first_copy(&self, pair: PairId, from: Side, source: MessageId) -> Option<MessageId> {
        match self.pairs.get(&pair) {
            Some(Slot::Live { core, .. }) => core.first_copy(from, source),
            _ => None,
        }
    }

    /// How many messages one was passed on as by now.
    fn parts(&self, pair: PairId, from: Side, source: MessageId) -> usize {
        match self.pairs.get(&pair) {
            Some(Slot::Live { core, .. }) => core.parts(from, source),
            _ => 0,
        }
    }

    /// History of what was passed on, with a place for its map.
    pub(super) fn sent_history(
        &self,
        pair: PairId,
        from: (Side, UserId),
        sources: &[MessageId],
        call: &Call,
    ) -> Vec<Write> {
        let mut writes = Vec::with_capacity(sources.len() + 1);
        match call {
            Call::Send { payload, .. } => {
                // A further part of a message is not the message: it is kept beside it.
                let part = |s| i32::try_from(self.parts(pair, from.0, s)).unwrap_or(0);
                writes.extend(sources.iter().filter_map(|&s| self.history(pair, from, s, part(s), payload)));
            }
            Call::SendAlbum { items, .. } => {
                let items = sources.iter().zip(items);
                writes.extend(items.filter_map(|(&source, item)| {
                    self.history(pair, from, source, 0, &Payload::Media(item.clone()))
                }));
            }
            _ => {}
        }
        writes
    }

    pub(super) fn history(
        &self,
        pair: PairId,
        from: (Side, UserId),
        message: MessageId,
        edit: i32,
        payload: &Payload,
    ) -> Option<Write> {
        // Rebuilt payloads are plain data that always serialises.
        let payload = serde_json::to_string(payload).ok()?.into();
        let at = self.env.clock.now();
        Some(Write::History(HistoryRow { pair, from, message, edit, payload, at }))
    }
}
