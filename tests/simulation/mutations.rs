//! The proof that the promises can break: each is broken on purpose, in the simulator, and must turn red by name.

use super::run::{Outcome, run};
use super::world::Mutation;

const SEEDS_MAX: u64 = 40;
const STEPS: u64 = 40_000;

/// The first seed in which the mutation is noticed.
fn noticed(mutation: Mutation) -> Outcome {
    let mut outcomes = (1..=SEEDS_MAX).map(|seed| run(seed, STEPS, mutation));
    let broken = outcomes.find(|outcome| outcome.broken.is_some());
    broken.unwrap_or_else(|| panic!("{mutation:?} was not noticed in {SEEDS_MAX} seeds"))
}

fn breaks(mutation: Mutation, promise: &str) {
    let outcome = noticed(mutation);
    let broken = outcome.broken.clone().unwrap();
    assert_eq!(broken.promise, promise, "{mutation:?}: {}", outcome.report());
}

#[test]
fn without_the_index_a_careless_writer_sends_a_unit_twice() {
    breaks(Mutation::BusyIgnoredWithoutIndex, "one_open_assignment_per_unit");
}

#[test]
fn with_the_index_the_same_careless_writer_is_refused() {
    for seed in 1..=5 {
        let outcome = run(seed, STEPS, Mutation::BusyIgnored);
        assert_eq!(outcome.broken, None, "{}", outcome.report());
        assert!(outcome.refused_by_disk > 0, "seed {seed}: the disk was never asked");
    }
}

#[test]
fn telling_before_the_commit_is_noticed() {
    breaks(Mutation::ToldBeforeCommit, "nothing_is_told_before_its_commit");
}

#[test]
fn forgetting_commands_is_noticed() {
    breaks(Mutation::CommandsForgotten, "the_same_command_gets_the_same_answer");
}

#[test]
fn acknowledging_positions_before_they_are_stored_is_noticed() {
    breaks(Mutation::AckedBeforeStored, "positions_are_acknowledged_after_their_commit");
}

#[test]
fn acknowledging_more_than_was_stored_is_noticed() {
    breaks(Mutation::AckedTooFar, "devices_forget_only_what_is_safe");
}

#[test]
fn a_disk_that_loses_its_last_page_in_a_crash_is_noticed() {
    breaks(Mutation::TailLost, "acknowledged_is_in_the_log");
}

#[test]
fn a_write_that_never_happened_is_noticed() {
    breaks(Mutation::PageLost, "nothing_is_told_before_its_commit");
}

#[test]
fn a_restart_that_skips_an_entry_is_noticed() {
    breaks(Mutation::ReplayAltered, "memory_is_the_log");
}

#[test]
fn a_changed_entry_is_noticed() {
    breaks(Mutation::EntryAltered, "the_chain_holds");
}

#[test]
fn a_step_back_is_noticed() {
    breaks(Mutation::StepBack, "steps_never_go_back");
}

#[test]
fn a_second_t0_is_noticed() {
    breaks(Mutation::ReceivedMoved, "t0_never_moves");
}

#[test]
fn a_step_after_the_end_is_noticed() {
    breaks(Mutation::EndedReopened, "what_has_ended_stays_ended");
}

#[test]
fn a_device_s_time_in_a_response_time_is_noticed() {
    breaks(Mutation::DeviceTimeUsed, "response_times_are_server_times");
}

#[test]
fn a_bad_position_that_moves_the_marker_is_noticed() {
    breaks(Mutation::BadFixMoves, "bad_fixes_never_move_the_marker");
}

#[test]
fn a_further_call_that_is_overlooked_is_noticed() {
    breaks(Mutation::FurtherCallMissed, "t0_of_a_set_is_its_earliest_call");
}

#[test]
fn a_split_that_loses_a_time_is_noticed() {
    breaks(Mutation::SplitLosesTime, "a_merge_and_split_lose_no_time");
}

#[test]
fn an_order_of_the_system_s_own_is_noticed() {
    breaks(Mutation::SystemOrders, "nobody_is_ordered_by_the_system_unless_the_mode_is_on");
}

#[test]
fn a_lower_priority_without_a_reason_is_noticed() {
    breaks(Mutation::DowngradeUnexplained, "a_lowered_priority_has_a_reason");
}

#[test]
fn a_corrected_time_without_a_reason_is_noticed() {
    breaks(
        Mutation::CorrectionUnexplained,
        "a_time_is_only_changed_by_a_correction_with_a_reason_or_an_undo",
    );
}

#[test]
fn a_bumped_incident_that_is_forgotten_is_noticed() {
    breaks(Mutation::BumpedForgotten, "a_bumped_incident_waits_again_with_its_t0");
}

#[test]
fn an_exercise_merged_with_an_emergency_is_noticed() {
    breaks(Mutation::DrillMerged, "an_unmerged_drill_stays_apart");
}

#[test]
fn an_order_past_the_queue_is_noticed() {
    breaks(Mutation::QueueJumped, "a_freed_unit_serves_the_queue_first");
}

#[test]
fn a_second_acceptance_is_noticed() {
    breaks(Mutation::SecondAcceptance, "the_first_acceptance_wins");
}

#[test]
fn a_referral_passed_on_without_its_facility_is_noticed() {
    breaks(Mutation::ReferralLost, "a_referral_is_passed_on_as_one");
}

#[test]
fn the_last_offer_given_up_is_noticed() {
    breaks(Mutation::LastOfferTimedOut, "the_last_one_asked_is_never_given_up_by_the_clock");
}
