//! A made-up past for the demo's report: the real core, driven through a month of quiet days, writes the log.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use uuid::Uuid;

use super::callers;
use crate::chain::{Draft, Entry, GENESIS};
use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::STEPS;
use crate::dispatch::command::{Command, NewCall};
use crate::dispatch::event::{Channel, Disposition, Step};
use crate::ids::{AssignmentId, CallId, CommandId, IncidentId};
use crate::room::Room;
use crate::store::{self, Store};

/// Calls a day: between the four of a small public safety center and the twenty of a busy one.
const CALLS_A_DAY: u32 = 8;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Entries appended at once.
const PAGE: usize = 500;

struct Past<'a> {
    room: &'a Room,
    rng: ChaCha12Rng,
    dispatch: Dispatch,
    entries: Vec<Entry>,
}

/// Writes so many days of past up to half an hour ago.
pub async fn write(
    store: &Store,
    room: &Room,
    seed: u64,
    days: u32,
    now: Timestamp,
) -> Result<(), store::Error> {
    let mut past = Past {
        room,
        rng: ChaCha12Rng::seed_from_u64(seed),
        dispatch: room.dispatch(),
        entries: Vec::new(),
    };
    let calls = days * CALLS_A_DAY;
    let span_ms = i64::from(days) * DAY_MS;
    let gap_ms = span_ms / i64::from(calls.max(1));
    for call in 0..calls {
        // One after the other, each over before the next: a village ambulance has a quiet life.
        let at = now.plus_ms(-span_ms + i64::from(call) * gap_ms);
        let shift = past.rng.random_range(0..gap_ms / 4);
        past.one_incident(at.plus_ms(shift));
    }
    let half_an_hour_ago = now.plus_ms(-30 * 60 * 1000);
    let until = past.entries.iter().take_while(|entry| entry.at < half_an_hour_ago).count();
    past.entries.truncate(until);
    for page in past.entries.chunks(PAGE) {
        store.append(&room.area.id, page, &[]).await?;
    }
    Ok(())
}

impl Past<'_> {
    fn one_incident(&mut self, received_at: Timestamp) {
        let incident = IncidentId::from_uuid(self.uuid(received_at));
        let mut at = self.later(received_at, 20, 90);
        let call = NewCall {
            call: CallId::from_uuid(self.uuid(received_at)),
            incident,
            channel: Channel::Phone,
            received_at,
            category: callers::category(&mut self.rng),
            answers: callers::answers(&mut self.rng),
            priority: None,
            place: callers::place(&mut self.rng, self.room),
            drill: false,
        };
        let Some(place) = call.place.clone() else { return };
        self.say(at, "operator:contoh", Command::TakeCall(call));
        if self.rng.random_bool(0.08) {
            let disposition =
                [Disposition::Prank, Disposition::SolvedByPhone, Disposition::Incomplete]
                    [self.rng.random_range(0..3)];
            at = self.later(at, 60, 300);
            let end = Command::EndIncident { incident, disposition, reason: None };
            self.say(at, "operator:contoh", end);
            return;
        }
        at = self.later(at, 15, 60);
        let ranking = self.dispatch.rank(at, place.position, Some(incident));
        let Some(first) = ranking.candidates.first() else { return };
        let (unit, eta_s) = (first.unit.clone(), first.eta_s);
        let assignment = AssignmentId::from_uuid(self.uuid(at));
        self.say(at, "operator:contoh", Command::offer(assignment, incident, unit.clone()));
        let treated_there = self.rng.random_bool(0.2);
        for step in STEPS {
            let carries =
                matches!(step, Step::Transporting | Step::AtDestination | Step::HandedOver);
            let travel_s = i64::from(eta_s) * self.rng.random_range(60..160) / 100;
            at = match step {
                Step::Acknowledged => self.later(at, 5, 60),
                Step::EnRoute => self.later(at, 30, 150),
                Step::OnScene => at.plus_ms(travel_s.max(60) * 1000),
                Step::AtPatient => self.later(at, 30, 150),
                Step::Transporting => self.later(at, 300, 1200),
                Step::AtDestination => self.later(at, 600, 2400),
                Step::HandedOver => self.later(at, 180, 900),
                Step::Cleared => self.later(at, 60, 600),
            };
            let forgotten = step != Step::Cleared && self.rng.random_bool(0.04);
            if forgotten || (treated_there && carries) {
                continue;
            }
            let speaker = Some(unit.clone());
            self.say(at, "device:contoh", Command::Advance { assignment, step, speaker });
        }
    }

    fn say(&mut self, at: Timestamp, actor: &str, command: Command) {
        let Ok(events) = self.dispatch.decide(at, &command) else { return };
        let command = CommandId::from_uuid(self.uuid(at));
        for event in events {
            self.dispatch.apply(at, &event);
            let (seq, prev) =
                self.entries.last().map_or((0, GENESIS), |last| (last.seq, last.hash));
            let actor = actor.to_owned();
            let draft = Draft { at, device_at: None, actor, command, event, private: None };
            self.entries.push(Entry::seal(draft, seq + 1, prev));
        }
    }

    fn later(&mut self, at: Timestamp, min_s: i64, max_s: i64) -> Timestamp {
        at.plus_ms(self.rng.random_range(min_s * 1000..max_s * 1000))
    }

    /// A UUIDv7 of that moment from the seed, so that the same seed writes the same past.
    fn uuid(&mut self, at: Timestamp) -> Uuid {
        let millis = u64::try_from(at.ms()).unwrap_or(0);
        let random: u128 = self.rng.random();
        let bytes = random.to_be_bytes();
        let mut tail = [0; 10];
        for (to, from) in tail.iter_mut().zip(bytes) {
            *to = from;
        }
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}
