//! One run: a queue of happenings in the order of a fake time, on one thread. Everything follows from the seed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, OnceLock};

use siaga::chain::Entry;
use siaga::clock::Timestamp;
use siaga::dispatch::policy::Policy;
use siaga::gazetteer::Regency;
use siaga::ids::{AreaId, CommandId, UnitId};
use siaga::place::Position;
use siaga::room::Room;
use siaga::store::{Area, Facility, RosterUnit};

use super::ambulance::Ambulance;
use super::chance::{Chance, mixed};
use super::disk::Disk;
use super::news::{Journal, News, Told, tally};
use super::operator::{Heard, Operator, Said};
use super::promises::{self, Broken};
use super::server::Server;
use super::swarm::Swarm;

/// The true time at which every run begins: 2025-11-23, late in Jember's afternoon, so that a midnight comes soon.
pub const START_MS: i64 = 1_763_902_800_000;
/// Heavy checks come after so many steps.
pub const HEAVY_EVERY: u64 = 8_192;
const STRAGGLES: i64 = 60;
/// What the units of the simulated fleet can do; each has another share of it.
pub const CAPABILITIES: [&str; 2] = ["maternal", "ventilator"];
pub const FACILITIES: [&str; 3] = ["rsd", "pkm-timur", "pkm-barat"];

/// What may be made wrong on purpose, to prove that the promises can break. None of it is in the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    None,
    /// Busy units are offered by somebody who does not look; the disk's index stands.
    BusyIgnored,
    /// The same without the index.
    BusyIgnoredWithoutIndex,
    ToldBeforeCommit,
    CommandsForgotten,
    AckedBeforeStored,
    /// An acknowledgement says one more than it should.
    AckedTooFar,
    /// A crash takes the last committed page with it.
    TailLost,
    /// A page is reported as written and is not.
    PageLost,
    ReplayAltered,
    EntryAltered,
    StepBack,
    ReceivedMoved,
    EndedReopened,
    DeviceTimeUsed,
    BadFixMoves,
    /// A device's receiver gives a place that is no number.
    UnreadableFix,
    /// A copy of the board overlooks a further call that came in before the first.
    FurtherCallMissed,
    /// A copy of the board loses a step's time when an incident is split off.
    SplitLosesTime,
    /// A copy of the board forgets an incident whose unit was taken away.
    BumpedForgotten,
    /// The system orders a unit out though its mode is off.
    SystemOrders,
    DowngradeUnexplained,
    CorrectionUnexplained,
    DrillMerged,
    /// The system orders a unit out to somebody who is not next.
    QueueJumped,
    /// Two accept one order and nobody is withdrawn.
    SecondAcceptance,
    /// The system passes a referral on without saying where the patient is.
    ReferralLost,
    /// The clock gives up an offer though nobody else was asked.
    LastOfferTimedOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Anything may go wrong, nothing may be broken.
    Safety,
    /// Nothing goes wrong any more, everything must come to rest.
    Liveness,
}

/// A message to the server.
#[derive(Clone)]
pub enum Up {
    Ask { operator: usize, said: Said },
    Publish { device: usize, fixes: bool, payload: Vec<u8> },
}

/// A message to a device.
#[derive(Clone, Copy)]
pub enum Down {
    Order(usize),
    Ack(usize),
}

/// Something that happens at a moment of the fake time. A number is the life of the server for which it is meant.
pub enum Happening {
    Tick(u32),
    Work(u32),
    Written(u32),
    TracksWritten(u32),
    LateWrite(Vec<Entry>, Timestamp),
    Start,
    DeviceTurn(usize),
    OperatorTurn(usize),
    Up(Up),
    Down(Down, Vec<u8>),
    Reply(usize, CommandId, Heard),
    Mischief,
    Heal(usize),
}

struct Timed {
    at_ms: i64,
    order: u64,
    happening: Happening,
}

impl PartialEq for Timed {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}
impl Eq for Timed {}
impl PartialOrd for Timed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Timed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ms, self.order).cmp(&(other.at_ms, other.order))
    }
}

pub struct World {
    pub mutation: Mutation,
    pub phase: Phase,
    pub swarm: Swarm,
    pub chance: Chance,
    /// Time of the queue since the start, without the nights; never goes back.
    pub now_ms: i64,
    /// Nights that were passed over.
    pub nights_ms: i64,
    pub last_night_ms: i64,
    /// The operating system's clock minus the true time, as the server would read it at a start.
    pub os_clock_off_ms: i64,
    pub room: Arc<Room>,
    pub policy: Policy,
    pub disk: Disk,
    pub server: Server,
    pub ambulances: Vec<Ambulance>,
    pub operators: Vec<Operator>,
    pub connections: u32,
    pub restarts: u64,
    pub news: News,
    pub journal: Journal,
    pub steps: u64,
    /// A hash over everything that happened.
    pub trace: u64,
    queue: BinaryHeap<Reverse<Timed>>,
    order: u64,
}

impl World {
    pub fn new(seed: u64, mutation: Mutation) -> Self {
        let mut chance = Chance::new(mixed(seed));
        let swarm = Swarm::drawn(&mut chance);
        let room = Arc::new(room(swarm.units));
        let policy = Policy {
            pass_on_automatically: swarm.passes_on,
            dispatch_automatically: swarm.dispatches,
            ..room.policy()
        };
        let skew = |chance: &mut Chance| chance.between(-swarm.skew_ms, swarm.skew_ms);
        let units = room.units().iter();
        let ambulances =
            units.map(|unit| Ambulance::new(unit.id.clone(), &swarm, skew(&mut chance)));
        let ambulances: Vec<Ambulance> = ambulances.collect();
        let disk = Disk::new(&room, policy.clone(), mutation);
        let mut world = Self {
            mutation,
            phase: Phase::Safety,
            chance,
            now_ms: 0,
            nights_ms: 0,
            last_night_ms: 0,
            os_clock_off_ms: 0,
            disk,
            server: Server::new(room.clone(), policy.clone(), ambulances.len()),
            room,
            policy,
            ambulances,
            // The last one is the page on which crews say what their devices have no button for.
            operators: (0..=swarm.operators).map(|_| Operator::default()).collect(),
            connections: 0,
            restarts: 0,
            news: News::default(),
            journal: Journal::default(),
            steps: 0,
            trace: seed,
            queue: BinaryHeap::new(),
            order: 0,
            swarm,
        };
        world.after(0, Happening::Tick(1));
        world.after(world.swarm.mischief_ms, Happening::Mischief);
        (0..world.ambulances.len()).for_each(|i| world.after(i as i64, Happening::DeviceTurn(i)));
        (0..world.operators.len()).for_each(|i| world.after(i as i64, Happening::OperatorTurn(i)));
        world
    }

    /// True time since the start.
    pub const fn true_ms(&self) -> i64 {
        self.now_ms + self.nights_ms
    }

    pub fn after(&mut self, delay_ms: i64, happening: Happening) {
        self.order += 1;
        let at_ms = self.now_ms + delay_ms;
        self.queue.push(Reverse(Timed { at_ms, order: self.order, happening }));
    }

    /// Lets the next thing happen and checks every promise on what came of it.
    pub fn step(&mut self) -> Result<(), Broken> {
        let Some(Reverse(next)) = self.queue.pop() else { return Ok(()) };
        self.now_ms = next.at_ms;
        self.steps += 1;
        self.trace = mixed(self.trace ^ next.at_ms as u64 ^ (next.order << 32));
        self.happen(next.happening);
        if self.news.is_empty() && !self.steps.is_multiple_of(HEAVY_EVERY) {
            return Ok(());
        }
        for written in &self.news.written {
            let entry = written.entry(&self.disk);
            tally(&mut self.journal.events, entry.event.kind());
            let hash = entry.hash;
            self.trace = mixed(self.trace ^ u64::from_le_bytes(hash[..8].try_into().unwrap()));
        }
        let checked = promises::check(self);
        self.journal.keep(&self.news);
        self.news.clear();
        checked
    }

    fn happen(&mut self, happening: Happening) {
        let here = |life: u32| self.server.up && life == self.server.life;
        match happening {
            Happening::Tick(life) if here(life) => self.server_tick(),
            Happening::Work(life) if here(life) => self.server_works(),
            Happening::Written(life) if here(life) => self.server_written(),
            Happening::TracksWritten(life) if here(life) => self.tracks_written(),
            Happening::Tick(_)
            | Happening::Work(_)
            | Happening::Written(_)
            | Happening::TracksWritten(_) => {}
            Happening::LateWrite(entries, now) => drop(self.land(&entries, now)),
            Happening::Start => self.server_starts(),
            Happening::DeviceTurn(index) => self.device_turn(index),
            Happening::OperatorTurn(index) => self.operator_turn(index),
            Happening::Up(up) => self.server_hears(up),
            Happening::Down(Down::Order(device), payload) => {
                self.device_hears(device, true, &payload);
            }
            Happening::Down(Down::Ack(device), payload) => {
                self.device_hears(device, false, &payload);
            }
            Happening::Reply(operator, id, heard) => self.operator_hears(operator, id, &heard),
            Happening::Mischief => self.mischief(),
            Happening::Heal(index) => self.rejoin(index),
        }
    }

    fn server_hears(&mut self, up: Up) {
        match up {
            Up::Ask { .. } | Up::Publish { .. } if !self.server.up => {}
            Up::Ask { operator, said } => self.server_asked(operator, said),
            Up::Publish { device, fixes: true, payload } => {
                self.server_hears_fixes(device, &payload);
            }
            Up::Publish { device, fixes: false, payload } => {
                self.server_hears_status(device, &payload);
            }
        }
    }

    pub fn send_up(&mut self, mut up: Up) {
        if let Up::Publish { device, payload, .. } = &mut up {
            if self.ambulances[*device].cut {
                return;
            }
            if self.chance.happens(self.swarm.cut_short) {
                let length = self.chance.index(payload.len());
                payload.truncate(length);
            }
        }
        let copies = self.copies();
        if copies > 1 {
            let delay_ms = self.delay_ms();
            self.after(delay_ms, Happening::Up(up.clone()));
        }
        if copies > 0 {
            let delay_ms = self.delay_ms();
            self.after(delay_ms, Happening::Up(up));
        }
    }

    pub fn send_down(&mut self, down: Down, payload: Vec<u8>) {
        let (Down::Order(device) | Down::Ack(device)) = down;
        if self.ambulances[device].cut {
            return;
        }
        let copies = self.copies();
        if copies > 1 {
            let delay_ms = self.delay_ms();
            self.after(delay_ms, Happening::Down(down, payload.clone()));
        }
        if copies > 0 {
            let delay_ms = self.delay_ms();
            self.after(delay_ms, Happening::Down(down, payload));
        }
    }

    pub fn reply(&mut self, operator: usize, id: CommandId, heard: Heard) {
        match &heard {
            Heard::Done(entries) => {
                let told = entries.iter().map(|(seq, hash)| Told::Entry(*seq, *hash));
                self.news.told.extend(told);
                self.news.replies.push((id, Some(entries.clone())));
            }
            Heard::Refused => self.news.replies.push((id, None)),
            Heard::Failed => {}
        }
        for _ in 0..self.copies() {
            let delay_ms = self.delay_ms();
            self.after(delay_ms, Happening::Reply(operator, id, heard.clone()));
        }
    }

    fn copies(&mut self) -> u32 {
        if self.chance.happens(self.swarm.lost) {
            return 0;
        }
        1 + u32::from(self.chance.happens(self.swarm.doubled))
    }

    fn delay_ms(&mut self) -> i64 {
        let straggles = self.chance.happens(self.swarm.straggler);
        let delay_ms = self.chance.between(1, self.swarm.delay_ms);
        if straggles { delay_ms * STRAGGLES } else { delay_ms }
    }
}

fn room(units: usize) -> Room {
    static REGENCY: OnceLock<Regency> = OnceLock::new();
    let regency = REGENCY.get_or_init(|| Regency::load("35.09").unwrap()).clone();
    let area = Area {
        id: AreaId::new("35.09").unwrap(),
        name: regency.name.clone(),
        timezone: "Asia/Jakarta".to_owned(),
    };
    let unit = |index: u32| RosterUnit {
        id: UnitId::new(&format!("AMB-{index:02}")).unwrap(),
        index,
        name: format!("Ambulans {index}"),
        village: "35.09.30.2001".to_owned(),
        post: Position::new(-8.2 + f64::from(index) * 0.01, 113.7).unwrap(),
        // Every kind of unit that two abilities make.
        capabilities: CAPABILITIES
            .iter()
            .enumerate()
            .filter(|(bit, _)| index >> bit & 1 == 1)
            .map(|(_, word)| (*word).to_owned())
            .collect(),
    };
    let facility = |(id, care, lon): (&str, &[&str], f64)| Facility {
        id: id.to_owned(),
        name: format!("{id} (demo)"),
        kind: "hospital".to_owned(),
        position: Position::new(-8.15, lon).unwrap(),
        capabilities: care.iter().map(|word| (*word).to_owned()).collect(),
        demo: true,
    };
    let units = (0..u32::try_from(units).unwrap()).map(unit).collect();
    let [rsd, east, west] = FACILITIES;
    let facilities: [(&str, &[&str], f64); 3] =
        [(rsd, &["poned", "ponek"], 113.71), (east, &["poned"], 113.78), (west, &[], 113.66)];
    Room::new(area, regency, units, facilities.into_iter().map(facility).collect())
}
