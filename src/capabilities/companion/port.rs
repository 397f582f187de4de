//! The port over the database: words become turns, turns jobs.

use super::desk::Desk;
use super::store::{Came, Ended, PICTURE, REPLY, Second, Wanted};
use crate::store::PgStore;
use nameless_actors::capabilities::{CompanionHealth, CompanionPort};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Event, Request, Trouble};
use nameless_domain::companion::pace::Rates;
use nameless_domain::ids::{DialogId, UserId};
use std::sync::Arc;

/// Dialogs in the database; without a desk there are none.
pub(super) struct Port {
    pub store: PgStore,
    pub desk: Option<Arc<Desk>>,
}

impl Port {
    /// What comes of wanting a picture.
    fn picture(&self, desk: &Desk, (event, wakes): (Event, bool)) -> Result<Event, StoreError> {
        if wakes {
            desk.wake(PICTURE);
        }
        Ok(event)
    }

    /// What comes of a second thought, and whether there is a new job.
    async fn second(
        &self,
        user: UserId,
        dialog: DialogId,
        what: Second,
        rates: Rates,
    ) -> Result<(Event, bool), StoreError> {
        Ok(match self.store.second_thought(user, dialog, what, rates).await? {
            Came::Told(event, wakes) => (event, wakes),
            Came::TooLate => (Event::TooLate, false),
        })
    }
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
                Request::Remember { message, words } => match desk.rules_on(&words) {
                    Some(refused) => (refused, false),
                    None => return self.store.remember(user, message, words).await,
                },
                Request::Facts { page } => return self.store.facts(user, page).await,
                Request::Forget { fact, page } => return self.store.forget(user, fact, page).await,
                Request::Picture { .. } if desk.back_ends.images.is_empty() => (Event::NotNow, false),
                Request::Picture { dialog, seq } => {
                    let most = desk.back_ends.most_pictures;
                    return self.picture(desk, self.store.ask_picture((user, dialog), seq, most).await?);
                }
                Request::ShowPicture { picture } => {
                    return self.picture(desk, self.store.show_picture(user, picture).await?);
                }
                Request::StopPicture { picture } => {
                    let stopped = self.store.stop_picture(user, picture).await?;
                    if stopped {
                        desk.cancel(Wanted { picture, show: 0 }.key()).await;
                    }
                    (if stopped { Event::PictureStopped } else { Event::Nothing }, false)
                }
                Request::PictureGaveUp { picture } => {
                    let wanted = Wanted { picture, show: 0 };
                    let ended = self.store.end_picture(user, wanted, "failed", None).await?;
                    let failed = Event::NoPicture { why: Trouble::Away };
                    (if ended { failed } else { Event::Nothing }, false)
                }
                Request::Adult { dialog, on } if !on || desk.back_ends.adult => {
                    return self.store.set_adult(user, dialog, on).await;
                }
                Request::Adult { .. } => (Event::NoAdult, false),
                Request::Delete { dialog } => return self.store.delete_dialog(user, dialog).await,
                Request::Say { dialog, message, words } => {
                    self.store.say_in_dialog((user, dialog), (message, words), rates).await?
                }
                Request::Again { dialog, turn } => self.store.ask_again(user, dialog, turn, rates).await?,
                Request::Another { dialog, turn, answer } => {
                    self.second(user, dialog, Second::Another(turn, answer), rates).await?
                }
                Request::Undo { dialog, turn } => {
                    self.second(user, dialog, Second::Undone(turn), rates).await?
                }
                Request::Changed { dialog, message, words } => {
                    self.second(user, dialog, Second::Changed(message, words), rates).await?
                }
                Request::GaveUp { dialog, turn, attempt } => {
                    let ended = self.store.give_up_turn(user, dialog, (turn, attempt)).await? == Ended::Yes;
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
