//! What the host of a virtual machine takes of its processors: time in which something here was
//! ready to run and did not. Such figures look like a slow program.

use super::report::Report;
use serde_json::json;
use std::fs;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it is looked at.
const EACH: Duration = Duration::from_secs(5);
/// From which share on a reader is told.
const WORTH_TELLING: f64 = 0.01;

/// Looks on while something is measured.
pub struct Host {
    end: Sender<()>,
    shares: JoinHandle<Vec<f64>>,
}

/// Ticks of all processors: taken by the host, and all there were.
#[derive(Clone, Copy)]
struct Ticks {
    stolen: u64,
    all: u64,
}

impl Ticks {
    /// By the first line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq,
    /// steal; what guests use stands behind them, and among user and nice as well.
    fn parse(stat: &str) -> Option<Ticks> {
        let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
        let ticks: Vec<u64> = fields.take(8).map_while(|field| field.parse().ok()).collect();
        Some(Ticks { stolen: *ticks.get(7)?, all: ticks.iter().sum() })
    }

    fn now() -> Option<Ticks> {
        Ticks::parse(&fs::read_to_string("/proc/stat").ok()?)
    }

    fn share_since(self, earlier: Ticks) -> f64 {
        let all = self.all.saturating_sub(earlier.all).max(1);
        self.stolen.saturating_sub(earlier.stolen) as f64 / all as f64
    }
}

impl Host {
    /// Begins to look.
    ///
    /// # Errors
    ///
    /// A thread that cannot be started.
    pub fn watch() -> std::io::Result<Host> {
        let (end, ended) = channel();
        let look = move || {
            let (mut shares, mut before) = (Vec::new(), Ticks::now());
            while ended.recv_timeout(EACH) == Err(RecvTimeoutError::Timeout) {
                let now = Ticks::now();
                shares.extend(now.zip(before).map(|(now, before)| now.share_since(before)));
                before = now;
            }
            shares
        };
        Ok(Host { end, shares: std::thread::Builder::new().name("host".into()).spawn(look)? })
    }

    /// Tells what was seen.
    pub fn tell(self, report: &mut Report) {
        drop(self.end);
        let shares = self.shares.join().unwrap_or_default();
        let (mean, most) = summary(&shares);
        let percent = |share: f64| (share * 100.0).round();
        report.data(
            "host",
            json!({
                "stolen_percent": percent(mean), "most_percent": percent(most), "seconds_each": EACH.as_secs(),
                "each_percent": shares.iter().map(|share| percent(*share)).collect::<Vec<_>>(),
            }),
        );
        if mean >= WORTH_TELLING {
            report.note(format!(
                "The machine's host took {:.0} % of its processors meanwhile, {:.0} % in the worst {} seconds: waits for a processor are in these figures.",
                percent(mean), percent(most), EACH.as_secs()
            ));
        }
    }
}

/// The mean, and the most.
fn summary(shares: &[f64]) -> (f64, f64) {
    let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    (mean, shares.iter().copied().fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_takes_is_a_share_of_all() {
        let before = Ticks::parse("cpu  100 0 100 100 0 0 0 50 7 0\ncpu0 1 2 3\n").expect("a line");
        let after = Ticks::parse("cpu  150 0 120 110 0 0 0 70 9 0\n").expect("a line");
        assert!((after.share_since(before) - 0.2).abs() < 1e-9);
        assert!(before.share_since(before).abs() < 1e-9);
        for odd in ["", "cpu0 1 2", "cpu  1 2 3", "cpu  a b c d e f g h"] {
            assert!(Ticks::parse(odd).is_none(), "{odd}");
        }
        assert_eq!(summary(&[]), (0.0, 0.0));
        assert_eq!(summary(&[0.1, 0.3]), (0.2, 0.3));
    }
}
