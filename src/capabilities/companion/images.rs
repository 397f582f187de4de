//! Makers of pictures in the file of back ends: `[[image]]`.

use super::doors::Door;
use super::file::{Env, bounded, key};
use nameless_backends::{BreakerSettings, Drawing, DrawingSettings, ImageBackEnd, ImageDialect, Workflow};
use nameless_domain::companion::money::{Micros, Price};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Bytes of a workflow.
const WORKFLOW: u64 = 1024 * 1024;
/// How often a queue is asked.
const POLL: Duration = Duration::from_secs(1);
/// Pixels of a side; Venice and most models take no more.
const SIDE: std::ops::RangeInclusive<u32> = 256..=1_536;

/// A maker as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    pub name: String,
    url: String,
    dialect: ImageDialect,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    model: Option<String>,
    workflow: Option<PathBuf>,
    #[serde(default = "size")]
    size: [u32; 2],
    steps: Option<u32>,
    price: Option<f64>,
    #[serde(default)]
    free: bool,
    #[serde(default)]
    pub adult: bool,
    cap: Option<f64>,
    #[serde(default = "places")]
    places: usize,
}

fn size() -> [u32; 2] {
    [768, 1_024]
}

/// One: those that block hang where calls overlap.
fn places() -> usize {
    1
}

/// A maker with its price.
pub(super) struct ImageEnd {
    pub name: String,
    pub client: ImageBackEnd,
    /// Of one picture.
    pub price: Price,
    pub cap: Micros,
    pub size: (u32, u32),
    pub places: usize,
    /// It may draw in adult mode what only that shows.
    pub adult: bool,
    /// Its jobs have names: one that a former process has posted is found again.
    pub resumes: bool,
    pub door: Door,
}

/// Reads one; what is wrong with it goes into `wrong`.
pub(super) fn image_end(one: Image, env: Env<'_>, wrong: &mut Vec<String>) -> Option<ImageEnd> {
    let before = wrong.len();
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(1..=32).contains(&one.name.len()) || !one.name.bytes().all(legal) {
        wrong.push("name is 1 to 32 of a-z, 0-9 and -".to_owned());
    }
    let [width, height] = one.size;
    if !SIDE.contains(&width) || !SIDE.contains(&height) || width % 8 != 0 || height % 8 != 0 {
        wrong.push(format!("size is two of {} to {}, each a multiple of 8", SIDE.start(), SIDE.end()));
    }
    if !(1..=64).contains(&one.places) {
        wrong.push("places is 1 to 64".to_owned());
    }
    if one.steps.is_some_and(|steps| !(1..=150).contains(&steps)) {
        wrong.push("steps is 1 to 150".to_owned());
    }
    let price = match (one.price.map(Micros::of_units), one.free) {
        (Some(Some(price)), false) => Price::Call(price),
        (None, true) => Price::Free,
        _ => {
            wrong.push("its price is missing: give price, for one picture, or free = true".to_owned());
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
    let resumes = one.dialect == ImageDialect::ComfyUi;
    let workflow = match (&one.workflow, resumes) {
        (Some(path), true) => bounded(path, WORKFLOW)
            .and_then(|text| Workflow::read(&text).map_err(|bad| bad.to_string()))
            .map_err(|error| wrong.push(format!("workflow: {error}")))
            .ok(),
        (None, false) => None,
        (None, true) => {
            wrong.push("give workflow: the file that ComfyUI exports for its API".to_owned());
            None
        }
        (Some(_), false) => {
            wrong.push("workflow is for dialect = \"comfyui\" alone".to_owned());
            None
        }
    };
    let key = key(&one.key_env, &one.key_file, env).unwrap_or_else(|what| {
        wrong.push(what);
        None
    });
    let door = Door::of_pictures(&one.name, &one.url);
    let client = ImageBackEnd::new(DrawingSettings {
        url: one.url,
        key,
        dialect: one.dialect,
        drawing: Drawing { model: one.model, steps: one.steps, workflow },
        clocks: DrawingSettings::clocks(),
        places: one.places.max(1),
        breaker: BreakerSettings::default(),
        poll: POLL,
    });
    let client = client
        .map_err(|_| {
            wrong.push("url: not an address of a maker; it looks like http://127.0.0.1:8188".to_owned())
        })
        .ok()?;
    (wrong.len() == before).then_some(ImageEnd {
        name: one.name,
        client,
        price,
        cap,
        size: (width, height),
        places: one.places,
        adult: one.adult,
        resumes,
        door,
    })
}
