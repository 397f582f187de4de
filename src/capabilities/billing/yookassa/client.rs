//! Requests to YooKassa, and what their answers mean.
//!
//! What is not known to have happened, or not to have happened, is neither: no answer, half an
//! answer, 202 and 5xx. The same request with the same key, or a look, tells.

use super::wire::{self, Page, Payment, Refund};
use nameless_domain::capabilities::billing::Kopecks;
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// YooKassa gives a payment up after thirty seconds; a lane gives an attempt as much.
const WITHIN: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of an answer; a page of payments has a hundred thousand.
const MOST: usize = 2 << 20;

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Said<T> {
    /// It is so.
    So(T),
    /// It is not, and the same request will not make it so.
    Not(String),
    /// Nobody knows: to be asked again, not before that is over if it says so.
    Unknown(String, Option<Duration>),
}

/// What stands on a receipt by 54-FZ, which YooKassa makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct ReceiptTerms {
    /// Where the tax office's receipts go.
    pub email: String,
    /// The code of the VAT, 1 to 12.
    pub vat_code: u8,
}

/// YooKassa's API, as one shop.
#[derive(Debug)]
pub(in super::super) struct Client {
    http: reqwest::Client,
    base: String,
    shop: String,
    secret: SecretString,
    return_url: String,
    receipts: Option<ReceiptTerms>,
}

impl Client {
    pub fn new(
        base: &str,
        (shop, secret): (String, SecretString),
        return_url: String,
        receipts: Option<ReceiptTerms>,
    ) -> Result<Client, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WITHIN)
            // A redirect would carry the secret to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Client { http, base: base.trim_end_matches('/').to_owned(), shop, secret, return_url, receipts })
    }

    /// Makes a payment, or finds the one that the same order has made.
    pub async fn create(&self, order: &str, price: Kopecks, about: &str, saves: bool) -> Said<Payment> {
        let about: String = about.chars().take(128).collect();
        let mut body = json!({
            "amount": wire::amount(price), "capture": true, "description": about,
            "confirmation": { "type": "redirect", "return_url": self.return_url },
            "metadata": { "order_id": order },
        });
        if saves {
            body["save_payment_method"] = true.into();
        }
        self.with_receipt(&mut body, price, &about);
        self.ask(Method::POST, "payments", Some((order, body))).await
    }

    /// Charges a saved way to pay again, or finds that `key` has done so.
    pub async fn renew(&self, key: &str, method: &str, of: (&str, Kopecks, &str)) -> Said<Payment> {
        let (order, price, about) = of;
        let about: String = about.chars().take(128).collect();
        let mut body = json!({
            "amount": wire::amount(price), "capture": true, "description": about,
            "payment_method_id": method, "metadata": { "order_id": order },
        });
        self.with_receipt(&mut body, price, &about);
        self.ask(Method::POST, "payments", Some((key, body))).await
    }

    /// Gives a payment, or a part of it, back. `key` names the wish: the same is carried out once.
    pub async fn refund(&self, key: &str, payment: &str, price: Kopecks, about: &str) -> Said<Refund> {
        let mut body = json!({ "payment_id": payment, "amount": wire::amount(price) });
        self.with_receipt(&mut body, price, about);
        self.ask(Method::POST, "refunds", Some((key, body))).await
    }

    fn with_receipt(&self, body: &mut Value, price: Kopecks, about: &str) {
        if let Some(ReceiptTerms { email, vat_code }) = &self.receipts {
            body["receipt"] = json!({
                "customer": { "email": email },
                "items": [{
                    "description": about, "quantity": "1.00", "amount": wire::amount(price), "vat_code": vat_code,
                    "payment_subject": "service", "payment_mode": "full_payment",
                }],
            });
        }
    }

    /// A payment as it stands.
    pub async fn payment(&self, id: &str) -> Said<Payment> {
        self.ask(Method::GET, &format!("payments/{id}"), None).await
    }

    /// Something that goes back, as it stands.
    pub async fn returned(&self, id: &str) -> Said<Refund> {
        self.ask(Method::GET, &format!("refunds/{id}"), None).await
    }

    /// A page of what was made since a moment, the newest first.
    pub async fn list<T: DeserializeOwned>(
        &self,
        what: &'static str,
        since: &str,
        cursor: Option<&str>,
    ) -> Said<Page<T>> {
        let mut query = format!("{what}?limit=100&created_at.gte={since}");
        if let Some(cursor) = cursor {
            let legal = |b: &u8| b.is_ascii_alphanumeric() || b"-_.~".contains(b);
            for byte in cursor.bytes() {
                match legal(&byte) {
                    true => query.push(char::from(byte)),
                    false => query.push_str(&format!("%{byte:02X}")),
                }
            }
        }
        self.ask(Method::GET, &query, None).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Value)>,
    ) -> Said<T> {
        let request = self.http.request(method, format!("{}/{path}", self.base));
        let request = request.basic_auth(&self.shop, Some(self.secret.expose_secret()));
        let request = match &body {
            Some((key, body)) => request.header("Idempotence-Key", *key).json(body),
            None => request,
        };
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_timeout() => return unknown("no answer in time"),
            Err(error) if error.is_connect() => return unknown("no connection"),
            Err(_) => return unknown("the connection broke"),
        };
        let status = response.status();
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() <= MOST => bytes.extend_from_slice(&chunk),
                Ok(Some(_)) => return unknown("the answer is larger than any real one"),
                Ok(None) => break,
                Err(_) => return unknown("the answer broke off"),
            }
        }
        read(status, &bytes)
    }
}

fn unknown<T>(why: &str) -> Said<T> {
    Said::Unknown(why.to_owned(), None)
}

fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Said<T> {
    let error: Value = match status.is_success() {
        true => Value::Null,
        false => serde_json::from_slice(body).unwrap_or_default(),
    };
    let retry = error.get("retry_after").and_then(Value::as_u64);
    let retry = retry.map(|ms| Duration::from_millis(ms.min(600_000)));
    match status.as_u16() {
        200 => match serde_json::from_slice(body) {
            Ok(said) => Said::So(said),
            Err(_) => unknown("the answer cannot be read"),
        },
        // Wrong keys may be mended; that is no word about the payment.
        status @ (202 | 401 | 403 | 408 | 429 | 500..) => Said::Unknown(format!("status {status}"), retry),
        status => {
            // A code and a parameter of its own lists; its description may hold what we sent.
            let word = |key: &str| error.get(key).and_then(Value::as_str).filter(|w| w.len() <= 64);
            let (code, parameter) = (word("code").unwrap_or("-"), word("parameter").unwrap_or("-"));
            Said::Not(format!("status {status}, {code}, {parameter}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certain_is_certain() {
        let said =
            |status: u16, body: &str| read::<Vec<u8>>(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        assert_eq!(said(200, "[1]"), Said::So(vec![1]));
        for (status, body) in
            [(200, "[1"), (200, ""), (202, "{}"), (401, "{}"), (429, "x"), (500, "{}"), (503, "")]
        {
            assert!(matches!(said(status, body), Said::Unknown(_, None)), "{status} {body}");
        }
        let later = r#"{"type":"error","code":"too_many_requests","retry_after":1800}"#;
        assert_eq!(said(429, later), Said::Unknown("status 429".into(), Some(Duration::from_millis(1_800))));
        let no =
            r#"{"type":"error","code":"invalid_request","parameter":"amount","description":"secret words"}"#;
        assert_eq!(said(400, no), Said::Not("status 400, invalid_request, amount".into()));
        for status in [400, 404, 405, 410, 415] {
            assert!(matches!(said(status, "<html>"), Said::Not(_)), "{status}");
        }
    }
}
