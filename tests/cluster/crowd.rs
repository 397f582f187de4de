//! A cluster for one test: servers, a simulator, nodes.

use crate::process::{Bot, nameless, variables};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::postgres::{Postgres, STOPPED};
use crate::support::redis::RedisServer;
use nameless::config::ExposeSecret;
use nameless_simulator::{Simulator, World};
use std::sync::Arc;
use tempfile::TempDir;

/// Whether the long runs are asked for (`make soak`).
pub fn soak() -> bool {
    std::env::var_os("NAMELESS_SOAK").is_some()
}

/// The servers and what every node is told of them.
pub struct Cluster {
    pub simulator: Simulator,
    pub world: Arc<World>,
    pub postgres: Postgres,
    pub redis: RedisServer,
    folders: Vec<TempDir>,
    common: Vec<(&'static str, String)>,
}

impl Cluster {
    /// Starts the servers. None, with a line that says so, where one is not installed.
    pub fn start() -> Option<Cluster> {
        let postgres = Postgres::start(STOPPED)?;
        let redis = RedisServer::start(&[])?;
        let simulator = Simulator::start(quick_simulator()).expect("a simulator");
        let world = simulator.world();
        world.default_bot(TOKEN);
        let common = vec![
            ("DATABASE_URL", postgres.create("nameless")),
            ("REDIS_URL", redis.url().expose_secret().to_owned()),
            // All nodes seal and open with it.
            ("HISTORY_KEY", "5a".repeat(32)),
            ("SHARDS", "1".to_owned()),
        ];
        Some(Cluster { simulator, world, postgres, redis, folders: Vec::new(), common })
    }

    /// Nodes started from now on have a variable so.
    pub fn set(&mut self, name: &'static str, value: impl ToString) {
        self.common.push((name, value.to_string()));
    }

    /// Nodes started from now on know of no Redis.
    pub fn without_redis(&mut self) {
        self.common.retain(|(name, _)| *name != "REDIS_URL");
    }

    /// What node `n` is started with; its folder is its own.
    pub fn variables(&mut self, n: usize) -> Vec<(&'static str, String)> {
        while self.folders.len() <= n {
            self.folders.push(tempfile::tempdir().expect("a folder"));
        }
        let mut all = variables(&self.simulator.url(), self.folders[n].path());
        all.extend(self.common.iter().cloned());
        all
    }

    /// Starts node `n` and waits until it takes updates or stands by for that.
    pub fn node(&mut self, n: usize) -> Bot {
        let variables = self.variables(n);
        Bot::serve(&variables)
    }

    /// The same with other variables for this node alone.
    pub fn node_with(&mut self, n: usize, others: &[(&'static str, String)]) -> Bot {
        let mut variables = self.variables(n);
        variables.extend(others.iter().cloned());
        Bot::serve(&variables)
    }

    /// Starts node `n` and does not wait.
    pub fn launch(&mut self, n: usize) -> Bot {
        let variables = self.variables(n);
        Bot::launch(nameless(&["serve"], &variables))
    }

    /// Waits until the partitions are spread over `nodes` nodes, evenly.
    pub async fn level(&self, nodes: usize) {
        let until = std::time::Instant::now() + crate::process::PATIENCE;
        while !self.is_level(nodes) {
            assert!(std::time::Instant::now() < until, "not level over {nodes}: {:?}", self.shares());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Whether they are.
    pub fn is_level(&self, nodes: usize) -> bool {
        let counts = self.shares();
        let even = counts.iter().all(|c| (256 / nodes..=256usize.div_ceil(nodes)).contains(c));
        counts.len() == nodes && even && counts.iter().sum::<usize>() == 256
    }

    /// How many partitions each node has.
    fn shares(&self) -> Vec<usize> {
        let counts = self.postgres.psql_rows(
            "nameless",
            "SELECT count(*) FROM partitions WHERE node IS NOT NULL GROUP BY node ORDER BY 1",
        );
        counts.iter().filter_map(|c| c.parse().ok()).collect()
    }
}
