//! What a shop has: payments, refunds, saved methods, and what was asked before.

use super::Trouble;
use super::checks;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// Why something is not done.
#[derive(Debug)]
pub(super) enum No {
    Wrong(checks::Wrong),
    /// There is none of this name.
    NotFound,
    /// The same key came with another body.
    OtherBody,
}

impl From<checks::Wrong> for No {
    fn from(wrong: checks::Wrong) -> No {
        No::Wrong(wrong)
    }
}

fn wrong(parameter: &'static str, why: &'static str) -> No {
    No::Wrong(checks::Wrong(parameter, why))
}

pub(super) struct Shop {
    pub id: String,
    pub secret: String,
    addr: SocketAddr,
    serial: u64,
    pub payments: BTreeMap<String, Value>,
    pub refunds: BTreeMap<String, Value>,
    /// By `Idempotence-Key`: what was asked, and what was answered.
    before: HashMap<String, (String, Value)>,
    pub told: Vec<Value>,
    pub troubles: VecDeque<Trouble>,
    /// Why the next charges of saved cards are declined.
    pub declines: VecDeque<String>,
    /// The next refunds are declined: whether that is said only after they were pending.
    pub no_refunds: VecDeque<bool>,
    pub away: bool,
    pub requests: u64,
}

fn sum(kopecks: i64) -> Value {
    json!({ "value": format!("{}.{:02}", kopecks / 100, kopecks % 100), "currency": "RUB" })
}

fn kopecks(amount: &Value) -> i64 {
    checks::amount(Some(amount)).unwrap_or(0)
}

/// The moment as the API writes it.
fn now() -> String {
    let ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    moment(i64::try_from(ms).unwrap_or(0))
}

fn moment(ms: i64) -> String {
    let (days, in_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // Howard Hinnant's civil_from_days.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (s, ms) = (in_day / 1_000, in_day % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{ms:03}Z", s / 3_600, s / 60 % 60, s % 60)
}

impl Shop {
    pub fn new(id: &str, secret: &str, addr: SocketAddr) -> Shop {
        Shop {
            id: id.to_owned(),
            secret: secret.to_owned(),
            addr,
            serial: 0,
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
            before: HashMap::new(),
            told: Vec::new(),
            troubles: VecDeque::new(),
            declines: VecDeque::new(),
            no_refunds: VecDeque::new(),
            away: false,
            requests: 0,
        }
    }

    /// A name, in the order of which things were made.
    fn name(&mut self) -> String {
        self.serial += 1;
        format!(
            "{:08x}-000f-5000-8000-{:012x}",
            self.serial,
            self.serial.wrapping_mul(0x9E37_79B9) & 0xFFFF_FFFF_FFFF
        )
    }

    /// What the same key was answered before, if it was.
    pub fn again(&self, key: &str, what: &str) -> Result<Option<Value>, No> {
        match self.before.get(key) {
            Some((asked, _)) if asked != what => Err(No::OtherBody),
            Some((_, answer)) => Ok(Some(answer.clone())),
            None => Ok(None),
        }
    }

    pub fn remember(&mut self, key: &str, what: String, answer: &Value) {
        self.before.insert(key.to_owned(), (what, answer.clone()));
    }

    fn tell(&mut self, event: &str, object: &Value) {
        self.told.push(json!({ "type": "notification", "event": event, "object": object }));
    }

    pub fn create(&mut self, body: &Value) -> Result<Value, No> {
        let amount = checks::payment(body)?;
        let id = self.name();
        let saves = body.get("save_payment_method").and_then(Value::as_bool).unwrap_or(false);
        let mut payment = json!({
            "id": id, "status": "pending", "paid": false, "amount": sum(amount), "created_at": now(),
            "recipient": { "account_id": self.id, "gateway_id": "1" }, "refundable": false, "test": false,
            "metadata": body.get("metadata").cloned().unwrap_or_else(|| json!({})),
            "capture": body.get("capture").and_then(Value::as_bool).unwrap_or(false), "saves": saves,
        });
        if let Some(words) = body.get("description").filter(|words| !words.is_null()) {
            payment["description"] = words.clone();
        }
        if body.get("receipt").is_some_and(|receipt| !receipt.is_null()) {
            payment["receipt_registration"] = "pending".into();
        }
        match body.get("payment_method_id").and_then(Value::as_str) {
            Some(method) => {
                let is_saved = |p: &&Value| {
                    p.pointer("/payment_method/id").and_then(Value::as_str) == Some(method)
                        && p.pointer("/payment_method/saved") == Some(&json!(true))
                };
                let known = self.payments.values().find(is_saved).ok_or(No::NotFound)?;
                payment["payment_method"] = known["payment_method"].clone();
                self.payments.insert(id.clone(), payment);
                match self.declines.pop_front() {
                    Some(reason) => self.decline(&id, &reason),
                    None => self.pay(&id),
                };
            }
            None => {
                let back = body["confirmation"]["return_url"].clone();
                payment["confirmation"] = json!({
                    "type": "redirect", "return_url": back,
                    "confirmation_url": format!("http://{}/pay?orderId={id}", self.addr),
                });
                self.payments.insert(id.clone(), payment);
            }
        }
        Ok(self.payments[&id].clone())
    }

    fn named(&self, page: &str) -> String {
        page.rsplit_once("orderId=").map_or(page, |(_, id)| id).to_owned()
    }

    pub fn pay(&mut self, page: &str) -> Option<String> {
        let id = self.named(page);
        let payment = self.payments.get_mut(&id).filter(|p| p["status"] == "pending")?;
        payment["paid"] = true.into();
        if payment.get("payment_method").is_none() {
            let saved = payment["saves"].clone();
            payment["payment_method"] =
                json!({ "type": "bank_card", "id": id, "saved": saved, "status": "active" });
        }
        if let Some(object) = payment.as_object_mut() {
            object.remove("confirmation");
        }
        match payment["capture"].as_bool() {
            Some(true) => self.succeed(&id),
            _ => {
                payment["status"] = "waiting_for_capture".into();
                let told = payment.clone();
                self.tell("payment.waiting_for_capture", &told);
            }
        }
        Some(id)
    }

    fn succeed(&mut self, id: &str) {
        let Some(payment) = self.payments.get_mut(id) else { return };
        payment["status"] = "succeeded".into();
        payment["captured_at"] = now().into();
        payment["refundable"] = true.into();
        payment["income_amount"] = payment["amount"].clone();
        if payment.get("receipt_registration").is_some() {
            payment["receipt_registration"] = "succeeded".into();
        }
        let told = payment.clone();
        self.tell("payment.succeeded", &told);
    }

    pub fn decline(&mut self, page: &str, reason: &str) -> Option<String> {
        let id = self.named(page);
        let payment = self.payments.get_mut(&id)?;
        if payment["status"] != "pending" && payment["status"] != "waiting_for_capture" {
            return None;
        }
        payment["status"] = "canceled".into();
        payment["paid"] = false.into();
        payment["cancellation_details"] = json!({ "party": "yoo_money", "reason": reason });
        let told = payment.clone();
        self.tell("payment.canceled", &told);
        Some(id)
    }

    pub fn capture(&mut self, id: &str, body: &Value) -> Result<Value, No> {
        let payment = self.payments.get_mut(id).ok_or(No::NotFound)?;
        if payment["status"] != "waiting_for_capture" {
            return Err(wrong("status", "nothing waits for a capture"));
        }
        if let Some(amount) = body.get("amount").filter(|amount| !amount.is_null()) {
            let wanted = checks::amount(Some(amount))?;
            if wanted > kopecks(&payment["amount"]) {
                return Err(wrong("amount", "more than was paid"));
            }
            payment["amount"] = sum(wanted);
        }
        self.succeed(id);
        Ok(self.payments[id].clone())
    }

    pub fn cancel(&mut self, id: &str) -> Result<Value, No> {
        let payment = self.payments.get(id).ok_or(No::NotFound)?;
        if payment["status"] != "waiting_for_capture" {
            return Err(wrong("status", "nothing waits for a capture"));
        }
        self.decline(id, "canceled_by_merchant");
        Ok(self.payments[id].clone())
    }

    pub fn refund(&mut self, body: &Value) -> Result<Value, No> {
        let (payment, amount) = checks::refund(body)?;
        match self.no_refunds.pop_front() {
            None => self.give_back(&payment, amount),
            Some(later) => self.give_nothing(&payment, amount, later),
        }
    }

    fn give_nothing(&mut self, payment: &str, amount: i64, later: bool) -> Result<Value, No> {
        if !self.payments.contains_key(payment) {
            return Err(wrong("payment_id", "there is no such payment"));
        }
        let id = self.name();
        let mut refund = json!({
            "id": id, "payment_id": payment, "status": "canceled", "amount": sum(amount), "created_at": now(),
            "cancellation_details": { "party": "yoo_money", "reason": "insufficient_funds" },
        });
        self.refunds.insert(id, refund.clone());
        if later {
            refund["status"] = "pending".into();
        }
        Ok(refund)
    }

    fn give_back(&mut self, payment: &str, amount: i64) -> Result<Value, No> {
        let id = self.name();
        let paid = self.payments.get_mut(payment).ok_or(wrong("payment_id", "there is no such payment"))?;
        if paid["status"] != "succeeded" {
            return Err(wrong("payment_id", "it was not paid"));
        }
        let before = paid.get("refunded_amount").map_or(0, kopecks);
        if before + amount > kopecks(&paid["amount"]) {
            return Err(wrong("amount", "more than is left"));
        }
        paid["refunded_amount"] = sum(before + amount);
        paid["refundable"] = (before + amount < kopecks(&paid["amount"])).into();
        let refund = json!({
            "id": id, "payment_id": payment, "status": "succeeded", "amount": sum(amount), "created_at": now(),
        });
        self.refunds.insert(id, refund.clone());
        self.tell("refund.succeeded", &refund);
        Ok(refund)
    }

    pub fn refund_from_outside(&mut self, payment: &str, kopecks: i64) -> Option<String> {
        let refund = self.give_back(payment, kopecks).ok()?;
        refund["id"].as_str().map(str::to_owned)
    }

    pub fn tamper(&mut self, payment: &str, pointer: &str, value: Value) {
        if let Some(place) = self.payments.get_mut(payment).and_then(|p| p.pointer_mut(pointer)) {
            *place = value;
        }
    }

    /// A page of a list, the newest first. The cursor is the last name of the page before.
    pub fn page(all: &BTreeMap<String, Value>, query: &HashMap<String, String>) -> Result<Value, No> {
        let known = ["limit", "cursor", "created_at.gte", "created_at.lt", "status", "payment_id"];
        if !query.keys().all(|key| known.contains(&key.as_str())) {
            return Err(wrong("query", "it has a field that nobody knows"));
        }
        let limit = query.get("limit").map_or(Ok(10), |limit| limit.parse::<usize>());
        let limit = limit.ok().filter(|limit| (1..=100).contains(limit)).ok_or(wrong("limit", "1 to 100"))?;
        // Both are written in one form, but for parts of a second.
        let since = query.get("created_at.gte").map(|since| since.trim_end_matches('Z').to_owned());
        let fits = |one: &&Value| {
            let created = one["created_at"].as_str().unwrap_or_default().trim_end_matches('Z');
            since.as_deref().is_none_or(|since| created >= since)
                && query.get("status").is_none_or(|status| one["status"] == status.as_str())
                && query.get("payment_id").is_none_or(|payment| one["payment_id"] == payment.as_str())
        };
        let before = |id: &String| query.get("cursor").is_none_or(|cursor| id < cursor);
        let mut rest = all.iter().rev().filter(|(id, _)| before(id)).map(|(_, one)| one).filter(fits);
        let items: Vec<&Value> = rest.by_ref().take(limit).collect();
        let mut page = json!({ "type": "list", "items": items });
        if rest.next().is_some() {
            page["next_cursor"] = items.last().map(|last| last["id"].clone()).unwrap_or_default();
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_are_written_as_the_api_does() {
        assert_eq!(super::moment(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(super::moment(1_795_918_395_007), "2026-11-29T02:13:15.007Z");
    }
}
