//! The port over the database and Telegram.

use super::store::{Opening, Transaction};
use super::yookassa::{Found, Yookassa};
use super::{Figures, stars, updates};
use crate::cluster::cache::{Cache, Kind as Cached};
use crate::store::PgStore;
use crate::store::pg::wall_clock;
use crate::telegram::{Client, ControlError};
use nameless_actors::capabilities::{BillingFigures, BillingPort, FeedbackStore, Settled, Unheard, Wanted};
use nameless_actors::ports::{PortFuture, StoreError, Texts};
use nameless_domain::capabilities::billing::{Act, Event, Kind, Link, Price, Refusal, Shop, Way, invite};
use nameless_domain::capabilities::feedback;
use nameless_domain::ids::{BotId, PairId, Seq, UserId};
use nameless_domain::text::{Lang, Msg};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OnceCell, Semaphore};

/// How long the store may take to say whether somebody may pay; then it is a clear no.
const ASK: Duration = Duration::from_millis(1_500);
/// Checkouts under way; beyond, the payer hears no at once.
const CHECKOUTS: usize = 256;

/// Orders, books, and the provider. Cheap to clone.
#[derive(Clone)]
pub(super) struct Port {
    pub store: PgStore,
    pub cache: Option<Cache>,
    pub client: Arc<Client>,
    pub texts: Arc<dyn Texts>,
    pub shop: Arc<Shop>,
    /// Payments by card; none where they are off.
    pub cards: Option<Arc<Yookassa>>,
    /// What is counted.
    figures: Arc<Figures>,
    home: Handle,
    room: Arc<Semaphore>,
    /// What the bots are called at Telegram, once it was asked: a cell for each.
    names: Arc<[(BotId, OnceCell<String>)]>,
}

impl Port {
    /// Must be called on the runtime on which checkouts are to be answered.
    pub fn new(
        (store, cache): (PgStore, Option<Cache>),
        (client, texts): (Arc<Client>, Arc<dyn Texts>),
        shop: Arc<Shop>,
        cards: Option<Yookassa>,
        figures: Arc<Figures>,
    ) -> Port {
        let room = Arc::new(Semaphore::new(CHECKOUTS));
        let cards = cards.map(Arc::new);
        let home = Handle::current();
        let names = client.all().map(|bot| (bot.place(), OnceCell::new())).collect();
        Port { store, cache, client, texts, shop, cards, figures, home, room, names }
    }

    /// What nodes have cached of these people goes.
    pub async fn forget(&self, users: &[UserId]) {
        let Some(cache) = &self.cache else { return };
        for user in users {
            if let Err(cause) = cache.forget(Cached::Entitlement, user.0).await {
                tracing::warn!(%cause, "a payment is seen late: the cache could not be told");
            }
        }
    }

    async fn buy(self, user: UserId, wanted: Wanted) -> Result<Event, StoreError> {
        if wanted.way == Way::Card {
            return self.buy_by_card(user, wanted).await;
        }
        let Wanted { seq, product, gift_to, lang, .. } = wanted;
        let found = self.shop.find(product).and_then(|product| Some((product, product.stars?)));
        let Some((product, price)) = found else { return Ok(Event::NotNow) };
        let opened =
            self.store.open_order((user, gift_to), seq, product.clone(), Price::Stars(price)).await?;
        let Some(payload) = opened else {
            return Ok(if gift_to.is_some() { Event::NobodyThere } else { Event::NotNow });
        };
        if self.store.is_paid(payload.clone()).await? {
            return Ok(Event::PaidSince);
        }
        self.figures.ordered();
        let invoice = stars::Invoice { product, stars: price, payload: &payload };
        match product.kind {
            Kind::Once | Kind::Pack => {
                Ok(Event::Invoice { parameters: invoice.to_send(&*self.texts, lang, user) })
            }
            Kind::Monthly => {
                let parameters = invoice.to_subscribe(&*self.texts, lang);
                let bot = self.store.bot_of(&self.client, user).await?;
                match stars::link(bot, &parameters).await {
                    Ok(url) => Ok(Event::Link { url, stars: price }),
                    Err(cause) => {
                        tracing::warn!(%cause, "Telegram did not make a link to a subscription");
                        Ok(Event::NotNow)
                    }
                }
            }
        }
    }

    /// An address that leads into this bot; none where Telegram does not say what it is called.
    async fn link(&self, bot: &Client, code: &str) -> Option<String> {
        let (_, name) = self.names.iter().find(|(place, _)| *place == bot.place())?;
        let asked = name.get_or_try_init(|| async { Ok(bot.get_me().await?.username) });
        match asked.await {
            Ok::<_, ControlError>(bot) => Some(format!("https://t.me/{bot}?start={}{code}", invite::PREFIX)),
            Err(cause) => {
                tracing::warn!(%cause, "Telegram does not say what the bot is called");
                None
            }
        }
    }

    /// Opens an order; the page on which to pay it is made by a job, as that may take its time.
    async fn buy_by_card(self, user: UserId, wanted: Wanted) -> Result<Event, StoreError> {
        let Wanted { seq, product, gift_to, lang, .. } = wanted;
        let found = self.shop.find(product).and_then(|product| Some((product, product.kopecks?)));
        let (Some((product, price)), Some(_)) = (found, &self.cards) else { return Ok(Event::NotNow) };
        let saves = product.kind == Kind::Monthly;
        if saves && self.store.is_subscribed(user).await? {
            return Ok(Event::Subscribed);
        }
        let kept = Price::Kopecks(price);
        let opened = self.store.open_order((user, gift_to), seq, product.clone(), kept).await?;
        let Some(order) = opened else { return Ok(Event::NotNow) };
        if self.store.is_paid(order.clone()).await? {
            return Ok(Event::PaidSince);
        }
        self.figures.ordered();
        let about = self.texts.plain(lang, &Msg::new(product.title));
        self.store.open_card(user, Opening { order, price, about, saves }).await?;
        Ok(Event::Preparing)
    }

    /// Takes what YooKassa itself has said into the books; whether that was new.
    pub async fn take(&self, found: Found) -> Result<bool, StoreError> {
        let settled = match found {
            Found::Paid(paid) => self.store.settle_card(paid).await?,
            Found::Returned(paid, back) => {
                let first = self.store.settle_card(paid).await?;
                self.figures.settled(&first);
                self.forget(&first.entitled).await;
                self.store.settle_card_return(back).await?
            }
            Found::Declined(charge, id, amount) => {
                self.store.refund_declined(charge, id, amount).await?;
                return Ok(false);
            }
            Found::Differs(id, reason, amount) => {
                self.store.card_differs(id, reason, amount).await?;
                return Ok(false);
            }
            Found::Nothing => return Ok(false),
        };
        self.figures.settled(&settled);
        self.forget(&settled.entitled).await;
        Ok(settled.wakes)
    }

    /// Goes through what was made at YooKassa since the last time.
    async fn reconcile_cards(&self, cards: &Yookassa) -> Result<u64, StoreError> {
        let (name, now) = (format!("yookassa:{}", cards.shop()), wall_clock().0 / 1_000);
        let from = self.store.billing_cursor(name.clone()).await?;
        let then = if from == 0 { now } else { from };
        let mut missed = 0;
        for found in cards.since(then).await.map_err(StoreError::Unavailable)? {
            missed += u64::from(self.take(found).await?);
        }
        self.store.billing_advance(name, (from, now)).await?;
        Ok(missed)
    }

    /// Has what renews by card charged where it is due, and ends what has lapsed if the provider's
    /// lists were gone through. What that brings is no payment that was missed.
    async fn renew_due(&self, is_listed: bool) -> Result<u64, StoreError> {
        let now = wall_clock();
        if is_listed {
            self.store.end_lapsed(now).await?;
        }
        let about = self.texts.plain(Lang::Ru, &Msg::new("billing-renewal-about"));
        self.store.renew_due(about, now).await.map(|_| 0)
    }

    async fn answer(self, query: updates::Query) {
        let updates::Query { id, bot, checkout, payload, lang } = query;
        let may = match self.room.clone().try_acquire_owned() {
            Err(_) => Err(Refusal::Away),
            Ok(_place) => match tokio::time::timeout(ASK, self.store.check_out(payload, checkout)).await {
                Ok(Ok(may)) => may,
                Ok(Err(cause)) => {
                    tracing::warn!(%cause, "a checkout is refused: the store is away");
                    Err(Refusal::Away)
                }
                Err(_) => {
                    tracing::warn!("a checkout is refused: the store does not answer");
                    Err(Refusal::Away)
                }
            },
        };
        let refused = may.err().map(|refusal| {
            self.figures.refused(refusal);
            self.texts.plain(lang, &Msg::new(refusal.key()))
        });
        let Some(client) = self.client.at(bot) else { return };
        stars::answer(client, &id, refused).await;
    }

    /// Each bot has a list of its own. What is wrong with one does not keep the others from being
    /// asked.
    async fn reconcile(self) -> Result<u64, StoreError> {
        let (mut missed, mut failed) = (0, Ok(()));
        for bot in self.client.all() {
            match self.reconcile_with(bot).await {
                Ok(found) => missed += found,
                Err(cause) => failed = Err(cause),
            }
        }
        failed.map(|()| missed)
    }

    async fn reconcile_with(&self, bot: &Client) -> Result<u64, StoreError> {
        let (mut missed, name) = (0, format!("stars:{}", bot.bot_id()));
        loop {
            let from = self.store.billing_cursor(name.clone()).await?;
            let page = stars::transactions(bot, from).await;
            let page = page.map_err(|cause| StoreError::Unavailable(cause.to_string()))?;
            for transaction in &page {
                let transaction = stars::read(transaction);
                let whose = match &transaction {
                    Transaction::Settle(user, _) => vec![*user],
                    _ => Vec::new(),
                };
                if self.store.reconcile(transaction).await? {
                    missed += 1;
                    self.forget(&whose).await;
                }
            }
            let many = i64::try_from(page.len()).unwrap_or_default();
            if many > 0 {
                self.store.billing_advance(name.clone(), (from, from + many)).await?;
            }
            if many < stars::PAGE {
                return Ok(missed);
            }
        }
    }
}

impl BillingPort for Port {
    fn buy(&self, user: UserId, order: Wanted) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(self.clone().buy(user, order))
    }

    fn invoice_link(
        &self,
        user: UserId,
        order: Wanted,
    ) -> PortFuture<'_, Result<Option<String>, StoreError>> {
        let port = self.clone();
        Box::pin(async move {
            let Wanted { seq, product, lang, .. } = order;
            let found = port.shop.find(product).and_then(|product| Some((product, product.stars?)));
            let Some((product, stars)) = found.filter(|(product, _)| product.kind != Kind::Monthly) else {
                return Ok(None);
            };
            let price = Price::Stars(stars);
            let Some(payload) = port.store.open_order((user, None), seq, product.clone(), price).await?
            else {
                return Ok(None);
            };
            port.figures.ordered();
            let invoice = stars::Invoice { product, stars, payload: &payload };
            let bot = port.store.bot_of(&port.client, user).await?;
            let link = stars::link(bot, &invoice.to_link(&*port.texts, lang)).await;
            link.map(Some).map_err(|cause| StoreError::Unavailable(format!("an invoice: {cause}")))
        })
    }

    fn payments(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async move { Ok(Event::Payments(self.store.payments(user).await?)) })
    }

    fn cancel(&self, user: UserId, number: i64) -> PortFuture<'_, Result<Event, StoreError>> {
        self.store.cancel_subscription(user, number)
    }

    fn trial(&self, user: UserId, seq: Seq) -> PortFuture<'_, Result<Event, StoreError>> {
        let days = self.shop.trial_days;
        Box::pin(async move {
            let told = self.store.begin_trial(user, seq, days).await?;
            self.forget(&[user]).await;
            Ok(told)
        })
    }

    fn invite(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async move {
            let Some((code, brought)) = self.store.invitation(user).await? else { return Ok(Event::NoLink) };
            // Into the bot that they know, whichever one their friends will find next.
            let bot = self.store.bot_of(&self.client, user).await?;
            let url = self.link(bot, &code).await;
            Ok(url.map_or(Event::NoLink, |url| Event::Invite(Link { url, brought })))
        })
    }

    fn came(&self, user: UserId, code: String) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async move { Ok(Event::Came { waits: self.store.came_by(user, code).await? }) })
    }

    fn talked(&self, user: UserId, pair: PairId) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async move {
            let talked = self.store.has_talked(user, pair, self.shop.invites).await?;
            self.forget(&talked.entitled).await;
            Ok(Event::Waits(talked.waits))
        })
    }

    fn support(&self, user: UserId, seq: Seq, words: String) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async move {
            let numbers = self.store.payment_numbers(user).await?;
            let numbers: Vec<String> = numbers.iter().map(|number| format!("№{number}")).collect();
            let words = format!("[payments: {}] {words}", numbers.join(" "));
            Ok(match FeedbackStore::keep(&self.store, user, seq, words).await? {
                feedback::Event::Kept => Event::Supported,
                feedback::Event::TooSoon => Event::SupportedLately,
                feedback::Event::NotKept => Event::NotNow,
            })
        })
    }

    fn settle(&self, user: UserId, act: Act, cause: i64) -> PortFuture<'_, Result<Settled, StoreError>> {
        Box::pin(async move {
            let settled = self.store.settle(user, act, Some(cause)).await?;
            self.figures.settled(&settled);
            self.forget(&settled.entitled).await;
            Ok(settled)
        })
    }

    fn figures(&self) -> BillingFigures {
        self.figures.read()
    }

    fn check_out(&self, raw: &Arc<str>) -> bool {
        let Some(query) = updates::checkout(raw) else { return false };
        self.home.spawn(self.clone().answer(query));
        true
    }

    fn reconcile(&self) -> PortFuture<'_, Result<u64, StoreError>> {
        let port = self.clone();
        Box::pin(async move {
            let cards = match port.cards.clone() {
                Some(cards) => {
                    let missed = port.reconcile_cards(&cards).await;
                    // What was charged and not heard of is in the lists: without them nothing ends.
                    port.renew_due(missed.is_ok()).await.and(missed)
                }
                None => Ok(0),
            };
            // What is wrong with one provider does not keep the other from being asked.
            let sells_for_stars = port.shop.for_stars().next().is_some();
            let stars = if sells_for_stars { port.reconcile().await } else { Ok(0) };
            Ok(cards? + stars?)
        })
    }

    fn hears(&self, from: IpAddr) -> Result<(), Unheard> {
        match &self.cards {
            None => Err(Unheard::NoSuchPlace),
            Some(cards) if cards.knows(from) => Ok(()),
            Some(_) => Err(Unheard::Stranger),
        }
    }

    fn notified(&self, body: Vec<u8>) -> PortFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move {
            let told = self.cards.as_ref().map_or(Err(()), |cards| cards.told(&body));
            let Ok(told) = told else { return Ok(false) };
            if let Some((look, why)) = told {
                self.store.look_at(look, why, Duration::ZERO).await?;
            }
            Ok(true)
        })
    }
}
