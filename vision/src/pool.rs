//! Workers that are kept going: a thread each, a bounded queue before them, a time for every
//! picture.
//!
//! | what happens | what becomes of the picture | what becomes of the worker |
//! | --- | --- | --- |
//! | the queue is full | refused at once, given back | - |
//! | it waited or took too long | [`Outcome::Late`] | killed if it had the picture, started anew |
//! | the worker ended or said nonsense | [`Outcome::Crashed`], not tried again | started anew |
//! | the worker ended without one | another looks | started anew; noticed within a second |
//! | no worker can be started | [`Outcome::NoWorker`], at once | tried again after a pause |
//!
//! A pause doubles from one failure to the next, up to a limit, and is none after an orderly
//! retirement. So a picture that kills whoever looks at it cannot keep the machine busy with
//! starting workers.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::{Killer, Settings, Worker, WorkerError},
    findings::Wants,
    pdq::Pdq,
    protocol::Answer,
    sandbox::Layers,
};

/// How many, how long, how often.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// How to start a worker.
    pub worker: Settings,
    /// How many there are.
    pub workers: usize,
    /// Pictures that may wait.
    pub queue: usize,
    /// From handing a picture over to its outcome.
    pub patience: Duration,
    /// The pause after a first failure; doubled by each that follows.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl PoolSettings {
    /// What suits most: 3 s a picture, 64 of them waiting, pauses of 0.2 s to 60 s.
    #[must_use]
    pub fn new(worker: Settings, workers: usize) -> Self {
        Self {
            worker,
            workers: workers.max(1),
            queue: 64,
            patience: Duration::from_secs(3),
            pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(60),
        }
    }
}

/// What became of a picture.
#[derive(Debug)]
pub enum Outcome {
    /// A worker answered.
    Answered(Answer),
    /// There was no time left.
    Late,
    /// The worker did not survive it.
    Crashed,
    /// No worker runs, and none can be started now.
    NoWorker,
}

/// The queue is full or closed: the picture comes back.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many pictures wait")]
pub struct Full(pub Vec<u8>);

/// How the pool does: for health, metrics and `check-config`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolState {
    /// Workers that are ready or at work.
    pub alive: usize,
    /// Pictures that wait.
    pub waiting: usize,
    /// Workers started so far.
    pub started: u64,
    /// Workers that crashed.
    pub crashed: u64,
    /// Workers that were killed for being late.
    pub late: u64,
    /// Workers that retired in order.
    pub retired: u64,
    /// Why the last one that could not be started could not.
    pub refused: Option<String>,
    /// The sandbox of the last one that was started.
    pub layers: Layers,
}

/// How often a worker without a picture is looked after.
const LOOK: Duration = Duration::from_secs(1);

type Reply = Box<dyn FnOnce(Outcome) + Send>;
/// Whether what is known of a picture like this one is enough.
type Known = Box<dyn FnOnce(&Pdq) -> bool + Send>;

struct Job {
    picture: Vec<u8>,
    wants: Wants,
    known: Known,
    until: Instant,
    reply: Reply,
}

#[derive(Default)]
struct Inner {
    jobs: VecDeque<Job>,
    state: PoolState,
    /// Each thread's worker, to be killed from elsewhere.
    killers: Vec<Option<Killer>>,
    /// Threads that are starting a worker: somebody may soon take what waits.
    starting: usize,
    closed: bool,
}

struct Shared {
    settings: PoolSettings,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, inner: MutexGuard<'a, Inner>, longest: Duration) -> MutexGuard<'a, Inner> {
        self.changed.wait_timeout(inner, longest).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The workers.
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Pool {
    /// Starts the threads, and they their workers, at once.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(settings: PoolSettings) -> std::io::Result<Self> {
        let workers = settings.workers;
        let killers = (0..workers).map(|_| None).collect();
        let inner = Inner { killers, ..Inner::default() };
        let shared = Arc::new(Shared { settings, inner: Mutex::new(inner), changed: Condvar::new() });
        let mut pool = Self { shared: Arc::clone(&shared), threads: Vec::new() };
        let named = |name: String| thread::Builder::new().name(name);
        for place in 0..workers {
            let shared = Arc::clone(&shared);
            pool.threads
                .push(named(format!("face-{place}")).spawn(move || Tender::new(&shared, place).run())?);
        }
        pool.threads.push(named("face-clock".into()).spawn(move || expire(&shared))?);
        Ok(pool)
    }

    /// Hands a picture over. First it is only decoded and hashed: where `known` says that what is
    /// known of such a picture is enough, nobody looks further, and the answer has a hash and no
    /// more. `known` and `reply` are called on a thread of the pool and must not block; `reply`
    /// exactly once, within `patience`. When the pool is dropped meanwhile it is called with
    /// [`Outcome::NoWorker`].
    ///
    /// # Errors
    /// [`Full`] with the picture when too many wait; `reply` is not called then.
    pub fn look(
        &self,
        picture: Vec<u8>,
        wants: Wants,
        known: impl FnOnce(&Pdq) -> bool + Send + 'static,
        reply: impl FnOnce(Outcome) + Send + 'static,
    ) -> Result<(), Full> {
        let mut inner = self.shared.lock();
        if inner.closed || inner.jobs.len() >= self.shared.settings.queue {
            return Err(Full(picture));
        }
        let until = Instant::now() + self.shared.settings.patience;
        let (known, reply) = (Box::new(known), Box::new(reply));
        inner.jobs.push_back(Job { picture, wants, known, until, reply });
        drop(inner);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// How it does.
    #[must_use]
    pub fn state(&self) -> PoolState {
        let inner = self.shared.lock();
        PoolState { waiting: inner.jobs.len(), ..inner.state.clone() }
    }

    /// Kills one of the workers, as a crash would. Tells whether there was one.
    pub fn crash_one(&self) -> bool {
        let inner = self.shared.lock();
        inner.killers.iter().flatten().next().map(Killer::kill).is_some()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut inner = self.shared.lock();
        inner.closed = true;
        inner.killers.iter().flatten().for_each(Killer::kill);
        let jobs = std::mem::take(&mut inner.jobs);
        drop(inner);
        self.shared.changed.notify_all();
        jobs.into_iter().for_each(|job| (job.reply)(Outcome::NoWorker));
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

/// Answers what waited too long. The first in the queue is the first whose time is up.
fn expire(shared: &Shared) {
    let mut inner = shared.lock();
    while !inner.closed {
        let now = Instant::now();
        let late = inner.jobs.iter().take_while(|job| job.until <= now).count();
        let gone: Vec<Job> = inner.jobs.drain(..late).collect();
        let next = inner.jobs.front().map_or(Duration::from_secs(60), |job| job.until - now);
        if gone.is_empty() {
            inner = shared.wait(inner, next);
        } else {
            drop(inner);
            gone.into_iter().for_each(|job| (job.reply)(Outcome::Late));
            inner = shared.lock();
        }
    }
}

/// One thread and its worker.
struct Tender<'a> {
    shared: &'a Shared,
    place: usize,
    worker: Option<Worker>,
    failures: u32,
    not_before: Instant,
}

impl<'a> Tender<'a> {
    fn new(shared: &'a Shared, place: usize) -> Self {
        Self { shared, place, worker: None, failures: 0, not_before: Instant::now() }
    }

    fn run(mut self) {
        loop {
            match self.next() {
                Next::Job(job) => self.serve(job),
                Next::Start => self.start(),
                Next::Gone => self.lose(|state| state.crashed += 1, false),
                Next::Close => return,
            }
        }
    }

    fn start(&mut self) {
        let started = Worker::start(&self.shared.settings.worker);
        let mut inner = self.shared.lock();
        inner.starting = inner.starting.saturating_sub(1);
        match started {
            Ok(worker) => {
                inner.state.started += 1;
                inner.state.alive += 1;
                inner.state.refused = None;
                inner.state.layers = worker.hello().layers.clone();
                inner.killers[self.place] = Some(worker.killer());
                self.worker = Some(worker);
            }
            Err(error) => {
                inner.state.refused = Some(error.to_string());
                drop(inner);
                self.pause();
            }
        }
        self.shared.changed.notify_all();
    }

    /// The next thing to do. Without a worker a picture is taken only to say that there is none at
    /// all.
    fn next(&self) -> Next {
        let mut inner = self.shared.lock();
        loop {
            if inner.closed {
                return Next::Close;
            }
            // Before it is given a picture, which would pay for it.
            if self.worker.as_ref().is_some_and(Worker::has_ended) {
                return Next::Gone;
            }
            let now = Instant::now();
            if self.worker.is_none() && now >= self.not_before {
                inner.starting += 1;
                return Next::Start;
            }
            // After a crash another will soon be there, and what waits has its time; not so where
            // none can be started.
            let hopeless = inner.state.alive == 0 && inner.starting == 0 && inner.state.refused.is_some();
            if (self.worker.is_some() || hopeless)
                && let Some(job) = inner.jobs.pop_front()
            {
                return Next::Job(job);
            }
            let longest = if self.worker.is_some() { LOOK } else { self.not_before - now };
            inner = self.shared.wait(inner, longest);
        }
    }

    fn serve(&mut self, job: Job) {
        let Some(worker) = &mut self.worker else { return (job.reply)(Outcome::NoWorker) };
        let left = job.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return (job.reply)(Outcome::Late);
        }
        let mut looked = worker.look(job.picture, Wants::HASH, left);
        if let Ok(Answer { found: Ok(found), .. }) = &looked
            && !(job.known)(&found.pdq)
        {
            // The worker has it still, decoded.
            let left = job.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return (job.reply)(Outcome::Late);
            }
            looked = worker.look(Vec::new(), job.wants, left);
        }
        let (outcome, lost): (_, fn(&mut PoolState)) = match looked {
            Ok(answer) if answer.last => (Outcome::Answered(answer), |state| state.retired += 1),
            Ok(answer) => {
                self.failures = 0;
                return (job.reply)(Outcome::Answered(answer));
            }
            Err(WorkerError::Late(_)) => (Outcome::Late, |state| state.late += 1),
            Err(_) => (Outcome::Crashed, |state| state.crashed += 1),
        };
        let retired = matches!(outcome, Outcome::Answered(_));
        (job.reply)(outcome);
        self.lose(lost, retired);
    }

    /// The worker is gone; the next one comes at once after a retirement, else after a pause.
    fn lose(&mut self, lost: impl FnOnce(&mut PoolState), retired: bool) {
        self.worker = None;
        let mut inner = self.shared.lock();
        inner.killers[self.place] = None;
        inner.state.alive -= 1;
        lost(&mut inner.state);
        drop(inner);
        if retired {
            self.not_before = Instant::now();
        } else {
            self.pause();
        }
    }

    fn pause(&mut self) {
        let PoolSettings { pause, longest_pause, .. } = self.shared.settings;
        let pause = pause.saturating_mul(1 << self.failures.min(16)).min(longest_pause);
        self.failures += 1;
        self.not_before = Instant::now() + pause;
    }
}

enum Next {
    Job(Job),
    Start,
    Gone,
    Close,
}
