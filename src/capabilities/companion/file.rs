//! The file of back ends: who answers, at what price, under which caps. Every mistake is named; a
//! price that is missing is one.

#[cfg(test)]
mod tests;

use super::doors::Door;
use super::embedding::{Embedding, EmbeddingEnd, embedding_end};
use super::images::{Image, ImageEnd, image_end};
use nameless_backends::{BreakerSettings, ChatBackEnd, Clocks, Dialect, Dry, Sampling, Settings};
use nameless_domain::companion::money::{Micros, Price, TokenPrice};
use nameless_domain::companion::pace::Rates;
use secrecy::SecretString;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Gives variables, for keys.
pub(super) type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Bytes of the file, and of a key's, at most.
const FILE: u64 = 256 * 1024;
const KEY: u64 = 4 * 1024;
/// Tokens of a context and of an answer.
const CONTEXT: std::ops::RangeInclusive<u32> = 1_024..=2_000_000;
const ANSWER: std::ops::RangeInclusive<u32> = 16..=8_192;

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Adults may switch adult mode on.
    #[serde(default)]
    adult: bool,
    day: Day,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    help: Help,
    #[serde(default)]
    model: Vec<Model>,
    #[serde(default)]
    image: Vec<Image>,
    embedding: Option<Embedding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    person: f64,
    all: f64,
    #[serde(default)]
    pictures: f64,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Limits {
    minute: usize,
    hour: usize,
    pictures: usize,
    script: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { minute: 10, hour: 100, pictures: 20, script: true }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Help {
    confirmed: String,
    ru: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    name: String,
    url: String,
    #[serde(default)]
    dialect: Dialect,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    models: Vec<String>,
    context: u32,
    answer: u32,
    prompt: Option<f64>,
    reply: Option<f64>,
    #[serde(default)]
    free: bool,
    #[serde(default)]
    adult: bool,
    cap: Option<f64>,
    #[serde(default = "places")]
    places: usize,
    temperature: Option<f64>,
    top_p: Option<f64>,
    min_p: Option<f64>,
}

fn places() -> usize {
    16
}

/// What the file says.
pub(super) struct BackEnds {
    pub models: Vec<BackEnd>,
    pub images: Vec<ImageEnd>,
    /// Who makes vectors, by which older turns are recalled by what was meant.
    pub embedding: Option<EmbeddingEnd>,
    /// What a person may spend in a day on words and on pictures, and what all together.
    pub person: Micros,
    pub pictures: Micros,
    pub all: Micros,
    pub rates: Rates,
    /// Pictures that one person may ask for in a day.
    pub most_pictures: usize,
    /// Adults may switch adult mode on.
    pub adult: bool,
    /// Where to find help, in Russian and in English.
    pub help: [String; 2],
}

/// A back end with its price.
pub(super) struct BackEnd {
    pub name: String,
    pub client: ChatBackEnd,
    pub price: Price,
    pub cap: Micros,
    pub context: u32,
    pub answer: u32,
    pub places: usize,
    /// It may be asked in adult mode; no other is.
    pub adult: bool,
    pub door: Door,
}

/// Why the file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the back ends for characters ({file}) cannot be used:{}", .mistakes.iter().map(|m| format!("\n  - {m}")).collect::<String>())]
pub struct BadBackEnds {
    /// The file.
    pub file: String,
    /// Every mistake.
    pub mistakes: Vec<String>,
}

/// Reads the file. `env` gives variables, for keys.
pub(super) fn read(path: &Path, env: impl Fn(&str) -> Option<String>) -> Result<BackEnds, BadBackEnds> {
    let refused = |mistakes| BadBackEnds { file: path.display().to_string(), mistakes };
    let text = bounded(path, FILE).map_err(|error| refused(vec![error]))?;
    of_text(&text, env).map_err(refused)
}

pub(super) fn bounded(path: &Path, most: u64) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > most {
        return Err(format!("more than {most} bytes"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn of_text(text: &str, env: impl Fn(&str) -> Option<String>) -> Result<BackEnds, Vec<String>> {
    // The message alone: a parser that quotes the line may quote a key.
    let written: Written = toml::from_str(text).map_err(|error| vec![error.message().to_owned()])?;
    let Written { adult, day, limits, help, model, image, embedding } = written;
    let mut wrong = Vec::new();
    let mut money = |what: &str, units: f64| {
        Micros::of_units(units).unwrap_or_else(|| {
            wrong.push(format!("{what} is no amount of money"));
            Micros::ZERO
        })
    };
    let (person, all) = (money("day.person", day.person), money("day.all", day.all));
    let pictures = money("day.pictures", day.pictures);
    if help.confirmed.trim().is_empty() {
        wrong.push(
            "help.confirmed is empty: say who has checked where people are sent that speak of harming themselves"
                .to_owned(),
        );
    }
    for (name, words) in [("ru", &help.ru), ("en", &help.en)] {
        if words.trim().is_empty() || words.chars().count() > 1_000 {
            wrong.push(format!("help.{name} has 1 to 1,000 characters: where to find help"));
        }
    }
    if model.is_empty() {
        wrong.push("there is no [[model]] in it".to_owned());
    }
    if adult != model.iter().any(|one| one.adult) {
        wrong.push(match adult {
            true => "adult = true needs a [[model]] that may answer in adult mode: give it adult = true"
                .to_owned(),
            false => "a model has adult = true, and the file has not: say adult = true at its top".to_owned(),
        });
    }
    let mut models: Vec<BackEnd> = Vec::new();
    for one in model {
        let name = one.name.clone();
        let mut mistakes = Vec::new();
        if models.iter().any(|other| other.name == name) {
            mistakes.push("this name is another one's, too".to_owned());
        }
        if let Some(back_end) = back_end(one, &env, &mut mistakes) {
            models.push(back_end);
        }
        wrong.extend(mistakes.into_iter().map(|what| format!("model \"{name}\": {what}")));
    }
    if image.iter().any(|one| one.adult) && !adult {
        wrong.push("an image has adult = true, and the file has not: say adult = true at its top".to_owned());
    }
    let mut images: Vec<ImageEnd> = Vec::new();
    for one in image {
        let name = one.name.clone();
        let mut mistakes = Vec::new();
        // The books name both alike.
        if images.iter().any(|other| other.name == name) || models.iter().any(|other| other.name == name) {
            mistakes.push("this name is another one's, too".to_owned());
        }
        images.extend(image_end(one, &env, &mut mistakes));
        wrong.extend(mistakes.into_iter().map(|what| format!("image \"{name}\": {what}")));
    }
    let embedding = embedding.and_then(|one| {
        let (name, mut mistakes) = (one.name.clone(), Vec::new());
        if models.iter().any(|other| other.name == name) || images.iter().any(|other| other.name == name) {
            mistakes.push("this name is another one's, too".to_owned());
        }
        if one.adult && !adult {
            mistakes.push("adult = true, and the file has not: say adult = true at its top".to_owned());
        }
        let end = embedding_end(one, &env, &mut mistakes);
        wrong.extend(mistakes.into_iter().map(|what| format!("embedding: {what}")));
        end
    });
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let rates = Rates { minute: limits.minute, hour: limits.hour, script: limits.script };
    let most_pictures = limits.pictures;
    let help = [help.ru, help.en];
    Ok(BackEnds { models, images, embedding, person, pictures, all, rates, most_pictures, adult, help })
}

fn back_end(one: Model, env: Env<'_>, wrong: &mut Vec<String>) -> Option<BackEnd> {
    let before = wrong.len();
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(1..=32).contains(&one.name.len()) || !one.name.bytes().all(legal) {
        wrong.push("name is 1 to 32 of a-z, 0-9 and -".to_owned());
    }
    if !CONTEXT.contains(&one.context) || !ANSWER.contains(&one.answer) || one.answer * 2 > one.context {
        wrong.push(format!(
            "context is {} to {} tokens, answer {} to {} and at most half of it",
            CONTEXT.start(),
            CONTEXT.end(),
            ANSWER.start(),
            ANSWER.end()
        ));
    }
    if one.models.is_empty() || one.models.iter().any(|name| name.trim().is_empty()) {
        wrong.push("models names one at least".to_owned());
    }
    if !(1..=1_024).contains(&one.places) {
        wrong.push("places is 1 to 1,024".to_owned());
    }
    let priced = one.prompt.and_then(Micros::of_units).zip(one.reply.and_then(Micros::of_units));
    let price = match (priced, one.free) {
        (Some((prompt, answer)), false) => Price::Tokens(TokenPrice { prompt, answer }),
        (None, true) if one.prompt.is_none() && one.reply.is_none() => Price::Free,
        _ => {
            wrong.push(
                "its price is missing: give prompt and reply, for a million tokens, or free = true"
                    .to_owned(),
            );
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
    let door = Door::of_models(&one.name, &one.url, key.as_ref());
    let client = ChatBackEnd::new(Settings {
        url: one.url,
        key,
        dialect: one.dialect,
        models: one.models,
        sampling: Sampling {
            temperature: one.temperature,
            top_p: one.top_p,
            min_p: one.min_p,
            // Small models at home go in circles without it.
            dry: (one.dialect == Dialect::LlamaCpp).then(Dry::default),
        },
        clocks: Clocks::default(),
        // A second call is another reserve: the turn decides on it.
        attempts: 1,
        places: one.places.max(1),
        breaker: BreakerSettings::default(),
        seed: u64::from(std::process::id()),
    });
    let client = client.map_err(|error| wrong.push(format!("url: {error}"))).ok()?;
    (wrong.len() == before).then_some(BackEnd {
        name: one.name,
        client,
        price,
        cap,
        context: one.context,
        answer: one.answer,
        places: one.places,
        adult: one.adult,
        door,
    })
}

/// The key of a back end, if it has one.
pub(super) fn key(
    key_env: &Option<String>,
    key_file: &Option<PathBuf>,
    env: Env<'_>,
) -> Result<Option<SecretString>, String> {
    let key = match (key_env, key_file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err("give key_env or key_file, not both".to_owned()),
        (Some(name), None) => env(name).ok_or_else(|| format!("{name}, its key_env, is not set"))?,
        (None, Some(path)) => bounded(path, KEY).map_err(|error| format!("key_file: {error}"))?,
    };
    match key.trim() {
        "" => Err("its key is empty".to_owned()),
        key => Ok(Some(SecretString::from(key.to_owned()))),
    }
}
