//! Neighbouring areas: who they are, asking them for their units, and telling them what they must know of an aid.
//!
//! What must be told is read from the committed state each time, so nothing is lost with this task.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::client::Client;
use crate::desk::{Actor, Desk, Papers, Request};
use crate::dispatch::Dispatch;
use crate::dispatch::aid::{AidAnswer, AidCommand, AidRequest, AidState};
use crate::dispatch::command::Command;
use crate::ids::{AidId, AreaId, CommandId};
use crate::secret;

/// A neighbour answers within this time or counts as unreachable.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// The state is looked at so often for something to tell, and whenever it changes.
const LOOK: Duration = Duration::from_secs(1);
/// A neighbour that could not be told is tried again after this, doubled each time up to the longest.
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(15);
/// Fewest characters of the secret that two servers share.
pub const SECRET_CHARS_MIN: usize = 32;
/// The header in which a server says its area.
pub const AREA_HEADER: &str = "x-siaga-area";

/// A neighbouring area's server, as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neighbour {
    /// Kemendagri code, `35.11`.
    pub area: AreaId,
    pub name: String,
    /// `http://HOST:PORT`.
    pub url: String,
    /// Shared by the two servers.
    pub secret: String,
}

impl Neighbour {
    /// Host and port of its server; a sentence when the address cannot be used.
    pub fn address(&self) -> Result<String, String> {
        let rest = self.url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let host = rest.filter(|rest| !rest.is_empty() && !rest.contains(['/', '?', '@', ' ']));
        let host = host.ok_or_else(|| {
            let area = &self.area;
            format!("neighbour {area}: 'url' must be http://HOST:PORT, not '{}'", self.url)
        })?;
        Ok(if host.contains(':') { host.to_owned() } else { format!("{host}:80") })
    }

    /// Says in a sentence what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let area = &self.area;
        self.address()?;
        if self.name.trim().is_empty() {
            return Err(format!("neighbour {area}: 'name' is empty"));
        }
        let chars = self.secret.chars().count();
        let visible = self.secret.bytes().all(|byte| byte.is_ascii_graphic());
        if chars < SECRET_CHARS_MIN || !visible {
            return Err(format!(
                "neighbour {area}: 'secret' needs at least {SECRET_CHARS_MIN} visible ASCII characters, it has {chars}"
            ));
        }
        Ok(())
    }
}

/// A request for aid as it travels, with what the caller said; all of it each time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AidMessage {
    pub id: Uuid,
    pub request: AidRequest,
    /// The reason for which it is not wanted any more.
    pub withdrawn: Option<String>,
    pub complaint: Option<String>,
    pub landmark: Option<String>,
    pub phone: Option<String>,
}

/// An answer to a request for aid as it travels.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerMessage {
    pub id: Uuid,
    pub answer: AidAnswer,
}

/// The neighbours of an area. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Neighbours {
    own: AreaId,
    known: Arc<BTreeMap<AreaId, Neighbour>>,
}

/// Something that a neighbour must be told.
enum News {
    Aid(Box<AidMessage>),
    Answer(AnswerMessage),
}

impl Neighbours {
    #[must_use]
    pub fn new(own: AreaId, known: &[Neighbour]) -> Self {
        let known = known.iter().map(|n| (n.area.clone(), n.clone())).collect();
        Self { own, known: Arc::new(known) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Neighbour> {
        self.known.values()
    }

    #[must_use]
    pub fn get(&self, area: &AreaId) -> Option<&Neighbour> {
        self.known.get(area)
    }

    /// The area whose server this is; none when it is not a neighbour or has another secret.
    #[must_use]
    pub fn recognise(&self, area: &str, secret: &str) -> Option<AreaId> {
        let known = AreaId::new(area).ok().and_then(|area| self.known.get(&area));
        let expected = known.map_or("", |neighbour| neighbour.secret.as_str());
        let same = secret::same_hash(&secret::token_hash(secret), &secret::token_hash(expected));
        known.filter(|_| same).map(|neighbour| neighbour.area.clone())
    }

    /// Asks a neighbour's server; a sentence when there is no good answer in time.
    pub async fn ask(&self, to: &Neighbour, path: &str, body: &Value) -> Result<Value, String> {
        let asking = async {
            let address = to.address()?;
            let found = tokio::net::lookup_host(&address).await;
            let server = found.ok().and_then(|mut all| all.next());
            let server = server.ok_or_else(|| format!("{address}: no such host"))?;
            let bearer = format!("Bearer {}", to.secret);
            let headers = [("authorization", bearer.as_str()), (AREA_HEADER, self.own.as_str())];
            let answer = Client::new(server).send(Method::POST, path, Some(body), &headers).await;
            let answer = answer.map_err(|error| error.to_string())?;
            if answer.status != StatusCode::OK {
                let detail = answer.json();
                let detail = detail["detail"].as_str().unwrap_or_default();
                return Err(format!("{}: {detail}", answer.status.as_u16()));
            }
            Ok(answer.json())
        };
        let answered = timeout(ANSWER_WITHIN, asking).await;
        answered.unwrap_or_else(|_| Err(format!("no answer within {} s", ANSWER_WITHIN.as_secs())))
    }

    /// Tells the neighbours whatever they do not know yet, as long as the desk lives.
    #[expect(clippy::disallowed_methods, reason = "a shell that waits between attempts")]
    pub async fn deliver(self, desk: Desk) {
        let mut changed = desk.hub.subscribe();
        let mut waits: BTreeMap<AreaId, (Instant, Duration)> = BTreeMap::new();
        loop {
            let Ok(untold) = desk.look(untold).await else { return };
            let due = |area: &AreaId| waits.get(area).is_none_or(|(at, _)| *at <= Instant::now());
            let telling = self.iter().filter(|n| due(&n.area)).filter_map(|neighbour| {
                let news = untold.get(&neighbour.area)?;
                let (this, desk) = (&self, &desk);
                Some(async move { (neighbour, this.tell(desk, neighbour, news).await) })
            });
            let told: Vec<_> = telling.collect();
            for (neighbour, told) in futures_util::future::join_all(told).await {
                let area = neighbour.area.clone();
                let Err(problem) = told else {
                    waits.remove(&area);
                    continue;
                };
                tracing::warn!(%area, problem, "a neighbour was not told; tried again");
                let last = waits.get(&area).map(|(_, wait)| *wait);
                let wait = last.map_or(RETRY_FIRST, |wait| (wait * 2).min(RETRY_MAX));
                // Servers that lost each other at once do not come back at once.
                let jitter = wait.mul_f64(f64::from(secret::random_bytes::<1>()[0]) / 512.0);
                waits.insert(area, (Instant::now() + wait + jitter, wait));
            }
            // A desk that has stopped says so at the next look.
            let _ = timeout(LOOK, changed.changed()).await;
        }
    }

    async fn tell(&self, desk: &Desk, to: &Neighbour, news: &[News]) -> Result<(), String> {
        for one in news {
            let (path, body, command) = match one {
                News::Aid(message) => {
                    let aid = AidId::from_uuid(message.id);
                    let withdrawn = message.withdrawn.is_some();
                    let command = AidCommand::NoteDelivery { aid, withdrawn };
                    ("/api/v1/neighbour/aid", serde_json::to_value(message), command)
                }
                News::Answer(message) => {
                    let (aid, answer) = (AidId::from_uuid(message.id), message.answer.clone());
                    let command = AidCommand::NoteTold { aid, answer };
                    ("/api/v1/neighbour/answers", serde_json::to_value(message), command)
                }
            };
            let body = body.map_err(|error| error.to_string())?;
            self.ask(to, path, &body).await?;
            desk.carry(by_neighbour(&to.area, command)).await.map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

/// A command that follows from what a neighbour's server said.
#[must_use]
pub fn by_neighbour(area: &AreaId, command: AidCommand) -> Request {
    Request {
        id: CommandId::from_uuid(Uuid::now_v7()),
        actor: Actor(format!("neighbour:{area}")),
        device_at: None,
        command: Command::Aid(command),
        private: None,
    }
}

/// What each neighbour does not know yet.
fn untold(dispatch: &Dispatch, papers: &Papers) -> BTreeMap<AreaId, Vec<News>> {
    let mut untold = BTreeMap::<AreaId, Vec<News>>::new();
    for aid in dispatch.untold_aids() {
        let Some(incident) = dispatch.board().incident(aid.incident) else { continue };
        let (Some(place), Some(unit)) = (&incident.place, &aid.answer.unit) else { continue };
        let said = papers.private_of(incident.id).map(|file| file.details.clone());
        let said = said.unwrap_or_default();
        let request = AidRequest {
            area: papers.room.area.id.clone(),
            case_number: incident.case_number.clone(),
            priority: incident.priority,
            category: incident.category,
            place: place.clone(),
            care: incident.care.clone(),
            drill: incident.drill,
            unit: unit.clone(),
        };
        let is_over = aid.answer.state == AidState::Withdrawn;
        let message = AidMessage {
            id: aid.id.uuid(),
            request,
            withdrawn: aid.answer.reason.clone().filter(|_| is_over),
            complaint: said.complaint,
            landmark: said.landmark,
            phone: said.caller_phone,
        };
        untold.entry(aid.area.clone()).or_default().push(News::Aid(Box::new(message)));
    }
    for (asked, answer) in dispatch.untold_answers() {
        let message = AnswerMessage { id: asked.id.uuid(), answer };
        untold.entry(asked.request.area.clone()).or_default().push(News::Answer(message));
    }
    untold
}
