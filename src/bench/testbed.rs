//! People in chats, a database that knows them, and this engine on it: where benches of the engine
//! alone begin.

use super::args::{Output, Surroundings, Updates};
use super::bot_under_test::{Engine, engine_settings};
use super::child::Process;
use super::cores::Cores;
use super::ledger::Plan;
use super::mix::{Kind, say};
use super::people::People;
use super::progress::Progress;
use super::report::Report;
use super::seed;
use super::servers::Servers;
use crate::app::folder::Folder;
use anyhow::{Context as _, bail, ensure};
use nameless_domain::random::Random;
use nameless_simulator::Limits;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// How long the engine may take to take updates.
const START: Duration = Duration::from_secs(120);
/// Made up; the simulator takes any.
const TOKEN: &str = "1:bench";
/// Updates that wait for the engine at a time, where people write one after another.
const AT_ONCE: usize = 2_000;

/// Everything but the running engine.
pub struct Testbed {
    /// The people. The first two are in a chat, the next two, and so on.
    pub people: People,
    /// Servers beside the engine.
    pub servers: Servers,
    /// How the engine is started.
    pub engine: Engine,
    random: Random,
    wanted: Surroundings,
    _folder: Folder,
}

impl Testbed {
    /// Makes it, with a Telegram that keeps to `limits`.
    pub async fn prepare(
        users: u32,
        wanted: &Surroundings,
        output: &Output,
        limits: Limits,
        progress: &mut Progress,
    ) -> anyhow::Result<Testbed> {
        ensure!(
            wanted.database_url.is_none(),
            "--database-url is for `bench relay`: this bench fills its database"
        );
        ensure!(users.is_multiple_of(2), "--users has to be even: everybody is in a chat with one other");
        progress.step(|| format!("putting {users} people into a database"));
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let people = People::start(users, TOKEN, listen, output.seed, limits)?;
        for (n, user) in people.users.iter().enumerate() {
            user.begin_chat();
            people.ledger.pair(n as u32, n as u32 ^ 1);
        }
        let servers = Servers::start(wanted).await?;
        let folder = Folder::new("bench")?;
        seed::fill(servers.database_url.as_deref(), folder.path(), users).await?;
        let engine = Engine::new(&people, &servers, wanted, folder.path())?;
        let random = Random::for_purpose(output.seed, 0x6E0);
        Ok(Testbed { people, servers, engine, random, wanted: wanted.clone(), _folder: folder })
    }

    /// Says in a report what this is.
    pub fn describe(&self, report: &mut Report) {
        report.setting("users", self.people.users.len());
        report.setting("updates", format!("{:?}", self.wanted.updates).to_lowercase());
        report.setting("servers", self.servers.describe());
        report.setting("engine_settings", engine_settings(&self.wanted));
    }

    /// How often a bot has begun to take updates so far.
    pub fn beginnings(&self) -> u64 {
        let stats = self.people.world.stats();
        match self.wanted.updates {
            Updates::Polling => stats.calls("getUpdates"),
            Updates::Webhook => stats.calls("setWebhook"),
        }
    }

    /// Obedience until a bot that was started when there were `before` beginnings takes updates.
    pub async fn wait_until_it_takes_updates(
        &self,
        process: &mut Process,
        before: u64,
    ) -> anyhow::Result<()> {
        let until = Instant::now() + START;
        while self.beginnings() <= before {
            process.check()?;
            ensure!(
                Instant::now() < until,
                "the engine takes no updates within {START:?}{}",
                process.last_lines()
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Starts the engine and waits until it takes updates.
    pub async fn launch(&self, engine: &Engine, cores: &Cores) -> anyhow::Result<Process> {
        let before = self.beginnings();
        let mut process = engine.launch(cores)?;
        self.wait_until_it_takes_updates(&mut process, before).await?;
        Ok(process)
    }

    /// Has these people write one message each to their partner; latency counts from `due`.
    pub fn write(&mut self, who: impl IntoIterator<Item = u32>, due: Instant) -> anyhow::Result<()> {
        for sender in who {
            let tag = self.people.ledger.sending(sender, due);
            let message = Kind::Text.message(say(tag, &mut self.random), None);
            self.people.users[sender as usize].try_send(message).context("a person cannot write")?;
        }
        Ok(())
    }

    /// The same, never more at a time than the engine takes with ease, and waits until all have
    /// arrived.
    pub async fn everybody_writes(
        &mut self,
        process: &mut Process,
        patience: Duration,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let all: Vec<u32> = (0..self.people.users.len() as u32).collect();
        let until = Instant::now() + patience;
        for part in all.chunks(500) {
            while self.people.world.pending_updates(TOKEN) >= AT_ONCE {
                self.pause(process, until, progress).await?;
            }
            self.write(part.iter().copied(), Instant::now())?;
        }
        self.wait_for_all(process, until, progress).await
    }

    /// Obedience until everything that was sent has arrived.
    pub async fn wait_for_all(
        &self,
        process: &mut Process,
        until: Instant,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        while self.under_way() > 0 {
            self.pause(process, until, progress).await?;
        }
        Ok(())
    }

    /// Messages that were sent and have not arrived.
    pub fn under_way(&self) -> u64 {
        let counts = self.people.ledger.counts();
        counts.sent.saturating_sub(counts.arrived)
    }

    async fn pause(
        &self,
        process: &mut Process,
        until: Instant,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        process.check()?;
        progress.show(|| format!("{} messages are under way", self.under_way()));
        if Instant::now() >= until {
            bail!("{} messages did not arrive in time{}", self.under_way(), process.last_lines());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        Ok(())
    }

    /// Begins to record latencies of what is due from `start` on into one histogram.
    pub fn record(&self, start: Instant) {
        let long = Duration::from_secs(86_400);
        self.people.ledger.begin(Plan { start, warm_up: Duration::ZERO, round: long, rounds: 1 });
    }
}
