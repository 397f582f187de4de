//! Pictures: one call of a back end, under clocks, with its own breaker and bulkhead.
//!
//! - `openai`: OpenAI's `/images/generations`; `sdapi`: AUTOMATIC1111's, which stable-diffusion.cpp
//!   speaks too. Both answer when the picture is done, once; neither call is ever made again.
//! - `comfy`: ComfyUI, whose jobs have names: one that is known there is waited for, not posted.
//! - `clean`: what is taken out of a picture.

mod clean;
mod comfy;
mod openai;
mod sdapi;
mod workflow;

pub use clean::clean as clean_picture;
pub use workflow::{BadWorkflow, Workflow};

use crate::answer::Attempt;
use crate::breaker::{Breaker, BreakerSettings};
use crate::chat::{BadAddress, Clocks};
use crate::exchange::Exchange;
use crate::port::{Call, Failure, ImageMaker, Picture, PictureRequest, Why};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nameless_domain::companion::scene::plain;
use secrecy::SecretString;
use serde::Deserialize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How a maker of pictures is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageDialect {
    /// `/images/generations` with the picture in the answer; `url` ends in `/v1`.
    OpenAi,
    /// `/sdapi/v1/txt2img` of AUTOMATIC1111 and stable-diffusion.cpp.
    Sdapi,
    /// `/prompt`, `/history`, `/view` of ComfyUI, with a workflow.
    ComfyUi,
}

/// What a back end draws with.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    /// The model, where the dialect names one.
    pub model: Option<String>,
    /// Steps of the sampler, where the dialect takes them.
    pub steps: Option<u32>,
    /// ComfyUI's.
    pub workflow: Option<Workflow>,
}

/// A back end, as configured.
#[derive(Clone, Debug)]
pub struct DrawingSettings {
    /// What stands before the dialect's paths.
    pub url: String,
    /// The key; none for local servers. `name:password` is what AUTOMATIC1111 takes.
    pub key: Option<SecretString>,
    /// How it is spoken to.
    pub dialect: ImageDialect,
    /// What it draws with.
    pub drawing: Drawing,
    /// How long a call may take: `first` is for a queue to take the job, `between` for the parts of
    /// a body, `total` for the picture.
    pub clocks: Clocks,
    /// Calls at once; more are refused, not queued: they wait as jobs.
    pub places: usize,
    /// When it is left alone.
    pub breaker: BreakerSettings,
    /// How often a queue is asked.
    pub poll: Duration,
}

impl DrawingSettings {
    /// Clocks for a server that needs minutes for a picture.
    pub fn clocks() -> Clocks {
        let s = Duration::from_secs;
        Clocks { connect: s(3), first: s(20), between: s(10), total: s(240) }
    }
}

/// A server that makes pictures.
pub struct ImageBackEnd {
    exchange: Exchange,
    settings: DrawingSettings,
    places: Semaphore,
    breaker: Mutex<Breaker>,
}

impl ImageBackEnd {
    /// Connects at the first call.
    pub fn new(settings: DrawingSettings) -> Result<ImageBackEnd, BadAddress> {
        let basic = settings.dialect == ImageDialect::Sdapi;
        let exchange = Exchange::new(&settings.url, (settings.key.as_ref(), basic), settings.clocks)?;
        let (places, breaker) = (Semaphore::new(settings.places), Breaker::new(settings.breaker));
        Ok(ImageBackEnd { exchange, places, breaker: Mutex::new(breaker), settings })
    }

    /// Whether calls are refused now, for health pages.
    pub fn is_open(&self) -> bool {
        self.with_breaker(|breaker| breaker.is_open(std::time::Instant::now()))
    }

    fn with_breaker<T>(&self, act: impl FnOnce(&mut Breaker) -> T) -> T {
        act(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn call(&self, request: &PictureRequest) -> Result<Picture, Failure> {
        let clocks = self.settings.clocks;
        let Ok(_place) = self.places.try_acquire() else { return Err(Failure::unsent(Why::Full)) };
        if !self.with_breaker(|breaker| breaker.admits(std::time::Instant::now(), clocks.total)) {
            return Err(Failure::unsent(Why::Open));
        }
        let until = Instant::now() + clocks.total;
        // Tags of loaders are orders to some servers. Who judged the prompt has cleaned it already.
        let request = PictureRequest {
            prompt: plain(&request.prompt),
            without: plain(&request.without),
            ..request.clone()
        };
        let drawing = &self.settings.drawing;
        let made = match self.settings.dialect {
            // Their jobs have no names.
            ImageDialect::OpenAi | ImageDialect::Sdapi if request.find => {
                Err(Attempt::unsent(Why::Unsendable))
            }
            ImageDialect::OpenAi => openai::picture(&self.exchange, drawing, &request, until).await,
            ImageDialect::Sdapi => sdapi::picture(&self.exchange, drawing, &request, until).await,
            ImageDialect::ComfyUi => {
                comfy::picture(&self.exchange, (drawing, self.settings.poll), &request, until).await
            }
        };
        match made.and_then(cleaned) {
            Ok(picture) => {
                self.with_breaker(Breaker::well);
                Ok(picture)
            }
            Err(failed) => {
                self.note(&failed);
                let Attempt { why, status, retry_after, unknown, .. } = failed;
                let unknown_attempts = u32::from(unknown);
                Err(Failure { why, status, retry_after, attempts: 1, unknown_attempts, shown: false })
            }
        }
    }

    /// Tells the breaker how a call ended.
    fn note(&self, failed: &Attempt) {
        let now = std::time::Instant::now();
        self.with_breaker(|breaker| match failed.why {
            Why::Unreachable | Why::Broken | Why::Late(_) | Why::CutOff | Why::Malformed | Why::TooLarge => {
                breaker.strike(now);
            }
            Why::Busy => match failed.retry_after {
                Some(after) => breaker.hold(now + after.min(self.settings.clocks.total)),
                None => breaker.strike(now),
            },
            Why::Refused | Why::Account | Why::ContextTooLong | Why::Empty => breaker.well(),
            Why::Open | Why::Full | Why::Unsendable => breaker.unsaid(),
        });
    }
}

/// The picture alone, without what its maker wrote beside it.
fn cleaned(picture: Picture) -> Result<Picture, Attempt> {
    match clean::clean(&picture.bytes) {
        Some(bytes) => Ok(Picture { bytes, ..picture }),
        None => Err(Attempt::unknown(Why::Malformed)),
    }
}

/// A picture in base64, as the blocking dialects give it.
fn decoded(text: &str) -> Result<Vec<u8>, Attempt> {
    // AUTOMATIC1111's extensions put the kind before it.
    let text =
        text.split_once(',').filter(|(kind, _)| kind.starts_with("data:")).map_or(text, |(_, rest)| rest);
    STANDARD.decode(text.trim()).map_err(|_| Attempt::unknown(Why::Malformed))
}

impl ImageMaker for ImageBackEnd {
    fn picture<'c>(&'c self, request: &'c PictureRequest) -> Call<'c, Result<Picture, Failure>> {
        Box::pin(self.call(request))
    }

    fn cancel<'c>(&'c self, job: &'c str) -> Call<'c, ()> {
        Box::pin(async move {
            if self.settings.dialect == ImageDialect::ComfyUi {
                comfy::cancel(&self.exchange, job).await;
            }
        })
    }
}
