//! Settings of billing, and what is sold.

use crate::config::Config;
use crate::config::check::Is;
use crate::config::setting::plain;
use crate::settings;
use nameless_domain::capabilities::billing::{Shop, Written, read};
use serde::Deserialize;
use std::path::PathBuf;

settings! {
    "billing", "Payments";

    /// `on`: what stands in the list of products is sold for Telegram Stars. `off`: nothing is
    /// sold; premium is what operators grant.
    STARS: bool = plain("off"), Is("on or off", switch);
    /// Days of premium that everybody may try once, also who has erased themselves since. 0: none.
    TRIAL_DAYS: u32 = plain("0"), Is("0 to 365", |s| s.parse().ok().filter(|days| *days <= 365));
    /// The list of products, a file like `config/products.toml`. Without it: that one, as it was
    /// when the program was built.
    PRODUCTS: PathBuf = plain("").like("/etc/nameless/products.toml"), Is("a path", |s| Some(PathBuf::from(s)));
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
    if !config.own(&STARS).unwrap_or_default() {
        return Ok(Shop { trial_days, ..Shop::default() });
    }
    let path = config.own(&PRODUCTS).filter(|path| !path.as_os_str().is_empty());
    let file = path.as_ref().map_or_else(|| "built in".to_owned(), |path| path.display().to_string());
    let errors = |mistakes| ShopErrors { file: file.clone(), mistakes };
    let text = match &path {
        Some(path) => std::fs::read_to_string(path).map_err(|error| errors(vec![error.to_string()]))?,
        None => BUILT_IN.to_owned(),
    };
    let shop = shop_of(&text, is_text).map_err(errors)?;
    Ok(Shop { trial_days, ..shop })
}

fn shop_of(text: &str, is_text: impl Fn(&str) -> bool) -> Result<Shop, Vec<String>> {
    let products: Products = toml::from_str(text).map_err(|error| vec![error.message().to_owned()])?;
    let shop = read(products.product)?;
    let mut mistakes = Vec::new();
    for product in &shop.products {
        for key in [product.title, product.about].into_iter().filter(|key| !is_text(key)) {
            mistakes.push(format!("product \"{}\": there is no text {key} in the locale files", product.id));
        }
        if product.stars.is_none() {
            mistakes.push(format!("product \"{}\": give stars: nothing else is taken yet", product.id));
        }
    }
    if shop.products.is_empty() {
        mistakes.push("there is no [[product]] in it".to_owned());
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
        let shop = shop_of(BUILT_IN, is_text).expect("products");
        assert!(shop.products.len() >= 3);
    }

    #[test]
    fn a_list_with_mistakes_names_each() {
        let mistakes = |text: &str| shop_of(text, |key| key == "there").unwrap_err().join("\n");
        assert!(mistakes("").contains("no [[product]]"));
        assert!(mistakes("[[product]]\nprice = 1").contains("price"));
        let one = "[[product]]\nid = 'a'\nkind = 'once'\nentitlement = 'premium'\ndays = 1\ntitle = 'x'\nabout = 'there'\nroubles = 5";
        let said = mistakes(one);
        assert!(
            said.contains("no text x")
                && said.contains("give stars")
                && !said.contains("there is no text there")
        );
    }
}
