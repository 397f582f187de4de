//! The application: the engine with its adapters, built from the configuration, run until stopped,
//! drained.

pub mod backfill;
pub mod backup;
pub mod bots;
pub mod database;
pub mod dead_letters;
pub mod demo;
pub mod doctor;
pub(crate) mod folder;
pub mod health;
pub mod jobs;
pub mod keys;
mod membership;
pub mod menu;
mod mini_app;
mod numbers;
pub mod script;
pub mod setup;
mod stand_in;
pub mod stop;

use crate::capabilities::admin::Gatekeeper;
use crate::capabilities::{self, Backends, again, billing, companion, dating, gate, reminders};
use crate::clock::SystemClock;
use crate::cluster::cache::{self, Cache};
use crate::cluster::queue::RedisQueue;
use crate::cluster::redis::Redis;
use crate::config::Config;
use crate::http;
use crate::intake::{Bot, IntakeEnded, Source, replay};
use crate::journal::{JournalConfig, LocalJournal};
use crate::locale::{Constants, Locales};
use crate::store::PgStore;
use crate::telegram::TelegramDecoder;
use crate::telemetry::{alarms, pulse, round_trips, sentry, traces, watchdog};
use anyhow::Context as _;
use database::Database;
use membership::{Membership, Stopped};
use nameless_actors::broadcast::Courier;
use nameless_actors::engine::ToSessions;
use nameless_actors::env::Faults;
use nameless_actors::ports::{Journal, Queue, Texts};
use nameless_actors::reminders::Carrier;
use nameless_actors::{Engine, Parts};
use nameless_domain::capabilities::faceguard::Policy;
use nameless_domain::crowds::Crowds;
use nameless_domain::matching::PoolLimits;
use nameless_domain::rules::Rules;
use numbers::{limits, rules};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
pub use stop::stop_on_signals;
use tokio::sync::watch;

/// How often what is past its time is dropped.
const EXPIRE_EVERY: Duration = Duration::from_secs(3_600);
/// How soon that is tried again after it failed.
const EXPIRE_AGAIN: Duration = Duration::from_secs(60);
/// Exit code when a service failed beyond its restart budget (EX_SOFTWARE of sysexits.h).
const FATAL: i32 = 70;

/// Puts something between the engine and its journal.
pub type WrapJournal = Box<dyn FnOnce(Arc<dyn Journal>) -> Arc<dyn Journal> + Send>;

/// What tests and the demo change about an application.
#[derive(Default)]
pub struct Extras {
    /// Faults asked for.
    pub faults: Faults,
    /// Routes beside the engine's own; the demo's page.
    pub routes: Option<http::Extra>,
    /// Called instead of ending the process when a service fails beyond its budget.
    pub fatal: Option<nameless_actors::supervisor::Fatal>,
    /// The program that workers for photos are started from, if it is not this one.
    pub face_worker: Option<PathBuf>,
    /// Stands between the engine and its journal; tests let the disk stall there.
    pub journal: Option<WrapJournal>,
    /// How long the journal's disk may fail before the process ends, if not for a minute.
    pub disk_patience: Option<Duration>,
    /// Ends the wait of a process that stands by while another is at work.
    pub stop: Option<watch::Receiver<bool>>,
}

/// A built application: everything is started but the intake (a webhook that is set already may
/// deliver).
pub struct Application {
    engine: Arc<Engine>,
    database: Database,
    membership: Membership,
    source: Source,
    http: http::Server,
    drain_timeout: Duration,
    bots: Vec<Bot>,
    watch: alarms::Watch,
    trips: Arc<round_trips::RoundTrips>,
}

impl Application {
    /// Builds everything that `config` asks for. Must be called on an actix system. What a former
    /// life accepted and did not finish is handed to the engine before this returns.
    pub async fn build(config: &Config, extras: Extras) -> anyhow::Result<Application> {
        let token = config.telegram.token.clone().context("BOT_TOKEN is needed")?;
        traces::start(&config.logging.tracing, &token).context("traces cannot be sent")?;
        let data_dir = &config.store.data_dir;
        std::fs::create_dir_all(data_dir)
            .with_context(|| format!("DATA_DIR {} cannot be made", data_dir.display()))?;
        let usual = JournalConfig::default();
        let give_up = extras.disk_patience.unwrap_or(usual.give_up);
        let journal_config = JournalConfig { max_bytes: config.store.journal_max_bytes, give_up, ..usual };
        let keys = Arc::new(database::keys(config)?);
        let local = Arc::new(LocalJournal::open(&data_dir.join("journal"), journal_config, keys)?);
        let fatal = extras.fatal.unwrap_or_else(|| {
            Arc::new(|_| {
                sentry::flush();
                std::process::exit(FATAL)
            })
        });
        let failed = fatal.clone();
        local.on_lost(Box::new(move || failed("journal")));
        let database = Database::open(config).await?;
        let (lost, stop) = (fatal.clone(), extras.stop.unwrap_or_else(|| watch::channel(false).1));
        let mut membership =
            Membership::take(config, &database.store, &local, stop, Arc::new(move || lost("lease"))).await?;
        let journal: Arc<dyn Journal> = membership.journal().unwrap_or(local);
        let journal = match extras.journal {
            Some(wrap) => wrap(journal),
            None => journal,
        };
        let constants = Constants { history_days: config.store.history_days };
        let locales = Locales::load(config.telegram.locales_dir.as_deref(), constants)?;
        let desk = companion::Desk::open(config)?;
        let cast = desk.as_ref().map(|desk| desk.cast()).unwrap_or_default();
        let shop = Arc::new(billing::shop(config, |key| locales.has(key))?);
        let texts: Arc<dyn Texts> = Arc::new(locales);
        let bots = bots::open(config, &database.store).await?;
        let client = bots.first().context("there is no bot")?.client.clone();
        let (main_bot, several_bots) = (client.place(), bots.len() > 1);
        let crowds = bots::crowds(config, &bots, &database.store).await?;
        // Matching alone in Redis would be of no use.
        let queue = if membership.peers().is_some() { queue(config, &crowds)? } else { None };
        let cache = if membership.peers().is_some() { cache(config, &database.store)? } else { None };
        let sold = Arc::default();
        let backends = Backends {
            store: &database.store,
            cache: cache.as_ref(),
            config,
            client: &client,
            texts: &texts,
            shop: &shop,
            sold: &sold,
            desk: &desk,
            face_worker: extras.face_worker,
        };
        let capabilities = capabilities::ports(&backends);
        let photos_checked = capabilities.faceguard.policy() != Policy::Off;
        let (courier, carrier) = (Courier::new(), Carrier::new());
        let mut lanes = billing::lanes(&backends);
        lanes.extend(dating::lanes(&backends, &capabilities.dating));
        lanes.push(again::lane(&backends));
        lanes.push(courier.lane());
        lanes.extend(carrier.lanes());
        lanes.extend(companion::lanes(&backends));
        let results = ToSessions::new(capabilities::event_of);
        let jobs = jobs::setup(config, &database.store, &membership, lanes, results.clone())?;
        let engine = Engine::start(Parts {
            rules: Rules {
                photos_checked,
                shop: shop.clone(),
                cast,
                dating: dating::settings::is_on(config),
                again_per_day: again::settings::per_day(config),
                dating_app: dating::settings::app(config),
                gate: gate::settings::link(config),
                reminders: reminders::settings::is_on(config),
                main_bot,
                several_bots,
                crowds,
                ..rules(config, main_bot)
            },
            limits: limits(config),
            faults: extras.faults,
            clock: Arc::new(SystemClock),
            texts: texts.clone(),
            decoder: Arc::new(TelegramDecoder),
            api: client.clone(),
            journal: journal.clone(),
            store: Arc::new(database.store.clone()),
            capabilities,
            peers: membership.peers(),
            lease: membership.lease(),
            queue,
            jobs,
            fatal,
        });
        bots.iter().for_each(|bot| engine.meters().bots.of(bot.client.place()).runs());
        results.bind(engine.env());
        let dating = dating::Api::open(&backends, engine.env());
        courier.bind(engine.env());
        carrier.bind(engine.env());
        if let Some(desk) = &desk {
            desk.bind(engine.env());
        }
        let unfinished = journal.recover();
        if !unfinished.is_empty() {
            tracing::info!(updates = unfinished.len(), "finishing what was accepted before");
        }
        engine.replay(unfinished).await;
        engine.wake_unsettled().await;
        membership.begin(&engine);
        watchdog::watch(&engine).context("the watchdog's thread cannot be started")?;
        let source = Source::of(&config.telegram, &bots, engine.clone(), texts);
        let at = http::Addresses { public: config.http.addr, metrics: config.http.metrics_addr };
        let gatekeeper = Gatekeeper::new(config.http.trusted_proxies.clone(), config.http.public_url.clone());
        let intake = (source.webhook(), source.condition());
        let trips = round_trips::RoundTrips::new(config.store.database_slow, config.store.redis_slow);
        let trips = Arc::new(trips);
        let outside = (cache, Arc::clone(&trips));
        let http =
            http::Server::start(at, engine.clone(), outside, intake, (gatekeeper, dating), extras.routes)?;
        let drain_timeout = config.runtime.drain_timeout;
        let hook = config.telegram.webhook.as_ref().and_then(|hook| hook.url.parse().ok());
        let addresses = hook.into_iter().chain(config.http.public_url.clone()).collect();
        let watch =
            alarms::Watch { after: config.telegram.alert_after, data_dir: data_dir.clone(), addresses };
        Ok(Application { engine, database, membership, source, http, drain_timeout, bots, watch, trips })
    }

    /// The engine.
    pub fn engine(&self) -> Arc<Engine> {
        self.engine.clone()
    }

    /// Where the HTTP server for the world listens.
    pub fn http_addr(&self) -> SocketAddr {
        self.http.addresses().public
    }

    /// Where metrics and the health in detail are.
    pub fn metrics_addr(&self) -> SocketAddr {
        self.http.addresses().metrics
    }

    /// Takes updates until `stop` turns true or the token is refused, then drains: intake first,
    /// then sessions, relays and the outbox as their updates end, then the store, then the journal.
    /// What is not done within the drain time-out stays in the journal for the next start. What
    /// comes after the drain is bounded too, see [`stop::longest`].
    pub async fn run_until_stopped(self, stop: watch::Receiver<bool>) -> Result<(), IntakeEnded> {
        let Application { engine, database, mut membership, source, http, .. } = self;
        let Application { drain_timeout, bots, watch, trips, .. } = self;
        // Beside the intake: a server that is slow with these, or lacks them, holds up nothing.
        let introduction = actix_rt::spawn(menu::introduce_all(bots, engine.clone()));
        let expiry = actix_rt::spawn(expire(engine.clone()));
        let pulse = actix_rt::spawn(pulse::run(engine.clone()));
        let asking = actix_rt::spawn(round_trips::run(engine.clone(), Arc::clone(&trips), watch.every()));
        let alarms = actix_rt::spawn(alarms::run(engine.clone(), source.condition(), trips, watch));
        let replays = actix_rt::spawn(replay::run(engine.clone(), database.store.clone()));
        let exchange = actix_rt::spawn(keys::follow(database.store.clone()));
        let filling = actix_rt::spawn(backfill::follow(database.store.clone()));
        let ended = match source.webhook().is_some() || membership.turn(stop.clone()).await {
            true => source.run(stop).await,
            false => Ok(()),
        };
        replays.abort();
        exchange.abort();
        filling.abort();
        pulse.abort();
        alarms.abort();
        asking.abort();
        http.not_ready();
        let until = Instant::now() + drain_timeout;
        let left = || until.saturating_duration_since(Instant::now());
        source.close(left()).await;
        // Some of the time is for what users who could not be handed over have under way.
        let handing_over = left() * 3 / 4;
        stop::within(handing_over, membership.hand_over(handing_over)).await;
        let done = engine.drain(left()).await;
        if !done {
            let (left, _) = engine.in_flight();
            tracing::warn!(left, "the drain time is over; what is left is finished at the next start");
        }
        // As long as this process is one of the nodes. Figures: what is lost is lost.
        let sums = async { _ = database.store.write_sums().await };
        stop::within(left(), sums).await;
        expiry.abort();
        introduction.abort();
        engine.stop();
        stop::within(stop::HTTP, http.stop()).await;
        stop::within(stop::MEMBERSHIP, membership.end()).await;
        database.close().await;
        tracing::info!("stopped");
        ended
    }
}

/// The queue that this bot's nodes share, if there is a Redis. Nothing is contacted: a node starts
/// without it.
fn queue(config: &Config, crowds: &Crowds) -> anyhow::Result<Option<Arc<dyn Queue>>> {
    let (Some(url), Some(token)) = (&config.store.redis_url, &config.telegram.token) else { return Ok(None) };
    let limits = PoolLimits { max_seekers: limits(config).max_seekers, ..PoolLimits::default() };
    let name = token.bot_id().to_string();
    Ok(Some(Arc::new(RedisQueue::new(Redis::connect(url)?, &name, crowds, limits))))
}

/// The cache that this bot's nodes share, if there is a Redis; nothing is contacted.
fn cache(config: &Config, store: &PgStore) -> anyhow::Result<Option<Cache>> {
    let Some(url) = &config.store.redis_url else { return Ok(None) };
    let redis = Redis::connect_with(url, cache::quick())?;
    Ok(Some(Cache::new(redis, store.keys().clone())))
}

/// Drops what is past its time, now and every hour, and settles what nobody else will.
async fn expire(engine: Arc<Engine>) {
    loop {
        let env = engine.env();
        env.capabilities.companion.tidy().await;
        let pause = match env.store.expire(env.clock.now()).await {
            Ok(rows) => {
                if rows > 0 {
                    tracing::info!(rows, "dropped what is past its time");
                }
                EXPIRE_EVERY
            }
            Err(cause) => {
                tracing::warn!(%cause, "what is past its time could not be dropped");
                EXPIRE_AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Runs the bot until it is told to stop.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    // From the first moment on: a stop that comes while the start is under way is one in order,
    // too.
    let stop = stop_on_signals();
    let extras = Extras { stop: Some(stop.clone()), ..Extras::default() };
    let application = match Application::build(&config, extras).await {
        Err(error) if error.is::<Stopped>() => return Ok(()),
        other => other?,
    };
    tracing::info!(http = %application.http_addr(), metrics = %application.metrics_addr(), "ready");
    application.run_until_stopped(stop).await?;
    Ok(())
}
