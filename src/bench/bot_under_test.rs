//! The bot under test: this engine, another bot's command, or one that somebody else has started.

use super::args::{Surroundings, Updates, Which};
use super::child::{Process, guarded};
use super::cores::Cores;
use super::people::People;
use super::procfs::Usage;
use super::servers::{Servers, free_port};
use crate::app::folder::Folder;
use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a bot may take until it takes updates.
const START: Duration = Duration::from_secs(120);
/// Made up; webhooks are sent with it.
const SECRET: &str = "bench-webhook-secret";

/// Settings of this engine that differ from production, and why.
const SETTINGS: [(&str, &str); 8] = [
    // The engine is measured, not its politeness: Telegram's limits are the simulator's business
    // here.
    ("CHAT_RATE", "1000"),
    ("CHAT_BURST", "1000"),
    ("USER_RATE", "1000"),
    ("USER_BURST", "10000"),
    // Whoever is found fits: nobody is kept apart from anybody by an earlier round.
    ("REPEAT_WINDOW", "0s"),
    ("CONFIRM_END_UNDER", "0s"),
    ("SEARCH_TIMEOUT", "24h"),
    ("DRAIN_TIMEOUT", "10s"),
];

/// A bot that runs.
pub struct Subject {
    processes: Vec<Process>,
    described: Value,
    _folders: Vec<Folder>,
}

/// What an engine is started with.
#[derive(Clone)]
pub struct Engine {
    /// Variables of its environment.
    pub variables: Vec<(String, String)>,
    /// Its data.
    pub data_dir: PathBuf,
}

impl Engine {
    /// One node, as `wanted` says. Variables of `--env` come last and win.
    pub fn new(
        people: &People,
        servers: &Servers,
        wanted: &Surroundings,
        data_dir: &Path,
    ) -> anyhow::Result<Engine> {
        let mut variables: Vec<(String, String)> =
            SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
        set("BOT_TOKEN", people.token.clone());
        set("TELEGRAM_API_URL", people.simulator.url());
        set("DATA_DIR", data_dir.display().to_string());
        set("HTTP_ADDR", "127.0.0.1:0".into());
        set("METRICS_ADDR", "127.0.0.1:0".into());
        if let Some(url) = &servers.database_url {
            set("DATABASE_URL", url.clone());
            // Made up: nodes share it.
            set("HISTORY_KEY", "5a".repeat(32));
        }
        if let Some(url) = &servers.redis_url {
            set("REDIS_URL", url.clone());
        }
        if wanted.updates == Updates::Webhook {
            let port = free_port().context("no free port for the webhook")?;
            set("HTTP_ADDR", format!("127.0.0.1:{port}"));
            set("WEBHOOK_URL", format!("http://127.0.0.1:{port}/webhook/telegram"));
            set("WEBHOOK_SECRET", SECRET.into());
        }
        variables.extend(wanted.env.iter().cloned());
        Ok(Engine { variables, data_dir: data_dir.to_owned() })
    }

    /// The same with another setting.
    pub fn with(mut self, name: &str, value: &str) -> Engine {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and does not wait for anything.
    pub fn launch(&self, cores: &Cores) -> anyhow::Result<Process> {
        let program = std::env::current_exe().context("this program cannot be found")?;
        self.start(guarded(&program), cores)
    }

    /// The same without anything between: for measuring the start itself.
    pub fn launch_bare(&self, cores: &Cores) -> anyhow::Result<Process> {
        let program = std::env::current_exe().context("this program cannot be found")?;
        self.start(Command::new(program), cores)
    }

    fn start(&self, mut command: Command, cores: &Cores) -> anyhow::Result<Process> {
        // Nothing of this environment: no setting of the operator's, no .env, no configuration
        // files.
        command.arg("serve").env_clear().current_dir(&self.data_dir);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Process::start_bot(&mut command, cores)
    }
}

/// This engine's settings that differ from production, for results.
pub fn engine_settings(wanted: &Surroundings) -> Value {
    let mut settings: serde_json::Map<String, Value> =
        SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    settings.extend(wanted.env.iter().map(|(name, value)| (name.clone(), value.as_str().into())));
    settings.into()
}

impl Subject {
    /// Starts the bot, or finds it, and waits until it takes updates.
    pub async fn start(
        which: &Which,
        wanted: &Surroundings,
        people: &People,
        servers: &Servers,
        cores: &Cores,
    ) -> anyhow::Result<Subject> {
        let mut subject = match (&which.bot, &which.target) {
            (Some(command), _) => Subject::command(command, wanted, people, servers, cores)?,
            (None, Some(target)) => Subject::of_others(which, target, people).await?,
            (None, None) => Subject::engine(which, wanted, people, servers, cores)?,
        };
        subject.wait_until_ready(people).await?;
        Ok(subject)
    }

    fn engine(
        which: &Which,
        wanted: &Surroundings,
        people: &People,
        servers: &Servers,
        cores: &Cores,
    ) -> anyhow::Result<Subject> {
        let shared = servers.database_url.is_some() && servers.redis_url.is_some();
        ensure!(which.nodes == 1 || shared, "--nodes needs --database postgres and --redis");
        let (mut processes, mut folders) = (Vec::new(), Vec::new());
        for _ in 0..which.nodes {
            let folder = Folder::new("bench")?;
            processes.push(Engine::new(people, servers, wanted, folder.path())?.launch(cores)?);
            folders.push(folder);
        }
        let described =
            json!({"bot": "nameless serve", "nodes": which.nodes, "settings": engine_settings(wanted)});
        Ok(Subject { processes, described, _folders: folders })
    }

    fn command(
        line: &str,
        wanted: &Surroundings,
        people: &People,
        servers: &Servers,
        cores: &Cores,
    ) -> anyhow::Result<Subject> {
        let folder = Folder::new("bench")?;
        let mut command = guarded(Path::new("/bin/sh"));
        command.args(["-c", line]);
        command.env("BOT_TOKEN", &people.token).env("TELEGRAM_API_URL", people.simulator.url());
        // A proxy of the surroundings must not get between the bot and this machine.
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        for (name, url) in [("DATABASE_URL", &servers.database_url), ("REDIS_URL", &servers.redis_url)] {
            match url {
                Some(url) => command.env(name, url),
                None => command.env_remove(name),
            };
        }
        if wanted.updates == Updates::Webhook {
            let port = free_port().context("no free port for the webhook")?;
            command.env("HTTP_ADDR", format!("127.0.0.1:{port}")).env("PORT", port.to_string());
            command.env("WEBHOOK_URL", format!("http://127.0.0.1:{port}/webhook/telegram"));
            command.env("WEBHOOK_SECRET", SECRET);
        }
        command.env("DATA_DIR", folder.path());
        command.envs(wanted.env.iter().map(|(name, value)| (name, value)));
        let process = Process::start_bot(&mut command, cores)?;
        Ok(Subject { processes: vec![process], described: json!({"bot": line}), _folders: vec![folder] })
    }

    async fn of_others(which: &Which, target: &str, people: &People) -> anyhow::Result<Subject> {
        let url = people.simulator.url();
        if target == "polling" {
            eprintln!(
                "Start the bot with {url} for Telegram's address (its token: --token). Waiting {START:?} for it."
            );
        } else {
            ensure!(
                target.starts_with("http://") || target.starts_with("https://"),
                "--target is the address of a webhook, or `polling`"
            );
            eprintln!(
                "The bot at {target} has to take {url} for Telegram's address (its token: --token). Waiting {START:?} \
                 for it."
            );
            wait_until_it_listens(target).await?;
            let mut body = json!({"url": target, "max_connections": 100});
            if let Some(secret) = &which.webhook_secret {
                body["secret_token"] = secret.as_str().into();
            }
            let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
            let call = client.post(format!("{url}/bot{}/setWebhook", people.token)).json(&body).send();
            let answer = call.await.map_err(|e| e.without_url()).context("the webhook cannot be set")?;
            ensure!(answer.status().is_success(), "the webhook was refused: {}", answer.status());
        }
        let described = json!({"bot": "started by somebody else", "target": if target == "polling" { "polling" } else { "webhook" }});
        Ok(Subject { processes: Vec::new(), described, _folders: Vec::new() })
    }

    /// Obedience until the bot polls or has a webhook.
    async fn wait_until_ready(&mut self, people: &People) -> anyhow::Result<()> {
        let until = Instant::now() + START;
        loop {
            let stats = people.world.stats();
            if stats.calls("getUpdates") > 0 || stats.calls("setWebhook") > 0 {
                return Ok(());
            }
            self.check()?;
            if Instant::now() >= until {
                let printed: String = self.processes.iter().map(Process::last_lines).collect();
                bail!("the bot neither polls nor sets a webhook within {START:?}{printed}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// An error if a process of it has ended.
    pub fn check(&mut self) -> anyhow::Result<()> {
        self.processes.iter_mut().try_for_each(Process::check)
    }

    /// What its processes have used; none if somebody else started it.
    pub fn usage(&self) -> Option<Usage> {
        let mut usage = Usage::default();
        self.processes.iter().for_each(|process| usage += process.usage());
        (!self.processes.is_empty()).then_some(usage)
    }

    /// Where its processes say how they are, of this engine's.
    pub fn metrics(&self) -> impl Iterator<Item = String> {
        self.processes.iter().filter_map(Process::metrics)
    }

    /// For the result.
    pub fn describe(&self) -> Value {
        self.described.clone()
    }

    /// What it printed last.
    pub fn last_lines(&self) -> String {
        self.processes.iter().map(Process::last_lines).collect()
    }

    /// Ends it; false if one of its processes had to be killed.
    pub async fn stop(self) -> bool {
        let mut orderly = true;
        for process in self.processes {
            orderly &= process.stop().await;
        }
        orderly
    }
}

/// Obedience until somebody takes connections at the address of a webhook.
async fn wait_until_it_listens(target: &str) -> anyhow::Result<()> {
    let url: url::Url = target.parse().context("--target is no address")?;
    let host = url.host_str().context("--target names no host")?.trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().context("--target names no port")?;
    let until = Instant::now() + START;
    loop {
        let connect = tokio::net::TcpStream::connect((host.as_str(), port));
        if matches!(tokio::time::timeout(Duration::from_secs(5), connect).await, Ok(Ok(_))) {
            return Ok(());
        }
        ensure!(Instant::now() < until, "nobody takes connections at --target within {START:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
