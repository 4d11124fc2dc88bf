//! What operators do beside taking calls and ordering units out, and what crews say on their page.

use std::collections::BTreeMap;
use std::fmt::{Error, Write};

use siaga::dispatch::assignment::{MARKS, STEPS};
use siaga::dispatch::command::{Answer, Command};
use siaga::dispatch::event::{Admission, Category, Channel, Colour, CrewRole, Need, Priority};
use siaga::dispatch::triage::{BREATHING, CONSCIOUS};
use siaga::ids::{AssignmentId, CallId, Capability, IncidentId, NoteId};

use super::world::{CAPABILITIES, FACILITIES, World};

type Errand = fn(&mut World) -> Option<Command>;

/// What an operator may turn to; how often is drawn for each seed.
pub const ERRANDS: [Errand; 19] = [
    attach_call,
    correct_details,
    add_note,
    change_needs,
    change_priority,
    note_colour,
    merge,
    split,
    reopen,
    undo,
    correct_time,
    refer,
    stand_in,
    set_destination,
    set_admission,
    set_crew,
    limit_unit,
    answer_or_take,
    mark_time,
];

/// What crews say on their page, which their devices have no button for.
pub const PAGE_ERRANDS: [Errand; 3] = [crew_undoes, crew_wants_to_talk, crew_steps];

/// The name of a command's variant.
pub fn name_of(command: &Command) -> String {
    struct Name(String);
    impl Write for Name {
        fn write_str(&mut self, text: &str) -> Result<(), Error> {
            let more = text.chars().all(|c| c.is_ascii_alphanumeric());
            self.0.extend(text.chars().take_while(char::is_ascii_alphanumeric));
            if more { Ok(()) } else { Err(Error) }
        }
    }
    let mut name = Name(String::new());
    // It ends where the name ends.
    let _ = write!(name, "{command:?}");
    name.0
}

impl World {
    pub fn errand(&mut self) -> Option<Command> {
        let which = self.weighed(&self.swarm.errands.clone())?;
        ERRANDS[which](self)
    }

    pub fn said_on_the_page(&mut self) -> Option<Command> {
        if !self.chance.happens(self.swarm.page) {
            return None;
        }
        let which = self.weighed(&self.swarm.page_errands.clone())?;
        PAGE_ERRANDS[which](self)
    }

    fn weighed(&mut self, weights: &[u32]) -> Option<usize> {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut left = self.chance.below(total);
        weights.iter().position(|weight| {
            let here = left < u64::from(*weight);
            left = left.saturating_sub(u64::from(*weight));
            here
        })
    }

    pub fn some_category(&mut self) -> Category {
        let categories = [
            Category::Maternal,
            Category::Accident,
            Category::Transfer,
            Category::Cardiac,
            Category::Other,
        ];
        categories[self.chance.index(5)]
    }

    pub fn some_answers(&mut self) -> BTreeMap<String, Answer> {
        let answers = [Answer::Yes, Answer::No, Answer::Unknown];
        let asked = [CONSCIOUS, BREATHING];
        asked.map(|asked| (asked.to_owned(), answers[self.chance.index(3)])).into()
    }

    /// One that was ever known: open, ended or part of another.
    fn any_incident(&mut self) -> Option<IncidentId> {
        let which = self.chance.index(self.disk.incidents.len());
        self.disk.incidents.keys().nth(which).copied()
    }

    fn ended_incident(&mut self) -> Option<IncidentId> {
        let which = self.chance.index(self.disk.ended_incidents.len());
        self.disk.ended_incidents.iter().nth(which).copied()
    }

    fn any_assignment(&mut self) -> Option<AssignmentId> {
        if self.chance.below(4) > 0 {
            return self.some_assignment();
        }
        let which = self.chance.index(self.disk.assignments.len());
        self.disk.assignments.keys().nth(which).copied()
    }

    fn some_capability(&mut self) -> Capability {
        Capability::new(CAPABILITIES[self.chance.index(CAPABILITIES.len())]).unwrap()
    }

    fn some_facility(&mut self) -> String {
        match self.chance.below(20) {
            0 => "entah".to_owned(),
            _ => FACILITIES[self.chance.index(FACILITIES.len())].to_owned(),
        }
    }

    /// Mostly something, now and then nothing: what needs a reason is refused then.
    fn some_reason(&mut self) -> String {
        if self.chance.below(8) == 0 { "  ".to_owned() } else { "alasan".to_owned() }
    }
}

fn attach_call(world: &mut World) -> Option<Command> {
    let incident = world.some_incident()?;
    let before_ms = world.chance.between(-200, 1_800_000);
    Some(Command::AttachCall {
        incident,
        call: CallId::from_uuid(world.chance.uuid()),
        channel: Channel::Radio,
        received_at: world.server_now().plus_ms(-before_ms),
    })
}

fn correct_details(world: &mut World) -> Option<Command> {
    let incident = world.some_incident()?;
    let (category, answers) = (world.some_category(), world.some_answers());
    Some(Command::CorrectDetails { incident, category, answers })
}

fn add_note(world: &mut World) -> Option<Command> {
    let incident = world.any_incident()?;
    Some(Command::AddNote { incident, note: NoteId::from_uuid(world.chance.uuid()) })
}

fn change_needs(world: &mut World) -> Option<Command> {
    let incident = world.some_incident()?;
    let kinds = world.chance.index(3);
    let needs = (0..kinds).map(|_| Need {
        capability: world.some_capability(),
        count: u8::try_from(world.chance.between(0, 3)).unwrap(),
    });
    Some(Command::ChangeNeeds { incident, needs: needs.collect() })
}

fn change_priority(world: &mut World) -> Option<Command> {
    let incident = world.some_incident()?;
    let priority = [Priority::P1, Priority::P2, Priority::P3, Priority::P4][world.chance.index(4)];
    let reason = Some(world.some_reason());
    Some(Command::ChangePriority { incident, priority, reason })
}

fn note_colour(world: &mut World) -> Option<Command> {
    let incident = world.any_incident()?;
    let colours = [Colour::Red, Colour::Yellow, Colour::Green, Colour::Black];
    Some(Command::NoteColour { incident, colour: colours[world.chance.index(4)] })
}

fn merge(world: &mut World) -> Option<Command> {
    let (incident, into) = (world.some_incident()?, world.some_incident()?);
    Some(Command::Merge { incident, into })
}

fn split(world: &mut World) -> Option<Command> {
    let which = world.chance.index(world.disk.merged.len());
    let part = world.disk.merged.keys().nth(which).copied();
    let incident = if world.chance.below(10) == 0 { world.some_incident()? } else { part? };
    Some(Command::Split { incident })
}

fn reopen(world: &mut World) -> Option<Command> {
    // A centre that is full opens nothing again: its incidents would never become fewer.
    if world.disk.open_incidents.len() > 2 * world.swarm.open_max {
        return None;
    }
    let seldom = world.chance.below(10) == 0;
    let incident = if seldom { world.some_incident()? } else { world.ended_incident()? };
    Some(Command::Reopen { incident, reason: world.some_reason() })
}

fn undo(world: &mut World) -> Option<Command> {
    Some(Command::UndoStep { assignment: world.any_assignment()?, speaker: None })
}

fn correct_time(world: &mut World) -> Option<Command> {
    let assignment = world.any_assignment()?;
    let newest = world.disk.assignments[&assignment].newest;
    let any = STEPS[world.chance.index(STEPS.len())];
    let step = if world.chance.below(4) == 0 { any } else { newest.unwrap_or(any) };
    let before_ms = world.chance.between(-10_000, 300_000);
    let at = world.server_now().plus_ms(-before_ms);
    Some(Command::CorrectTime { assignment, step, at, reason: world.some_reason() })
}

fn refer(world: &mut World) -> Option<Command> {
    let (incident, unit) = (world.some_incident()?, world.unit_to_send());
    Some(Command::OfferUnit {
        assignment: AssignmentId::from_uuid(world.chance.uuid()),
        incident,
        unit,
        instead_of: None,
        pick_up: Some(world.some_facility()),
    })
}

/// Another unit in place of one that has not answered.
fn stand_in(world: &mut World) -> Option<Command> {
    let mut open = world.disk.open_assignments.iter();
    let unanswered = open.find(|id| world.disk.assignments[id].newest.is_none()).copied();
    let older = if world.chance.below(10) == 0 { world.some_assignment()? } else { unanswered? };
    let row = &world.disk.assignments[&older];
    let (incident, pick_up) = (world.disk.lead(row.incident), row.pick_up.clone());
    Some(Command::OfferUnit {
        assignment: AssignmentId::from_uuid(world.chance.uuid()),
        incident,
        unit: world.unit_to_send(),
        instead_of: Some(older),
        pick_up,
    })
}

fn set_destination(world: &mut World) -> Option<Command> {
    let assignment = world.any_assignment()?;
    Some(Command::SetDestination { assignment, facility: world.some_facility() })
}

fn set_admission(world: &mut World) -> Option<Command> {
    let facility = world.some_facility();
    let admissions = [Admission::Open, Admission::Limited, Admission::Closed];
    let admission = admissions[world.chance.index(3)];
    let reason = (world.chance.below(2) == 0).then(|| "penuh".to_owned());
    Some(Command::SetAdmission { facility, admission, reason })
}

fn set_crew(world: &mut World) -> Option<Command> {
    let roles = [CrewRole::Midwife, CrewRole::Driver, CrewRole::Nurse, CrewRole::Doctor];
    let crew = roles.into_iter().filter(|_| world.chance.below(2) == 0).collect();
    Some(Command::SetCrew { unit: world.some_unit(), crew })
}

fn limit_unit(world: &mut World) -> Option<Command> {
    let limited = world.chance.below(2) == 0;
    let lacking = limited.then(|| world.some_capability()).into_iter().collect();
    let (unit, reason) = (world.some_unit(), world.some_reason());
    Some(Command::LimitUnit { unit, lacking, reason: Some(reason) })
}

/// Calls a crew back that wants to talk, or takes an alarm that is on the screen.
fn answer_or_take(world: &mut World) -> Option<Command> {
    if world.chance.below(2) == 0 {
        return Some(Command::AnswerTalk { unit: world.some_unit() });
    }
    let now = world.server_now();
    let alarms = world.server.keeper.dispatch().alarms(now);
    let which = world.chance.index(alarms.len());
    let alarm = alarms.get(which)?.key.clone();
    Some(Command::TakeAlarm { alarm, owner: format!("operator:{}", world.chance.below(3)) })
}

fn mark_time(world: &mut World) -> Option<Command> {
    let assignment = world.any_assignment()?;
    let mark = MARKS[world.chance.index(MARKS.len())];
    Some(Command::MarkTime { assignment, mark, speaker: None })
}

fn crew_undoes(world: &mut World) -> Option<Command> {
    let assignment = world.some_assignment()?;
    let own = world.disk.assignments[&assignment].unit.clone();
    let unit = if world.chance.below(20) == 0 { world.some_unit() } else { own };
    Some(Command::UndoStep { assignment, speaker: Some(unit) })
}

fn crew_wants_to_talk(world: &mut World) -> Option<Command> {
    Some(Command::RequestTalk { unit: world.some_unit(), sos: world.chance.below(3) == 0 })
}

fn crew_steps(world: &mut World) -> Option<Command> {
    let assignment = world.some_assignment()?;
    let row = &world.disk.assignments[&assignment];
    let (unit, newest) = (row.unit.clone(), row.newest);
    let step = STEPS.into_iter().find(|step| Some(*step) > newest)?;
    Some(Command::Advance { assignment, step, speaker: Some(unit) })
}
