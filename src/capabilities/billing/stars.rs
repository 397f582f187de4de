//! Telegram's side: invoices, answers to checkouts, refunds, the list of transactions.

use super::store::Transaction;
use crate::telegram::Client;
use nameless_actors::ports::SendError;
use nameless_domain::capabilities::billing::{Act, MONTH_DAYS, Payment, Product, Stars};
use nameless_domain::ids::UserId;
use nameless_domain::text::Lang;
use nameless_domain::text::Msg;
use serde_json::{Value, json};
use std::time::Duration;

/// How long a call may take. A checkout has ten seconds in all.
const WITHIN: Duration = Duration::from_secs(5);
/// What a copy of an invoice leads to: without it, others could pay the copy.
const START: &str = "premium";
/// Transactions a page; Telegram's maximum.
pub(super) const PAGE: i64 = 100;

/// What an invoice says: title, description, payload, price.
pub(super) struct Invoice<'a> {
    pub product: &'a Product,
    pub stars: Stars,
    pub payload: &'a str,
}

impl Invoice<'_> {
    fn parameters(&self, texts: &dyn nameless_actors::ports::Texts, lang: Lang) -> Value {
        let cut = |key: &'static str, most: usize| -> String {
            texts.plain(lang, &Msg::new(key)).chars().take(most).collect()
        };
        let title = cut(self.product.title, 32);
        json!({
            "title": title, "description": cut(self.product.about, 255), "payload": self.payload,
            "provider_token": "", "currency": Stars::UNIT,
            "prices": [{ "label": title, "amount": self.stars.amount() }],
        })
    }

    /// The parameters of `sendInvoice`.
    pub fn to_send(&self, texts: &dyn nameless_actors::ports::Texts, lang: Lang, to: UserId) -> String {
        let mut parameters = self.parameters(texts, lang);
        parameters["chat_id"] = to.0.into();
        parameters["start_parameter"] = START.into();
        parameters.to_string()
    }

    /// The parameters of `createInvoiceLink` for something that is paid once.
    pub fn to_link(&self, texts: &dyn nameless_actors::ports::Texts, lang: Lang) -> Value {
        self.parameters(texts, lang)
    }

    /// The parameters of `createInvoiceLink` for a subscription.
    pub fn to_subscribe(&self, texts: &dyn nameless_actors::ports::Texts, lang: Lang) -> Value {
        let mut parameters = self.parameters(texts, lang);
        parameters["subscription_period"] = (i64::from(MONTH_DAYS) * 86_400).into();
        parameters
    }
}

/// Makes a link by which a subscription begins.
pub(super) async fn link(client: &Client, parameters: &Value) -> Result<String, SendError> {
    let result = client.method("createInvoiceLink", parameters, WITHIN).await?;
    serde_json::from_str(&result).map_err(|_| SendError::Ambiguous("a link that is none".into()))
}

/// Answers a checkout; tried again where it was definitely not sent.
pub(super) async fn answer(client: &Client, id: &str, refused: Option<String>) {
    let mut parameters = json!({ "pre_checkout_query_id": id, "ok": refused.is_none() });
    if let Some(words) = refused {
        parameters["error_message"] = words.into();
    }
    for _ in 0..3 {
        match client.method("answerPreCheckoutQuery", &parameters, WITHIN).await {
            Ok(_) => return,
            Err(SendError::Refused(cause)) => {
                return tracing::warn!(cause, "Telegram did not take the answer to a checkout");
            }
            Err(cause) => tracing::warn!(%cause, "a checkout could not be answered"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What came of a call of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Called {
    /// It is done, now or before.
    Done,
    /// Telegram says no, for good.
    Refused(String),
    /// Nobody knows, or not now: it may be asked again, as twice is once.
    Again(String),
}

fn called(answer: Result<Box<str>, SendError>, done_before: &[&str]) -> Called {
    match answer {
        Ok(_) => Called::Done,
        Err(SendError::Refused(why)) if done_before.iter().any(|code| why.contains(code)) => Called::Done,
        Err(SendError::Refused(why)) => Called::Refused(why),
        Err(SendError::Gone) => Called::Refused("the person is gone".into()),
        Err(other) => Called::Again(other.to_string()),
    }
}

/// Asks each bot in turn: a payment is known to the one that it was made to, and the others say no.
/// One that cannot be asked now may be that one, and keeps no other from being asked.
async fn by_whose_it_is(
    client: &Client,
    (method, parameters): (&'static str, Value),
    done_before: &[&str],
) -> Called {
    let mut said = Called::Refused("there is no bot".into());
    for (n, bot) in client.all().enumerate() {
        match called(bot.method(method, &parameters, WITHIN).await, done_before) {
            Called::Done => return Called::Done,
            // The main bot's no is the one that is told, if all say no.
            Called::Refused(_) if n > 0 => {}
            other => said = other,
        }
    }
    said
}

/// Gives a payment back.
pub(super) async fn refund(client: &Client, user: i64, charge: &str) -> Called {
    let parameters = json!({ "user_id": user, "telegram_payment_charge_id": charge });
    by_whose_it_is(client, ("refundStarPayment", parameters), &["CHARGE_ALREADY_REFUNDED"]).await
}

/// Has a subscription not renewed. `charge` is its first payment.
pub(super) async fn cancel(client: &Client, user: i64, charge: &str) -> Called {
    let parameters = json!({ "user_id": user, "telegram_payment_charge_id": charge, "is_canceled": true });
    by_whose_it_is(client, ("editUserStarSubscription", parameters), &["SUBSCRIPTION_NOT_ACTIVE"]).await
}

/// A page of transactions, oldest first, behind so many.
pub(super) async fn transactions(client: &Client, offset: i64) -> Result<Vec<Value>, SendError> {
    let parameters = json!({ "offset": offset, "limit": PAGE });
    let result = client.method("getStarTransactions", &parameters, WITHIN).await?;
    let page: Value =
        serde_json::from_str(&result).map_err(|_| SendError::Ambiguous("no list of transactions".into()))?;
    Ok(page.get("transactions").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// What a transaction is to us. One that is not a payment to this bot, or its return, is for an
/// operator; withdrawals are nothing to look at.
pub(super) fn read(transaction: &Value) -> Transaction {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let amount = transaction.get("amount").and_then(Value::as_i64).filter(|amount| *amount > 0);
    let (Some(charge), Some(amount)) = (text(transaction, "id"), amount) else { return Transaction::Nothing };
    let (direction, partner) = match (transaction.get("source"), transaction.get("receiver")) {
        (Some(source), _) if source.is_object() => ("in", source),
        (_, Some(receiver)) if receiver.is_object() => ("out", receiver),
        _ => return Transaction::Nothing,
    };
    let other = |reason| Transaction::Other { charge: charge.clone(), direction, reason, amount };
    if text(partner, "type").as_deref() != Some("user") {
        // Withdrawals, Telegram's own fees and advertisements.
        return if direction == "in" { other("not_from_a_person") } else { Transaction::Nothing };
    }
    if partner.get("transaction_type").and_then(Value::as_str).is_some_and(|kind| kind != "invoice_payment") {
        return other("not_an_invoice");
    }
    let user = partner.get("user").and_then(|user| user.get("id")).and_then(Value::as_i64);
    let Some(user) = user.filter(|id| crate::telegram::is_user_id(*id)).map(UserId) else {
        return other("of_nobody");
    };
    let currency = Stars::UNIT.to_owned();
    let act = match direction {
        "out" => Act::Refunded { charge, currency, amount },
        _ => Act::Paid(Payment {
            charge,
            currency,
            amount,
            payload: text(partner, "invoice_payload").unwrap_or_default(),
            until: None,
            is_recurring: partner.get("subscription_period").is_some(),
        }),
    };
    Transaction::Settle(user, act)
}
