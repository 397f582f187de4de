//! The port over the database and Telegram.

use super::store::{Came, Card, Dealt, Decided, Line, May, NewLetter, Unseen, Written};
use super::{card, place, settings};
use crate::config::Config;
use crate::store::PgStore;
use crate::store::pg::wall_clock;
use nameless_actors::capabilities::{DatingEngine, DatingPort, EntitlementStore as _};
use nameless_actors::kernel::{read_lock, write_lock};
use nameless_actors::ports::{PortFuture, StoreError, Texts};
use nameless_domain::capabilities::billing::{Good, Shop};
use nameless_domain::capabilities::dating::bot::{Matched, Token, What};
use nameless_domain::capabilities::dating::letters::Unsent;
use nameless_domain::capabilities::dating::pair::{Contacts, Verdict as Said, Windows};
use nameless_domain::capabilities::dating::person::Standing;
use nameless_domain::capabilities::dating::photo::Look;
use nameless_domain::capabilities::dating::profile::Answer;
use nameless_domain::capabilities::dating::score::Scale;
use nameless_domain::capabilities::dating::{Event, Request};
use nameless_domain::capabilities::faceguard::{Reason, Verdict};
use nameless_domain::ids::UserId;
use nameless_domain::text::Lang;
use nameless_domain::time::DAY_MS;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// Pictures of profiles judged at one time; beyond, a photo stays unchecked, behind its spoiler.
const VETTED: usize = 4;
/// So long a picture that is here waits for its turn to be judged.
const TURN: Duration = Duration::from_secs(10);
/// Photos that are looked at again in one round.
const LOOKED_AGAIN: i64 = 8;
/// Queues that are filled at one time; beyond, it is done when the next card is asked for.
const FILLED: usize = 2;

/// Profiles, cards, likes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Port {
    pub store: PgStore,
    pub texts: Arc<dyn Texts>,
    pub is_on: bool,
    pub likes: u32,
    pub windows: Windows,
    /// By what cards say how well two people go together.
    pub scale: Scale,
    /// What is sold.
    pub shop: Arc<Shop>,
    home: Handle,
    engine: Arc<RwLock<Option<Arc<dyn DatingEngine>>>>,
    vets: Arc<Semaphore>,
    fills: Arc<Semaphore>,
}

impl Port {
    /// Must be called on the runtime on which queues are to be filled.
    pub fn new(store: PgStore, texts: Arc<dyn Texts>, config: &Config, shop: Arc<Shop>) -> Port {
        let days = config.own(&settings::DATING_PASS_DAYS).unwrap_or(90);
        Port {
            store,
            texts,
            is_on: settings::is_on(config),
            likes: config.own(&settings::DATING_LIKES).unwrap_or(50),
            shop,
            scale: settings::scale(config),
            windows: Windows { pass_ms: i64::from(days) * DAY_MS, ..Windows::default() },
            home: Handle::current(),
            engine: Arc::default(),
            vets: Arc::new(Semaphore::new(VETTED)),
            fills: Arc::new(Semaphore::new(FILLED)),
        }
    }

    pub(super) fn engine(&self) -> Option<Arc<dyn DatingEngine>> {
        read_lock(&self.engine).clone()
    }

    async fn answer(self, user: UserId, Request { lang, what }: Request) -> Result<Event, StoreError> {
        if !self.is_on {
            return Ok(Event::Away);
        }
        let store = &self.store;
        match what {
            What::Enter(known) => store.dating_enter(user, known, self.likes).await,
            What::Fill(known) => store.dating_fill(user, known).await,
            What::Hear { seq, answer, since } => {
                let seen = self.look(user, &answer).await?;
                let heard = store.dating_hear(user, seq, (answer, since), seen).await?;
                // Shown from now on: their first cards are there when they ask for them.
                self.refill(user, heard == Event::Ready);
                Ok(place::noted(heard, (&*self.texts, lang), user))
            }
            What::Place { pin } => {
                let asked = store.dating_place(user, pin).await?;
                Ok(if pin { place::with_button(asked, (&*self.texts, lang), user) } else { asked })
            }
            What::Leave => Ok(place::left(store.dating_leave(user).await?, (&*self.texts, lang), user)),
            What::Next => self.next(user, lang).await,
            What::Say { card, verdict } => {
                let may = match verdict {
                    Said::SuperLike => self.may(user).await?,
                    _ => May::default(),
                };
                let (said, by) = ((card, verdict), (self.likes, may));
                let (decided, next) = store.dating_say_next(user, said, by, self.windows).await?;
                self.go_on(user, (decided, next), lang).await
            }
            What::Report { card, reason, goes_on } => {
                let reported = store.dating_turn_away(user, card, reason).await?;
                let event = self.turned_away(user, reported, reason.is_some());
                if goes_on { self.next(user, lang).await } else { Ok(event) }
            }
            What::Goods => self.goods(user).await,
            What::Choices(set) => store.dating_choices(user, set).await,
            What::Stats => Ok(match store.dating_mine(user).await? {
                Some(own) => Event::Stats(own.stats.told()),
                None => Event::Gone,
            }),
            What::Filters(change) => store.dating_filters(user, change).await,
            What::Likers => self.likers(user, lang).await,
            What::Undo => match store.dating_undo_as(user, self.may(user).await?).await? {
                Decided::Gone => Ok(Event::TooLate),
                Decided::Unpaid(good) => Ok(Event::Offer { good }),
                _ => self.next(user, lang).await,
            },
            What::Preview => Ok(match store.dating_own(user).await? {
                Some(card) => self.card(&card, user, lang),
                None => Event::Gone,
            }),
            What::Album { card } => Ok(match card::album(&store.dating_album(user, card).await?, user) {
                Some(album) => album,
                None => Event::Gone,
            }),
            What::Photos => store.dating_photo_list(user).await,
            What::More => store.dating_more(user).await,
            What::PhotoFirst { photo } => store.dating_photo_first(user, photo).await,
            What::PhotoAway { photo } => store.dating_photo_away(user, photo).await,
            What::Matches => store.dating_found(user, String::new(), 0).await,
            What::Find => store.dating_find(user).await,
            What::Found { part, from } => store.dating_found(user, part, from).await,
            What::Write { matched } => Ok(match store.dating_write(user, matched).await? {
                Written::Opened { own, other: (other, theirs) } => {
                    if let Some(engine) = self.engine() {
                        engine.tell(other, theirs);
                    }
                    own
                }
                Written::Busy => store.dating_pen(user, matched).await?,
                Written::Gone => Event::LetterHeld { matched, why: Unsent::Gone },
            }),
            What::Pen { matched } => store.dating_pen(user, matched).await,
            What::Letter { matched, bot, message, letter, answers, is_late } => {
                let new = NewLetter { bot, message, letter: *letter, answers, is_late };
                let event = store.dating_letter(user, matched, new).await?;
                self.wake();
                Ok(event)
            }
            What::LetterFailed { letter } => {
                store.dating_letter_failed(user, letter).await?;
                self.wake();
                Ok(Event::Letters(Vec::new()))
            }
            What::LetterReport { letter, reason } => {
                let reported = store.dating_letter_away(user, letter, reason).await?;
                Ok(self.turned_away(user, reported, reason.is_some()))
            }
            What::Share { matched, on } => self.share(user, matched, on).await,
            What::Part { matched } => {
                let (event, chat) = store.dating_part(user, matched).await?;
                if let (Some(partner), Some(engine)) = (chat, self.engine()) {
                    engine.tell(user, Event::Ended { partner, blocked: false });
                }
                Ok(event)
            }
            What::Pause(on) => {
                let paused = store.dating_pause(user, on, self.likes).await?;
                self.refill(user, !on);
                Ok(paused)
            }
            What::Delete => store.dating_delete(user).await,
        }
    }

    /// Somebody is never met again: a chat with them ends. What is told where no card follows.
    fn turned_away(&self, user: UserId, partner: Option<UserId>, reported: bool) -> Event {
        let Some(partner) = partner else { return Event::Gone };
        if let Some(engine) = self.engine() {
            engine.tell(user, Event::Ended { partner, blocked: true });
        }
        if reported { Event::Reported } else { Event::Blocked }
    }

    /// Agrees that a match and they learn who the other is, or takes that back.
    async fn share(&self, user: UserId, matched: Token, on: bool) -> Result<Event, StoreError> {
        let came = self.store.dating_share(user, matched, on).await?;
        if let Came::Told(_) = came {
            self.wake();
        }
        // Of a match that is in their list only what they are themselves is not taken: that is not
        // told.
        let seems = matches!(came, Came::Unknown) && on;
        let line = self.store.dating_lines(user).await?.into_iter().find(|line| line.token == matched);
        Ok(line.map_or(Event::Gone, |Line { token, name, age, contacts, .. }| Event::Sharing {
            matched: Matched { token, name, age },
            contacts: if seems { Contacts::Mine } else { contacts },
        }))
    }

    pub(super) fn wake(&self) {
        if let Some(engine) = self.engine() {
            engine.wake();
        }
    }

    /// What was seen of a photo that was asked for; none of anything else.
    async fn look(&self, user: UserId, answer: &Answer) -> Result<Option<Verdict>, StoreError> {
        let Answer::Photo { preview, .. } = answer else { return Ok(None) };
        if !self.store.dating_wants_photo(user).await? {
            return Ok(None);
        }
        let (Some(engine), Ok(_place)) = (self.engine(), self.vets.try_acquire()) else { return Ok(None) };
        Ok(Some(engine.vet(preview.clone()).await))
    }

    /// What is seen of a picture that is here, when its turn comes; none if that takes too long.
    pub(super) async fn look_here(&self, picture: Vec<u8>) -> Option<Verdict> {
        let Some(engine) = self.engine() else { return Some(Verdict::NO_WORKER) };
        let _turn = tokio::time::timeout(TURN, self.vets.acquire()).await.ok()?.ok()?;
        Some(engine.vet_here(picture).await)
    }

    /// What somebody may do without using anything up.
    pub(super) async fn may(&self, user: UserId) -> Result<May, StoreError> {
        let premium = self.store.entitlements(user).await?.premium(wall_clock()).is_some();
        Ok(May { premium, undo_is_sold: self.shop.sells(Good::DatingUndo), windows: self.windows })
    }

    /// What somebody has of what is sold apart.
    async fn goods(&self, user: UserId) -> Result<Event, StoreError> {
        let left = self.store.dating_left(user).await?;
        Ok(Event::Goods(vec![
            (Good::DatingSuper, left.supers),
            (Good::DatingLikes, left.likes),
            (Good::DatingUndo, left.undos),
            (Good::DatingLikers, left.likers),
        ]))
    }

    /// The next card of somebody who likes them, for who may see that; a day of it is used up.
    async fn likers(&self, user: UserId, lang: Lang) -> Result<Event, StoreError> {
        if !self.may(user).await?.premium {
            match self.store.dating_open_likers(user).await? {
                Some(true) => {}
                Some(false) => return Ok(Event::Offer { good: Good::DatingLikers }),
                None => return Ok(Event::Gone),
            }
        }
        Ok(self.shown(self.store.dating_next_liker(user, self.windows).await?, user, lang))
    }

    fn card(&self, card: &Card, user: UserId, lang: Lang) -> Event {
        card::show(card, (&*self.texts, &*self.shop, self.scale), lang, user, wall_clock())
    }

    fn shown(&self, dealt: Dealt, user: UserId, lang: Lang) -> Event {
        match dealt {
            Dealt::Card(card) => self.card(&card, user, lang),
            Dealt::Dry => Event::Dry,
            Dealt::Unseen(Standing::Paused) => Event::Paused,
            Dealt::Unseen(_) | Dealt::Nobody => Event::Gone,
        }
    }

    /// Looks again at photos that nobody could look at before.
    async fn look_again(self) -> Result<usize, StoreError> {
        let Some(engine) = self.engine().filter(|_| self.is_on) else { return Ok(0) };
        let unseen = self.store.dating_unseen(LOOKED_AGAIN).await?;
        let count = unseen.len();
        for Unseen { user, photo, file } in unseen {
            let verdict = engine.vet(file).await;
            let look = Look::of(verdict);
            // That nobody is there to look says nothing of the photo: the next round tries again.
            if look == Ok(Look::Waiting) && !has_failed(verdict) {
                continue;
            }
            // One of which that could not be kept holds up no other.
            if let Err(cause) = self.store.dating_looked((user, photo), look).await {
                tracing::debug!(%cause, "what was seen of a photo could not be kept");
            }
        }
        if count > 0 {
            self.wake();
        }
        Ok(count)
    }

    /// The next card after something was decided.
    async fn go_on(
        &self,
        user: UserId,
        (decided, next): (Decided, Option<(Dealt, bool)>),
        lang: Lang,
    ) -> Result<Event, StoreError> {
        match decided {
            Decided::Spent if self.shop.sells(Good::DatingLikes) => {
                return Ok(Event::Offer { good: Good::DatingLikes });
            }
            Decided::Spent => return Ok(Event::Spent),
            Decided::Unpaid(good) => return Ok(Event::Offer { good }),
            // Both are told by the jobs, this one as well.
            Decided::Matched => self.wake(),
            Decided::Kept | Decided::Gone => {}
        }
        match next {
            // The queue is at its end: more is dealt, and somebody waits for it.
            Some((Dealt::Dry, _)) | None => self.next(user, lang).await,
            Some((dealt, low)) => {
                self.refill(user, low);
                Ok(self.shown(dealt, user, lang))
            }
        }
    }

    async fn next(&self, user: UserId, lang: Lang) -> Result<Event, StoreError> {
        let (dealt, low) = self.store.dating_next(user, self.windows).await?;
        self.refill(user, low);
        Ok(self.shown(dealt, user, lang))
    }

    /// Deals cards beside whoever waits, if the queue runs low.
    pub(super) fn refill(&self, user: UserId, low: bool) {
        if low && let Ok(place) = self.fills.clone().try_acquire_owned() {
            let (store, windows) = (self.store.clone(), self.windows);
            self.home.spawn(async move {
                let _place = place;
                if let Err(cause) = store.dating_deal(user, windows).await {
                    tracing::debug!(%cause, "cards could not be dealt");
                }
            });
        }
    }
}

/// Whether looking at the picture itself failed: nobody else will do better at once.
pub(super) fn has_failed(verdict: Verdict) -> bool {
    verdict.reasons().any(|reason| reason == Reason::Failed)
}

impl DatingPort for Port {
    fn ask(&self, user: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(self.clone().answer(user, request))
    }

    fn attach(&self, engine: Arc<dyn DatingEngine>) {
        *write_lock(&self.engine) = Some(engine);
    }

    fn engine(&self) -> Option<Arc<dyn DatingEngine>> {
        Port::engine(self)
    }

    fn look_again(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(self.clone().look_again())
    }

    fn left_out(&self) -> u64 {
        self.store.keys().left_out()
    }

    fn tidy(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        match self.is_on {
            true => Box::pin(async move { Ok(self.store.dating_prices().await?.due) }),
            false => Box::pin(async { Ok(0) }),
        }
    }
}
