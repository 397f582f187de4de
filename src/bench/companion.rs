//! `bench companion`: how long it takes from what somebody says in a dialog with a character to the
//! request at the model, with the turn and its job in PostgreSQL before it leaves; beside the same
//! request sent straight to the model, and one through a gateway, which keeps nothing.

use super::args::{Companion, DatabaseKind, Surroundings};
use super::child::{Process, guarded};
use super::cores::Cores;
use super::ledger::{FIRST_ID, histogram};
use super::model::{Model, NUMBER};
use super::people::unlimited;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::round::ms;
use super::schedule::Schedule;
use super::servers::free_port;
use super::testbed::Testbed;
use super::verdict::Reason;
use crate::app::folder::Folder;
use crate::clock::SystemClock;
use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use nameless_actors::ports::Clock as _;
use nameless_domain::companion::constants::SCRIPT_GAPS;
use nameless_domain::ids::UserId;
use nameless_simulator::Outgoing;
use reqwest::Client;
use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long what is under way may take to arrive at the end.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the engine may add at the 99th percentile, milliseconds, at the rate below.
const BAR_MS: f64 = 5.0;
const BAR_RATE: u32 = 200;
/// About what a character's own text takes in a prompt.
const SYSTEM: usize = 2_500;

/// By which way the model is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Straight,
    Engine,
    Gateway,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Way::Straight => "straight to the model",
            Way::Engine => "through the engine",
            Way::Gateway => "through the gateway",
        }
    }
}

/// What one way came to at one rate.
struct Measured {
    way: Way,
    rate: u32,
    latency: Histogram<u64>,
    /// The same from when the update leaves Telegram for who polls.
    taken: Option<Histogram<u64>>,
    sent: u64,
    lost: u64,
    again: u64,
}

/// Where requests go.
struct Ground {
    testbed: Testbed,
    model: Model,
    http: Client,
    gateway: Option<(Process, u16)>,
    next: u64,
}

/// Measures.
pub async fn run(args: Companion, cores: Cores) -> anyhow::Result<Report> {
    let seconds = (args.warm_up + args.duration).as_secs_f64();
    for rate in &args.rates {
        let turns = f64::from(*rate) * seconds / f64::from(args.users);
        ensure!(
            turns < SCRIPT_GAPS as f64,
            "{rate} turns a second are {turns:.0} at equal intervals of each person, who is taken for a program then: \
             more --users, or less time"
        );
    }
    let mut progress = Progress::new();
    let surroundings = Surroundings { database: DatabaseKind::Postgres, ..args.surroundings.clone() };
    let mut report = Report::new("companion", &args.output, &cores);
    // People stand in pairs there, before they are in their dialogs.
    let users = args.users.next_multiple_of(2);
    let testbed = Testbed::prepare(users, &surroundings, &args.output, unlimited(), &mut progress).await?;
    let model = Model::start()?;
    let url = testbed.servers.database_url.clone().context("there is no server")?;
    dialogs(&url, UserId(FIRST_ID)..UserId(FIRST_ID + i64::from(users))).await?;
    let folder = Folder::new("bench")?;
    let file = folder.path().join("backends.toml");
    std::fs::write(&file, back_ends(&model.url())).context("the file of back ends cannot be written")?;
    testbed.describe(&mut report);
    report.setting("gateway", args.gateway.as_deref().unwrap_or("none"));
    let engine = testbed.engine.clone().with("COMPANIONS", &file.display().to_string());
    let mut process = testbed.launch(&engine, &cores).await?;
    let http = Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let gateway = match &args.gateway {
        Some(command) => Some(start(command, &cores).await?),
        None => None,
    };
    let mut ground = Ground { testbed, model, http, gateway, next: 0 };
    let mut all = Vec::new();
    for rate in &args.rates {
        for way in [Way::Straight, Way::Engine, Way::Gateway] {
            if way == Way::Gateway && ground.gateway.is_none() {
                continue;
            }
            progress.step(|| format!("{rate} turns a second {}", way.name()));
            process.check()?;
            all.push(measure(&mut ground, &args, way, *rate).await?);
        }
    }
    drop(progress);
    if !process.stop().await {
        report.note("The engine did not end on SIGTERM in time and was killed.".to_owned());
    }
    if let Some((gateway, _)) = ground.gateway.take() {
        gateway.stop().await;
    }
    tell(&mut report, &all);
    Ok(report)
}

/// Puts people, who are in chats, into a dialog with the first of the characters that ship.
pub(super) async fn dialogs(url: &str, people: Range<UserId>) -> anyhow::Result<()> {
    let now = SystemClock.now().0;
    let (first, end) = (people.start.0, people.end.0);
    let sql = format!(
        "BEGIN;
        DELETE FROM active_pair_member WHERE user_id >= {first} AND user_id < {end};
        DELETE FROM pairs WHERE a >= {first} AND a < {end};
        INSERT INTO companion_dialogs (user_id, begun, persona, lang, created, used, noticed)
        SELECT user_id, 1, 'vera', 'en', {now}, {now}, {now} FROM accounts WHERE user_id >= {first} AND user_id < {end};
        UPDATE accounts a SET phase = jsonb_build_object('at', 'companion', 'dialog', d.dialog_id)
        FROM companion_dialogs d WHERE d.user_id = a.user_id;
        COMMIT;
        ANALYZE accounts, companion_dialogs;"
    );
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.context("no connection")?;
    let connection = tokio::spawn(connection);
    let done = client.batch_execute(&sql).await;
    drop(client);
    let _ = connection.await;
    done.context("people cannot be put into their dialogs")
}

/// The model, at a price: so the reserve is in the books before each call.
pub(super) fn back_ends(url: &str) -> String {
    format!(
        "[day]\nperson = 1000\nall = 100000\n[limits]\nminute = 100000\nhour = 1000000\n\
         [help]\nconfirmed = \"a bench\"\nru = \"112\"\nen = \"112\"\n\
         [[model]]\nname = \"bench\"\nurl = \"{url}\"\nmodels = [\"bench\"]\ncontext = 8192\nanswer = 200\n\
         prompt = 0.1\nreply = 0.1\ncap = 100000\nplaces = 256\n"
    )
}

/// Starts the gateway on the bot's cores and waits until it listens.
async fn start(command: &str, cores: &Cores) -> anyhow::Result<(Process, u16)> {
    let port = free_port().context("no free port for the gateway")?;
    let mut shell = guarded(Path::new("/bin/sh"));
    shell.args(["-c", command]).env("PORT", port.to_string());
    let mut process = Process::start_bot(&mut shell, cores)?;
    let until = Instant::now() + PATIENCE;
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        process.check()?;
        ensure!(Instant::now() < until, "the gateway does not listen{}", process.last_lines());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok((process, port))
}

async fn measure(ground: &mut Ground, args: &Companion, way: Way, rate: u32) -> anyhow::Result<Measured> {
    let end = args.warm_up + args.duration;
    let seed = args.output.seed.wrapping_add(u64::from(rate));
    let schedule = Schedule::new(args.users, f64::from(rate), end, seed);
    let (start, first) = (Instant::now(), ground.next);
    let mut due = Vec::new();
    drop(ground.model.take());
    let people = &ground.testbed.people;
    drop(people.world.polled(&people.token));
    let mut slots = schedule.due(start).context("the schedule cannot be started")?;
    while let Some(slot) = slots.recv().await {
        let at = start + slot.due;
        let words = format!("{NUMBER}{}?", ground.next);
        ground.next += 1;
        due.push((at, slot.due >= args.warm_up));
        match way {
            Way::Engine => {
                let user = &ground.testbed.people.users[slot.sender as usize];
                user.try_send(Outgoing::text(words)).context("a person cannot write")?;
            }
            _ => {
                let request = request(ground, way, &words);
                // Until its answer is read; what was lost is seen at the model.
                tokio::spawn(async move {
                    if let Ok(answer) = request.send().await {
                        drop(answer.bytes().await);
                    }
                });
            }
        }
    }
    ground.model.arrived(due.len(), PATIENCE).await;
    let (seen, again) = ground.model.take();
    // One for each that was sent, in the same order; none where updates come by a webhook.
    let polled = ground.testbed.people.world.polled(&ground.testbed.people.token);
    let is_polled = way == Way::Engine && polled.len() == due.len();
    let (mut latency, mut taken, mut lost) = (histogram(), histogram(), 0);
    let note = |to: &mut Histogram<u64>, there: &Instant, since: Instant| {
        let us = there.saturating_duration_since(since).as_micros();
        to.saturating_record(u64::try_from(us).unwrap_or(u64::MAX));
    };
    for (place, (at, counts)) in due.iter().enumerate() {
        match seen.get(&(first + place as u64)) {
            None => lost += 1,
            Some(there) if *counts => {
                note(&mut latency, there, *at);
                if is_polled {
                    note(&mut taken, there, polled[place]);
                }
            }
            Some(_) => {}
        }
    }
    let taken = is_polled.then_some(taken);
    Ok(Measured { way, rate, latency, taken, sent: due.len() as u64, lost, again })
}

/// A request as the engine's are, to the model or to the gateway.
fn request(ground: &Ground, way: Way, words: &str) -> reqwest::RequestBuilder {
    let body = json!({
        "model": "bench", "stream": true, "max_tokens": 200,
        "messages": [
            {"role": "system", "content": "You are a character. ".repeat(SYSTEM / 21)},
            {"role": "user", "content": words},
        ],
    });
    let straight = ground.model.url();
    let request = match (way, &ground.gateway) {
        (Way::Gateway, Some((_, port))) => ground
            .http
            .post(format!("http://127.0.0.1:{port}/v1/chat/completions"))
            .header("x-portkey-provider", "openai")
            .header("x-portkey-custom-host", &straight)
            .header("authorization", "Bearer bench"),
        _ => ground.http.post(format!("{straight}/chat/completions")),
    };
    request.json(&body)
}

fn tell(report: &mut Report, all: &[Measured]) {
    let mut table = Table::new(
        "From what somebody says to the request at the model",
        &["turns/s", "way", "sent", "p50 ms", "p99 ms", "max ms", "p50 from taken", "p99 from taken"],
    );
    let mut values: Vec<Value> = Vec::new();
    let mut lines: Vec<(Way, Vec<(f64, f64)>)> =
        [Way::Straight, Way::Engine, Way::Gateway].map(|way| (way, Vec::new())).into();
    for one in all {
        let name = format!("{} a second {}", one.rate, one.way.name());
        if one.lost > 0 {
            report.void(name.clone(), Reason::Lost(one.lost));
        }
        if one.again > 0 {
            report.void(name.clone(), Reason::Doubled(one.again));
        }
        let (p50, p99) = (ms(&one.latency, 0.5), ms(&one.latency, 0.99));
        let most = one.latency.max() as f64 / 1e3;
        let taken = one.taken.as_ref().map(|taken| (ms(taken, 0.5), ms(taken, 0.99)));
        table.row(
            vec![
                Cell::number(f64::from(one.rate), 0),
                Cell::text(one.way.name()),
                Cell::number(one.sent as f64, 0),
                Cell::number(p50, 2),
                Cell::number(p99, 2),
                Cell::number(most, 2),
                Cell::maybe(taken.map(|(p50, _)| p50), 2),
                Cell::maybe(taken.map(|(_, p99)| p99), 2),
            ],
            one.lost + one.again > 0,
        );
        if let Some((_, line)) = lines.iter_mut().find(|(way, _)| *way == one.way) {
            line.push((f64::from(one.rate), p99));
        }
        values.push(json!({
            "rate": one.rate, "way": one.way.name(), "sent": one.sent, "lost": one.lost, "again": one.again,
            "ms": {"p50": p50, "p99": p99, "max": most},
            "taken_ms": taken.map(|(p50, p99)| json!({"p50": p50, "p99": p99})),
        }));
        // By a webhook an update is taken when it is sent.
        let bar = taken.map_or(p99, |(_, p99)| p99);
        if one.way == Way::Engine && one.rate == BAR_RATE && bar > BAR_MS {
            report
                .note(format!("The engine takes more than {BAR_MS} ms at {BAR_RATE} turns a second (p99)."));
        }
    }
    report.note(
        "Through the engine the way is the whole one: Telegram's update is fetched, noted in the journal, and becomes \
         a turn with a job that this node holds; what the model has to know is read, what was said is judged, and the \
         call's worst case reserved, all by one commit, before the request leaves. A gateway keeps nothing. From \
         taken: from when the update leaves Telegram, without the time for which it waits there for the next poll."
            .to_owned(),
    );
    report.table(table);
    let mut chart = Chart::new("To the model", "turns a second", "p99, ms");
    for (way, line) in lines.into_iter().filter(|(_, line)| !line.is_empty()) {
        chart = chart.line(way.name(), line);
    }
    report.chart(chart);
    report.data("turns", values.into());
}
