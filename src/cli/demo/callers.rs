//! The demo's callers, and a simulated colleague at the next desk who takes their calls.
//!
//! Calls that the person at the console takes are left to that person.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::desk::{Actor, Desk, Request};
use crate::dispatch::assignment::AssignmentState;
use crate::dispatch::command::{Answer, Command, NewCall};
use crate::dispatch::event::{Category, Channel, IncidentPlace, PlaceBasis, VillageBasis};
use crate::dispatch::incident::IncidentState;
use crate::dispatch::triage::{BREATHING, CONSCIOUS};
use crate::ids::{AssignmentId, CallId, CommandId, IncidentId};
use crate::place::Position;
use crate::private::Private;
use crate::room::Room;

/// How the log names the colleague.
const COLLEAGUE: &str = "operator:Siti (simulasi)";
/// The first calls come soon, so that a newcomer sees something happen.
const FIRST_CALLS_AFTER_S: [f64; 4] = [2.0, 5.0, 9.0, 20.0];
/// The colleague looks at the desk this often, in simulated time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Shares of calls by category, in per mille. Source: one public safety center in 2017, n = 1,415; the group
/// "non-medical" and deaths there are spread over transfer and other here.
const MIX: [(Category, u32); 9] = [
    (Category::Accident, 362),
    (Category::Internal, 209),
    (Category::Neuro, 95),
    (Category::Cardiac, 88),
    (Category::Maternal, 57),
    (Category::Neonatal, 20),
    (Category::Mental, 33),
    (Category::Transfer, 60),
    (Category::Other, 76),
];

/// Draws a category with the shares of `MIX`.
pub fn category(rng: &mut impl Rng) -> Category {
    let mut left = rng.random_range(0..MIX.iter().map(|(_, share)| share).sum());
    for (category, share) in MIX {
        if left < share {
            return category;
        }
        left -= share;
    }
    Category::Other
}

/// A made-up caller's words for a category.
fn complaint(category: Category) -> &'static str {
    match category {
        Category::Accident => "tabrakan sepeda motor, kaki tidak bisa digerakkan",
        Category::Internal => "demam tinggi dan sesak sejak malam",
        Category::Neuro => "bicara pelo, separuh badan lemas",
        Category::Cardiac => "nyeri dada, keringat dingin",
        Category::Maternal => "hamil 9 bulan, ketuban pecah, mulas",
        Category::Neonatal => "bayi baru lahir, badan dingin, tidak mau menyusu",
        Category::Mental => "gelisah, mengamuk",
        Category::Trauma => "jatuh dari pohon kelapa",
        Category::Transfer => "rujukan terjadwal ke rumah sakit",
        Category::Other => "lemas, minta dijemput",
    }
}

/// Draws a place of the regency: a village, or a point within a kilometre or so of one.
pub fn place(rng: &mut impl Rng, room: &Room) -> Option<IncidentPlace> {
    let villages = &room.regency.villages;
    let village = villages.get(rng.random_range(0..villages.len().max(1)))?;
    if rng.random_bool(0.4) {
        return Some(IncidentPlace {
            position: village.position,
            uncertainty_m: village.uncertainty_m,
            basis: PlaceBasis::Village,
            village: Some(village.code.clone()),
            village_basis: VillageBasis::Inside,
        });
    }
    let lat = village.position.lat() + rng.random_range(-0.01..0.01);
    let lon = village.position.lon() + rng.random_range(-0.01..0.01);
    let position = Position::new(lat, lon).ok()?;
    let nearest = room.regency.nearest_village(position).map(|v| v.code.clone());
    Some(IncidentPlace {
        position,
        uncertainty_m: 100,
        basis: PlaceBasis::Point,
        village: nearest,
        village_basis: VillageBasis::Nearest,
    })
}

/// Draws what a caller says to the first two questions.
pub fn answers(rng: &mut impl Rng) -> BTreeMap<String, Answer> {
    [CONSCIOUS, BREATHING].map(|question| (question.to_owned(), answer(rng))).into()
}

/// Draws an answer: mostly yes.
fn answer(rng: &mut impl Rng) -> Answer {
    match rng.random_range(0..20) {
        0 | 1 => Answer::No,
        2 => Answer::Unknown,
        _ => Answer::Yes,
    }
}

/// Takes calls and works on them until told to stop.
pub async fn run(desk: Desk, seed: u64, calls_per_hour: f64, mut stop: watch::Receiver<bool>) {
    if calls_per_hour <= 0.0 {
        return;
    }
    let mut colleague = Colleague {
        rng: ChaCha12Rng::seed_from_u64(seed ^ 0x5349_4147),
        desk,
        mine: BTreeMap::new(),
    };
    let origin = colleague.desk.clock().origin();
    let mut due: Vec<Timestamp> = Vec::new();
    for after_s in FIRST_CALLS_AFTER_S.into_iter().rev() {
        due.push(origin.plus_ms(ms(after_s)));
    }
    let mut next = origin.plus_ms(ms(60.0));
    let pause = colleague.desk.clock().real_duration(LOOK_EVERY);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = colleague.desk.now();
        while due.last().is_some_and(|at| *at <= now) {
            due.pop();
            colleague.take_call(now).await;
        }
        while next <= now {
            // Times between independent calls are exponential.
            let uniform: f64 = colleague.rng.random_range(1e-9..1.0);
            next = next.plus_ms(ms(-uniform.ln() * 3600.0 / calls_per_hour));
            colleague.take_call(now).await;
        }
        colleague.work(now).await;
    }
}

#[expect(clippy::as_conversions, reason = "seconds of a demo fit in i64 milliseconds")]
fn ms(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

struct Colleague {
    rng: ChaCha12Rng,
    desk: Desk,
    /// Her incidents, with the moment at which she next turns to each.
    mine: BTreeMap<IncidentId, Timestamp>,
}

/// What an incident needs next.
enum Need {
    Nothing,
    Unit(crate::ids::UnitId),
    /// Nobody answers: take the order back.
    TakeBack(AssignmentId),
    Gone,
}

impl Colleague {
    async fn take_call(&mut self, now: Timestamp) {
        let room = self.desk.room.clone();
        let category = category(&mut self.rng);
        let incident = IncidentId::from_uuid(Uuid::now_v7());
        let rang_before = self.rng.random_range(5_000..40_000);
        let call = NewCall {
            call: CallId::from_uuid(Uuid::now_v7()),
            incident,
            channel: if self.rng.random_bool(0.7) { Channel::Phone } else { Channel::Whatsapp },
            received_at: now.plus_ms(-rang_before),
            category,
            answers: answers(&mut self.rng),
            priority: None,
            place: place(&mut self.rng, &room),
            drill: false,
        };
        let private = Private {
            caller_name: Some("Penelepon contoh".to_owned()),
            caller_phone: Some(format!("0812-0000-{:04}", self.rng.random_range(0..10_000))),
            complaint: Some(complaint(category).to_owned()),
            ..Private::default()
        };
        if self.carry(Command::TakeCall(call), Some(private)).await {
            let thinks_ms = self.rng.random_range(10_000..30_000);
            self.mine.insert(incident, now.plus_ms(thinks_ms));
        }
    }

    async fn work(&mut self, now: Timestamp) {
        let due: Vec<IncidentId> =
            self.mine.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        for incident in due {
            let Ok(need) = self.desk.look(move |dispatch, _| need(dispatch, now, incident)).await
            else {
                return;
            };
            self.mine.insert(incident, now.plus_ms(10_000));
            match need {
                Need::Nothing => {}
                Need::Unit(unit) => {
                    let assignment = AssignmentId::from_uuid(Uuid::now_v7());
                    self.carry(Command::offer(assignment, incident, unit), None).await;
                }
                Need::TakeBack(assignment) => {
                    let reason = "kru tidak menjawab".to_owned();
                    self.carry(Command::Cancel { assignment, reason }, None).await;
                }
                Need::Gone => {
                    self.mine.remove(&incident);
                }
            }
        }
    }

    async fn carry(&self, command: Command, private: Option<Private>) -> bool {
        let request = Request {
            id: CommandId::from_uuid(Uuid::now_v7()),
            actor: Actor(COLLEAGUE.to_owned()),
            device_at: None,
            command,
            private,
        };
        match self.desk.carry(request).await {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!(%error, "the simulated colleague was refused");
                false
            }
        }
    }
}

fn need(dispatch: &crate::dispatch::Dispatch, now: Timestamp, id: IncidentId) -> Need {
    let board = dispatch.board();
    let Some(incident) = board.incident(id) else { return Need::Gone };
    match board.state_of(incident) {
        IncidentState::Closed | IncidentState::Cancelled | IncidentState::Merged => Need::Gone,
        IncidentState::Pending => {
            let Some(place) = &incident.place else { return Need::Nothing };
            let ranking = dispatch.rank(now, place.position, Some(id));
            ranking.candidates.first().map_or(Need::Nothing, |c| Need::Unit(c.unit.clone()))
        }
        IncidentState::Assigned => {
            let mut open = board.assignments_of(incident).filter(|a| a.is_open());
            let silent = open.find(|a| a.overdue && a.state == AssignmentState::Offered);
            silent.map_or(Need::Nothing, |a| Need::TakeBack(a.id))
        }
        IncidentState::New | IncidentState::Held | IncidentState::Active => Need::Nothing,
    }
}
