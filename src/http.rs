//! HTTP: the router and one file for each noun. Who may do what stands in one table, `http/roles.rs`.

pub mod aid;
pub mod alarms;
pub mod assignments;
pub mod boundaries;
pub mod calls;
pub mod coverage;
pub mod details;
pub mod devices;
pub mod error;
pub mod facilities;
pub mod finding;
pub mod gate;
pub mod incidents;
pub mod links;
pub mod merging;
pub mod neighbour;
pub mod pages;
pub mod places;
pub mod questions;
pub mod reads;
pub mod reporting;
pub mod reports;
pub mod roles;
pub mod route;
pub mod session;
pub mod status;
pub mod tiles;
pub mod tracks;
pub mod travel;
pub mod units;
pub mod visitors;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::boundaries::in_use::InUse;
use crate::config::PublicDoor;
use crate::desk::Desk;
use crate::device::Devices;
use crate::health::Health;
use crate::in_use;
use crate::neighbour::Neighbours;
use crate::reads::Reads;
use crate::roads::Roads;
use crate::roads::learned::Learned;
use crate::sessions::Sessions;
use crate::store::Store;

/// Largest body of a request.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// A request is answered within this time or given up.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What every handler may use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shared {
    pub desk: Desk,
    pub store: Store,
    pub sessions: Sessions,
    pub health: Health,
    pub reads: Reads,
    pub neighbours: Neighbours,
    pub devices: Devices,
    /// How often one-time codes may be tried.
    pub guesses: devices::Guesses,
    /// Where devices are told to knock.
    pub door: PublicDoor,
    pub tiles: tiles::Tiles,
    /// How often people without a sign-in may ask.
    pub visitors: visitors::Visitors,
    pub finder: finding::Finder,
    pub boundaries: InUse,
    pub learned: in_use::InUse<Learned>,
}

impl Shared {
    /// The roads as they are driven by what was learned.
    fn roads(&self) -> Option<Roads> {
        let learned = self.learned.borrow().clone();
        let factors = learned.map(|learned| learned.class_factors()).unwrap_or_default();
        self.tiles.roads.borrow().as_ref().map(|roads| roads.corrected(&factors))
    }
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Siaga",
    description = "Emergency dispatch and live tracking of village ambulances. \
                       Sign in with POST /api/v1/session; the cookie does the rest.",
    license(name = "Apache-2.0")
))]
struct Api;

/// The routes with their description, before the middleware.
fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(session::sign_in, session::who, session::sign_out))
        .routes(routes!(calls::take))
        .routes(routes!(incidents::list))
        .routes(routes!(incidents::one))
        .routes(routes!(calls::attach))
        .routes(routes!(details::set_place))
        .routes(routes!(details::set_details))
        .routes(routes!(details::add_note))
        .routes(routes!(details::set_priority))
        .routes(routes!(details::set_needs))
        .routes(routes!(details::set_colour))
        .routes(routes!(merging::similar))
        .routes(routes!(merging::merge))
        .routes(routes!(merging::split))
        .routes(routes!(merging::reopen))
        .routes(routes!(aid::neighbours))
        .routes(routes!(aid::ask))
        .routes(routes!(aid::list))
        .routes(routes!(aid::withdraw))
        .routes(routes!(aid::refuse))
        .routes(routes!(aid::confirm))
        .routes(routes!(neighbour::candidates))
        .routes(routes!(neighbour::receive))
        .routes(routes!(neighbour::hear))
        .routes(routes!(links::make_for_caller))
        .routes(routes!(links::make_for_family))
        .routes(routes!(links::accept))
        .routes(routes!(links::dismiss))
        .merge(for_visitors())
        .routes(routes!(questions::all))
        .routes(routes!(alarms::list))
        .routes(routes!(alarms::take))
        .routes(routes!(facilities::list))
        .routes(routes!(facilities::set_admission))
        .routes(routes!(incidents::candidates))
        .routes(routes!(incidents::close))
        .routes(routes!(incidents::assign))
        .routes(routes!(places::candidates))
        .routes(routes!(assignments::set_status))
        .routes(routes!(assignments::set_destination))
        .routes(routes!(assignments::undo))
        .routes(routes!(assignments::correct_time))
        .routes(routes!(assignments::mark_time))
        .routes(routes!(route::route))
        .routes(routes!(units::list))
        .routes(routes!(coverage::now))
        .routes(routes!(travel::factors))
        .routes(routes!(tracks::track))
        .routes(routes!(units::set_duty))
        .routes(routes!(units::set_crew))
        .routes(routes!(units::set_limit))
        .routes(routes!(units::request_talk))
        .routes(routes!(units::answer_talk))
        .routes(routes!(finding::search))
        .routes(routes!(places::map))
        .routes(routes!(boundaries::outlines))
        .merge(beside_the_room())
}

/// Devices, reports and the server itself.
fn beside_the_room() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(devices::enrol, reporting::list))
        .routes(routes!(devices::renew_secret))
        .routes(routes!(devices::make_code))
        .routes(routes!(devices::use_code))
        .routes(routes!(devices::revoke))
        .routes(routes!(reports::response_times))
        .routes(routes!(reports::response_times_csv))
        .routes(routes!(reports::refusals))
        .routes(routes!(reports::refusals_csv))
        .routes(routes!(reports::duty))
        .routes(routes!(reports::duty_csv))
        .routes(routes!(reads::list))
        .routes(routes!(status::health))
        .routes(routes!(status::metrics))
}

/// What people without a sign-in may ask who come with a link.
fn for_visitors() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(visitors::caller_position, visitors::offer_position))
        .routes(routes!(visitors::approach))
        .layer(DefaultBodyLimit::max(visitors::BODY_BYTES_MAX))
}

/// The generated description of the API.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

/// Everything that is served over HTTP but the live socket.
pub fn router(shared: Shared) -> Router {
    let (api, description) = described().split_for_parts();
    // Live frames and event streams are never compressed; pages come compressed from the build.
    let worth = DefaultPredicate::new().and(NotForContentType::const_new("image/"));
    let gate = middleware::from_fn_with_state(shared.clone(), gate::check);
    api.route("/api/openapi.json", get(move || async move { axum::Json(description) }))
        .route("/", get(pages::console))
        .route("/laporan", get(pages::report))
        .route("/perangkat", get(pages::devices))
        .route("/pasang", get(pages::install))
        .route("/l", get(pages::link))
        .route("/i", get(pages::link))
        .route("/assets/{*path}", get(pages::asset))
        .route("/tiles/{version}/{z}/{x}/{y}", get(tiles::one))
        .route_layer(gate)
        .fallback(pages::not_found)
        .layer(middleware::from_fn(gate::problems))
        .layer(middleware::from_fn(gate::headers))
        .layer(CompressionLayer::new().gzip(true).compress_when(worth))
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            ANSWER_WITHIN,
        ))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}
