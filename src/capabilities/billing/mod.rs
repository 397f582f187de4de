//! Billing at the edges: its tables, Telegram's side, its settings and texts, `nameless billing`.

pub mod cli;
mod figures;
mod jobs;
mod port;
pub mod settings;
mod stars;
mod store;
mod updates;
mod yookassa;

pub use figures::Figures;
pub use jobs::event_of;
pub use settings::{ShopErrors, shop};
pub(crate) use store::packs;
pub(crate) use store::premium as ledger;
pub(crate) use store::premium::Change;
pub(crate) use store::shown;
pub use store::{Asked, Audit, Difference, Month, Paid, Returned};
pub(crate) use store::{TABLES, tell_entitled};

use super::updates::Kind;
use super::{Backends, Capability};
use crate::config::Config;
use crate::locale::texts;
use nameless_actors::capabilities::BillingPort;
use nameless_actors::jobs::JobLane;
use nameless_domain::capabilities::billing::Price;
use port::Port;
use std::sync::Arc;
use yookassa::Yookassa;

/// What it brings.
pub static EDGES: Capability = Capability::BARE
    .texts(texts!("billing"))
    .settings(&settings::SECTION)
    .updates(&[
        Kind { name: "message", read: updates::message },
        Kind { name: "subscription", read: updates::subscription },
        // Answered before anything else sees it, by `BillingPort::check_out`.
        Kind { name: "pre_checkout_query", read: |_, _| None },
    ])
    .routes(yookassa::ROUTES)
    .check(check);

/// Orders and books in the database, and Telegram.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn BillingPort> {
    Arc::new(own(backends))
}

fn own(backends: &Backends<'_>) -> Port {
    let Backends { store, cache, config, client, texts, shop, sold, .. } = backends;
    Port::new(
        ((*store).clone(), cache.cloned()),
        ((*client).clone(), (*texts).clone()),
        (*shop).clone(),
        Yookassa::of(config),
        (*sold).clone(),
    )
}

/// The lanes of its jobs.
pub fn lanes(backends: &Backends<'_>) -> Vec<JobLane> {
    jobs::lanes(&own(backends))
}

/// What `nameless check-config` says of it.
fn check(config: &Config) -> String {
    match shop(config, |_| true) {
        Ok(shop) if shop.products.is_empty() => {
            "billing: nothing is sold (STARS=off, YOOKASSA=off)\n".to_owned()
        }
        Ok(shop) => {
            let line = |(product, stars): (&nameless_domain::capabilities::billing::Product, _)| {
                format!("billing: {} is sold for {stars} Stars\n", product.id)
            };
            let card = |(product, price): (&nameless_domain::capabilities::billing::Product, _)| {
                format!("billing: {} is sold for {} by card\n", product.id, Price::Kopecks(price))
            };
            shop.for_stars().map(line).chain(shop.for_cards().map(card)).collect()
        }
        Err(errors) => format!("billing: {errors}\n"),
    }
}
