//! The boundaries that the server uses.

use std::path::Path;

use super::topology::{self, Drawn};
use super::{Boundaries, file};
use crate::in_use::{self, Kind};
use crate::sealed::Fault;

/// Boundaries with what the maps draw of them.
#[derive(Debug)]
pub struct Known {
    pub boundaries: Boundaries,
    pub drawn: Drawn,
}

/// The boundaries as they are now; without, a place is "near" a village.
pub type InUse = in_use::InUse<Known>;

/// Boundaries of this area.
#[must_use]
pub fn kind(area: String) -> Kind<Known> {
    Kind {
        name: "boundaries",
        made_by: "siaga boundaries import",
        read: Box::new(move |path| open(path, &area)),
        about: |known| {
            format!("{}: {} villages", known.boundaries.about.source, known.boundaries.villages())
        },
    }
}

fn open(path: &Path, area: &str) -> Result<Known, Fault> {
    let boundaries = file::read(path)?;
    let of = &boundaries.about.area;
    if of != area {
        return Err(Fault::Unfit(format!("it is of {of}, and this server dispatches for {area}")));
    }
    let drawn = topology::draw(&boundaries);
    Ok(Known { boundaries, drawn })
}
