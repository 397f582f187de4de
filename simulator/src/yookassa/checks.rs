//! What a request may hold. YooKassa refuses the rest, and names the parameter.

use serde_json::Value;

/// Why a request is refused: the parameter, and in which words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong(pub &'static str, pub &'static str);

type Checked<T = ()> = Result<T, Wrong>;

fn only(object: &Value, whose: &'static str, known: &[&str]) -> Checked {
    let fields = object.as_object().ok_or(Wrong(whose, "an object is expected"))?;
    match fields.keys().all(|key| known.contains(&key.as_str())) {
        true => Ok(()),
        false => Err(Wrong(whose, "it has a field that nobody knows")),
    }
}

fn text<'a>(object: &'a Value, key: &str, whose: &'static str, most: usize) -> Checked<Option<&'a str>> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= most && !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(Wrong(whose, "a text of that length is expected")),
    }
}

/// A sum in kopecks.
pub(super) fn amount(of: Option<&Value>) -> Checked<i64> {
    let of = of.ok_or(Wrong("amount", "it is needed"))?;
    only(of, "amount", &["value", "currency"])?;
    if of.get("currency").and_then(Value::as_str) != Some("RUB") {
        return Err(Wrong("amount.currency", "RUB is expected"));
    }
    let value = of.get("value").and_then(Value::as_str).ok_or(Wrong("amount.value", "a text is expected"))?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let read = value.split_once('.').filter(|(a, b)| digits(a) && digits(b) && a.len() <= 9 && b.len() == 2);
    let (roubles, rest) = read.ok_or(Wrong("amount.value", "such as 100.00"))?;
    let kopecks = roubles.parse::<i64>().unwrap_or(0) * 100 + rest.parse::<i64>().unwrap_or(0);
    if kopecks < 100 {
        return Err(Wrong("amount.value", "a rouble at least"));
    }
    Ok(kopecks)
}

fn metadata(body: &Value) -> Checked {
    let Some(metadata) = body.get("metadata").filter(|m| !m.is_null()) else { return Ok(()) };
    let fields = metadata.as_object().ok_or(Wrong("metadata", "an object is expected"))?;
    let legal = |(key, value): (&String, &Value)| {
        key.chars().count() <= 32 && value.as_str().is_some_and(|value| value.chars().count() <= 512)
    };
    match fields.len() <= 16 && fields.iter().all(legal) {
        true => Ok(()),
        false => Err(Wrong("metadata", "16 texts of 512 characters at most")),
    }
}

/// A receipt by 54-FZ: its items have to add up to the sum.
fn receipt(body: &Value, sum: i64) -> Checked {
    let Some(receipt) = body.get("receipt").filter(|r| !r.is_null()) else { return Ok(()) };
    only(receipt, "receipt", &["customer", "items", "tax_system_code", "internet", "timezone"])?;
    let customer = receipt.get("customer").ok_or(Wrong("receipt.customer", "it is needed"))?;
    only(customer, "receipt.customer", &["email", "phone", "full_name", "inn"])?;
    let email = text(customer, "email", "receipt.customer.email", 100)?;
    let phone = text(customer, "phone", "receipt.customer.phone", 15)?;
    if email.is_none() && phone.is_none() {
        return Err(Wrong("receipt.customer", "an address or a number is needed"));
    }
    let items =
        receipt.get("items").and_then(Value::as_array).filter(|items| (1..=100).contains(&items.len()));
    let mut all = 0;
    for item in items.ok_or(Wrong("receipt.items", "1 to 100 are expected"))? {
        let known =
            ["description", "quantity", "amount", "vat_code", "payment_subject", "payment_mode", "measure"];
        only(item, "receipt.items", &known)?;
        text(item, "description", "receipt.items.description", 128)?
            .ok_or(Wrong("receipt.items.description", "it is needed"))?;
        let quantity = item.get("quantity").ok_or(Wrong("receipt.items.quantity", "it is needed"))?;
        if ![Some("1"), Some("1.0"), Some("1.00"), Some("1.000")].contains(&quantity.as_str())
            && quantity.as_f64() != Some(1.0)
        {
            return Err(Wrong("receipt.items.quantity", "one of each, here"));
        }
        if !(1..=12).contains(&item.get("vat_code").and_then(Value::as_i64).unwrap_or(0)) {
            return Err(Wrong("receipt.items.vat_code", "1 to 12"));
        }
        all += amount(item.get("amount")).map_err(|_| Wrong("receipt.items.amount", "a sum is expected"))?;
    }
    if all == sum { Ok(()) } else { Err(Wrong("receipt.items", "they do not add up to the amount")) }
}

/// A request to make a payment: its sum in kopecks.
pub(super) fn payment(body: &Value) -> Checked<i64> {
    only(
        body,
        "body",
        &[
            "amount",
            "capture",
            "confirmation",
            "description",
            "metadata",
            "merchant_customer_id",
            "receipt",
            "save_payment_method",
            "payment_method_id",
            "payment_method_data",
            // The official SDK sends them empty.
            "statements",
            "transfers",
        ],
    )?;
    let sum = amount(body.get("amount"))?;
    text(body, "description", "description", 128)?;
    text(body, "merchant_customer_id", "merchant_customer_id", 200)?;
    metadata(body)?;
    receipt(body, sum)?;
    for flag in ["capture", "save_payment_method"] {
        if body.get(flag).is_some_and(|value| !value.is_boolean()) {
            return Err(Wrong("capture", "true or false is expected"));
        }
    }
    let by_method = text(body, "payment_method_id", "payment_method_id", 64)?.is_some();
    match body.get("confirmation").filter(|c| !c.is_null()) {
        None if by_method => {}
        None => return Err(Wrong("confirmation", "it is needed without a saved method")),
        Some(_) if by_method => return Err(Wrong("confirmation", "a saved method needs none")),
        Some(confirmation) => {
            only(confirmation, "confirmation", &["type", "return_url", "enforce", "locale"])?;
            if confirmation.get("type").and_then(Value::as_str) != Some("redirect") {
                return Err(Wrong("confirmation.type", "redirect, here"));
            }
            let back = text(confirmation, "return_url", "confirmation.return_url", 2_048)?;
            if !back.is_some_and(|url| url.starts_with("https://") || url.starts_with("http://")) {
                return Err(Wrong("confirmation.return_url", "an address is needed"));
            }
        }
    }
    Ok(sum)
}

/// A request to give something back: of which payment, and how much.
pub(super) fn refund(body: &Value) -> Checked<(String, i64)> {
    only(body, "body", &["payment_id", "amount", "description", "receipt", "metadata", "sources", "deal"])?;
    let payment = text(body, "payment_id", "payment_id", 64)?.ok_or(Wrong("payment_id", "it is needed"))?;
    let sum = amount(body.get("amount"))?;
    text(body, "description", "description", 250)?;
    metadata(body)?;
    receipt(body, sum)?;
    Ok((payment.to_owned(), sum))
}
