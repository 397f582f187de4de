//! A Redis server that keeps nothing on disk, on a free port.

use super::{end, free_port};
use crate::app::folder::Folder;
use crate::bench::child::{find, guarded};
use anyhow::{Context as _, bail};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const START: Duration = Duration::from_secs(60);

/// A running server.
pub struct RedisServer {
    child: Child,
    port: u16,
    _folder: Folder,
}

impl RedisServer {
    /// Starts one; an error if Redis is not installed.
    pub async fn start() -> anyhow::Result<RedisServer> {
        let program = find("redis-server")
            .context("Redis is not installed (apt install redis-server), and no --redis-url is given")?;
        let folder = Folder::new("bench-redis")?;
        // Another process may take the port between the look and the server's start.
        for _ in 0..5 {
            let port = free_port()?;
            let mut child = guarded(&program)
                .args([
                    "--port",
                    &port.to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                ])
                .args(["--maxmemory-policy", "noeviction", "--dir"])
                .arg(folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .context("Redis cannot be run")?;
            let until = Instant::now() + START;
            while child.try_wait()?.is_none() && Instant::now() < until {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Ok(RedisServer { child, port, _folder: folder });
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            end(&mut child, "TERM");
        }
        bail!("Redis does not start")
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        end(&mut self.child, "TERM");
    }
}
