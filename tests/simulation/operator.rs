//! Operators: seeded people who take calls, order units out, cancel, close, and say everything again when in doubt.

use siaga::chain::Hash;
use siaga::desk::{Actor, Request};
use siaga::dispatch::assignment::STEPS;
use siaga::dispatch::command::{Command, NewCall};
use siaga::dispatch::event::{Channel, Disposition, IncidentPlace, PlaceBasis, Priority};
use siaga::ids::{AssignmentId, CallId, CommandId, IncidentId, UnitId};
use siaga::place::Position;

use super::world::{Happening, Phase, Up, World};

/// An operator waits so long for an answer before saying the same again.
const ANSWER_WAIT_MS: i64 = 4_000;
/// A command is said so often at most while things go wrong.
const ATTEMPTS_MAX: u32 = 5;

#[derive(Default)]
pub struct Operator {
    pub pending: Option<Said>,
    /// Answered, and to be said once more all the same.
    again: Option<Said>,
}

/// A command under its own id; the id never changes however often it is said.
#[derive(Clone, Debug)]
pub struct Said {
    pub id: CommandId,
    pub command: Command,
    pub attempts: u32,
    pub said_ms: i64,
}

impl Said {
    pub fn request(&self, operator: usize) -> Request {
        Request {
            id: self.id,
            actor: Actor(format!("operator:{operator}")),
            device_at: None,
            command: self.command.clone(),
            private: None,
        }
    }
}

/// What an operator hears back.
#[derive(Clone, Debug)]
pub enum Heard {
    /// Number and hash of each entry.
    Done(Vec<(u64, Hash)>),
    Refused,
    /// Nothing was changed, or so it seems: to be said again.
    Failed,
}

impl World {
    pub fn operator_turn(&mut self, index: usize) {
        let next_ms = self.chance.between(1, 2 * self.swarm.operator_turn_ms);
        self.after(next_ms, Happening::OperatorTurn(index));
        if let Some(said) = self.operators[index].again.take() {
            self.send_up(Up::Ask { operator: index, said });
        }
        if let Some(said) = &mut self.operators[index].pending {
            if self.now_ms - said.said_ms < ANSWER_WAIT_MS {
                return;
            }
            if said.attempts < ATTEMPTS_MAX || self.phase == Phase::Liveness {
                said.attempts += 1;
                said.said_ms = self.now_ms;
                let said = said.clone();
                self.send_up(Up::Ask { operator: index, said });
                return;
            }
            self.operators[index].pending = None;
        }
        let command = match self.phase {
            Phase::Safety if index == self.swarm.operators => self.said_on_the_page(),
            Phase::Safety => self.something_to_do(),
            Phase::Liveness if index == self.swarm.operators => None,
            Phase::Liveness => self.something_to_finish(),
        };
        let Some(command) = command else { return };
        let id = CommandId::from_uuid(self.chance.uuid());
        let said = Said { id, command, attempts: 1, said_ms: self.now_ms };
        self.operators[index].pending = Some(said.clone());
        self.send_up(Up::Ask { operator: index, said });
    }

    pub fn operator_hears(&mut self, index: usize, id: CommandId, heard: &Heard) {
        if let Heard::Done(entries) = heard {
            self.news.answers.push((id, entries.clone()));
        }
        let pending = &mut self.operators[index].pending;
        if pending.as_ref().is_none_or(|said| said.id != id) {
            return;
        }
        if matches!(heard, Heard::Failed) {
            return;
        }
        let said = pending.take();
        if self.chance.happens(self.swarm.say_again) {
            self.operators[index].again = said;
        }
    }

    fn something_to_do(&mut self) -> Option<Command> {
        let open = self.disk.open_incidents.len();
        if open < self.swarm.open_max && self.chance.happens(self.swarm.call) {
            return Some(self.new_call());
        }
        if self.chance.happens(self.swarm.by_telephone) {
            return self.telephone();
        }
        if self.chance.happens(self.swarm.errand) {
            return self.errand();
        }
        match self.chance.below(100) {
            0..40 => self.offer(),
            40..50 => self.place(),
            50..54 => {
                let assignment = self.some_assignment()?;
                Some(Command::Cancel { assignment, reason: "salah alamat".to_owned() })
            }
            54..58 => {
                let incident = self.some_incident()?;
                let disposition =
                    [Disposition::Cancelled, Disposition::Prank][self.chance.index(2)];
                let reason = Some("ditutup".to_owned());
                Some(Command::EndIncident { incident, disposition, reason })
            }
            58..62 => {
                let on_duty = self.chance.below(3) > 0;
                let unit = self.some_unit();
                Some(Command::SetDuty { unit, on_duty, reason: Some("servis".to_owned()) })
            }
            62..65 => {
                let incident = self.some_incident()?;
                let priority = [Priority::P1, Priority::P2, Priority::P4][self.chance.index(3)];
                let reason = (self.chance.below(4) > 0).then(|| "dinilai ulang".to_owned());
                Some(Command::ChangePriority { incident, priority, reason })
            }
            65..70 => {
                let (incident, unit) = (self.some_incident()?, self.some_unit());
                let assignment = AssignmentId::from_uuid(self.chance.uuid());
                Some(Command::Divert { assignment, incident, unit })
            }
            70 => self.nonsense(),
            _ => None,
        }
    }

    /// What makes every open incident ordered out or held: nothing else is left to people.
    fn something_to_finish(&mut self) -> Option<Command> {
        if let Some(unit) = self.disk.off_duty.first().cloned() {
            return Some(Command::SetDuty { unit, on_duty: true, reason: None });
        }
        let rows = self.disk.open_incidents.iter().map(|id| (*id, &self.disk.incidents[id]));
        let unplaced = rows.clone().find(|(_, row)| !row.placed).map(|(id, _)| id);
        if let Some(incident) = unplaced {
            let place = self.somewhere();
            return Some(Command::PlaceIncident { incident, place });
        }
        let shadow = &self.disk.shadow;
        let now = self.server_now();
        let (waiting, unit) = shadow.board().queue().into_iter().find_map(|incident| {
            let place = incident.place.as_ref()?.position;
            let ranking = shadow.rank(now, place, Some(incident.id));
            Some((incident.id, ranking.candidates.first()?.unit.clone()))
        })?;
        let assignment = AssignmentId::from_uuid(self.chance.uuid());
        Some(Command::offer(assignment, waiting, unit))
    }

    fn new_call(&mut self) -> Command {
        let place = (self.chance.below(4) > 0).then(|| self.somewhere());
        // A call is entered a while after it came in, and now and then with an impossible time.
        let before_ms = self.chance.between(-200, 600_000);
        Command::TakeCall(NewCall {
            call: CallId::from_uuid(self.chance.uuid()),
            incident: IncidentId::from_uuid(self.chance.uuid()),
            channel: Channel::Phone,
            received_at: self.server_now().plus_ms(-before_ms),
            category: self.some_category(),
            answers: self.some_answers(),
            priority: None,
            place,
            drill: self.chance.happens(self.swarm.drill),
        })
    }

    fn offer(&mut self) -> Option<Command> {
        let (incident, unit) = (self.some_incident()?, self.unit_to_send());
        let assignment = AssignmentId::from_uuid(self.chance.uuid());
        Some(Command::offer(assignment, incident, unit))
    }

    /// Mostly a free unit, as the ranking would have it; now and then any, as a person in a hurry would.
    pub fn unit_to_send(&mut self) -> UnitId {
        let mut unit = self.some_unit();
        if self.chance.below(5) > 0 {
            for _ in 0..4 {
                let busy = self.disk.open_of_unit.get(&unit).is_some_and(|open| !open.is_empty());
                if !busy && !self.disk.off_duty.contains(&unit) {
                    break;
                }
                unit = self.some_unit();
            }
        }
        unit
    }

    fn place(&mut self) -> Option<Command> {
        let incident = self.some_incident()?;
        let place = self.somewhere();
        Some(Command::PlaceIncident { incident, place })
    }

    fn telephone(&mut self) -> Option<Command> {
        let assignment = self.some_assignment()?;
        let step = STEPS[self.chance.index(STEPS.len())];
        if self.chance.below(5) == 0 {
            let reason = "sopir sakit".to_owned();
            return Some(Command::Reject { assignment, reason, speaker: None });
        }
        Some(Command::Advance { assignment, step, speaker: None })
    }

    fn nonsense(&mut self) -> Option<Command> {
        let assignment = AssignmentId::from_uuid(self.chance.uuid());
        Some(match self.chance.below(3) {
            0 => Command::Cancel { assignment, reason: String::new() },
            1 => {
                let unit = UnitId::new("AMB-NOWHERE").unwrap();
                Command::SetDuty { unit, on_duty: false, reason: None }
            }
            _ => {
                let incident = IncidentId::from_uuid(self.chance.uuid());
                let unit = self.some_unit();
                Command::offer(assignment, incident, unit)
            }
        })
    }

    pub fn some_incident(&mut self) -> Option<IncidentId> {
        let which = self.chance.index(self.disk.open_incidents.len());
        self.disk.open_incidents.iter().nth(which).copied()
    }

    pub fn some_assignment(&mut self) -> Option<AssignmentId> {
        let which = self.chance.index(self.disk.open_assignments.len());
        self.disk.open_assignments.iter().nth(which).copied()
    }

    pub fn some_unit(&mut self) -> UnitId {
        let which = self.chance.index(self.ambulances.len());
        self.ambulances[which].unit.clone()
    }

    pub fn somewhere(&mut self) -> IncidentPlace {
        let lat = -8.2 + self.chance.between(-1_000, 1_000) as f64 * 1e-4;
        let lon = 113.7 + self.chance.between(-1_000, 1_000) as f64 * 1e-4;
        IncidentPlace {
            position: Position::new(lat, lon).unwrap(),
            uncertainty_m: 100,
            basis: PlaceBasis::Point,
            village: None,
            village_basis: Default::default(),
        }
    }
}
