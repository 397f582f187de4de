//! Whether memory and waits stay as they are over hours: a straight line through the rounds, with
//! the bounds of its slope.
//!
//! What is looked at is the memory that is resident. The allocator asks for huge pages, and the
//! kernel gives them: two megabytes where a few bytes were touched, more of them as hours go by, as
//! it looks for places to put them. So they are switched off where hours are looked at; a figure of
//! a process with them says little of what it holds.

use super::super::bot_under_test::Engine;
use super::super::report::{Cell, Chart, Report, Table};
use super::super::round::ms;
use super::super::verdict::Reason;
use super::{ROUNDS, Spent};
use serde_json::json;
use std::time::Duration;

/// A day shorter than this says nothing of hours.
const LEAST: Duration = Duration::from_secs(30 * 60);
/// The allocator's own setting, and what it is set to.
const HUGE_PAGES: (&str, &str) = ("MIMALLOC_ALLOW_THP", "0");
/// Rounds at the beginning that do not count: caches fill, the allocator takes what it keeps.
const WARM_UP: usize = ROUNDS as usize / 5;
/// By how much of its mean something may grow an hour and still be called flat.
const FLAT: f64 = 0.01;

/// How much something changes an hour. The slope lies between `low` and `high` with a probability
/// of 95 of 100.
#[derive(Clone, Copy, Debug)]
struct Slope {
    mean: f64,
    by: f64,
    low: f64,
    high: f64,
}

impl Slope {
    /// By least squares through points of (hours, value); none of less than five.
    fn through(points: &[(f64, f64)]) -> Option<Slope> {
        let n = points.len() as f64;
        if points.len() < 5 {
            return None;
        }
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
        let (x, y) = (mean(&|point| point.0), mean(&|point| point.1));
        let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
        let by = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / spread;
        let rest: f64 = points.iter().map(|point| (point.1 - y - by * (point.0 - x)).powi(2)).sum();
        let wide = student(n - 2.0) * (rest / (n - 2.0) / spread).sqrt();
        Some(Slope { mean: y, by, low: by - wide, high: by + wide })
    }

    /// It is certain that it grows by more than is called flat.
    fn grows(&self) -> bool {
        self.low > FLAT * self.mean
    }
}

/// The bound of Student's distribution for 95 of 100, by Hill's series (within a hundredth from
/// three degrees of freedom on).
fn student(freedom: f64) -> f64 {
    let z: f64 = 1.959_964;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
    ];
    terms.iter().zip(1..).fold(z, |sum, (term, power)| sum + term / freedom.powi(power))
}

/// The middle of a round, in hours.
fn hours(whole: Duration, round: usize) -> f64 {
    (round as f64 + 0.5) / f64::from(ROUNDS) * whole.as_secs_f64() / 3600.0
}

/// What was sampled in each round, as a mean.
fn by_round(samples: &[(Duration, u64)], whole: Duration) -> Vec<f64> {
    let mut rounds = vec![(0.0, 0_u32); ROUNDS as usize];
    for (at, value) in samples {
        let round = (at.as_secs_f64() / whole.as_secs_f64() * f64::from(ROUNDS)) as usize;
        if let Some((sum, many)) = rounds.get_mut(round) {
            *sum += *value as f64;
            *many += 1;
        }
    }
    rounds.into_iter().map(|(sum, many)| sum / f64::from(many.max(1))).collect()
}

/// The engine as it runs on a day of so long.
pub(super) fn without_huge_pages(engine: Engine, whole: Duration) -> Engine {
    if whole < LEAST {
        return engine;
    }
    let (name, value) = HUGE_PAGES;
    engine.with(name, value)
}

/// Tells how flat a long day was; void if something has surely grown. With faults memory begins
/// anew on the way: then it is told and decides nothing.
pub(super) fn tell(report: &mut Report, whole: Duration, day: &Spent, is_calm: bool) {
    let megabytes: Vec<f64> = by_round(&day.memory, whole).into_iter().map(|bytes| bytes / 1e6).collect();
    let minutes = |round: usize| hours(whole, round) * 60.0;
    let line = megabytes.iter().enumerate().map(|(round, mb)| (minutes(round), *mb)).collect();
    report.chart(Chart::new("The engine's memory through the day", "minutes", "MB").line("all nodes", line));
    report.data("memory_mb", json!(megabytes));
    if whole < LEAST {
        return;
    }
    report.note("The engine ran without huge pages, in which what it holds is not to be seen.".to_owned());
    let p = |quantile: f64| day.texts.iter().map(|round| ms(round, quantile)).collect::<Vec<_>>();
    let mut table = Table::new("Whether it stays so", &["what", "mean", "an hour", "from", "to"]);
    for (what, values) in
        [("the engine, MB", megabytes), ("texts p50, ms", p(0.5)), ("texts p99, ms", p(0.99))]
    {
        let points: Vec<(f64, f64)> = values
            .into_iter()
            .enumerate()
            .skip(WARM_UP)
            .map(|(round, value)| (hours(whole, round), value))
            .collect();
        let Some(slope) = Slope::through(&points) else { continue };
        let grows = is_calm && slope.grows();
        let figures = [slope.mean, slope.by, slope.low, slope.high].map(|n| Cell::number(n, 2));
        table.row(std::iter::once(Cell::text(what)).chain(figures).collect(), grows);
        if grows {
            report.void(what.to_owned(), Reason::Missed(format!("it grows by {:.2} an hour", slope.by)));
        }
    }
    report.table(table);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_bounds_are_those_of_tables() {
        for (freedom, known) in [(3.0, 3.182), (5.0, 2.571), (10.0, 2.228), (30.0, 2.042)] {
            let bound: f64 = student(freedom);
            assert!((bound - known).abs() < 0.02 * known, "{freedom}: {bound}");
        }
    }

    #[test]
    fn what_grows_is_told_from_what_only_shakes() {
        let shaken = |by: f64| -> Vec<(f64, f64)> {
            (0..16)
                .map(|n| (f64::from(n) / 2.0, 100.0 + by * f64::from(n) / 2.0 + f64::from(n % 3)))
                .collect()
        };
        let flat = Slope::through(&shaken(0.0)).unwrap();
        assert!(!flat.grows() && flat.low < 0.0 && flat.high > 0.0, "{flat:?}");
        let growing = Slope::through(&shaken(5.0)).unwrap();
        assert!(growing.grows() && (growing.by - 5.0).abs() < 0.5, "{growing:?}");
        assert!(Slope::through(&shaken(1.0)[..4]).is_none());
    }

    #[test]
    fn samples_are_means_of_their_rounds() {
        let whole = Duration::from_secs(u64::from(ROUNDS) * 2);
        let samples: Vec<_> = (0..u64::from(ROUNDS) * 2).map(|n| (Duration::from_secs(n), n)).collect();
        let rounds = by_round(&samples, whole);
        assert_eq!(rounds.len(), ROUNDS as usize);
        assert_eq!(rounds[..3], [0.5, 2.5, 4.5]);
    }
}
