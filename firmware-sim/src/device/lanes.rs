//! How far each lane of records has gone out over the present link.

use super::{Kept, Record};

/// Positions of the backlog that are on their way at once. More would only wait in the server's socket before the
/// newest position; fewer would let a slow line rest.
pub const BACKLOG_OUTSTANDING_MAX: usize = 800;

/// Which records go out ahead of which: newest positions, then statuses, then the backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Fresh,
    Steps,
    Backlog,
}

/// One link, or one time that everything goes out over it.
#[derive(Debug)]
pub(super) struct Link {
    pub round: u32,
    /// Positions from this number on are fresh, those below it are backlog.
    pub split: u64,
    pub fresh_through: u64,
    pub steps_through: u64,
    pub backlog_through: u64,
    /// Records that went out in this round and wait for their answer.
    outstanding: usize,
    backlog_outstanding: usize,
    pub quiet_since_ms: i64,
    pub wait_ms: i64,
}

impl Link {
    pub fn new(round: u32, split: u64, now_ms: i64, wait_ms: i64) -> Link {
        Link {
            round,
            split,
            fresh_through: split.saturating_sub(1),
            steps_through: 0,
            backlog_through: 0,
            outstanding: 0,
            backlog_outstanding: 0,
            quiet_since_ms: now_ms,
            wait_ms,
        }
    }

    /// Whether more of the backlog may go out.
    pub fn takes_backlog(&self) -> bool {
        self.backlog_outstanding < BACKLOG_OUTSTANDING_MAX
    }

    /// When silence means that what went out is lost; none while nothing waits.
    pub fn repeat_at_ms(&self) -> Option<i64> {
        (self.outstanding > 0).then_some(self.quiet_since_ms.saturating_add(self.wait_ms))
    }

    /// A record has gone out.
    pub fn remember(&mut self, kept: &Kept, now_ms: i64) {
        if self.outstanding == 0 {
            self.quiet_since_ms = now_ms;
        }
        self.outstanding += 1;
        self.backlog_outstanding += usize::from(self.is_backlog(kept));
    }

    /// A record is done with, or given up.
    pub fn forget(&mut self, kept: &Kept) {
        if kept.sent_in == self.round {
            self.outstanding = self.outstanding.saturating_sub(1);
            let is_backlog = usize::from(self.is_backlog(kept));
            self.backlog_outstanding = self.backlog_outstanding.saturating_sub(is_backlog);
        }
    }

    /// Everything of a lane up to this number has gone out.
    pub fn advance(&mut self, lane: Lane, through: u64) {
        let cursor = match lane {
            Lane::Fresh => &mut self.fresh_through,
            Lane::Steps => &mut self.steps_through,
            Lane::Backlog => &mut self.backlog_through,
        };
        *cursor = through.max(*cursor);
    }

    fn is_backlog(&self, kept: &Kept) -> bool {
        matches!(kept.record, Record::Fix(_)) && kept.seq() < self.split
    }
}
