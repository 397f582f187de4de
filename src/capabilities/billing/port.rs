//! The port over the database and Telegram.

use super::store::Transaction;
use super::{stars, updates};
use crate::cluster::cache::{Cache, Kind as Cached};
use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::capabilities::{BillingPort, FeedbackStore, Settled, Wanted};
use nameless_actors::ports::{PortFuture, StoreError, Texts};
use nameless_domain::capabilities::billing::{Act, Event, Kind, Refusal, Shop};
use nameless_domain::capabilities::feedback;
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::text::Msg;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

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
    /// The cursor's name: one list a bot.
    pub name: String,
    home: Handle,
    room: Arc<Semaphore>,
}

impl Port {
    /// Must be called on the runtime on which checkouts are to be answered.
    pub fn new(
        (store, cache): (PgStore, Option<Cache>),
        (client, texts): (Arc<Client>, Arc<dyn Texts>),
        (shop, name): (Arc<Shop>, String),
    ) -> Port {
        let room = Arc::new(Semaphore::new(CHECKOUTS));
        Port { store, cache, client, texts, shop, name, home: Handle::current(), room }
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
        let Wanted { seq, product, gift_to, lang } = wanted;
        let found = self.shop.find(product).and_then(|product| Some((product, product.stars?)));
        let Some((product, price)) = found else { return Ok(Event::NotNow) };
        let opened = self.store.open_order((user, gift_to), seq, product.clone(), price).await?;
        let Some(payload) = opened else {
            return Ok(if gift_to.is_some() { Event::NobodyThere } else { Event::NotNow });
        };
        let invoice = stars::Invoice { product, stars: price, payload: &payload };
        match product.kind {
            Kind::Once => Ok(Event::Invoice { parameters: invoice.to_send(&*self.texts, lang, user) }),
            Kind::Monthly => {
                let parameters = invoice.to_subscribe(&*self.texts, lang);
                match stars::link(&self.client, &parameters).await {
                    Ok(url) => Ok(Event::Link { url, stars: price }),
                    Err(cause) => {
                        tracing::warn!(%cause, "Telegram did not make a link to a subscription");
                        Ok(Event::NotNow)
                    }
                }
            }
        }
    }

    async fn answer(self, query: updates::Query) {
        let updates::Query { id, checkout, payload, lang } = query;
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
        let refused = may.err().map(|refusal| self.texts.plain(lang, &Msg::new(refusal.key())));
        stars::answer(&self.client, &id, refused).await;
    }

    async fn reconcile(self) -> Result<u64, StoreError> {
        let mut missed = 0;
        loop {
            let from = self.store.billing_cursor(self.name.clone()).await?;
            let page = stars::transactions(&self.client, from).await;
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
                self.store.billing_advance(self.name.clone(), (from, from + many)).await?;
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
            self.forget(&settled.entitled).await;
            Ok(settled)
        })
    }

    fn check_out(&self, raw: &Arc<str>) -> bool {
        let Some(query) = updates::checkout(raw) else { return false };
        self.home.spawn(self.clone().answer(query));
        true
    }

    fn reconcile(&self) -> PortFuture<'_, Result<u64, StoreError>> {
        if self.shop.products.is_empty() {
            return Box::pin(async { Ok(0) });
        }
        Box::pin(self.clone().reconcile())
    }
}
