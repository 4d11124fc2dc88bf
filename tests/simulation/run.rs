//! A run from its seed to its verdict: a safety phase with every fault, then a liveness phase with none.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::news::Tally;
use super::promises::{self, Broken};
use super::world::{Mutation, Phase, World};

/// Steps of the safety phase of one seed.
pub const STEPS_PER_SEED: u64 = 100_000;
/// Steps within which everything must have come to rest once nothing fails any more.
pub const LIVENESS_STEPS_MAX: u64 = 200_000;
/// Rest is looked for after so many steps.
const REST_LOOKED_FOR_EVERY: u64 = 64;

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub seed: u64,
    pub steps: u64,
    /// Of them, until everything was at rest.
    pub liveness_steps: u64,
    /// Over everything that happened, in its order.
    pub trace: u64,
    pub entries: u64,
    pub restarts: u64,
    pub refused_by_disk: u64,
    pub statuses: u64,
    pub fixes: u64,
    pub answers: u64,
    /// Commands that had nothing to change at first, and changed something when they were said again.
    pub idle_no_more: u64,
    pub commands: Tally,
    pub events: Tally,
    pub broken: Option<Broken>,
}

impl Outcome {
    /// The seed, what broke, and how to see it again.
    pub fn report(&self) -> String {
        let Self { seed, steps, .. } = self;
        let said = self.broken.as_ref().map(|b| format!("{}: {}", b.promise, b.how));
        format!(
            "seed {seed}, step {steps}: {}\nsee it again: SIAGA_SEED={seed} cargo test --release --test suite \
             simulation::one_seed -- --nocapture",
            said.unwrap_or_else(|| "every promise kept".to_owned())
        )
    }
}

/// Runs a seed to its end or to the first broken promise.
pub fn run(seed: u64, steps: u64, mutation: Mutation) -> Outcome {
    let mut world = World::new(seed, mutation);
    let ran = catch_unwind(AssertUnwindSafe(|| both_phases(&mut world, steps)));
    let (broken, liveness_steps) = match ran {
        Ok(Ok(steps)) => (None, steps),
        Ok(Err(broken)) => (Some(broken), 0),
        Err(_) => {
            let how = "an assertion failed, see above".to_owned();
            (Some(Broken { promise: "nothing panics", how }), 0)
        }
    };
    Outcome {
        seed,
        steps: world.steps,
        liveness_steps,
        trace: world.trace,
        entries: world.disk.head_seq(),
        restarts: world.restarts,
        refused_by_disk: world.disk.refused,
        statuses: world.journal.statuses,
        fixes: world.journal.fixes,
        answers: world.journal.answers.len() as u64,
        idle_no_more: world.journal.idle_no_more,
        commands: world.journal.commands,
        events: world.journal.events,
        broken,
    }
}

fn both_phases(world: &mut World, steps: u64) -> Result<u64, Broken> {
    while world.steps < steps {
        world.step()?;
    }
    world.phase = Phase::Liveness;
    world.swarm.heal();
    (0..world.ambulances.len()).for_each(|device| world.rejoin(device));
    let from = world.steps;
    loop {
        world.step()?;
        let done = world.steps - from;
        if !done.is_multiple_of(REST_LOOKED_FOR_EVERY) {
            continue;
        }
        let unrest = unrest(world);
        if unrest.is_none() {
            // The last word: everything is looked at once more, as after a start.
            world.news.started = true;
            promises::check(world)?;
            return Ok(done);
        }
        if done >= LIVENESS_STEPS_MAX {
            let how = unrest.unwrap_or_default();
            return Err(Broken { promise: "everything_comes_to_rest", how });
        }
    }
}

/// What is not at rest yet, in a sentence.
fn unrest(world: &World) -> Option<String> {
    let keeper = &world.server.keeper;
    if !world.server.up || !world.server.is_idle() || keeper.is_suspect() {
        return Some("the server is at work".to_owned());
    }
    if keeper.head_seq() != world.disk.head_seq() {
        return Some("the server has not seen the end of the log".to_owned());
    }
    if let Some(said) = world.operators.iter().find_map(|operator| operator.pending.as_ref()) {
        return Some(format!("an operator waits for an answer to {:?}", said.command));
    }
    if let Some(order) = keeper.dispatch().unconfirmed_orders(world.server_now()).first() {
        return Some(format!("an order is not confirmed: {order:?}"));
    }
    if let Some(device) = world.ambulances.iter().find(|a| a.device.kept() > 0) {
        return Some(format!("{} keeps {} records", device.name, device.device.kept()));
    }
    let dispatch = keeper.dispatch();
    let board = dispatch.board();
    let unserved = board.open_incidents().find(|incident| {
        let ordered = board.assignments_of(incident).any(|a| a.is_open());
        incident.place.is_none()
            || (!ordered && dispatch.has_free_unit(world.server_now(), incident))
    });
    unserved.map(|incident| format!("{} has no unit and could have one", incident.case_number))
}
