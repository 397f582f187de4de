//! What YooKassa says, read strictly: what is not understood is not believed.

use super::super::store::{Paid, Returned};
use nameless_domain::capabilities::billing::Kopecks;
use serde::Deserialize;
use serde_json::{Value, json};

/// A sum as YooKassa writes it: `149.00`.
pub(in super::super) fn value(kopecks: Kopecks) -> String {
    format!("{}.{:02}", kopecks.amount() / 100, kopecks.amount() % 100)
}

/// A sum as the API has it.
pub(in super::super) fn amount(kopecks: Kopecks) -> Value {
    json!({ "value": value(kopecks), "currency": Kopecks::UNIT })
}

/// A sum that YooKassa wrote: roubles, a dot, two digits. No float on the way.
fn kopecks(value: &str) -> Option<Kopecks> {
    let (roubles, rest) = value.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(roubles) || roubles.len() > 10 || !digits(rest) || rest.len() != 2 {
        return None;
    }
    let (roubles, rest): (i64, i64) = (roubles.parse().ok()?, rest.parse().ok()?);
    Kopecks::new(roubles * 100 + rest)
}

#[derive(Deserialize)]
struct Amount {
    value: String,
    currency: String,
}

impl Amount {
    fn kopecks(&self) -> Option<Kopecks> {
        kopecks(&self.value).filter(|_| self.currency == Kopecks::UNIT)
    }
}

#[derive(Deserialize)]
struct Recipient {
    account_id: String,
}

#[derive(Deserialize)]
struct Confirmation {
    confirmation_url: Option<String>,
}

/// The way in which it was paid.
#[derive(Deserialize)]
struct Saved {
    id: Option<String>,
    #[serde(default)]
    saved: bool,
}

#[derive(Deserialize)]
struct Declined {
    reason: Option<String>,
}

/// A payment, as far as it matters. New fields and new reasons are nobody's concern.
#[derive(Deserialize)]
pub(in super::super) struct Payment {
    pub id: String,
    status: String,
    paid: bool,
    amount: Amount,
    recipient: Recipient,
    test: bool,
    confirmation: Option<Confirmation>,
    payment_method: Option<Saved>,
    cancellation_details: Option<Declined>,
    metadata: Option<Value>,
}

/// Whose payment it should be.
#[derive(Clone, Debug)]
pub(in super::super) struct Expected {
    /// The shop's number.
    pub account: String,
    /// The shop is one for tests.
    pub test: bool,
}

/// What a payment is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    /// It is paid, and everything is as it should be.
    Paid(Paid),
    /// It is not over yet.
    Open,
    /// Nothing was paid, and nothing will be.
    Over,
    /// It is none of this bot's: the shop sells other things, too.
    Foreign,
    /// It is this bot's, and not as it should be: how much it is over.
    Differs(&'static str, i64),
}

impl Payment {
    /// Where it is paid.
    pub fn url(&self) -> Option<&str> {
        let url = self.confirmation.as_ref()?.confirmation_url.as_deref()?;
        url.starts_with("https://").then_some(url).or_else(|| local(url))
    }

    /// By which it can be charged again, if the payer has agreed to that.
    fn saved(&self) -> Option<String> {
        let method = self.payment_method.as_ref().filter(|method| method.saved)?;
        method.id.clone().filter(|id| (1..=64).contains(&id.len()))
    }

    /// Nothing was charged, and nothing will be; whether the payer does not want it any more.
    pub fn declined(&self) -> Option<bool> {
        let reason = self.cancellation_details.as_ref().and_then(|details| details.reason.as_deref());
        (self.status == "canceled").then(|| reason == Some("permission_revoked"))
    }

    /// Our order, if it bears the name of one: other shops' systems name theirs otherwise.
    fn order(&self) -> Option<String> {
        let order = self.metadata.as_ref()?.get("order_id")?.as_str()?;
        let is_ours = order.len() == 32 && order.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_ours.then(|| order.to_owned())
    }

    /// What it is, where this name was asked for.
    pub fn verdict(&self, asked: &str, expected: &Expected) -> Verdict {
        let Some(order) = self.order() else { return Verdict::Foreign };
        match self.status.as_str() {
            "canceled" => return Verdict::Over,
            "succeeded" => {}
            // Also a status that is not known yet.
            _ => return Verdict::Open,
        }
        let price = self.amount.kopecks();
        let differs = |reason| Verdict::Differs(reason, price.map_or(1, Kopecks::amount));
        match price {
            _ if self.id != asked => differs("another_payment"),
            _ if self.recipient.account_id != expected.account => differs("another_shop"),
            _ if self.test != expected.test => differs("test_flag"),
            _ if !self.paid => differs("not_paid"),
            None => differs("amount"),
            Some(price) => Verdict::Paid(Paid { id: self.id.clone(), order, price, method: self.saved() }),
        }
    }
}

/// An address of this machine, as simulators have it.
fn local(url: &str) -> Option<&str> {
    url.starts_with("http://127.0.0.1:").then_some(url)
}

/// Something that goes back, as far as it matters.
#[derive(Deserialize)]
pub(in super::super) struct Refund {
    pub id: String,
    pub payment_id: String,
    pub status: String,
    amount: Amount,
}

impl Refund {
    /// What went back, once it did.
    pub fn returned(&self) -> Option<Returned> {
        let price = self.amount.kopecks().filter(|_| self.status == "succeeded")?;
        Some(Returned { id: self.id.clone(), payment: self.payment_id.clone(), price })
    }

    /// How much does not go back, where it was declined.
    pub fn declined(&self) -> Option<i64> {
        (self.status == "canceled").then(|| self.amount.kopecks().map_or(1, Kopecks::amount))
    }
}

/// A page of a list.
#[derive(Deserialize)]
pub(in super::super) struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// What a notification is about: the only thing in it that is used, and only to ask.
#[derive(Deserialize)]
pub(in super::super) struct Notification {
    r#type: String,
    event: String,
    object: Named,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

impl Notification {
    /// Its event and the name that it is about; none if it is no notification.
    pub fn read(body: &[u8]) -> Option<(String, String)> {
        let told: Notification = serde_json::from_slice(body).ok()?;
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let is_name = (1..=64).contains(&told.object.id.len()) && told.object.id.bytes().all(legal);
        (told.r#type == "notification" && is_name).then_some((told.event, told.object.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "0123456789abcdef0123456789abcdef";

    fn payment() -> Value {
        json!({
            "id": "p1", "status": "succeeded", "paid": true, "test": false,
            "amount": { "value": "149.00", "currency": "RUB" },
            "recipient": { "account_id": "5", "gateway_id": "1" },
            "metadata": { "order_id": ORDER }, "new_field": { "of": "tomorrow" },
        })
    }

    fn judged(payment: Value) -> Option<Verdict> {
        let expected = Expected { account: "5".into(), test: false };
        Some(serde_json::from_value::<Payment>(payment).ok()?.verdict("p1", &expected))
    }

    #[test]
    fn money_has_roubles_a_dot_and_two_digits() {
        for (text, amount) in
            [("1.00", 100), ("0.01", 1), ("149.90", 14_990), ("9999999999.99", 999_999_999_999)]
        {
            let read = kopecks(text).expect(text);
            assert_eq!((read.amount(), value(read).as_str()), (amount, text));
        }
        for wrong in [
            "",
            "1",
            "1.0",
            "1.000",
            ".50",
            "-1.00",
            "+1.00",
            "1,00",
            "1e3.00",
            "0.00",
            "99999999999.00",
            " 1.00",
        ] {
            assert_eq!(kopecks(wrong), None, "{wrong}");
        }
    }

    /// Guard: each comparison. Nothing is credited that differs in one of them.
    #[test]
    fn a_payment_is_compared_in_everything() {
        let price = Kopecks::new(14_900).unwrap();
        let paid = Paid { id: "p1".into(), order: ORDER.into(), price, method: None };
        assert_eq!(judged(payment()), Some(Verdict::Paid(paid)));
        for (pointer, other, verdict) in [
            ("/id", json!("p2"), Verdict::Differs("another_payment", 14_900)),
            ("/recipient/account_id", json!("6"), Verdict::Differs("another_shop", 14_900)),
            ("/test", json!(true), Verdict::Differs("test_flag", 14_900)),
            ("/paid", json!(false), Verdict::Differs("not_paid", 14_900)),
            ("/amount/currency", json!("USD"), Verdict::Differs("amount", 1)),
            ("/amount/value", json!("149"), Verdict::Differs("amount", 1)),
            ("/status", json!("pending"), Verdict::Open),
            ("/status", json!("waiting_for_capture"), Verdict::Open),
            ("/status", json!("something_new"), Verdict::Open),
            ("/status", json!("canceled"), Verdict::Over),
            ("/metadata", json!({}), Verdict::Foreign),
            ("/metadata/order_id", json!("17"), Verdict::Foreign),
            ("/metadata/order_id", json!(ORDER.to_uppercase()), Verdict::Foreign),
        ] {
            let mut payment = payment();
            *payment.pointer_mut(pointer).unwrap() = other;
            assert_eq!(judged(payment), Some(verdict), "{pointer}");
        }
        for wrong in ["/amount/value", "/paid", "/recipient/account_id"] {
            let mut payment = payment();
            *payment.pointer_mut(wrong).unwrap() = json!(5);
            assert_eq!(judged(payment), None, "{wrong}");
        }
    }

    #[test]
    fn of_a_notification_only_the_name_is_taken() {
        let told = json!({ "type": "notification", "event": "payment.succeeded", "object": { "id": "p-1", "paid": true } });
        let read = |told: &Value| Notification::read(told.to_string().as_bytes());
        assert_eq!(read(&told), Some(("payment.succeeded".into(), "p-1".into())));
        for (pointer, other) in [
            ("/type", json!("news")),
            ("/object/id", json!("../refunds")),
            ("/object/id", json!("")),
            ("/object/id", json!("x".repeat(65))),
            ("/object/id", json!(5)),
            ("/object", json!([])),
        ] {
            let mut told = told.clone();
            *told.pointer_mut(pointer).unwrap() = other;
            assert_eq!(read(&told), None, "{pointer}");
        }
        assert_eq!(Notification::read(b"{"), None);
    }
}
