//! What asks for an operator now: one row for each subject and kind, derived from the state, timed by the server.
//!
//! An alarm lasts as long as what it is about and never hides by itself. Somebody may take it as theirs; that is an
//! event. When many low ones of a kind come together they are one row, and when much of the fleet falls silent at once
//! that is one alarm about the network and not one for each unit.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::{Assignment, AssignmentState};
use crate::dispatch::event::{Event, Priority, Step};
use crate::dispatch::incident::Incident;
use crate::dispatch::standby::unit_key;
use crate::ids::{AssignmentId, IncidentId, UnitId};

/// More low alarms of one kind than this are shown as one row (EEMUA 191: more than ten in ten minutes is a flood).
const FLOOD_MIN: usize = 10;
/// When more than this share of the fleet, in percent, has fallen silent, the fault is common.
const COMMON_PERCENT: usize = 30;
/// A free unit is missed only after this long without a word.
const FREE_SILENT_S: i64 = 120;

/// How soon somebody must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Critical,
    High,
    Low,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A crew is in danger itself.
    Sos,
    /// Nobody has answered an offer.
    Unanswered,
    /// An incident waits for a unit.
    Waiting,
    /// Half of an incident's target has gone by without a unit, or all of it.
    Ageing,
    /// A unit that is on an incident has not been heard of.
    Silent,
    /// A unit on its way does not move.
    Still,
    /// Another unit would be there clearly sooner.
    Better,
    /// A crew wants to be called back.
    Talk,
    LongOnScene,
    LongAtDestination,
    /// A free unit has not been heard of.
    Missing,
    /// Much of the fleet has fallen silent at once.
    Network,
    /// A neighbouring area asks for a unit.
    AidAsked,
    /// A neighbouring area has not been reached with what it must know.
    AidUntold,
    /// Connections of one device take each other over again and again: two phones with one sign-in.
    Takeover,
}

impl Kind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sos => "sos",
            Self::Unanswered => "unanswered",
            Self::Waiting => "waiting",
            Self::Ageing => "ageing",
            Self::Silent => "silent",
            Self::Still => "still",
            Self::Better => "better",
            Self::Talk => "talk",
            Self::LongOnScene => "long_on_scene",
            Self::LongAtDestination => "long_at_destination",
            Self::Missing => "missing",
            Self::Network => "network",
            Self::AidAsked => "aid_asked",
            Self::AidUntold => "aid_untold",
            Self::Takeover => "takeover",
        }
    }
}

/// One row of the alarm bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Kind and subject: `unanswered/<assignment>`.
    pub key: String,
    pub kind: Kind,
    pub level: Level,
    pub since: Timestamp,
    pub incident: Option<IncidentId>,
    pub assignment: Option<AssignmentId>,
    pub unit: Option<UnitId>,
    /// The unit to ask next, where there is one.
    pub next: Option<UnitId>,
    /// The device, where it is about one.
    pub device: Option<String>,
    /// How many subjects this row stands for.
    pub count: usize,
}

impl Dispatch {
    /// Everything that asks for an operator now, most urgent first, then longest.
    #[must_use]
    pub fn alarms(&self, now: Timestamp) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        for incident in self.board().queue() {
            alarms.extend(self.alarm_of_waiting(now, incident));
        }
        for assignment in self.board().assignments().filter(|a| a.is_open()) {
            self.alarms_of_response(now, assignment, &mut alarms);
        }
        for (unit, remarks) in self.board().units_with_remarks() {
            if let Some((since, sos)) = remarks.talk {
                let (kind, level) =
                    if sos { (Kind::Sos, Level::Critical) } else { (Kind::Talk, Level::High) };
                alarms.push(of_unit(kind, level, since, unit));
            }
        }
        self.alarms_of_aid(now, &mut alarms);
        self.alarms_of_silence(now, &mut alarms);
        for (device, unit, since) in self.fleet().flapping(now) {
            let key = format!("{}/{device}", Kind::Takeover.as_str());
            let mut alarm = bare(Kind::Takeover, Level::High, since, key);
            (alarm.unit, alarm.device) = (Some(unit.clone()), Some(device.to_owned()));
            alarms.push(alarm);
        }
        let mut alarms = grouped(alarms);
        alarms.sort_by(|a, b| (a.level, a.since, &a.key).cmp(&(b.level, b.since, &b.key)));
        alarms
    }

    /// Alarms that somebody has taken and whose cause is over.
    pub(super) fn alarms_over(&self, now: Timestamp) -> Vec<Event> {
        let mut owned = self.board().owned_alarms().peekable();
        if owned.peek().is_none() {
            return Vec::new();
        }
        let active = self.alarms(now);
        owned
            .filter(|key| !active.iter().any(|alarm| alarm.key == **key))
            .map(|key| Event::AlarmOver { alarm: key.to_owned() })
            .collect()
    }

    fn alarm_of_waiting(&self, now: Timestamp, incident: &Incident) -> Option<Alarm> {
        let since = self.board().received_at(incident);
        let waited_s = now.ms_since(since) / 1000;
        let urgent = incident.priority == Priority::P1;
        let (kind, level) = match incident.aged_percent {
            100.. => (Kind::Ageing, Level::Critical),
            50..=99 => (Kind::Ageing, if urgent { Level::Critical } else { Level::High }),
            _ if waited_s >= self.policy().waiting_alarm_s(incident.priority) => {
                (Kind::Waiting, if urgent { Level::Critical } else { Level::High })
            }
            _ => return None,
        };
        Some(Alarm {
            // One row for each incident: a wait that ages is the same wait.
            key: format!("{}/{}", Kind::Waiting.as_str(), incident.id),
            kind,
            level,
            since,
            incident: Some(incident.id),
            assignment: None,
            unit: None,
            next: None,
            device: None,
            count: 1,
        })
    }

    fn alarms_of_response(&self, now: Timestamp, on: &Assignment, alarms: &mut Vec<Alarm>) {
        let policy = self.policy();
        let row = |kind: Kind, level: Level, since: Timestamp, next: Option<UnitId>| Alarm {
            key: format!("{}/{}", kind.as_str(), on.id),
            kind,
            level,
            since,
            incident: self.board().leading(on.incident).map(|incident| incident.id),
            assignment: Some(on.id),
            unit: Some(on.unit.clone()),
            next,
            device: None,
            count: 1,
        };
        if on.overdue && on.state == AssignmentState::Offered {
            let incident = self.board().leading(on.incident);
            let urgent = incident.is_some_and(|i| i.priority == Priority::P1);
            let level = if urgent { Level::Critical } else { Level::High };
            alarms.push(row(Kind::Unanswered, level, on.offered_at, self.next_after(now, on)));
        }
        let Some(tracked) = self.fleet().get(&on.unit) else { return };
        let heard = tracked.live.map_or(on.offered_at, |fix| fix.received_at);
        if on.is_accepted() && now.ms_since(heard) > policy.silent_s * 1000 {
            alarms.push(row(Kind::Silent, Level::High, heard, None));
        } else if on.state == AssignmentState::At(Step::EnRoute)
            && let Some(still_since) = tracked.still_since()
        {
            let since = still_since.max(on.times.get(Step::EnRoute).unwrap_or(on.offered_at));
            if now.ms_since(since) > policy.still_s * 1000 {
                alarms.push(row(Kind::Still, Level::High, since, None));
            }
        }
        if let Some(better) = self.better_unit(now, on) {
            alarms.push(row(Kind::Better, Level::High, on.offered_at, Some(better.unit)));
        }
        let (kind, limit_s) = match on.state {
            AssignmentState::At(Step::OnScene | Step::AtPatient) => {
                (Kind::LongOnScene, policy.long_on_scene_s)
            }
            AssignmentState::At(Step::AtDestination | Step::HandedOver) => {
                (Kind::LongAtDestination, policy.long_at_destination_s)
            }
            AssignmentState::Offered
            | AssignmentState::At(_)
            | AssignmentState::Rejected
            | AssignmentState::Cancelled
            | AssignmentState::TimedOut
            | AssignmentState::Diverted => return,
        };
        let first = if kind == Kind::LongOnScene { Step::OnScene } else { Step::AtDestination };
        if let Some(since) = on.times.get(first)
            && now.ms_since(since) > limit_s * 1000
        {
            alarms.push(row(kind, Level::Low, since, None));
        }
    }

    /// The unit to ask in place of one that does not answer.
    fn next_after(&self, now: Timestamp, unanswered: &Assignment) -> Option<UnitId> {
        let incident = self.board().leading(unanswered.incident)?;
        let place = incident.place.as_ref()?.position;
        let ranking = self.rank(now, place, Some(incident.id));
        ranking.candidates.first().map(|candidate| candidate.unit.clone())
    }

    fn alarms_of_aid(&self, now: Timestamp, alarms: &mut Vec<Alarm>) {
        for asked in self.board().aids_asked().filter(|asked| asked.is_waiting()) {
            let level = match asked.request.priority {
                Priority::P1 => Level::Critical,
                Priority::P2 => Level::High,
                Priority::P3 | Priority::P4 => Level::Low,
            };
            let key = format!("{}/{}", Kind::AidAsked.as_str(), asked.id);
            let mut alarm = bare(Kind::AidAsked, level, asked.received_at, key);
            alarm.unit = Some(asked.request.unit.clone());
            alarms.push(alarm);
        }
        for aid in self.board().aids().filter(|aid| self.untold_too_long(now, aid)) {
            let key = format!("{}/{}", Kind::AidUntold.as_str(), aid.id);
            let mut alarm = bare(Kind::AidUntold, Level::High, aid.asked_at, key);
            alarm.incident = Some(aid.incident);
            alarms.push(alarm);
        }
    }

    fn alarms_of_silence(&self, now: Timestamp, alarms: &mut Vec<Alarm>) {
        let silent = |since: Timestamp| now.ms_since(since) > FREE_SILENT_S * 1000;
        let missing = self.fleet().iter().filter_map(|tracked| {
            let since = tracked.live?.received_at;
            let unit = &tracked.card.id;
            let free = self.board().open_assignment_of(unit).is_none();
            let on_duty = self.board().off_duty(unit).is_none();
            (free && on_duty && silent(since)).then_some((unit, since))
        });
        let missing: Vec<(&UnitId, Timestamp)> = missing.collect();
        if missing.len() * 100 > self.fleet().len() * COMMON_PERCENT && missing.len() > FLOOD_MIN {
            let since = missing.iter().map(|(_, since)| *since).min().unwrap_or(now);
            let mut alarm =
                bare(Kind::Network, Level::Critical, since, Kind::Network.as_str().to_owned());
            alarm.count = missing.len();
            alarms.push(alarm);
            return;
        }
        for (unit, since) in missing {
            alarms.push(of_unit(Kind::Missing, Level::Low, since, unit));
        }
    }
}

fn bare(kind: Kind, level: Level, since: Timestamp, key: String) -> Alarm {
    Alarm {
        key,
        kind,
        level,
        since,
        incident: None,
        assignment: None,
        unit: None,
        next: None,
        device: None,
        count: 1,
    }
}

fn of_unit(kind: Kind, level: Level, since: Timestamp, unit: &UnitId) -> Alarm {
    let mut alarm = bare(kind, level, since, unit_key(kind.as_str(), unit));
    alarm.unit = Some(unit.clone());
    alarm
}

/// Low alarms of a kind that come in a flood become one row; the others stay as they are.
fn grouped(alarms: Vec<Alarm>) -> Vec<Alarm> {
    let mut low = BTreeMap::<Kind, Vec<Alarm>>::new();
    let mut rows = Vec::with_capacity(alarms.len());
    for alarm in alarms {
        if alarm.level == Level::Low {
            low.entry(alarm.kind).or_default().push(alarm);
        } else {
            rows.push(alarm);
        }
    }
    for (kind, alarms) in low {
        if alarms.len() <= FLOOD_MIN {
            rows.extend(alarms);
            continue;
        }
        let since = alarms.iter().map(|alarm| alarm.since).min();
        let Some(since) = since else { continue };
        let mut row = bare(kind, Level::Low, since, kind.as_str().to_owned());
        row.count = alarms.len();
        rows.push(row);
    }
    rows
}
