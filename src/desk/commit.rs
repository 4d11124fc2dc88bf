//! One batch of the desk's work: decide each command on the state that the ones before it leave, commit all of it
//! at once, then answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Ask, COMMANDS_REMEMBERED_MS, Done, Error, Keeper, Reply, Request};
use crate::chain::{Draft, Entry, PrivateRef};
use crate::clock::Timestamp;
use crate::dispatch::command::Command;
use crate::dispatch::event::Event;
use crate::ids::{CommandId, IncidentId, UnitId};
use crate::private::Private;
use crate::store::{self, ENTRIES_PAGE_MAX, PrivateRecord};
use crate::tracks::error_chain;

/// What a batch wants written.
#[derive(Default)]
struct Page {
    entries: Vec<Entry>,
    records: Vec<PrivateRecord>,
    private: Vec<(IncidentId, Private)>,
}

/// An answer that waits for the commit.
type Pending = (Reply, Result<Done, Error>);

impl Keeper {
    /// Does a batch of work; an empty one lets time pass.
    pub(super) async fn work(&mut self, batch: Vec<Ask>) {
        let now = self.setup.clock.now();
        let mut requests = Vec::new();
        let mut looks = Vec::new();
        let mut links = Vec::new();
        for ask in batch {
            match ask {
                Ask::Carry(request, reply) => requests.push((request, reply)),
                Ask::Look(look) => looks.push(look),
                Ask::Link { unit, online } => links.push((unit, online)),
            }
        }
        let linked = self.note_links(now, links);
        self.carry_all(now, requests, linked).await;
        for look in looks {
            look(&self.dispatch, &self.papers);
        }
        self.reconcile_orders(now);
    }

    fn note_links(&mut self, now: Timestamp, links: Vec<(UnitId, bool)>) -> Vec<UnitId> {
        let mut news = Vec::new();
        for (unit, online) in links {
            if self.dispatch.observe_link(now, &unit, online) {
                news.push(unit.clone());
            }
            if online {
                self.repeat_order(&unit, now);
            }
        }
        news
    }

    /// A device that has just come may have lost its memory: it is told again, confirmed or not.
    fn repeat_order(&mut self, unit: &UnitId, now: Timestamp) {
        let Some(assignment) = self.dispatch.board().open_assignment_of(unit) else { return };
        let order = crate::dispatch::Order::Offered(assignment.id);
        self.told.insert(super::order::key(order), now);
        self.send_order(unit, order, now);
    }

    async fn carry_all(
        &mut self,
        now: Timestamp,
        requests: Vec<(Box<Request>, Reply)>,
        linked: Vec<UnitId>,
    ) {
        if self.suspect
            && let Err(error) = self.catch_up().await
        {
            self.note_failure(&error);
            for (_, reply) in requests {
                let _ = reply.send(Err(Error::Store(error.to_string())));
            }
            return;
        }
        let saved = self.dispatch.board().clone();
        let mut page = Page::default();
        let mut pending: Vec<Pending> = Vec::with_capacity(requests.len());
        for (request, reply) in requests {
            let result = self.carry_one(now, *request, &mut page).await;
            pending.push((reply, result));
        }
        self.let_time_pass(now, &mut page);
        if !page.entries.is_empty() {
            let area = &self.setup.room.area.id;
            if let Err(error) = self.setup.store.append(area, &page.entries, &page.records).await {
                self.dispatch.restore_board(saved);
                self.suspect = true;
                self.note_failure(&error);
                for (reply, _) in pending {
                    let _ = reply.send(Err(Error::Store(error.to_string())));
                }
                return;
            }
            if self.setup.health.log_stored(page.entries.len()) {
                tracing::info!("the log is written again");
            }
        }
        self.committed(&page, now);
        self.announce(now, &page.entries, linked);
        for (reply, result) in pending {
            // Whoever asked may have gone away; what was decided stands in the log.
            let _ = reply.send(result);
        }
    }

    async fn carry_one(
        &mut self,
        now: Timestamp,
        request: Request,
        page: &mut Page,
    ) -> Result<Done, Error> {
        if let Some(done) = self.answered_before(request.id, page).await? {
            return Ok(done);
        }
        let decide = AssertUnwindSafe(|| self.dispatch.decide(now, &request.command));
        let events = catch_unwind(decide).map_err(|_| {
            tracing::error!(command = %request.id, "a command met a fault in the core; it was refused");
            Error::Bug
        })??;
        let incident = events.iter().find_map(Event::personal_of);
        let mut private_ref = None;
        if let (Some(incident), Some(private)) =
            (incident, request.private.filter(|p| !p.is_empty()))
        {
            let (record, reference) = private.seal(incident, now);
            page.records.push(record);
            page.private.push((incident, private));
            private_ref = Some(reference);
        }
        let from = page.entries.len();
        for event in events {
            let private = event.personal_of().and(private_ref.take());
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

    /// The first answer to a command that is said again.
    async fn answered_before(&self, id: CommandId, page: &Page) -> Result<Option<Done>, Error> {
        let in_batch: Vec<Entry> =
            page.entries.iter().filter(|e| e.command == id).cloned().collect();
        if !in_batch.is_empty() {
            return Ok(Some(Done { entries: in_batch }));
        }
        if !self.remembered.contains_key(&id) {
            return Ok(None);
        }
        let area = &self.setup.room.area.id;
        let entries = self.setup.store.command_entries(area, id).await;
        let entries = entries.map_err(|error| Error::Store(error.to_string()))?;
        Ok(Some(Done { entries }))
    }

    fn let_time_pass(&mut self, now: Timestamp, page: &mut Page) {
        let decide = AssertUnwindSafe(|| self.dispatch.decide(now, &Command::Tick));
        let Ok(Ok(events)) = catch_unwind(decide) else {
            tracing::error!("the tick met a fault in the core; tried again in a second");
            return;
        };
        if events.is_empty() {
            return;
        }
        let command = CommandId::from_uuid(uuid::Uuid::now_v7());
        for event in events {
            let actor = "system".to_owned();
            let private: Option<PrivateRef> = None;
            self.write(Draft { at: now, device_at: None, actor, command, event, private }, page);
        }
    }

    /// Gives an event its place in the log and lets the state say it; both are taken back if the commit fails.
    fn write(&mut self, draft: Draft, page: &mut Page) {
        let (seq, prev_hash) = page.entries.last().map_or(self.head, |last| (last.seq, last.hash));
        let entry = Entry::seal(draft, seq + 1, prev_hash);
        self.dispatch.apply(entry.at, &entry.event);
        page.entries.push(entry);
    }

    fn committed(&mut self, page: &Page, now: Timestamp) {
        if let Some(last) = page.entries.last() {
            self.head = (last.seq, last.hash);
        }
        for entry in &page.entries {
            self.remembered.insert(entry.command, entry.at);
        }
        for (incident, private) in &page.private {
            self.papers.private.entry(*incident).or_default().add(now, private.clone());
        }
        if page.entries.iter().any(|e| matches!(e.event, Event::IncidentEnded { .. })) {
            let board = self.dispatch.board();
            self.papers.private.retain(|incident, _| board.incident(*incident).is_some());
            let oldest = now.plus_ms(-COMMANDS_REMEMBERED_MS);
            self.remembered.retain(|_, at| *at >= oldest);
        }
    }

    fn note_failure(&self, error: &store::Error) {
        if self.setup.health.log_failed(error) {
            tracing::error!(
                error = error_chain(error),
                "the log cannot be written; commands are refused"
            );
        }
    }

    /// Reads what the log has that this desk does not know: all of it at the start, and after a commit whose outcome
    /// is not known, what may have been written after all.
    pub(super) async fn catch_up(&mut self) -> Result<(), store::Error> {
        let area = self.setup.room.area.id.clone();
        let mut previous: Option<Entry> = None;
        let before = self.head.0;
        loop {
            let page = self.setup.store.entries(&area, self.head.0, ENTRIES_PAGE_MAX).await?;
            let Some(last) = page.last() else { break };
            let head = (last.seq, last.hash);
            for entry in page {
                if previous.is_some() || entry.seq == 1 {
                    entry.verify(previous.as_ref()).map_err(store::Error::Corrupt)?;
                }
                self.dispatch.apply(entry.at, &entry.event);
                self.remembered.insert(entry.command, entry.at);
                previous = Some(entry);
            }
            self.head = head;
        }
        let oldest = self.setup.clock.now().plus_ms(-COMMANDS_REMEMBERED_MS);
        self.remembered.retain(|_, at| *at >= oldest);
        if before == 0 || self.head.0 != before {
            self.read_private(&area).await?;
        }
        self.suspect = false;
        Ok(())
    }

    async fn read_private(&mut self, area: &crate::ids::AreaId) -> Result<(), store::Error> {
        let incidents: Vec<IncidentId> = self.dispatch.board().incidents().map(|i| i.id).collect();
        let records = self.setup.store.private_of(area, &incidents).await?;
        self.papers.private.clear();
        for record in &records {
            let file = self.papers.private.entry(record.incident).or_default();
            file.add(record.at, Private::open(record));
        }
        Ok(())
    }
}
