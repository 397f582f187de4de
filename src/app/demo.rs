//! `nameless demo`: the whole engine with simulated people in one process.

mod company;

use super::folder::Folder;
use super::{Application, Extras, stand_in, stop_on_signals};
use crate::capabilities::{admin, billing, dating, faceguard};
use crate::config::{BotToken, Config};
use crate::http::Extra;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use anyhow::Context as _;
use nameless_actors::Engine;
use nameless_actors::kernel::lock;
use nameless_domain::capabilities::faceguard::Reason;
use nameless_domain::ids::UserId;
use nameless_simulator::{Limits, SimConfig, Simulator, World};
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Made up; the simulator takes any.
pub const TOKEN: &str = "1:demo";

/// Services that a visitor may crash within a minute: each of them once, and some twice.
const FALLS: usize = 15;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The page's files, by name and type.
const ASSETS: &[(&str, &str, &str)] = &[
    ("index.html", HTML, include_str!("../../web/demo/index.html")),
    ("chat.css", CSS, include_str!("../../web/demo/chat.css")),
    ("composer.css", CSS, include_str!("../../web/demo/composer.css")),
    ("engine.css", CSS, include_str!("../../web/demo/engine.css")),
    ("mini.css", CSS, include_str!("../../web/demo/mini.css")),
    ("phone.css", CSS, include_str!("../../web/demo/phone.css")),
    ("style.css", CSS, include_str!("../../web/demo/style.css")),
    ("tour.css", CSS, include_str!("../../web/demo/tour.css")),
    ("actors.js", JS, include_str!("../../web/demo/actors.js")),
    ("album.js", JS, include_str!("../../web/demo/album.js")),
    ("api.js", JS, include_str!("../../web/demo/api.js")),
    ("bubble.js", JS, include_str!("../../web/demo/bubble.js")),
    ("chat.js", JS, include_str!("../../web/demo/chat.js")),
    ("composer.js", JS, include_str!("../../web/demo/composer.js")),
    ("dating.js", JS, include_str!("../../web/demo/dating.js")),
    ("dom.js", JS, include_str!("../../web/demo/dom.js")),
    ("entities.js", JS, include_str!("../../web/demo/entities.js")),
    ("files.js", JS, include_str!("../../web/demo/files.js")),
    ("follow.js", JS, include_str!("../../web/demo/follow.js")),
    ("i18n.js", JS, include_str!("../../web/demo/i18n.js")),
    ("icons.js", JS, include_str!("../../web/demo/icons.js")),
    ("main.js", JS, include_str!("../../web/demo/main.js")),
    ("marks.js", JS, include_str!("../../web/demo/marks.js")),
    ("media.js", JS, include_str!("../../web/demo/media.js")),
    ("menu.js", JS, include_str!("../../web/demo/menu.js")),
    ("message.js", JS, include_str!("../../web/demo/message.js")),
    ("mini.js", JS, include_str!("../../web/demo/mini.js")),
    ("number.js", JS, include_str!("../../web/demo/number.js")),
    ("operator.js", JS, include_str!("../../web/demo/operator.js")),
    ("pace.js", JS, include_str!("../../web/demo/pace.js")),
    ("people.js", JS, include_str!("../../web/demo/people.js")),
    ("phone.js", JS, include_str!("../../web/demo/phone.js")),
    ("play.js", JS, include_str!("../../web/demo/play.js")),
    ("sample.js", JS, include_str!("../../web/demo/sample.js")),
    ("session.js", JS, include_str!("../../web/demo/session.js")),
    ("spark.js", JS, include_str!("../../web/demo/spark.js")),
    ("telegram.js", JS, include_str!("../../web/demo/telegram.js")),
    ("tour.js", JS, include_str!("../../web/demo/tour.js")),
    ("words-tree.js", JS, include_str!("../../web/demo/words-tree.js")),
    ("words-tour.js", JS, include_str!("../../web/demo/words-tour.js")),
    ("words.js", JS, include_str!("../../web/demo/words.js")),
];

/// Configures an engine for a simulator: its address, a made-up token, a quick poll.
pub fn point_at(config: &mut Config, simulator: &Simulator) {
    config.telegram.token = BotToken::parse(TOKEN);
    config.telegram.others.clear();
    config.telegram.api_url = simulator.url();
    simulator.world().default_bot(TOKEN);
}

/// With cards. The address is nobody's: the page's phones open what is behind that button
/// themselves.
pub fn with_dating(config: &mut Config) {
    config.set_own(&dating::settings::DATING, "on");
    config.set_own(&dating::settings::DATING_APP_URL, "https://nameless.invalid/app");
}

/// A simulator that paces nobody: the demo shows the engine's own pacing.
pub fn start_simulator() -> anyhow::Result<Simulator> {
    let enforce = Limits { global_rate: 0.0, ..Limits::default() };
    Simulator::start(SimConfig { enforce, ..SimConfig::default() }).context("the simulator did not start")
}

/// The engine, known once it is built: the page's routes are mounted with it.
type EngineCell = Arc<OnceLock<Arc<Engine>>>;

/// Runs the demo until it is stopped.
pub async fn run(mut config: Config, addr: SocketAddr) -> anyhow::Result<()> {
    let folder = Folder::new("demo")?;
    config.store.data_dir = folder.path().to_owned();
    config.store.database_url = None;
    faceguard::lend_models(&config);
    let simulator = start_simulator()?;
    point_at(&mut config, &simulator);
    config.http.addr = addr;
    // Stars of simulated people: what is sold can be bought.
    config.set_own(&billing::settings::STARS, "on");
    with_dating(&mut config);
    stand_in::begin(&mut config, folder.path()).await?;
    // Beside a bot that runs on this machine.
    config.http.metrics_addr = ([127, 0, 0, 1], 0).into();
    // The visitor wants to see /next and /stop at work, not to be asked.
    config.rules.confirm_end_under_ms = 0;
    let engine = EngineCell::default();
    let routes = routes(simulator.world(), engine.clone());
    let application =
        Application::build(&config, Extras { routes: Some(routes), ..Extras::default() }).await?;
    let _ = engine.set(application.engine());
    println!("http://{}/", application.http_addr());
    application.run_until_stopped(stop_on_signals()).await?;
    simulator.stop();
    Ok(())
}

fn routes(world: Arc<World>, engine: EngineCell) -> Extra {
    let company = Data::new(company::Company::default());
    let falls = Data::new(Mutex::new(VecDeque::<Instant>::new()));
    Arc::new(move |config: &mut ServiceConfig| {
        let world = world.clone();
        config
            .app_data(Data::new(engine.clone()))
            .app_data(Data::from(world.clone()))
            .app_data(company.clone())
            .app_data(falls.clone())
            .route("/", web::get().to(|| asset_named("index.html")))
            .route("/assets/{name}", web::get().to(asset))
            .route("/demo/state", web::get().to(state))
            .route("/demo/desk", web::post().to(desk))
            .route("/demo/app", web::get().to(app))
            .route("/demo/company", web::post().to(company::join))
            .route("/demo/crash", web::post().to(crash))
            .route("/demo/crash-worker", web::post().to(crash_worker))
            .route("/demo/crash-service", web::post().to(crash_service))
            .configure(move |config| nameless_simulator::configure(config, world));
    })
}

async fn asset(name: web::Path<String>) -> impl Responder {
    asset_named(&name).await
}

async fn asset_named(name: &str) -> HttpResponse {
    match ASSETS.iter().find(|(known, ..)| *known == name) {
        Some((_, mime, text)) => {
            HttpResponse::Ok().content_type(*mime).insert_header(("Cache-Control", "no-cache")).body(*text)
        }
        None => HttpResponse::NotFound().finish(),
    }
}

/// What the actors are at.
async fn state(engine: Data<EngineCell>) -> impl Responder {
    let Some(engine) = engine.get() else { return HttpResponse::ServiceUnavailable().finish() };
    let meters = engine.meters();
    let counters: serde_json::Map<String, serde_json::Value> =
        meters.list().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let latency = meters.relay_latency.noted();
    let ms = |q| latency.quantile(q).map(|d| d.as_secs_f64() * 1e3);
    let (inside, bound) = engine.in_flight();
    HttpResponse::Ok().json(json!({
        "sessions": engine.sessions(24).await,
        "counters": counters,
        "latency_ms": { "p50": ms(0.5), "p99": ms(0.99), "count": latency.count() },
        "services": engine.services().into_iter().map(|(name, deaths)| json!({ "name": name, "deaths": deaths }))
            .collect::<Vec<_>>(),
        "in_flight": { "inside": inside, "bound": bound },
        "photos": photos(engine),
    }))
}

/// Who looks at photos, and what they said last.
fn photos(engine: &Engine) -> serde_json::Value {
    let port = &engine.env().capabilities.faceguard;
    let health = port.health();
    let last = engine.last_photo().map(|last| {
        json!({
            "file": last.unique_id,
            "decision": last.verdict.decision().word(),
            "reasons": last.verdict.reasons().map(Reason::code).collect::<Vec<_>>(),
            "faces": last.faces,
            "ms": last.took.as_secs_f64() * 1e3,
        })
    });
    json!({ "policy": port.policy().word(), "workers": health.workers, "lost": health.lost, "last": last })
}

/// Ends a process that looks at photos, as a crash would.
async fn crash_worker(engine: Data<EngineCell>) -> impl Responder {
    let Some(engine) = engine.get() else { return HttpResponse::ServiceUnavailable().finish() };
    match engine.env().capabilities.faceguard.crash_worker() {
        true => HttpResponse::NoContent().finish(),
        false => HttpResponse::ServiceUnavailable().finish(),
    }
}

/// Which service.
#[derive(Deserialize)]
struct Which {
    service: String,
}

/// Ends every actor of a service. Not more often than a supervisor forgives: beyond its budget the
/// process would end, as it should.
async fn crash_service(
    engine: Data<EngineCell>,
    falls: Data<Mutex<VecDeque<Instant>>>,
    body: Json<Which>,
) -> impl Responder {
    let Some(engine) = engine.get() else { return HttpResponse::ServiceUnavailable().finish() };
    let is_too_many = {
        let mut falls = lock(&falls);
        falls.retain(|at| at.elapsed() < Duration::from_secs(60));
        let is_too_many = falls.len() >= FALLS;
        if !is_too_many {
            falls.push_back(Instant::now());
        }
        is_too_many
    };
    match is_too_many {
        true => HttpResponse::TooManyRequests().json(json!({ "error": "they are still getting up" })),
        false if engine.crash_service(&body.service) => HttpResponse::NoContent().finish(),
        false => HttpResponse::NotFound().finish(),
    }
}

/// Lets this browser in at the operators' pages: all that is here is simulated, and goes with the
/// demo.
async fn desk(engine: Data<EngineCell>) -> impl Responder {
    let Some(engine) = engine.get() else { return HttpResponse::ServiceUnavailable().finish() };
    match admin::let_in(engine).await {
        Some(cookie) => HttpResponse::NoContent().insert_header((SET_COOKIE, cookie)).finish(),
        None => HttpResponse::ServiceUnavailable().finish(),
    }
}

#[derive(Deserialize)]
struct Whom {
    user: i64,
}

/// The Mini App's page, where the page around it stands in for Telegram.
async fn app() -> HttpResponse {
    dating::page_in("/assets/telegram.js")
}

async fn crash(engine: Data<EngineCell>, body: Json<Whom>) -> impl Responder {
    let Some(engine) = engine.get() else { return HttpResponse::ServiceUnavailable().finish() };
    engine.crash_session(UserId(body.user));
    HttpResponse::NoContent().finish()
}
