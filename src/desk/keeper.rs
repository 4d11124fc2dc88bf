//! The desk's judgement as a plain value: decides batches, remembers commands, reconciles orders. Waits for nothing,
//! asks no clock and draws no chance.
//!
//! The task in `desk.rs` moves messages, awaits the store and calls these verbs; a simulator can call the same ones.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::order::{self, OrderNote};
use super::{Done, Error, Papers, Request};
use crate::chain::{Draft, Entry, GENESIS, PrivateRef};
use crate::clock::Timestamp;
use crate::dispatch::board::Board;
use crate::dispatch::command::Command;
use crate::dispatch::event::Event;
use crate::dispatch::fleet::Judged;
use crate::dispatch::policy::Policy;
use crate::dispatch::unit::{DeviceCard, DeviceNote, Fix};
use crate::dispatch::{Dispatch, Order};
use crate::ids::{AidId, AssignmentId, CommandId, IncidentId, UnitId};
use crate::private::{PositionNews, Private};
use crate::roads::Roads;
use crate::roads::learned::Learned;
use crate::room::Room;
use crate::store::PrivateRecord;
use crate::view::AlarmView;

/// An order is repeated after this long without confirmation.
const ORDER_REPEATED_MS: i64 = 5_000;
/// A command said again within this time is answered as the first time.
const COMMANDS_REMEMBERED_MS: i64 = 48 * 60 * 60 * 1000;

/// Commands without effect that are remembered at most: an hour of a busy room.
const IDLE_REMEMBERED_MAX: usize = 1_024;

/// What one tick makes due is looked at so often; what is left then is due a second later.
const TICKS_MAX: usize = 8;

/// Everything a desk knows between two commits.
#[derive(Debug)]
pub struct Keeper {
    dispatch: Dispatch,
    papers: Papers,
    /// The last committed entry.
    head: Option<Entry>,
    /// The last commit failed in a way that leaves open whether it happened: read the log before going on.
    suspect: bool,
    /// A page was prepared and its fate has not been told yet.
    waiting: bool,
    remembered: BTreeMap<CommandId, Timestamp>,
    /// Commands that had nothing to change, oldest first; they stand in no log, so a restart forgets them.
    idle: VecDeque<CommandId>,
    /// The alarms as the screens know them.
    pub(super) alarms: Vec<AlarmView>,
    /// When each unconfirmed order was last sent.
    told: BTreeMap<(AssignmentId, bool), Timestamp>,
}

/// A request on its way into a batch.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub request: Request,
    /// The personal data of a call; sealed beforehand, because sealing draws a random salt.
    pub sealed: Option<Sealed>,
    /// The first answer, read from the log, of a command that the keeper remembers.
    pub before: Option<Vec<Entry>>,
}

/// Personal data ready to be stored, and as the room shows it.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub record: PrivateRecord,
    pub reference: PrivateRef,
    pub private: Private,
}

/// What a batch wants written. The state says it already; whoever wrote it says `committed` or `failed`.
#[derive(Debug, Default)]
pub struct Page {
    entries: Vec<Entry>,
    records: Vec<PrivateRecord>,
    private: Vec<(IncidentId, Private)>,
    /// One for each request, in their order; nobody may see them before the commit.
    answers: Vec<Result<Done, Error>>,
    /// Commands that had nothing to change.
    idle: Vec<CommandId>,
    /// The board before the first entry.
    saved: Option<Board>,
}

impl Page {
    /// The entries to be written, in their order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The personal data to be written with them.
    #[must_use]
    pub fn records(&self) -> &[PrivateRecord] {
        &self.records
    }
}

/// What changed beside the log since the screens were told last.
#[derive(Debug, Default)]
pub struct Aside {
    /// Units whose devices came, went or took turns, or that are expected at another time.
    pub units: Vec<UnitId>,
    /// Incidents whose caller gave a position, or where one was answered.
    pub incidents: Vec<IncidentId>,
}

impl Aside {
    pub(super) const fn is_empty(&self) -> bool {
        self.units.is_empty() && self.incidents.is_empty()
    }
}

/// What may be told once a page is on disk.
#[derive(Debug)]
pub struct Committed {
    pub entries: Vec<Entry>,
    /// One for each request of the batch, in their order.
    pub answers: Vec<Result<Done, Error>>,
}

impl Keeper {
    /// An area of which no log was read yet.
    #[must_use]
    pub fn new(room: Arc<Room>) -> Self {
        let policy = room.policy();
        Self::with_policy(room, policy)
    }

    /// The same under other rules than the room's own.
    #[must_use]
    pub fn with_policy(room: Arc<Room>, policy: Policy) -> Self {
        Self {
            dispatch: room.dispatch_by(policy),
            papers: Papers { room, private: BTreeMap::new() },
            head: None,
            suspect: false,
            waiting: false,
            remembered: BTreeMap::new(),
            idle: VecDeque::new(),
            alarms: Vec::new(),
            told: BTreeMap::new(),
        }
    }

    /// The committed state, between two batches.
    #[must_use]
    pub const fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Names and the personal data in view.
    #[must_use]
    pub const fn papers(&self) -> &Papers {
        &self.papers
    }

    /// Number of the last committed entry; 0 before the first.
    #[must_use]
    pub fn head_seq(&self) -> u64 {
        self.head.as_ref().map_or(0, |entry| entry.seq)
    }

    /// Whether the log must be read before the next batch.
    #[must_use]
    pub const fn is_suspect(&self) -> bool {
        self.suspect
    }

    /// Whether this command was answered before: its entries stand in the log, none when it had nothing to change.
    #[must_use]
    pub fn remembers(&self, command: CommandId) -> bool {
        self.remembered.contains_key(&command) || self.idle.contains(&command)
    }

    /// Decides each request on the state that the ones before it leave, and then what time alone has made due.
    ///
    /// `tick` is the id under which the log keeps what time has made due.
    #[must_use]
    pub fn prepare(&mut self, now: Timestamp, tick: CommandId, requests: Vec<Incoming>) -> Page {
        assert!(!self.suspect, "the log is read before anything is decided on it");
        assert!(!self.waiting, "one page at a time");
        self.waiting = true;
        let mut page = Page::default();
        for incoming in requests {
            let answer = self.carry(now, incoming, &mut page);
            page.answers.push(answer);
        }
        self.let_time_pass(now, tick, &mut page);
        page
    }

    /// The page is on disk, or had nothing to write: what it says may be told.
    pub fn committed(&mut self, now: Timestamp, page: Page) -> Committed {
        assert!(self.waiting, "a page is prepared before it is committed");
        self.waiting = false;
        for entry in &page.entries {
            self.remembered.insert(entry.command, entry.at);
        }
        self.idle.extend(page.idle);
        let too_many = self.idle.len().saturating_sub(IDLE_REMEMBERED_MAX);
        self.idle.drain(..too_many);
        for (incident, private) in page.private {
            self.papers.private.entry(incident).or_default().add(now, private);
        }
        if page.entries.iter().any(|e| matches!(e.event, Event::IncidentEnded { .. })) {
            let board = self.dispatch.board();
            self.papers.private.retain(|incident, _| {
                let asked = board.aid_asked(AidId::from_uuid(incident.uuid()));
                board.incident(*incident).is_some() || asked.is_some()
            });
            self.forget_commands(now);
        }
        if let Some(last) = page.entries.last() {
            self.head = Some(last.clone());
        }
        Committed { entries: page.entries, answers: page.answers }
    }

    /// The page could not be written, or nobody knows whether it was: the state is as before it, and suspect.
    pub fn failed(&mut self, page: Page) {
        assert!(self.waiting, "a page is prepared before it fails");
        self.waiting = false;
        if let Some(saved) = page.saved {
            self.dispatch.restore_board(saved);
        }
        self.suspect = true;
    }

    /// Takes entries of the log that follow what is known; says in a sentence what is wrong with them.
    pub fn replay(&mut self, entries: Vec<Entry>) -> Result<(), String> {
        for entry in entries {
            entry.verify(self.head.as_ref())?;
            self.dispatch.apply(entry.at, &entry.event);
            self.remembered.insert(entry.command, entry.at);
            self.head = Some(entry);
        }
        Ok(())
    }

    /// The log has been read to its end.
    pub fn caught_up(&mut self, now: Timestamp) {
        self.forget_commands(now);
        self.suspect = false;
    }

    /// Takes the personal data of every incident in view, oldest record first, in place of what was known.
    pub fn open_private(&mut self, records: &[PrivateRecord]) {
        self.papers.private.clear();
        for record in records {
            let file = self.papers.private.entry(record.incident).or_default();
            file.add(record.at, Private::open(record));
        }
    }

    /// Notes that a unit's device came or went: whether that is news, and the order to be said again.
    ///
    /// A device that has just come may have lost its memory: it is told again, confirmed or not.
    pub fn note_link(
        &mut self,
        now: Timestamp,
        unit: &UnitId,
        online: bool,
    ) -> (bool, Option<OrderNote>) {
        let is_news = self.dispatch.observe_link(now, unit, online);
        let open = self.dispatch.board().open_assignment_of(unit).filter(|_| online);
        let Some(assignment) = open.map(|assignment| assignment.id) else { return (is_news, None) };
        let order = Order::Offered(assignment);
        self.told.insert(order::key(order), now);
        (is_news, order::note(&self.dispatch, &self.papers, unit, order, now))
    }

    /// Notes what a device did beside giving its position.
    pub fn note_device(
        &mut self,
        now: Timestamp,
        unit: &UnitId,
        card: &DeviceCard,
        note: DeviceNote,
    ) {
        self.dispatch.note_device(now, unit, card, note);
    }

    /// Notes what became of a caller's position; says whether the screens should hear of it.
    pub fn note_position(&mut self, incident: IncidentId, news: PositionNews) -> bool {
        let is_known = self.dispatch.board().incident(incident).is_some();
        is_known && self.papers.private.entry(incident).or_default().hear(news)
    }

    /// Judges a position of a unit; `None`: no such unit.
    pub fn observe(&mut self, unit: &UnitId, fix: Fix) -> Option<Judged> {
        self.dispatch.observe(unit, fix)
    }

    /// Makes estimates of arrivals anew; answers the units of which the screens should be told.
    pub fn estimate_arrivals(&mut self, now: Timestamp) -> Vec<UnitId> {
        self.dispatch.estimate_arrivals(now)
    }

    /// Ranks along these roads from now on.
    pub fn set_roads(&mut self, roads: Option<Arc<Roads>>) {
        self.dispatch.set_roads(roads);
    }

    /// Corrects travel times by road by this from now on.
    pub fn set_learned(&mut self, learned: Option<Arc<Learned>>) {
        self.dispatch.set_learned(learned);
    }

    /// Puts back a unit's last known place after a restart.
    pub fn restore_fix(&mut self, unit: &UnitId, fix: Fix) {
        self.dispatch.restore_fix(unit, fix);
    }

    /// Every order that is unconfirmed and was not sent just now; it counts as sent from here on.
    pub fn orders_due(&mut self, now: Timestamp) -> Vec<OrderNote> {
        let mut told = BTreeMap::new();
        let mut notes = Vec::new();
        for (unit, order) in self.dispatch.unconfirmed_orders(now) {
            let key = order::key(order);
            let last = self.told.get(&key).copied();
            if last.is_some_and(|at| now.ms_since(at) < ORDER_REPEATED_MS) {
                told.extend(last.map(|at| (key, at)));
                continue;
            }
            told.insert(key, now);
            notes.extend(order::note(&self.dispatch, &self.papers, &unit, order, now));
        }
        self.told = told;
        notes
    }

    fn carry(
        &mut self,
        now: Timestamp,
        incoming: Incoming,
        page: &mut Page,
    ) -> Result<Done, Error> {
        let Incoming { request, sealed, before } = incoming;
        if let Some(entries) = said_in(page, request.id).or(before) {
            return Ok(Done { entries });
        }
        let decide = AssertUnwindSafe(|| self.dispatch.decide(now, &request.command));
        let events = catch_unwind(decide).map_err(|_| {
            tracing::error!(command = %request.id, "a command met a fault in the core; it was refused");
            Error::Bug
        })??;
        if events.is_empty() {
            page.idle.push(request.id);
        }
        let is_personal = events.iter().any(|event| event.personal_of().is_some());
        let mut private_ref = None;
        if let Some(sealed) = sealed.filter(|_| is_personal) {
            page.private.push((sealed.record.incident, sealed.private));
            page.records.push(sealed.record);
            private_ref = Some(sealed.reference);
        }
        let from = page.entries.len();
        for event in events {
            let private = event.personal_of().and_then(|_| private_ref.take());
            let draft = Draft {
                at: now,
                device_at: request.device_at,
                actor: request.actor.0.clone(),
                command: request.id,
                event,
                private,
            };
            self.write(draft, page);
        }
        Ok(Done { entries: page.entries.get(from..).unwrap_or_default().to_vec() })
    }

    /// What time has made due, and what that makes due in turn: a freed unit serves the queue in the same commit.
    fn let_time_pass(&mut self, now: Timestamp, command: CommandId, page: &mut Page) {
        for _ in 0..TICKS_MAX {
            let decide = AssertUnwindSafe(|| self.dispatch.decide(now, &Command::Tick));
            let Ok(Ok(events)) = catch_unwind(decide) else {
                tracing::error!("the tick met a fault in the core; tried again in a second");
                return;
            };
            if events.is_empty() {
                return;
            }
            for event in events {
                let actor = "system".to_owned();
                let draft =
                    Draft { at: now, device_at: None, actor, command, event, private: None };
                self.write(draft, page);
            }
        }
    }

    /// Gives an event its place in the log and lets the state say it; both are taken back if the commit fails.
    fn write(&mut self, draft: Draft, page: &mut Page) {
        page.saved.get_or_insert_with(|| self.dispatch.board().clone());
        let last = page.entries.last().or(self.head.as_ref());
        let (seq, prev_hash) = last.map_or((0, GENESIS), |last| (last.seq, last.hash));
        let entry = Entry::seal(draft, seq + 1, prev_hash);
        self.dispatch.apply(entry.at, &entry.event);
        page.entries.push(entry);
    }

    fn forget_commands(&mut self, now: Timestamp) {
        let oldest = now.plus_ms(-COMMANDS_REMEMBERED_MS);
        self.remembered.retain(|_, at| *at >= oldest);
    }
}

/// The first answer to a command that is said twice within one batch.
fn said_in(page: &Page, id: CommandId) -> Option<Vec<Entry>> {
    let said: Vec<Entry> = page.entries.iter().filter(|e| e.command == id).cloned().collect();
    (!said.is_empty() || page.idle.contains(&id)).then_some(said)
}
