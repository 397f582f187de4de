//! What the port and the worker share: characters, back ends, the detector, and a runtime of their
//! own, so that no model's answer is read on a thread of the actors.

use super::begun::Beginnings;
use super::cast;
use super::file::{self, BackEnds};
use super::own::Own;
use super::settings::{CHARACTER_SHARING, COMPANIONS, PERSONAS};
use super::store::REPLY;
use crate::config::Config;
use anyhow::Context as _;
use nameless_actors::capabilities::{CompanionHealth, PhotoChecks};
use nameless_actors::env::Env;
use nameless_actors::jobs::Taken;
use nameless_actors::kernel::lock;
use nameless_actors::ports::ClaimedJob;
use nameless_backends::port::ImageMaker;
use nameless_domain::capabilities::companion::{Cast, Event};
use nameless_domain::companion::context::Tokens;
use nameless_domain::companion::money::{Micros, Price};
use nameless_domain::companion::persona::Persona;
use nameless_domain::companion::safety::{Detector, Lexicon, Ruling, Side, Window};
use nameless_domain::ids::{ChatId, UserId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};

/// How long a maker is told for that it may stop.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// The companions of a process that has some.
pub struct Desk {
    pub(super) cast: Arc<Cast>,
    pub(super) back_ends: BackEnds,
    /// What was learnt of each model's tokens.
    pub(super) tokens: Vec<Mutex<Tokens>>,
    /// The same of who makes vectors.
    pub(super) meant_tokens: Mutex<Tokens>,
    pub(super) detector: Detector,
    pub(super) tallies: Tallies,
    /// Models are asked here. None once it is gone.
    runtime: Option<Runtime>,
    env: OnceLock<Weak<Env>>,
    pub(super) beginnings: Beginnings,
    /// Chats to which Telegram takes no drafts until then.
    quiet: Mutex<HashMap<UserId, Instant>>,
}

impl Desk {
    /// Opens it, if the operator has configured back ends. Anything that is missing is an error: a
    /// bot does not start with half of it.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Option<Arc<Desk>>> {
        let Some(path) = config.own(&COMPANIONS).filter(|path| !path.as_os_str().is_empty()) else {
            return Ok(None);
        };
        let back_ends = file::read(&path, |name| std::env::var(name).ok())?;
        let detector = Detector::new(Lexicon::shipped());
        let characters = match config.own(&PERSONAS).filter(|path| !path.as_os_str().is_empty()) {
            Some(folder) => cast::of_folder(&folder, &detector).context("the characters (PERSONAS)")?,
            None => cast::shipped()?,
        };
        let cast = Arc::new(Cast {
            characters,
            help: back_ends.help.clone(),
            adult: back_ends.adult,
            pictures: !back_ends.images.is_empty(),
            sharing: config.own(&CHARACTER_SHARING).unwrap_or(true),
        });
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("companions")
            .enable_all()
            .build()
            .context("a thread for models")?;
        let tokens = back_ends.models.iter().map(|_| Mutex::default()).collect();
        Ok(Some(Arc::new(Desk {
            cast,
            back_ends,
            tokens,
            meant_tokens: Mutex::default(),
            detector,
            tallies: Tallies::default(),
            runtime: Some(runtime),
            env: OnceLock::new(),
            beginnings: Beginnings::default(),
            quiet: Mutex::default(),
        })))
    }

    /// A character by how a dialog refers to it, one of a person's own included.
    pub(super) fn persona<'d>(&'d self, id: &str, own: Option<&Own>) -> Option<Cow<'d, Persona>> {
        match own {
            Some(own) => Some(Cow::Owned(own.persona(id))),
            None => self.cast.find(id).map(|(_, character)| Cow::Borrowed(&character.persona)),
        }
    }

    /// Who there is to talk to.
    pub(crate) fn cast(&self) -> Arc<Cast> {
        self.cast.clone()
    }

    /// What `nameless check-config` says of it.
    pub(super) fn report(&self) -> String {
        let model = |model: &file::BackEnd| match model.price {
            Price::Free => format!("characters: {} answers, for nothing\n", model.name),
            _ => format!("characters: {} answers, for at most {} a day\n", model.name, units(model.cap)),
        };
        let mut text: String = self.back_ends.models.iter().map(model).collect();
        let (person, all) = (units(self.back_ends.person), units(self.back_ends.all));
        let adult: Vec<&str> =
            self.back_ends.models.iter().filter(|m| m.adult).map(|m| m.name.as_str()).collect();
        if self.back_ends.adult {
            text.push_str(&format!(
                "characters: adults may switch adult mode on; {} answers then\n",
                adult.join(", ")
            ));
        }
        let image = |image: &super::images::ImageEnd| match image.price {
            Price::Free => format!("characters: {} draws, for nothing\n", image.name),
            _ => format!("characters: {} draws, for at most {} a day\n", image.name, units(image.cap)),
        };
        text.extend(self.back_ends.images.iter().map(image));
        text.extend(self.back_ends.embedding.iter().map(|end| match end.price {
            Price::Free => format!("characters: {} recalls by meaning, for nothing\n", end.name),
            _ => {
                format!("characters: {} recalls by meaning, for at most {} a day\n", end.name, units(end.cap))
            }
        }));
        match self.back_ends.person.min(self.back_ends.all).0 {
            0 => text.push_str("characters: nothing may be spent, so only what costs nothing is asked\n"),
            _ => text
                .push_str(&format!("characters: at most {person} spent a day on a person, {all} in all\n")),
        }
        if !self.cast.sharing {
            text.push_str("characters: nobody shares their own (CHARACTER_SHARING)\n");
        }
        text
    }

    /// The engine runs: jobs that are added here can be woken.
    pub(crate) fn bind(&self, env: &Arc<Env>) {
        let _ = self.env.set(Arc::downgrade(env));
    }

    /// Whether the engine runs.
    pub(super) fn is_bound(&self) -> bool {
        self.env.get().and_then(Weak::upgrade).is_some()
    }

    /// The chat in which operators are told of something, if there is one.
    pub(super) fn alerts_chat(&self) -> Option<ChatId> {
        self.env.get().and_then(Weak::upgrade)?.alerts_chat()
    }

    /// Those who look at photos.
    pub(super) fn photos(&self) -> Option<Arc<dyn PhotoChecks>> {
        Some(self.env.get().and_then(Weak::upgrade)?.capabilities.faceguard.clone())
    }

    /// Tells makers of pictures with a queue that nobody waits for this job any more.
    pub(super) fn call_off(self: &Arc<Self>, job: String) {
        let Some(home) = self.handle() else { return };
        let desk = self.clone();
        home.spawn(async move {
            for image in &desk.back_ends.images {
                // The others have no queue.
                if image.resumes {
                    let _ = tokio::time::timeout(STOP_WITHIN, image.client.cancel(&job)).await;
                }
            }
        });
    }

    /// The job of this cause is not wanted any more.
    pub(super) async fn cancel(&self, key: String) {
        if let Some(jobs) = self.env.get().and_then(Weak::upgrade).and_then(|env| env.jobs.clone()) {
            jobs.cancel(key.into()).await;
        }
    }

    /// A place for a reply that begins with the commit that keeps what it is to; none where others
    /// wait, or all are taken.
    pub(super) fn place(&self) -> Option<Taken> {
        self.env.get().and_then(Weak::upgrade)?.jobs.as_ref()?.take(REPLY)
    }

    /// That reply begins.
    pub(super) fn hand_over(&self, place: Taken, job: ClaimedJob) {
        if let Some(jobs) = self.env.get().and_then(Weak::upgrade).as_ref().and_then(|env| env.jobs.as_ref())
        {
            jobs.hand_over(place, job);
        }
    }

    /// There is a new job.
    pub(super) fn wake(&self, lane: &'static str) {
        if let Some(jobs) = self.env.get().and_then(Weak::upgrade).as_ref().and_then(|env| env.jobs.as_ref())
        {
            jobs.wake(lane);
        }
    }

    /// How those who answer are, and what came of turns.
    pub(super) fn health(&self) -> CompanionHealth {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let tallies = &self.tallies;
        CompanionHealth {
            back_ends: self
                .back_ends
                .models
                .iter()
                .map(|m| (m.name.clone(), m.client.is_open()))
                .chain(self.back_ends.images.iter().map(|i| (i.name.clone(), i.client.is_open())))
                .chain(self.back_ends.embedding.iter().map(|e| (e.name.clone(), e.client.is_open())))
                .collect(),
            turns: vec![
                ("replied", of(&tallies.replied)),
                ("refused", of(&tallies.refused)),
                ("helped", of(&tallies.helped)),
                ("failed", of(&tallies.failed)),
            ],
            calls: of(&tallies.calls),
            spent_micros: of(&tallies.spent),
            caps: std::iter::once(("all".to_owned(), self.back_ends.all.0))
                .chain(self.back_ends.models.iter().map(|m| (format!("back_end:{}", m.name), m.cap.0)))
                .chain(self.back_ends.images.iter().map(|i| (format!("back_end:{}", i.name), i.cap.0)))
                .chain(self.back_ends.embedding.iter().map(|e| (format!("back_end:{}", e.name), e.cap.0)))
                .collect(),
        }
    }

    /// What is told of words that characters must not remember; none if they may.
    pub(super) fn rules_on(&self, words: &str) -> Option<Event> {
        let mut window = Window::default();
        window.push(Side::Person, words);
        match self.detector.judge(&window).ruling(false) {
            Ruling::Passes => None,
            Ruling::Help => Some(Event::Help),
            Ruling::AdultOnly => Some(Event::AdultOnly),
            Ruling::Refused => Some(Event::Refused),
        }
    }

    /// Telegram takes no drafts in this chat for so long, whichever reply they are of.
    pub(super) fn hush(&self, user: UserId, wait: Duration) {
        let now = Instant::now();
        let mut quiet = lock(&self.quiet);
        quiet.retain(|_, until| *until > now);
        quiet.insert(user, now + wait);
    }

    /// Whether no draft may be shown in this chat yet.
    pub(super) fn is_hushed(&self, user: UserId) -> bool {
        lock(&self.quiet).get(&user).is_some_and(|until| *until > Instant::now())
    }

    /// Where models are asked.
    pub(super) fn handle(&self) -> Option<&Handle> {
        self.runtime.as_ref().map(Runtime::handle)
    }

    /// Replies at once: as many as the back ends have places.
    pub(super) fn places(&self) -> usize {
        self.back_ends.models.iter().map(|model| model.places).sum()
    }
}

/// What this process had of its back ends.
#[derive(Default)]
pub(super) struct Tallies {
    pub replied: AtomicU64,
    pub refused: AtomicU64,
    pub helped: AtomicU64,
    pub failed: AtomicU64,
    pub calls: AtomicU64,
    /// Millionths of the prices' currency.
    pub spent: AtomicU64,
}

fn units(amount: Micros) -> f64 {
    amount.0 as f64 / 1e6
}

impl Drop for Desk {
    fn drop(&mut self) {
        // The last one who drops it may be a task, which must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
