//! A peer as a process: installed, started, stopped.

use crate::support::skip;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a peer may take to end after SIGTERM: far less where the machine is not starved.
const END: Duration = Duration::from_secs(60);
/// Made up; the simulator takes any.
pub const TOKEN: &str = "4242:peer";

/// What has to be there for a peer to be tested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needs {
    /// Nothing but what builds this test.
    Rust,
    /// This program.
    Program(&'static str),
    /// `NAMELESS_PEERS` in the environment, and `setup.sh` before: it takes minutes to build, or
    /// tells nothing new about this engine.
    Patience,
}

/// One form of a peer.
#[derive(Clone, Copy, Debug)]
pub struct Bot {
    name: &'static str,
    form: &'static str,
    needs: Needs,
}

/// A running one; killed when dropped.
pub struct Running {
    child: Option<Child>,
}

impl Bot {
    /// `name` and `form` as `run.sh` takes them.
    pub fn new(name: &'static str, form: &'static str, needs: Needs) -> Bot {
        Bot { name, form, needs }
    }

    /// Installs it where that is quick; whether it is there.
    pub fn install(&self) -> bool {
        match self.needs {
            Needs::Rust => {}
            Needs::Program(program) => {
                let found = Command::new(program).arg("--version").stdout(Stdio::null()).status();
                if !found.is_ok_and(|status| status.success()) {
                    // Not of the engine: what it needs is installed by who wants to compare.
                    skip::note(program);
                    return false;
                }
            }
            Needs::Patience => {
                if std::env::var_os("NAMELESS_PEERS").is_none() {
                    println!("SKIPPED: {} ({}); NAMELESS_PEERS=1 tests it", self.name, self.form);
                    return false;
                }
                // Longer than a test may take: it is there already, or the start says that it is
                // not.
                return true;
            }
        }
        let done = Command::new(script("setup.sh")).arg(self.name).output().expect("setup.sh runs");
        assert!(done.status.success(), "setup.sh {}: {}", self.name, String::from_utf8_lossy(&done.stderr));
        true
    }

    /// Starts it against a server of the Bot API.
    pub fn start(&self, telegram: &str, database: &str, redis: &str) -> Running {
        // It dies with the thread that started it, should that be killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(script("run.sh")).args([self.name, self.form]);
        command.env("BOT_TOKEN", TOKEN).env("TELEGRAM_API_URL", telegram);
        command.env("DATABASE_URL", database).env("REDIS_URL", redis);
        Running { child: Some(command.stdin(Stdio::null()).spawn().expect("run.sh runs")) }
    }
}

impl Running {
    /// Asks it to end, as a host does, and waits. It must end cleanly and in time.
    pub fn stop(mut self) {
        let mut child = self.child.take().expect("it runs");
        assert!(child.try_wait().expect("its state").is_none(), "the bot has ended by itself");
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(asked.is_ok_and(|s| s.success()), "kill runs");
        let until = Instant::now() + END;
        // The end of a process that is not awaited by a runtime announces itself to nobody.
        while Instant::now() < until {
            if let Some(status) = child.try_wait().expect("its state") {
                assert!(status.success(), "the bot ended with {status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child = Some(child);
        panic!("the bot has not ended {END:?} after SIGTERM");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The folder of the peers.
pub fn folder() -> PathBuf {
    // Not the one of the build: a test archive may run elsewhere.
    let root = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    Path::new(&root).join("benches/peers")
}

fn script(name: &str) -> PathBuf {
    folder().join(name)
}
