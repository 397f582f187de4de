//! Programs that others wrote, started for a test and ended with it.

use super::skip;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long one may take to be there: a model is read from a disk that others use.
const PATIENCE: Duration = Duration::from_secs(90);

/// One that runs; it ends with the value.
pub struct Guest {
    child: Child,
    lines: Receiver<String>,
}

impl Guest {
    /// Starts it.
    pub fn start(command: &mut Command) -> Guest {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let (tell, lines) = channel();
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
            child.stderr.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
        ];
        for stream in streams.into_iter().flatten() {
            let tell = tell.clone();
            // Read to the end, whoever listens: a full pipe would stop the program.
            std::thread::spawn(move || {
                BufReader::new(stream).lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)));
            });
        }
        Guest { child, lines }
    }

    /// Waits for a line that holds `part` and an address; gives the address, `http://HOST:PORT`.
    pub fn address(&self, part: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let mut said = String::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else { panic!("no address in:\n{said}") };
            let address = line.find("http://").map(|at| &line[at..]).filter(|_| line.contains(part));
            if let Some(address) = address {
                let end = address.find(|c: char| c.is_whitespace()).unwrap_or(address.len());
                return address[..end].to_owned();
            }
            said.push_str(&line);
            said.push('\n');
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of what `scripts/judges.sh` fetches; none where it is missing and may be.
pub fn judges() -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/judges.sh");
    let found = Command::new("sh").arg(script).arg("--where").output().expect("sh");
    if !found.status.success() {
        assert!(skip::allowed("judges"), "scripts/judges.sh gets them; NAMELESS_SKIP=judges leaves this out");
        return None;
    }
    Some(PathBuf::from(String::from_utf8(found.stdout).expect("a path").trim()))
}
