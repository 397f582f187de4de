//! What looking costs beside the bare runtime: the same model, the same size, the same input, in
//! turns.
//!
//! "Ours" is a detector's whole call: laying out the planes, running, reading boxes and dropping
//! doubles. "Bare" is the run alone. Decoding and resizing are counted apart, as the bare runtime
//! knows neither.

use std::{
    fmt,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    faces::{JUDGE_SIDE, QUICK_SIDE},
    inspect::Inspector,
    models::input::{Order, fitted, planes},
    pdq,
    picture::Picture,
};

/// Our call over the bare one, at most.
pub const BAR: f64 = 1.15;

/// One model's cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// The model and its size.
    pub name: String,
    /// The bare runtime's call, in microseconds: the middle of all rounds.
    pub bare: f64,
    /// Our call, in microseconds: the middle of all rounds.
    pub ours: f64,
    /// The middle of what the rounds' ratios are: what a busy machine does to both cancels out.
    pub ratio: f64,
}

/// What was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Each model.
    pub models: Vec<Cost>,
    /// Bringing a picture of 1280 pixels to 640, in microseconds.
    pub resize: f64,
    /// PDQ at 640 pixels, in microseconds.
    pub hash: f64,
}

impl Figures {
    /// The worst of the ratios.
    #[must_use]
    pub fn worst(&self) -> f64 {
        self.models.iter().map(|cost| cost.ratio).fold(0.0, f64::max)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:24} {:>10} {:>10} {:>8}", "model", "bare ms", "ours ms", "ratio")?;
        for Cost { name, bare, ours, ratio } in &self.models {
            writeln!(formatter, "{name:24} {:>10.2} {:>10.2} {ratio:>8.3}", bare / 1e3, ours / 1e3)?;
        }
        write!(formatter, "resize 1280 to 640: {:.2} ms; PDQ: {:.2} ms", self.resize / 1e3, self.hash / 1e3)
    }
}

/// Measures for so many rounds, each with every model once.
///
/// # Errors
/// When the runtime fails.
pub(crate) fn run(inspector: &mut Inspector, rounds: u32) -> Result<Figures, ort::Error> {
    let large = drawn(1280, 960);
    let picture = large.clone().shrunk(JUDGE_SIDE);
    let quick = fitted(&picture, QUICK_SIDE);
    let judged = fitted(&picture, JUDGE_SIDE);
    let squeezed = picture.resized(256, 256);
    let (quick_planes, judge_planes) = (planes(&quick, Order::Bgr), planes(&judged, Order::Rgb));
    let nude_values = crate::models::nsfw_values(&squeezed);
    let mut timed: [Pairs; 3] = Default::default();
    let (mut resize, mut hash) = (Vec::new(), Vec::new());
    // The first rounds warm caches and arenas.
    let warm_up = rounds.min(3);
    for round in 0..rounds + warm_up {
        let pairs = [
            (
                timing(|| inspector.quick.session().run(quick_planes.shape, &quick_planes.values).map(drop))?,
                timing(|| inspector.quick.detect(&quick).map(drop))?,
            ),
            (
                timing(|| inspector.judge.session().run(judge_planes.shape, &judge_planes.values).map(drop))?,
                timing(|| inspector.judge.detect(&judged).map(drop))?,
            ),
            (
                timing(|| inspector.nudity.session().run([1, 224, 224, 3], &nude_values).map(drop))?,
                timing(|| inspector.nudity.score(&squeezed).map(drop))?,
            ),
        ];
        if round >= warm_up {
            timed.iter_mut().zip(pairs).for_each(|(all, pair)| all.push(pair));
            resize.push(timing(|| {
                std::hint::black_box(large.scaled(0.5));
                Ok(())
            })?);
            let mut luma = Some(picture.luma());
            hash.push(timing(|| {
                let luma = luma.take().unwrap_or_default();
                std::hint::black_box(pdq::hash(luma, picture.width as usize, picture.height as usize));
                Ok(())
            })?);
        }
    }
    let names = ["YuNet at 320", "CenterFace at 640", "OpenNSFW at 224"];
    let models = names.into_iter().zip(timed).map(|(name, pairs)| cost(name, &pairs)).collect();
    Ok(Figures { models, resize: middle(resize), hash: middle(hash) })
}

type Pairs = Vec<(f64, f64)>;

fn cost(name: &str, pairs: &Pairs) -> Cost {
    Cost {
        name: name.to_owned(),
        bare: middle(pairs.iter().map(|pair| pair.0).collect()),
        ours: middle(pairs.iter().map(|pair| pair.1).collect()),
        ratio: middle(pairs.iter().map(|(bare, ours)| ours / bare.max(1.0)).collect()),
    }
}

/// Microseconds.
fn timing(mut what: impl FnMut() -> Result<(), ort::Error>) -> Result<f64, ort::Error> {
    let start = Instant::now();
    what()?;
    Ok(start.elapsed().max(Duration::from_nanos(1)).as_secs_f64() * 1e6)
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn drawn(width: u32, height: u32) -> Picture {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rgb = pixels.flat_map(|(x, y)| [(x * y / 640) as u8, (x / 3 + y) as u8, (x ^ y) as u8]).collect();
    Picture { width, height, rgb }
}
