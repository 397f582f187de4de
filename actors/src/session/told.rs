//! What was written before its writer was told of the chat that they are in (I4).
//!
//! A search finds somebody at the moment when the store opens the pair. The line that says so
//! leaves later: the store may be slow with the row, Telegram may be out of reach or make the chat
//! wait. Whatever is accepted until it leaves was written by somebody who saw the search go on, or
//! had not read that the chat before was over. So was what Telegram held back for longer: its
//! number stands before that of the line. Only a search's chats are looked at: of others their
//! members may know by other lines. The next life of the process does not know of the line.

use super::Session;
use crate::kernel::ticket::Ticket;
use crate::outbox::Departure;
use nameless_domain::ids::{BotId, PairId};
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
        self.aside().told = Some((self.chat().bot(), departure.clone()));
        Some(departure)
    }

    /// Whether an event is a message whose writer had not been told of their chat. With the first
    /// one that came later that is over: what a user writes comes in its order.
    pub(super) fn is_untold(&mut self, event: &Event, ticket: Option<&Ticket>) -> bool {
        let Event::Update(Update { act: Act::Message(message), update_id, .. }) = event else { return false };
        let Some(ticket) = ticket else { return false };
        if ticket.was_refused() {
            return true;
        }
        let Some(aside) = &mut self.aside else { return false };
        let Some((bot, told)) = &aside.told else { return false };
        // The line stands in the chat with one bot, and says nothing of another's.
        if *bot != BotId::of_update(*update_id) {
            return false;
        }
        let is_untold = told.is_behind(ticket.seq(), message.id);
        match is_untold {
            true => ticket.note_refused(),
            false => aside.told = None,
        }
        is_untold
    }
}
