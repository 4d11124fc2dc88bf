//! The audit of reads: what of personal data a person is shown, noted beside the showing and written in batches.
//!
//! A person is never kept waiting for it, and never refused because of it: docs/decisions/audit-of-reads.md.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::desk::Papers;
use crate::dispatch::Dispatch;
use crate::dispatch::incident::Incident;
use crate::health::Health;
use crate::ids::{AreaId, IncidentId};
use crate::sessions::Person;
use crate::store::{READS_BATCH_MAX, Read, Store, Way};
use crate::tracks::error_chain;
use crate::view::{self, IncidentView};

/// Reads that wait to be written. Beyond them reads are shown all the same, and counted as lost.
pub const QUEUE_MAX: usize = 20_000;
/// Reads of this hour that are remembered, so that a live screen does not send the same one again and again.
const RECENT_MAX: usize = 50_000;
/// A read waits so long for company: what a crash may lose of the audit.
const GATHER: Duration = Duration::from_millis(250);
/// How long a failing store is left alone before the same batch is tried again.
const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Where it is noted that somebody was shown personal data. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reads {
    queue: mpsc::Sender<Note>,
    recent: Arc<Mutex<Recent>>,
    clock: Clock,
    health: Health,
}

#[derive(Debug)]
enum Note {
    Read(Read),
    /// Answered when everything before it is written.
    Written(oneshot::Sender<()>),
}

/// The reads of one hour that are noted already.
#[derive(Debug, Default)]
struct Recent {
    hour: i64,
    noted: BTreeSet<(String, IncidentId, Way)>,
}

/// Starts the audit of one area; its task ends, with everything written, when every `Reads` is gone.
#[must_use]
pub fn start(area: AreaId, store: Store, clock: Clock, health: Health) -> (Reads, JoinHandle<()>) {
    let (queue, notes) = mpsc::channel(QUEUE_MAX);
    let writer = tokio::spawn(run(area, store, health.clone(), notes));
    (Reads { queue, recent: Arc::default(), clock, health }, writer)
}

impl Reads {
    /// Notes that a person is shown personal data of these incidents.
    pub fn note(&self, person: &Person, way: Way, incidents: impl IntoIterator<Item = IncidentId>) {
        let mut incidents = incidents.into_iter().peekable();
        if incidents.peek().is_none() {
            return;
        }
        let at = self.clock.now();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        for incident in incidents {
            let (name, role) = (person.name.clone(), person.role);
            let read = Read { incident, person: name.clone(), role, way, at };
            if recent.hour != read.hour() || recent.noted.len() >= RECENT_MAX {
                // What is noted again collapses in the store into what is there.
                *recent = Recent { hour: read.hour(), noted: BTreeSet::new() };
            }
            let about = (name, incident, way);
            if recent.noted.contains(&about) {
                continue;
            }
            match self.queue.try_send(Note::Read(read)) {
                Ok(()) => {
                    recent.noted.insert(about);
                }
                Err(_) => self.health.read_lost(),
            }
        }
    }

    /// Completes when everything that was noted until now is written.
    pub async fn written(&self) {
        let (done, written) = oneshot::channel();
        if self.queue.send(Note::Written(done)).await.is_ok() {
            // The audit has ended; there is nothing to wait for.
            let _ = written.await;
        }
    }
}

async fn run(area: AreaId, store: Store, health: Health, mut notes: mpsc::Receiver<Note>) {
    let mut batch = Vec::new();
    while notes.recv_many(&mut batch, READS_BATCH_MAX).await > 0 {
        let asked = batch.iter().any(|note| matches!(note, Note::Written(_)));
        if !asked && batch.len() < READS_BATCH_MAX {
            tokio::time::sleep(GATHER).await;
            while batch.len() < READS_BATCH_MAX
                && let Ok(next) = notes.try_recv()
            {
                batch.push(next);
            }
        }
        let mut reads = Vec::new();
        let mut waiting = Vec::new();
        for note in batch.drain(..) {
            match note {
                Note::Read(read) => reads.push(read),
                Note::Written(done) => waiting.push(done),
            }
        }
        write(&area, &store, &health, &reads).await;
        for done in waiting {
            // Whoever asked may have gone away meanwhile.
            let _ = done.send(());
        }
    }
}

/// Writes reads, trying for as long as it takes.
async fn write(area: &AreaId, store: &Store, health: &Health, reads: &[Read]) {
    if reads.is_empty() {
        return;
    }
    let mut pause = RETRY_MIN;
    while let Err(error) = store.add_reads(area, reads).await {
        if health.reads_failed(&error) {
            let error = error_chain(&error);
            tracing::error!(%area, error, "the audit of reads cannot be written; it is kept and tried again");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RETRY_MAX);
    }
    if health.reads_stored() {
        tracing::info!(%area, "the audit of reads is written again");
    }
}

/// An incident with personal data where that may be seen, and whether there is any.
#[must_use]
pub fn incident(
    dispatch: &Dispatch,
    papers: &Papers,
    incident: &Incident,
    full: bool,
) -> (IncidentView, bool) {
    let view = view::incident(dispatch, &papers.room, incident);
    let file = papers.private_of(incident.id).filter(|_| full);
    (view.with_private(file), file.is_some())
}

/// Every incident in view, with personal data where that may be seen, and those that have any.
#[must_use]
pub fn incidents(
    dispatch: &Dispatch,
    papers: &Papers,
    full: bool,
) -> (Vec<IncidentView>, Vec<IncidentId>) {
    let mut views = Vec::new();
    let mut personal = Vec::new();
    for one in dispatch.board().incidents() {
        let (view, is_personal) = incident(dispatch, papers, one, full);
        views.push(view);
        personal.extend(is_personal.then_some(one.id));
    }
    (views, personal)
}
