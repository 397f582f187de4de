//! `nameless` as a child process, its output, and its ends.

use crate::support::app::TOKEN;
use nameless_actors::kernel::lock;
use nameless_domain::random::Random;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a process may take for anything that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A command of the program with nothing of this environment in it but the path.
pub fn nameless(args: &[&str], variables: &[(&str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.args(args).env_clear().stdin(Stdio::null());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    // No .env and no config/ of the source tree.
    command.current_dir(std::env::temp_dir());
    command.envs(variables.iter().map(|(name, value)| (*name, value.as_str())));
    command
}

/// Variables of a bot that is quick and asks nothing.
pub fn variables(url: &str, data_dir: &Path) -> Vec<(&'static str, String)> {
    [
        ("BOT_TOKEN", TOKEN),
        ("TELEGRAM_API_URL", url),
        ("DATA_DIR", &data_dir.display().to_string()),
        ("HTTP_ADDR", "127.0.0.1:0"),
        ("METRICS_ADDR", "127.0.0.1:0"),
        ("CHAT_RATE", "1000"),
        ("CHAT_BURST", "1000"),
        ("USER_RATE", "1000"),
        ("USER_BURST", "1000"),
        ("CONFIRM_END_UNDER", "0s"),
        ("REPEAT_WINDOW", "0s"),
        ("POLL_TIMEOUT", "5s"),
        // Far longer than what is under way takes alone on the machine: what is cut off comes
        // twice.
        ("DRAIN_TIMEOUT", "30s"),
        ("SHARDS", "2"),
        // Without models a start warns.
        ("FACE_POLICY", "off"),
        // What gathers at Telegram while the process is down comes in at once.
        ("SESSION_PERMITS", "1000"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// What a process printed so far.
#[derive(Default)]
struct Printed {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Printed {
    fn read(self: &Arc<Printed>, from: impl Read + Send + 'static) {
        let printed = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                lock(&printed.lines).push(line);
                printed.more.notify_all();
            }
        });
    }
}

/// A running bot; killed when dropped.
pub struct Bot {
    child: Child,
    printed: Arc<Printed>,
}

impl Bot {
    /// Starts a bot and does not wait for it.
    pub fn launch(mut command: Command) -> Bot {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let printed = Arc::new(Printed::default());
        printed.read(child.stdout.take().expect("its stdout"));
        printed.read(child.stderr.take().expect("its stderr"));
        Bot { child, printed }
    }

    /// Starts `serve` and waits until it polls or is about to.
    pub fn serve(variables: &[(&str, String)]) -> Bot {
        let mut bot = Bot::launch(nameless(&["serve"], variables));
        bot.wait_line("ready http=");
        bot
    }

    /// Waits for a line with `part` in it.
    pub fn wait_line(&mut self, part: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let mut lines = lock(&self.printed.lines);
        loop {
            if let Some(line) = lines.iter().find(|line| line.contains(part)) {
                return line.clone();
            }
            let left = until.saturating_duration_since(Instant::now());
            let ended = self.child.try_wait().expect("its state");
            assert!(
                !left.is_zero() && ended.is_none(),
                "no line “{part}” ({ended:?}):\n{}",
                lines.join("\n")
            );
            let step = left.min(Duration::from_millis(200));
            lines = self.printed.more.wait_timeout(lines, step).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Where its HTTP server listens.
    pub fn http(&mut self) -> String {
        let line = self.wait_line("ready http=");
        let address = line.split("http=").nth(1).expect("an address");
        format!("http://{}", address.split_whitespace().next().expect("an address"))
    }

    /// Where its metrics are.
    pub fn metrics(&mut self) -> String {
        let line = self.wait_line("ready http=");
        let address = line.split("metrics=").nth(1).expect("an address");
        format!("http://{}", address.split_whitespace().next().expect("an address"))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything printed so far.
    pub fn printed(&self) -> String {
        lock(&self.printed.lines).join("\n")
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("its end");
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let done = Command::new("kill").args(["-s", name, &pid]).status().expect("kill runs");
        assert!(done.success(), "kill -s {name}");
    }

    /// The same if it has not ended by itself.
    pub fn signal_if_alive(&mut self, name: &str) {
        if !self.is_over() {
            self.signal(name);
        }
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_some()
    }

    /// Waits for its end.
    pub fn ended(&mut self, within: Duration) -> ExitStatus {
        let until = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status;
            }
            assert!(Instant::now() < until, "still running after {within:?}:\n{}", self.printed());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// SIGTERM; it must end in order. Everything it printed.
    pub fn stop(mut self) -> String {
        self.signal("TERM");
        let status = self.ended(PATIENCE);
        assert!(status.success(), "{status}:\n{}", self.printed());
        self.printed()
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("--- process {} printed:\n{}", self.child.id(), self.printed());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Numbers from `KILL_SEED`, else from the clock. The seed is printed, so that a run can be
/// repeated.
pub fn seeded(test: &str) -> Random {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    let given = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or(clock.as_nanos() as u64);
    println!("{test}: KILL_SEED={seed}");
    Random::new(seed)
}
