//! The end of the server's process and its next start: everything it then knows comes from the disk.

use siaga::chain::{Draft, Entry};
use siaga::dispatch::event::Event;
use siaga::ids::UnitId;

use super::positions::Parcel;
use super::server::{Server, TICK_MS, Writing};
use super::world::{Happening, Mutation, World};

/// Entries that are read at once; few, so that logs have many pages.
const PAGE_MAX: usize = 500;

impl World {
    /// Reads what the log has and the keeper has not; fails when the disk does.
    pub fn catch_up(&mut self, starting: bool) -> bool {
        if self.chance.happens(self.swarm.read_fails) {
            return false;
        }
        loop {
            let from = usize::try_from(self.server.keeper.head_seq()).unwrap();
            let to = (from + PAGE_MAX).min(self.disk.log.len());
            if from >= to {
                break;
            }
            let mut page = self.disk.log[from..to].to_vec();
            let last = to == self.disk.log.len();
            if self.mutation == Mutation::ReplayAltered && starting && last {
                page.last_mut().into_iter().for_each(alter);
            }
            if let Err(fault) = self.server.keeper.replay(page) {
                self.news.unreadable = Some(fault);
                return false;
            }
        }
        self.server.keeper.caught_up(self.server_now());
        true
    }

    /// The process dies. What was on its way to the disk arrives or does not.
    pub fn server_dies(&mut self) {
        self.server.up = false;
        self.server.life += 1;
        if let Some(Writing { page, now, .. }) = self.server.writing.take()
            && self.chance.below(2) == 0
        {
            self.land(page.entries(), now);
        }
        if self.mutation == Mutation::TailLost {
            self.disk.log.pop();
        }
        let parcels: Vec<Parcel> = self.server.parcels.drain(..).collect();
        if self.server.tracks_busy && self.chance.below(2) == 0 {
            parcels.iter().for_each(|parcel| self.store(parcel));
        }
        self.server.asks.clear();
        self.server.links.iter_mut().for_each(|link| *link = None);
        self.ambulances.iter_mut().for_each(|ambulance| ambulance.lose_link());
        let down_ms = self.chance.between(100, 20_000);
        self.after(down_ms, Happening::Start);
    }

    /// The process starts: everything it knows comes from the disk.
    pub fn server_starts(&mut self) {
        let devices = self.ambulances.len();
        let (life, clock_off_ms) = (self.server.life, self.os_clock_off_ms);
        self.server = Server {
            life,
            clock_off_ms,
            ..Server::new(self.room.clone(), self.policy.clone(), devices)
        };
        self.journal.idle.clear();
        if !self.catch_up(true) {
            // As the product does: it ends, and whoever watches it starts it again.
            self.server.up = false;
            return self.after(1_000, Happening::Start);
        }
        for (index, fix) in &self.disk.last_fix {
            let unit = &self.ambulances[usize::try_from(*index).unwrap()].unit;
            self.server.keeper.restore_fix(unit, *fix);
        }
        self.restarts += 1;
        self.news.started = true;
        self.after(TICK_MS, Happening::Tick(life));
    }
}

/// Makes another entry of one, validly sealed, so that only its meaning is wrong.
fn alter(entry: &mut Entry) {
    let unit = UnitId::new("AMB-00").unwrap();
    let event = Event::DutyChanged { unit, on_duty: false, reason: Some("mutant".to_owned()) };
    let draft = Draft {
        at: entry.at,
        device_at: entry.device_at,
        actor: entry.actor.clone(),
        command: entry.command,
        event,
        private: None,
    };
    *entry = Entry::seal(draft, entry.seq, entry.prev_hash);
}
