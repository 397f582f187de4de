//! `nameless dating-sim`: what orders of cards bring about in a synthetic population.

use super::plot;
use crate::config::Config;
use anyhow::{Context, ensure};
use clap::Args;
use nameless_domain::capabilities::dating::sim::{Method, NOISE, Outcome, compare};
use std::fmt::Write;
use std::path::PathBuf;

/// Compares orders of dating cards by the matches that come about in a synthetic population.
///
/// Two groups look for each other. Half of how much people like somebody is common to all, half is
/// their own, and the engine knows both with noise. The same seed gives the same figures. Gini says
/// how unevenly matches fall on people: in the group where it is worse, and over both as one.
/// Starved is who expects fewer than 0.05.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct DatingSim {
    /// People in the first group.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(2..=2_000))]
    first: u32,
    /// People in the second group.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(2..=2_000))]
    second: u32,
    /// Deviation of what the engine knows about a chance, in percent.
    #[arg(long, default_value_t = (NOISE * 100.0) as u32, value_parser = clap::value_parser!(u32).range(0..=100))]
    noise: u32,
    /// Where the populations start.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many populations to take the mean of.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    seeds: u32,
    /// Draws each person's matches into this file, as SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Ends with exit code 1 unless the engine's order reaches its targets: 1.1 times the matches
    /// of the product, Gini at most 0.30, nobody starved.
    #[arg(long)]
    check: bool,
}

impl DatingSim {
    /// Carries the command out: what to print.
    pub async fn run(self, _: &Config) -> anyhow::Result<String> {
        let noise = f64::from(self.noise) / 100.0;
        let outcomes = compare(self.first as usize, self.second as usize, noise, self.seed, self.seeds);
        let title = format!(
            "{} x {} people, noise {noise:.2}, seed {}, mean of {}",
            self.first, self.second, self.seed, self.seeds
        );
        if let Some(file) = &self.svg {
            std::fs::write(file, plot::draw(&title, &outcomes))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        let table = describe(&title, &outcomes);
        if self.check {
            let of = |method| outcomes.iter().find(|(each, _)| *each == method).map(|(_, outcome)| outcome);
            let (product, ours) =
                of(Method::Product).zip(of(Method::SampledTu)).context("a method is missing")?;
            let is_reached =
                ours.matches >= 1.1 * product.matches && ours.gini <= 0.30 && ours.starved == 0.0;
            ensure!(is_reached, "the targets are missed\n{table}");
        }
        Ok(table)
    }
}

/// A line a method.
fn describe(title: &str, outcomes: &[(Method, Outcome)]) -> String {
    let mut text =
        format!("{title}\n{:<14} {:>8} {:>6} {:>7} {:>8}\n", "order", "matches", "Gini", "of all", "starved");
    for (method, outcome) in outcomes {
        let starved = format!("{:.1} %", 100.0 * outcome.starved);
        let (name, Outcome { matches, gini, gini_of_all, .. }) = (method.name(), outcome);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<14} {matches:>8.1} {gini:>6.2} {gini_of_all:>7.2} {starved:>8}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_each_and_a_curve_each() {
        let outcomes = compare(12, 8, NOISE, 1, 1);
        let table = describe("12 x 8", &outcomes);
        assert_eq!(table.lines().count(), 2 + Method::ALL.len());
        let svg = plot::draw("12 x 8 <&>", &outcomes);
        assert_eq!(svg.matches("<polyline").count(), Method::ALL.len());
        for (method, _) in outcomes {
            assert!(table.contains(method.name()) && svg.contains(method.name()), "{}", method.name());
        }
        assert!(svg.contains("12 x 8 &lt;&amp;&gt;") && !svg.contains("NaN"), "{svg}");
    }
}
