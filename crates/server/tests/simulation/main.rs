//! A simulation of desk and queue: the real desk on the real embedded database, with a
//! clock, dice and an order of events that all follow from one seed. Customers write twice
//! and out of order, agents vanish, jobs meet sweeps, the disk fills up, the clock jumps,
//! the process dies; after each step the rules of `rules/` must hold, and in the end nobody
//! waits any more. One seed is one story: it repeats to the letter.
//!
//! `SEGUE_SIM_SEED=7 cargo test -p segue-server --test simulation -- --nocapture` plays one
//! seed and tells it; `SEGUE_SIM_SEEDS=5000` plays so many. When a seed goes wrong it is
//! made shorter and told.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

mod deeds;
mod dice;
mod drain;
mod plan;
#[path = "../post/mod.rs"]
mod post;
#[path = "../rules/mod.rs"]
mod rules;
mod turns;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use plan::Plan;
use world::World;

/// Seeds of an ordinary test run.
const SEEDS: u64 = 100;
/// Runs that making a plan shorter may cost.
const TRIES: usize = 150;

/// What became of a plan: a fingerprint of all that happened, or what went wrong; and the
/// story.
struct Played {
    outcome: Result<u64, String>,
    story: Vec<String>,
}

fn play(plan: &Plan) -> Played {
    let beside = turns::Beside::new();
    let _inside = beside.inside();
    let mut world = World::open(plan.seed);
    let mut outcome = Ok(());
    for step in &plan.steps {
        outcome = world.step(step);
        if outcome.is_err() {
            break;
        }
    }
    let outcome = outcome
        .and_then(|()| world.drain())
        .map(|()| world.fingerprint());
    Played {
        outcome,
        story: world.story.clone(),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Attack cases 72, 82, 83, 86 and 91 meet each other here.
#[test]
fn whatever_happens_the_rules_hold_and_in_the_end_nobody_waits() {
    if let Some(seed) = number("SEGUE_SIM_SEED") {
        let played = play(&Plan::of(seed));
        println!("{}", played.story.join("\n"));
        played.outcome.unwrap();
        return;
    }
    let first = number("SEGUE_SIM_FIRST").unwrap_or(1);
    let seeds = number("SEGUE_SIM_SEEDS").unwrap_or(SEEDS);
    if let Some((seed, fault)) = play_all(first, seeds) {
        panic!("{}", told(seed, &fault));
    }
    println!("simulation: {seeds} seeds kept the rules");
}

/// Plays seeds on every core; the first that goes wrong, with its fault.
fn play_all(first: u64, seeds: u64) -> Option<(u64, String)> {
    let (next, wrong) = (AtomicU64::new(first), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds || wrong.lock().unwrap().is_some() {
                        return;
                    }
                    if let Err(fault) = play(&Plan::of(seed)).outcome {
                        wrong.lock().unwrap().get_or_insert((seed, fault));
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

/// As many seeds as `SOAK_MINUTES` allow, beyond those of every test run.
#[test]
#[ignore = "it takes as long as it is given; `make soak` runs it"]
fn soak_simulation() {
    let minutes = number("SOAK_MINUTES").unwrap_or(5);
    let first = number("SEGUE_SIM_FIRST").unwrap_or(1_000_000);
    let (mut seeds, began) = (0, began());
    while began.elapsed().as_secs() < minutes * 60 {
        if let Some((seed, fault)) = play_all(first + seeds, SEEDS) {
            panic!("{}", told(seed, &fault));
        }
        seeds += SEEDS;
    }
    println!("soak: {seeds} seeds from {first} kept the rules");
}

#[expect(clippy::disallowed_methods, reason = "a soak ends by the clock")]
fn began() -> std::time::Instant {
    std::time::Instant::now()
}

/// The fault with the shortest story that still ends in one.
fn told(seed: u64, fault: &str) -> String {
    let whole = Plan::of(seed);
    let plan = whole.shorter(TRIES, |plan| play(plan).outcome.is_err());
    let played = play(&plan);
    let shorter = played.outcome.err().unwrap_or_default();
    format!(
        "seed {seed} broke a rule:\n  {fault}\n\n{} of its {} steps are enough for:\n  {shorter}\n\n{}\n\n\
         again: SEGUE_SIM_SEED={seed} cargo test -p segue-server --test simulation -- --nocapture",
        plan.steps.len(),
        whole.steps.len(),
        played.story.join("\n")
    )
}

#[test]
fn a_seed_tells_the_same_story_twice() {
    for seed in [3, 8, 21] {
        let (once, again) = (play(&Plan::of(seed)), play(&Plan::of(seed)));
        let differs = once.story.iter().zip(&again.story).find(|(a, b)| a != b);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(once.outcome, again.outcome, "seed {seed}");
    }
}
