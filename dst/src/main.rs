//! Plays histories: `dst --seed 7`, `dst --seeds 100000`. See `docs/dst.md`.

use nameless_dst::plan::{Fault, Plan, Wrong};
use nameless_dst::run::{Outcome, run};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    seed: Option<u64>,
    first: u64,
    seeds: u64,
    nodes: Option<u64>,
    people: Option<u64>,
    steps: Option<u64>,
    faults: Option<Vec<Fault>>,
    wrong: Wrong,
    loud: bool,
    go_on: bool,
}

const USAGE: &str = "\
dst --seed N [--nodes 1|2] [--people N] [--steps N] [--faults a,b|none] [--wrong NAME] [--loud]
dst --seeds COUNT [--first N] [--nodes 1|2] [--go-on] [--wrong NAME]
wrongs: silent-journal, uncounted, one-clock; of two nodes: stale-holder, wall-positions";

fn asked() -> Result<Asked, String> {
    let mut asked = Asked { seeds: 1_000, ..Asked::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let number = |value: String| value.parse::<u64>().map_err(|_| format!("{value} is no number"));
        match word.as_str() {
            "--seed" => asked.seed = Some(number(value()?)?),
            "--seeds" => asked.seeds = number(value()?)?,
            "--first" => asked.first = number(value()?)?,
            "--nodes" => asked.nodes = Some(number(value()?)?),
            "--people" => asked.people = Some(number(value()?)?),
            "--steps" => asked.steps = Some(number(value()?)?),
            "--faults" => asked.faults = Some(faults(&value()?)?),
            "--wrong" => {
                let value = value()?;
                let named = asked.wrong.named().into_iter().find(|(word, _)| *word == value);
                *named.ok_or(format!("{value} is no wrong of an adapter"))?.1 = true;
            }
            "--loud" => asked.loud = true,
            "--go-on" => asked.go_on = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(asked)
}

fn faults(words: &str) -> Result<Vec<Fault>, String> {
    let named = |word: &str| {
        Fault::ALL.iter().copied().find(|fault| fault.word() == word).ok_or(format!("{word} is no fault"))
    };
    words.split(',').filter(|word| *word != "none" && !word.is_empty()).map(named).collect()
}

fn plan(asked: &Asked, seed: u64) -> Plan {
    let two = asked.nodes.is_some_and(|nodes| nodes > 1);
    let mut plan = if two { Plan::of_two(seed) } else { Plan::of(seed) };
    plan.people = asked.people.unwrap_or(plan.people);
    plan.steps = asked.steps.unwrap_or(plan.steps);
    if let Some(faults) = &asked.faults {
        plan.faults = faults.iter().copied().collect();
    }
    plan.wrong = asked.wrong.clone();
    plan
}

fn report(outcome: &Outcome) {
    println!("seed {} breaks a promise:", outcome.plan.seed);
    outcome.broken.iter().for_each(|what| println!("  {what}"));
    println!("  again: {}", outcome.plan.command());
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(asked) => asked,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    nameless_dst::quiet_panics();
    if let Some(seed) = asked.seed {
        let outcome = run(plan(&asked, seed), asked.loud);
        println!("{} events, hash {:016x}", outcome.events, outcome.hash);
        if outcome.broken.is_empty() {
            return ExitCode::SUCCESS;
        }
        report(&outcome);
        return ExitCode::FAILURE;
    }
    let begun = Instant::now();
    let (mut cover, mut failed, mut events, mut played) = (BTreeMap::new(), 0, 0, 0);
    for seed in asked.first..asked.first + asked.seeds {
        let outcome = run(plan(&asked, seed), false);
        played += 1;
        events += outcome.events;
        outcome.cover.iter().for_each(|(what, n)| *cover.entry(*what).or_default() += n);
        if !outcome.broken.is_empty() {
            failed += 1;
            report(&outcome);
            if !asked.go_on {
                break;
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{played} seeds in {seconds:.1} s ({:.0}/s), {events} events, {failed} failed",
        played as f64 / seconds
    );
    cover.iter().for_each(|(what, n): (&&str, &u64)| println!("{n:>9} {what}"));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
