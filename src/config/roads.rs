//! The settings of roads: where the graph is, and how fast one drives.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::roads::kind::Speeds;

/// Km/h that a speed may be.
const KMH: std::ops::RangeInclusive<u16> = 3..=150;
/// Percent that a share may be.
const PERCENT: std::ops::RangeInclusive<u16> = 10..=200;

/// The road graph, and the speeds by which it is driven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Roads {
    /// The file that `siaga roads import` wrote; none: units are ranked by the straight line.
    pub file: Option<PathBuf>,
    pub speeds: Speeds,
    /// Whether observed trips correct the speeds.
    pub learn: bool,
    /// A PMTiles file from which the map is drawn instead; none: one in the data's folder, else the imported roads.
    pub basemap: Option<PathBuf>,
}

impl Default for Roads {
    fn default() -> Self {
        Self { file: None, speeds: Speeds::default(), learn: true, basemap: None }
    }
}

impl Roads {
    /// Says in a sentence which number cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        let speeds = &self.speeds;
        let kmh = [
            ("motorway", speeds.motorway),
            ("trunk", speeds.trunk),
            ("primary", speeds.primary),
            ("secondary", speeds.secondary),
            ("tertiary", speeds.tertiary),
            ("unclassified", speeds.unclassified),
            ("residential", speeds.residential),
            ("living_street", speeds.living_street),
            ("service", speeds.service),
            ("link", speeds.link),
            ("track", speeds.track),
            ("pedestrian", speeds.pedestrian),
            ("ferry", speeds.ferry),
        ];
        let percent = [
            ("unpaved_percent", speeds.unpaved_percent),
            ("normal_percent", speeds.normal_percent),
            ("over_limit_percent", speeds.over_limit_percent),
        ];
        let kmh = kmh.map(|(name, value)| (name, value, KMH, "km/h"));
        let percent = percent.map(|(name, value)| (name, value, PERCENT, "percent"));
        for (name, value, range, unit) in kmh.into_iter().chain(percent) {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err(format!(
                    "'roads.speeds.{name}' is {value}: set {least} to {most} {unit}"
                ));
            }
        }
        Ok(())
    }

    /// The section as it stands in the file of `siaga init`.
    pub(super) const fn as_section() -> &'static str {
        "# Roads, imported from any OpenStreetMap extract with 'siaga roads import FILE.osm.pbf': docs/roads.md.\n\
         # [roads]\n# file = \"roads.siaga\"\n# learn = true   # observed trips correct the speeds\n\
         # basemap = \"regency.pmtiles\"\n\
         # [roads.speeds]   # km/h with lights and sirens, by class of road\n# primary = 50\n"
    }
}
