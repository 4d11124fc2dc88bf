//! What must hold after every step, one named function for each promise.
//!
//! Each looks at what the step brought; those that must look at everything do so at a restart and every
//! `HEAVY_EVERY` steps.

use siaga::device::payload::native::Status;
use siaga::dispatch::event::{Event, FixClass, Step};
use siaga::dispatch::unit::Fix;
use siaga::ids::IncidentId;

use super::model;
use super::news::Told;
use super::positions::{is_plainly_bad, our_time};
use super::promises_of_desk as desk;
use super::world::{HEAVY_EVERY, World};

/// A promise that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub promise: &'static str,
    pub how: String,
}

type Promise = fn(&World) -> Result<(), String>;

pub const PROMISES: [(&str, Promise); 28] = [
    ("one_open_assignment_per_unit", one_open_assignment_per_unit),
    ("the_chain_holds", the_chain_holds),
    ("steps_never_go_back", steps_never_go_back),
    ("t0_never_moves", t0_never_moves),
    ("nobody_is_diverted_who_has_arrived", nobody_is_diverted_who_has_arrived),
    ("what_has_ended_stays_ended", what_has_ended_stays_ended),
    ("t0_of_a_set_is_its_earliest_call", desk::t0_of_a_set_is_its_earliest_call),
    ("a_merge_and_split_lose_no_time", desk::a_merge_and_split_lose_no_time),
    (
        "nobody_is_ordered_by_the_system_unless_the_mode_is_on",
        desk::nobody_is_ordered_by_the_system_unless_the_mode_is_on,
    ),
    ("a_lowered_priority_has_a_reason", desk::a_lowered_priority_has_a_reason),
    (
        "a_time_is_only_changed_by_a_correction_with_a_reason_or_an_undo",
        desk::a_time_is_only_changed_by_a_correction_with_a_reason_or_an_undo,
    ),
    ("a_bumped_incident_waits_again_with_its_t0", desk::a_bumped_incident_waits_again_with_its_t0),
    ("an_unmerged_drill_stays_apart", desk::an_unmerged_drill_stays_apart),
    ("a_freed_unit_serves_the_queue_first", desk::a_freed_unit_serves_the_queue_first),
    ("the_first_acceptance_wins", desk::the_first_acceptance_wins),
    ("a_referral_is_passed_on_as_one", desk::a_referral_is_passed_on_as_one),
    (
        "the_last_one_asked_is_never_given_up_by_the_clock",
        desk::the_last_one_asked_is_never_given_up_by_the_clock,
    ),
    ("response_times_are_server_times", response_times_are_server_times),
    ("a_command_is_carried_out_once", a_command_is_carried_out_once),
    ("the_same_command_gets_the_same_answer", the_same_command_gets_the_same_answer),
    ("nothing_is_told_before_its_commit", nothing_is_told_before_its_commit),
    ("acknowledged_is_in_the_log", acknowledged_is_in_the_log),
    (
        "positions_are_acknowledged_after_their_commit",
        positions_are_acknowledged_after_their_commit,
    ),
    ("devices_forget_only_what_is_safe", devices_forget_only_what_is_safe),
    ("bad_fixes_never_move_the_marker", bad_fixes_never_move_the_marker),
    ("the_log_can_be_read_again", the_log_can_be_read_again),
    ("memory_is_the_log", memory_is_the_log),
    ("the_second_model_agrees", the_second_model_agrees),
];

/// Every promise, on what the last step brought.
pub fn check(world: &World) -> Result<(), Broken> {
    for (promise, holds) in PROMISES {
        holds(world).map_err(|how| Broken { promise, how })?;
    }
    Ok(())
}

/// Whether everything is to be looked at.
pub const fn is_heavy(world: &World) -> bool {
    world.news.started || world.steps.is_multiple_of(HEAVY_EVERY)
}

pub fn ensure(holds: bool, how: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(how()) }
}

/// P3: a unit has at most one open assignment, on the disk and in memory.
fn one_open_assignment_per_unit(world: &World) -> Result<(), String> {
    for written in &world.news.written {
        let Event::UnitOffered { unit, .. } = &written.entry(&world.disk).event else { continue };
        let open = &world.disk.open_of_unit[unit];
        ensure(open.len() <= 1, || format!("unit {unit} is on {open:?}"))?;
    }
    if !is_heavy(world) {
        return Ok(());
    }
    let board = world.server.keeper.dispatch().board();
    let mut open: Vec<_> = board.assignments().filter(|a| a.is_open()).map(|a| &a.unit).collect();
    open.sort();
    let twice = open.windows(2).find(|pair| pair[0] == pair[1]);
    ensure(twice.is_none(), || format!("in memory {twice:?} is sent twice"))
}

/// P7: each entry follows the one before it and is what was written.
fn the_chain_holds(world: &World) -> Result<(), String> {
    for written in &world.news.written {
        let entry = written.entry(&world.disk);
        entry.verify(world.disk.entry(written.seq - 1))?;
        ensure(entry.hash == written.hash, || format!("entry {} differs", written.seq))?;
    }
    Ok(())
}

/// P2: an assignment's steps only go forward, from where they stand after what was taken back.
fn steps_never_go_back(world: &World) -> Result<(), String> {
    for written in &world.news.written {
        let Event::AssignmentAdvanced { assignment, status, .. } =
            &written.entry(&world.disk).event
        else {
            continue;
        };
        let newest = written.assignment_before.as_ref().and_then(|row| row.newest);
        ensure(newest < Some(*status), || format!("{assignment}: {status:?} after {newest:?}"))?;
    }
    Ok(())
}

/// A unit is taken from an incident only on its way there, and only for a strictly more urgent one.
fn nobody_is_diverted_who_has_arrived(world: &World) -> Result<(), String> {
    for written in &world.news.written {
        let Event::AssignmentDiverted { assignment, to } = &written.entry(&world.disk).event else {
            continue;
        };
        let before = written.assignment_before.as_ref();
        let newest = before.and_then(|row| row.newest);
        ensure(newest <= Some(Step::EnRoute), || format!("{assignment} diverted at {newest:?}"))?;
        // Priorities change with the entries of one page, so the page's last word is looked at.
        let priority = |id: &IncidentId| {
            world.disk.incidents.get(&world.disk.lead(*id)).map(|row| row.priority)
        };
        let (from, to) = (before.and_then(|row| priority(&row.incident)), priority(to));
        let single = world.news.written.len() <= 2;
        ensure(!single || to < from, || format!("{assignment} diverted from {from:?} to {to:?}"))?;
    }
    Ok(())
}

/// T0 is said once, by the call, and is the same in every memory.
fn t0_never_moves(world: &World) -> Result<(), String> {
    for written in &world.news.written {
        let again = matches!(written.entry(&world.disk).event, Event::CallTaken { .. })
            && written.incident_before.is_some();
        ensure(!again, || format!("entry {} takes a call again", written.seq))?;
    }
    if !is_heavy(world) {
        return Ok(());
    }
    for incident in world.server.keeper.dispatch().board().incidents() {
        let row = &world.disk.incidents.get(&incident.id);
        let same = row.is_none_or(|row| row.received_at == incident.received_at);
        ensure(same, || format!("T0 of {} has moved", incident.case_number))?;
    }
    Ok(())
}

/// An ended assignment stays as it ended, and so does an incident until somebody opens it again.
fn what_has_ended_stays_ended(world: &World) -> Result<(), String> {
    for written in &world.news.written {
        let event = &written.entry(&world.disk).event;
        let moves = matches!(
            event,
            Event::AssignmentAdvanced { .. }
                | Event::AssignmentRejected { .. }
                | Event::AssignmentCancelled { .. }
                | Event::AssignmentDiverted { .. }
                | Event::OfferTimedOut { .. }
                | Event::OfferRealerted { .. }
                | Event::OfferOverdue { .. }
                | Event::UnitOffered { .. }
                | Event::StepUndone { .. }
                | Event::DestinationSet { .. }
        );
        let over = written.assignment_before.as_ref().is_some_and(|row| !row.is_open());
        ensure(!(moves && over), || format!("{} after the end", event.kind()))?;
        let reopens = matches!(
            event,
            Event::UnitOffered { .. }
                | Event::IncidentPlaced { .. }
                | Event::IncidentHeld { .. }
                | Event::IncidentReady { .. }
                | Event::IncidentAgeing { .. }
                | Event::PriorityChanged { .. }
                | Event::NeedsChanged { .. }
                | Event::CallAttached { .. }
                | Event::DetailsCorrected { .. }
                | Event::IncidentMerged { .. }
                | Event::IncidentEnded { .. }
        );
        let over = written.incident_before.as_ref().is_some_and(|row| row.ended);
        ensure(!(reopens && over), || format!("{} after the incident's end", event.kind()))?;
    }
    Ok(())
}

/// P11: an entry has the server's time of its decision, and a step its entry's time, whatever a device's clock says.
fn response_times_are_server_times(world: &World) -> Result<(), String> {
    for written in &world.news.written {
        let entry = written.entry(&world.disk);
        let (at, decided) = (entry.at, written.decided_at);
        ensure(at == decided, || format!("entry {}: {at} for {decided}", entry.seq))?;
        let Event::AssignmentAdvanced { status, .. } = &entry.event else { continue };
        let Some((_, times)) = &written.times else { continue };
        let time = times.get(*status);
        ensure(time == Some(at), || format!("{status:?} at {time:?}, written at {at}"))?;
    }
    Ok(())
}

/// P4: a command's entries stand on one page; it is never carried out again.
fn a_command_is_carried_out_once(world: &World) -> Result<(), String> {
    let twice = world.news.written.iter().find(|written| written.command_before);
    ensure(twice.is_none(), || {
        format!("carried out again: {:?}", twice.map(|w| w.entry(&world.disk)))
    })
}

/// P4: a command that changed something is answered as the first time, however often it is said.
///
/// As the answers leave the server: on the way one may overtake another. A command that was refused, or that had
/// nothing to change, left nothing in the log, and is decided anew when it is said again.
fn the_same_command_gets_the_same_answer(world: &World) -> Result<(), String> {
    for (command, reply) in &world.news.replies {
        let Some(first) = world.journal.replies.get(command) else { continue };
        let same = reply.as_ref() == Some(first);
        ensure(same, || format!("{command}: first {first:?}, now {reply:?}"))?;
    }
    Ok(())
}

/// What leaves the house is on the disk at that moment: entries, acknowledged steps, orders.
fn nothing_is_told_before_its_commit(world: &World) -> Result<(), String> {
    for told in &world.news.told {
        let (holds, what) = match told {
            Told::Entry(seq, hash) => {
                let entry = world.disk.entry(*seq);
                (entry.is_some_and(|entry| entry.hash == *hash), format!("entry {seq}"))
            }
            Told::Order { assignment, offered } => {
                let row = world.disk.assignments.get(assignment);
                let holds = row.is_some_and(|row| *offered || row.cancelled);
                (holds, format!("order {assignment}"))
            }
            Told::Status { assignment, status } => {
                let row = world.disk.assignments.get(assignment);
                let holds = row.is_some_and(|row| match status {
                    Status::Received { .. } => row.delivered || !row.is_open(),
                    Status::StoodDown => row.stood_down || !row.cancelled,
                    Status::Step(step) => row.steps.contains(step),
                    // No device of this world says one.
                    Status::Mark(_) => true,
                    Status::Rejected { .. } => row.rejected,
                });
                (holds, format!("{status:?} of {assignment}"))
            }
            Told::Fixes(_) => continue,
        };
        ensure(holds, || format!("{what} was told and is not on the disk"))?;
    }
    Ok(())
}

/// P1: what anybody was ever told stands in the log, after every restart too.
fn acknowledged_is_in_the_log(world: &World) -> Result<(), String> {
    let stands = |seq: u64, hash: &siaga::chain::Hash| {
        let entry = world.disk.entry(seq);
        let holds = entry.is_some_and(|entry| entry.hash == *hash);
        ensure(holds, || format!("entry {seq} was acknowledged and is not in the log"))
    };
    for (_, answer) in &world.news.answers {
        answer.iter().try_for_each(|(seq, hash)| stands(*seq, hash))?;
    }
    if world.news.started {
        world.journal.entries.iter().try_for_each(|(seq, hash)| stands(*seq, hash))?;
        for answer in world.journal.answers.values() {
            answer.iter().try_for_each(|(seq, hash)| stands(*seq, hash))?;
        }
    }
    Ok(())
}

/// P9: a PUBACK, and our own acknowledgement, follow the commit of every position in the message.
fn positions_are_acknowledged_after_their_commit(world: &World) -> Result<(), String> {
    for told in &world.news.told {
        let Told::Fixes(tracks) = told else { continue };
        let missing = tracks.iter().find(|track| !world.disk.tracks.contains(*track));
        ensure(missing.is_none(), || format!("{missing:?} is acknowledged and not stored"))?;
    }
    Ok(())
}

/// P2, P8: a device forgets nothing but what is on disk or refused, and positions it has no room for.
fn devices_forget_only_what_is_safe(world: &World) -> Result<(), String> {
    for index in &world.news.forgot {
        let ambulance = &world.ambulances[*index];
        let lost = ambulance.records.unsafe_forgotten;
        let room = ambulance.device.positions_dropped();
        ensure(lost <= room, || format!("{} forgot {lost}, dropped {room}", ambulance.name))?;
    }
    Ok(())
}

/// P10: the marker moves forward in time to believable places only, and a good position after a bad one moves it.
fn bad_fixes_never_move_the_marker(world: &World) -> Result<(), String> {
    for judged in &world.news.judged {
        let (fix, before) = (&judged.fix, judged.before);
        let live = judged.class == FixClass::Live;
        let taken = judged.after.is_some_and(|after| {
            (after.position, after.received_at) == (fix.position, fix.received_at)
        });
        let right = if live { taken } else { judged.after == before };
        ensure(right, || format!("{judged:?}: the marker went elsewhere"))?;
        let bad = is_plainly_bad(fix);
        ensure(!(live && bad), || format!("{judged:?}: bad and believed"))?;
        let back = before.zip(judged.after).is_some_and(|(b, a)| a.device_at <= b.device_at);
        ensure(!live || !back, || format!("{judged:?}: back in time"))?;
        // What a wrong clock shows is known only as well as messages take long.
        let is_off = |fix: &Fix| fix.behind_ms.is_some_and(|ms| ms.abs() > 1_000);
        let blur_ms = if is_off(fix) || before.as_ref().is_some_and(is_off) { 180_000 } else { 0 };
        let newer = before.is_none_or(|before| before.device_at.plus_ms(blur_ms) < our_time(fix));
        let near = before.is_none_or(|b| b.position.metres_to(fix.position) < 100.0);
        let known = judged.class == FixClass::Duplicate;
        ensure(live || bad || !newer || !near || known, || {
            format!("{judged:?}: the marker is frozen")
        })?;
    }
    Ok(())
}

/// P7: a log that was written can be taken back in.
fn the_log_can_be_read_again(world: &World) -> Result<(), String> {
    world.news.unreadable.clone().map_or(Ok(()), Err)
}

/// P6: the board in memory is what the log says, entry for entry.
fn memory_is_the_log(world: &World) -> Result<(), String> {
    let keeper = &world.server.keeper;
    let comparable = world.server.up
        && world.server.is_between_commits()
        && keeper.head_seq() == world.disk.head_seq();
    if !is_heavy(world) || !comparable {
        return Ok(());
    }
    let same = keeper.dispatch().board() == world.disk.shadow.board();
    ensure(same, || "the board is not what its log says".to_owned())
}

/// The core says of the log what a second, deliberately naive reading of it says.
fn the_second_model_agrees(world: &World) -> Result<(), String> {
    if !is_heavy(world) {
        return Ok(());
    }
    let found = model::disagreement(&world.disk.log, &world.disk.shadow, &world.room);
    found.map_or(Ok(()), Err)
}
