//! The port over the database: words become turns, turns jobs.

use super::alerting;
use super::card;
use super::desk::Desk;
use super::own::Own;
use super::own_pictures;
use super::painting;
use super::sharing;
use super::shown::{self, Below};
use super::store::{
    Asked, Begun, CallKey, Came, Ended, Heard, Open, PICTURE, REPLY, Saying, Second, Swiped, Wanted,
};
use crate::capabilities::points;
use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::capabilities::{CompanionHealth, CompanionPort};
use nameless_actors::ports::{PortFuture, StoreError, Texts};
use nameless_domain::capabilities::companion::{BadOwn, BadShare, Event, Request, Trouble};
use nameless_domain::companion::money::Outcome;
use nameless_domain::companion::pace::Rates;
use nameless_domain::ids::{DialogId, MessageId, UserId};
use nameless_domain::text::Lang;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a card may take to be read at Telegram.
pub(super) const READING: Duration = Duration::from_secs(20);

/// Dialogs in the database; without a desk there are none.
pub(super) struct Port {
    pub store: PgStore,
    pub client: Arc<Client>,
    pub texts: Arc<dyn Texts>,
    pub desk: Option<Arc<Desk>>,
}

impl Port {
    /// What comes of an answer, or of a card, for the character that is being made in a dialog. It
    /// is judged whole each time, before any of it is kept.
    async fn made(
        &self,
        desk: &Arc<Desk>,
        (user, dialog): (UserId, DialogId),
        with: impl Fn(Own) -> Result<Own, BadOwn> + Send + Sync + 'static,
        picture: Option<Vec<u8>>,
    ) -> Result<Event, StoreError> {
        let desk = desk.clone();
        let judged = move |own: Own| {
            let own = with(own).map_err(Event::OwnRefused)?;
            match own.refused(&desk) {
                Some(refused) => Err(refused),
                None => Ok(own),
            }
        };
        self.store.change_own(user, dialog, Arc::new(judged), picture).await
    }

    /// What comes of a file: a card where a character is being made, and nothing elsewhere.
    async fn file(
        &self,
        desk: &Arc<Desk>,
        (user, dialog): (UserId, DialogId),
        file: &str,
        size: Option<u64>,
    ) -> Result<Event, StoreError> {
        if !self.store.is_making(user, dialog).await? {
            return Ok(Event::NoMedia);
        }
        let no_card = Ok(Event::OwnRefused(BadOwn::NoCard));
        if size.is_some_and(|size| size > card::FILE as u64) {
            return no_card;
        }
        let Ok(bytes) = self.client.read_file(file, READING, card::FILE).await else { return no_card };
        // Off this thread, which actors share.
        let read = tokio::task::spawn_blocking(move || (card::read(&bytes), bytes)).await;
        let Ok((Ok(card), bytes)) = read else { return no_card };
        // A card is one without its picture, too.
        let picture = own_pictures::fit(desk, bytes).await.ok();
        self.made(desk, (user, dialog), move |_| Ok(card.clone()), picture).await
    }

    /// What comes of wanting a picture.
    fn picture(&self, desk: &Desk, (event, wakes): (Event, bool)) -> Result<Event, StoreError> {
        if wakes {
            desk.wake(PICTURE);
        }
        Ok(event)
    }

    /// What comes of words that are a dialog's title: judged like what is to be remembered. Once
    /// something was said against them, what comes next is for the character.
    async fn title(
        &self,
        desk: &Desk,
        (user, dialog): (UserId, DialogId),
        (message, words): (MessageId, String),
    ) -> Result<Event, StoreError> {
        match desk.rules_on(&words) {
            Some(refused) => {
                self.store.await_title(user, dialog, false).await?;
                let helped = u64::from(refused == Event::Help);
                desk.tallies.helped.fetch_add(helped, Ordering::Relaxed);
                Ok(refused)
            }
            None => self.store.name_dialog(user, dialog, (message, words)).await,
        }
    }

    /// What comes of words, and whether there is a new job to be claimed. If there is a place at a
    /// back end, their reply has begun by then.
    async fn say(
        &self,
        desk: &Arc<Desk>,
        (user, dialog): (UserId, DialogId),
        (message, words): (MessageId, String),
    ) -> Result<(Event, bool), StoreError> {
        let place = desk.place();
        let saying = Saying {
            rates: desk.back_ends.rates,
            held: place.as_ref().map(|place| (place.holder(), place.lease())),
            back_ends: desk.back_ends.known(),
            caps: place.as_ref().map(|_| desk.back_ends.caps()).unwrap_or_default(),
        };
        let planner = desk.clone();
        let plan = move |open: &Open, asked: Asked| {
            // A panic is the job's, whose tries are counted: here each try to keep the words would
            // meet it.
            match catch_unwind(AssertUnwindSafe(|| planner.first(user, asked, open))) {
                Ok((first, reserve)) => (Some(first), reserve),
                Err(_) => (None, None),
            }
        };
        let said = (message, words.clone());
        let (heard, passed) = self.store.say_in_dialog((user, dialog), said, saying, plan).await?;
        passed.into_iter().for_each(|passed| alerting::alert(desk, &self.store, passed));
        Ok(match heard {
            Heard::Told(event, wakes) => (event, wakes),
            Heard::Begins(asked, job, begun) => {
                points::reach("companion begun");
                if let (open, (Some(first), reserved)) = *begun {
                    self.give_back(desk.beginnings.put(asked, Begun::Open(open, (first, reserved))));
                }
                if let Some(place) = place {
                    desk.hand_over(place, job);
                }
                (Event::Kept, false)
            }
            Heard::Answer => {
                (self.made(desk, (user, dialog), move |own| own.answered(&words), None).await?, false)
            }
            Heard::Title => (self.title(desk, (user, dialog), (message, words)).await?, false),
        })
    }

    /// Gives reserves back whose calls were never made. Where that fails they count, as those do
    /// whose process ended.
    fn give_back(&self, calls: Vec<CallKey>) {
        for call in calls {
            let store = self.store.clone();
            tokio::spawn(async move {
                if let Err(cause) = store.settle_call(call, Outcome::NotSpent).await {
                    tracing::info!(%cause, "a reserve is not given back: its call counts as spent");
                }
            });
        }
    }

    /// What comes of turning to another answer: the message that showed one shows it.
    async fn swipe(
        &self,
        desk: &Desk,
        (user, dialog): (UserId, DialogId),
        (turn, to): (u32, u32),
        message: MessageId,
    ) -> Result<Event, StoreError> {
        let counts = match self.store.swipe(user, dialog, (turn, to), desk.back_ends.adult).await? {
            Swiped::To(counts) => counts,
            Swiped::AdultOnly => return Ok(Event::AdultOnly),
            Swiped::TooLate => return Ok(Event::TooLate),
            Swiped::Gone => return Ok(Event::Gone),
        };
        let lang = Lang::from_code(&counts.lang).unwrap_or(Lang::En);
        let Some(persona) = desk.persona(&counts.persona, counts.own.as_ref()) else {
            return Ok(Event::Gone);
        };
        let below =
            Below { asked: counts.asked, adult: counts.adult, pictures: desk.cast.pictures, of: counts.of };
        let name = &persona.words(lang).name;
        let of = |words: &str| shown::messages(&*self.texts, (user, lang), name, words, below);
        let (before, messages) = (of(&counts.before), of(&counts.words));
        // Of one that took several messages the others would stay.
        let edit = shown::edit(&messages, message).filter(|_| before.len() == 1);
        Ok(match edit {
            Some(edit) => Event::Shown { dialog, edit: true, messages: vec![edit] },
            None => Event::Shown { dialog, edit: false, messages },
        })
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

    fn tidy(&self) -> PortFuture<'_, ()> {
        Box::pin(async move {
            let Some(desk) = &self.desk else { return };
            self.give_back(desk.beginnings.forget());
            alerting::tell_marks(desk, &self.store).await;
            match self.store.settle_lost().await {
                Ok(0) => {}
                Ok(calls) => tracing::info!(calls, "calls for vectors whose process ended count as spent"),
                Err(cause) => tracing::info!(%cause, "lost calls for vectors are not settled"),
            }
        })
    }

    fn ask(&self, user: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async move {
            let Some(desk) = &self.desk else { return Ok(Event::NotNow) };
            let rates = desk.back_ends.rates;
            if !desk.cast.sharing && sharing::is_of_it(&request) {
                return Ok(Event::ShareRefused(BadShare::Closed));
            }
            let (event, wakes) = match request {
                Request::Begin { seq, persona, lang } => {
                    return self.store.begin_dialog(user, seq, persona, lang).await;
                }
                Request::Open { dialog } => {
                    return self.store.open_dialog(user, dialog, desk.back_ends.adult).await;
                }
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
                        let wanted = Wanted { picture, show: 0 };
                        desk.cancel(wanted.key()).await;
                        desk.call_off(painting::name_of(wanted, user));
                    }
                    (if stopped { Event::PictureStopped } else { Event::Nothing }, false)
                }
                Request::PictureGaveUp { picture } => {
                    let wanted = Wanted { picture, show: 0 };
                    let event = if self.store.give_up_picture(user, wanted).await? {
                        Event::NoPicture { why: Trouble::Away }
                    } else {
                        // What is made and could not be told waits for who wants to see it.
                        let made = self.store.made_picture(user, wanted, desk.back_ends.adult).await?;
                        made.map_or(Event::Nothing, |made| {
                            let persona = made.name.unwrap_or(made.persona);
                            Event::PictureWaits { persona, picture }
                        })
                    };
                    (event, false)
                }
                Request::Own => return self.store.own_characters(user).await,
                Request::OwnCard { own } => return self.store.own_card(user, own).await,
                Request::WishPicture { own, lang } => return self.store.wish_picture(user, own, lang).await,
                Request::DropPicture { own } => return self.store.drop_own_picture(user, own).await,
                Request::PictureOfOwn { picture } => return self.drawn(desk, user, picture).await,
                Request::Photo { dialog, file, size } => {
                    return self.photo(desk, (user, dialog), &file, size).await;
                }
                Request::MakeOwn { seq, lang } => return self.store.begin_own(user, seq, lang).await,
                Request::DeleteOwn { own } => return self.store.delete_own(user, own).await,
                Request::Share { own, lang } => {
                    let desk = desk.clone();
                    let refused = move |own: &Own| sharing::refused(own, &desk);
                    return self.store.share_own(user, own, lang, Arc::new(refused)).await;
                }
                Request::Unshare { own } => return self.store.unshare_own(user, own).await,
                Request::People { page, lang } => return self.store.people_share(page, lang).await,
                Request::PeopleCard { shared } => return self.store.shared_card(shared).await,
                Request::ReportShared { shared } => {
                    let (event, held) = self.store.report_shared(user, shared).await?;
                    if held {
                        alerting::held(desk, shared);
                    }
                    (event, false)
                }
                Request::File { dialog, file, size } => {
                    return self.file(desk, (user, dialog), &file, size).await;
                }
                Request::Adult { dialog, on } if !on || desk.back_ends.adult => {
                    return self.store.set_adult(user, dialog, on).await;
                }
                Request::Adult { .. } => (Event::NoAdult, false),
                Request::Delete { dialog } => return self.store.delete_dialog(user, dialog).await,
                Request::Say { dialog, message, words } => {
                    self.say(desk, (user, dialog), (message, words)).await?
                }
                Request::Again { dialog, turn } => self.store.ask_again(user, dialog, turn, rates).await?,
                Request::Another { dialog, turn, answer } => {
                    self.second(user, dialog, Second::Another(turn, answer), rates).await?
                }
                Request::Swipe { dialog, turn, to, message } => {
                    return self.swipe(desk, (user, dialog), (turn, to), message).await;
                }
                Request::Rename { dialog } => return self.store.await_title(user, dialog, true).await,
                Request::KeepTitle { dialog } => return self.store.await_title(user, dialog, false).await,
                Request::Undo { dialog, turn } => {
                    self.second(user, dialog, Second::Undone(turn), rates).await?
                }
                Request::Changed { dialog, message, words } => {
                    self.second(user, dialog, Second::Changed(message, words), rates).await?
                }
                Request::GaveUp { dialog, turn, attempt } => {
                    let (ended, has_next) = self.store.give_up_turn(user, dialog, (turn, attempt)).await?;
                    let failed = Event::Failed { dialog, turn, why: Trouble::Away };
                    (if ended == Ended::Yes { failed } else { Event::Nothing }, has_next)
                }
            };
            if wakes {
                desk.wake(REPLY);
            }
            Ok(event)
        })
    }
}
