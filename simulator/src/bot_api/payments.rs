//! Stars, as a bot asks for them: invoices, answers to checkouts, refunds, the books.

use serde_json::{Value, json};

use super::post::{Content, post_one};
use super::{Answer, ApiError, Call};
use crate::state::books::{Books, Invoice};
use crate::state::lock;

/// The only period that Telegram knows, seconds.
const MONTH: i64 = 2_592_000;

/// Title, description, payload, price: as strict as Telegram.
fn read(call: &Call<'_>) -> Result<(Invoice, Value), ApiError> {
    let text = |key: &str| call.params.text(key).unwrap_or_default().into_owned();
    let (title, description, payload) = (text("title"), text("description"), text("payload"));
    if !(1..=32).contains(&title.chars().count()) {
        return Err(ApiError::bad("INVOICE_TITLE_INVALID"));
    }
    if !(1..=255).contains(&description.chars().count()) {
        return Err(ApiError::bad("INVOICE_DESCRIPTION_INVALID"));
    }
    if !(1..=128).contains(&payload.len()) {
        return Err(ApiError::bad("INVOICE_PAYLOAD_INVALID"));
    }
    if text("currency") != "XTR" || !text("provider_token").is_empty() {
        return Err(ApiError::bad("PAYMENT_PROVIDER_INVALID"));
    }
    for key in [
        "need_name",
        "need_phone_number",
        "need_email",
        "need_shipping_address",
        "send_phone_number_to_provider",
        "send_email_to_provider",
        "max_tip_amount",
    ] {
        if call.params.text(key).is_some() {
            return Err(ApiError::bad("STARS_INVOICE_INVALID"));
        }
    }
    let prices = call.params.list("prices")?;
    let amount = match &prices[..] {
        [price] => price.get("amount").and_then(Value::as_i64).filter(|amount| *amount > 0),
        _ => None,
    };
    let amount = amount.ok_or_else(|| ApiError::bad("STARS_INVOICE_INVALID"))?;
    let start_parameter = text("start_parameter");
    let shown = json!({
        "title": title, "description": description, "start_parameter": start_parameter, "currency": "XTR",
        "total_amount": amount,
    });
    let invoice = Invoice { bot: call.bot.index, payload, amount, period: None, start_parameter };
    Ok((invoice, shown))
}

fn slug(call: &Call<'_>) -> String {
    format!("sim{}{:08}", call.world.serial(), call.world.rng.below(100_000_000))
}

fn keep(books: &mut Books, slug: String, invoice: Invoice) -> Result<(), ApiError> {
    if !books.has_room() {
        return Err(ApiError::bad("too many invoices"));
    }
    books.invoices.insert(slug, invoice);
    Ok(())
}

pub(crate) fn send_invoice(call: &Call<'_>) -> Answer {
    let (invoice, shown) = read(call)?;
    if let Some(markup) = call.params.json("reply_markup")?
        && let Some(first) = markup.pointer("/inline_keyboard/0/0")
        && first.get("pay") != Some(&Value::Bool(true))
    {
        return Err(ApiError::bad("the first button must be a Pay button"));
    }
    let chat = call.params.int("chat_id").unwrap_or_default();
    let slug = slug(call);
    // Held until its message is known: whoever sees that may pay at once.
    let mut books = lock(&call.world.books);
    let sent = post_one(call, Content::from_iter([("invoice".to_owned(), shown)]))?;
    let id = serde_json::from_str::<Value>(&sent).ok().and_then(|m| m.get("message_id")?.as_i64());
    let id = id.and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
    keep(&mut books, slug.clone(), invoice)?;
    books.by_message.insert((call.bot.index, chat, id), slug);
    Ok(sent)
}

pub(crate) fn create_invoice_link(call: &Call<'_>) -> Answer {
    let (invoice, _) = read(call)?;
    let period = call.params.int("subscription_period");
    if period.is_some_and(|period| period != MONTH) {
        return Err(ApiError::bad("SUBSCRIPTION_PERIOD_INVALID"));
    }
    if period.is_some() && invoice.amount > 10_000 {
        return Err(ApiError::bad("STARS_INVOICE_INVALID"));
    }
    let slug = slug(call);
    keep(&mut lock(&call.world.books), slug.clone(), Invoice { period, ..invoice })?;
    Ok(Value::from(format!("https://t.me/${slug}")).to_string())
}

/// Seconds for which a checkout waits for its answer.
pub(crate) const CHECKOUT_SECONDS: i64 = 10;

pub(crate) fn answer_pre_checkout_query(call: &Call<'_>) -> Answer {
    let id = call.params.text("pre_checkout_query_id").unwrap_or_default().into_owned();
    let answer = match (call.params.flag("ok"), call.params.text("error_message")) {
        (true, _) => Ok(()),
        (false, Some(words)) if !words.is_empty() => Err(words.into_owned()),
        (false, _) => return Err(ApiError::bad("error_message is empty")),
    };
    let mut books = lock(&call.world.books);
    let now = call.world.now();
    let open = books.checkouts.get_mut(&id).filter(|c| c.answer.is_none() && now - c.at <= CHECKOUT_SECONDS);
    let Some(checkout) = open else {
        return Err(ApiError::bad("query is too old and response timeout expired or query ID is invalid"));
    };
    checkout.answer = Some(answer);
    drop(books);
    call.world.books_changed.notify_waiters();
    Ok("true".into())
}

pub(crate) fn refund_star_payment(call: &Call<'_>) -> Answer {
    let user = call.params.int("user_id").unwrap_or_default();
    let charge = call.params.text("telegram_payment_charge_id").unwrap_or_default().into_owned();
    if charge.is_empty() {
        return Err(ApiError::bad("CHARGE_ID_EMPTY"));
    }
    call.world.refund(call.bot, user, &charge).map_err(ApiError::bad)?;
    Ok("true".into())
}

pub(crate) fn edit_user_star_subscription(call: &Call<'_>) -> Answer {
    let user = call.params.int("user_id").unwrap_or_default();
    let charge = call.params.text("telegram_payment_charge_id").unwrap_or_default().into_owned();
    let canceled = call.params.flag("is_canceled");
    let mut books = lock(&call.world.books);
    let own = books.subscriptions.get_mut(&charge).filter(|s| s.bot == call.bot.index && s.user == user);
    let Some(subscription) = own else { return Err(ApiError::bad("CHARGE_ID_INVALID")) };
    if canceled && call.world.now() > subscription.until {
        return Err(ApiError::bad("SUBSCRIPTION_NOT_ACTIVE"));
    }
    subscription.canceled_by_bot = canceled;
    Ok("true".into())
}

pub(crate) fn get_star_transactions(call: &Call<'_>) -> Answer {
    let offset = usize::try_from(call.params.int("offset").unwrap_or(0)).unwrap_or_default();
    let limit = call.params.int("limit").unwrap_or(100);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::bad("LIMIT_INVALID"));
    }
    let page = lock(&call.world.books).page(call.bot.index, offset, usize::try_from(limit).unwrap_or(100));
    Ok(json!({ "transactions": page }).to_string())
}

pub(crate) fn get_my_star_balance(call: &Call<'_>) -> Answer {
    Ok(json!({ "amount": lock(&call.world.books).balance(call.bot.index) }).to_string())
}
