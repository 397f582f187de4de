//! What this process has sold, and whom it has told no: numbers for `/metrics`.

use nameless_actors::capabilities::{BillingFigures, Settled};
use nameless_actors::kernel::lock;
use nameless_domain::capabilities::billing::{Price, Refusal};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Counted since the start. The books hold all of it; this is for who watches.
#[derive(Default)]
pub struct Figures(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    orders: u64,
    refused: BTreeMap<&'static str, u64>,
    stars: BTreeMap<String, u64>,
    kopecks: BTreeMap<String, u64>,
}

/// A word for a label.
fn word(refusal: Refusal) -> &'static str {
    refusal.key().trim_start_matches("checkout-")
}

impl Figures {
    /// Somebody was given a way to pay.
    pub(super) fn ordered(&self) {
        lock(&self.0).orders += 1;
    }

    /// Somebody who was about to pay was told no.
    pub(super) fn refused(&self, refusal: Refusal) {
        *lock(&self.0).refused.entry(word(refusal)).or_default() += 1;
    }

    /// A payment was credited, if one was.
    pub(super) fn settled(&self, settled: &Settled) {
        let Some(sold) = &settled.sold else { return };
        let mut counts = lock(&self.0);
        let of = match sold.price {
            Price::Stars(_) => &mut counts.stars,
            Price::Kopecks(_) => &mut counts.kopecks,
        };
        let amount = u64::try_from(sold.price.amount()).unwrap_or_default();
        *of.entry(sold.product.clone()).or_default() += amount;
    }

    /// All of it.
    pub(super) fn read(&self) -> BillingFigures {
        let counts = lock(&self.0);
        BillingFigures {
            orders: counts.orders,
            refused: counts.refused.iter().map(|(&why, &times)| (why, times)).collect(),
            stars: counts.stars.clone().into_iter().collect(),
            kopecks: counts.kopecks.clone().into_iter().collect(),
        }
    }
}
