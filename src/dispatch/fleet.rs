//! All units of the area and what is known of where they are. Takes a position and judges it, here and nowhere else.
//!
//! A position never decides anything. One that cannot be believed is named for what it is and never moves or
//! freezes the marker; it is kept all the same, by the store.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::dispatch::event::FixClass;
use crate::dispatch::policy::Policy;
use crate::dispatch::unit::{Fix, Link, UnitCard};
use crate::ids::UnitId;
use crate::place::Position;

/// A vehicle that stays within this has not moved: receivers wander.
const STILL_WITHIN_M: f64 = 50.0;

/// One unit with what is known of its whereabouts.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracked {
    pub card: UnitCard,
    pub link: Link,
    /// The newest believable position.
    pub live: Option<Fix>,
    /// A position that was too far away to believe; the next one that agrees with it is believed.
    suspect: Option<Fix>,
    pub battery_pct: Option<u8>,
    /// Where it was when it last came further than receivers wander, and when that was noticed.
    anchor: Option<(Position, Timestamp)>,
}

impl Tracked {
    /// Since when it has stayed within the width of a receiver's wandering.
    #[must_use]
    pub fn still_since(&self) -> Option<Timestamp> {
        self.anchor.map(|(_, since)| since)
    }

    fn note_movement(&mut self, fix: &Fix) {
        let moved = self.anchor.is_none_or(|(at, _)| at.metres_to(fix.position) > STILL_WITHIN_M);
        if moved {
            self.anchor = Some((fix.position, fix.received_at));
        }
    }
}

/// The units of one area by their code.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    units: BTreeMap<UnitId, Tracked>,
}

impl Fleet {
    #[must_use]
    pub fn new(cards: Vec<UnitCard>) -> Self {
        let tracked = |card: UnitCard| {
            let id = card.id.clone();
            let unit = Tracked {
                card,
                link: Link::Never,
                live: None,
                suspect: None,
                battery_pct: None,
                anchor: None,
            };
            (id, unit)
        };
        Self { units: cards.into_iter().map(tracked).collect() }
    }

    #[must_use]
    pub fn get(&self, unit: &UnitId) -> Option<&Tracked> {
        self.units.get(unit)
    }

    /// Every unit, in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &Tracked> {
        self.units.values()
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
    pub fn observe(&mut self, unit: &UnitId, fix: Fix, policy: &Policy) -> Option<FixClass> {
        let tracked = self.units.get_mut(unit)?;
        if fix.battery_pct.is_some() {
            tracked.battery_pct = fix.battery_pct;
        }
        let class = classify(tracked, &fix, policy);
        match class {
            FixClass::Live => {
                tracked.note_movement(&fix);
                tracked.live = Some(fix);
                tracked.suspect = None;
            }
            FixClass::Jump => tracked.suspect = Some(fix),
            FixClass::Late
            | FixClass::Duplicate
            | FixClass::Future
            | FixClass::NullIsland
            | FixClass::OutsideCountry
            | FixClass::PoorAccuracy => {}
        }
        Some(class)
    }

    /// Notes that a unit's device came or went; answers whether that is news.
    pub fn observe_link(&mut self, unit: &UnitId, online: bool, now: Timestamp) -> bool {
        let Some(tracked) = self.units.get_mut(unit) else { return false };
        let link = if online { Link::Online } else { Link::Offline { since: now } };
        let is_news = (tracked.link == Link::Online) != online || tracked.link == Link::Never;
        if is_news {
            tracked.link = link;
        }
        is_news
    }

    /// Puts back the last known place of a unit after a restart; it keeps its age.
    pub fn restore(&mut self, unit: &UnitId, fix: Fix) {
        if let Some(tracked) = self.units.get_mut(unit) {
            tracked.battery_pct = fix.battery_pct;
            tracked.live = Some(fix);
        }
    }
}

fn classify(tracked: &Tracked, fix: &Fix, policy: &Policy) -> FixClass {
    if fix.position.is_null_island() {
        return FixClass::NullIsland;
    }
    if !fix.position.is_in_indonesia() {
        return FixClass::OutsideCountry;
    }
    if fix.device_at.ms_since(fix.received_at) > policy.clock_ahead_ms_max {
        return FixClass::Future;
    }
    if fix.accuracy_m.is_some_and(|accuracy| accuracy > policy.accuracy_m_max) {
        return FixClass::PoorAccuracy;
    }
    let Some(live) = &tracked.live else { return FixClass::Live };
    if fix.device_at == live.device_at && fix.position == live.position {
        return FixClass::Duplicate;
    }
    if fix.device_at <= live.device_at {
        return FixClass::Late;
    }
    if is_reachable(live, fix, policy) {
        return FixClass::Live;
    }
    // Two that agree with each other are right and the old place was wrong.
    match &tracked.suspect {
        Some(suspect)
            if fix.device_at > suspect.device_at && is_reachable(suspect, fix, policy) =>
        {
            FixClass::Live
        }
        Some(_) | None => FixClass::Jump,
    }
}

/// Whether a vehicle can have come from one place to the other in the time between.
fn is_reachable(from: &Fix, to: &Fix, policy: &Policy) -> bool {
    let metres = from.position.metres_to(to.position);
    let blur_m = f64::from(from.accuracy_m.unwrap_or(0.0) + to.accuracy_m.unwrap_or(0.0));
    #[expect(clippy::as_conversions, reason = "milliseconds of a journey are exact in f64")]
    let seconds = to.device_at.ms_since(from.device_at) as f64 / 1000.0;
    metres <= policy.jump_free_m + blur_m + seconds * policy.speed_kmh_max / 3.6
}
