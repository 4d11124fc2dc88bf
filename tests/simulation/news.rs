//! What one step brought: the promises are checked on this, so that checking after every step is cheap.

use std::collections::{BTreeMap, BTreeSet};

use siaga::chain::Hash;
use siaga::device::payload::native::Status;
use siaga::dispatch::event::FixClass;
use siaga::dispatch::unit::Fix;
use siaga::ids::{AssignmentId, CommandId};

use super::disk::{Track, Written};

/// Something that the server has let out of the house.
#[derive(Clone, Debug)]
pub enum Told {
    /// An entry, to the screens or as an answer.
    Entry(u64, Hash),
    /// A device's step is acknowledged, and not refused.
    Status {
        assignment: AssignmentId,
        status: Status,
    },
    Order {
        assignment: AssignmentId,
        offered: bool,
    },
    /// Positions are acknowledged.
    Fixes(Vec<Track>),
}

/// A position as judged, with the marker before and after.
#[derive(Clone, Debug)]
pub struct Judged {
    pub fix: Fix,
    pub class: FixClass,
    pub before: Option<Fix>,
    pub after: Option<Fix>,
}

/// Number and hash of each entry of an answer.
pub type Answer = Vec<(u64, Hash)>;

#[derive(Default)]
pub struct News {
    pub written: Vec<Written>,
    pub told: Vec<Told>,
    /// Answers as the operators heard them.
    pub answers: Vec<(CommandId, Answer)>,
    /// Answers as they left the server; none when the command was refused.
    pub replies: Vec<(CommandId, Option<Answer>)>,
    /// Devices that forgot records.
    pub forgot: Vec<usize>,
    pub judged: Vec<Judged>,
    /// The server has started again.
    pub started: bool,
    /// The log could not be taken back in.
    pub unreadable: Option<String>,
}

impl News {
    pub const fn is_empty(&self) -> bool {
        self.written.is_empty()
            && self.told.is_empty()
            && self.answers.is_empty()
            && self.replies.is_empty()
            && self.forgot.is_empty()
            && self.judged.is_empty()
            && !self.started
            && self.unreadable.is_none()
    }

    pub fn clear(&mut self) {
        self.written.clear();
        self.told.clear();
        self.answers.clear();
        self.replies.clear();
        self.forgot.clear();
        self.judged.clear();
        self.started = false;
    }
}

/// What people and devices were told, kept on their side of the wire.
#[derive(Default)]
pub struct Journal {
    /// The first answer that left the server to each command that changed something.
    pub replies: BTreeMap<CommandId, Answer>,
    /// The same as heard by operators: what they may rely on.
    pub answers: BTreeMap<CommandId, Answer>,
    /// Entries seen by anybody.
    pub entries: BTreeMap<u64, Hash>,
    /// Commands that had nothing to change when they were first answered, since the server started.
    pub idle: BTreeSet<CommandId>,
    /// Of them, those that changed something when they were said again.
    pub idle_no_more: u64,
    pub statuses: u64,
    pub fixes: u64,
    /// How often each kind of command was decided on, and each kind of event written.
    pub commands: Tally,
    pub events: Tally,
}

/// How often each word was heard.
pub type Tally = BTreeMap<String, u64>;

pub fn tally(tally: &mut Tally, word: &str) {
    match tally.get_mut(word) {
        Some(times) => *times += 1,
        None => drop(tally.insert(word.to_owned(), 1)),
    }
}

impl Journal {
    pub fn keep(&mut self, news: &News) {
        for (command, answer) in news.answers.iter().filter(|(_, answer)| !answer.is_empty()) {
            self.answers.entry(*command).or_insert_with(|| answer.clone());
        }
        for (command, reply) in &news.replies {
            let Some(answer) = reply else { continue };
            if answer.is_empty() {
                self.idle.insert(*command);
                continue;
            }
            self.idle_no_more += u64::from(self.idle.remove(command));
            self.replies.entry(*command).or_insert_with(|| answer.clone());
        }
        for told in &news.told {
            match told {
                Told::Entry(seq, hash) => drop(self.entries.insert(*seq, *hash)),
                Told::Status { .. } => self.statuses += 1,
                Told::Fixes(tracks) => self.fixes += tracks.len() as u64,
                Told::Order { .. } => {}
            }
        }
    }
}
