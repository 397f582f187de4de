//! Orders, payments, and what follows from them.

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Act, Event, Price, Request, Way};
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::text::Lang;
use std::net::IpAddr;
use std::sync::Arc;

/// Keeps orders and the books, and speaks with the provider.
pub trait BillingPort: Send + Sync {
    /// Opens an order and makes the way to pay it. The same press finds the same order.
    fn buy(&self, user: UserId, order: Wanted) -> PortFuture<'_, Result<Event, StoreError>>;

    /// The same as an address at which it is paid, for an app; none if it is not sold for Stars.
    fn invoice_link(
        &self,
        _user: UserId,
        _order: Wanted,
    ) -> PortFuture<'_, Result<Option<String>, StoreError>> {
        Box::pin(async { Ok(None) })
    }

    /// The user's last payments.
    fn payments(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>>;

    /// Has the subscription of a payment not renewed, by a job.
    fn cancel(&self, user: UserId, number: i64) -> PortFuture<'_, Result<Event, StoreError>>;

    /// Begins the user's trial, once per person. The same press again is the same trial.
    fn trial(&self, _user: UserId, _seq: Seq) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }

    /// The user's link for others.
    fn invite(&self, _user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }

    /// Notes that a new user came by somebody's link; the first one counts.
    fn came(&self, _user: UserId, _code: String) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }

    /// Rewards an invitation whose guest has talked in this chat, once.
    fn talked(&self, _user: UserId, _pair: PairId) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }

    /// Keeps a word about payments to the operators.
    fn support(&self, user: UserId, seq: Seq, words: String) -> PortFuture<'_, Result<Event, StoreError>>;

    /// Settles what the provider told of a user, in one transaction and once (I8). `cause` is the
    /// id of the update: the same one again is told the same.
    fn settle(&self, user: UserId, act: Act, cause: i64) -> PortFuture<'_, Result<Settled, StoreError>>;

    /// Whether a provider may tell something over HTTP from this address.
    fn hears(&self, _from: IpAddr) -> Result<(), Unheard> {
        Err(Unheard::NoSuchPlace)
    }

    /// Keeps what a provider tells over HTTP, to be verified: nothing is believed. False if it is
    /// no notification.
    fn notified(&self, _body: Vec<u8>) -> PortFuture<'_, Result<bool, StoreError>> {
        none()
    }

    /// Answers somebody who is about to pay, if that is what this update is. Does not wait, and
    /// goes past every queue: the provider waits ten seconds, whatever else is going on. Whether it
    /// was one.
    fn check_out(&self, raw: &Arc<str>) -> bool;

    /// What was counted here since the start.
    fn figures(&self) -> BillingFigures {
        BillingFigures::default()
    }

    /// Goes through the provider's list of transactions, and settles what was missed; how many that
    /// were. Does nothing where nothing is sold.
    fn reconcile(&self) -> PortFuture<'_, Result<u64, StoreError>>;
}

/// What somebody wants to buy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The press: with the user it names the order.
    pub seq: Seq,
    /// Which product.
    pub product: &'static str,
    /// How it is paid.
    pub way: Way,
    /// For whom, if it is a gift.
    pub gift_to: Option<UserId>,
    /// The language of the invoice.
    pub lang: Lang,
}

/// Why a notification is not listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// No provider is to tell anything here.
    NoSuchPlace,
    /// The address is not the provider's.
    Stranger,
}

/// What became of something that the provider told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// What the payer is told, as part of what the update brings.
    pub told: Option<Event>,
    /// Whose entitlements have changed.
    pub entitled: Vec<UserId>,
    /// Jobs were added.
    pub wakes: bool,
    /// What was sold by it, if it was credited.
    pub sold: Option<Sold>,
}

/// A payment that was credited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Which product, by its id.
    pub product: String,
    /// For how much.
    pub price: Price,
}

/// What this process has counted since it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillingFigures {
    /// Orders for which somebody was given a way to pay.
    pub orders: u64,
    /// People who were about to pay and heard no, by why.
    pub refused: Vec<(&'static str, u64)>,
    /// Stars by product.
    pub stars: Vec<(String, u64)>,
    /// Kopecks by product.
    pub kopecks: Vec<(String, u64)>,
}

/// The lane that tells people what others, or nobody, have caused. The service wakes it.
pub const BILLING_TELL: &str = "billing_tell";

/// The lane that looks at payments by card, and at what goes back of them.
pub const BILLING_LOOK: &str = "billing_look";

/// Where nothing is sold.
pub(super) struct Absent;

fn none<T: Send + 'static>() -> PortFuture<'static, Result<T, StoreError>> {
    Box::pin(async { Err(StoreError::Unavailable("there is none".into())) })
}

impl BillingPort for Absent {
    fn buy(&self, _: UserId, _: Wanted) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }

    fn payments(&self, _: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }

    fn cancel(&self, _: UserId, _: i64) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }

    fn support(&self, _: UserId, _: Seq, _: String) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }

    fn settle(&self, _: UserId, _: Act, _: i64) -> PortFuture<'_, Result<Settled, StoreError>> {
        none()
    }

    fn check_out(&self, _: &Arc<str>) -> bool {
        false
    }

    fn reconcile(&self) -> PortFuture<'_, Result<u64, StoreError>> {
        Box::pin(async { Ok(0) })
    }
}

/// Carries a request out.
pub(super) async fn perform(
    port: &dyn BillingPort,
    _: &Meters,
    user: UserId,
    request: Request,
) -> Result<Event, StoreError> {
    match request {
        Request::Buy { seq, product, way, gift_to, lang } => {
            port.buy(user, Wanted { seq, product, way, gift_to, lang }).await
        }
        Request::Payments => port.payments(user).await,
        Request::Cancel { number } => port.cancel(user, number).await,
        Request::Trial { seq } => port.trial(user, seq).await,
        Request::Invite => port.invite(user).await,
        Request::Came { code } => port.came(user, code).await,
        Request::Talked { pair } => port.talked(user, pair).await,
        Request::Support { seq, words } => port.support(user, seq, words).await,
    }
}
