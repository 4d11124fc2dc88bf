//! Roads: an OpenStreetMap extract becomes a graph, and the graph says who is there first.
//!
//! `import` reads an extract (`pbf`) and builds the `graph`; `file` keeps it. `snap` finds where a place lies along the
//! roads, `search` drives. Nothing here waits, asks a clock or draws chance; only `file` and `import` touch the disk.

pub mod file;
pub mod graph;
pub mod import;
pub mod in_use;
pub mod kind;
pub mod landmarks;
pub mod learned;
pub mod mvt;
mod pbf;
mod pieces;
pub mod pmtiles;
pub mod route;
pub mod scenery;
pub mod search;
pub mod shape;
pub mod snap;
pub mod square;
pub mod tile;

use std::path::Path;

use crate::place::Position;
use graph::{About, Graph};
use kind::{Driving, Paces, Speeds};
use search::{Enough, Met, Spare, Start};

/// The roads of an area, ready to be searched.
#[derive(Debug)]
pub struct Roads {
    graph: Graph,
    urgent: Paces,
    spare: Spare,
}

impl Roads {
    #[must_use]
    pub fn new(graph: Graph, speeds: &Speeds) -> Self {
        Self { graph, urgent: Paces::new(speeds, Driving::Urgent), spare: Spare::default() }
    }

    /// Reads the file that an import wrote.
    pub fn open(path: &Path, speeds: &Speeds) -> Result<Self, file::Fault> {
        Ok(Self::new(file::read(path)?, speeds))
    }

    #[must_use]
    pub const fn about(&self) -> &About {
        &self.graph.about
    }

    #[must_use]
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The ways of those ambulances that are soonest at a place, with lights and sirens.
    #[must_use]
    pub fn meet(&self, place: Position, starts: &[Start], enough: Enough) -> Met {
        self.graph.meet(&self.spare, &self.urgent, place, starts, enough)
    }

    /// For each place the milliseconds until the first of the ambulances is there, its delay among them; none where
    /// nobody is within so long.
    #[must_use]
    pub fn first_there(
        &self,
        starts: &[Start],
        places: &[Position],
        within_ms: u32,
    ) -> Vec<Option<u32>> {
        self.graph.first_there(&self.spare, &self.urgent, starts, places, within_ms)
    }
}
