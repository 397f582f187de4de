//! The port over the database: words become turns, turns jobs.

use super::desk::Desk;
use super::store::REPLY;
use crate::store::PgStore;
use nameless_actors::capabilities::{CompanionHealth, CompanionPort};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Event, Request, Trouble};
use nameless_domain::ids::UserId;
use std::sync::Arc;

/// Dialogs in the database; without a desk there are none.
pub(super) struct Port {
    pub store: PgStore,
    pub desk: Option<Arc<Desk>>,
}

impl CompanionPort for Port {
    fn health(&self) -> CompanionHealth {
        self.desk.as_ref().map(|desk| desk.health()).unwrap_or_default()
    }

    fn ask(&self, user: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async move {
            let Some(desk) = &self.desk else { return Ok(Event::NotNow) };
            let rates = desk.back_ends.rates;
            let (event, wakes) = match request {
                Request::Begin { seq, persona, lang } => {
                    return self.store.begin_dialog(user, seq, persona, lang).await;
                }
                Request::Open { dialog } => return self.store.open_dialog(user, dialog).await,
                Request::List { page } => return self.store.dialogs(user, page).await,
                Request::Delete { dialog } => return self.store.delete_dialog(user, dialog).await,
                Request::Say { dialog, message, words } => {
                    self.store.say_in_dialog((user, dialog), (message, words), rates).await?
                }
                Request::Again { dialog, turn } => self.store.ask_again(user, dialog, turn, rates).await?,
                Request::GaveUp { dialog, turn } => {
                    let ended = self.store.give_up_turn(user, dialog, turn).await?;
                    let failed = Event::Failed { dialog, turn, why: Trouble::Away };
                    (if ended { failed } else { Event::Nothing }, ended)
                }
            };
            if wakes {
                desk.wake(REPLY);
            }
            Ok(event)
        })
    }
}
