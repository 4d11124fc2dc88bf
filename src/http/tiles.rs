//! Vector tiles of the map, drawn from the imported extract or taken from a file, so that it needs no network.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use crate::roads::Roads;
use crate::roads::in_use::InUse;
use crate::roads::pmtiles::{Archive, Packing, unpacked};
use crate::roads::square::Square;
use crate::roads::tile::{DRAWING, LAYERS, ZOOM_MAX, tile};

/// Packed tiles that are kept, in bytes: some thousands. A screen has about 20.
const KEPT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// What a kept tile costs beside its bytes.
const KEPT_TILE_BYTES: usize = 100;
/// Tiles and ways that are worked out at once, so that ranking never waits for them.
const AT_ONCE_MAX: usize = 2;
/// Largest tile when it is unpacked, for the few who cannot do it themselves.
const UNPACKED_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Whose tiles are kept, packed: made anew for another map.
#[derive(Debug, Default)]
struct Kept {
    version: String,
    tiles: BTreeMap<Square, Bytes>,
    bytes: usize,
}

/// The file that is in use, or why none is.
#[derive(Debug, Default)]
struct OfFile {
    /// Path, time of writing and length of the one that was tried last.
    tried: Option<(PathBuf, SystemTime, u64)>,
    archive: Option<Arc<Archive>>,
    version: String,
}

/// Where the tiles come from.
#[derive(Clone, Debug)]
enum Origin {
    Roads(Arc<Roads>),
    File(Arc<Archive>),
}

/// The tiles of the map in use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tiles {
    pub roads: InUse,
    /// The file that the settings name.
    named: Option<PathBuf>,
    /// Where a file may be dropped.
    folder: Option<PathBuf>,
    of_file: Arc<Mutex<OfFile>>,
    kept: Arc<Mutex<Kept>>,
    hands: Arc<Semaphore>,
}

/// What the map is drawn from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoadTiles {
    /// Path of the tiles, with `{z}`, `{x}` and `{y}` to be filled in; another one for another map.
    tiles: String,
    zoom_min: u8,
    zoom_max: u8,
    /// The names of their layers.
    layers: Vec<String>,
    attribution: String,
}

impl Tiles {
    /// Drawn from these roads, unless there is a file: one that is named, or a `*.pmtiles` in a folder.
    #[must_use]
    pub fn new(roads: InUse, named: Option<PathBuf>, folder: Option<PathBuf>) -> Self {
        let hands = Arc::new(Semaphore::new(AT_ONCE_MAX));
        Self { roads, named, folder, of_file: Arc::default(), kept: Arc::default(), hands }
    }

    /// Where the map finds its tiles; none without roads and without a file. Looks whether there is another file.
    pub async fn source(&self) -> Option<RoadTiles> {
        let this = self.clone();
        // Not looked at: the same as before.
        let _ = tokio::task::spawn_blocking(move || this.look()).await;
        let (version, origin) = self.origin()?;
        let tiles = format!("/tiles/{version}/{{z}}/{{x}}/{{y}}");
        Some(match origin {
            Origin::Roads(_) => RoadTiles {
                tiles,
                zoom_min: 0,
                zoom_max: ZOOM_MAX,
                layers: LAYERS.map(str::to_owned).to_vec(),
                attribution: "© OpenStreetMap contributors".to_owned(),
            },
            Origin::File(archive) => RoadTiles {
                tiles,
                zoom_min: archive.zooms().0,
                zoom_max: archive.zooms().1,
                layers: archive.layers.clone(),
                attribution: match archive.attribution.as_str() {
                    "" => "© OpenStreetMap contributors".to_owned(),
                    said => said.to_owned(),
                },
            },
        })
    }

    /// The map in use with its version: a file before the roads.
    fn origin(&self) -> Option<(String, Origin)> {
        let of_file = self.of_file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(archive) = &of_file.archive {
            return Some((of_file.version.clone(), Origin::File(archive.clone())));
        }
        drop(of_file);
        let roads = self.roads.borrow().clone()?;
        Some((version(&roads), Origin::Roads(roads)))
    }

    /// Takes a file into use that was not there before, or is another one now. One that cannot be read is logged once.
    fn look(&self) {
        let dropped = || self.folder.as_deref().and_then(first_archive_in);
        let path = self.named.clone().or_else(dropped);
        let found = path.and_then(|path| {
            let known = std::fs::metadata(&path).ok()?;
            Some((path, known.modified().ok()?, known.len()))
        });
        let mut of_file = self.of_file.lock().unwrap_or_else(PoisonError::into_inner);
        if of_file.tried == found {
            return;
        }
        let archive = found.as_ref().and_then(|(path, ..)| match Archive::open(path) {
            Ok(archive) => {
                tracing::info!(file = %path.display(), "the map is drawn from this file");
                Some(Arc::new(archive))
            }
            Err(fault) => {
                tracing::error!(file = %path.display(), %fault, "the map cannot be drawn from this file");
                None
            }
        });
        let version = summed(format!("{found:?}").as_bytes());
        *of_file = OfFile { tried: found, archive, version };
    }

    /// A packed tile of the map of this version; empty where nothing is.
    async fn tile(&self, asked: &str, square: Square) -> Option<Bytes> {
        let (version, origin) = self.origin()?;
        if version != asked {
            return None;
        }
        if let Some(kept) = self.lock(asked).tiles.get(&square) {
            return Some(kept.clone());
        }
        let drawn = self.work_out(move || draw(&origin, square)).await??;
        let mut kept = self.lock(asked);
        let bytes = drawn.len() + KEPT_TILE_BYTES;
        if kept.bytes + bytes > KEPT_BYTES_MAX {
            kept.tiles.clear();
            kept.bytes = 0;
        }
        if kept.tiles.insert(square, drawn.clone()).is_none() {
            kept.bytes += bytes;
        }
        Some(drawn)
    }

    /// Has something worked out aside, when it is its turn; none when that met a fault.
    pub async fn work_out<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _hand = self.hands.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }

    fn lock(&self, version: &str) -> std::sync::MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version != version {
            *kept = Kept { version: version.to_owned(), ..Kept::default() };
        }
        kept
    }
}

/// The first file of its kind in a folder, by name.
fn first_archive_in(folder: &FilePath) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?;
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|kind| kind == "pmtiles")).min()
}

/// A tile packed with gzip; none when it cannot be read.
fn draw(origin: &Origin, square: Square) -> Option<Bytes> {
    match origin {
        Origin::Roads(roads) => Some(packed(&tile(roads.graph(), square))),
        Origin::File(archive) => match (archive.tile(square), archive.packing()) {
            (Ok(None), _) => Some(Bytes::new()),
            (Ok(Some(bytes)), Packing::Gzip) => Some(bytes.into()),
            (Ok(Some(bytes)), Packing::None) => Some(packed(&bytes)),
            (Err(fault), _) => {
                tracing::warn!(?square, %fault, "a tile of the map's file cannot be read");
                None
            }
        },
    }
}

fn packed(tile: &[u8]) -> Bytes {
    if tile.is_empty() {
        return Bytes::new();
    }
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = out.write_all(tile);
    out.finish().unwrap_or_default().into()
}

/// Changes with the roads, with what lies beside them, and with how they are drawn.
fn version(roads: &Roads) -> String {
    let about = serde_json::to_vec(roads.about()).unwrap_or_default();
    let beside = roads.graph().scenery.encoded().len();
    summed(&[&about[..], &beside.to_le_bytes(), &[DRAWING]].concat())
}

fn summed(bytes: &[u8]) -> String {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    format!("{:08x}", sum.sum())
}

/// One square of the map. Its address changes with the map, so it may be kept for ever.
pub async fn one(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    asking: HeaderMap,
    Path((version, z, x, y)): Path<(String, u8, u32, u32)>,
) -> Result<Response, Problem> {
    let square = Square::new(z, x, y).ok_or_else(|| Problem::not_found(lang))?;
    let tile = shared.tiles.tile(&version, square).await;
    let tile = tile.ok_or_else(|| Problem::not_found(lang))?;
    // The map takes this for a square without anything, and asks no more.
    if tile.is_empty() {
        return Ok(kept(StatusCode::NO_CONTENT.into_response()));
    }
    let takes = asking.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let mut response = if takes.is_some_and(|takes| takes.contains("gzip")) {
        let mut response = tile.into_response();
        let packing = HeaderValue::from_static("gzip");
        response.headers_mut().insert(header::CONTENT_ENCODING, packing);
        response
    } else {
        unpacked(&tile, UNPACKED_BYTES_MAX).unwrap_or_default().into_response()
    };
    let kind = HeaderValue::from_static("application/vnd.mapbox-vector-tile");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    let vary = HeaderValue::from_static("accept-encoding");
    response.headers_mut().insert(header::VARY, vary);
    Ok(kept(response))
}

fn kept(mut response: Response) -> Response {
    let value = HeaderValue::from_static("private, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}
