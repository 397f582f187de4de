//! Processes that end with the test.

use anyhow::Context as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A process of the test; dropping it ends it.
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    /// Starts it; its standard output is read here, what it complains about goes to the test's own.
    pub fn start(command: &mut Command) -> anyhow::Result<Process> {
        Process::with(command.stdin(Stdio::null()))
    }

    /// The same for one that is typed to.
    pub fn typed_to(command: &mut Command) -> anyhow::Result<Process> {
        Process::with(command.stdin(Stdio::piped()))
    }

    fn with(command: &mut Command) -> anyhow::Result<Process> {
        let mut child =
            command.stdout(Stdio::piped()).spawn().with_context(|| format!("{command:?} did not start"))?;
        let stdout = child.stdout.take().context("no standard output")?;
        let (sender, lines) = channel();
        // Reads on to the end: a full pipe would stop the process.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Ok(Process { stdin: child.stdin.take(), child, lines })
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) -> anyhow::Result<()> {
        let stdin = self.stdin.as_mut().context("it is not typed to")?;
        writeln!(stdin, "{line}").context("it does not read")
    }

    /// The first line that `wanted` makes something of.
    pub fn line<T>(&self, patience: Duration, wanted: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).context("the expected line was not printed")?;
            if let Some(found) = wanted(&line) {
                return Ok(found);
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends a process that another one started for the test.
pub fn end(pid: u64) {
    let _ = Command::new("kill").arg("-KILL").arg(pid.to_string()).stderr(Stdio::null()).status();
}
