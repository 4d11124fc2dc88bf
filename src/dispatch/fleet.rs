//! All units of the area and what is known of where they are. Takes a position and judges it, here and nowhere else.
//!
//! A position never decides anything. One that cannot be believed is named for what it is and never moves or
//! freezes the marker; it is kept all the same, by the store.

mod diary;
mod source;
mod takeovers;

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::dispatch::event::FixClass;
use crate::dispatch::policy::Policy;
use crate::dispatch::unit::{DeviceCard, DeviceNote, Fix, Link, SourceId, UnitCard};
use crate::ids::UnitId;
use crate::lookup::Lookup;
use crate::place::Position;
pub use diary::{Habit, Regularity};
use source::Source;
pub use source::{PATIENCE_MS_MAX, STEADY_MS};
pub use takeovers::{FLAPS_MIN, QUIET_MS, Takeovers, WITHIN_MS};

/// A vehicle that stays within this has not moved: receivers wander.
const STILL_WITHIN_M: f64 = 50.0;
/// Devices of one unit that are told apart; of more, the one that was silent longest is forgotten.
pub const SOURCES_MAX: usize = 8;

/// One unit with what is known of its whereabouts.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracked {
    pub card: UnitCard,
    pub link: Link,
    /// The newest believable position of the device that is shown, by our clock where the device's is wrong.
    pub live: Option<Fix>,
    pub battery_pct: Option<u8>,
    /// How far the clock of the device that is shown is behind ours, in milliseconds, where it is wrong.
    pub clock_behind_ms: Option<i64>,
    sources: Vec<Source>,
    /// Where it was when it last came further than receivers wander, and when that was noticed.
    anchor: Option<(Position, Timestamp)>,
}

impl Tracked {
    /// Since when it has stayed within the width of a receiver's wandering.
    #[must_use]
    pub fn still_since(&self) -> Option<Timestamp> {
        self.anchor.map(|(_, since)| since)
    }

    /// How many devices speak for it.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.sources.len()
    }

    /// The device that is shown, when it is known by name.
    #[must_use]
    pub fn shown(&self) -> Option<&DeviceCard> {
        let live = self.live?;
        let shown = self.sources.iter().find(|source| source.id == live.source)?;
        shown.card.as_ref()
    }

    /// How each device that speaks for it reports.
    pub fn reports(&self, now: Timestamp) -> impl Iterator<Item = Report> {
        self.sources.iter().filter_map(move |source| {
            Some(Report {
                card: source.card.clone()?,
                regularity: source.diary.regularity(now),
                counts: source.diary.counts().clone(),
                clock_behind_ms: source.distance_ms(),
                shown: self.live.is_some_and(|live| live.source == source.id),
            })
        })
    }

    fn note_movement(&mut self, fix: &Fix) {
        let moved = self.anchor.is_none_or(|(at, _)| at.metres_to(fix.position) > STILL_WITHIN_M);
        if moved {
            self.anchor = Some((fix.position, fix.received_at));
        }
    }

    /// What is known of a device; one that was not heard before is heard now.
    fn source(&mut self, id: SourceId, now: Timestamp) -> &mut Source {
        if let Some(known) = self.sources.iter().position(|source| source.id == id) {
            return &mut self.sources[known];
        }
        if self.sources.len() >= SOURCES_MAX {
            let oldest = self.sources.iter().enumerate().min_by_key(|(_, s)| s.heard_at());
            if let Some((oldest, _)) = oldest {
                self.sources.remove(oldest);
            }
        }
        self.sources.push(Source::new(id, now));
        let last = self.sources.len() - 1;
        &mut self.sources[last]
    }

    /// Takes a position that its device's own track makes believable; `Beside` when another device is shown.
    ///
    /// Another device takes over when the one that is shown falls silent, or when it is better and has been so for a
    /// while: the marker does not jump to and fro between two receivers that are both right.
    fn show(&mut self, fix: Fix, policy: &Policy) -> FixClass {
        if let Some(live) = &self.live
            && live.source != fix.source
        {
            let now = fix.received_at;
            let of = |id: SourceId| self.sources.iter().find(|source| source.id == id);
            let holds = of(live.source).is_some_and(|shown| {
                let silent = now.ms_since(live.received_at) > shown.patience_ms(policy);
                let better = of(fix.source).is_some_and(|s| s.is_better_than(shown, now, policy));
                !silent && !better
            });
            if holds {
                return FixClass::Beside;
            }
            if fix.device_at <= live.device_at {
                return FixClass::Late;
            }
        }
        self.note_movement(&fix);
        self.live = Some(fix);
        FixClass::Live
    }
}

/// What became of a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The unit's index on the roster.
    pub index: u32,
    pub class: FixClass,
    /// When it was taken: by our clock where the device's is known to be wrong.
    pub taken_at: Timestamp,
    /// The unit's place when it is this position: its time by our clock where the device's is wrong.
    pub live: Option<Fix>,
    /// It comes from another device than the place before.
    pub switched: bool,
}

/// How one device of a unit reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub card: DeviceCard,
    pub regularity: Regularity,
    /// How many of its positions came to what, since it was first heard.
    pub counts: BTreeMap<FixClass, u64>,
    /// How far its clock is behind ours, where that is known; negative: ahead.
    pub clock_behind_ms: Option<i64>,
    /// The unit is shown where this device says.
    pub shown: bool,
}

/// The units of one area.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// In the order of their codes.
    units: Vec<Tracked>,
    /// Where each stands; every position asks.
    places: Lookup<UnitId>,
    /// Devices of which one connection took over another of late, by name.
    takeovers: BTreeMap<String, Takeovers>,
}

impl Fleet {
    #[must_use]
    pub fn new(cards: Vec<UnitCard>) -> Self {
        let tracked = |card: UnitCard| Tracked {
            card,
            link: Link::Never,
            live: None,
            battery_pct: None,
            clock_behind_ms: None,
            sources: Vec::new(),
            anchor: None,
        };
        let mut units: Vec<Tracked> = cards.into_iter().map(tracked).collect();
        units.sort_by(|a, b| a.card.id.cmp(&b.card.id));
        units.dedup_by(|a, b| a.card.id == b.card.id);
        let places = Lookup::new(units.iter().map(|unit| unit.card.id.clone()));
        Self { units, places, takeovers: BTreeMap::new() }
    }

    #[must_use]
    pub fn get(&self, unit: &UnitId) -> Option<&Tracked> {
        self.units.get(self.places.get(unit)?)
    }

    fn get_mut(&mut self, unit: &UnitId) -> Option<&mut Tracked> {
        self.units.get_mut(self.places.get(unit)?)
    }

    /// Every unit, in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &Tracked> {
        self.units.iter()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.units.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Judges a position and, when it is the newest believable one, takes it as the unit's place.
    ///
    /// `None`: there is no such unit.
    pub fn observe(&mut self, unit: &UnitId, fix: Fix, policy: &Policy) -> Option<Judged> {
        let tracked = self.get_mut(unit)?;
        if fix.battery_pct.is_some() {
            tracked.battery_pct = fix.battery_pct;
        }
        let shown_before = tracked.live.map(|live| live.source);
        let restored = tracked.live.filter(|live| live.source == SourceId::default());
        let source = tracked.source(fix.source, fix.received_at);
        source.diary.hear(fix.received_at);
        let (taken, verdict) = source.judge(&fix, restored.as_ref(), policy);
        let class = match verdict {
            Ok(()) => {
                let behind_ms = source.clock_behind_ms(policy);
                let class = tracked.show(taken, policy);
                if class == FixClass::Live {
                    tracked.clock_behind_ms = behind_ms;
                }
                class
            }
            Err(class) => class,
        };
        tracked.source(fix.source, fix.received_at).diary.count(class);
        let live = tracked.live.filter(|_| class == FixClass::Live);
        let switched = live.is_some_and(|live| shown_before != Some(live.source));
        let index = tracked.card.index;
        Some(Judged { index, class, taken_at: taken.device_at, live, switched })
    }

    /// Notes what a device of a unit did beside giving its position; of an unknown unit nothing.
    pub fn note_device(
        &mut self,
        now: Timestamp,
        unit: &UnitId,
        card: &DeviceCard,
        note: DeviceNote,
    ) {
        let Some(tracked) = self.get_mut(unit) else { return };
        let source = tracked.source(card.source, now);
        if source.card.is_none() {
            source.card = Some(card.clone());
        }
        match note {
            DeviceNote::Known => {}
            DeviceNote::Spoke => source.diary.hear(now),
            DeviceNote::TookOver => {
                self.takeovers.retain(|_, of_one| !of_one.are_over(now));
                let of_one = self.takeovers.entry(card.name.clone());
                of_one.or_insert_with(|| Takeovers::new(unit.clone())).note(now);
            }
        }
    }

    /// Devices whose connections take each other over again and again, by name, and since when.
    pub fn flapping(&self, now: Timestamp) -> impl Iterator<Item = (&str, &UnitId, Timestamp)> {
        let since = move |of_one: &Takeovers| of_one.flapping_since(now);
        self.takeovers
            .iter()
            .filter_map(move |(name, of_one)| Some((name.as_str(), &of_one.unit, since(of_one)?)))
    }

    /// Notes that a unit's device came or went; answers whether that is news.
    pub fn observe_link(&mut self, unit: &UnitId, online: bool, now: Timestamp) -> bool {
        let Some(tracked) = self.get_mut(unit) else { return false };
        let link = if online { Link::Online } else { Link::Offline { since: now } };
        let is_news = (tracked.link == Link::Online) != online || tracked.link == Link::Never;
        if is_news {
            tracked.link = link;
        }
        is_news
    }

    /// Puts back the last known place of a unit after a restart; it keeps its age. A time that cannot be is replaced by
    /// ours, so that a clock that was ahead does not make everything later look late.
    pub fn restore(&mut self, unit: &UnitId, fix: Fix, policy: &Policy) {
        if let Some(tracked) = self.get_mut(unit) {
            tracked.battery_pct = fix.battery_pct;
            let age_ms = fix.received_at.ms_since(fix.device_at);
            let believable = (0..=policy.backlog_ms_max).contains(&age_ms);
            let device_at = if believable { fix.device_at } else { fix.received_at };
            tracked.live = Some(Fix { device_at, source: SourceId::default(), ..fix });
        }
    }
}
