//! What a relayed text costs the engine: the real binary between a simulated Telegram and a real
//! PostgreSQL, in a process of its own that nothing else runs in.
//!
//! ```text
//! cargo build --release && cargo run --release --example hot_path -- --texts 20000
//! ... -- --texts 1000 --chats 20 --under 'valgrind --tool=callgrind --fair-sched=yes --callgrind-out-file=texts'
//! callgrind_annotate --inclusive=yes texts.1
//! ```
//!
//! Prints the processor time and the switches between threads per text. Under callgrind,
//! instructions are counted from when the sessions are warm; they hardly change from run to run,
//! and calls of `malloc` are among them. Texts come in rounds: everybody says one, and when all
//! have arrived, the next. All is checked: whether each text arrived, and once.

#[path = "../tests/support/port.rs"]
mod port;
#[path = "../tests/support/postgres.rs"]
mod postgres;
#[path = "../tests/support/skip.rs"]
mod skip;
#[path = "../tests/support/template.rs"]
mod template;

use anyhow::{Context as _, ensure};
use clap::Parser;
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_actors::ports::{Opened, Proposal, Store, Write};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::profile::{AgeBand, Gender};
use nameless_domain::session::account::{ADULT_TEXT_VERSION, Account, AdultConsent, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_simulator::{ChatMessage, Limits, NewUser, SimConfig, SimUser, Simulator};
use postgres::{FAST, Postgres};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long anything may take; valgrind makes everything fifty times slower.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is looked whether the engine still runs.
const LOOK: Duration = Duration::from_secs(2);
const TOKEN: &str = "1:test";
const HISTORY_KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101";
/// Rounds that are not counted: sessions, pairs, connections and statements are loaded in them.
const WARM_UP: usize = 3;
/// The kernel counts processor time in these, per second.
const TICKS: f64 = 100.0;

#[derive(Parser)]
struct Options {
    /// Texts that are counted, rounded up to whole rounds.
    #[arg(long, default_value_t = 4_000)]
    texts: usize,
    /// Live chats; each round is two texts in each.
    #[arg(long, default_value_t = 100)]
    chats: usize,
    /// Shards of the engine.
    #[arg(long, default_value_t = 1)]
    shards: usize,
    /// A profiler and its options, before the engine's own command.
    #[arg(long, default_value = "")]
    under: String,
    /// The engine; beside this program's folder unless said otherwise.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// The engine's process; ended when dropped.
struct Engine(Child);

impl Engine {
    fn start(options: &Options, telegram: &str, database: &str, data: &str) -> anyhow::Result<Engine> {
        let binary = match &options.binary {
            Some(binary) => binary.clone(),
            None => std::env::current_exe()?.with_file_name("").join("../nameless"),
        };
        let mut words = options.under.split_whitespace();
        let mut command = match words.next() {
            Some(profiler) => {
                let mut command = Command::new(profiler);
                command.args(words).arg(&binary);
                command
            }
            None => Command::new(&binary),
        };
        command.arg("serve").env("BOT_TOKEN", TOKEN).env("TELEGRAM_API_URL", telegram);
        command.env("DATABASE_URL", database).env("DATA_DIR", data).env("HISTORY_KEY", HISTORY_KEY);
        command.env("SHARDS", options.shards.to_string()).env("RUST_LOG", "warn");
        for (name, value) in [
            ("HTTP_ADDR", "127.0.0.1:0"),
            ("METRICS_ADDR", "127.0.0.1:0"),
            ("CHAT_RATE", "1000"),
            ("CHAT_BURST", "1000"),
            ("USER_RATE", "1000"),
            ("USER_BURST", "1000"),
        ] {
            command.env(name, value);
        }
        let child = command.stdin(Stdio::null()).spawn();
        Ok(Engine(child.with_context(|| format!("{} does not start", binary.display()))?))
    }

    /// Processor time so far, in user and in kernel mode.
    fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // Behind the name, which may hold anything: state is field 3, user time 14, system time 15.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        Ok(Duration::from_secs_f64(ticks as f64 / TICKS))
    }

    /// How often a thread of it gave its processor up to wait for something.
    fn waits(&self) -> anyhow::Result<u64> {
        let mut waits = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.0.id()))? {
            let status = std::fs::read_to_string(task?.path().join("status")).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            waits += line.and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or_default();
        }
        Ok(waits)
    }

    /// Callgrind forgets what it has counted, or writes it down.
    fn callgrind(&self, options: &Options, what: &str) -> anyhow::Result<()> {
        if options.under.contains("callgrind") {
            let done = Command::new("callgrind_control").args([what, &self.0.id().to_string()]).output()?;
            ensure!(done.status.success(), "callgrind_control: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(())
    }
}

impl Drop for Engine {
    /// In the orderly way, so that a profiler writes down what it has.
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// People in chats with each other, as the database knows them after onboarding and a search.
async fn make_chats(url: &str, users: &[SimUser]) -> anyhow::Result<()> {
    migrate::up(url).await.map_err(|e| anyhow::anyhow!("{e}"))?;
    let keys = Keys::parse(&HISTORY_KEY.to_owned().into()).map_err(|e| anyhow::anyhow!("{e}"))?;
    let store = PgStore::connect(url, keys, StoreOptions::default()).await?;
    let now = Millis(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64);
    let members = |pair: &[SimUser]| [UserId(pair[0].id()), UserId(pair[1].id())];
    let proposals = users.chunks(2).map(|pair| Proposal { members: members(pair), at: now });
    let opened = store.open_pairs(proposals.collect()).await?;
    let mut writes = Vec::new();
    for (pair, opened) in users.chunks(2).zip(opened) {
        let Opened::Pair(id) = opened else { anyhow::bail!("somebody is in a pair already") };
        let [a, b] = members(pair);
        for (me, partner) in [(a, b), (b, a)] {
            writes.push(Write::Account(Box::new(Account {
                adult: Some(AdultConsent { at: now, version: ADULT_TEXT_VERSION }),
                gender: Some(Gender::Other),
                age: Some(AgeBand::From18),
                phase: Phase::Chatting { pair: id, partner, since: now, after: Seq(0) },
                ..Account::new(me, Lang::En, now)
            })));
        }
    }
    store.write(writes.into()).await?;
    store.close().await;
    Ok(())
}

/// What the person with this number says. No long number in it: it would be masked, and the sender
/// told.
fn line(person: usize, n: usize) -> String {
    format!("line {n} of {person}, and how was your day? mine was long")
}

fn heard(messages: &[ChatMessage]) -> Vec<&str> {
    messages.iter().filter(|m| m.from_bot).filter_map(ChatMessage::text).collect()
}

/// Everybody says their line number `n`; returns when all have arrived.
async fn round(engine: &mut Engine, users: &[SimUser], n: usize) -> anyhow::Result<()> {
    for (person, user) in users.iter().enumerate() {
        user.send_text(&line(person, n));
    }
    let until = Instant::now() + PATIENCE;
    for user in users {
        while user.wait_chat(LOOK, |messages| heard(messages).len() > n).await.is_err() {
            ensure!(engine.0.try_wait()?.is_none(), "the engine has ended");
            ensure!(Instant::now() < until, "line {n} does not arrive within {PATIENCE:?}");
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let postgres = Postgres::start(FAST).context("PostgreSQL is needed")?;
    let database = postgres.create("bench");
    let enforce = Limits { chat_rate: 0.0, global_rate: 0.0, ..Limits::default() };
    let simulator = Simulator::start(SimConfig { enforce, ..SimConfig::default() })?;
    let world = simulator.world();
    world.default_bot(TOKEN);
    let person = |i| NewUser { first_name: format!("person{i}"), ..NewUser::default() };
    let users: Vec<SimUser> = (0..2 * options.chats).map(|i| world.add_user(person(i))).collect();
    make_chats(&database, &users).await?;
    let data = tempfile::tempdir_in(std::env::current_exe()?.parent().context("a folder")?)?;
    let mut engine =
        Engine::start(&options, &simulator.url(), &database, &data.path().display().to_string())?;
    for n in 0..WARM_UP {
        round(&mut engine, &users, n).await?;
    }
    let rounds = options.texts.div_ceil(users.len());
    engine.callgrind(&options, "--zero")?;
    let (began, cpu, waits) = (Instant::now(), engine.cpu()?, engine.waits()?);
    for n in WARM_UP..WARM_UP + rounds {
        round(&mut engine, &users, n).await?;
    }
    let (took, cpu, waits) = (began.elapsed(), engine.cpu()? - cpu, engine.waits()? - waits);
    engine.callgrind(&options, "--dump")?;
    for (i, user) in users.iter().enumerate() {
        let all = user.wait_chat(PATIENCE, |_| true).await.map_err(|e| anyhow::anyhow!("{e}"))?;
        let said: Vec<String> = (0..WARM_UP + rounds).map(|n| line(i ^ 1, n)).collect();
        ensure!(heard(&all) == said, "something was lost, doubled or out of order");
    }
    let texts = rounds * users.len();
    let per_text = |n: f64| n / texts as f64;
    println!(
        "{texts} texts, {:.0} a second, {:.1} us of processor time and {:.2} waits each",
        texts as f64 / took.as_secs_f64(),
        per_text(cpu.as_secs_f64() * 1e6),
        per_text(waits as f64),
    );
    Ok(())
}
