//! The demo on imported roads: its villages stand along them and its vehicles drive on them, wherever they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use firmware_sim::{Place, Ways};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

use crate::cli::roads::import_into;
use crate::config;
use crate::place::Position;
use crate::roads::Roads;
use crate::roads::graph::index;
use crate::roads::kind::{RoadKind, Speeds};
use crate::roads::search::Start;

/// The graph that the demo imports, in its data directory.
const GRAPH: &str = "roads.siaga";
/// Of so many places that were drawn, the one is taken that is furthest from all that were taken before: villages are
/// spread over the land, and denser where roads are.
const DRAWN_FOR_EACH: usize = 6;

/// Roads and the file that they come from.
pub struct OnRoads {
    file: PathBuf,
    roads: Arc<Roads>,
}

/// Opens a graph; an extract is imported first.
pub async fn open(file: &Path, data: &Path) -> anyhow::Result<OnRoads> {
    let is_extract = file.extension().is_some_and(|ending| ending == "pbf");
    let (from, data) = (file.to_owned(), data.to_owned());
    let opening = tokio::task::spawn_blocking(move || {
        let graph = if is_extract {
            let into = data.join(GRAPH);
            import_into(&from, &into)?;
            into
        } else {
            from
        };
        let roads = Roads::open(&graph, &Speeds::default());
        let roads = roads.with_context(|| graph.display().to_string())?;
        Ok(OnRoads { file: graph, roads: Arc::new(roads) })
    });
    opening.await?
}

impl OnRoads {
    pub fn settings(&self) -> config::Roads {
        config::Roads { file: Some(self.file.clone()), ..config::Roads::default() }
    }

    /// So many places along roads on which people live; the same seed gives the same ones.
    pub fn places(&self, count: usize, seed: u64) -> Vec<Position> {
        let graph = self.roads.graph();
        let lived_on = |segment: &u32| {
            let kind = graph.efforts[index(*segment)].grade().kind();
            let quiet = [RoadKind::Motorway, RoadKind::Link, RoadKind::Track, RoadKind::Ferry];
            graph.cut_off[index(*segment)] == 0 && !quiet.contains(&kind)
        };
        let segments: Vec<u32> = (0..graph.about.segments).filter(lived_on).collect();
        let mut rng = ChaCha12Rng::seed_from_u64(seed ^ 0x524f_4144);
        let mut places: Vec<Position> = Vec::with_capacity(count);
        while places.len() < count && !segments.is_empty() {
            let drawn = (0..DRAWN_FOR_EACH).filter_map(|_| {
                let shape = graph.shape(segments[rng.random_range(0..segments.len())]);
                let (lat, lon) = *shape.get(shape.len() / 2)?;
                Position::from_e7(lat, lon).ok()
            });
            let apart = |place: &Position| {
                let others = places.iter().map(|other| other.metres_to(*place));
                others.fold(f64::INFINITY, f64::min)
            };
            let furthest = drawn.max_by(|a, b| apart(a).total_cmp(&apart(b)));
            let Some(furthest) = furthest else { break };
            places.push(furthest);
        }
        places
    }

    /// How vehicles drive here.
    pub fn ways(&self) -> Ways {
        let roads = self.roads.clone();
        Ways::by_road(move |from, to| {
            let place = |place: Place| Position::new(place.lat, place.lon).ok();
            let start = Start { position: place(from)?, heading_deg: None, delay_ms: 0 };
            let line = roads.route(start, place(to)?)?.line;
            let place = |at: Position| Place { lat: at.lat(), lon: at.lon() };
            Some(line.into_iter().map(place).collect())
        })
    }
}
