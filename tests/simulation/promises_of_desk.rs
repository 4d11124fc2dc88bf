//! What must hold of the desk's decisions: sets, times, priorities, races for an order, and what the system does alone.

use siaga::chain::Entry;
use siaga::dispatch::assignment::STEPS;
use siaga::dispatch::event::{Event, Step};
use siaga::dispatch::travel;
use siaga::ids::{AssignmentId, IncidentId, UnitId};

use super::disk::Written;
use super::promises::{ensure, is_heavy};
use super::world::World;

/// A unit at the edge of its reach may have come within it since: what is so near the edge is not judged.
const REACH_MARGIN_S: u32 = 600;

/// What the step wrote, with its entries.
fn written(world: &World) -> impl Iterator<Item = (&Written, &Entry)> {
    world.news.written.iter().map(|written| (written, written.entry(&world.disk)))
}

/// T0 of an incident with all that are part of it is the earliest of all their calls, and no other time.
pub fn t0_of_a_set_is_its_earliest_call(world: &World) -> Result<(), String> {
    let says = |board: &siaga::dispatch::board::Board, lead: IncidentId| {
        let Some(incident) = board.incident(lead) else { return Ok(()) };
        let (said, calls) = (board.received_at(incident), world.disk.t0(lead));
        ensure(calls == Some(said), || {
            format!("{}: T0 {said}, its calls {calls:?}", incident.case_number)
        })
    };
    for (_, entry) in written(world) {
        let (Some(incident), None) = entry.event.subjects() else { continue };
        says(world.disk.shadow.board(), world.disk.lead(incident))?;
    }
    let keeper = &world.server.keeper;
    if !is_heavy(world) || keeper.head_seq() != world.disk.head_seq() {
        return Ok(());
    }
    let board = keeper.dispatch().board();
    if world.server.up && world.server.is_between_commits() {
        board.open_incidents().try_for_each(|incident| says(board, incident.id))?;
    }
    Ok(())
}

/// Merging and splitting move nothing: each incident keeps its own calls, orders and times.
pub fn a_merge_and_split_lose_no_time(world: &World) -> Result<(), String> {
    for (_, entry) in written(world) {
        let (Event::IncidentMerged { incident, .. } | Event::IncidentSplit { incident }) =
            &entry.event
        else {
            continue;
        };
        let board = world.disk.shadow.board();
        for id in [*incident, world.disk.lead(*incident)] {
            let (Some(row), Some(known)) = (world.disk.incidents.get(&id), board.incident(id))
            else {
                continue;
            };
            let case = &known.case_number;
            ensure(row.assignments == known.assignments, || format!("{case} has other orders"))?;
            ensure(row.calls.len() == known.further_calls.len() + 1, || {
                format!("{case} has other calls")
            })?;
            for order in &row.assignments {
                let times = board.assignment(*order).map(|a| STEPS.map(|step| a.times.get(step)));
                let kept =
                    STEPS.map(|step| world.disk.assignments[order].times.get(&step).copied());
                ensure(times == Some(kept), || format!("{case}: times {times:?}, were {kept:?}"))?;
            }
        }
    }
    Ok(())
}

/// The system orders nobody out, and asks nobody else, unless the area's mode says that it may.
pub fn nobody_is_ordered_by_the_system_unless_the_mode_is_on(world: &World) -> Result<(), String> {
    for (_, entry) in written(world) {
        let Event::UnitOffered { unit, instead_of, .. } = &entry.event else { continue };
        let policy = &world.policy;
        let on = match instead_of {
            Some(_) => policy.pass_on_automatically,
            None => policy.dispatch_automatically,
        };
        ensure(on || entry.actor != "system", || format!("the system ordered {unit} out"))?;
    }
    Ok(())
}

/// A lower priority is a person's decision, with a reason.
pub fn a_lowered_priority_has_a_reason(world: &World) -> Result<(), String> {
    for (written, entry) in written(world) {
        let Event::PriorityChanged { incident, priority, reason } = &entry.event else { continue };
        let lowered = written.incident_before.as_ref().is_some_and(|row| *priority > row.priority);
        let explained = reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        ensure(!lowered || explained, || format!("{incident} is {priority:?} for no reason"))?;
        ensure(!lowered || entry.actor != "system", || format!("the system lowered {incident}"))?;
    }
    Ok(())
}

/// A time that stands changes by nothing but a correction with a reason or an undo, each of that very step.
pub fn a_time_is_only_changed_by_a_correction_with_a_reason_or_an_undo(
    world: &World,
) -> Result<(), String> {
    for (written, entry) in written(world) {
        let Some((before, after)) = &written.times else { continue };
        for step in STEPS.into_iter().filter(|step| before.get(*step) != after.get(*step)) {
            let allowed = match &entry.event {
                Event::StepUndone { status, .. } => *status == step && after.get(step).is_none(),
                Event::TimeCorrected { status, corrected_at, reason, .. } => {
                    *status == step
                        && after.get(step) == Some(*corrected_at)
                        && !reason.trim().is_empty()
                }
                Event::AssignmentAdvanced { status, .. } => {
                    *status == step && before.get(step).is_none()
                }
                _ => false,
            };
            ensure(allowed, || format!("{step:?} changed by {:?}", entry.event))?;
        }
    }
    Ok(())
}

/// An incident whose unit was taken away waits again, in its old place: with the T0 that it always had.
pub fn a_bumped_incident_waits_again_with_its_t0(world: &World) -> Result<(), String> {
    for (written, entry) in written(world) {
        let Event::AssignmentDiverted { .. } = &entry.event else { continue };
        let Some(row) = &written.assignment_before else { continue };
        let lead = world.disk.lead(row.incident);
        // The mode may have served it in the same breath, or a person done something else with it.
        let moved = world.disk.set_of(lead).any(|row| row.touched > written.seq);
        if moved || world.disk.orders_of(lead).any(|(_, row)| row.is_open()) {
            continue;
        }
        let board = world.disk.shadow.board();
        let Some(bumped) = board.incident(lead) else { continue };
        let waits = board.queue().iter().any(|incident| incident.id == lead);
        let case = &bumped.case_number;
        let attended = board.is_attended(bumped);
        ensure(waits || attended, || format!("{case} was bumped and does not wait"))?;
        let t0 = board.received_at(bumped);
        ensure(world.disk.t0(lead) == Some(t0), || format!("{case} waits since {t0}"))?;
    }
    Ok(())
}

/// An exercise and a real emergency are never one.
pub fn an_unmerged_drill_stays_apart(world: &World) -> Result<(), String> {
    for (written, entry) in written(world) {
        let Event::IncidentMerged { incident, into } = &entry.event else { continue };
        let part = written.incident_before.as_ref().map(|row| row.drill);
        let lead = world.disk.incidents.get(into).map(|row| row.drill);
        ensure(part == lead, || format!("{incident} is a drill: {part:?}, {into}: {lead:?}"))?;
    }
    Ok(())
}

/// When the system orders a unit out, nobody waits before that incident whom the unit could serve.
pub fn a_freed_unit_serves_the_queue_first(world: &World) -> Result<(), String> {
    for (written, entry) in written(world) {
        let Event::UnitOffered { incident, unit, instead_of: None, .. } = &entry.event else {
            continue;
        };
        if entry.actor != "system" {
            continue;
        }
        let key = |lead: IncidentId| {
            let row = world.disk.incidents.get(&lead)?;
            Some((row.priority, world.disk.t0(lead)?, lead))
        };
        let served = key(world.disk.lead(*incident));
        for waiting in world.disk.shadow.board().queue() {
            // What changed on the same page may have come to wait after the system had looked.
            let moved = world.disk.set_of(waiting.id).any(|row| row.touched >= written.page_from);
            if moved || key(waiting.id) >= served {
                continue;
            }
            let could = could_serve(world, unit, waiting.id);
            ensure(!could, || {
                format!("{unit} was sent to {incident}, and {} waits", waiting.case_number)
            })?;
        }
    }
    Ok(())
}

/// Whether a unit that was sure enough for one incident was so for another that waits.
fn could_serve(world: &World, unit: &UnitId, waiting: IncidentId) -> bool {
    let dispatch = world.server.keeper.dispatch();
    let shadow = &world.disk.shadow;
    let Some(incident) = shadow.board().incident(waiting) else { return false };
    let (Some(place), Some(tracked)) = (&incident.place, dispatch.fleet().get(unit)) else {
        return false;
    };
    let from = tracked.live.map_or(tracked.card.post, |fix| fix.position);
    let travel_s = travel::estimate(from, place.position, &world.policy).seconds;
    if travel_s + REACH_MARGIN_S > world.policy.reach_s_max {
        return false;
    }
    let missing = shadow.missing_needs(incident);
    let fits = missing.is_empty() || missing.iter().any(|need| shadow.can(unit, &need.capability));
    let row_of = |id: &AssignmentId| Some((*id, world.disk.assignments.get(id)?));
    let lasts = world.disk.set_of(waiting).filter_map(|part| {
        part.assignments.iter().rev().filter_map(row_of).find(|(_, row)| row.unit == *unit)
    });
    let last = lasts.max_by_key(|(id, row)| (row.offered_at, *id));
    let declined = last.is_some_and(|(id, row)| row.rejected || world.disk.timed_out.contains(&id));
    fits && !declined
}

/// Once a crew has accepted, nobody else who was asked in its stead is left with the order.
pub fn the_first_acceptance_wins(world: &World) -> Result<(), String> {
    for (written, entry) in written(world) {
        let Event::AssignmentAdvanced { assignment, .. } = &entry.event else { continue };
        let was_offered = written.assignment_before.as_ref().is_some_and(|r| r.newest.is_none());
        let winner = &world.disk.assignments[assignment];
        if !was_offered || !winner.is_open() || winner.newest.is_none() {
            continue;
        }
        let race = world.disk.race(*assignment);
        let mut orders = world.disk.orders_of(world.disk.lead(winner.incident));
        let second = orders.find(|(id, row)| {
            id != assignment
                && row.is_open()
                && row.newest.is_none()
                && world.disk.race(*id) == race
        });
        ensure(second.is_none(), || format!("{assignment} has accepted, {second:?} still may"))?;
    }
    Ok(())
}

/// Who is asked in place of another is asked to fetch the patient where the other would have.
pub fn a_referral_is_passed_on_as_one(world: &World) -> Result<(), String> {
    for (_, entry) in written(world) {
        let Event::UnitOffered { unit, instead_of: Some(older), pick_up, .. } = &entry.event else {
            continue;
        };
        let before = world.disk.assignments.get(older).map(|row| &row.pick_up);
        let same = entry.actor != "system" || before == Some(pick_up);
        ensure(same, || format!("{unit} is sent to {pick_up:?} in place of {before:?}"))?;
    }
    Ok(())
}

/// The clock gives up an unanswered offer only when somebody else has the order or is asked for it.
pub fn the_last_one_asked_is_never_given_up_by_the_clock(world: &World) -> Result<(), String> {
    for (written, entry) in written(world) {
        let Event::OfferTimedOut { assignment } = &entry.event else { continue };
        let Some(row) = &written.assignment_before else { continue };
        let lead = world.disk.lead(row.incident);
        let other = world.disk.orders_of(lead).any(|(id, row)| {
            let over_now = row.newest == Some(Step::Cleared);
            id != *assignment && (row.is_open() || over_now)
        });
        ensure(other, || format!("{assignment} was given up, and nobody else is asked"))?;
    }
    Ok(())
}
