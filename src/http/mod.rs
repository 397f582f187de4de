//! The HTTP servers. One is for the world: whether the process lives and takes updates, Telegram's
//! webhook, and what is mounted beside them. The other is for the operator's monitoring: metrics,
//! and the health in detail.

mod health;
pub mod json;
mod metrics;
pub mod routes;
mod webhook;

use crate::capabilities::admin::Gatekeeper;
use crate::capabilities::dating::Api;
use crate::cluster::cache::Cache;
use crate::intake::trouble::Condition;
use crate::intake::webhook::Webhook;
use crate::telemetry::round_trips::RoundTrips;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer, dev::ServerHandle};
use nameless_actors::Engine;
use routes::On;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Telegram's connections are kept open between updates: opening them anew costs it more than it
/// costs us.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Routes that only this process has; the demo's page.
pub type Extra = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// What the handlers know.
#[derive(Clone)]
pub struct State {
    /// The running engine.
    pub engine: Arc<Engine>,
    /// Who may use the operators' API, and how often.
    pub admin: Arc<Gatekeeper>,
    /// What the Mini App's API stands on.
    pub dating: Arc<Api>,
    cache: Option<Cache>,
    trips: Arc<RoundTrips>,
    webhook: Option<Arc<Webhook>>,
    ready: Arc<AtomicBool>,
    db: health::Probe,
    redis: health::Probe,
    intake: Condition,
}

/// Where the servers listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// That for the world.
    pub public: SocketAddr,
    /// That for the operator.
    pub metrics: SocketAddr,
}

/// Why the servers were not started.
#[derive(Debug, thiserror::Error)]
#[error(
    "{setting} {addr} cannot be listened on: {cause}; set {setting} to another address (port 0 takes a free one)"
)]
pub struct NoListener {
    setting: &'static str,
    addr: SocketAddr,
    cause: std::io::Error,
}

/// The running servers.
pub struct Server {
    addresses: Addresses,
    handles: [ServerHandle; 2],
    ready: Arc<AtomicBool>,
}

impl Server {
    /// Listens on both addresses (port 0 takes a free one), each with one worker of its own.
    /// Updates go to `webhook`, if any; the counters of `cache`, if any, are shown, and so is from
    /// when on the servers beside this process count as slow, and what keeps updates from coming
    /// in. `admin` keeps the operators' API, `dating` is the Mini App's. `extra` is mounted on the
    /// server for the world.
    pub fn start(
        at: Addresses,
        engine: Arc<Engine>,
        (cache, trips): (Option<Cache>, Arc<RoundTrips>),
        (webhook, intake): (Option<Arc<Webhook>>, Condition),
        (admin, dating): (Gatekeeper, Api),
        extra: Option<Extra>,
    ) -> Result<Server, NoListener> {
        let ready = Arc::new(AtomicBool::new(true));
        let probes = (health::Probe::default(), health::Probe::default());
        let (db, redis) = probes;
        let (admin, dating) = (Arc::new(admin), Arc::new(dating));
        let shared = ready.clone();
        let state = State { engine, admin, dating, cache, trips, webhook, ready: shared, db, redis, intake };
        let failed = |setting, addr| move |cause| NoListener { setting, addr, cause };
        let private = state.clone();
        let metrics = HttpServer::new(move || {
            let state = private.clone();
            App::new().configure(move |config| routes::mount(config, On::Private, state))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .bind(at.metrics)
        .map_err(failed("METRICS_ADDR", at.metrics))?;
        let public = HttpServer::new(move || {
            let (state, extra) = (state.clone(), extra.clone());
            App::new().configure(move |config| {
                routes::mount(config, On::Public, state);
                if let Some(extra) = &extra {
                    extra(config);
                }
            })
        })
        .workers(1)
        .keep_alive(KEEP_ALIVE)
        .disable_signals()
        .shutdown_timeout(2)
        .bind(at.public)
        .map_err(failed("HTTP_ADDR", at.public))?;
        let addresses = Addresses {
            public: public.addrs().first().copied().unwrap_or(at.public),
            metrics: metrics.addrs().first().copied().unwrap_or(at.metrics),
        };
        let (public, metrics) = (public.run(), metrics.run());
        let handles = [public.handle(), metrics.handle()];
        actix_rt::spawn(public);
        actix_rt::spawn(metrics);
        Ok(Server { addresses, handles, ready })
    }

    /// Where they listen.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// From now on `/health/ready` says no: the process is on its way out.
    pub fn not_ready(&self) {
        self.ready.store(false, Ordering::Release);
    }

    /// Stops listening.
    pub async fn stop(self) {
        for handle in self.handles {
            handle.stop(false).await;
        }
    }
}
