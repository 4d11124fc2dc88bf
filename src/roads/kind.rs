//! What kind of road it is, and how fast an ambulance drives on it.

use serde::{Deserialize, Serialize};

/// Classes of roads after the tags of OpenStreetMap.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RoadKind {
    Motorway,
    Trunk,
    Primary,
    Secondary,
    Tertiary,
    Unclassified,
    Residential,
    LivingStreet,
    Service,
    /// Slip roads of any class.
    Link,
    /// Field and forest roads.
    Track,
    /// For people on foot, and open to an ambulance.
    Pedestrian,
    Ferry,
}

pub const KINDS: [RoadKind; 13] = [
    RoadKind::Motorway,
    RoadKind::Trunk,
    RoadKind::Primary,
    RoadKind::Secondary,
    RoadKind::Tertiary,
    RoadKind::Unclassified,
    RoadKind::Residential,
    RoadKind::LivingStreet,
    RoadKind::Service,
    RoadKind::Link,
    RoadKind::Track,
    RoadKind::Pedestrian,
    RoadKind::Ferry,
];

impl RoadKind {
    /// Its place in [`KINDS`].
    #[must_use]
    pub fn number(self) -> usize {
        KINDS.iter().position(|kind| *kind == self).unwrap_or_default()
    }
}

/// Limits that a sign may set, in km/h; each stands for what is at most so much. The first: no sign.
const SIGNS: [Option<u16>; 8] =
    [None, Some(20), Some(30), Some(40), Some(50), Some(60), Some(80), Some(100)];

/// Class, surface and sign of a road in one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grade(pub u8);

impl Grade {
    #[must_use]
    pub fn new(kind: RoadKind, unpaved: bool, limit_kmh: Option<u16>) -> Self {
        let kind = (0..).zip(KINDS).find(|(_, known)| *known == kind).map_or(0, |(n, _)| n);
        let fits = |sign: &Option<u16>| limit_kmh.is_some_and(|l| sign.is_some_and(|s| l <= s));
        let sign = (0..).zip(SIGNS).find(|(_, sign)| fits(sign)).map_or(0, |(n, _)| n);
        Self(kind << 4 | u8::from(unpaved) << 3 | sign)
    }

    #[must_use]
    pub fn kind(self) -> RoadKind {
        let kind = KINDS.get(usize::from(self.0 >> 4));
        kind.copied().unwrap_or(RoadKind::Unclassified)
    }

    #[must_use]
    pub const fn is_unpaved(self) -> bool {
        self.0 & 8 != 0
    }

    fn limit_kmh(self) -> Option<u16> {
        SIGNS.get(usize::from(self.0 & 7)).copied().flatten()
    }
}

/// Speeds by class of road.
///
/// The defaults are Siaga's own estimates for Indonesian roads outside large cities, with lights and sirens, stops and
/// bends included; no published table was found. They are to be corrected by what the area's ambulances really drive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Speeds {
    pub motorway: u16,
    pub trunk: u16,
    pub primary: u16,
    pub secondary: u16,
    pub tertiary: u16,
    pub unclassified: u16,
    pub residential: u16,
    pub living_street: u16,
    pub service: u16,
    pub link: u16,
    pub track: u16,
    pub pedestrian: u16,
    pub ferry: u16,
    /// Of the speed on a paved road of the class, where the surface is of gravel or earth.
    pub unpaved_percent: u16,
    /// Of the speed with lights and sirens, without them.
    pub normal_percent: u16,
    /// Of the limit on a sign, with lights and sirens; without them the limit itself.
    pub over_limit_percent: u16,
}

impl Default for Speeds {
    fn default() -> Self {
        Self {
            motorway: 90,
            trunk: 55,
            primary: 50,
            secondary: 45,
            tertiary: 40,
            unclassified: 30,
            residential: 25,
            living_street: 15,
            service: 20,
            link: 40,
            track: 15,
            pedestrian: 10,
            ferry: 8,
            unpaved_percent: 60,
            normal_percent: 80,
            over_limit_percent: 120,
        }
    }
}

/// How an ambulance is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driving {
    /// With lights and sirens.
    Urgent,
    Normal,
}

impl Speeds {
    const fn kmh(&self, kind: RoadKind) -> u16 {
        match kind {
            RoadKind::Motorway => self.motorway,
            RoadKind::Trunk => self.trunk,
            RoadKind::Primary => self.primary,
            RoadKind::Secondary => self.secondary,
            RoadKind::Tertiary => self.tertiary,
            RoadKind::Unclassified => self.unclassified,
            RoadKind::Residential => self.residential,
            RoadKind::LivingStreet => self.living_street,
            RoadKind::Service => self.service,
            RoadKind::Link => self.link,
            RoadKind::Track => self.track,
            RoadKind::Pedestrian => self.pedestrian,
            RoadKind::Ferry => self.ferry,
        }
    }

    /// Km/h on a road, in tenths; never below 1 km/h.
    #[must_use]
    pub fn tenths_kmh(&self, grade: Grade, driving: Driving) -> u32 {
        let surface = if grade.is_unpaved() { self.unpaved_percent } else { 100 };
        let style = if driving == Driving::Normal { self.normal_percent } else { 100 };
        let free =
            u32::from(self.kmh(grade.kind())) * u32::from(surface) * u32::from(style) / 1_000;
        let over = if driving == Driving::Urgent { self.over_limit_percent.max(100) } else { 100 };
        let limit = grade.limit_kmh().map_or(u32::MAX, |l| u32::from(l) * u32::from(over) / 10);
        free.min(limit).max(10)
    }
}

/// By what the time on each class of road is multiplied, in thousandths, in the order of [`KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassFactors([u16; KINDS.len()]);

impl Default for ClassFactors {
    /// As the table says.
    fn default() -> Self {
        Self([1_000; KINDS.len()])
    }
}

impl ClassFactors {
    #[must_use]
    pub const fn new(permille: [u16; KINDS.len()]) -> Self {
        Self(permille)
    }

    #[must_use]
    pub fn permille(&self, kind: RoadKind) -> u16 {
        self.0[kind.number()]
    }
}

/// Milliseconds for a decimetre on each grade of road, in 256ths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paces([u32; 256]);

impl Paces {
    #[must_use]
    pub fn new(speeds: &Speeds, driving: Driving) -> Self {
        let mut paces = [0; 256];
        for (grade, pace) in (0..=u8::MAX).zip(&mut paces) {
            // A decimetre takes 360 ms at 1 km/h.
            *pace = 360 * 256 * 10 / speeds.tenths_kmh(Grade(grade), driving);
        }
        Self(paces)
    }

    /// The same, each class of road slower or faster by its factor.
    #[must_use]
    pub fn corrected(&self, factors: &ClassFactors) -> Self {
        let mut paces = self.0;
        for (grade, pace) in (0..=u8::MAX).zip(&mut paces) {
            let permille = u64::from(factors.permille(Grade(grade).kind()));
            *pace = u32::try_from(u64::from(*pace) * permille / 1_000).unwrap_or(u32::MAX);
        }
        Self(paces)
    }

    /// Milliseconds for so many decimetres.
    #[must_use]
    pub fn ms(&self, decimetres: u32, grade: Grade) -> u32 {
        let ms = (u64::from(decimetres) * u64::from(self.0[usize::from(grade.0)])) >> 8;
        u32::try_from(ms).unwrap_or(u32::MAX)
    }
}
