//! Everything that goes wrong by itself: crashes, clocks that step, partitions, devices that restart, foreign writers.

use siaga::chain::{Draft, Entry, GENESIS};
use siaga::dispatch::assignment::STEPS;
use siaga::dispatch::event::{Event, Recommendation, Step, TravelBasis};
use siaga::ids::{AssignmentId, CommandId};

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
            | Mutation::UnreadableFix => None,
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
            actor: "operator:elsewhere".to_owned(),
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
        let recommendation = Recommendation {
            rank: 1,
            eta_s: 60,
            distance_m: 500,
            basis: TravelBasis::StraightLine,
            fix_age_s: None,
        };
        let assignment = AssignmentId::from_uuid(self.chance.uuid());
        Some(Event::UnitOffered {
            assignment,
            incident,
            unit,
            recommendation,
            facility: None,
            considered: Vec::new(),
            instead_of: None,
            pick_up: None,
            source: None,
        })
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
}
