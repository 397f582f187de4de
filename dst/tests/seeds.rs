//! The search itself: histories by seed, a few hundred in every run of the tests, as many as wanted in a soak.

use nameless_dst::plan::{Fault, Plan, Wrong};
use nameless_dst::quiet_panics;
use nameless_dst::run::{Outcome, run};
use std::collections::BTreeMap;
use std::time::Instant;

/// Seeds of an ordinary run, and of a soak.
const SEEDS: u64 = 400;
const SOAK: u64 = 100_000;

fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let soak = std::env::var_os("NAMELESS_SOAK").is_some();
    let first = number("NAMELESS_SEED").unwrap_or(0);
    first..first + number("NAMELESS_SEEDS").unwrap_or(if soak { SOAK } else { SEEDS })
}

fn told(outcome: &Outcome) -> String {
    format!("seed {}: {:#?}\nagain: {}", outcome.plan.seed, outcome.broken, outcome.plan.command())
}

/// Safety after every step, liveness when the faults have stopped. Every kind of fault is among them.
#[test]
fn no_seed_breaks_a_promise() {
    quiet_panics();
    let (begun, seeds) = (Instant::now(), seeds());
    let count = seeds.end - seeds.start;
    let mut cover: BTreeMap<&str, u64> = BTreeMap::new();
    let mut broken = Vec::new();
    for seed in seeds {
        let outcome = run(Plan::of(seed), false);
        outcome.cover.iter().for_each(|(what, n)| *cover.entry(what).or_default() += n);
        if !outcome.broken.is_empty() {
            println!("{}", told(&outcome));
            broken.push(seed);
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{count} seeds, {:.0} a second; {cover:#?}", count as f64 / seconds);
    assert_eq!(
        broken, [0u64; 0],
        "these break a promise; each is told above with the command that plays it again"
    );
    if count >= SEEDS {
        let missing: Vec<_> = Fault::ALL.iter().filter(|fault| !cover.contains_key(fault.word())).collect();
        assert!(missing.is_empty(), "never injected: {missing:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_history() {
    quiet_panics();
    for seed in 0..40 {
        let [one, other] = [0, 1].map(|_| run(Plan::of(seed), false));
        assert_eq!((one.hash, one.events), (other.hash, other.events), "seed {seed}");
        assert_eq!(one.cover, other.cover, "seed {seed}");
    }
    assert_ne!(run(Plan::of(1), false).hash, run(Plan::of(2), false).hash);
}

/// The first of 2,000 seeds that finds an adapter's fault which is put back.
fn found(wrong: Wrong) {
    quiet_panics();
    let plan = |seed| Plan { wrong: wrong.clone(), ..Plan::of(seed) };
    let first = (0..2_000).find(|&seed| !run(plan(seed), false).broken.is_empty());
    println!("{wrong:?} is found by seed {first:?}");
    assert!(first.is_some(), "2,000 seeds do not find {wrong:?}");
}

#[test]
fn a_silent_journal_is_found() {
    found(Wrong { silent_journal: true, ..Wrong::default() });
}

#[test]
fn an_update_that_kills_for_ever_is_found() {
    found(Wrong { uncounted: true, ..Wrong::default() });
}

#[test]
fn waiting_by_the_wall_clock_is_found() {
    found(Wrong { one_clock: true, ..Wrong::default() });
}
