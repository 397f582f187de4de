//! What goes wrong on the way: a node is killed, PostgreSQL restarts, Redis is emptied. And what
//! the processes have used, whatever became of them.

use super::super::args::{Day, DayFault};
use super::super::bot_under_test::Engine;
use super::super::child::Process;
use super::super::cores::Cores;
use super::super::procfs::Usage;
use super::super::testbed::Testbed;
use super::loads::Scene;
use crate::app::folder::Folder;
use anyhow::Context as _;
use nameless_actors::kernel::lock;
use std::time::{Duration, Instant};

/// At which part of the day each happens; before the first of them it is calm.
const AT: [(f64, DayFault); 3] = [(0.3, DayFault::Kill), (0.55, DayFault::Postgres), (0.75, DayFault::Redis)];
/// How long a killed node stays away.
const AWAY: Duration = Duration::from_secs(3);
/// How long a node may take to say where it listens.
const START: Duration = Duration::from_secs(120);

/// One process of the engine, with a folder of its own.
struct Node {
    engine: Engine,
    process: Option<Process>,
    _folder: Option<Folder>,
}

/// All of them.
pub struct Nodes {
    nodes: Vec<Node>,
    /// Of what is no more.
    ended: Duration,
    servers_ended: Duration,
    /// The most memory that the engine and the servers had, bytes.
    pub most: [u64; 2],
    /// What the engine had, and when.
    pub memory: Vec<(Duration, u64)>,
    /// What went wrong, in words.
    pub log: Vec<String>,
}

impl Nodes {
    /// Starts so many; the first has the folder of the testbed.
    pub async fn start(ground: &Testbed, engine: &Engine, many: u32, cores: &Cores) -> anyhow::Result<Nodes> {
        let mut nodes = Vec::new();
        for n in 0..many {
            let (folder, engine) = match n {
                0 => (None, engine.clone()),
                _ => {
                    let folder = Folder::new("bench")?;
                    let path = folder.path().to_owned();
                    let mut engine = engine.clone().with("DATA_DIR", &path.display().to_string());
                    engine.data_dir = path;
                    (Some(folder), engine)
                }
            };
            // The first takes updates; another stands by.
            let process = match n {
                0 => ground.launch(&engine, cores).await?,
                _ => engine.launch(cores)?,
            };
            nodes.push(Node { engine, process: Some(process), _folder: folder });
        }
        let none = Duration::ZERO;
        Ok(Nodes {
            nodes,
            ended: none,
            servers_ended: none,
            most: [0; 2],
            memory: Vec::new(),
            log: Vec::new(),
        })
    }

    /// Where they answer; waits until each has said so.
    pub async fn addresses(&self) -> anyhow::Result<Vec<String>> {
        let until = Instant::now() + START;
        loop {
            let known = self.nodes.iter().filter_map(|node| node.process.as_ref()?.http());
            let known: Vec<String> = known.collect();
            if known.len() == self.nodes.len() {
                return Ok(known);
            }
            anyhow::ensure!(Instant::now() < until, "a node does not say where it listens");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// An error if one has ended by itself.
    pub fn check(&mut self) -> anyhow::Result<()> {
        self.nodes.iter_mut().filter_map(|node| node.process.as_mut()).try_for_each(Process::check)
    }

    /// CPU time of the engine's processes and of the servers so far.
    pub fn cpu(&self, ground: &Testbed) -> [Duration; 2] {
        [self.ended + self.usage().cpu, self.servers_ended + ground.servers.usage().cpu]
    }

    fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        self.nodes.iter().filter_map(|node| node.process.as_ref()).for_each(|one| usage += one.usage());
        usage
    }

    /// Notes how much memory is in use.
    pub fn sample(&mut self, ground: &Testbed, at: Duration) {
        let now = [self.usage().resident, ground.servers.usage().resident];
        self.memory.push((at, now[0]));
        self.most.iter_mut().zip(now).for_each(|(most, now)| *most = now.max(*most));
    }

    /// Lets what is asked for go wrong in its time, until `end`.
    pub async fn suffer(
        &mut self,
        ground: &mut Testbed,
        scene: &Scene,
        cores: &Cores,
        start: Instant,
        args: &Day,
    ) -> anyhow::Result<()> {
        let end = args.duration;
        let mut faults = AT.iter().filter(|(_, fault)| args.suffers(*fault)).peekable();
        while start.elapsed() < end {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.sample(ground, start.elapsed());
            self.check()?;
            let Some((_, fault)) = faults.next_if(|(at, _)| start.elapsed() >= end.mul_f64(*at)) else {
                continue;
            };
            let at = start.elapsed().as_secs();
            let what = match fault {
                DayFault::Kill => self.kill(scene, cores).await.map(Some)?,
                DayFault::Postgres => {
                    let before = ground.servers.usage().cpu;
                    let done = ground.servers.restart_postgres().await?;
                    self.servers_ended += before.saturating_sub(ground.servers.usage().cpu);
                    done.then(|| "PostgreSQL was restarted".to_owned())
                }
                DayFault::Redis => {
                    ground.servers.empty_redis().await?.then(|| "Redis was emptied".to_owned())
                }
            };
            self.log.extend(what.map(|what| format!("{at} s: {what}")));
        }
        Ok(())
    }

    /// The first node, which takes Telegram's updates, is killed with SIGKILL, and comes back.
    async fn kill(&mut self, scene: &Scene, cores: &Cores) -> anyhow::Result<String> {
        let node = self.nodes.first_mut().context("a node")?;
        if let Some(process) = node.process.take() {
            self.ended += process.usage().cpu;
            process.kill();
        }
        tokio::time::sleep(AWAY).await;
        node.process = Some(node.engine.launch(cores)?);
        let addresses = self.addresses().await?;
        *lock(&scene.nodes) = addresses;
        Ok(format!("the node that takes updates was killed, and back after {AWAY:?}"))
    }

    /// Ends them all; false if one had to be killed.
    pub async fn stop(self) -> bool {
        let mut orderly = true;
        for process in self.nodes.into_iter().filter_map(|node| node.process) {
            orderly &= process.stop().await;
        }
        orderly
    }

    /// When the first of the faults comes, or the end if none does.
    pub fn first(args: &Day) -> Duration {
        let first = AT.iter().find(|(_, fault)| args.suffers(*fault));
        args.duration.mul_f64(first.map_or(1.0, |(at, _)| *at))
    }
}
