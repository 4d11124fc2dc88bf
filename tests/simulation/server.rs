//! The server's process around the real keeper, ledger and parser: batches, commits, answers, and starting again.
//!
//! It stands where `desk.rs`, `device/session.rs` and `tracks.rs` stand in the product: it moves messages and waits
//! for the disk, and judges nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use siaga::chain::Entry;
use siaga::clock::Timestamp;
use siaga::desk::keeper::{Aside, Committed, Incoming, Keeper, Page};
use siaga::desk::order::{OrderContent, OrderNote};
use siaga::desk::{Done, Error};
use siaga::device::ledger::Ledger;
use siaga::device::payload::native::{self, Numbered, Refused, StatusRecord};
use siaga::device::record;
use siaga::dispatch::policy::Policy;
use siaga::ids::CommandId;
use siaga::room::Room;

use super::errands::name_of;
use super::news::{Told, tally};
use super::operator::{Heard, Said};
use super::positions::Parcel;
use super::world::{Down, Happening, Mutation, START_MS, World};

/// Requests that wait; the product's desk takes as many.
const ASKS_MAX: usize = 1_024;
const BATCH_MAX: usize = 64;
pub const TICK_MS: i64 = 1_000;

pub struct Server {
    /// Counts the starts; what was meant for an earlier life finds nobody.
    pub life: u32,
    pub up: bool,
    pub keeper: Keeper,
    pub ledgers: Vec<Ledger>,
    /// The connection that the server has with each device.
    pub links: Vec<Option<u32>>,
    pub asks: VecDeque<Ask>,
    pub writing: Option<Writing>,
    pub parcels: VecDeque<Parcel>,
    pub tracks_busy: bool,
    /// The operating system's clock minus the true time when this life began; from then on only true time passes.
    pub clock_off_ms: i64,
}

pub enum Ask {
    Carry { operator: usize, said: Said },
    Status { device: usize, message: Numbered<(u64, StatusRecord)> },
    Link { device: usize, online: bool },
}

pub enum From {
    Operator { operator: usize, id: CommandId },
    Device { device: usize, message: Numbered<(u64, StatusRecord)> },
}

/// A page on its way to the disk.
pub struct Writing {
    pub now: Timestamp,
    pub page: Sent,
    from: Vec<From>,
    fate: Fate,
}

pub enum Sent {
    Page(Box<Page>),
    /// Its answers were given already, which only a mutant does.
    Answered(Vec<Entry>),
}

impl Sent {
    pub fn entries(&self) -> &[Entry] {
        match self {
            Self::Page(page) => page.entries(),
            Self::Answered(entries) => entries,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Written,
    Fails,
    /// It fails, and it is written all the same.
    WrittenUnknown,
    /// It fails, and lands some time later, if it still can.
    WrittenLate,
}

impl Server {
    pub fn new(room: Arc<Room>, policy: Policy, devices: usize) -> Self {
        Self {
            life: 1,
            up: true,
            keeper: Keeper::with_policy(room, policy),
            ledgers: vec![Ledger::default(); devices],
            links: vec![None; devices],
            asks: VecDeque::new(),
            writing: None,
            parcels: VecDeque::new(),
            tracks_busy: false,
            clock_off_ms: 0,
        }
    }

    /// Nothing waits and nothing is being written.
    pub fn is_idle(&self) -> bool {
        self.asks.is_empty() && self.writing.is_none() && self.parcels.is_empty()
    }

    /// Whether the board is what is committed: no page is on its way.
    pub const fn is_between_commits(&self) -> bool {
        self.writing.is_none()
    }
}

impl World {
    /// The server's own time.
    pub fn server_now(&self) -> Timestamp {
        Timestamp::from_ms(START_MS + self.true_ms() + self.server.clock_off_ms)
    }

    pub fn server_asked(&mut self, operator: usize, said: Said) {
        if self.server.asks.len() >= ASKS_MAX {
            let id = said.id;
            return self.reply(operator, id, Heard::Failed);
        }
        self.server.asks.push_back(Ask::Carry { operator, said });
        self.wake_server();
    }

    pub fn server_connects(&mut self, device: usize, connection: u32) {
        self.server.links[device] = Some(connection);
        self.server.asks.push_back(Ask::Link { device, online: true });
        self.wake_server();
    }

    pub fn server_disconnects(&mut self, device: usize) {
        if self.server.links[device].take().is_some() {
            self.server.asks.push_back(Ask::Link { device, online: false });
            self.wake_server();
        }
    }

    pub fn server_hears_status(&mut self, device: usize, payload: &[u8]) {
        // A message that cannot be read is dropped; the network will bring it whole another time.
        let Ok(message) = native::decode_status(payload) else { return };
        let Numbered { boot, base, records: (seq, judged) } = message;
        let said = match judged {
            Ok(said) => said,
            Err(why) => {
                self.mark_safe(device, &boot, &[seq]);
                let through = self.server.ledgers[device].commit(&boot, base, std::iter::once(seq));
                let refused = [Refused::unbelievable(seq, &why)];
                return self.send_ack(device, &boot, through, &refused);
            }
        };
        let message = Numbered { boot, base, records: (seq, said) };
        if self.server.asks.len() < ASKS_MAX {
            self.server.asks.push_back(Ask::Status { device, message });
            self.wake_server();
        }
    }

    fn wake_server(&mut self) {
        let delay_ms = self.chance.between(0, 10);
        self.after(delay_ms, Happening::Work(self.server.life));
    }

    pub fn server_tick(&mut self) {
        self.after(TICK_MS, Happening::Tick(self.server.life));
        self.batch(true);
    }

    pub fn server_works(&mut self) {
        if !self.server.asks.is_empty() {
            self.batch(false);
        }
    }

    /// One batch, as `Task::work` does it.
    fn batch(&mut self, tick: bool) {
        if self.server.writing.is_some() || (self.server.asks.is_empty() && !tick) {
            return;
        }
        let now = self.server_now();
        let count = self.server.asks.len().min(BATCH_MAX);
        let asks: Vec<Ask> = self.server.asks.drain(..count).collect();
        let mut carried = Vec::with_capacity(asks.len());
        for ask in asks {
            match ask {
                Ask::Carry { operator, said } => {
                    let from = From::Operator { operator, id: said.id };
                    tally(&mut self.journal.commands, &name_of(&said.command));
                    carried.push((from, said.request(operator)));
                }
                Ask::Status { device, message } => {
                    let ambulance = &self.ambulances[device];
                    let (name, unit) = (&ambulance.name, &ambulance.unit);
                    let (seq, said) = &message.records;
                    let request = record::request_of(name, unit, &message.boot, *seq, said);
                    tally(&mut self.journal.commands, &name_of(&request.command));
                    carried.push((From::Device { device, message }, request));
                }
                Ask::Link { device, online } => {
                    let unit = self.ambulances[device].unit.clone();
                    let (_, order) = self.server.keeper.note_link(now, &unit, online);
                    order.into_iter().for_each(|note| self.send_order(&note));
                }
            }
        }
        if self.server.keeper.is_suspect() && !self.catch_up(false) {
            carried.into_iter().for_each(|(from, _)| self.answer(from, Err(failed())));
            return self.reconcile(now);
        }
        let mut from = Vec::with_capacity(carried.len());
        let mut incoming = Vec::with_capacity(carried.len());
        for (who, request) in carried {
            let remembered = self.server.keeper.remembers(request.id)
                && self.mutation != Mutation::CommandsForgotten;
            if remembered && self.chance.happens(self.swarm.read_fails) {
                self.answer(who, Err(failed()));
                continue;
            }
            let before = remembered.then(|| self.disk.command_entries(request.id));
            incoming.push(Incoming { request, sealed: None, before });
            from.push(who);
        }
        let id = CommandId::from_uuid(self.chance.uuid());
        let page = self.server.keeper.prepare(now, id, incoming);
        self.write(now, page, from);
    }

    fn write(&mut self, now: Timestamp, page: Page, from: Vec<From>) {
        if page.entries().is_empty() {
            return self.succeed(now, page, from);
        }
        let swarm = &self.swarm;
        let (fails, unknown, late) = (swarm.write_fails, swarm.write_unknown, swarm.write_late);
        let fate = if self.chance.happens(fails) {
            Fate::Fails
        } else if self.chance.happens(unknown) {
            Fate::WrittenUnknown
        } else if self.chance.happens(late) {
            Fate::WrittenLate
        } else {
            Fate::Written
        };
        let delay_ms = self.chance.between(1, 2 * self.swarm.write_ms);
        self.after(delay_ms, Happening::Written(self.server.life));
        if self.mutation == Mutation::ToldBeforeCommit {
            let sent = Sent::Answered(page.entries().to_vec());
            self.succeed(now, page, from);
            self.server.writing = Some(Writing { now, page: sent, from: Vec::new(), fate });
            return;
        }
        self.server.writing = Some(Writing { now, page: Sent::Page(Box::new(page)), from, fate });
    }

    /// The disk has answered, one way or the other.
    pub fn server_written(&mut self) {
        let Some(Writing { now, page, from, fate }) = self.server.writing.take() else {
            return;
        };
        let lands = matches!(fate, Fate::Written | Fate::WrittenUnknown);
        let landed = lands && self.land(page.entries(), now);
        if fate == Fate::WrittenLate {
            let delay_ms = self.chance.between(1, 5_000);
            self.after(delay_ms, Happening::LateWrite(page.entries().to_vec(), now));
        }
        let Sent::Page(page) = page else { return };
        if landed && fate == Fate::Written {
            self.succeed(now, *page, from);
        } else {
            self.server.keeper.failed(*page);
            from.into_iter().for_each(|from| self.answer(from, Err(failed())));
            self.reconcile(now);
        }
        if !self.server.asks.is_empty() {
            self.wake_server();
        }
    }

    /// Writes a page to the disk, whoever wrote it.
    pub fn land(&mut self, entries: &[Entry], decided_at: Timestamp) -> bool {
        if self.mutation == Mutation::PageLost && self.chance.below(50) == 0 {
            return true;
        }
        let mut altered;
        let mut entries = entries;
        if self.mutation == Mutation::EntryAltered && self.chance.below(50) == 0 {
            altered = entries.to_vec();
            altered[0].actor.push('x');
            entries = &altered;
        }
        match self.disk.append(entries, decided_at) {
            Ok(written) => {
                self.news.written.extend(written);
                true
            }
            Err(_) => false,
        }
    }

    fn succeed(&mut self, now: Timestamp, page: Page, from: Vec<From>) {
        let Committed { entries, answers } = self.server.keeper.committed(now, page);
        // What the screens are told is made now and then only: it is dear, and decides nothing.
        if self.steps.is_multiple_of(8) {
            let change = self.server.keeper.change(now, &entries, Aside::default());
            assert_eq!(change.map_or(0, |change| change.entries.len()), entries.len());
        }
        let told = entries.iter().map(|entry| Told::Entry(entry.seq, entry.hash));
        self.news.told.extend(told);
        for (from, answer) in from.into_iter().zip(answers) {
            self.answer(from, answer);
        }
        self.reconcile(now);
    }

    fn reconcile(&mut self, now: Timestamp) {
        for note in self.server.keeper.orders_due(now) {
            self.send_order(&note);
        }
    }

    fn answer(&mut self, from: From, answer: Result<Done, Error>) {
        match from {
            From::Operator { operator, id } => {
                let heard = match answer {
                    Ok(done) => Heard::Done(done.entries.iter().map(|e| (e.seq, e.hash)).collect()),
                    Err(Error::Refused(_)) => Heard::Refused,
                    Err(Error::Busy | Error::Stopped | Error::Store(_) | Error::Bug) => {
                        Heard::Failed
                    }
                };
                self.reply(operator, id, heard);
            }
            From::Device { device, message } => self.answer_status(device, &message, &answer),
        }
    }

    /// As `Session::hear_status` does it: no answer when nothing was committed.
    fn answer_status(
        &mut self,
        device: usize,
        message: &Numbered<(u64, StatusRecord)>,
        answer: &Result<Done, Error>,
    ) {
        let (seq, record) = &message.records;
        let refused = match answer {
            Ok(_) => {
                if let native::Said::OfOrder(assignment, status) = record.said.clone() {
                    self.news.told.push(Told::Status { assignment, status });
                }
                Vec::new()
            }
            Err(Error::Refused(refusal)) => vec![record::refused(*seq, refusal)],
            Err(Error::Busy | Error::Stopped | Error::Store(_) | Error::Bug) => return,
        };
        self.mark_safe(device, &message.boot, &[*seq]);
        let seqs = std::iter::once(*seq);
        let through = self.server.ledgers[device].commit(&message.boot, message.base, seqs);
        self.send_ack(device, &message.boot, through, &refused);
    }

    pub fn mark_safe(&mut self, device: usize, boot: &str, seqs: &[u64]) {
        let ambulance = &mut self.ambulances[device];
        if ambulance.boot_name() == boot {
            let forgotten = ambulance.records.forgotten;
            ambulance.records.safe.extend(seqs.iter().filter(|seq| **seq > forgotten));
        }
    }

    fn send_order(&mut self, note: &OrderNote) {
        let offered = matches!(note.content, OrderContent::Offered { .. });
        self.news.told.push(Told::Order { assignment: note.assignment, offered });
        let payload = native::encode_order(note).to_vec();
        let device = self.ambulances.iter().position(|a| a.unit == note.unit).unwrap();
        if self.server.links[device].is_some() {
            self.send_down(Down::Order(device), payload);
        }
    }

    pub fn send_ack(&mut self, device: usize, boot: &str, through: u64, refused: &[Refused]) {
        if self.server.links[device].is_some() {
            let too_far = u64::from(self.mutation == Mutation::AckedTooFar);
            let payload = native::encode_ack(boot, through + too_far, refused).to_vec();
            self.send_down(Down::Ack(device), payload);
        }
    }
}

fn failed() -> Error {
    Error::Store("the disk failed".to_owned())
}
