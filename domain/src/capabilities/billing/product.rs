//! What is sold, as the operator wrote it down, and every mistake in it.

use super::{Good, Invites, Kopecks, Stars};
use crate::time::DAY_MS;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Days that a subscription pays for at a time: Telegram knows no other period.
pub const MONTH_DAYS: u32 = 30;
/// The highest price of a subscription at Telegram.
const MOST_MONTHLY: i64 = 10_000;
/// The highest price that is taken for a typing error's opposite.
const MOST_ONCE: i64 = 100_000;
/// The lowest sum that a card can be charged, kopecks.
const LEAST_KOPECKS: i64 = 100;
/// The highest, kopecks.
const MOST_KOPECKS: i64 = 100_000_000;
/// The most uses that a pack holds.
const MOST_USES: i64 = 100_000;
/// Products: as many as one keyboard shows.
const MOST_PRODUCTS: usize = 20;

/// How it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Once.
    Once,
    /// Every 30 days, until cancelled.
    Monthly,
    /// Once, for so many uses of something.
    Pack,
}

impl Kind {
    /// As it is written and kept.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Once => "once",
            Kind::Monthly => "monthly",
            Kind::Pack => "pack",
        }
    }

    /// From that name.
    pub fn from_name(name: &str) -> Option<Kind> {
        [Kind::Once, Kind::Monthly, Kind::Pack].into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that is sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its name in buttons and reports; never reused for something else.
    pub id: &'static str,
    /// How it is paid.
    pub kind: Kind,
    /// Days of premium that a payment gives, or how much a pack holds.
    pub amount: u32,
    /// What a pack holds; none: messages to characters, or it is no pack.
    pub good: Option<Good>,
    /// Its price in Stars; none: not sold for them.
    pub stars: Option<Stars>,
    /// Its price in roubles; none: not sold for them.
    pub kopecks: Option<Kopecks>,
    /// Locale key of its title, 1-32 characters.
    pub title: &'static str,
    /// Locale key of what stands in the invoice, 1-255 characters.
    pub about: &'static str,
}

impl Product {
    /// What a pack holds; none: it is premium.
    pub fn holds(&self) -> Option<Good> {
        (self.kind == Kind::Pack).then(|| self.good.unwrap_or(Good::Companion))
    }

    /// Milliseconds of premium that a payment gives.
    pub fn ms(&self) -> i64 {
        i64::from(self.amount) * DAY_MS
    }
}

/// All that is sold, in the order in which it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shop {
    /// The products.
    pub products: Vec<Product>,
    /// Days of premium that everybody may try once; 0: none.
    pub trial_days: u32,
    /// What is given for invitations.
    pub invites: Invites,
}

impl Shop {
    /// The product of this name.
    pub fn find(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// Whether premium is among what is sold.
    pub fn sells_premium(&self) -> bool {
        self.products.iter().any(|product| product.kind != Kind::Pack)
    }

    /// Packs of this.
    pub fn of(&self, good: Good) -> impl Iterator<Item = &Product> {
        self.products.iter().filter(move |product| product.holds() == Some(good))
    }

    /// Whether packs of this are sold.
    pub fn sells(&self, good: Good) -> bool {
        self.of(good).next().is_some()
    }

    /// What is sold by card.
    pub fn for_cards(&self) -> impl Iterator<Item = (&Product, Kopecks)> {
        self.products.iter().filter_map(|product| Some((product, product.kopecks?)))
    }

    /// Whether something that is paid by card renews by itself.
    pub fn card_renews(&self) -> bool {
        self.for_cards().any(|(product, _)| product.kind == Kind::Monthly)
    }

    /// What is sold for Stars.
    pub fn for_stars(&self) -> impl Iterator<Item = (&Product, Stars)> {
        self.products.iter().filter_map(|product| Some((product, product.stars?)))
    }
}

/// A product as it stands in `products.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    id: String,
    kind: String,
    entitlement: String,
    days: i64,
    amount: Option<i64>,
    stars: Option<i64>,
    roubles: Option<i64>,
    kopecks: Option<i64>,
    title: String,
    about: String,
}

/// Reads what is sold. Every mistake, each in a line that names the product.
pub fn read(written: Vec<Written>) -> Result<Shop, Vec<String>> {
    let mut mistakes = Vec::new();
    let mut ids = BTreeSet::new();
    if written.len() > MOST_PRODUCTS {
        mistakes.push(format!("there are {} products; at most {MOST_PRODUCTS} can be shown", written.len()));
    }
    let mut products = Vec::new();
    for (n, one) in written.into_iter().enumerate() {
        let before = mistakes.len();
        let name = if one.id.is_empty() { format!("number {}", n + 1) } else { format!("\"{}\"", one.id) };
        let mut wrong = |what: String| mistakes.push(format!("product {name}: {what}"));
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=32).contains(&one.id.len()) || !one.id.bytes().all(legal) {
            wrong("id is 1 to 32 of a-z, 0-9 and -".into());
        } else if !ids.insert(one.id.clone()) {
            wrong("the id is there twice".into());
        }
        let kind = Kind::from_name(&one.kind);
        if kind.is_none() {
            wrong(format!("kind is once, monthly or pack, not \"{}\"", one.kind));
        }
        let is_pack = kind == Some(Kind::Pack);
        let good = Good::from_name(&one.entitlement).filter(|_| is_pack);
        if is_pack && good.is_none() {
            let names = Good::ALL.map(Good::name).join(", ");
            wrong(format!("entitlement of a pack is one of {names}, not \"{}\"", one.entitlement));
        } else if !is_pack && one.entitlement != "premium" {
            wrong(format!("entitlement is premium, not \"{}\"", one.entitlement));
        }
        if is_pack {
            if !one.amount.is_some_and(|amount| (1..=MOST_USES).contains(&amount)) {
                wrong(format!("amount of a pack is 1 to {MOST_USES}"));
            }
            if one.days != 0 {
                wrong("a pack has an amount and no days".into());
            }
        } else if one.amount.is_some() {
            wrong("only a pack has an amount".into());
        } else if !(1..=3_650).contains(&one.days) {
            wrong("days is 1 to 3650".into());
        } else if kind == Some(Kind::Monthly) && one.days != i64::from(MONTH_DAYS) {
            wrong(format!("a monthly product has days = {MONTH_DAYS}: Telegram knows no other period"));
        }
        let most = if kind == Some(Kind::Monthly) { MOST_MONTHLY } else { MOST_ONCE };
        if one.stars.is_some_and(|stars| !(1..=most).contains(&stars)) {
            wrong(format!("stars is 1 to {most}"));
        }
        let kopecks = one.kopecks.or_else(|| Some(one.roubles?.saturating_mul(100)));
        if one.kopecks.is_some() && one.roubles.is_some() {
            wrong("give its price in roubles or in kopecks, not in both".into());
        }
        if kopecks.is_some_and(|kopecks| !(LEAST_KOPECKS..=MOST_KOPECKS).contains(&kopecks)) {
            wrong("roubles is 1 to 1000000, kopecks 100 to 100000000".into());
        }
        if one.stars.is_none() && kopecks.is_none() {
            wrong("it has no price: give stars, roubles, or both".into());
        }
        for (field, key) in [("title", &one.title), ("about", &one.about)] {
            if key.is_empty() {
                wrong(format!("{field} is a key of the locale files"));
            }
        }
        if let (true, Some(kind)) = (mistakes.len() == before, kind) {
            products.push(Product {
                id: for_ever(one.id),
                kind,
                amount: u32::try_from(one.amount.unwrap_or(one.days)).unwrap_or(MONTH_DAYS),
                good,
                stars: one.stars.and_then(Stars::new),
                kopecks: kopecks.and_then(Kopecks::new),
                title: for_ever(one.title),
                about: for_ever(one.about),
            });
        }
    }
    if mistakes.is_empty() { Ok(Shop { products, ..Shop::default() }) } else { Err(mistakes) }
}

/// Read once at the start, and needed until the end: keys of texts are `'static` everywhere.
fn for_ever(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
