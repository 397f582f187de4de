//! The HTTP server: health, metrics, Telegram's webhook, and what is mounted beside them.

mod health;
mod metrics;
mod webhook;

use crate::cluster::cache::Cache;
use crate::intake::trouble::Condition;
use crate::intake::webhook::Webhook;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer, dev::ServerHandle};
use nameless_actors::Engine;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Telegram's connections are kept open between updates: opening them anew costs it more than it costs us.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Routes that somebody else brings.
pub type Routes = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// What the handlers know.
#[derive(Clone)]
struct State {
    engine: Arc<Engine>,
    cache: Option<Cache>,
    ready: Arc<AtomicBool>,
    intake: Condition,
}

/// The running server.
pub struct Server {
    addr: SocketAddr,
    handle: ServerHandle,
    ready: Arc<AtomicBool>,
}

impl Server {
    /// Listens on `addr` (port 0 takes a free one) with one worker of its own. Updates go to `webhook`, if any; the
    /// counters of `cache`, if any, are shown, and so is what keeps updates from coming in.
    pub fn start(
        addr: SocketAddr,
        engine: Arc<Engine>,
        cache: Option<Cache>,
        (webhook, intake): (Option<Arc<Webhook>>, Condition),
        routes: Option<Routes>,
    ) -> std::io::Result<Server> {
        let ready = Arc::new(AtomicBool::new(true));
        let state = State { engine, cache, ready: ready.clone(), intake };
        let server = HttpServer::new(move || {
            let (webhook, routes) = (webhook.clone(), routes.clone());
            App::new()
                .app_data(web::Data::new(state.clone()))
                .configure(health::configure)
                .configure(metrics::configure)
                .configure(move |config| {
                    if let Some(webhook) = webhook {
                        webhook::configure(config, webhook);
                    }
                    if let Some(routes) = &routes {
                        routes(config);
                    }
                })
        })
        .workers(1)
        .keep_alive(KEEP_ALIVE)
        .disable_signals()
        .shutdown_timeout(2)
        .bind(addr)?;
        let addr = server.addrs().first().copied().unwrap_or(addr);
        let server = server.run();
        let handle = server.handle();
        actix_rt::spawn(server);
        Ok(Server { addr, handle, ready })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on `/health/ready` says no: the process is on its way out.
    pub fn not_ready(&self) {
        self.ready.store(false, Ordering::Release);
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}
