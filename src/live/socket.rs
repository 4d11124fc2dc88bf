//! One viewer's WebSocket: greets it, brings it up to date and then sends what is new at the viewer's own pace.

use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use uuid::Uuid;

use super::{News, Seen, Sight};
use crate::clock::Timestamp;
use crate::desk::Desk;
use crate::reads::{self, Reads};
use crate::sessions::{self, Person, Sessions};
use crate::store::{Role as PersonRole, Way};
use crate::view::{self, AidRequestView, IncidentView, UnitView};

/// Largest message from a viewer; it has nothing to say but pongs.
const INCOMING_BYTES_MAX: usize = 1024;
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes that may wait for a socket beyond the message being sent.
const WRITE_BUFFER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A viewer whose socket takes nothing for so long is sent away and may resume.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A session that was ended elsewhere loses its sockets within this time.
const SESSION_CHECKED: Duration = Duration::from_secs(5);
/// Screens open at once.
pub const VIEWERS_MAX: usize = 2_000;

/// What the live socket needs of the house.
#[derive(Clone, Debug)]
pub struct Live {
    pub desk: Desk,
    pub sessions: Sessions,
    pub reads: Reads,
}

/// What a screen asks for when it opens.
#[derive(Deserialize)]
struct Wanted {
    epoch: Option<Uuid>,
    since: Option<u64>,
    /// Code of a district, a regency or a province: only units whose home village lies in it.
    within: Option<String>,
}

/// The route of the live socket.
pub fn router(live: Live) -> Router {
    Router::new().route("/live", get(open)).with_state(live)
}

async fn open(
    State(live): State<Live>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let text = |headers: &HeaderMap, name: header::HeaderName| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let origin = text(&parts.headers, header::ORIGIN);
    let host = text(&parts.headers, header::HOST);
    if !sessions::is_same_origin(origin.as_deref(), host.as_deref()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let cookies = text(&parts.headers, header::COOKIE).unwrap_or_default();
    let Some(token) = sessions::token_in(&cookies).map(str::to_owned) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let person = match live.sessions.person(&token).await {
        Ok(Some(person)) => person,
        Ok(None) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let Some(sight) = sight_of(person.role) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    if live.desk.hub.viewers() >= VIEWERS_MAX {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Some(key) = parts.headers.get(header::SEC_WEBSOCKET_KEY).cloned() else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    let Ok(upgrade) = OnUpgrade::from_request_parts(&mut parts, &()).await else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.0.await else { return };
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
            .max_message_size(Some(INCOMING_BYTES_MAX))
            .max_frame_size(Some(INCOMING_BYTES_MAX));
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let within = wanted.within.as_deref().map(|code| live.desk.room.units_within(code));
        Viewer { live, person, token, sight, within }.watch(socket, &wanted).await;
    });
    let accept = derive_accept_key(key.as_bytes());
    let headers = [
        (header::CONNECTION, "upgrade".to_owned()),
        (header::UPGRADE, "websocket".to_owned()),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

struct OnUpgrade(hyper::upgrade::OnUpgrade);

impl<S: Sync> FromRequestParts<S> for OnUpgrade {
    type Rejection = StatusCode;
    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, StatusCode> {
        let upgrade = parts.extensions.remove::<hyper::upgrade::OnUpgrade>();
        upgrade.map(Self).ok_or(StatusCode::UPGRADE_REQUIRED)
    }
}

/// How much a role sees; none: it has no live screen.
const fn sight_of(role: PersonRole) -> Option<Sight> {
    match role {
        PersonRole::Operator | PersonRole::Supervisor => Some(Sight::Full),
        PersonRole::Admin | PersonRole::Official => Some(Sight::Redacted),
        PersonRole::Crew => None,
    }
}

#[derive(Serialize)]
struct Hello<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    protocol: u32,
    build: &'static str,
    epoch: Uuid,
    seq: u64,
    server_time: Timestamp,
    speed: f64,
    resumed: bool,
    me: Me<'a>,
    stale_after_s: i64,
    /// From the call to a unit at the scene, P1 to P4.
    targets_s: [i64; 4],
    area: AreaHello<'a>,
}

#[derive(Serialize)]
struct Me<'a> {
    name: &'a str,
    role: PersonRole,
    areas: [String; 1],
}

#[derive(Serialize)]
struct AreaHello<'a> {
    code: String,
    name: &'a str,
    timezone: &'a str,
    zone_label: &'a str,
}

#[derive(Serialize)]
struct Snapshot {
    #[serde(rename = "type")]
    kind: &'static str,
    seq: u64,
    units: Vec<UnitView>,
    incidents: Vec<IncidentView>,
    alarms: Vec<view::AlarmView>,
    aid_requests: Vec<AidRequestView>,
}

type Sink<S> = SplitSink<WebSocketStream<S>, Message>;

/// Why a viewer's socket ends.
enum End {
    Gone,
    /// Took nothing for too long, or fell behind what is remembered.
    TooSlow,
    SignedOut,
}

struct Viewer {
    live: Live,
    person: Person,
    token: String,
    sight: Sight,
    /// The units that it asked for, by index; none: all.
    within: Option<Vec<u32>>,
}

impl Viewer {
    async fn watch<S>(self, socket: WebSocketStream<S>, wanted: &Wanted)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let (mut sink, mut stream) = socket.split();
        let reading = async {
            // Nothing that a viewer says means anything; reading answers its pings and notices its end.
            while let Some(Ok(message)) = stream.next().await {
                if message.is_close() {
                    break;
                }
            }
        };
        let end = tokio::select! {
            () = reading => End::Gone,
            end = self.feed(&mut sink, wanted) => end,
        };
        let frame = match end {
            End::Gone => None,
            End::TooSlow => Some((CloseCode::Again, "too slow: resume")),
            End::SignedOut => Some((CloseCode::Policy, "signed out")),
        };
        let close = frame.map(|(code, reason)| CloseFrame { code, reason: reason.into() });
        // The viewer is gone or going; nothing depends on this.
        let _ = timeout(Duration::from_secs(1), sink.send(Message::Close(close))).await;
    }

    async fn feed<S>(&self, sink: &mut Sink<S>, wanted: &Wanted) -> End
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        match self.feed_on(sink, wanted).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn feed_on<S>(
        &self,
        sink: &mut Sink<S>,
        wanted: &Wanted,
    ) -> Result<std::convert::Infallible, End>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let hub = &self.live.desk.hub;
        let mut news = hub.subscribe();
        let mut seen = self.greet(sink, wanted).await?;
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut check = tokio::time::interval(SESSION_CHECKED);
        check.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let now = self.live.desk.now();
            match hub.news_after(seen, self.sight, self.within.as_deref(), now) {
                News::TooOld => return Err(End::TooSlow),
                News::Next { texts, positions, seen: after, personal } => {
                    self.live.reads.note(&self.person, Way::Live, personal);
                    for text in texts {
                        send(sink, text_message(text)).await?;
                    }
                    if let Some(positions) = positions {
                        send(sink, Message::Binary(positions)).await?;
                    }
                    seen = after;
                }
            }
            tokio::select! {
                changed = news.changed() => changed.map_err(|_| End::Gone)?,
                _ = heartbeat.tick() => {
                    let now = self.live.desk.now();
                    let beat = format!(
                        r#"{{"type":"heartbeat","seq":{},"server_time":"{now}"}}"#,
                        seen.seq
                    );
                    send(sink, Message::Text(beat.into())).await?;
                }
                _ = check.tick() => {
                    // A store that cannot be asked is no reason to blind a screen.
                    if let Ok(None) = self.live.sessions.person(&self.token).await {
                        return Err(End::SignedOut);
                    }
                }
            }
        }
    }

    /// Sends hello and either what was missed or a snapshot, then every known position.
    async fn greet<S>(&self, sink: &mut Sink<S>, wanted: &Wanted) -> Result<Seen, End>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let hub = self.live.desk.hub.clone();
        let now = self.live.desk.now();
        let within = self.within.clone();
        let resumed = match (wanted.epoch, wanted.since) {
            (Some(epoch), Some(since)) => hub.resume(epoch, since, within.as_deref(), now),
            _ => None,
        };
        if let Some((seen, positions)) = resumed {
            send(sink, self.hello(seen.seq, true)).await?;
            send(sink, Message::Binary(positions)).await?;
            return Ok(seen);
        }
        let full = self.sight == Sight::Full;
        let taken = self.live.desk.look(move |dispatch, papers| {
            let (incidents, mut personal) = reads::incidents(dispatch, papers, full);
            let aid_requests = view::aid_requests(dispatch, papers, full);
            personal.extend(aid_requests.iter().filter_map(AidRequestView::personal));
            // The desk is the only one that announces, so the number cannot move while it looks.
            let (seen, positions) = hub.start(within.as_deref(), now);
            let snapshot = Snapshot {
                kind: "snapshot",
                seq: seen.seq,
                units: view::units(dispatch, &papers.room, within.as_deref()),
                incidents,
                alarms: view::alarms(dispatch, now),
                aid_requests,
            };
            (snapshot, personal, seen, positions)
        });
        let (snapshot, personal, seen, positions) = taken.await.map_err(|_| End::Gone)?;
        self.live.reads.note(&self.person, Way::Live, personal);
        send(sink, self.hello(seen.seq, false)).await?;
        send(sink, json_message(&snapshot)).await?;
        send(sink, Message::Binary(positions)).await?;
        Ok(seen)
    }

    fn hello(&self, seq: u64, resumed: bool) -> Message {
        let desk = &self.live.desk;
        let area = &desk.room.area;
        json_message(&Hello {
            kind: "hello",
            protocol: 1,
            build: env!("CARGO_PKG_VERSION"),
            epoch: desk.hub.epoch(),
            seq,
            server_time: desk.now(),
            speed: desk.clock().speed(),
            resumed,
            me: Me {
                name: &self.person.name,
                role: self.person.role,
                areas: [self.person.area.to_string()],
            },
            stale_after_s: desk.room.policy().stale_after_s,
            targets_s: desk.room.policy().targets_s,
            area: AreaHello {
                code: area.id.to_string(),
                name: &area.name,
                timezone: &area.timezone,
                zone_label: desk.room.regency.zone_label,
            },
        })
    }
}

fn json_message(value: &impl Serialize) -> Message {
    let text = serde_json::to_string(value).expect("views are always valid JSON");
    Message::Text(text.into())
}

fn text_message(text: Bytes) -> Message {
    let text = Utf8Bytes::try_from(text).expect("JSON is always UTF-8");
    Message::Text(text)
}

async fn send<S>(sink: &mut Sink<S>, message: Message) -> Result<(), End>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    match timeout(WRITE_WITHIN, sink.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::TooSlow),
    }
}
