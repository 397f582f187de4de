//! What people do with Stars, and what Telegram does by itself: pay, decline, renew, cancel,
//! resume, refund.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;
use tokio::time::timeout;

use crate::actions::{ActionError, Scene};
use crate::bot_api::CHECKOUT_SECONDS;
use crate::outgoing::Outgoing;
use crate::state::books::{Charge, Checkout, Invoice, Subscription};
use crate::state::bot::Bot;
use crate::state::lock;
use crate::state::world::World;

/// Why nothing was paid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayError {
    /// There is no such invoice.
    #[error("there is no such invoice")]
    NoInvoice,
    /// A copy of it leads back to the bot: it has no Pay button.
    #[error("the copy has no Pay button")]
    NoPayButton,
    /// The bot said no.
    #[error("declined: {0}")]
    Declined(String),
    /// The bot did not answer within ten seconds.
    #[error("BOT_PRECHECKOUT_TIMEOUT")]
    TimedOut,
    /// There is no such subscription, or it does not renew.
    #[error("no subscription that renews")]
    NotSubscribed,
    /// The action itself is impossible.
    #[error(transparent)]
    Action(#[from] ActionError),
}

/// What a person pays.
#[derive(Debug, Clone, Copy)]
pub enum Bill<'a> {
    /// The invoice in this message of their own chat.
    Message(i32),
    /// The invoice behind this link.
    Link(&'a str),
    /// A forwarded copy of the invoice in a message of somebody else's chat.
    CopyOf(i64, i32),
}

impl World {
    fn invoice(&self, bot: &Bot, user: i64, bill: Bill<'_>) -> Result<(String, Invoice), PayError> {
        let books = lock(&self.books);
        let slug = match bill {
            Bill::Message(id) => books.by_message.get(&(bot.index, user, id)).cloned(),
            Bill::CopyOf(chat, id) => books.by_message.get(&(bot.index, chat, id)).cloned(),
            Bill::Link(url) => url.rsplit_once('$').map(|(_, slug)| slug.to_owned()),
        };
        let slug = slug.ok_or(PayError::NoInvoice)?;
        let invoice = books.invoices.get(&slug).filter(|i| i.bot == bot.index).cloned();
        let invoice = invoice.ok_or(PayError::NoInvoice)?;
        if matches!(bill, Bill::CopyOf(..)) && !invoice.start_parameter.is_empty() {
            return Err(PayError::NoPayButton);
        }
        Ok((slug, invoice))
    }

    /// Presses Pay: the bot is asked. The query's id.
    pub(crate) fn begin_payment(&self, scene: &Scene<'_>, bill: Bill<'_>) -> Result<String, PayError> {
        let (slug, invoice) = self.invoice(scene.bot, scene.author.id, bill)?;
        let id = format!("{}{:06}", 6_000_000_000_000_u64 + self.serial(), self.rng.below(1_000_000));
        let (user, at) = (scene.author.id, self.now());
        {
            let mut books = lock(&self.books);
            if !books.has_room() {
                return Err(ActionError::QueueFull.into());
            }
            books.checkouts.insert(id.clone(), Checkout { user, slug, at, answer: None });
        }
        let query = json!({
            "id": id, "from": scene.author.user(), "currency": "XTR", "total_amount": invoice.amount,
            "invoice_payload": invoice.payload,
        });
        // A queue of its own for each person, as in Telegram.
        self.tell(scene.bot, -user, "pre_checkout_query", &query)?;
        Ok(id)
    }

    fn tell(&self, bot: &Bot, key: i64, kind: &'static str, value: &Value) -> Result<(), ActionError> {
        lock(&bot.queue).push(key, kind, value.to_string().into()).map_err(|_| ActionError::QueueFull)?;
        bot.wake.notify_waiters();
        Ok(())
    }

    /// Waits for the bot's answer.
    pub(crate) async fn checked_out(&self, id: &str) -> Result<(), PayError> {
        let answered = async {
            loop {
                let changed = self.books_changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let answer = lock(&self.books).checkouts.get(id).and_then(|c| c.answer.clone());
                match answer {
                    Some(answer) => return answer.map_err(PayError::Declined),
                    None => changed.await,
                }
            }
        };
        let limit = Duration::from_secs(CHECKOUT_SECONDS.unsigned_abs());
        timeout(limit, answered).await.unwrap_or(Err(PayError::TimedOut))
    }

    /// Money moves after the bot has let a checkout through. The charge's id.
    pub(crate) fn charge(&self, scene: &Scene<'_>, checkout: &str) -> Result<String, PayError> {
        let invoice = {
            let books = lock(&self.books);
            let own = books.checkouts.get(checkout).filter(|c| c.user == scene.author.id);
            let own = own.ok_or(PayError::NoInvoice)?;
            books.invoices.get(&own.slug).cloned().ok_or(PayError::NoInvoice)?
        };
        let until = invoice.period.map(|period| self.now() + period);
        let charge = self.book(scene, invoice.amount, &invoice.payload, invoice.period);
        if let (Some(period), Some(until)) = (invoice.period, until) {
            let subscription = Subscription {
                bot: scene.bot.index,
                user: scene.author.id,
                amount: invoice.amount,
                payload: invoice.payload.clone(),
                period,
                until,
                canceled_by_user: false,
                canceled_by_bot: false,
            };
            lock(&self.books).subscriptions.insert(charge.clone(), subscription);
        }
        self.tell_paid(scene, &charge, invoice.amount, &invoice.payload, until.map(|until| (until, true)))?;
        Ok(charge)
    }

    fn book(&self, scene: &Scene<'_>, amount: i64, payload: &str, period: Option<i64>) -> String {
        let charge = format!("stx{}_{:012}", self.serial(), self.rng.below(1_000_000_000_000));
        let (bot, user) = (scene.bot.index, scene.author.id);
        let mut books = lock(&self.books);
        books.charges.insert(
            charge.clone(),
            Charge { bot, user, amount, payload: payload.to_owned(), is_refunded: false },
        );
        books.book(&charge, &scene.author.user(), false, self.now(), period);
        charge
    }

    fn tell_paid(
        &self,
        scene: &Scene<'_>,
        charge: &str,
        amount: i64,
        payload: &str,
        subscription: Option<(i64, bool)>,
    ) -> Result<(), PayError> {
        let mut paid = json!({
            "currency": "XTR", "total_amount": amount, "invoice_payload": payload,
            "telegram_payment_charge_id": charge, "provider_payment_charge_id": "",
        });
        if let Some((until, is_first)) = subscription {
            paid["subscription_expiration_date"] = until.into();
            paid["is_recurring"] = true.into();
            if is_first {
                paid["is_first_recurring"] = true.into();
            }
        }
        self.person_sends(scene, &Outgoing::raw(json!({ "successful_payment": paid })))?;
        Ok(())
    }

    /// Telegram tells of a one-off payment once more, in an update of its own.
    pub(crate) fn tell_again(&self, scene: &Scene<'_>, charge: &str) -> Result<(), PayError> {
        let paid = lock(&self.books).charges.get(charge).cloned();
        let paid = paid.filter(|paid| paid.user == scene.author.id).ok_or(PayError::NoInvoice)?;
        self.tell_paid(scene, charge, paid.amount, &paid.payload, None)
    }

    fn subscription(&self, scene: &Scene<'_>) -> Result<(String, Subscription), PayError> {
        let books = lock(&self.books);
        let (bot, user) = (scene.bot.index, scene.author.id);
        let own = books.subscriptions.iter().filter(|(_, s)| s.bot == bot && s.user == user);
        let newest = own.max_by_key(|(_, s)| s.until);
        newest.map(|(id, s)| (id.clone(), s.clone())).ok_or(PayError::NotSubscribed)
    }

    /// Telegram renews the newest subscription of a person, if it is to be.
    pub(crate) fn renew(&self, scene: &Scene<'_>) -> Result<String, PayError> {
        let (first, subscription) = self.subscription(scene)?;
        if subscription.canceled_by_user || subscription.canceled_by_bot {
            return Err(PayError::NotSubscribed);
        }
        let until = subscription.until.max(self.now()) + subscription.period;
        let (amount, payload) = (subscription.amount, subscription.payload);
        if let Some(own) = lock(&self.books).subscriptions.get_mut(&first) {
            own.until = until;
        }
        let charge = self.book(scene, amount, &payload, Some(subscription.period));
        self.tell_paid(scene, &charge, amount, &payload, Some((until, false)))?;
        Ok(charge)
    }

    /// A subscription changes by what its owner, or their balance, does.
    pub(crate) fn subscription_becomes(
        &self,
        scene: &Scene<'_>,
        state: &'static str,
    ) -> Result<(), PayError> {
        let (first, subscription) = self.subscription(scene)?;
        if state == "active" && subscription.canceled_by_bot {
            return Err(PayError::NotSubscribed);
        }
        if let Some(own) = lock(&self.books).subscriptions.get_mut(&first) {
            own.canceled_by_user = state != "active";
        }
        let update =
            json!({ "user": scene.author.user(), "invoice_payload": subscription.payload, "state": state });
        Ok(self.tell(scene.bot, scene.author.id << 1, "subscription", &update)?)
    }

    /// Money goes back, whoever wanted it.
    pub(crate) fn refund(
        self: &Arc<Self>,
        bot: &Arc<Bot>,
        user: i64,
        charge: &str,
    ) -> Result<(), &'static str> {
        let peer = self.peer(user).ok_or("USER_ID_INVALID")?;
        let paid = {
            let mut books = lock(&self.books);
            let own = books.charges.get_mut(charge).filter(|c| c.bot == bot.index && c.user == user);
            let own = own.ok_or("CHARGE_ID_INVALID")?;
            if own.is_refunded {
                return Err("CHARGE_ALREADY_REFUNDED");
            }
            own.is_refunded = true;
            let own = own.clone();
            books.book(charge, &peer.user(), true, self.now(), None);
            own
        };
        let back = json!({
            "currency": "XTR", "total_amount": paid.amount, "invoice_payload": paid.payload,
            "telegram_payment_charge_id": charge,
        });
        let scene = Scene { bot, chat: &peer, author: &peer };
        // Who has blocked the bot has it back all the same; the bot learns it from its list.
        let _ = self.person_sends(&scene, &Outgoing::raw(json!({ "refunded_payment": back })));
        Ok(())
    }
}
