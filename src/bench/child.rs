//! A process that the bench starts: its output, its CPU time, its end.

use super::cores::Cores;
use super::procfs::{self, Usage};
use anyhow::{Context as _, bail};
use nameless_actors::kernel::lock;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Lines of output that are remembered, for the message when something fails.
const LINES: usize = 30;
/// Bytes of such a line.
const LINE: usize = 300;
/// How long a process may take to end after SIGTERM before it is killed.
const END: Duration = Duration::from_secs(20);

/// A process with all that it starts. Killed when dropped.
pub struct Process {
    child: Child,
    output: Arc<Output>,
    /// Its group was killed: the number may belong to somebody else by now.
    is_gone: bool,
}

#[derive(Default)]
struct Output {
    last: Mutex<VecDeque<String>>,
    http: OnceLock<String>,
    metrics: OnceLock<String>,
}

impl Output {
    fn read(self: &Arc<Output>, from: impl Read + Send + 'static) {
        let output = self.clone();
        std::thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            // A line without an end is taken in pieces.
            while from.by_ref().take(64 * 1024).read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                output.note(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
    }

    fn note(&self, line: &str) {
        let line = line.trim_end();
        if line.contains("ready http=") {
            for (name, address) in [("http=", &self.http), (" metrics=", &self.metrics)] {
                if let Some((_, rest)) = line.split_once(name) {
                    let _ = address.set(rest.split_whitespace().next().unwrap_or_default().to_owned());
                }
            }
        }
        let mut last = lock(&self.last);
        if last.len() >= LINES {
            last.pop_front();
        }
        last.push_back(line.chars().take(LINE).collect());
    }
}

/// A command that dies with this process, should that be killed, where the system has `setpriv`.
pub fn guarded(program: &Path) -> Command {
    let Some(setpriv) = find("setpriv") else { return Command::new(program) };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// A program of the PATH.
pub fn find(name: &str) -> Option<std::path::PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file())
}

impl Process {
    /// Starts a process on the bot's cores, in a group of its own.
    pub fn start_bot(command: &mut Command, cores: &Cores) -> anyhow::Result<Process> {
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = cores.spawn_bot(command).context("the bot cannot be started")?;
        let output = Arc::new(Output::default());
        if let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
            output.read(out);
            output.read(err);
        }
        Ok(Process { child, output, is_gone: false })
    }

    /// What it and its descendants have used.
    pub fn usage(&self) -> Usage {
        procfs::tree(self.child.id())
    }

    /// Where this engine takes requests, once it has said so.
    pub fn http(&self) -> Option<String> {
        self.output.http.get().map(|address| format!("http://{address}"))
    }

    /// Where this engine's metrics are, once it has said so.
    pub fn metrics(&self) -> Option<String> {
        self.output.metrics.get().map(|address| format!("http://{address}"))
    }

    /// Its last lines of output.
    pub fn last_lines(&self) -> String {
        let last = lock(&self.output.last);
        last.iter().map(|line| format!("\n  | {line}")).collect()
    }

    /// An error if it has ended.
    pub fn check(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait().context("the bot's state cannot be read")? {
            // What it wrote last is on its way through the pipe.
            std::thread::sleep(Duration::from_millis(50));
            bail!("the bot has ended ({status}):{}", self.last_lines());
        }
        Ok(())
    }

    /// kill -9, for the whole group.
    pub fn kill(mut self) {
        self.kill_now();
    }

    fn kill_now(&mut self) {
        if std::mem::replace(&mut self.is_gone, true) {
            return;
        }
        if let Some(group) = Pid::from_raw(self.child.id() as i32) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }

    /// SIGTERM, and its end; false if it had to be killed.
    pub async fn stop(mut self) -> bool {
        if let Some(pid) = Pid::from_raw(self.child.id() as i32) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + END;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                // What it started and left behind.
                self.kill_now();
                return true;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.kill_now();
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_now();
    }
}
