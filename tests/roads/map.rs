//! The map and the ways as a server gives them: tiles of the roads or of a file, and the route of an assigned unit.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::Method;
use serde_json::{Value, json};
use siaga::client::{Answer, Client};
use siaga::config::{self, Config};
use siaga::roads::file;
use siaga::roads::pmtiles::tile_number;
use siaga::roads::square::Square;
use siaga::store::Role;

use super::*;
use crate::house::{AREA, House, TempDir, any_port, text};

async fn get(person: &Client, path: &str) -> Answer {
    person.get(path).await.expect("answered")
}

async fn tiles(person: &Client) -> Value {
    get(person, "/api/v1/map").await.json()["roads"].clone()
}

fn address(tiles: &Value, z: u8, x: u32, y: u32) -> String {
    let path = text(tiles, "tiles");
    path.replace("{z}", &z.to_string())
        .replace("{x}", &x.to_string())
        .replace("{y}", &y.to_string())
}

/// A server whose area has the roads of a file.
async fn house(roads: config::Roads) -> House {
    let (http, mqtt) = (any_port(), any_port());
    let config = Config { area: AREA.to_owned(), http, mqtt, roads, ..Config::default() };
    House::by(config, 2).await
}

/// The posts of the first two units.
async fn posts() -> [Position; 2] {
    let house = House::with_units(2).await;
    let units = house.server.desk.room.units();
    [units[0].post, units[1].post]
}

/// One road from one post over a corner to the other.
fn road_between(file: &Path, posts: [Position; 2]) {
    let [from, to] = posts.map(Position::e7);
    let mut builder = Builder::default();
    let (one, other) = (builder.name("Jalan Raya"), builder.name("Jalan Desa"));
    let grade = Grade::new(RoadKind::Secondary, false, None);
    let corner = (from.0, to.1);
    for (ends, points, name) in [
        ([0, 1], [from, corner], one),
        ([1, 2], [corner, to], other),
        ([1, 3], [corner, (corner.0 + (corner.0 - to.0), corner.1)], other),
    ] {
        let [from, to] = ends;
        let segment = Segment { from, to, points: &points, grade, ways: [true, true], name };
        builder.segment(&segment);
    }
    file::write(&builder.finish(4, "jember.osm.pbf".to_owned(), None), file).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_of_the_roads_are_served_packed_and_for_ever_under_their_version() {
    let dir = TempDir::new();
    let path = dir.0.join("roads.siaga");
    road_between(&path, posts().await);
    let house = house(config::Roads { file: Some(path), ..config::Roads::default() }).await;
    let operator = house.sign_in(Role::Operator).await;
    let source = tiles(&operator).await;
    assert_eq!(source["attribution"], "© OpenStreetMap contributors");
    assert_eq!(
        (source["zoom_max"].as_u64(), source["layers"][0].as_str()),
        (Some(14), Some("roads"))
    );
    // The west of Jember.
    let found = address(&source, 9, 417, 267);
    let plain = get(&operator, &found).await;
    assert_eq!(plain.status, 200, "{found}");
    let header = |answer: &Answer, name: &str| {
        answer.headers.get(name).map(|v| v.to_str().expect("text").to_owned())
    };
    assert!(header(&plain, "cache-control").is_some_and(|c| c.contains("immutable")));
    assert_eq!(
        header(&plain, "content-type").as_deref(),
        Some("application/vnd.mapbox-vector-tile")
    );
    assert_eq!(header(&plain, "content-encoding"), None);
    assert!(plain.body.windows(5).any(|five| five == b"roads"));
    let accepts = [("accept-encoding", "br, gzip")];
    let packed = operator.send(Method::GET, &found, None, &accepts).await.expect("answered");
    assert_eq!(header(&packed, "content-encoding").as_deref(), Some("gzip"));
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
    assert_eq!(get(&operator, &address(&source, 5, 0, 0)).await.status, 204, "nothing there");
    let other = found.replacen("/tiles/", "/tiles/0", 1);
    assert_eq!(get(&operator, &other).await.status, 404, "of another version");
    assert_eq!(get(&operator, &address(&source, 3, 9, 9)).await.status, 404, "off the map");
    assert_eq!(get(&Client::new(house.server.http), &found).await.status, 401);
}

/// A PMTiles file with one tile.
fn archive(file: &Path, square: Square, tile: &[u8]) {
    let packed = |bytes: &[u8]| {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(bytes).expect("packed");
        out.finish().expect("packed")
    };
    let tile = packed(tile);
    let varint = |mut number: u64| {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        bytes.push(number.to_le_bytes()[0]);
        bytes
    };
    let length = u64::try_from(tile.len()).expect("small");
    let root = [1, tile_number(square), 1, length, 1].map(varint).concat();
    let about = json!({"vector_layers": [{"id": "roads"}, {"id": "earth"}],
        "attribution": "<b>Peta</b> desa"});
    let (root, about) = (packed(&root), packed(about.to_string().as_bytes()));
    let mut bytes = b"PMTiles\x03".to_vec();
    let mut at = 127;
    for part in [&root, &about, &Vec::new(), &tile] {
        let length = u64::try_from(part.len()).expect("small");
        bytes.extend([at, length].map(u64::to_le_bytes).concat());
        at += length;
    }
    bytes.extend([0; 24]);
    bytes.extend([1, 2, 2, 1, 0, 14]);
    bytes.extend([0; 25]);
    assert_eq!(bytes.len(), 127);
    std::fs::write(file, [bytes, root, about, tile].concat()).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_tiles_that_is_dropped_into_the_data_is_drawn_instead_and_taken_into_use() {
    let dir = TempDir::new();
    let named = dir.0.join("peta.pmtiles");
    let basemap = Some(named.clone());
    let house = house(config::Roads { basemap, ..config::Roads::default() }).await;
    let operator = house.sign_in(Role::Operator).await;
    assert_eq!(tiles(&operator).await, Value::Null, "no roads and no file yet");
    let square = Square::new(9, 417, 267).expect("on the map");
    archive(&named, square, b"a tile of theirs");
    let source = tiles(&operator).await;
    assert_eq!(source["layers"], json!(["roads", "earth"]));
    assert_eq!(source["attribution"], "Peta desa", "as plain text");
    let tile = get(&operator, &address(&source, 9, 417, 267)).await;
    assert_eq!((tile.status.as_u16(), &tile.body[..]), (200, &b"a tile of theirs"[..]));
    assert_eq!(get(&operator, &address(&source, 9, 417, 268)).await.status, 204);
    archive(&named, square, b"another tile, and longer");
    let next = tiles(&operator).await;
    assert_ne!(next["tiles"], source["tiles"], "another file has another address");
    let tile = get(&operator, &address(&next, 9, 417, 267)).await;
    assert_eq!(&tile.body[..], b"another tile, and longer");
    assert_eq!(get(&operator, &address(&source, 9, 417, 267)).await.status, 404);
    std::fs::write(&named, b"no tiles at all").expect("written");
    assert_eq!(tiles(&operator).await, Value::Null, "one that cannot be read is none");
    std::fs::remove_file(&named).expect("removed");
    assert_eq!(tiles(&operator).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_the_datas_folder_needs_no_setting() {
    let (http, mqtt) = (any_port(), any_port());
    let dir = TempDir::new();
    let store = format!("sqlite:{}", dir.0.display());
    let config = Config { area: AREA.to_owned(), http, mqtt, store, ..Config::default() };
    let house = House::by(config, 1).await;
    let operator = house.sign_in(Role::Operator).await;
    let square = Square::new(2, 3, 2).expect("on the map");
    archive(&dir.0.join("jember.pmtiles"), square, b"a tile");
    let source = tiles(&operator).await;
    assert_eq!(&get(&operator, &address(&source, 2, 3, 2)).await.body[..], b"a tile");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_of_a_unit_leads_to_the_scene_and_then_to_its_destination() {
    let dir = TempDir::new();
    let path = dir.0.join("roads.siaga");
    let posts = posts().await;
    road_between(&path, posts);
    let house = house(config::Roads { file: Some(path), ..config::Roads::default() }).await;
    let operator = house.sign_in(Role::Operator).await;
    let incident = house.call_at(&operator, 1).await;
    let assignment = house.order(&operator, &incident, 0).await;
    let path = format!("/api/v1/assignments/{assignment}/route");
    let route = get(&operator, &path).await;
    assert_eq!(route.status, 200, "{}", route.json());
    let route = route.json();
    assert_eq!(
        (route["basis"].as_str(), route["to"]["kind"].as_str()),
        (Some("road"), Some("incident"))
    );
    let line = route["line"]["coordinates"].as_array().expect("a line");
    let place = |point: &Value| {
        Position::new(point[1].as_f64().expect("a number"), point[0].as_f64().expect("a number"))
            .expect("a place")
    };
    assert!(place(&line[0]).metres_to(posts[0]) < 10.0, "{route}");
    assert!(place(&line[line.len() - 1]).metres_to(posts[1]) < 10.0, "{route}");
    let turns = route["turns"].as_array().expect("turns");
    let kinds: Vec<&str> = turns.iter().filter_map(|turn| turn["kind"].as_str()).collect();
    assert_eq!((kinds.len(), kinds[0], kinds[2]), (3, "depart", "arrive"), "{route}");
    assert!(["left", "right"].contains(&kinds[1]), "{route}");
    assert_eq!(turns[1]["road"], "Jalan Desa");
    let case_number =
        text(&get(&operator, &format!("/api/v1/incidents/{incident}")).await.json(), "case_number");
    let geo = text(&route, "geo");
    let (lat, lon) = (posts[1].lat(), posts[1].lon());
    assert_eq!(geo, format!("geo:{lat:.6},{lon:.6}?q={lat:.6},{lon:.6}({case_number})"));
    let crew = house.sign_in(Role::Crew).await;
    assert_eq!(get(&crew, &path).await.status, 200, "the crew of the unit");

    let step = |status: &'static str| {
        let (operator, assignment) = (operator.clone(), assignment.clone());
        async move {
            let path = format!("/api/v1/assignments/{assignment}/status");
            let answer = operator.post(&path, &json!({"status": status})).await.expect("answered");
            assert_eq!(answer.status, 200, "{}", answer.json());
        }
    };
    step("on_scene").await;
    let facility = house.server.desk.room.facilities().next().expect("a facility").clone();
    let set = format!("/api/v1/assignments/{assignment}/destination");
    let answer = operator.post(&set, &json!({"facility": facility.id})).await.expect("answered");
    assert_eq!(answer.status, 200, "{}", answer.json());
    step("transporting").await;
    let onward = get(&operator, &path).await.json();
    assert_eq!(
        (onward["to"]["kind"].as_str(), onward["to"]["name"].as_str()),
        (Some("destination"), Some(facility.name.as_str()))
    );
    step("at_destination").await;
    let nowhere = get(&operator, &path).await;
    assert_eq!(
        (nowhere.status.as_u16(), text(&nowhere.json(), "code").as_str()),
        (409, "going_nowhere")
    );
    step("cleared").await;
    assert_eq!(get(&operator, &path).await.status, 409, "the assignment is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_roads_a_route_is_the_straight_line_and_another_units_crew_is_refused() {
    let house = House::with_units(2).await;
    let operator = house.sign_in(Role::Operator).await;
    let incident = house.call_at(&operator, 0).await;
    let assignment = house.order(&operator, &incident, 1).await;
    let path = format!("/api/v1/assignments/{assignment}/route");
    let route = get(&operator, &path).await.json();
    assert_eq!(route["basis"], "straight_line");
    assert_eq!(route["line"]["coordinates"].as_array().map(Vec::len), Some(2));
    assert_eq!(route["turns"], json!([]));
    let crew = house.sign_in(Role::Crew).await;
    let refused = get(&crew, &path).await;
    assert_eq!(
        (refused.status.as_u16(), text(&refused.json(), "code").as_str()),
        (403, "not_yours")
    );
    let unknown = "/api/v1/assignments/0198f7a0-0000-7000-8000-000000000000/route";
    assert_eq!(get(&operator, unknown).await.status, 404);
}
