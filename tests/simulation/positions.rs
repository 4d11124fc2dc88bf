//! Positions on the server's side: read, judged by the real core, stored in batches, acknowledged when they are stored.

use siaga::clock::Timestamp;
use siaga::device::payload::native::{self, Refused};
use siaga::dispatch::event::FixClass;
use siaga::dispatch::unit::Fix;
use siaga::place::Position;

use super::disk::Track;
use super::news::{Judged, Told};
use super::world::{Happening, Mutation, World};

/// A batch waits so long for company.
const GATHER_MS: i64 = 100;
/// A failing store is tried again after this.
const RETRY_MS: i64 = 250;

/// Positions of one message on their way to the disk.
pub struct Parcel {
    device: usize,
    boot: String,
    base: u64,
    seqs: Vec<u64>,
    refused: Vec<Refused>,
    /// All of the message: a duplicate is not stored again, but must be there already.
    all: Vec<Track>,
    kept: Vec<(Fix, FixClass)>,
}

impl World {
    pub fn server_hears_fixes(&mut self, device: usize, payload: &[u8]) {
        let now = self.server_now();
        let Ok(message) = native::decode_fixes(payload, now) else { return };
        let mut seqs = Vec::new();
        let mut fixes: Vec<Fix> = Vec::new();
        let mut refused = Vec::new();
        for (seq, judged) in message.records {
            seqs.push(seq);
            match judged {
                Ok(fix) => fixes.push(fix),
                Err(why) => refused.push(Refused::unbelievable(seq, &why)),
            }
        }
        let index = u32::try_from(device).unwrap();
        let all = fixes.iter().map(|fix| track(index, fix)).collect();
        let kept = fixes.into_iter().filter_map(|fix| {
            let class = self.judge(device, fix);
            (class != FixClass::Duplicate).then_some((fix, class))
        });
        let kept = kept.collect();
        let (boot, base) = (message.boot, message.base);
        let parcel = Parcel { device, boot, base, seqs, refused, all, kept };
        if self.mutation == Mutation::AckedBeforeStored {
            self.acknowledge(&parcel);
        }
        self.server.parcels.push_back(parcel);
        if !self.server.tracks_busy {
            self.server.tracks_busy = true;
            self.after(GATHER_MS, Happening::TracksWritten(self.server.life));
        }
    }

    fn judge(&mut self, device: usize, fix: Fix) -> FixClass {
        let unit = &self.ambulances[device].unit;
        let keeper = &mut self.server.keeper;
        let marker = |keeper: &siaga::desk::keeper::Keeper| {
            keeper.dispatch().fleet().get(unit).and_then(|tracked| tracked.live)
        };
        let before = marker(keeper);
        let class = keeper.observe(unit, fix).unwrap().class;
        if self.mutation == Mutation::BadFixMoves && class == FixClass::NullIsland {
            keeper.restore_fix(unit, fix);
        }
        let after = marker(keeper);
        self.news.judged.push(Judged { fix, class, before, after });
        class
    }

    pub fn tracks_written(&mut self) {
        if self.chance.happens(self.swarm.tracks_fail) {
            return self.after(RETRY_MS, Happening::TracksWritten(self.server.life));
        }
        self.server.tracks_busy = false;
        while let Some(parcel) = self.server.parcels.pop_front() {
            self.store(&parcel);
            self.acknowledge(&parcel);
        }
    }

    pub fn store(&mut self, parcel: &Parcel) {
        let index = u32::try_from(parcel.device).unwrap();
        for (fix, class) in &parcel.kept {
            self.disk.tracks.insert(track(index, fix));
            let newer = self.disk.last_fix.get(&index).is_none_or(|f| f.device_at < fix.device_at);
            if *class == FixClass::Live && newer {
                let (lat_e7, lon_e7) = fix.position.e7();
                let position = Position::from_e7(lat_e7, lon_e7).unwrap();
                self.disk.last_fix.insert(index, Fix { position, ..*fix });
            }
        }
    }

    fn acknowledge(&mut self, parcel: &Parcel) {
        self.news.told.push(Told::Fixes(parcel.all.clone()));
        let Parcel { device, boot, base, seqs, refused, .. } = parcel;
        self.mark_safe(*device, boot, seqs);
        let through = self.server.ledgers[*device].commit(boot, *base, seqs.iter().copied());
        self.send_ack(*device, boot, through, refused);
    }
}

fn track(index: u32, fix: &Fix) -> Track {
    (index, fix.device_at.ms(), fix.position.e7())
}

/// When a position was taken by the server's clock, told without the core's own words.
pub fn our_time(fix: &Fix) -> Timestamp {
    match fix.behind_ms.filter(|ms| ms.abs() > 5_000) {
        Some(behind_ms) => corrected(fix, behind_ms).min(fix.received_at),
        None => fix.device_at,
    }
}

fn corrected(fix: &Fix, behind_ms: i64) -> Timestamp {
    Timestamp::from_ms(fix.device_at.ms() + behind_ms)
}

/// What nobody may take for a place, told without the core's own words.
pub fn is_plainly_bad(fix: &Fix) -> bool {
    let (lat, lon) = (fix.position.lat(), fix.position.lon());
    let nowhere = lat.abs() < 0.001 && lon.abs() < 0.001;
    let abroad = !(-12.0..7.0).contains(&lat) || !(94.0..142.0).contains(&lon);
    let behind_ms = fix.behind_ms.filter(|ms| ms.abs() > 5_000).unwrap_or(0);
    let ahead = corrected(fix, behind_ms).ms() > fix.received_at.ms() + 30_000;
    let blurred = fix.accuracy_m.is_some_and(|metres| metres > 200.0);
    nowhere || abroad || ahead || blurred
}
