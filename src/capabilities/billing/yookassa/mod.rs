//! YooKassa: payments by card, in roubles. Off unless `YOOKASSA=on`.
//!
//! Nothing that comes in over HTTP is believed: a notification only says what to look at, and a job
//! asks YooKassa itself.

mod client;
mod hook;
mod network;
mod wire;

pub(super) use client::{Client, ReceiptTerms, Said};
pub(super) use hook::ROUTES;
pub use network::{Network, networks};

use super::settings::{
    YOOKASSA_API_URL, YOOKASSA_RECEIPT_EMAIL, YOOKASSA_RETURN_URL, YOOKASSA_SECRET_KEY, YOOKASSA_SHOP_ID,
    YOOKASSA_SOURCES, YOOKASSA_TEST, YOOKASSA_VAT_CODE,
};
use super::store::{Look, Paid, Renewing, Returned};
use crate::config::Config;
use std::net::IpAddr;
use wire::{Expected, Notification, Payment, Refund, Verdict};

/// How far the last look through its lists goes back before the one before, seconds: what was made
/// by then may have been paid since.
const OVERLAP_S: i64 = 2 * 86_400;

/// A shop at YooKassa.
#[derive(Debug)]
pub(super) struct Yookassa {
    pub client: Client,
    expected: Expected,
    sources: Vec<Network>,
}

/// What is found at YooKassa.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A payment that is made.
    Paid(Paid),
    /// Something of a payment of this bot's went back.
    Returned(Paid, Returned),
    /// So much of a payment of this bot's does not go back, as it was wished for: which payment, by
    /// which refund, how much.
    Declined(String, String, i64),
    /// Something is not as it should be: which payment, why, how much.
    Differs(String, &'static str, i64),
    /// Nothing that concerns us, and nothing that will.
    Nothing,
}

impl Yookassa {
    /// The shop that is configured; none where payments by card are off, or a setting is missing.
    pub fn of(config: &Config) -> Option<Yookassa> {
        if !super::settings::cards(config) {
            return None;
        }
        let shop = config.own(&YOOKASSA_SHOP_ID)?;
        let secret = config.own(&YOOKASSA_SECRET_KEY)?;
        let return_url = config.own(&YOOKASSA_RETURN_URL)?.to_string();
        let receipts = config
            .own(&YOOKASSA_RECEIPT_EMAIL)
            .map(|email| ReceiptTerms { email, vat_code: config.own(&YOOKASSA_VAT_CODE).unwrap_or(1) });
        let expected =
            Expected { account: shop.clone(), test: config.own(&YOOKASSA_TEST).unwrap_or_default() };
        let base = config.own(&YOOKASSA_API_URL)?;
        let client = Client::new(base.as_str(), (shop, secret), return_url, receipts);
        let client = client.inspect_err(|_| tracing::error!("no HTTP client for YooKassa")).ok()?;
        Some(Yookassa { client, expected, sources: config.own(&YOOKASSA_SOURCES).unwrap_or_default() })
    }

    /// Its number.
    pub fn shop(&self) -> &str {
        &self.expected.account
    }

    /// Whether a notification may come from there.
    pub fn knows(&self, from: IpAddr) -> bool {
        self.sources.iter().any(|network| network.has(from))
    }

    /// What a notification is about, with its event; none of what does not concern us. `Err`: it is
    /// no notification.
    pub fn told(&self, body: &[u8]) -> Result<Option<(Look, &'static str)>, ()> {
        let (event, id) = Notification::read(body).ok_or(())?;
        Ok(match event.as_str() {
            "payment.succeeded" => Some((Look::Payment(id), "succeeded")),
            "payment.canceled" => Some((Look::Payment(id), "canceled")),
            "refund.succeeded" => Some((Look::Refund(id), "refunded")),
            _ => None,
        })
    }

    /// Asks what became of something. `Unknown`: ask again.
    pub async fn look(&self, look: &Look) -> Said<Found> {
        match look {
            Look::Payment(id) => self.payment(id).await,
            Look::Refund(id) => match self.client.returned(id).await {
                Said::So(refund) if refund.id == *id => self.refund(&refund).await,
                Said::So(_) => Said::Not("another refund".into()),
                Said::Not(why) => Said::Not(why),
                Said::Unknown(why, after) => Said::Unknown(why, after),
            },
        }
    }

    /// Charges what renews; none if it was declined, and whether for good.
    pub async fn renew(&self, key: &str, of: &Renewing) -> Said<Result<Found, bool>> {
        let Renewing { order, method, price, about, .. } = of;
        let made = match self.client.renew(key, method, (order, *price, about)).await {
            Said::So(payment) => payment.id,
            Said::Not(why) => {
                tracing::warn!(why, "YooKassa takes no renewal");
                return Said::So(Err(false));
            }
            Said::Unknown(why, after) => return Said::Unknown(why, after),
        };
        // As it stands now: what the key was answered at first may be of then.
        match self.client.payment(&made).await {
            Said::So(payment) => match payment.declined() {
                Some(for_good) => Said::So(Err(for_good)),
                None => match self.judged(&payment, &made) {
                    Said::So(found) => Said::So(Ok(found)),
                    Said::Not(why) => Said::Not(why),
                    Said::Unknown(why, after) => Said::Unknown(why, after),
                },
            },
            Said::Not(why) => Said::Not(why),
            Said::Unknown(why, after) => Said::Unknown(why, after),
        }
    }

    async fn payment(&self, id: &str) -> Said<Found> {
        match self.client.payment(id).await {
            Said::So(payment) => self.judged(&payment, id),
            Said::Not(why) => Said::Not(why),
            Said::Unknown(why, after) => Said::Unknown(why, after),
        }
    }

    fn judged(&self, payment: &Payment, asked: &str) -> Said<Found> {
        match payment.verdict(asked, &self.expected) {
            Verdict::Paid(paid) => Said::So(Found::Paid(paid)),
            Verdict::Open => Said::Unknown("it is not paid yet".into(), None),
            Verdict::Over | Verdict::Foreign => Said::So(Found::Nothing),
            Verdict::Differs(why, amount) => Said::So(Found::Differs(asked.to_owned(), why, amount)),
        }
    }

    /// What went back belongs to a payment, which may not be in the books yet.
    async fn refund(&self, refund: &Refund) -> Said<Found> {
        let (returned, declined) = (refund.returned(), refund.declined());
        if returned.is_none() && declined.is_none() {
            return match refund.status.as_str() {
                "pending" => Said::Unknown("it has not gone back yet".into(), None),
                _ => Said::So(Found::Nothing),
            };
        }
        match self.payment(&refund.payment_id).await {
            Said::So(Found::Paid(paid)) => Said::So(match (returned, declined) {
                (Some(returned), _) => Found::Returned(paid, returned),
                (None, Some(amount)) => Found::Declined(paid.id, refund.id.clone(), amount),
                (None, None) => Found::Nothing,
            }),
            other => other,
        }
    }

    /// Everything of this bot's that was made since then, in seconds, or within the time before it.
    pub async fn since(&self, then: i64) -> Result<Vec<Found>, String> {
        let since = crate::store::rfc3339((then - OVERLAP_S).max(0) * 1_000);
        let mut found = Vec::new();
        for payment in self.all::<Payment>("payments", &since).await? {
            match self.judged(&payment, &payment.id) {
                Said::So(Found::Nothing) | Said::Unknown(..) | Said::Not(_) => {}
                Said::So(what) => found.push(what),
            }
        }
        for refund in self.all::<Refund>("refunds", &since).await? {
            match self.refund(&refund).await {
                Said::So(Found::Nothing) | Said::Not(_) => {}
                Said::So(what) => found.push(what),
                Said::Unknown(why, _) if refund.status != "pending" => return Err(why),
                Said::Unknown(..) => {}
            }
        }
        Ok(found)
    }

    async fn all<T: serde::de::DeserializeOwned>(
        &self,
        what: &'static str,
        since: &str,
    ) -> Result<Vec<T>, String> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            match self.client.list::<T>(what, since, cursor.as_deref()).await {
                Said::So(page) => {
                    all.extend(page.items);
                    cursor = page.next_cursor;
                    if cursor.is_none() {
                        return Ok(all);
                    }
                }
                Said::Not(why) | Said::Unknown(why, _) => return Err(why),
            }
        }
    }
}
