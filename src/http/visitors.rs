//! Visitors: people without a sign-in who come with a link. Who they are, how often they may ask, and what they get.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::{Speaks, lang_of};
use super::places::Body;
use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::device::pace::Pace;
use crate::ids::IncidentId;
use crate::links::{POSITIONS_MAX, Said, Token};
use crate::private::PositionNews;
use crate::store::{Link, LinkKind, LinkSubject};
use crate::view::links::{self as view, ApproachView};
use crate::wording::Lang;

/// Largest body of a visitor's request.
pub const BODY_BYTES_MAX: usize = 1_024;
/// Requests of one address after a pause, and each second: a mobile network hides a village behind one address.
const ADDRESS_BURST: u32 = 120;
const ADDRESS_PER_SECOND: u32 = 20;
/// Requests with one link after a pause, and each second.
const LINK_BURST: u32 = 20;
const LINK_PER_SECOND: u32 = 1;
/// Addresses and links whose pace is remembered; those that rest are forgotten first, and then nobody new is heard.
const REMEMBERED_MAX: usize = 20_000;

/// How fast each of many is heard.
#[derive(Debug)]
struct Paces<K> {
    burst: u32,
    per_second: u32,
    each: Mutex<BTreeMap<K, Pace>>,
}

impl<K: Ord> Paces<K> {
    const fn new(burst: u32, per_second: u32) -> Self {
        Self { burst, per_second, each: Mutex::new(BTreeMap::new()) }
    }

    #[expect(clippy::disallowed_methods, reason = "a shell that waits")]
    fn take(&self, key: K) -> bool {
        let now = Instant::now();
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if each.len() >= REMEMBERED_MAX {
            each.retain(|_, pace| !pace.is_rested(now));
        }
        if each.len() >= REMEMBERED_MAX && !each.contains_key(&key) {
            return false;
        }
        let fresh = || Pace::new(self.burst, self.per_second);
        each.entry(key).or_insert_with(fresh).take(now)
    }
}

/// How often visitors may ask. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Visitors {
    addresses: Arc<Paces<IpAddr>>,
    links: Arc<Paces<Hash>>,
}

impl Default for Visitors {
    fn default() -> Self {
        Self {
            addresses: Arc::new(Paces::new(ADDRESS_BURST, ADDRESS_PER_SECOND)),
            links: Arc::new(Paces::new(LINK_BURST, LINK_PER_SECOND)),
        }
    }
}

/// Where a request comes from. A proxy on this machine says for whom it asks; anybody else could say anything.
fn address_of(connected: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    let connected = connected.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)).to_canonical();
    let said = headers.get_all("x-forwarded-for").iter().next_back();
    let said = said.and_then(|list| list.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    let address =
        said.filter(|_| connected.is_loopback()).map_or(connected, |ip: IpAddr| ip.to_canonical());
    match address {
        IpAddr::V4(_) => address,
        // A household has as many addresses as it likes.
        IpAddr::V6(whole) => {
            let [a, b, c, d, ..] = whole.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Somebody who came with a link that is good.
pub struct Visitor(Link);

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let lang = lang_of(&parts.headers);
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
        if !shared.visitors.addresses.take(address_of(connected, &parts.headers)) {
            return Err(too_many(lang));
        }
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| Token::read(value.strip_prefix("Bearer ")?));
        let hash = token.ok_or_else(|| unknown_link(lang))?.hash();
        if !shared.visitors.links.take(hash) {
            return Err(too_many(lang));
        }
        let (area, now) = (&shared.desk.room.area.id, shared.desk.now());
        let link = shared.store.link(area, &hash, now).await;
        let link = link.map_err(|error| Problem::of_store(&error, lang))?;
        link.map(Self).ok_or_else(|| unknown_link(lang))
    }
}

/// Wrong, used up, replaced, over: they all look alike.
fn unknown_link(lang: Lang) -> Problem {
    let detail = lang.pick(
        "Tautan ini salah atau tidak berlaku lagi. Telepon pusat sekali lagi (119), dan minta tautan baru bila perlu.",
        "This link is wrong or not valid any more. Call the centre again (119), and ask for a new one if need be.",
    );
    Problem::new(StatusCode::NOT_FOUND, "unknown_link", detail)
}

fn too_many(lang: Lang) -> Problem {
    let detail = lang.pick(
        "Terlalu banyak permintaan. Tunggu satu menit, atau telepon pusat (119).",
        "Too many requests. Wait a minute, or call the centre (119).",
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
}

/// What a caller is told of their link.
#[derive(Serialize, ToSchema)]
pub struct CallerLinkView {
    /// The area's name.
    centre: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The centre has a position of this phone.
    given: bool,
    /// An operator has taken it for the place of the emergency.
    accepted: bool,
}

/// The incident that a caller's link is about now, and what became of its position.
async fn caller_link(
    shared: &Shared,
    link: &Link,
    lang: Lang,
) -> Result<(IncidentId, CallerLinkView), Problem> {
    let (about, expires_at) = (link.incident, link.expires_at);
    let made_at = link.made_at;
    let found = shared.desk.look(move |dispatch, papers| {
        let incident = dispatch.board().leading(about).filter(|incident| incident.is_open())?;
        let file = papers.private_of(incident.id);
        let position = file.and_then(|file| file.position).filter(|p| p.received_at >= made_at);
        let view = CallerLinkView {
            centre: papers.room.area.name.clone(),
            expires_at,
            given: position.is_some(),
            accepted: position.is_some_and(|position| position.accepted_at.is_some()),
        };
        Some((incident.id, view))
    });
    let found = found.await.map_err(|error| Problem::of_desk(&error, lang))?;
    found.ok_or_else(|| unknown_link(lang))
}

fn of_caller(Visitor(link): Visitor, lang: Lang) -> Result<Link, Problem> {
    match link.kind() {
        LinkKind::Caller => Ok(link),
        LinkKind::Family => Err(unknown_link(lang)),
    }
}

/// What became of the position that a caller gave. The link's token is the bearer's.
#[utoipa::path(get, path = "/api/v1/caller-position", tag = "links",
    responses((status = 200, body = CallerLinkView), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn caller_position(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    visitor: Visitor,
) -> Result<Json<CallerLinkView>, Problem> {
    let link = of_caller(visitor, lang)?;
    Ok(Json(caller_link(&shared, &link, lang).await?.1))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallerPositionInput {
    lat: f64,
    lon: f64,
    /// Metres, 0 to 10,000.
    accuracy_m: f64,
    /// How long ago the phone took it, 0 to 300 s.
    #[serde(default)]
    age_s: f64,
}

/// Offer the place of a caller's phone to the open call. Nothing is changed by it until an operator accepts it.
#[utoipa::path(post, path = "/api/v1/caller-position", tag = "links",
    request_body = CallerPositionInput,
    responses((status = 200, body = CallerLinkView), (status = 404, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn offer_position(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    visitor: Visitor,
    Body(input): Body<CallerPositionInput>,
) -> Result<Json<CallerLinkView>, Problem> {
    let link = of_caller(visitor, lang)?;
    let CallerPositionInput { lat, lon, accuracy_m, age_s } = input;
    let country = shared.desk.room.policy().country;
    let said = Said { lat, lon, accuracy_m, age_s };
    let offered = said.checked(country, shared.desk.now()).map_err(|unusable| {
        let sentence = unusable.sentence(lang);
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_position", sentence)
    })?;
    let (incident, view) = caller_link(&shared, &link, lang).await?;
    let (area, store) = (&shared.desk.room.area.id, &shared.store);
    let hash = &link.token_hash;
    let kept = store.offer_position(area, hash, incident, &offered, POSITIONS_MAX).await;
    if !kept.map_err(|error| Problem::of_store(&error, lang))? {
        return Err(too_many(lang));
    }
    shared.desk.note_position(incident, PositionNews::Offered(offered)).await;
    Ok(Json(CallerLinkView { given: true, accepted: false, ..view }))
}

/// How far the ambulance is that a family waits for. The link's token is the bearer's.
///
/// It has no place on Earth, no name and no unit in it. From the arrival on it says that and nothing more.
#[utoipa::path(get, path = "/api/v1/approach", tag = "links",
    responses((status = 200, body = ApproachView), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn approach(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Visitor(link): Visitor,
) -> Result<Json<ApproachView>, Problem> {
    let LinkSubject::Family(assignment) = link.subject else { return Err(unknown_link(lang)) };
    let now = shared.desk.now();
    let found = shared.desk.look(move |dispatch, _| view::approach(dispatch, now, assignment));
    let found = found.await.map_err(|error| Problem::of_desk(&error, lang))?;
    found.map(Json).ok_or_else(|| unknown_link(lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(connected: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append("x-forwarded-for", list.parse().expect("a header"));
        }
        address_of(connected.parse().ok(), &headers).to_string()
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_for_whom_it_asks() {
        assert_eq!(address("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(address("127.0.0.1", &["1.1.1.1", "6.6.6.6, 36.68.1.2"]), "36.68.1.2");
        assert_eq!(address("127.0.0.1", &["nobody"]), "127.0.0.1");
        assert_eq!(address("36.68.1.2", &["1.1.1.1"]), "36.68.1.2");
        assert_eq!(address("::ffff:36.68.1.2", &[]), "36.68.1.2");
        assert_eq!(address("2001:db8:1:2:3:4:5:6", &[]), "2001:db8:1:2::");
    }

    #[test]
    fn one_who_asks_too_often_waits_and_the_others_do_not() {
        let paces: Paces<u32> = Paces::new(3, 0);
        assert_eq!([1, 1, 1, 1].map(|who| paces.take(who)), [true, true, true, false]);
        assert!(paces.take(2));
        assert!((10..).take(REMEMBERED_MAX - 2).all(|who| paces.take(who)));
        assert!(!paces.take(3), "no more are remembered, and none of them has rested");
        assert!(paces.take(2), "who is remembered goes on");
    }
}
