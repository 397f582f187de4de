//! Orders: what somebody wants to buy, and whether a payment fits.

use super::{Kind, Price};
use crate::ids::UserId;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// How long an order can be paid, milliseconds. A copy of an older invoice is refused.
pub const ORDER_MS: i64 = 24 * 3_600_000;
/// How long a checkout that was let through may take until its payment is here, milliseconds.
/// Meanwhile another one is refused: two devices, two taps.
pub const UNDER_WAY_MS: i64 = 10_000;
/// How long premium goes on after the paid time of a subscription that renews: Telegram may charge
/// late, milliseconds.
pub const GRACE_MS: i64 = 24 * 3_600_000;

/// An order as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who ordered.
    pub owner: UserId,
    /// It is for somebody else, and anybody may pay it.
    pub is_gift: bool,
    /// How it is paid.
    pub kind: Kind,
    /// Its price.
    pub price: Price,
    /// It was paid.
    pub is_paid: bool,
    /// Until when it can be paid.
    pub expires: Millis,
    /// When a checkout of it was let through last.
    pub checked: Option<Millis>,
}

/// Somebody is about to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Who.
    pub from: UserId,
    /// In which currency.
    pub currency: String,
    /// How much.
    pub amount: i64,
}

/// What else of the payer's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// They have a subscription that renews.
    pub subscribed: bool,
    /// They are paying for another subscription at this moment.
    pub under_way: bool,
}

/// Why a checkout is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// There is no such order.
    Unknown,
    /// It is somebody else's.
    NotYours,
    /// It was paid.
    Paid,
    /// It is too old.
    Expired,
    /// The sum is not that of the order.
    Amount,
    /// It is being paid at this moment.
    UnderWay,
    /// They have a subscription.
    Subscribed,
    /// Nobody knows at the moment: the store is away.
    Away,
}

impl Refusal {
    /// Every one.
    pub const ALL: [Refusal; 8] = [
        Refusal::Unknown,
        Refusal::NotYours,
        Refusal::Paid,
        Refusal::Expired,
        Refusal::Amount,
        Refusal::UnderWay,
        Refusal::Subscribed,
        Refusal::Away,
    ];

    /// Locale key of what the payer reads.
    pub fn key(self) -> &'static str {
        match self {
            Refusal::Unknown => "checkout-unknown",
            Refusal::NotYours => "checkout-not-yours",
            Refusal::Paid => "checkout-paid",
            Refusal::Expired => "checkout-expired",
            Refusal::Amount => "checkout-amount",
            Refusal::UnderWay => "checkout-under-way",
            Refusal::Subscribed => "checkout-subscribed",
            Refusal::Away => "checkout-away",
        }
    }
}

/// Whether somebody may pay an order.
pub fn may_pay(order: &Order, by: &Checkout, others: Others, now: Millis) -> Result<(), Refusal> {
    if !is_payer(order, by.from) {
        return Err(Refusal::NotYours);
    }
    if !is_price(order, &by.currency, by.amount) {
        return Err(Refusal::Amount);
    }
    if order.is_paid {
        return Err(Refusal::Paid);
    }
    if order.expires <= now {
        return Err(Refusal::Expired);
    }
    if order.kind == Kind::Monthly && others.subscribed {
        return Err(Refusal::Subscribed);
    }
    // A checkout that came later may have been first, and another node's clock may be a little
    // ahead.
    let lately = order.checked.is_some_and(|at| (now.0 - at.0).abs() < UNDER_WAY_MS);
    if lately || (order.kind == Kind::Monthly && others.under_way) {
        return Err(Refusal::UnderWay);
    }
    Ok(())
}

/// Whether it is theirs to pay.
pub fn is_payer(order: &Order, from: UserId) -> bool {
    order.is_gift || order.owner == from
}

/// Whether this is what it costs.
pub fn is_price(order: &Order, currency: &str, amount: i64) -> bool {
    Price::of(currency, amount) == Some(order.price)
}
