//! Settings of billing, and what is sold.

use super::yookassa::{Network, networks};
use crate::capabilities::again::settings as again;
use crate::capabilities::companion::settings::COMPANIONS;
use crate::capabilities::dating::settings as dating;
use crate::config::Config;
use crate::config::check::{Count, Hidden, Is, url};
use crate::config::setting::{plain, secret};
use crate::settings;
use nameless_domain::capabilities::billing::{Good, Invites, Kind, Shop, Written, read};
use secrecy::SecretString;
use serde::Deserialize;
use std::path::PathBuf;
use url::Url;

settings! {
    "billing", "Payments";

    /// `on`: what stands in the list of products is sold for Telegram Stars. `off`: nothing is
    /// sold; premium is what operators grant.
    STARS: bool = plain("off"), Is("on or off", switch);
    /// Days of premium that everybody may try once, also who has erased themselves since. 0: none.
    TRIAL_DAYS: u32 = plain("0"), Is("0 to 365", |s| s.parse().ok().filter(|days| *days <= 365));
    /// Days of premium for who invites somebody who is new and then talks to somebody. 0: nobody is
    /// invited.
    INVITE_DAYS: u32 = plain("0"), Is("0 to 365", |s| s.parse().ok().filter(|days| *days <= 365));
    /// `on`: who comes by an invitation has as many days.
    INVITE_BOTH: bool = plain("off"), Is("on or off", switch);
    /// For how many people somebody has those days within 30 days.
    INVITE_MOST: u32 = plain("20"), Count(1..=10_000);
    /// `on`: what has a price in roubles is sold by card. Telegram wants digital goods that are
    /// sold in it to be paid for in Stars, and may take down a bot that takes cards.
    YOOKASSA: bool = plain("off"), Is("on or off", switch);
    /// The shop's number at YooKassa.
    YOOKASSA_SHOP_ID: String = plain("").like("123456"),
        Is("1 to 20 digits", |s| ((1..=20).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.to_owned()));
    /// The shop's secret key.
    YOOKASSA_SECRET_KEY: SecretString = secret(),
        Hidden("at least 16 characters without blanks", |s| s.len() >= 16 && s.bytes().all(|b| b.is_ascii_graphic()));
    /// `on`: products that renew and have a price in roubles are sold by card. YooKassa has to
    /// allow a shop that.
    YOOKASSA_AUTOPAY: bool = plain("off"), Is("on or off", switch);
    /// Where people go once they have paid: your bot.
    YOOKASSA_RETURN_URL: Url = plain("").like("https://t.me/your_bot"),
        Is("an https address", |s| url(s, &["https"]));
    /// Where YooKassa's API is.
    YOOKASSA_API_URL: Url = plain("https://api.yookassa.ru/v3"),
        Is("an https address; http on this machine alone", api_url);
    /// Networks that its notifications come from, separated by commas. Behind a proxy, name that
    /// one in `TRUSTED_PROXIES`.
    YOOKASSA_SOURCES: Vec<Network> = plain(SOURCES),
        Is("networks separated by commas, such as 185.71.76.0/27", networks);
    /// `on`: the shop is one for tests, and only payments that are no real ones count.
    YOOKASSA_TEST: bool = plain("off"), Is("on or off", switch);
    /// Receipts by 54-FZ: where YooKassa sends them, as the bot knows nobody's address. Without it
    /// no receipt is asked for.
    YOOKASSA_RECEIPT_EMAIL: String = plain("").like("receipts@example.org"),
        Is("an e-mail address", |s| (s.len() <= 100 && s.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.'))
            && s.bytes().all(|b| b.is_ascii_graphic())).then(|| s.to_owned()));
    /// The VAT on those receipts, by YooKassa's list: 1 is without VAT.
    YOOKASSA_VAT_CODE: u8 = plain("1"), Count(1..=12);
    /// The list of products, a file like `config/products.toml`. Without it: that one, as it was
    /// when the program was built.
    PRODUCTS: PathBuf = plain("").like("/etc/nameless/products.toml"), Is("a path", |s| Some(PathBuf::from(s)));
}

/// Where YooKassa's notifications come from, as it says.
const SOURCES: &str = "185.71.76.0/27,185.71.77.0/27,77.75.153.0/25,77.75.154.128/25,77.75.156.11,77.75.156.35,\
    2a02:5180:0:1509::/64,2a02:5180:0:2655::/64,2a02:5180:0:1533::/64,2a02:5180:0:2669::/64";

fn api_url(text: &str) -> Option<Url> {
    let here =
        |url: &Url| url.scheme() == "https" || matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
    url(text, &["https", "http"]).filter(here)
}

/// Whether payments by card are on.
pub fn cards(config: &Config) -> bool {
    config.own(&YOOKASSA).unwrap_or_default()
}

/// The list that is built in.
const BUILT_IN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/products.toml"));

fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// The products cannot be sold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list of products ({file}) cannot be used:{}", .mistakes.iter().map(|m| format!("\n  - {m}")).collect::<String>())]
pub struct ShopErrors {
    /// The file.
    pub file: String,
    /// Every mistake.
    pub mistakes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Products {
    #[serde(default)]
    product: Vec<Written>,
}

/// What is sold; nothing where billing is off. `is_text` says whether there is a text of a key.
pub fn shop(config: &Config, is_text: impl Fn(&str) -> bool) -> Result<Shop, ShopErrors> {
    let trial_days = config.own(&TRIAL_DAYS).unwrap_or_default();
    let invites = invites(config);
    let taken = (config.own(&STARS).unwrap_or_default(), cards(config));
    if taken == (false, false) {
        return Ok(Shop { trial_days, invites, ..Shop::default() });
    }
    let path = config.own(&PRODUCTS).filter(|path| !path.as_os_str().is_empty());
    let file = path.as_ref().map_or_else(|| "built in".to_owned(), |path| path.display().to_string());
    let errors = |mistakes| ShopErrors { file: file.clone(), mistakes };
    let text = match &path {
        Some(path) => std::fs::read_to_string(path).map_err(|error| errors(vec![error.to_string()]))?,
        None => BUILT_IN.to_owned(),
    };
    let autopay = config.own(&YOOKASSA_AUTOPAY).unwrap_or_default();
    let shop = shop_of(&text, (taken.0, taken.1, autopay), is_text);
    let missing = if taken.1 { missing(config) } else { Vec::new() };
    match shop {
        Ok(mut shop) if missing.is_empty() => {
            // What is of no use where there is nobody to talk to is not sold.
            let talks = config.own(&COMPANIONS).is_some_and(|path| !path.as_os_str().is_empty());
            let (meets, asks_back) = (dating::is_on(config), again::per_day(config) > 0);
            shop.products.retain(|product| match product.holds() {
                None => true,
                Some(good) if good.is_of_dating() => meets,
                Some(Good::Again) => asks_back,
                Some(_) => talks,
            });
            Ok(Shop { trial_days, invites, ..shop })
        }
        shop => Err(errors([missing, shop.err().unwrap_or_default()].concat())),
    }
}

/// What is given for invitations.
fn invites(config: &Config) -> Invites {
    Invites {
        days: config.own(&INVITE_DAYS).unwrap_or_default(),
        both: config.own(&INVITE_BOTH).unwrap_or_default(),
        most: config.own(&INVITE_MOST).unwrap_or_default(),
    }
}

/// What payments by card cannot do without.
fn missing(config: &Config) -> Vec<String> {
    let there = [
        ("YOOKASSA_SHOP_ID", config.own(&YOOKASSA_SHOP_ID).is_some()),
        ("YOOKASSA_SECRET_KEY", config.own(&YOOKASSA_SECRET_KEY).is_some()),
        ("YOOKASSA_RETURN_URL", config.own(&YOOKASSA_RETURN_URL).is_some()),
    ];
    there.into_iter().filter(|(_, is)| !is).map(|(name, _)| format!("YOOKASSA=on needs {name}")).collect()
}

/// What of a list is sold where Stars, and cards, are taken.
fn shop_of(
    text: &str,
    (stars, cards, autopay): (bool, bool, bool),
    is_text: impl Fn(&str) -> bool,
) -> Result<Shop, Vec<String>> {
    let products: Products = toml::from_str(text).map_err(|error| vec![error.message().to_owned()])?;
    let mut shop = read(products.product)?;
    let mut mistakes = Vec::new();
    for product in &shop.products {
        for key in [product.title, product.about].into_iter().filter(|key| !is_text(key)) {
            mistakes.push(format!("product \"{}\": there is no text {key} in the locale files", product.id));
        }
    }
    if shop.products.is_empty() {
        mistakes.push("there is no [[product]] in it".to_owned());
    }
    for product in &mut shop.products {
        product.stars = product.stars.filter(|_| stars);
        product.kopecks = product.kopecks.filter(|_| cards && (autopay || product.kind != Kind::Monthly));
    }
    // What has a price in something that is not taken waits until it is.
    shop.products.retain(|product| product.stars.is_some() || product.kopecks.is_some());
    if shop.products.is_empty() && mistakes.is_empty() {
        let how = if stars { "stars" } else { "roubles" };
        mistakes.push(format!("nothing in it has a price in {how}"));
    }
    if mistakes.is_empty() { Ok(shop) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_can_be_sold() {
        let texts = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/locales/en/billing.ftl"));
        let is_text = |key: &str| texts.lines().any(|line| line.starts_with(&format!("{key} =")));
        let shop = shop_of(BUILT_IN, (true, false, false), is_text).expect("products");
        assert!(shop.products.len() >= 3);
        assert!(shop.for_stars().count() >= 3 && shop.for_cards().count() == 0);
        let shop = shop_of(BUILT_IN, (true, true, false), is_text).expect("products");
        assert!(shop.for_cards().count() >= 2);
        assert!(shop.for_cards().all(|(product, _)| product.kind != Kind::Monthly));
        let shop = shop_of(BUILT_IN, (false, true, true), is_text).expect("products");
        assert!(shop.card_renews());
    }

    #[test]
    fn a_list_with_mistakes_names_each() {
        let mistakes =
            |text: &str| shop_of(text, (true, false, false), |key| key == "there").unwrap_err().join("\n");
        assert!(mistakes("").contains("no [[product]]"));
        assert!(mistakes("[[product]]\nprice = 1").contains("price"));
        let one = "[[product]]\nid = 'a'\nkind = 'once'\nentitlement = 'premium'\ndays = 1\ntitle = 'x'\nabout = 'there'\nroubles = 5";
        let said = mistakes(one);
        assert!(said.contains("no text x") && !said.contains("there is no text there"));
        let one = one.replace("'x'", "'there'");
        assert!(mistakes(&one).contains("nothing in it has a price in stars"), "{}", mistakes(&one));
        assert_eq!(shop_of(&one, (true, true, false), |_| true).expect("products").products.len(), 1);
    }
}
