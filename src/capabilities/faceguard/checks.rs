//! The workers, Telegram and the store behind one port.

use super::bare::bare;
use super::held::Unsearched;
use super::settings::Settings;
use super::{SeenAt, found, missing_models, worker};
use crate::capabilities::Backends;
use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::capabilities::{Examined, Looked, PhotoChecks, PhotoHealth, Unseen};
use nameless_actors::kernel::lock;
use nameless_actors::ports::{PortFuture, SendError, StoreError};
use nameless_domain::capabilities::faceguard::{Hash, Hashes, Policy, Purpose, Seen};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;
use nameless_vision::findings::{Findings, Wants};
use nameless_vision::pdq::Pdq;
use nameless_vision::pool::{Outcome, Pool, PoolSettings};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, oneshot};

/// Bytes of a picture: Telegram's sizes around 640 pixels have a tenth of it.
const BYTES: usize = 5_000_000;
/// Pictures in memory at one time.
const IN_MEMORY: usize = 16;

/// Pictures that are known by what they look like. To go through them takes a quarter of a
/// millisecond; a look takes a hundred times that.
const ALIKE: usize = 20_000;

/// What an operator is told of a picture.
const SHOWN: Wants = Wants { codes: false, ..Wants::ALL };

/// How often pictures of a report are asked for, a minute apart, before it stands without them.
const TRIES: u32 = 5;

/// How much later than its time says a row may become visible, with the clocks of other nodes.
const LATE_MS: i64 = 60_000;

/// Has pictures fetched and looked at.
pub(super) struct Checks {
    settings: Settings,
    client: Arc<Client>,
    store: PgStore,
    /// None where nobody can look.
    pool: Option<Pool>,
    trouble: Option<String>,
    room: Semaphore,
    alike: Arc<Mutex<Hashes>>,
    /// Up to when what others have seen was read.
    read: Mutex<Millis>,
    /// How often pictures of a report could not be read, of each that is not given up.
    tries: Mutex<HashMap<i64, u32>>,
}

impl Checks {
    /// With workers that are starting, if there is anything for them to do.
    pub(super) fn start(backends: &Backends<'_>) -> Checks {
        let settings = Settings::of(backends.config);
        let (mut pool, mut trouble) = (None, None);
        if settings.policy != Policy::Off {
            match start_pool(&settings, backends) {
                Ok(started) => pool = Some(started),
                Err(why) => {
                    tracing::warn!("{why}");
                    trouble = Some(why);
                }
            }
        }
        let (client, store) = (backends.client.clone(), backends.store.clone());
        let (room, alike) = (Semaphore::new(IN_MEMORY), Arc::new(Mutex::new(Hashes::new(ALIKE))));
        let read = Mutex::new(Millis(0));
        Checks { settings, client, store, pool, trouble, room, alike, read, tries: Mutex::default() }
    }

    /// The version of what is remembered, which is what chats demand.
    fn version(&self) -> i16 {
        found::version(&self.settings.policies.demands(Purpose::Chat))
    }

    async fn fetch_and_look(&self, purpose: Purpose, file_id: &str) -> Result<Looked, Unseen> {
        self.pool.as_ref().ok_or(Unseen::NoWorker)?;
        let _room = self.room.acquire().await.map_err(|_| Unseen::NoWorker)?;
        let since = Instant::now();
        let picture = self.client.read_file(file_id, self.settings.look(), BYTES).await;
        let picture = picture.map_err(|_| Unseen::NoFile)?;
        self.look_with(purpose, picture, since.elapsed()).await
    }

    async fn look_with(
        &self,
        purpose: Purpose,
        picture: Vec<u8>,
        download: Duration,
    ) -> Result<Looked, Unseen> {
        let pool = self.pool.as_ref().ok_or(Unseen::NoWorker)?;
        let (tell, outcome) = oneshot::channel();
        let policy = found::policy(&self.settings.policies.demands(purpose));
        let is_chat = purpose == Purpose::Chat;
        let (alike, before) = (self.alike.clone(), Arc::new(OnceLock::new()));
        let known = {
            let before = before.clone();
            // A hash that says nothing is like many others.
            move |pdq: &Pdq| match lock(&alike)
                .like(&found::hash(pdq.hash))
                .filter(|_| is_chat && pdq.counts())
            {
                Some(verdict) => before.set(verdict).is_ok(),
                None => false,
            }
        };
        pool.look(picture, policy.wants(), known, move |outcome| drop(tell.send(outcome)))
            .map_err(|_| Unseen::Full)?;
        match outcome.await {
            Ok(Outcome::Answered(answer)) => {
                let looked = found::looked(&policy, &answer, before.get().copied(), download);
                if let Some(hash) = looked.seen.hash.filter(|_| is_chat) {
                    lock(&self.alike).note(hash, looked.seen.verdict);
                }
                Ok(looked)
            }
            Ok(Outcome::Late) => Err(Unseen::Late),
            Ok(Outcome::Crashed) => Err(Unseen::Crashed),
            Ok(Outcome::NoWorker) | Err(_) => Err(Unseen::NoWorker),
        }
    }
}

/// A picture's id, itself, and what it looks like.
type Kept = (String, Vec<u8>, Option<Hash>);

impl Checks {
    /// The pictures of a report. One that Telegram has no more cannot be kept, and the report
    /// stands without; none at all: something else went wrong, and the next try is a minute away.
    async fn of_report(&self, of: &Unsearched) -> Option<Vec<Kept>> {
        let (mut pictures, mut failed) = (Vec::new(), false);
        for (unique_id, file_id) in &of.pictures {
            let _room = self.room.acquire().await;
            match self.client.read_file(file_id, self.settings.look(), BYTES).await {
                Ok(picture) => {
                    let hash = self.hash_of(picture.clone()).await;
                    // One that is no picture shows nothing to anybody.
                    pictures.extend(bare(&picture).map(|picture| (unique_id.clone(), picture, hash)));
                }
                Err(SendError::Refused(_) | SendError::Gone | SendError::TooLarge) => {}
                Err(_) => failed = true,
            }
        }
        let mut tries = lock(&self.tries);
        let tried = tries.entry(of.report).or_default();
        *tried += 1;
        if failed && *tried < TRIES {
            return None;
        }
        tries.remove(&of.report);
        Some(pictures)
    }

    /// What a picture looks like, if a worker can tell and that says anything.
    async fn hash_of(&self, picture: Vec<u8>) -> Option<Hash> {
        let found = self.found(picture, Wants::HASH).await.ok()?;
        found.pdq.counts().then(|| found::hash(found.pdq.hash))
    }

    /// Has a worker find something out about a picture that is judged by nobody but an operator.
    async fn found(&self, picture: Vec<u8>, wants: Wants) -> Result<Findings, Unseen> {
        let pool = self.pool.as_ref().ok_or(Unseen::NoWorker)?;
        let (tell, outcome) = oneshot::channel();
        let is_enough = wants == Wants::HASH;
        pool.look(picture, wants, move |_| is_enough, move |outcome| drop(tell.send(outcome)))
            .map_err(|_| Unseen::Full)?;
        match outcome.await {
            Ok(Outcome::Answered(answer)) => answer.found.map_err(|_| Unseen::NoFile),
            Ok(Outcome::Late) => Err(Unseen::Late),
            Ok(Outcome::Crashed) => Err(Unseen::Crashed),
            Ok(Outcome::NoWorker) | Err(_) => Err(Unseen::NoWorker),
        }
    }
}

fn start_pool(settings: &Settings, backends: &Backends<'_>) -> Result<Pool, String> {
    if let Some(missing) = missing_models(settings) {
        return Err(missing);
    }
    let worker = worker(settings, backends.face_worker.clone());
    let worker = worker.map_err(|error| format!("photos: the program cannot find itself: {error}"))?;
    let patience = settings.look();
    Pool::start(PoolSettings { patience, ..PoolSettings::new(worker, settings.workers) })
        .map_err(|error| format!("photos: there is no thread for workers: {error}"))
}

impl PhotoChecks for Checks {
    fn policy(&self) -> Policy {
        if self.pool.is_some() { self.settings.policy } else { Policy::Off }
    }

    fn look(&self, purpose: Purpose, file_id: String) -> PortFuture<'_, Result<Looked, Unseen>> {
        Box::pin(async move { self.fetch_and_look(purpose, &file_id).await })
    }

    fn look_at(&self, purpose: Purpose, picture: Vec<u8>) -> PortFuture<'_, Result<Looked, Unseen>> {
        Box::pin(async move {
            let _room = self.room.acquire().await.map_err(|_| Unseen::NoWorker)?;
            self.look_with(purpose, picture, Duration::ZERO).await
        })
    }

    fn recall(&self, unique_id: String) -> PortFuture<'_, Result<Option<Seen>, StoreError>> {
        self.store.photo(unique_id, self.version())
    }

    fn keep(&self, unique_id: String, seen: Seen) -> PortFuture<'_, Result<(), StoreError>> {
        self.store.keep_photo(unique_id, seen, self.version())
    }

    fn sent(&self, sender: UserId, pair: PairId, hash: Hash) -> PortFuture<'_, Result<u32, StoreError>> {
        self.store.sent_photo(sender, pair, hash)
    }

    fn spam_after(&self) -> u32 {
        self.settings.spam_chats
    }

    fn hold(
        &self,
        sender: UserId,
        file: (String, String),
        seen: Seen,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.store.hold_photo(sender, file, seen)
    }

    fn keep_reported(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(async move {
            let mut count = 0;
            for of in self.store.unsearched_reports().await? {
                let Some(pictures) = self.of_report(&of).await else { continue };
                count += pictures.len();
                self.store.keep_report_photos(of, pictures).await?;
            }
            Ok(count)
        })
    }

    fn read(&self, file_id: String) -> PortFuture<'_, Result<Vec<u8>, Unseen>> {
        Box::pin(async move {
            let read = self.client.read_file(&file_id, self.settings.look(), BYTES).await;
            read.map_err(|_| Unseen::NoFile)
        })
    }

    fn examine(&self, picture: Vec<u8>) -> PortFuture<'_, Result<Examined, Unseen>> {
        Box::pin(async move { Ok(found::examined(&self.found(picture, SHOWN).await?)) })
    }

    fn allowed(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>> {
        self.store.allowed_photos()
    }

    fn both_agree(&self, sender: UserId, partner: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.store.both_agree(sender, partner)
    }

    fn learn(&self) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let since = *lock(&self.read);
            let version = self.version();
            let seen = self.store.photos_since(since, version, ALIKE).await?;
            let mut alike = lock(&self.alike);
            for SeenAt { hash, verdict, at } in seen {
                alike.note(hash, verdict);
                // A row may become visible a little later than its time says.
                let mut read = lock(&self.read);
                *read = (*read).max(at.plus(-LATE_MS));
            }
            Ok(())
        })
    }

    fn banned(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>> {
        Box::pin(async move {
            let banned = self.store.banned_photos().await?;
            Ok(banned.into_iter().map(|banned| banned.hash).collect())
        })
    }

    fn health(&self) -> PhotoHealth {
        let Some(pool) = &self.pool else {
            return PhotoHealth { trouble: self.trouble.clone(), ..PhotoHealth::default() };
        };
        let state = pool.state();
        PhotoHealth {
            workers: state.alive,
            lost: state.crashed + state.late,
            trouble: state.refused,
            sandbox: state.layers.to_string(),
        }
    }

    fn crash_worker(&self) -> bool {
        self.pool.as_ref().is_some_and(Pool::crash_one)
    }
}

impl Drop for Checks {
    /// A worker that is still starting is not waited for: a process that ends takes it along.
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            let _ = std::thread::Builder::new().name("face-end".into()).spawn(move || drop(pool));
        }
    }
}
