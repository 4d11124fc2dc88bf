//! A deterministic simulator around the real core, keeper, parser, ledger and device: docs/simulation.md.

#![expect(clippy::unwrap_used, reason = "a test that meets the impossible stops there")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an event that is added later changes nothing here until it is named"
)]

mod ambulance;
mod chance;
mod complete;
mod disk;
mod errands;
mod mischief;
mod model;
mod model_sets;
mod mutations;
mod news;
mod operator;
mod positions;
mod promises;
mod promises_of_desk;
mod restart;
mod run;
mod server;
mod swarm;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use run::{Outcome, STEPS_PER_SEED, run};
use world::Mutation;

/// Seeds of the suite's run: with `STEPS_PER_SEED` this is ten million steps.
const SEEDS: u64 = 100;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs many seeds on every core; ends with the first broken promise.
fn run_all(seeds: &[u64], steps: u64) -> Vec<Outcome> {
    let next = AtomicU64::new(0);
    let worker = || {
        let mut outcomes = Vec::new();
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
            let outcome = run(*seed, steps, Mutation::None);
            assert!(outcome.broken.is_none(), "\n{}\n", outcome.report());
            outcomes.push(outcome);
        }
        outcomes
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined.flat_map(|outcomes| outcomes.expect("every promise is kept")).collect()
    });
    outcomes.sort_by_key(|outcome| outcome.seed);
    outcomes
}

#[expect(clippy::print_stderr, reason = "a person who asks for a run wants to see its figures")]
fn tell(outcomes: &[Outcome], seconds: f64) {
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    let steps = sum(|o| o.steps);
    let slowest = outcomes.iter().map(|o| o.liveness_steps).max().unwrap_or_default();
    eprintln!(
        "{} seeds, {steps} steps in {seconds:.1} s ({:.0} steps/s): {} entries, {} answers, {} steps and \
         {} positions acknowledged, {} restarts, {} pages refused by the disk, {} commands \
         idle at first and not later, at rest within {slowest} steps",
        outcomes.len(),
        steps as f64 / seconds,
        sum(|o| o.entries),
        sum(|o| o.answers),
        sum(|o| o.statuses),
        sum(|o| o.fixes),
        sum(|o| o.restarts),
        sum(|o| o.refused_by_disk),
        sum(|o| o.idle_no_more),
    );
    eprintln!("seldom or never in these: {:?}", complete::left_out(outcomes));
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures the simulator; nothing in a run asks the time"
)]
fn timed(seeds: &[u64], steps: u64) -> Vec<Outcome> {
    let started = std::time::Instant::now();
    let outcomes = run_all(seeds, steps);
    tell(&outcomes, started.elapsed().as_secs_f64());
    outcomes
}

#[test]
fn a_hundred_seeds_keep_every_promise() {
    let seeds: Vec<u64> = (1..=SEEDS).collect();
    let outcomes = timed(&seeds, STEPS_PER_SEED);
    let steps: u64 = outcomes.iter().map(|outcome| outcome.steps).sum();
    assert!(steps >= 10_000_000, "{steps} steps");
    // A run in which nothing happens proves nothing.
    let all = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    assert!(all(|o| o.restarts) > 50, "crashes happen");
    assert!(all(|o| o.refused_by_disk) > 50, "the disk has the last word now and then");
    assert!(all(|o| o.entries) > 100_000, "people and devices do things");
    let left_out = complete::left_out(&outcomes);
    assert!(left_out.is_empty(), "hardly ever or never: {left_out:?}");
}

#[test]
fn seeds_that_once_failed_keep_every_promise() {
    let seeds = include_str!("simulation/seeds.txt").lines().map(|line| line.split('#').next());
    let seeds: Vec<u64> = seeds.filter_map(|line| line?.trim().parse().ok()).collect();
    assert!(!seeds.is_empty());
    run_all(&seeds, STEPS_PER_SEED);
}

#[test]
fn the_same_seed_twice_is_the_same_run() {
    let [first, second] = [7, 7].map(|seed| run(seed, 30_000, Mutation::None));
    assert_eq!(first, second);
    assert_ne!(first.trace, run(8, 30_000, Mutation::None).trace);
}

/// The log keeps nothing of a command without effect: it is remembered until the next start.
#[test]
fn a_command_that_had_nothing_to_change_changes_nothing_later() {
    let outcome = run(1, STEPS_PER_SEED, Mutation::None);
    assert_eq!(outcome.idle_no_more, 0, "{}", outcome.report());
}

#[test]
fn a_position_that_cannot_be_read_does_not_hold_back_the_others() {
    for seed in 1..=10 {
        let outcome = run(seed, 20_000, Mutation::UnreadableFix);
        assert_eq!(outcome.broken, None, "{}", outcome.report());
    }
}

/// `SIAGA_SEED=n`: one run, with its figures; `SIAGA_STEPS` for another length.
#[test]
fn one_seed() {
    let Some(seed) = number("SIAGA_SEED") else { return };
    timed(&[seed], number("SIAGA_STEPS").unwrap_or(STEPS_PER_SEED));
}

/// `SIAGA_STEPS=1000000000`: as many seeds as that takes, from `SIAGA_SEED` on.
#[test]
#[ignore = "takes as long as it is told to"]
fn a_billion_steps() {
    let steps = number("SIAGA_STEPS").unwrap_or(1_000_000_000);
    let from = number("SIAGA_SEED").unwrap_or(1_000);
    let seeds: Vec<u64> = (from..from + steps.div_ceil(STEPS_PER_SEED)).collect();
    for part in seeds.chunks(100) {
        timed(part, STEPS_PER_SEED);
    }
}
