//! Our search beside Valhalla, a routing engine that others wrote, on the same extracts: how far, and who is nearest.

use std::path::{Path, PathBuf};
use std::process::Command;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use siaga::roads::graph::index;

use super::extracts::{HELSINKI, LIECHTENSTEIN, extract};
use super::*;
use crate::house::TempDir;

const SKIP: &str = "SIAGA_TEST_SKIP_VALHALLA";
const UNITS: usize = 30;
const PLACES: usize = 100;
/// Shorter ways say more of where a place was put along its road than of the way.
const METRES_MIN: f64 = 200.0;
/// Where the engine puts a place further away than this, it is not on the road that it lies on.
const ELSEWHERE_M: f64 = 10.0;
/// A unit that is hardly further than the nearest is as good an answer.
const TIE: f64 = 1.02;

/// Where `./test` puts the engine; none when it is to be left out, which is said.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn engine() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/valhalla");
    if std::env::var(SKIP).is_ok_and(|value| value == "1") {
        eprintln!("left out: {SKIP} is set");
        return None;
    }
    if !folder.join("valhalla/bin/valhalla_service").exists() {
        eprintln!("left out: {} is missing; ./test fetches it", folder.display());
        return None;
    }
    Some(folder)
}

/// Every road is driven alike, so that the quickest way is the shortest; where the engine drives no car, at a crawl.
fn even() -> Speeds {
    let kmh = 36;
    Speeds {
        motorway: kmh,
        trunk: kmh,
        primary: kmh,
        secondary: kmh,
        tertiary: kmh,
        unclassified: kmh,
        residential: kmh,
        living_street: kmh,
        service: kmh,
        link: kmh,
        track: kmh,
        pedestrian: 1,
        ferry: 1,
        unpaved_percent: 100,
        normal_percent: 100,
        over_limit_percent: 1_000,
    }
}

/// The engine with the roads of one extract.
struct Valhalla {
    programs: PathBuf,
    dir: TempDir,
}

impl Valhalla {
    fn with(folder: &Path, extract: &Path) -> Self {
        let this = Self { programs: folder.join("valhalla/bin"), dir: TempDir::new() };
        let tiles = this.dir.0.join("tiles");
        std::fs::create_dir(&tiles).expect("writable");
        let config = json!({
            "logging": {"type": ""},
            "mjolnir": {"tile_dir": tiles, "hierarchy": false, "shortcuts": false},
            "loki": {
                "actions": ["locate", "sources_to_targets"],
                "service_defaults": {
                    "radius": 0, "minimum_reachability": 50, "search_cutoff": 35_000,
                    "node_snap_tolerance": 5, "street_side_tolerance": 5,
                    "street_side_max_distance": 1_000, "heading_tolerance": 60,
                    "mvt_min_zoom_road_class": [7, 7, 8, 11, 11, 12, 13, 14],
                    "mvt_cache_min_zoom": 11,
                },
            },
            "thor": {},
            "meili": {"default": {"breakage_distance": 2_000}},
            "service_limits": {
                "auto": {
                    "max_distance": 5e6, "max_locations": UNITS + PLACES,
                    "max_matrix_distance": 4e5, "max_matrix_location_pairs": UNITS * PLACES,
                },
                "skadi": {"max_shape": 1, "min_resample": 10.0},
                "isochrone": {
                    "max_contours": 1, "max_time_contour": 1, "max_distance": 1.0,
                    "max_locations": 1, "max_distance_contour": 1,
                },
                "trace": {
                    "max_distance": 1.0, "max_gps_accuracy": 1.0, "max_search_radius": 1.0,
                    "max_shape": 1, "max_alternates": 1, "max_alternates_shape": 1,
                },
                "max_exclude_locations": 1, "max_reachability": 100, "max_radius": 1,
                "max_alternates": 1, "max_exclude_polygons_length": 1,
            },
        });
        std::fs::write(this.config(), config.to_string()).expect("writable");
        this.run("valhalla_build_tiles", &["-c".as_ref(), &this.config(), extract]);
        this
    }

    fn config(&self) -> PathBuf {
        self.dir.0.join("valhalla.json")
    }

    fn run(&self, program: &str, words: &[&Path]) -> Vec<u8> {
        let run = Command::new(self.programs.join(program)).args(words).output();
        let run = run.expect("it starts");
        assert!(run.status.success(), "{program}: {}", String::from_utf8_lossy(&run.stderr));
        run.stdout
    }

    fn ask(&self, action: &str, mut asked: Value) -> Value {
        asked["costing"] = "auto".into();
        asked["costing_options"] = json!({"auto": {"shortest": true}});
        let asked = asked.to_string();
        let words = [&self.config(), Path::new(action), Path::new(&asked)];
        let said = self.run("valhalla_service", &words);
        // Its warnings stand before the answer.
        let begins = said.iter().position(|byte| matches!(byte, b'{' | b'['));
        serde_json::from_slice(&said[begins.unwrap_or_default()..]).expect("JSON")
    }

    /// Metres from each of the first to each of the second, along the shortest way.
    fn metres(&self, from: &[Position], to: &[Position]) -> Vec<Vec<Option<f64>>> {
        let asked = json!({
            "sources": named(from), "targets": named(to), "verbose": false, "units": "km",
        });
        let said = self.ask("sources_to_targets", asked);
        let rows = said["sources_to_targets"]["distances"].as_array().expect("a row for each");
        let row = |row: &Value| -> Vec<Option<f64>> {
            let row = row.as_array().expect("a row");
            row.iter().map(|km| km.as_f64().map(|km| km * 1_000.0)).collect()
        };
        rows.iter().map(row).collect()
    }

    /// Of places those that it finds on a road where they are, and on no other.
    fn found(&self, places: Vec<Position>) -> Vec<Position> {
        let said = self.ask("locate", json!({"locations": named(&places)}));
        let said = said.as_array().expect("one for each").iter();
        let is_there = |(place, said): &(Position, &Value)| {
            let roads = said["edges"].as_array().map_or(&[][..], |edges| &edges[..]);
            let at = |road: &Value| {
                let coordinate = |key: &str| road[key].as_f64().expect("a coordinate");
                let (lat, lon) = (coordinate("correlated_lat"), coordinate("correlated_lon"));
                Position::new(lat, lon).expect("a place")
            };
            !roads.is_empty() && roads.iter().all(|road| at(road).metres_to(*place) < ELSEWHERE_M)
        };
        places.into_iter().zip(said).filter(is_there).map(|(place, _)| place).collect()
    }
}

fn named(places: &[Position]) -> Vec<Value> {
    places.iter().map(|place| json!({"lat": place.lat(), "lon": place.lon()})).collect()
}

/// Places on roads that are open to cars and not cut off; none where one road passes below another, for there the two
/// engines choose between them as they like.
fn on_roads(graph: &Graph, count: usize, chance: &mut ChaCha8Rng) -> Vec<Position> {
    let mut places = Vec::new();
    while places.len() < count {
        let segment = chance.next_u32() % graph.about.segments;
        let kind = graph.efforts[index(segment)].grade().kind();
        let is_for_cars = !matches!(
            kind,
            RoadKind::Track | RoadKind::Pedestrian | RoadKind::Ferry | RoadKind::Service
        );
        if graph.cut_off[index(segment)] == 1 || !is_for_cars {
            continue;
        }
        let shape = graph.shape(segment);
        let ends = |segment: u32| {
            let shape = graph.shape(segment);
            [shape[0], shape[shape.len() - 1]]
        };
        let meets = |other: u32| ends(other).iter().any(|end| ends(segment).contains(end));
        let (lat, lon) = shape[shape.len() / 2];
        let place = Position::from_e7(lat, lon).expect("a place");
        if graph.spots(place).iter().all(|spot| meets(spot.segment)) {
            places.push(place);
        }
    }
    places
}

/// What a comparison came to.
#[derive(Default)]
struct Compared {
    /// Our distances by theirs.
    ratios: Vec<f64>,
    /// Ways that one of both found alone.
    one_sided: usize,
    nearest_alike: usize,
    places: usize,
}

impl Compared {
    /// Below which so many of a hundred ratios lie.
    fn quantile(&self, percent: usize) -> f64 {
        self.ratios[self.ratios.len() * percent / 100]
    }
}

fn compare(name: &str, graph: &Graph, folder: &Path) -> Compared {
    let roads = Roads::new(graph.clone(), &even());
    let valhalla = Valhalla::with(folder, &extract(name));
    let mut chance = ChaCha8Rng::seed_from_u64(5);
    let units = valhalla.found(on_roads(graph, UNITS, &mut chance));
    let places = valhalla.found(on_roads(graph, PLACES, &mut chance));
    assert!(units.len() + places.len() > (UNITS + PLACES) * 8 / 10, "{}", places.len());
    let theirs = valhalla.metres(&units, &places);
    let starts: Vec<Start> = units.iter().map(|unit| standing(*unit)).collect();
    let mut compared = Compared::default();
    for (m, place) in places.iter().enumerate() {
        let ours = roads.meet(*place, &starts, ALL).ways;
        let both = |n: usize| Some((f64::from(ours[n]?.metres), theirs[n][m]?));
        let known: Vec<(f64, f64)> = (0..units.len()).filter_map(both).collect();
        compared.one_sided += units.len() - known.len();
        if known.is_empty() {
            continue;
        }
        let far = known.iter().filter(|(_, theirs)| *theirs >= METRES_MIN);
        compared.ratios.extend(far.map(|(ours, theirs)| ours / theirs));
        let least = known.iter().map(|(_, theirs)| *theirs).fold(f64::MAX, f64::min);
        let (_, chosen) = known.iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("not empty");
        compared.places += 1;
        compared.nearest_alike += usize::from(*chosen <= least * TIE + 10.0);
    }
    compared.ratios.sort_by(f64::total_cmp);
    compared
}

#[test]
#[expect(clippy::print_stderr, reason = "a measurement is there to be read")]
fn distances_and_the_nearest_unit_are_those_of_an_engine_that_others_wrote() {
    let Some(folder) = engine() else { return };
    for (name, (roads, _)) in
        [("liechtenstein-2013-08-03.osm.pbf", &*LIECHTENSTEIN), ("Helsinki.osm.pbf", &*HELSINKI)]
    {
        let compared = compare(name, roads.graph(), &folder);
        let [p5, median, p95] = [5, 50, 95].map(|percent| compared.quantile(percent));
        let said = format!(
            "{name}: {} ways, {} of one only, ours by theirs p5 {p5:.4}, median {median:.4}, p95 {p95:.4}; \
             the same nearest unit for {} of {} places",
            compared.ratios.len(),
            compared.one_sided,
            compared.nearest_alike,
            compared.places
        );
        eprintln!("{said}");
        assert!((0.98..=1.02).contains(&median), "{said}");
        assert!(p5 >= 0.92 && p95 <= 1.08, "{said}");
        assert!(compared.one_sided * 10 <= compared.ratios.len(), "{said}");
        assert!(compared.nearest_alike * 100 >= compared.places * 95, "{said}");
    }
}
