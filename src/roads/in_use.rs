//! The roads that the server ranks by.

use super::Roads;
use super::kind::Speeds;
use crate::in_use::{self, Kind};

/// The roads as they are now; without, units are ranked by the straight line.
pub type InUse = in_use::InUse<Roads>;

/// Road graphs, driven at these speeds.
#[must_use]
pub fn kind(speeds: Speeds) -> Kind<Roads> {
    Kind {
        name: "roads",
        made_by: "siaga roads import",
        read: Box::new(move |path| Roads::open(path, &speeds)),
        about: |roads| {
            let about = roads.about();
            format!("{}: {} km", about.source, about.kilometres)
        },
    }
}
