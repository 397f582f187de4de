//! Stars: invoices, checkouts, charges, subscriptions, and each bot's list of transactions.

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

/// An invoice of a bot.
#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) bot: u32,
    pub(crate) payload: String,
    pub(crate) amount: i64,
    /// Seconds of a subscription's period.
    pub(crate) period: Option<i64>,
    /// Without one, others can pay a forwarded copy.
    pub(crate) start_parameter: String,
}

/// Somebody has pressed Pay.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    pub(crate) user: i64,
    pub(crate) slug: String,
    /// Seconds of the world's clock.
    pub(crate) at: i64,
    pub(crate) answer: Option<Result<(), String>>,
}

/// A payment.
#[derive(Debug, Clone)]
pub(crate) struct Charge {
    pub(crate) bot: u32,
    pub(crate) user: i64,
    pub(crate) amount: i64,
    pub(crate) payload: String,
    pub(crate) is_refunded: bool,
}

/// A subscription; its name is that of its first charge.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) bot: u32,
    pub(crate) user: i64,
    pub(crate) amount: i64,
    pub(crate) payload: String,
    pub(crate) period: i64,
    /// Seconds of the world's clock.
    pub(crate) until: i64,
    pub(crate) canceled_by_user: bool,
    pub(crate) canceled_by_bot: bool,
}

/// A line of a bot's list.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    bot: u32,
    id: String,
    amount: i64,
    at: i64,
    is_out: bool,
    partner: Value,
}

impl Transaction {
    /// `StarTransaction` (<https://core.telegram.org/bots/api#startransaction>).
    fn json(&self) -> Value {
        let side = if self.is_out { "receiver" } else { "source" };
        json!({ "id": self.id, "amount": self.amount, "date": self.at, side: self.partner })
    }
}

/// What has been made and paid.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) invoices: FxHashMap<String, Invoice>,
    /// Invoices by bot, chat and message.
    pub(crate) by_message: FxHashMap<(u32, i64, i32), String>,
    pub(crate) checkouts: FxHashMap<String, Checkout>,
    pub(crate) charges: FxHashMap<String, Charge>,
    pub(crate) subscriptions: FxHashMap<String, Subscription>,
    transactions: Vec<Transaction>,
}

/// Invoices and checkouts that a world remembers: a bound against bots that make them without end.
const MOST: usize = 1_000_000;

impl Books {
    pub(crate) fn has_room(&self) -> bool {
        self.invoices.len() < MOST && self.checkouts.len() < MOST && self.transactions.len() < MOST
    }

    /// Notes money that moves; `user` is the `User` object.
    pub(crate) fn book(&mut self, charge: &str, user: &Value, is_out: bool, at: i64, period: Option<i64>) {
        let Some(of) = self.charges.get(charge) else { return };
        let mut partner = json!({
            "type": "user", "transaction_type": "invoice_payment", "user": user, "invoice_payload": of.payload,
        });
        if let Some(period) = period {
            partner["subscription_period"] = period.into();
        }
        let (bot, amount) = (of.bot, of.amount);
        self.transactions.push(Transaction { bot, id: charge.to_owned(), amount, at, is_out, partner });
    }

    pub(crate) fn page(&self, bot: u32, offset: usize, limit: usize) -> Vec<Value> {
        let own = self.transactions.iter().filter(|t| t.bot == bot);
        own.skip(offset).take(limit).map(Transaction::json).collect()
    }

    pub(crate) fn balance(&self, bot: u32) -> i64 {
        let own = self.transactions.iter().filter(|t| t.bot == bot);
        own.map(|t| if t.is_out { -t.amount } else { t.amount }).sum()
    }
}
