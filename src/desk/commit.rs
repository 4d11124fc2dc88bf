//! One batch of the desk's work: have the keeper decide it, commit all of it at once, then answer.

use uuid::Uuid;

use super::keeper::{Aside, Incoming, Sealed};
use super::{Ask, Done, Error, Reply, Request, Task};
use crate::chain::Entry;
use crate::clock::Timestamp;
use crate::dispatch::command::Refusal;
use crate::ids::{CommandId, IncidentId, UnitId};
use crate::private::PositionNews;
use crate::store::{self, ENTRIES_PAGE_MAX};
use crate::tracks::error_chain;

impl Task {
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
                Ask::Device { unit, card, note } => {
                    self.keeper.note_device(now, &unit, &card, note);
                }
                Ask::CallerPosition { incident, news } => {
                    if self.keeper.note_position(incident, news) {
                        self.aside.incidents.push(incident);
                    }
                }
            }
        }
        self.note_links(now, links);
        self.carry_all(now, requests).await;
        for look in looks {
            look(self.keeper.dispatch(), self.keeper.papers());
        }
        for note in self.keeper.orders_due(now) {
            self.send_order(note);
        }
        let flapping = self.keeper.dispatch().fleet().flapping(now).count();
        self.setup.health.note_flapping(flapping);
    }

    fn note_links(&mut self, now: Timestamp, links: Vec<(UnitId, bool)>) {
        for (unit, online) in links {
            let (is_news, order) = self.keeper.note_link(now, &unit, online);
            if let Some(note) = order {
                self.send_order(note);
            }
            if is_news {
                self.aside.units.push(unit);
            }
        }
    }

    async fn carry_all(&mut self, now: Timestamp, requests: Vec<(Box<Request>, Reply)>) {
        if let Err(error) = self.be_sure(now).await {
            self.note_failure(&error);
            for (_, reply) in requests {
                let _ = reply.send(Err(Error::Store(error.to_string())));
            }
            return;
        }
        let mut incoming = Vec::with_capacity(requests.len());
        let mut replies = Vec::with_capacity(requests.len());
        for (request, reply) in requests {
            match self.look_up(now, *request).await {
                Ok(request) => {
                    incoming.push(request);
                    replies.push(reply);
                }
                Err(error) => {
                    let _ = reply.send(Err(Error::Store(error.to_string())));
                }
            }
        }
        let answers = match self.commit(now, incoming.clone()).await {
            Ok(answers) => answers,
            // One of them is at fault, and the others are not to suffer for it.
            Err(error) if error.is_of_one_command() => self.commit_each(now, incoming).await,
            Err(error) => {
                self.note_failure(&error);
                let failed = || Err(Error::Store(error.to_string()));
                incoming.iter().map(|_| failed()).collect()
            }
        };
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Whoever asked may have gone away; what was decided stands in the log.
            let _ = reply.send(answer);
        }
    }

    /// Decides and commits requests together, tells the screens, and gives the answers.
    async fn commit(
        &mut self,
        now: Timestamp,
        incoming: Vec<Incoming>,
    ) -> Result<Vec<Result<Done, Error>>, store::Error> {
        let tick = CommandId::from_uuid(Uuid::now_v7());
        let page = self.keeper.prepare(now, tick, incoming);
        if !page.entries().is_empty() {
            let area = &self.setup.room.area.id;
            let written = self.setup.store.append(area, page.entries(), page.records()).await;
            if let Err(error) = written {
                self.keeper.failed(page);
                return Err(error);
            }
            if self.setup.health.log_stored(page.entries().len()) {
                tracing::info!("the log is written again");
            }
        }
        let committed = self.keeper.committed(now, page);
        let mut aside = std::mem::take(&mut self.aside);
        aside.units.extend(self.keeper.estimate_arrivals(now));
        if let Some(change) = self.keeper.change(now, &committed.entries, aside) {
            self.hub.announce(change);
        }
        Ok(committed.answers)
    }

    /// Commits requests one by one, so that the one that the database refuses is the only one refused.
    async fn commit_each(
        &mut self,
        now: Timestamp,
        incoming: Vec<Incoming>,
    ) -> Vec<Result<Done, Error>> {
        let mut answers = Vec::with_capacity(incoming.len());
        for one in incoming {
            let done = match self.be_sure(now).await {
                Ok(()) => self.commit(now, vec![one]).await,
                Err(error) => Err(error),
            };
            answers.push(match done {
                Ok(mut answer) => answer.pop().unwrap_or(Err(Error::Bug)),
                Err(store::Error::Exists { name, .. }) => {
                    let used = Uuid::parse_str(&name).unwrap_or_default();
                    Err(Error::Refused(Refusal::IdUsed(used)))
                }
                Err(error) => {
                    self.note_failure(&error);
                    Err(Error::Store(error.to_string()))
                }
            });
        }
        // Whatever the last one left in doubt is read at the next batch.
        answers
    }

    /// After a commit whose outcome is not known: reads what was written after all, and tells the screens of it.
    async fn be_sure(&mut self, now: Timestamp) -> Result<(), store::Error> {
        if !self.keeper.is_suspect() {
            return Ok(());
        }
        let found = self.catch_up().await?;
        if let Some(change) = self.keeper.change(now, &found, Aside::default()) {
            self.hub.announce(change);
        }
        if self.setup.health.log_stored(found.len()) {
            tracing::info!("the log is read again");
        }
        Ok(())
    }

    /// What only the shell can find out about a request: its first answer, and a seal for its personal data.
    async fn look_up(
        &self,
        now: Timestamp,
        mut request: Request,
    ) -> Result<Incoming, store::Error> {
        if self.keeper.remembers(request.id) {
            let area = &self.setup.room.area.id;
            let before = self.setup.store.command_entries(area, request.id).await?;
            return Ok(Incoming { request, sealed: None, before: Some(before) });
        }
        let private = request.private.take().filter(|private| !private.is_empty());
        let sealed = request.command.personal_of().zip(private).map(|(incident, private)| {
            let (record, reference) = private.seal(incident, now);
            Sealed { record, reference, private }
        });
        Ok(Incoming { request, sealed, before: None })
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
    ///
    /// Answers what was not known; at the start nothing, because the screens have not asked yet.
    pub(super) async fn catch_up(&mut self) -> Result<Vec<Entry>, store::Error> {
        let area = self.setup.room.area.id.clone();
        let before = self.keeper.head_seq();
        let mut found = Vec::new();
        loop {
            let known = self.keeper.head_seq();
            let entries = self.setup.store.entries(&area, known, ENTRIES_PAGE_MAX).await?;
            if entries.is_empty() {
                break;
            }
            if self.keeper.is_suspect() {
                found.extend(entries.iter().cloned());
            }
            self.keeper.replay(entries).map_err(store::Error::Corrupt)?;
        }
        if before == 0 || self.keeper.head_seq() != before {
            let board = self.keeper.dispatch().board();
            let asked = board.aids_asked().map(|asked| asked.id.as_incident());
            let incidents: Vec<IncidentId> = board.incidents().map(|i| i.id).chain(asked).collect();
            let records = self.setup.store.private_of(&area, &incidents).await?;
            self.keeper.open_private(&records);
            for (incident, offered) in self.setup.store.caller_positions(&area).await? {
                self.keeper.note_position(incident, PositionNews::Offered(offered));
            }
        }
        self.keeper.caught_up(self.setup.clock.now());
        Ok(found)
    }
}
