//! One run of the server: its start, the guard that ends it when this process is killed, its end.

use super::error::ClusterError;
use super::programs::Programs;
use super::runner::Runner;
use nameless_actors::kernel::lock;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a start may take, recovery after a crash included.
const START: Duration = Duration::from_secs(120);
/// After this long the log says that the start goes on.
const SAY: Duration = Duration::from_secs(5);
/// How long a stop in order may take: a checkpoint. After it the server is stopped at once and
/// recovers at its start.
const STOP: Duration = Duration::from_secs(2);
/// How long the server waits before that for connections to end which are closed on this side: on a
/// busy machine its processes hear of it later, and would complain about being stopped.
const GOODBYES: Duration = Duration::from_millis(250);
/// How long a stop at once may take before the server is killed, and how long its end may take
/// then.
const STOP_NOW: Duration = Duration::from_millis(500);
/// The firmer each word, the less there is to wait for.
const STEPS: [(Signal, Duration); 4] =
    [(Signal::TERM, GOODBYES), (Signal::INT, STOP), (Signal::QUIT, STOP_NOW), (Signal::KILL, STOP_NOW)];

/// How long a stop takes at most.
pub(crate) fn longest_stop() -> Duration {
    STEPS.iter().map(|(_, limit)| *limit).sum()
}
/// How long a server that was left behind is waited for: its guard ends it in order, then at once.
const LEFT: Duration = Duration::from_secs(60);
/// How often something is looked at.
const LOOK: Duration = Duration::from_millis(3);
/// Lines that are remembered for an error's text.
const LINES: usize = 8;

/// Becomes the server, after it has left a guard behind. The guard reads the pipe that this process
/// holds: where that closes without a word, this process is dead, and the server is stopped. `$$`
/// is the server's process, and the file it keeps names it: no other process is meant by that
/// number. The guard is nobody's child, or the server would take its end for that of one of its
/// own.
const GUARDED: &str = r#"
exec 3<&0
( (
    trap '' HUP INT QUIT TERM
    read -r word <&3 && exit
    tries=0
    while kill -0 $$ && [ $tries -lt 60 ]; do
        signal=INT
        [ $tries -ge 20 ] && signal=QUIT
        read -r pid <postmaster.pid && [ "$pid" = $$ ] && kill -$signal $$
        tries=$((tries + 1))
        sleep 1
    done
) </dev/null >/dev/null 2>&1 & )
exec 3<&-
exec "$@" </dev/null
"#;

/// A running server. Dropping it stops it.
pub(super) struct Server {
    child: Child,
    /// The guard's pipe.
    guard: ChildStdin,
    output: Arc<Mutex<VecDeque<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts the server of a cluster and waits until it takes connections.
    pub(super) fn start(
        programs: &Programs,
        runner: Option<&Runner>,
        folder: &Path,
        settings: &[String],
    ) -> Result<Server, ClusterError> {
        let failed = |said: String| ClusterError::Start { folder: folder.into(), said };
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARDED, "nameless-postgres"]);
        command.arg(programs.path("postgres")).arg("-D").arg(folder).args(settings);
        if let Some(runner) = runner {
            runner.run(&mut command);
        }
        // In a group of its own: Ctrl-C is for this process, which then stops the server when it is
        // done with it.
        command.current_dir(folder).env("LC_ALL", "C").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let (Some(guard), Some(errors)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(failed("it has no pipes".into()));
        };
        let output = Arc::new(Mutex::new(VecDeque::new()));
        let reader = Some(thread::spawn({
            let output = output.clone();
            move || read_log(errors, &output)
        }));
        let mut server = Server { child, guard, output, reader };
        server.wait_until_ready(folder)?;
        Ok(server)
    }

    fn wait_until_ready(&mut self, folder: &Path) -> Result<(), ClusterError> {
        let failed = |said: String| ClusterError::Start { folder: folder.into(), said };
        let began = Instant::now();
        let mut say = SAY;
        loop {
            if Postmaster::of(folder).is_some_and(|it| it.pid == self.child.id() && it.is_ready) {
                return Ok(());
            }
            if self.has_ended() {
                return Err(failed(self.last_lines()));
            }
            if began.elapsed() > START {
                return Err(failed(format!("it takes no connections after {START:?}")));
            }
            if began.elapsed() > say {
                tracing::info!(since = ?began.elapsed(), "waiting for the database, which recovers");
                say *= 2;
            }
            thread::sleep(LOOK);
        }
    }

    /// Whether the server's process has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// What it said last.
    fn last_lines(&mut self) -> String {
        // Its end closes the pipe; what is in it is read in no time.
        let until = Instant::now() + Duration::from_secs(1);
        while self.reader.as_ref().is_some_and(|reader| !reader.is_finished()) && Instant::now() < until {
            thread::sleep(LOOK);
        }
        let lines = lock(&self.output);
        match lines.is_empty() {
            true => "it said nothing".into(),
            false => lines.iter().map(String::as_str).collect::<Vec<_>>().join("; "),
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.child.id() as i32) {
            let _ = kill_process(pid, signal);
        }
    }

    fn ends_within(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while !self.has_ended() {
            if Instant::now() >= until {
                return false;
            }
            thread::sleep(LOOK);
        }
        true
    }
}

impl Drop for Server {
    /// Stops it in order, or at once, or by force.
    fn drop(&mut self) {
        // Before its number can belong to somebody else: the guard has nothing to do any more.
        let _ = self.guard.write_all(b"done\n");
        for (signal, limit) in STEPS {
            if self.has_ended() {
                break;
            }
            self.signal(signal);
            if !self.ends_within(limit) && signal != Signal::TERM {
                tracing::warn!(?limit, "the database does not stop; it is told so more firmly");
            }
        }
    }
}

/// What a server's own file tells of it. Its lines are described in PostgreSQL's `miscadmin.h`.
pub(super) struct Postmaster {
    pub(super) pid: u32,
    /// The folder of its socket.
    pub(super) socket_dir: PathBuf,
    /// Whether it takes connections.
    pub(super) is_ready: bool,
}

impl Postmaster {
    /// The server that runs on a cluster, or ran and was killed.
    pub(super) fn of(folder: &Path) -> Option<Postmaster> {
        let text = fs::read_to_string(folder.join("postmaster.pid")).ok()?;
        let lines: Vec<&str> = text.lines().collect();
        Some(Postmaster {
            pid: lines.first()?.trim().parse().ok()?,
            socket_dir: PathBuf::from(lines.get(4).copied().unwrap_or_default()),
            is_ready: lines.get(7).is_some_and(|status| status.trim() == "ready"),
        })
    }

    /// Whether its process lives, and is not somebody else's who got its number.
    pub(super) fn is_alive(&self, folder: &Path) -> bool {
        let Some(pid) = Pid::from_raw(self.pid as i32) else { return false };
        if Path::new("/proc/self/cwd").exists() {
            // It works in its folder. A process that has ended, and is not yet buried, works
            // nowhere.
            return fs::read_link(format!("/proc/{}/cwd", self.pid)).is_ok_and(|place| place == folder);
        }
        !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
    }
}

/// Whether any process works in a cluster's folder, as all of a server's do. Where the system does
/// not tell: yes.
pub(super) fn is_anyone_in(folder: &Path) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else { return true };
    let mut cwds = processes.flatten().map(|process| process.path().join("cwd")).peekable();
    cwds.peek().is_none() || cwds.any(|cwd| fs::read_link(cwd).is_ok_and(|place| place == folder))
}

/// Waits for the end of a server that a killed process left behind, and helps where its guard was
/// killed as well.
pub(super) fn end_what_was_left(folder: &Path) -> Result<(), ClusterError> {
    let began = Instant::now();
    let mut steps = [(Duration::from_secs(2), Signal::INT), (Duration::from_secs(15), Signal::QUIT)]
        .into_iter()
        .chain([(Duration::from_secs(30), Signal::KILL)])
        .peekable();
    let mut told = false;
    while let Some(left) = Postmaster::of(folder).filter(|left| left.is_alive(folder)) {
        if !std::mem::replace(&mut told, true) {
            tracing::info!(
                pid = left.pid,
                "waiting for the end of the database's server, which was left behind"
            );
        }
        if let Some((_, signal)) = steps.next_if(|(after, _)| began.elapsed() >= *after)
            && let Some(pid) = Pid::from_raw(left.pid as i32)
        {
            let _ = kill_process(pid, signal);
        }
        if began.elapsed() > LEFT {
            return Err(ClusterError::Left { folder: folder.into(), pid: left.pid });
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Passes the server's words on to our log and remembers the last. It is told to log no statements
/// and no values.
fn read_log(from: impl Read, last: &Mutex<VecDeque<String>>) {
    let mut from = BufReader::new(from);
    let mut bytes = Vec::new();
    // A line without an end is taken in pieces.
    while from.by_ref().take(4096).read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        bytes.clear();
        match line.split(':').next() {
            Some("PANIC") => tracing::error!(target: "nameless::postgres", "{line}"),
            // The end of one connection, which a server that stops gives to those that are just
            // going.
            Some("FATAL") if line.contains("terminating connection") => {
                tracing::debug!(target: "nameless::postgres", "{line}");
            }
            Some("FATAL" | "WARNING" | "ERROR") => tracing::warn!(target: "nameless::postgres", "{line}"),
            _ => tracing::debug!(target: "nameless::postgres", "{line}"),
        }
        let mut last = lock(last);
        if last.len() >= LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
}
