//! Everything that goes wrong by itself: crashes, clocks that step, partitions, devices that restart, foreign writers.

use siaga::chain::{Draft, Entry, GENESIS};
use siaga::dispatch::assignment::STEPS;
use siaga::dispatch::event::{Event, Priority, Recommendation, Step, TravelBasis};
use siaga::ids::{AssignmentId, CommandId, IncidentId, UnitId};

use super::world::{Happening, Mutation, Phase, World};

/// Between two nights, in time of the queue: longer than anybody says the same command again, so that no command is
/// said again after more than the 48 hours for which the desk remembers it.
const NIGHTS_APART_MS: i64 = 300_000;
/// A night is at most so long; ended incidents leave the board after twelve hours.
const NIGHT_MS_MAX: i64 = 20 * 3_600_000;

impl World {
    pub fn mischief(&mut self) {
        if self.phase == Phase::Liveness {
            return;
        }
        self.after(self.swarm.mischief_ms, Happening::Mischief);
        let device = self.chance.index(self.ambulances.len());
        if self.server.up && self.chance.happens(self.swarm.crash) {
            self.server_dies();
        }
        if self.chance.happens(self.swarm.clock_step) {
            self.os_clock_off_ms = self.chance.between(-3_600_000, 3_600_000);
        }
        if self.chance.happens(self.swarm.partition) && !self.ambulances[device].cut {
            self.ambulances[device].cut = true;
            let heals_ms = self.chance.between(1_000, 600_000);
            self.after(heals_ms, Happening::Heal(device));
        }
        if self.chance.happens(self.swarm.device_restart) {
            self.ambulances[device].lose_link();
            self.server_disconnects(device);
        }
        if self.chance.happens(self.swarm.device_wipe) {
            self.ambulances[device].wipe();
            self.server_disconnects(device);
        }
        let rested = self.now_ms - self.last_night_ms > NIGHTS_APART_MS;
        if rested && self.chance.happens(self.swarm.night) {
            self.last_night_ms = self.now_ms;
            self.nights_ms += self.chance.between(1, NIGHT_MS_MAX);
        }
        if self.mutation != Mutation::None || self.chance.happens(self.swarm.rogue) {
            self.foreign_writer();
        }
    }

    /// Coverage is back: the old connection is gone, the next turn makes a new one.
    pub fn rejoin(&mut self, device: usize) {
        self.ambulances[device].cut = false;
        self.ambulances[device].lose_link();
        self.server_disconnects(device);
    }

    /// Somebody else writes the log: something harmless, or what only the disk can refuse.
    fn foreign_writer(&mut self) {
        let event = match self.mutation {
            Mutation::StepBack => self.a_step_back(),
            Mutation::ReceivedMoved => self.a_call_again(),
            Mutation::EndedReopened => self.a_step_after_the_end(),
            Mutation::DeviceTimeUsed => self.a_next_step(),
            Mutation::BusyIgnored | Mutation::BusyIgnoredWithoutIndex => self.a_second_order(),
            Mutation::None if self.chance.below(2) == 0 => self.a_second_order(),
            Mutation::None => self.a_new_place(),
            Mutation::ToldBeforeCommit
            | Mutation::CommandsForgotten
            | Mutation::AckedBeforeStored
            | Mutation::AckedTooFar
            | Mutation::TailLost
            | Mutation::PageLost
            | Mutation::ReplayAltered
            | Mutation::EntryAltered
            | Mutation::BadFixMoves
            | Mutation::UnreadableFix
            | Mutation::FurtherCallMissed
            | Mutation::SplitLosesTime
            | Mutation::BumpedForgotten => None,
            Mutation::SystemOrders => self.an_order_without_the_mode(),
            Mutation::DowngradeUnexplained => self.a_downgrade_without_reason(),
            Mutation::CorrectionUnexplained => self.a_correction_without_reason(),
            Mutation::DrillMerged => self.a_merge_with_a_drill(),
            Mutation::QueueJumped => self.an_order_past_the_queue(),
            Mutation::SecondAcceptance => self.a_second_acceptance(),
            Mutation::ReferralLost => self.a_referral_lost(),
            Mutation::LastOfferTimedOut => self.the_last_offer_given_up(),
        };
        let Some(event) = event else { return };
        let now = self.server_now();
        let at = match self.mutation {
            Mutation::DeviceTimeUsed => now.plus_ms(-86_400_000),
            _ => now,
        };
        let draft = Draft {
            at,
            device_at: None,
            actor: match self.mutation {
                Mutation::SystemOrders | Mutation::QueueJumped | Mutation::ReferralLost => "system",
                _ => "operator:elsewhere",
            }
            .to_owned(),
            command: CommandId::from_uuid(self.chance.uuid()),
            event,
            private: None,
        };
        let prev_hash = self.disk.head().map_or(GENESIS, |head| head.hash);
        let entry = Entry::seal(draft, self.disk.head_seq() + 1, prev_hash);
        self.land(&[entry], now);
    }

    /// A unit that is out already is ordered out once more, by somebody who does not look.
    fn a_second_order(&mut self) -> Option<Event> {
        let busy = *self.disk.open_assignments.first()?;
        let unit = self.disk.assignments.get(&busy)?.unit.clone();
        let incident = *self.disk.open_incidents.last()?;
        Some(self.order(incident, unit, None))
    }

    fn order(
        &mut self,
        incident: IncidentId,
        unit: UnitId,
        instead_of: Option<AssignmentId>,
    ) -> Event {
        let recommendation = Recommendation {
            rank: 1,
            eta_s: 60,
            distance_m: 500,
            basis: TravelBasis::StraightLine,
            fix_age_s: None,
            by_table: None,
        };
        Event::UnitOffered {
            assignment: AssignmentId::from_uuid(self.chance.uuid()),
            incident,
            unit,
            recommendation,
            facility: None,
            considered: Vec::new(),
            instead_of,
            pick_up: None,
            source: None,
            abilities: None,
        }
    }

    fn a_new_place(&mut self) -> Option<Event> {
        let incident = *self.disk.open_incidents.first()?;
        Some(Event::IncidentPlaced { incident, place: self.somewhere() })
    }

    fn a_step_back(&self) -> Option<Event> {
        let mut open = self.disk.open_assignments.iter();
        let further = open.find(|id| self.disk.assignments[id].newest > Some(STEPS[0]))?;
        Some(Event::AssignmentAdvanced { assignment: *further, status: STEPS[0], source: None })
    }

    fn a_next_step(&self) -> Option<Event> {
        let mut open = self.disk.open_assignments.iter();
        let offered = open.find(|id| self.disk.assignments[id].newest.is_none())?;
        Some(Event::AssignmentAdvanced {
            assignment: *offered,
            status: Step::EnRoute,
            source: None,
        })
    }

    fn a_step_after_the_end(&self) -> Option<Event> {
        let ended = self.disk.assignments.iter().find(|(_, row)| row.rejected)?;
        Some(Event::AssignmentAdvanced {
            assignment: *ended.0,
            status: Step::Cleared,
            source: None,
        })
    }

    fn a_call_again(&self) -> Option<Event> {
        let taken = self.disk.log.iter().find(|e| matches!(e.event, Event::CallTaken { .. }))?;
        let mut event = taken.event.clone();
        if let Event::CallTaken { received_at, .. } = &mut event {
            *received_at = received_at.plus_ms(60_000);
        }
        Some(event)
    }

    fn free_unit(&self) -> Option<UnitId> {
        let busy = |unit: &UnitId| self.disk.open_of_unit.get(unit).is_some_and(|o| !o.is_empty());
        let units = self.ambulances.iter().map(|ambulance| &ambulance.unit);
        units.clone().find(|unit| !busy(unit) && !self.disk.off_duty.contains(*unit)).cloned()
    }

    /// An open offer that nobody has answered, of which more is asked.
    fn unanswered(&self, also: impl Fn(&AssignmentId) -> bool) -> Option<AssignmentId> {
        let offered = |id: &&AssignmentId| self.disk.assignments[id].newest.is_none();
        self.disk.open_assignments.iter().filter(offered).find(|id| also(id)).copied()
    }

    fn an_order_without_the_mode(&mut self) -> Option<Event> {
        let unit = self.free_unit().filter(|_| !self.policy.dispatch_automatically)?;
        let incident = *self.disk.open_incidents.first()?;
        Some(self.order(incident, unit, None))
    }

    fn an_order_past_the_queue(&mut self) -> Option<Event> {
        let unit = self.free_unit().filter(|_| self.policy.dispatch_automatically)?;
        let queue = self.disk.shadow.board().queue();
        let (first, last) = (queue.first()?, queue.last()?.id);
        let fits = first.place.is_some() && first.needs.is_empty() && first.assignments.is_empty();
        let jumped = fits && first.id != last && first.merged.is_empty();
        jumped.then(|| self.order(last, unit, None))
    }

    fn a_downgrade_without_reason(&self) -> Option<Event> {
        let urgent = |id: &&IncidentId| self.disk.incidents[id].priority < Priority::P4;
        let incident = *self.disk.open_incidents.iter().find(urgent)?;
        Some(Event::PriorityChanged { incident, priority: Priority::P4, reason: None })
    }

    fn a_correction_without_reason(&self) -> Option<Event> {
        let mut open = self.disk.open_assignments.iter();
        let (assignment, status) =
            open.find_map(|id| Some((*id, self.disk.assignments[id].newest?)))?;
        let corrected_at = self.server_now().plus_ms(-1_000);
        Some(Event::TimeCorrected { assignment, status, corrected_at, reason: String::new() })
    }

    fn a_merge_with_a_drill(&self) -> Option<Event> {
        let drill = |id: &IncidentId| self.disk.incidents[id].drill;
        let into = *self.disk.open_incidents.first()?;
        let mut others = self.disk.open_incidents.iter();
        let incident = *others.find(|id| drill(id) != drill(&into))?;
        Some(Event::IncidentMerged { incident, into })
    }

    fn a_second_acceptance(&self) -> Option<Event> {
        let disk = &self.disk;
        let assignment = self.unanswered(|id| {
            let lead = disk.lead(disk.assignments[id].incident);
            let mut others = disk.orders_of(lead).filter(|(other, _)| other != id);
            others.any(|(other, row)| {
                row.is_open() && row.newest.is_none() && disk.race(other) == disk.race(*id)
            })
        })?;
        Some(Event::AssignmentAdvanced { assignment, status: Step::Acknowledged, source: None })
    }

    fn a_referral_lost(&mut self) -> Option<Event> {
        let unit = self.free_unit().filter(|_| self.policy.pass_on_automatically)?;
        let older = self.unanswered(|id| self.disk.assignments[id].pick_up.is_some())?;
        let incident = self.disk.lead(self.disk.assignments[&older].incident);
        Some(self.order(incident, unit, Some(older)))
    }

    fn the_last_offer_given_up(&self) -> Option<Event> {
        let assignment = self.unanswered(|id| {
            let lead = self.disk.lead(self.disk.assignments[id].incident);
            self.disk.orders_of(lead).filter(|(_, row)| row.is_open() || row.cleared).count() == 1
        })?;
        Some(Event::OfferTimedOut { assignment })
    }
}
