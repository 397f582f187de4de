//! What was written before its writer was told of the chat that they are in (I4).
//!
//! A search finds somebody at the moment when the store opens the pair. The line that says so
//! leaves later: the store may be slow with the row, Telegram may be out of reach or make the chat
//! wait. Whatever is accepted until it leaves was written by somebody who saw the search go on, or
//! had not read that the chat before was over. Only a search's chats are looked at: of others their
//! members may know by other lines. What Telegram holds back for longer than the line is not told
//! from an answer to it.

use super::Session;
use crate::kernel::ticket::Ticket;
use crate::outbox::Departure;
use nameless_domain::ids::PairId;
use nameless_domain::session::notice::Notice;
use nameless_domain::session::{Effect, Event};
use nameless_domain::update::{Act, Update};
use std::sync::Arc;

/// The pair of an event that says what a search has found.
pub(super) fn found(event: &Event) -> Option<PairId> {
    match event {
        Event::PartnerFound { pair, .. } => Some(*pair),
        _ => None,
    }
}

impl Session {
    /// What came of word that `pair` was found: the user is to be told, or not.
    pub(super) fn note_found(&mut self, pair: PairId, effects: &[Effect]) {
        let begun = |effect: &Effect| match effect {
            Effect::Notify(Notice::ChatBegan { pair, .. }) => Some(*pair),
            _ => None,
        };
        if effects.iter().filter_map(begun).any(|begun| begun == pair) {
            self.aside().found = Some(pair);
        }
    }

    /// A line is about to be said. Of the one that tells of a chat for the first time, it matters
    /// when it leaves.
    pub(super) fn awaits_departure(&mut self, notice: Notice) -> Option<Arc<Departure>> {
        let Notice::ChatBegan { pair, .. } = notice else { return None };
        let aside = self.aside.as_mut()?;
        aside.found.take_if(|found| *found == pair)?;
        let departure = Departure::awaited();
        aside.told = Some(departure.clone());
        Some(departure)
    }

    /// Whether an event is a message whose writer had not been told of their chat. With the first
    /// one that came later that is over: what a user writes comes in its order.
    pub(super) fn is_untold(&mut self, event: &Event, ticket: Option<&Ticket>) -> bool {
        let Event::Update(Update { act: Act::Message(_), .. }) = event else { return false };
        let (Some(ticket), Some(aside)) = (ticket, &mut self.aside) else { return false };
        let is_untold = aside.told.as_ref().is_some_and(|told| told.is_behind(ticket.seq()));
        if !is_untold {
            aside.told = None;
        }
        is_untold
    }
}
