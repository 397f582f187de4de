//! What Telegram tells of money, read from the raw JSON.

use crate::telegram::is_user_id;
use nameless_domain::capabilities::billing::{Act, Checkout, Payment, Renewal};
use nameless_domain::ids::{BotId, UserId};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_domain::update;
use serde_json::Value;

/// Somebody is about to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// To be answered under this.
    pub id: String,
    /// By the bot that was asked.
    pub bot: BotId,
    pub checkout: Checkout,
    pub payload: String,
    pub lang: Lang,
}

/// What stands in the raw JSON of an update that asks before a payment.
const MARK: &str = "\"pre_checkout_query\":";

/// Somebody who is about to pay, if that is what this update tells of.
pub(super) fn checkout(raw: &str) -> Option<Query> {
    if !raw.contains(MARK) {
        return None;
    }
    let update: Value = serde_json::from_str(raw).ok()?;
    let query = update.get("pre_checkout_query")?;
    let from = query.get("from")?;
    Some(Query {
        id: text(query, "id")?,
        bot: BotId::of_update(update.get("update_id").and_then(Value::as_i64).unwrap_or_default()),
        checkout: Checkout {
            from: user(from)?,
            currency: text(query, "currency")?,
            amount: query.get("total_amount")?.as_i64()?,
        },
        payload: text(query, "invoice_payload")?,
        lang: Lang::guess(from.get("language_code").and_then(Value::as_str)),
    })
}

fn text(value: &Value, key: &str) -> Option<String> {
    Some(value.get(key)?.as_str()?.to_owned())
}

fn user(from: &Value) -> Option<UserId> {
    from.get("id")?.as_i64().filter(|id| is_user_id(*id)).map(UserId)
}

fn of(update_id: i64, user: UserId, act: Act) -> update::Update {
    let act = update::Act::Capability(nameless_domain::capabilities::Act::Billing(act));
    update::Update { update_id, user, lang_hint: None, act }
}

/// A message of the person's chat with the bot that tells of a payment or of its return. Not what a
/// person wrote: only Telegram makes these fields.
pub(super) fn message(update_id: i64, message: &Value) -> Option<update::Update> {
    let paid = message.get("successful_payment").filter(|paid| paid.is_object());
    let back = message.get("refunded_payment").filter(|back| back.is_object());
    let chat = message.get("chat")?;
    if (paid.is_none() && back.is_none()) || chat.get("type")?.as_str()? != "private" {
        return None;
    }
    // The bot itself may stand as the sender of a refund's message; the chat is the person's.
    let user = user(chat)?;
    let act = match (paid, back) {
        (Some(paid), _) => Act::Paid(payment(paid)?),
        (None, Some(back)) => {
            let (charge, currency, amount) = charge(back)?;
            Act::Refunded { charge, currency, amount }
        }
        (None, None) => return None,
    };
    Some(of(update_id, user, act))
}

fn charge(value: &Value) -> Option<(String, String, i64)> {
    let charge = text(value, "telegram_payment_charge_id").filter(|id| (1..=256).contains(&id.len()))?;
    let amount = value.get("total_amount")?.as_i64().filter(|amount| *amount > 0)?;
    Some((charge, text(value, "currency")?, amount))
}

fn payment(paid: &Value) -> Option<Payment> {
    let (charge, currency, amount) = charge(paid)?;
    let until = paid.get("subscription_expiration_date").and_then(Value::as_i64);
    let flag = |key: &str| paid.get(key).and_then(Value::as_bool).unwrap_or_default();
    Some(Payment {
        charge,
        currency,
        amount,
        payload: text(paid, "invoice_payload")?,
        until: until.map(|seconds| Millis(seconds.saturating_mul(1_000))),
        is_recurring: flag("is_recurring") && !flag("is_first_recurring"),
    })
}

/// A subscription has changed.
pub(super) fn subscription(update_id: i64, change: &Value) -> Option<update::Update> {
    let user = user(change.get("user")?)?;
    let state = Renewal::from_name(change.get("state")?.as_str()?)?;
    Some(of(update_id, user, Act::Subscription { payload: text(change, "invoice_payload")?, state }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_payment_is_the_persons_in_whose_chat_it_stands() {
        let told = json!({
            "message_id": 5, "date": 1, "from": {"id": 7, "is_bot": false}, "chat": {"id": 7, "type": "private"},
            "successful_payment": {
                "currency": "XTR", "total_amount": 200, "invoice_payload": "abc",
                "telegram_payment_charge_id": "c1", "provider_payment_charge_id": "",
                "subscription_expiration_date": 1_700_000_000, "is_recurring": true, "is_first_recurring": true,
            },
        });
        let paid = |told: &Value| {
            let update = message(3, told).expect("a payment");
            match update.act {
                update::Act::Capability(nameless_domain::capabilities::Act::Billing(Act::Paid(payment))) => {
                    (update.user, payment)
                }
                _ => panic!("a payment"),
            }
        };
        let (user, payment) = paid(&told);
        assert_eq!((user, payment.amount), (UserId(7), 200));
        assert_eq!(payment.until, Some(Millis(1_700_000_000_000)));
        // The first payment goes on from nothing: who had premium until an hour ago pays for none
        // of that.
        assert!(!payment.is_recurring);
        let mut renewal = told.clone();
        renewal["successful_payment"]["is_first_recurring"] = json!(false);
        assert!(paid(&renewal).1.is_recurring);
        for (pointer, broken) in [
            ("/successful_payment/total_amount", json!(0)),
            ("/successful_payment/total_amount", json!("200")),
            ("/successful_payment/telegram_payment_charge_id", json!("")),
            ("/chat/type", json!("group")),
            ("/chat/id", json!(-7)),
            ("/successful_payment", json!("paid")),
        ] {
            let mut told = told.clone();
            *told.pointer_mut(pointer).unwrap() = broken;
            assert_eq!(message(3, &told), None, "{pointer}");
        }
    }

    #[test]
    fn nobody_makes_a_checkout_of_words() {
        let words = json!({"update_id": 1, "message": {"text": "\"pre_checkout_query\":{}"}}).to_string();
        assert_eq!(checkout(&words), None);
        let query = json!({"update_id": 1, "pre_checkout_query": {
            "id": "9", "from": {"id": 7, "language_code": "ru"}, "currency": "XTR", "total_amount": 75,
            "invoice_payload": "abc",
        }});
        let read = checkout(&query.to_string()).expect("a query");
        assert_eq!((read.id.as_str(), read.payload.as_str(), read.lang), ("9", "abc", Lang::Ru));
        assert_eq!(checkout("\"pre_checkout_query\":["), None);
    }
}
