//! Who makes vectors of what is said, in the file of back ends: `[embedding]`.

use super::doors::Door;
use super::file::{Env, key};
use nameless_backends::{BreakerSettings, EmbeddingBackEnd, EmbeddingSettings};
use nameless_domain::companion::money::{Micros, Price, TokenPrice};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Numbers of a vector: those of the models that there are.
const DIMENSIONS: std::ops::RangeInclusive<usize> = 8..=4_096;
/// Milliseconds for which a reply waits for the vector of what was said.
const WAIT: std::ops::RangeInclusive<u64> = 50..=5_000;
/// Letters before a text, by which some models know what it is for.
const PREFIX: usize = 64;

/// It as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Embedding {
    pub name: String,
    url: String,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    model: String,
    dimensions: usize,
    #[serde(default)]
    cut: bool,
    price: Option<f64>,
    #[serde(default)]
    free: bool,
    #[serde(default)]
    pub adult: bool,
    cap: Option<f64>,
    #[serde(default = "places")]
    places: usize,
    #[serde(default = "wait")]
    wait: u64,
    #[serde(default = "least")]
    least: f32,
    #[serde(default)]
    query: String,
    #[serde(default)]
    passage: String,
}

fn places() -> usize {
    8
}

fn wait() -> u64 {
    400
}

/// Below it most models have strangers (SillyTavern takes 0.25).
fn least() -> f32 {
    0.3
}

/// A maker of vectors with its price.
pub(super) struct EmbeddingEnd {
    pub name: String,
    pub client: EmbeddingBackEnd,
    /// Of a million tokens.
    pub price: Price,
    pub cap: Micros,
    /// It may be told what passes in adult mode only.
    pub adult: bool,
    /// How long a reply waits for it.
    pub wait: Duration,
    /// Turns that are less alike to what is said are not recalled.
    pub least: f32,
    /// What stands before what is said, and before what was.
    pub query: String,
    pub passage: String,
    /// Which vectors can be compared: those of this model, this length and this way of asking.
    pub space: String,
    pub door: Door,
}

/// Reads it; what is wrong with it goes into `wrong`.
pub(super) fn embedding_end(one: Embedding, env: Env<'_>, wrong: &mut Vec<String>) -> Option<EmbeddingEnd> {
    let before = wrong.len();
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(1..=32).contains(&one.name.len()) || !one.name.bytes().all(legal) {
        wrong.push("name is 1 to 32 of a-z, 0-9 and -".to_owned());
    }
    if one.model.trim().is_empty() || one.model.len() > 200 {
        wrong.push("model is 1 to 200 bytes: which one".to_owned());
    }
    if !DIMENSIONS.contains(&one.dimensions) {
        wrong.push(format!(
            "dimensions is {} to {}: numbers of the model's vectors",
            DIMENSIONS.start(),
            DIMENSIONS.end()
        ));
    }
    if !WAIT.contains(&one.wait) {
        wrong.push(format!("wait is {} to {} milliseconds", WAIT.start(), WAIT.end()));
    }
    if !(0.0..=1.0).contains(&one.least) {
        wrong.push("least is 0 to 1".to_owned());
    }
    if !(1..=64).contains(&one.places) {
        wrong.push("places is 1 to 64".to_owned());
    }
    if [&one.query, &one.passage].iter().any(|text| text.chars().count() > PREFIX) {
        wrong.push(format!("query and passage have {PREFIX} characters at most"));
    }
    let price = match (one.price.map(Micros::of_units), one.free) {
        (Some(Some(prompt)), false) => Price::Tokens(TokenPrice { prompt, answer: Micros::ZERO }),
        (None, true) => Price::Free,
        _ => {
            wrong.push("its price is missing: give price, for a million tokens, or free = true".to_owned());
            Price::Free
        }
    };
    let cap = match (one.cap.map(Micros::of_units), price) {
        (Some(Some(cap)), _) => cap,
        (None, Price::Free) => Micros::ZERO,
        _ => {
            wrong.push("give cap: what may be spent here in a day".to_owned());
            Micros::ZERO
        }
    };
    let key = key(&one.key_env, &one.key_file, env).unwrap_or_else(|what| {
        wrong.push(what);
        None
    });
    let space = format!("{}:{}:{}", one.model, one.dimensions, one.passage);
    let door = Door::of_models(&one.name, &one.url, key.as_ref());
    let client = EmbeddingBackEnd::new(EmbeddingSettings {
        url: one.url,
        key,
        model: one.model,
        dimensions: one.dimensions,
        cut: one.cut,
        clocks: EmbeddingSettings::clocks(),
        places: one.places.max(1),
        breaker: BreakerSettings::default(),
    });
    let client = client.map_err(|error| wrong.push(format!("url: {error}"))).ok()?;
    (wrong.len() == before).then_some(EmbeddingEnd {
        name: one.name,
        client,
        price,
        cap,
        adult: one.adult,
        wait: Duration::from_millis(one.wait),
        least: one.least,
        query: one.query,
        passage: one.passage,
        space,
        door,
    })
}
