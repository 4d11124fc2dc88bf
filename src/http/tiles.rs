//! Vector tiles of the roads, so that the map shows them without any network.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use crate::roads::Roads;
use crate::roads::graph::About;
use crate::roads::in_use::InUse;
use crate::roads::tile::{Square, ZOOM_MAX, tile};

/// Tiles that are kept; a screen has about 20.
const KEPT_MAX: usize = 2_000;

/// Whose tiles are kept: made anew for new roads.
#[derive(Debug, Default)]
struct Kept {
    version: String,
    tiles: BTreeMap<Square, Bytes>,
}

/// The tiles of the roads in use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tiles {
    roads: InUse,
    kept: Arc<Mutex<Kept>>,
}

/// What the map draws its roads from.
#[derive(Serialize, ToSchema)]
pub struct RoadTiles {
    /// Path of the tiles, with `{z}`, `{x}` and `{y}` to be filled in; another one for other roads.
    tiles: String,
    zoom_max: u8,
    attribution: &'static str,
}

impl Tiles {
    #[must_use]
    pub fn new(roads: InUse) -> Self {
        Self { roads, kept: Arc::default() }
    }

    /// Where the map finds its tiles; none without roads.
    #[must_use]
    pub fn source(&self) -> Option<RoadTiles> {
        let roads = self.roads.borrow().clone()?;
        Some(RoadTiles {
            tiles: format!("/tiles/{}/{{z}}/{{x}}/{{y}}", version(roads.about())),
            zoom_max: ZOOM_MAX,
            attribution: "© OpenStreetMap contributors",
        })
    }

    /// A tile of roads of this version.
    async fn tile(&self, asked: &str, square: Square) -> Option<Bytes> {
        let roads = self.roads.borrow().clone()?;
        if version(roads.about()) != asked {
            return None;
        }
        if let Some(kept) = self.lock(asked).tiles.get(&square) {
            return Some(kept.clone());
        }
        let drawn = tokio::task::spawn_blocking(move || draw(&roads, square)).await.ok()?;
        let mut kept = self.lock(asked);
        if kept.tiles.len() >= KEPT_MAX {
            kept.tiles.clear();
        }
        kept.tiles.insert(square, drawn.clone());
        Some(drawn)
    }

    fn lock(&self, version: &str) -> std::sync::MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version != version {
            *kept = Kept { version: version.to_owned(), tiles: BTreeMap::new() };
        }
        kept
    }
}

fn draw(roads: &Roads, square: Square) -> Bytes {
    tile(roads.graph(), square).into()
}

/// Changes with the roads.
fn version(about: &About) -> String {
    let about = serde_json::to_vec(about).unwrap_or_default();
    let mut sum = flate2::Crc::new();
    sum.update(&about);
    format!("{:08x}", sum.sum())
}

/// One square of the map. Its address changes with the roads, so it may be kept for ever.
pub async fn one(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Path((version, z, x, y)): Path<(String, u8, u32, u32)>,
) -> Result<Response, Problem> {
    let square = Square::new(z, x, y).ok_or_else(|| Problem::not_found(lang))?;
    let tile = shared.tiles.tile(&version, square).await;
    let tile = tile.ok_or_else(|| Problem::not_found(lang))?;
    // The map takes this for a square without roads, and asks no more.
    if tile.is_empty() {
        return Ok(kept(StatusCode::NO_CONTENT.into_response()));
    }
    let mut response = kept(tile.into_response());
    let kind = HeaderValue::from_static("application/vnd.mapbox-vector-tile");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

fn kept(mut response: Response) -> Response {
    let value = HeaderValue::from_static("private, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}
