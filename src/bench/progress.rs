//! One line on a terminal that says what is going on.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// The line; gone when dropped. Nothing where stderr is no terminal.
pub struct Progress {
    shown: bool,
    last: Option<Instant>,
}

impl Progress {
    /// A line with nothing on it.
    pub fn new() -> Progress {
        Progress { shown: std::io::stderr().is_terminal(), last: None }
    }

    /// Shows this, at most ten times a second.
    pub fn show(&mut self, text: impl FnOnce() -> String) {
        if self.shown && self.last.is_none_or(|at| at.elapsed() >= Duration::from_millis(100)) {
            self.last = Some(Instant::now());
            let text: String = text().chars().take(110).collect();
            let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
        }
    }

    /// The same, whenever the last one was.
    pub fn step(&mut self, text: impl FnOnce() -> String) {
        self.last = None;
        self.show(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
