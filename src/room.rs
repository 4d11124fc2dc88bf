//! What an area's people and machines are called: roster, facilities and village names around the pure core.

use std::collections::BTreeMap;

use crate::config::Dispatching;
use crate::dispatch::advice::Ground;
use crate::dispatch::policy::Policy;
use crate::dispatch::unit::UnitCard;
use crate::dispatch::{Dispatch, FacilityCard};
use crate::gazetteer::Regency;
use crate::ids::{AreaId, Capability};
use crate::neighbour::Neighbour;
use crate::place::{Bounds, Position};
use crate::store::{Area, Facility, RosterUnit};
use crate::view::{FacilityView, VillageView};

/// Degrees around villages that are not in Indonesia in which positions are believed.
const COUNTRY_MARGIN: f64 = 1.0;

/// Names and cards of one area; fixed while the program runs.
#[derive(Debug)]
pub struct Room {
    pub area: Area,
    pub regency: Regency,
    /// By index.
    units: Vec<RosterUnit>,
    facilities: BTreeMap<String, Facility>,
    dispatching: Dispatching,
    /// Names of the neighbouring areas.
    neighbours: BTreeMap<AreaId, String>,
    country: Bounds,
}

impl Room {
    /// A room that dispatches by the default numbers.
    #[must_use]
    pub fn new(
        area: Area,
        regency: Regency,
        units: Vec<RosterUnit>,
        facilities: Vec<Facility>,
    ) -> Self {
        let facilities = facilities.into_iter().map(|f| (f.id.clone(), f)).collect();
        Self {
            area,
            regency,
            units,
            facilities,
            dispatching: Dispatching::default(),
            neighbours: BTreeMap::new(),
            country: Bounds::INDONESIA,
        }
    }

    /// The same where its villages, in their order, are somewhere else, perhaps in another country.
    #[must_use]
    pub fn with_villages_at(mut self, places: &[Position]) -> Self {
        self.regency.move_villages(places);
        let all = self.regency.villages.iter().map(|village| village.position);
        let abroad =
            all.map(Bounds::of).reduce(Bounds::with).map(|b| b.with_margin(COUNTRY_MARGIN));
        self.country = abroad.unwrap_or(self.country);
        self
    }

    /// The same room, dispatching by the numbers of the settings.
    #[must_use]
    pub fn dispatching_by(self, dispatching: Dispatching) -> Self {
        Self { dispatching, ..self }
    }

    #[must_use]
    pub fn unit(&self, index: u32) -> Option<&RosterUnit> {
        self.units.get(usize::try_from(index).ok()?)
    }

    #[must_use]
    pub fn units(&self) -> &[RosterUnit] {
        &self.units
    }

    /// The units whose home village has a code that begins with this one, by index in rising order: those of a
    /// district, a regency or a province. None of a code that is nobody's.
    #[must_use]
    pub fn units_within(&self, code: &str) -> Vec<u32> {
        let is_within = |unit: &&RosterUnit| {
            let rest = unit.village.strip_prefix(code);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut within: Vec<u32> = self.units.iter().filter(is_within).map(|u| u.index).collect();
        within.sort_unstable();
        within
    }

    pub fn facilities(&self) -> impl Iterator<Item = &Facility> {
        self.facilities.values()
    }

    #[must_use]
    pub fn facility_view(&self, id: &str) -> Option<FacilityView> {
        self.facilities.get(id).map(|facility| FacilityView {
            id: facility.id.clone(),
            name: facility.name.clone(),
            lat: facility.position.lat(),
            lon: facility.position.lon(),
        })
    }

    /// The same, knowing its neighbouring areas.
    #[must_use]
    pub fn with_neighbours(mut self, neighbours: &[Neighbour]) -> Self {
        self.neighbours = neighbours.iter().map(|n| (n.area.clone(), n.name.clone())).collect();
        self
    }

    /// What a neighbouring area is called; its code when it is none any more.
    #[must_use]
    pub fn neighbour_name(&self, area: &AreaId) -> String {
        self.neighbours.get(area).cloned().unwrap_or_else(|| area.to_string())
    }

    /// A village of this area by its code.
    #[must_use]
    pub fn village(&self, code: &str) -> Option<VillageView> {
        self.regency.village(code).map(|village| VillageView {
            code: village.code.clone(),
            name: village.name.clone(),
            district: village.district.clone(),
        })
    }

    /// The area's rules: the settings, on the area's own clock.
    #[must_use]
    pub fn policy(&self) -> Policy {
        // Indonesia's three zones have no daylight saving.
        let hours = match self.area.timezone.as_str() {
            "Asia/Makassar" => 8,
            "Asia/Jayapura" => 9,
            _ => 7,
        };
        self.dispatching.on(Policy {
            utc_offset_s: hours * 3600,
            country: self.country,
            ..Policy::default()
        })
    }

    /// What the core needs to know of each unit.
    #[must_use]
    pub fn cards(&self) -> Vec<UnitCard> {
        let card = |unit: &RosterUnit| UnitCard {
            id: unit.id.clone(),
            index: unit.index,
            post: unit.post,
            capabilities: abilities(&unit.capabilities),
        };
        self.units.iter().map(card).collect()
    }

    /// The core of this area, before anything has happened.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch_by(self.policy())
    }

    /// The same under other rules than the area's own.
    #[must_use]
    pub fn dispatch_by(&self, policy: Policy) -> Dispatch {
        let units = self.cards();
        let villages: Vec<Position> = self.regency.villages.iter().map(|v| v.position).collect();
        let ground = Ground::new(&villages, &units, &policy);
        Dispatch::new(policy, units, self.facility_cards()).with_ground(ground)
    }

    /// What the core needs to know of each facility.
    #[must_use]
    pub fn facility_cards(&self) -> Vec<FacilityCard> {
        let card = |facility: &Facility| FacilityCard {
            id: facility.id.clone(),
            position: facility.position,
            capabilities: abilities(&facility.capabilities),
        };
        self.facilities.values().map(card).collect()
    }
}

/// Words of the roster that are capabilities; the roster refuses others when it is written.
fn abilities(words: &[String]) -> Vec<Capability> {
    words.iter().filter_map(|word| Capability::new(word).ok()).collect()
}
