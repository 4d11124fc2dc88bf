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

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::place::Position;
use graph::{About, Graph};
use kind::{ClassFactors, Driving, Paces, RoadKind, Speeds};
use search::{Enough, Met, Spare, Start};

/// The roads of an area, ready to be searched. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Roads {
    graph: Arc<Graph>,
    spare: Arc<Spare>,
    /// By the speed table, with lights and sirens.
    by_table: Arc<Paces>,
    /// The same as trips have corrected it.
    urgent: Arc<Paces>,
}

/// How long a way takes by the speed table alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableTime {
    /// In seconds, rounded up.
    pub by_table_s: u32,
    /// How much of it is on each class of road, in seconds; what lies beside the roads is on none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_class_s: BTreeMap<RoadKind, u32>,
}

impl Roads {
    #[must_use]
    pub fn new(graph: Graph, speeds: &Speeds) -> Self {
        let by_table = Arc::new(Paces::new(speeds, Driving::Urgent));
        let urgent = by_table.clone();
        Self { graph: Arc::new(graph), spare: Arc::default(), by_table, urgent }
    }

    /// Reads the file that an import wrote.
    pub fn open(path: &Path, speeds: &Speeds) -> Result<Self, file::Fault> {
        Ok(Self::new(file::read(path)?, speeds))
    }

    /// The same roads, each class driven as much slower or faster than the table says.
    #[must_use]
    pub fn corrected(&self, factors: &ClassFactors) -> Self {
        Self { urgent: Arc::new(self.by_table.corrected(factors)), ..self.clone() }
    }

    #[must_use]
    pub fn about(&self) -> &About {
        &self.graph.about
    }

    #[must_use]
    pub fn graph(&self) -> &Graph {
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

    /// What the speed table says of the way of one ambulance to a place; none where no road leads there, or only after
    /// more than so many junctions.
    #[must_use]
    pub fn by_table(&self, start: Start, place: Position, junctions: usize) -> Option<TableTime> {
        let trail = self.graph.trail(&self.spare, &self.urgent, place, start, junctions)?;
        let (mut by_class_ms, mut corrected_ms) = (BTreeMap::<RoadKind, u32>::new(), 0_u32);
        for part in &trail.parts {
            let effort = self.graph.efforts.get(graph::index(part.drive.segment()));
            let Some(effort) = effort else { continue };
            let ms = |paces: &Paces| part.share_of(paces.ms(effort.decimetres(), effort.grade()));
            *by_class_ms.entry(effort.grade().kind()).or_default() += ms(&self.by_table);
            corrected_ms = corrected_ms.saturating_add(ms(&self.urgent));
        }
        let beside_ms = trail.way.ms.saturating_sub(corrected_ms);
        let ms = by_class_ms.values().fold(beside_ms, |sum, ms| sum.saturating_add(*ms));
        let seconds = |(kind, ms): (RoadKind, u32)| (kind, (ms + 500) / 1_000);
        let by_class_s = by_class_ms.into_iter().map(seconds).filter(|(_, s)| *s > 0).collect();
        Some(TableTime { by_table_s: ms.div_ceil(1_000), by_class_s })
    }
}
