//! Live updates to screens: numbered changes and the newest position of every unit.
//!
//! The hub holds what screens may still need; each viewer takes from it at its own pace (`live/socket.rs`). Nothing
//! is queued for a viewer: a slow one gets fewer position frames, each with the newest place of every unit.

pub mod frame;
pub mod socket;

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;
use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::IncidentId;
use crate::private::CaseFile;
use crate::view::{AidRequestView, AlarmView, IncidentView, TimelineEntry, UnitView};
use frame::Mark;

/// Changes kept for screens that come back: an hour and more of a busy room.
pub const DELTAS_KEPT_MAX: usize = 4_096;
/// Units in one change; more of them, as when a region's network comes back, are told in several. One
/// message at a time waits for a slow screen's socket, so this bounds it, but for the snapshot at its beginning.
pub const DELTA_UNITS_MAX: usize = 256;

/// What has changed in the room since the last commit.
#[derive(Debug)]
pub struct Change {
    pub at: Timestamp,
    pub units: Vec<UnitView>,
    /// Each with the personal data that only operators may see.
    pub incidents: Vec<(IncidentView, Option<CaseFile>)>,
    pub entries: Vec<TimelineEntry>,
    /// All that are active now; none when they are as before.
    pub alarms: Option<Vec<AlarmView>>,
    /// All requests of neighbours, without and with what the caller said; none when they are as before.
    pub aid_requests: Option<[Vec<AidRequestView>; 2]>,
}

impl Change {
    /// A change of nothing.
    #[must_use]
    pub const fn nothing(at: Timestamp) -> Self {
        Self {
            at,
            units: Vec::new(),
            incidents: Vec::new(),
            entries: Vec::new(),
            alarms: None,
            aid_requests: None,
        }
    }
}

/// Whether a viewer may see personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Full,
    Redacted,
}

/// A numbered change, encoded once for each kind of viewer.
#[derive(Clone, Debug)]
struct Delta {
    seq: u64,
    full: Bytes,
    redacted: Bytes,
    /// Where the units stand in both texts.
    units: UnitTexts,
    /// Whether it says nothing but of units.
    is_only_units: bool,
    /// The incidents whose personal data is in `full`.
    personal: Arc<[IncidentId]>,
}

/// Where the units stand in the text of a change: parted by commas, the first at `begin`.
#[derive(Clone, Debug)]
struct UnitTexts {
    begin: usize,
    /// Each unit's index, and where its text ends.
    ends: Vec<(u32, usize)>,
}

impl Delta {
    /// Its text for a viewer; none when it says nothing of what that viewer is sent.
    fn text(&self, sight: Sight, within: Within<'_>) -> Option<Bytes> {
        let whole = match sight {
            Sight::Full => &self.full,
            Sight::Redacted => &self.redacted,
        };
        let Some(within) = within else { return Some(whole.clone()) };
        let UnitTexts { begin, ends } = &self.units;
        let mut text = BytesMut::with_capacity(1024);
        text.extend_from_slice(&whole[..*begin]);
        let (mut from, mut told) = (*begin, 0);
        for (index, end) in ends {
            if within.binary_search(index).is_ok() {
                if told > 0 {
                    text.extend_from_slice(b",");
                }
                text.extend_from_slice(&whole[from..*end]);
                told += 1;
            }
            from = end + 1;
        }
        if told == 0 && self.is_only_units {
            return None;
        }
        text.extend_from_slice(&whole[ends.last().map_or(*begin, |(_, end)| *end)..]);
        Some(text.freeze())
    }
}

/// The frame that all viewers share who have seen the one before: everything that moved after a version. Encoded when
/// the first of them asks for it.
#[derive(Debug, Default)]
struct Frame {
    after: u64,
    bytes: Option<Bytes>,
}

#[derive(Debug, Default)]
struct Inner {
    seq: u64,
    deltas: VecDeque<Delta>,
    /// Newest position of each unit by index, with the version at which it came.
    marks: Vec<Option<(Mark, u64)>>,
    version: u64,
    framed: u64,
    frame: Frame,
}

/// Where the desk says what is new and from where the viewers take it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    inner: Arc<Mutex<Inner>>,
    news: Arc<watch::Sender<u64>>,
    epoch: Uuid,
}

/// The units that a viewer is told of, by their index, ascending; none: all of them.
pub type Within<'a> = Option<&'a [u32]>;

/// How far a viewer has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub seq: u64,
    version: u64,
}

/// What a viewer should be sent next.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// Texts of the changes and, where something moved, one position frame.
    Next {
        texts: Vec<Bytes>,
        positions: Option<Bytes>,
        seen: Seen,
        /// The incidents whose personal data is in the texts.
        personal: Vec<IncidentId>,
    },
    /// The viewer is further behind than the hub remembers: it must start from a snapshot.
    TooOld,
}

/// The text of a change after its units.
#[derive(Serialize)]
struct Rest<'a> {
    incidents: &'a [IncidentView],
    entries: &'a [TimelineEntry],
    #[serde(skip_serializing_if = "Option::is_none")]
    alarms: Option<&'a [AlarmView]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aid_requests: Option<&'a [AidRequestView]>,
}

impl Hub {
    /// A hub for so many units; screens of an earlier run are told apart by the epoch.
    #[must_use]
    pub fn new(units: usize) -> Self {
        let inner = Inner { marks: vec![None; units], ..Inner::default() };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            news: Arc::new(watch::Sender::new(0)),
            epoch: Uuid::now_v7(),
        }
    }

    #[must_use]
    pub const fn epoch(&self) -> Uuid {
        self.epoch
    }

    /// Wakes whenever there is something new.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Viewers at this moment.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.news.receiver_count()
    }

    #[must_use]
    pub fn seq(&self) -> u64 {
        self.lock().seq
    }

    /// Tells every viewer of a change; called after its commit.
    pub fn announce(&self, mut change: Change) {
        let mut inner = self.lock();
        while change.units.len() > DELTA_UNITS_MAX {
            let later = change.units.split_off(DELTA_UNITS_MAX);
            let units = std::mem::replace(&mut change.units, later);
            inner.keep(Change { units, ..Change::nothing(change.at) });
        }
        inner.keep(change);
        drop(inner);
        self.wake();
    }

    /// Notes a unit's newest position; viewers hear of it with the next frame.
    pub fn mark(&self, unit_index: u32, mark: Mark) {
        let mut inner = self.lock();
        inner.version += 1;
        let version = inner.version;
        let slot = usize::try_from(unit_index).ok().and_then(|index| inner.marks.get_mut(index));
        if let Some(slot) = slot {
            *slot = Some((mark, version));
        }
    }

    /// Begins a frame of everything that moved since the last; called every 50 ms.
    pub fn frame(&self) {
        let mut inner = self.lock();
        if inner.version == inner.framed {
            return;
        }
        inner.frame = Frame { after: inner.framed, bytes: None };
        inner.framed = inner.version;
        drop(inner);
        self.wake();
    }

    /// Where a viewer stands that has just been given a snapshot, and a frame with every known position.
    #[must_use]
    pub fn start(&self, within: Within<'_>, now: Timestamp) -> (Seen, Bytes) {
        let inner = self.lock();
        let seen = Seen { seq: inner.seq, version: inner.framed };
        (seen, inner.encode_after(0, within, now))
    }

    /// Where a viewer stands that comes back after change `since` of `epoch`; none when that is not known any more.
    #[must_use]
    pub fn resume(
        &self,
        epoch: Uuid,
        since: u64,
        within: Within<'_>,
        now: Timestamp,
    ) -> Option<(Seen, Bytes)> {
        let inner = self.lock();
        let known = epoch == self.epoch && since <= inner.seq && inner.remembers(since);
        let seen = Seen { seq: since, version: inner.framed };
        known.then(|| (seen, inner.encode_after(0, within, now)))
    }

    /// What a viewer has not seen yet.
    #[must_use]
    pub fn news_after(&self, seen: Seen, sight: Sight, within: Within<'_>, now: Timestamp) -> News {
        let mut inner = self.lock();
        if !inner.remembers(seen.seq) {
            return News::TooOld;
        }
        // Their numbers are consecutive, the last one is `seq`.
        let count = usize::try_from(inner.seq - seen.seq).unwrap_or(usize::MAX);
        let unseen = inner.deltas.range(inner.deltas.len().saturating_sub(count)..);
        let texts = unseen.clone().filter_map(|delta| delta.text(sight, within)).collect();
        let personal = match sight {
            Sight::Full => unseen.flat_map(|delta| delta.personal.iter().copied()).collect(),
            Sight::Redacted => Vec::new(),
        };
        let (positions, version) = inner.positions_after(seen.version, within, now);
        let seen = Seen { seq: inner.seq, version };
        News::Next { texts, positions, seen, personal }
    }

    fn wake(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while holding the lock can only have left a frame out; the next one brings it.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    /// Gives a change its number and keeps its texts.
    fn keep(&mut self, change: Change) {
        self.seq += 1;
        let seq = self.seq;
        let mut text = BytesMut::with_capacity(1024);
        let begun =
            write!(text, r#"{{"type":"delta","seq":{seq},"server_time":"{}","units":["#, change.at);
        begun.expect("memory takes any text");
        let begin = text.len();
        let mut ends = Vec::with_capacity(change.units.len());
        for unit in &change.units {
            if !ends.is_empty() {
                text.extend_from_slice(b",");
            }
            put_json(&mut text, unit);
            ends.push((unit.index, text.len()));
        }
        text.extend_from_slice(b"],");
        let plain: Vec<IncidentView> = change.incidents.iter().map(|(i, _)| i.clone()).collect();
        let with =
            |(view, private): (IncidentView, Option<CaseFile>)| view.with_private(private.as_ref());
        let is_only_units = change.incidents.is_empty()
            && change.entries.is_empty()
            && change.alarms.is_none()
            && change.aid_requests.is_none();
        let [aid_plain, aid_full] = change.aid_requests.map_or([None, None], |both| both.map(Some));
        let personal = change.incidents.iter().filter(|(_, private)| private.is_some());
        let personal = personal.filter_map(|(view, _)| view.id.parse().ok());
        let asked = aid_full.iter().flatten().filter_map(AidRequestView::personal);
        let personal = personal.chain(asked).collect();
        let full: Vec<IncidentView> = change.incidents.into_iter().map(with).collect();
        let with_rest = |incidents: &[IncidentView], aid_requests: Option<&[AidRequestView]>| {
            let (entries, alarms) = (&*change.entries, change.alarms.as_deref());
            let mut rest = BytesMut::new();
            put_json(&mut rest, &Rest { incidents, entries, alarms, aid_requests });
            // The rest is an object of its own: its opening bracket stands at the beginning of the whole.
            Bytes::from([&text[..], &rest[1..]].concat())
        };
        self.deltas.push_back(Delta {
            seq,
            full: with_rest(&full, aid_full.as_deref()),
            redacted: with_rest(&plain, aid_plain.as_deref()),
            units: UnitTexts { begin, ends },
            is_only_units,
            personal,
        });
        if self.deltas.len() > DELTAS_KEPT_MAX {
            self.deltas.pop_front();
        }
    }

    fn remembers(&self, since: u64) -> bool {
        since == self.seq || self.deltas.front().is_some_and(|oldest| oldest.seq <= since + 1)
    }

    /// What moved after a version, and the version that is seen with it.
    fn positions_after(
        &mut self,
        version: u64,
        within: Within<'_>,
        now: Timestamp,
    ) -> (Option<Bytes>, u64) {
        if version >= self.framed {
            return (None, version);
        }
        if let Some(units) = within {
            let moved = |unit: &u32| self.mark_after(version, *unit).is_some();
            let frame = units.iter().any(moved).then(|| self.encode_after(version, within, now));
            return (frame, self.version);
        }
        if self.frame.after != version {
            // Behind by more than one frame: one of its own with the newest of each unit.
            return (Some(self.encode_after(version, None, now)), self.framed);
        }
        let shared = self.frame.bytes.take();
        let shared = shared.unwrap_or_else(|| self.encode_after(version, None, now));
        self.frame.bytes = Some(shared.clone());
        (Some(shared), self.framed)
    }

    fn mark_after(&self, version: u64, unit: u32) -> Option<Mark> {
        let slot = usize::try_from(unit).ok().and_then(|unit| self.marks.get(unit));
        let (mark, at) = slot?.as_ref()?;
        (*at > version).then_some(*mark)
    }

    fn encode_after(&self, version: u64, within: Within<'_>, now: Timestamp) -> Bytes {
        let moved = |unit: u32| self.mark_after(version, unit).map(|mark| (unit, mark));
        match within {
            None => frame::encode(now, (0_u32..).take(self.marks.len()).filter_map(moved)),
            Some(units) => frame::encode(now, units.iter().copied().filter_map(moved)),
        }
    }
}

fn put_json(text: &mut BytesMut, view: &impl Serialize) {
    serde_json::to_writer(text.writer(), view).expect("views are always valid JSON");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UnitId;
    use crate::place::Position;
    use crate::view::LatLonView;

    fn now() -> Timestamp {
        Timestamp::from_ms(1_000_000)
    }

    fn change() -> Change {
        Change::nothing(now())
    }

    fn mark_at(lat: f64) -> Mark {
        let position = Position::new(lat, 113.7).expect("valid");
        Mark { position, heading_deg: None, battery_pct: None, at: now() }
    }

    fn count(frame: &Bytes) -> u32 {
        u32::from_le_bytes(frame[4..8].try_into().expect("a header"))
    }

    #[test]
    fn a_viewer_that_keeps_up_gets_the_frame_that_all_share() {
        let hub = Hub::new(2);
        let (seen, first) = hub.start(None, now());
        assert_eq!(count(&first), 0);
        hub.mark(1, mark_at(-8.0));
        hub.frame();
        let News::Next { positions: Some(one), seen: after, .. } =
            hub.news_after(seen, Sight::Full, None, now())
        else {
            panic!("a frame was expected")
        };
        let News::Next { positions: Some(other), .. } =
            hub.news_after(seen, Sight::Full, None, now())
        else {
            panic!("a frame was expected")
        };
        assert_eq!(one.as_ptr(), other.as_ptr(), "the same bytes, not a copy");
        let News::Next { positions, .. } = hub.news_after(after, Sight::Full, None, now()) else {
            panic!("remembered")
        };
        assert_eq!(positions, None);
    }

    #[test]
    fn a_slow_viewer_gets_one_frame_with_the_newest_place_of_each_unit() {
        let hub = Hub::new(3);
        let (seen, _) = hub.start(None, now());
        for step in 0..50 {
            hub.mark(step % 3, mark_at(-8.0 - f64::from(step) / 100.0));
            hub.frame();
        }
        let News::Next { positions: Some(frame), .. } =
            hub.news_after(seen, Sight::Full, None, now())
        else {
            panic!("a frame was expected")
        };
        assert_eq!(count(&frame), 3);
        assert_eq!(frame.len(), 16 + 3 * 16);
    }

    #[test]
    fn a_viewer_of_some_units_hears_of_those_and_of_each_once() {
        let hub = Hub::new(4);
        let some: Within<'_> = Some(&[1, 3]);
        let (seen, _) = hub.start(some, now());
        hub.mark(0, mark_at(-8.0));
        hub.frame();
        let next = |seen| match hub.news_after(seen, Sight::Full, some, now()) {
            News::Next { positions, seen, .. } => (positions, seen),
            News::TooOld => panic!("remembered"),
        };
        let (nothing, seen) = next(seen);
        assert_eq!(nothing, None, "another unit moved");
        hub.mark(3, mark_at(-8.1));
        hub.mark(2, mark_at(-8.1));
        hub.frame();
        let (frame, seen) = next(seen);
        let frame = frame.expect("one of them moved");
        assert_eq!((count(&frame), &frame[16..20]), (1, &3_u32.to_le_bytes()[..]));
        hub.frame();
        assert_eq!(next(seen).0, None);
    }

    fn unit(index: u32) -> UnitView {
        UnitView {
            unit: UnitId::new(&format!("AMB-{index}")).expect("a name"),
            index,
            name: "Ambulans".to_owned(),
            village: None,
            capabilities: vec![],
            post: LatLonView { lat: -8.2, lon: 113.7 },
            state: "available",
            link: "online",
            fix: None,
            battery_pct: None,
            clock_behind_s: None,
            devices: 1,
            shown_by: None,
            incident: None,
            assignment: None,
            arrival: None,
            duty_reason: None,
            crew: vec![],
            lacking: vec![],
            limit_reason: None,
            talk: None,
        }
    }

    #[test]
    fn a_region_that_comes_back_at_once_is_told_in_changes_of_a_bounded_size() {
        let hub = Hub::new(600);
        let (seen, _) = hub.start(None, now());
        hub.announce(Change { units: (0..600).map(unit).collect(), ..change() });
        let News::Next { texts, seen, .. } = hub.news_after(seen, Sight::Full, None, now()) else {
            panic!("remembered")
        };
        let told = |text: &Bytes| -> (u64, Vec<u64>) {
            let delta: serde_json::Value = serde_json::from_slice(text).expect("JSON");
            let units = delta["units"].as_array().expect("units").iter();
            let units = units.map(|unit| unit["index"].as_u64().expect("a number")).collect();
            (delta["seq"].as_u64().expect("a number"), units)
        };
        let deltas: Vec<_> = texts.iter().map(told).collect();
        assert_eq!(deltas.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(deltas.iter().all(|(_, units)| units.len() <= DELTA_UNITS_MAX));
        let units: Vec<u64> = deltas.into_iter().flat_map(|(_, units)| units).collect();
        assert_eq!(units, (0..600).collect::<Vec<_>>());
        assert_eq!(seen.seq, 3);
    }

    #[test]
    fn a_viewer_resumes_without_a_gap_or_starts_again() {
        let hub = Hub::new(0);
        for _ in 0..5 {
            hub.announce(change());
        }
        let (seen, _) = hub.resume(hub.epoch(), 2, None, now()).expect("remembered");
        let News::Next { texts, .. } = hub.news_after(seen, Sight::Redacted, None, now()) else {
            panic!("remembered")
        };
        assert_eq!(texts.len(), 3);
        assert!(hub.resume(Uuid::now_v7(), 2, None, now()).is_none(), "another run of the server");
        assert!(hub.resume(hub.epoch(), 6, None, now()).is_none(), "a number not given yet");
        for _ in 0..DELTAS_KEPT_MAX {
            hub.announce(change());
        }
        assert!(hub.resume(hub.epoch(), 2, None, now()).is_none(), "forgotten by now");
        assert_eq!(hub.news_after(seen, Sight::Full, None, now()), News::TooOld);
    }
}
