//! The engine's side of a worker: starts it, asks it, and ends it when it takes too long.
//!
//! [`Worker`] blocks, and has a thread of its own that owns the child: the kernel kills a worker
//! when the *thread* that started it ends (`PR_SET_PDEATHSIG`), so it must not be started from a
//! thread of a pool that comes and goes. Who speaks asynchronously uses [`Settings::command`] with
//! [`Frames`](crate::protocol::Frames) instead and minds the same.

use std::{
    ffi::OsString,
    io::{Read, Write},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::{
    bench::Figures,
    findings::Wants,
    protocol::{Answer, FrameError, Frames, Hello, Request},
    sandbox::Demand,
    worker::Arguments,
};

/// How to start a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The program: the engine's own (`std::env::current_exe`).
    pub program: PathBuf,
    /// What stands before the worker's own arguments: `face-worker`.
    pub subcommand: Vec<OsString>,
    /// Folder of the models and the runtime.
    pub models: PathBuf,
    /// What to do where a layer of the sandbox does not hold.
    pub demand: Demand,
    /// How long it may take to load and lock up.
    pub start: Duration,
}

impl Settings {
    /// The command: an environment of one variable, pipes for input and output, nothing for errors.
    #[must_use]
    pub fn command(&self) -> Command {
        // It does not run in the engine's folder.
        let models = std::path::absolute(&self.models).unwrap_or_else(|_| self.models.clone());
        let parent = Some(std::process::id());
        let arguments = Arguments { models, demand: self.demand, parent, measure: None };
        let mut command = Command::new(&self.program);
        command
            .args(&self.subcommand)
            .args(arguments.to_command_line())
            .env_clear()
            .env("ORT_DISABLE_TELEMETRY", "1")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }
}

/// Has a worker measure what its models cost beside the bare runtime ([`bench`](crate::bench)), for
/// so many rounds. It takes as long as it takes: a tenth of a second a round and more.
///
/// # Errors
/// When it cannot be started, refuses, or fails.
pub fn measure(settings: &Settings, rounds: u32) -> Result<Figures, WorkerError> {
    let failed = |error: std::io::Error| WorkerError::Start(error.kind());
    let mut command = settings.command();
    // On this thread: it waits until the worker has ended, so it outlives it.
    let child = command.args(["--measure", &rounds.to_string()]).spawn().map_err(failed)?;
    let output = child.wait_with_output().map_err(failed)?;
    // First its own words, then the figures, which are no frame.
    let mut frames = Frames::of_worker();
    frames.push(&output.stdout);
    let hello = frames.next().ok_or(WorkerError::Ended(Some(output.status)))??;
    if let Some(why) = Hello::decode(&hello)?.refuses {
        return Err(WorkerError::Refuses(why));
    }
    if !output.status.success() {
        return Err(WorkerError::Ended(Some(output.status)));
    }
    serde_json::from_slice(&frames.rest()).map_err(|_| FrameError::Malformed.into())
}

/// Why there is no answer. Whatever it is, the worker is gone.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It cannot be started.
    #[error("a worker cannot be started: {0}")]
    Start(std::io::ErrorKind),
    /// It will not work, and says why. Trying again changes nothing.
    #[error("the worker refuses: {0}")]
    Refuses(String),
    /// It took too long and was killed.
    #[error("the worker took longer than {0:?}")]
    Late(Duration),
    /// It ended: crashed, killed for a forbidden call, out of memory.
    #[error("the worker ended ({})", .0.map_or_else(|| "unknown".to_owned(), |status| status.to_string()))]
    Ended(Option<ExitStatus>),
    /// It said what no worker says.
    #[error("the worker said nonsense: {0}")]
    Nonsense(#[from] FrameError),
}

/// A running worker.
#[derive(Debug)]
pub struct Worker {
    hello: Hello,
    id: u32,
    next: u64,
    requests: Option<mpsc::SyncSender<Vec<u8>>>,
    answers: mpsc::Receiver<Result<crate::protocol::Frame, WorkerError>>,
    child: Arc<Mutex<Child>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Worker {
    /// Starts one and waits until it has locked itself up.
    ///
    /// # Errors
    /// When it cannot be started, refuses, ends, or takes longer than allowed.
    pub fn start(settings: &Settings) -> Result<Self, WorkerError> {
        Self::start_with(settings.command(), settings.start)
    }

    /// The same with a command of one's own: for tests of what a changed one leads to.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(mut command: Command, patience: Duration) -> Result<Self, WorkerError> {
        let (requests, asked) = mpsc::sync_channel::<Vec<u8>>(1);
        let (answer, answers) = mpsc::sync_channel(1);
        let (started, start) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("face-worker".into()).spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => return drop(started.send(Err(WorkerError::Start(error.kind())))),
            };
            let (input, output) = (child.stdin.take(), child.stdout.take());
            let child = Arc::new(Mutex::new(child));
            let _ = started.send(Ok(Arc::clone(&child)));
            if let (Some(input), Some(output)) = (input, output) {
                talk(input, output, &asked, &answer);
            }
            // Whoever waits for more hears how it ended.
            let status = end(&child);
            let _ = answer.try_send(Err(WorkerError::Ended(status)));
        });
        let thread = thread.map_err(|error| WorkerError::Start(error.kind()))?;
        let child = start.recv().map_err(|_| WorkerError::Ended(None))??;
        let id = lock(&child).id();
        let hello = Hello { layers: Default::default(), refuses: None };
        let mut worker =
            Self { hello, id, next: 0, requests: Some(requests), answers, child, thread: Some(thread) };
        worker.hello = Hello::decode(&worker.wait(patience)?)?;
        match worker.hello.refuses.take() {
            Some(why) => Err(WorkerError::Refuses(why)),
            None => Ok(worker),
        }
    }

    /// Its process id.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// What it said first: which layers hold.
    #[must_use]
    pub const fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Has a picture looked at. After an error the worker is gone, and so it is after an answer
    /// that says `last`.
    ///
    /// # Errors
    /// When it takes longer than `patience`, ends, or says nonsense. A picture that is too long is
    /// refused before.
    pub fn look(
        &mut self,
        picture: Vec<u8>,
        wants: Wants,
        patience: Duration,
    ) -> Result<Answer, WorkerError> {
        self.next += 1;
        let request = Request { id: self.next, wants, picture }.encode()?;
        let sent = self.requests.as_ref().is_some_and(|requests| requests.send(request).is_ok());
        if !sent {
            return Err(WorkerError::Ended(None));
        }
        let mut answer = Answer::decode(&self.wait(patience)?)?;
        if answer.id != self.next {
            self.kill();
            return Err(FrameError::Malformed.into());
        }
        answer.memory = peak(self.id).unwrap_or(answer.memory);
        Ok(answer)
    }

    fn wait(&mut self, patience: Duration) -> Result<crate::protocol::Frame, WorkerError> {
        let until = Instant::now() + patience;
        match self.answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Ok(frame)) => Ok(frame),
            Ok(Err(error)) => Err(error),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                self.kill();
                Err(WorkerError::Late(patience))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(WorkerError::Ended(None)),
        }
    }

    /// Whether it has ended since it was asked last.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(lock(&self.child).try_wait(), Ok(Some(_)) | Err(_))
    }

    /// Kills it: what a late one gets.
    pub fn kill(&self) {
        let _ = lock(&self.child).kill();
    }

    /// What kills it from elsewhere.
    #[must_use]
    pub fn killer(&self) -> Killer {
        Killer(Arc::clone(&self.child))
    }
}

/// Kills a worker that somebody else waits for.
#[derive(Clone, Debug)]
pub struct Killer(Arc<Mutex<Child>>);

impl Killer {
    /// Kills it, if it still runs.
    pub fn kill(&self) {
        let _ = lock(&self.0).kill();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Its input ends, so it would go by itself; killed, it goes now.
        self.requests = None;
        self.kill();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn talk(
    mut input: impl Write,
    mut output: impl Read,
    asked: &mpsc::Receiver<Vec<u8>>,
    answer: &mpsc::SyncSender<Result<crate::protocol::Frame, WorkerError>>,
) {
    let mut frames = Frames::of_worker();
    let mut chunk = vec![0; 16 << 10];
    loop {
        // One frame: first the worker's own words, then an answer to each request.
        let frame = loop {
            if let Some(frame) = frames.next() {
                break frame;
            }
            match output.read(&mut chunk) {
                Ok(0) => return,
                Ok(length) => frames.push(&chunk[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        };
        let nonsense = frame.is_err();
        if answer.send(frame.map_err(WorkerError::from)).is_err() || nonsense {
            return;
        }
        let Ok(request) = asked.recv() else { return };
        // What follows will find it closed.
        if input.write_all(&request).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}

/// Most memory that a process had resident, in KiB. What it says of itself may be more: the kernel
/// counts in the peak of whoever started it, as both share one memory until the other program is
/// there.
fn peak(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

fn lock(child: &Mutex<Child>) -> std::sync::MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// It closed its output or made no sense: it is killed if it still runs, and buried.
fn end(child: &Mutex<Child>) -> Option<ExitStatus> {
    let mut child = lock(child);
    // What ended by itself has a status of its own; the moment between closing its pipe and ending
    // is short.
    for _ in 0..50 {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    child.wait().ok()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn a_worker_gets_no_environment_and_an_absolute_folder() {
        let settings = Settings {
            program: "/bin/engine".into(),
            subcommand: vec!["face-worker".into()],
            models: "data/models".into(),
            demand: Demand::Require,
            start: Duration::from_secs(1),
        };
        let command = settings.command();
        let set: Vec<_> = command.get_envs().collect();
        assert_eq!(set, [(OsStr::new("ORT_DISABLE_TELEMETRY"), Some(OsStr::new("1")))]);
        let line = command.get_args().map(OsString::from).skip(1);
        let arguments = Arguments::from_command_line(line).unwrap();
        assert!(arguments.models.is_absolute() && arguments.models.ends_with("data/models"));
        assert_eq!(arguments.parent, Some(std::process::id()));
    }
}
