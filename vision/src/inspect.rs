//! Looks at a picture, cheapest step first.

use std::time::Instant;

use crate::{
    codes, faces,
    failure::Failure,
    findings::{Findings, Times, Wants},
    header::{self, Header},
    limits::Limits,
    models::{Bounds, CenterFace, Folder, LoadError, OpenNsfw, Runtime, YuNet},
    pdq::{self, Pdq},
    picture::Picture,
    quality,
};

const WHOLE: Bounds = Bounds { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };

/// The models, ready to look.
pub struct Inspector {
    /// The quick detector.
    pub quick: YuNet,
    /// The judge.
    pub judge: CenterFace,
    /// Knows pornography.
    pub nudity: OpenNsfw,
    /// What is not even decoded.
    pub limits: Limits,
    /// The picture of which only the hash was wanted: the next request may be for the rest.
    kept: Option<Decoded>,
}

/// A picture that is decoded and hashed, and what that cost.
struct Decoded {
    header: Header,
    picture: Picture,
    pdq: Pdq,
    times: Times,
}

impl Inspector {
    /// Loads runtime and models. A process can do so once.
    ///
    /// # Errors
    /// When a file is missing or different, or the runtime refuses it.
    pub fn load(folder: &Folder, limits: Limits) -> Result<Self, LoadError> {
        let runtime = Runtime::open(folder)?;
        Ok(Self {
            quick: YuNet::load(&runtime, folder)?,
            judge: CenterFace::load(&runtime, folder)?,
            nudity: OpenNsfw::load(&runtime, folder)?,
            limits,
            kept: None,
        })
    }

    /// Finds out what is wanted of a picture. Without bytes it is the one before, of which only the
    /// hash was wanted.
    ///
    /// # Errors
    /// [`Failure`] when it was refused, is broken, or a model failed.
    pub fn inspect(&mut self, bytes: &[u8], wants: Wants) -> Result<Findings, Failure> {
        let before = self.kept.take().filter(|_| bytes.is_empty());
        let decoded = before.map_or_else(|| self.decode(bytes), Ok)?;
        let found = self.find(&decoded, wants)?;
        self.kept = (wants == Wants::HASH).then_some(decoded);
        Ok(found)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Decoded, Failure> {
        let mut clock = Stopwatch::start();
        let header = header::look(bytes, &self.limits)?;
        let picture = Picture::decode(bytes, &header, &self.limits)?;
        let mut times = Times { decode: clock.lap(), ..Times::default() };
        let pdq = pdq::hash(picture.luma(), picture.width as usize, picture.height as usize);
        times.hash = clock.lap();
        Ok(Decoded { header, picture, pdq, times })
    }

    fn find(&mut self, decoded: &Decoded, wants: Wants) -> Result<Findings, Failure> {
        let Decoded { header, picture, pdq, times } = decoded;
        let (mut times, mut clock) = (*times, Stopwatch::start());
        let faces = wants
            .faces
            .map(|effort| faces::find(picture, effort, &mut self.quick, &mut self.judge))
            .transpose()
            .map_err(|_| Failure::Model)?;
        let first = faces.as_ref().and_then(|faces| faces.faces.first());
        let face_quality = first.map(|face| quality::measure(picture, &face.bounds));
        times.faces = clock.lap();
        let nudity =
            wants.nudity.then(|| self.nudity.score(picture)).transpose().map_err(|_| Failure::Model)?;
        if nudity.is_some_and(|score| !score.is_finite()) {
            return Err(Failure::Model);
        }
        times.nudity = clock.lap();
        let codes = wants.codes.then(|| codes::count(picture));
        times.codes = clock.lap();
        Ok(Findings {
            format: header.format,
            width: header.width,
            height: header.height,
            animated: header.animated,
            pdq: *pdq,
            quality: quality::measure(picture, &WHOLE),
            faces,
            face_quality,
            nudity,
            codes,
            times,
        })
    }
}

struct Stopwatch(Instant);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now())
    }

    /// Microseconds since the last lap.
    fn lap(&mut self) -> u32 {
        let now = Instant::now();
        let lap = now - std::mem::replace(&mut self.0, now);
        u32::try_from(lap.as_micros()).unwrap_or(u32::MAX)
    }
}
