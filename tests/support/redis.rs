//! Real Redis servers for tests: one alone, a master with Sentinels, a Cluster. Each in a temporary
//! folder on free ports, killed when dropped.

#![allow(dead_code, reason = "not every test uses all of it")]

use super::port::Port;
use super::skip;
use redis::{ConnectionLike, FromRedisValue};
use secrecy::SecretString;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long one may take for an answer: its disk may keep it waiting for two seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a failover or the forming of a Cluster may take on a busy machine.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(60);
/// What Sentinels and Clusters call a master.
pub const MASTER: &str = "nameless";

/// One running server.
pub struct RedisServer {
    dir: TempDir,
    child: Option<Child>,
    port: Port,
    /// What the nodes of a Cluster talk by.
    bus: Option<Port>,
    args: Vec<String>,
}

impl RedisServer {
    /// Starts a server that keeps what it holds across a kill (append-only file, written at once).
    /// `settings` are pairs such as `["requirepass", "x"]`. If Redis is not installed: None where
    /// `NAMELESS_SKIP` allows that, else the test fails.
    pub fn start(settings: &[[&str; 2]]) -> Option<RedisServer> {
        if !installed() {
            return None;
        }
        Some(RedisServer::begin(settings, |_, _| {}))
    }

    /// `prepare` may write files into the folder and add arguments.
    fn begin(settings: &[[&str; 2]], prepare: impl Fn(&Path, &mut Vec<String>)) -> RedisServer {
        let dir = tempfile::Builder::new().prefix("nameless-redis-").tempdir().expect("a temporary folder");
        let mut args = Vec::new();
        prepare(dir.path(), &mut args);
        for [name, value] in settings {
            args.extend([format!("--{name}"), (*value).to_owned()]);
        }
        let mut server = RedisServer { dir, child: None, port: Port::free(), bus: None, args };
        assert!(server.launch(), "redis-server starts: {}", server.log());
        server
    }

    /// What it has logged since its last start.
    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// `redis://127.0.0.1:port`.
    pub fn url(&self) -> SecretString {
        format!("redis://127.0.0.1:{}", self.port()).into()
    }

    /// Runs a command on it, over a connection of its own. Again if that breaks: a server ends all
    /// its connections when its role changes.
    pub fn command<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let end = Instant::now() + SETTLE_TIMEOUT;
        loop {
            match self.try_command(words) {
                Err(error) if error.is_connection_dropped() && Instant::now() < end => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                answer => return answer.unwrap_or_else(|e| panic!("{words:?}: {e}")),
            }
        }
    }

    fn try_command<T: FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        try_command(self.port(), words)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Stops it in time, as its host would (SIGTERM).
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal(&child, "TERM");
            let _ = child.wait();
        }
    }

    /// It hangs: takes connections and answers nothing.
    pub fn freeze(&self) {
        signal(self.child.as_ref().expect("it runs"), "STOP");
    }

    /// Goes on after [`RedisServer::freeze`].
    pub fn thaw(&self) {
        signal(self.child.as_ref().expect("it runs"), "CONT");
    }

    /// Starts it again on its port with what it held; kills it before if it runs.
    pub fn restart(&mut self) {
        self.kill();
        assert!(self.launch(), "redis-server starts again");
    }

    /// The same, and it has lost everything.
    pub fn restart_empty(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(self.dir.path().join("appendonlydir"));
        let _ = fs::remove_file(self.dir.path().join("appendonly.aof"));
        assert!(self.launch(), "redis-server starts again");
    }

    fn launch(&mut self) -> bool {
        let log = fs::File::create(self.dir.path().join("log")).expect("a log");
        // The server dies with the thread that started it, should that be killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "redis-server"]).args(&self.args);
        command.args(["--port", &self.port().to_string(), "--bind", "127.0.0.1", "--daemonize", "no"]);
        command.arg("--dir").arg(self.dir.path());
        if !self.args.iter().any(|arg| arg == "--sentinel") {
            command.args(["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]);
        }
        command.stdin(Stdio::null()).stdout(log).stderr(Stdio::null());
        let mut child = command.spawn().expect("setpriv runs");
        let until = Instant::now() + START_TIMEOUT;
        while Instant::now() < until {
            if child.try_wait().expect("its state").is_some() {
                return false;
            }
            match self.try_command::<String>(&["PING"]) {
                Err(e) if e.is_io_error() || e.code() == Some("LOADING") => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                // Also if it only says that it needs a password.
                _ => {
                    self.child = Some(child);
                    return true;
                }
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A master, a replica, and three Sentinels that watch them.
pub struct Sentinels {
    /// The two data servers, the first master first.
    pub servers: [RedisServer; 2],
    /// The Sentinels.
    pub sentinels: Vec<RedisServer>,
}

impl Sentinels {
    /// Starts them and waits until all know each other. None if Redis is not installed.
    pub fn start() -> Option<Sentinels> {
        let master = RedisServer::start(&[])?;
        let of = format!("127.0.0.1 {}", master.port());
        let replica = RedisServer::begin(&[], |_, args| {
            args.push("--replicaof".to_owned());
            args.extend(of.split(' ').map(str::to_owned));
        });
        let conf = format!(
            "sentinel monitor {MASTER} {of} 2\nsentinel down-after-milliseconds {MASTER} 3000\n\
             sentinel failover-timeout {MASTER} 5000\n"
        );
        let sentinels = (0..3)
            .map(|_| {
                RedisServer::begin(&[], |dir, args| {
                    let path = dir.join("sentinel.conf");
                    fs::write(&path, &conf).expect("a file");
                    args.extend([path.display().to_string(), "--sentinel".to_owned()]);
                })
            })
            .collect();
        let all = Sentinels { servers: [master, replica], sentinels };
        let settled = |sentinel: &RedisServer| {
            let info: String = sentinel.command(&["INFO", "sentinel"]);
            info.contains("status=ok") && info.contains("slaves=1,sentinels=3")
        };
        wait("the Sentinels to know each other", || all.sentinels.iter().all(settled));
        wait("the replica to be in step", || {
            let info: String = all.servers[1].command(&["INFO", "replication"]);
            info.contains("master_link_status:up")
        });
        Some(all)
    }

    /// `redis+sentinel://...`.
    pub fn url(&self) -> SecretString {
        format!("redis+sentinel://{}/{MASTER}", addresses(&self.sentinels)).into()
    }

    /// Waits until the Sentinels name the second server as the master, and it is one.
    pub fn wait_for_failover(&self) {
        wait("a failover", || {
            let role: Vec<redis::Value> = self.servers[1].command(&["ROLE"]);
            matches!(&role[0], redis::Value::BulkString(role) if role == b"master")
        });
    }
}

/// Three masters with a replica each.
pub struct RedisCluster {
    /// The masters, then their replicas in the same order.
    pub nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts them and waits until every slot is served. None if Redis is not installed.
    pub fn start() -> Option<RedisCluster> {
        if !installed() {
            return None;
        }
        let nodes: Vec<RedisServer> = (0..6)
            .map(|_| {
                // By default the bus has the port 10,000 above, which may be taken or not exist.
                let bus = Port::free();
                // A busy machine may keep a node waiting for longer than a good one does.
                let settings = [["cluster-enabled", "yes"], ["cluster-node-timeout", "5000"]];
                let mut node = RedisServer::begin(&settings, |_, args| {
                    args.extend(["--cluster-port".to_owned(), bus.number().to_string()]);
                });
                node.bus = Some(bus);
                node
            })
            .collect();
        let cluster = RedisCluster { nodes };
        let slots = [(0, 5460), (5461, 10922), (10923, 16383)];
        for (node, (from, to)) in cluster.nodes.iter().zip(slots) {
            let _: () = node.command(&["CLUSTER", "ADDSLOTSRANGE", &from.to_string(), &to.to_string()]);
        }
        for (i, node) in cluster.nodes.iter().enumerate() {
            let _: () = node.command(&["CLUSTER", "SET-CONFIG-EPOCH", &(i + 1).to_string()]);
        }
        let first = &cluster.nodes[0];
        for node in &cluster.nodes[1..] {
            let bus = node.bus.as_ref().expect("its bus").number().to_string();
            let port = node.port().to_string();
            let _: () = first.command(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        let knows =
            |node: &RedisServer, what: &str| node.command::<String>(&["CLUSTER", "INFO"]).contains(what);
        wait("the nodes to meet", || cluster.nodes.iter().all(|n| knows(n, "cluster_known_nodes:6")));
        for i in 0..3 {
            let master: String = cluster.nodes[i].command(&["CLUSTER", "MYID"]);
            let replica = &cluster.nodes[i + 3];
            // It may not have heard of the master's slots yet.
            wait("a replica", || replica.try_command::<()>(&["CLUSTER", "REPLICATE", &master]).is_ok());
        }
        wait("the Cluster", || {
            let healthy = cluster.nodes.iter().all(|n| knows(n, "cluster_state:ok"));
            let linked = |n: &RedisServer| {
                n.command::<String>(&["INFO", "replication"]).contains("master_link_status:up")
            };
            let view: String = first.command(&["CLUSTER", "NODES"]);
            healthy && cluster.nodes[3..].iter().all(linked) && view.matches("slave").count() == 3
        });
        Some(cluster)
    }

    /// `redis+cluster://...` with all nodes.
    pub fn url(&self) -> SecretString {
        format!("redis+cluster://{}", addresses(&self.nodes)).into()
    }

    /// Which of the first three holds the slot of `key`.
    pub fn master_of(&self, key: &str) -> usize {
        let slot: u16 = self.nodes[0].command(&["CLUSTER", "KEYSLOT", key]);
        usize::from(slot / 5461).min(2)
    }

    /// Waits until the replica of master `i` has taken its place.
    pub fn wait_for_failover(&self, i: usize) {
        wait("a failover", || {
            self.nodes[i + 3].command::<String>(&["INFO", "replication"]).contains("role:master")
        });
    }
}

/// Waits for a condition outside the process, which nothing announces.
pub fn wait(what: &str, mut until: impl FnMut() -> bool) {
    let end = Instant::now() + SETTLE_TIMEOUT;
    while !until() {
        assert!(Instant::now() < end, "waiting for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn addresses(servers: &[RedisServer]) -> String {
    let all: Vec<String> = servers.iter().map(|s| format!("127.0.0.1:{}", s.port())).collect();
    all.join(",")
}

fn try_command<T: FromRedisValue>(port: u16, words: &[&str]) -> redis::RedisResult<T> {
    let limit = ANSWER_TIMEOUT;
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}"))?;
    let mut connection = client.get_connection_with_timeout(limit)?;
    connection.set_read_timeout(Some(limit))?;
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    T::from_redis_value(connection.req_command(&command)?).map_err(Into::into)
}

fn signal(child: &Child, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
}

fn installed() -> bool {
    let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    let hint = "Redis is not installed (apt install redis-server); NAMELESS_SKIP=redis leaves its tests out";
    assert!(found || skip::allowed("redis"), "{hint}");
    found
}
