//! The search itself: histories by seed, a few hundred in every run of the tests, as many as wanted
//! in a soak.

use nameless_dst::plan::{Fault, Plan, Wrong};
use nameless_dst::quiet_panics;
use nameless_dst::run::{Outcome, run};
use std::collections::BTreeMap;
use std::time::Instant;

/// Seeds of an ordinary run: of one node, and of two.
const SEEDS: (u64, u64) = (300, 150);
/// Seeds of a soak; every third is of two nodes.
const SOAK: u64 = 100_000;

fn plans() -> Vec<Plan> {
    let number = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let soak = std::env::var_os("NAMELESS_SOAK").is_some();
    let first = number("NAMELESS_SEED").unwrap_or(0);
    let all = number("NAMELESS_SEEDS").unwrap_or(if soak { SOAK } else { SEEDS.0 + SEEDS.1 });
    let two = all / 3;
    let one = (first..first + all - two).map(Plan::of);
    one.chain((first..first + two).map(Plan::of_two)).collect()
}

fn told(outcome: &Outcome) -> String {
    format!("seed {}: {:#?}\nagain: {}", outcome.plan.seed, outcome.broken, outcome.plan.command())
}

/// Safety after every step, liveness when the faults have stopped. Every kind of fault is among
/// them.
#[test]
fn no_seed_breaks_a_promise() {
    quiet_panics();
    let (begun, plans) = (Instant::now(), plans());
    let count = plans.len() as u64;
    let mut cover: BTreeMap<&str, u64> = BTreeMap::new();
    let mut broken = Vec::new();
    for plan in plans {
        let outcome = run(plan, false);
        outcome.cover.iter().for_each(|(what, n)| *cover.entry(what).or_default() += n);
        if !outcome.broken.is_empty() {
            println!("{}", told(&outcome));
            broken.push((outcome.plan.nodes, outcome.plan.seed));
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{count} seeds, {:.0} a second; {cover:#?}", count as f64 / seconds);
    assert_eq!(
        broken,
        [],
        "these (nodes, seed) break a promise; each is told above with the command that plays it again"
    );
    if count >= SEEDS.0 + SEEDS.1 {
        let missing: Vec<_> = Fault::ALL.iter().filter(|fault| !cover.contains_key(fault.word())).collect();
        assert!(missing.is_empty(), "never injected: {missing:?}");
    }
}

/// Histories that once found something, of one node and of two, see `docs/dst.md`. What they play
/// changes with the code; they are as good as others, and not among the first.
const FOUND: ([u64; 6], [u64; 22]) = (
    [1223, 34639, 102965, 103342, 107411, 108739],
    [
        233, 329, 465, 730, 1361, 1694, 1766, 2008, 2523, 2828, 2983, 3603, 7560, 9609, 9813, 11218, 11986,
        21848, 28025, 30291, 33184, 325971,
    ],
);

#[test]
fn seeds_that_found_something_find_nothing() {
    quiet_panics();
    for plan in FOUND.0.map(Plan::of).into_iter().chain(FOUND.1.map(Plan::of_two)) {
        let outcome = run(plan, false);
        assert!(outcome.broken.is_empty(), "{}", told(&outcome));
    }
}

#[test]
fn the_same_seed_is_the_same_history() {
    quiet_panics();
    for plan in (0..15).map(Plan::of).chain((0..10).map(Plan::of_two)) {
        let [one, other] = [0, 1].map(|_| run(plan.clone(), false));
        assert_eq!((one.hash, one.events), (other.hash, other.events), "{}", plan.command());
        assert_eq!(one.cover, other.cover, "{}", plan.command());
    }
    assert_ne!(run(Plan::of(1), false).hash, run(Plan::of(2), false).hash);
    assert_ne!(run(Plan::of(1), false).hash, run(Plan::of_two(1), false).hash);
}

/// The first of 2,000 seeds that finds an adapter's fault which is put back.
fn found(wrong: Wrong, plan: impl Fn(u64) -> Plan) {
    quiet_panics();
    let plan = |seed| Plan { wrong: wrong.clone(), ..plan(seed) };
    let first = (0..2_000).find(|&seed| !run(plan(seed), false).broken.is_empty());
    println!("{wrong:?} is found by seed {first:?}");
    assert!(first.is_some(), "2,000 seeds do not find {wrong:?}");
}

#[test]
fn a_silent_journal_is_found() {
    found(Wrong { silent_journal: true, ..Wrong::default() }, Plan::of);
}

#[test]
fn an_update_that_kills_for_ever_is_found() {
    found(Wrong { uncounted: true, ..Wrong::default() }, Plan::of);
}

#[test]
fn waiting_by_the_wall_clock_is_found() {
    found(Wrong { one_clock: true, ..Wrong::default() }, Plan::of);
}

#[test]
fn a_holder_that_goes_on_without_its_lease_is_found() {
    found(Wrong { stale_holder: true, ..Wrong::default() }, Plan::of_two);
}

#[test]
fn positions_by_the_wall_clock_are_found() {
    // With the faults that show it alone: mixed histories take some hundred.
    let faults = || [Fault::ClockForward, Fault::Kill].into_iter().collect();
    found(Wrong { wall_positions: true, ..Wrong::default() }, |seed| Plan {
        faults: faults(),
        ..Plan::of_two(seed)
    });
}
