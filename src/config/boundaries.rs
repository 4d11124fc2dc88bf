//! The settings of boundaries: where their file is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The outlines of villages and districts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Boundaries {
    /// The file that `siaga boundaries import` wrote; none: a place is "near" a village.
    pub file: Option<PathBuf>,
}

impl Boundaries {
    /// The section as it stands in the file of `siaga init`.
    pub(super) const fn as_section() -> &'static str {
        "# Outlines of villages and districts, imported from GeoJSON with 'siaga boundaries import FILE.geojson':\n\
         # docs/boundaries.md.\n\
         # [boundaries]\n# file = \"boundaries.siaga\"\n"
    }
}
