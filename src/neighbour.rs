//! Neighbouring areas: who they are, asking them for their units, and telling them what they must know of an aid.
//!
//! What must be told is read from the committed state each time, so nothing is lost with this task.

mod line;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::desk::{Actor, Desk, Papers, Request};
use crate::dispatch::Dispatch;
use crate::dispatch::aid::{AidAnswer, AidCommand, AidRequest, AidState};
use crate::dispatch::command::Command;
use crate::ids::{AidId, AreaId, CommandId};
use crate::neighbour::line::{Line, Trouble};
use crate::secret;

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
    /// `https://HOST` or, between servers that share a closed network, `http://HOST:PORT`.
    pub url: String,
    /// Shared by the two servers.
    pub secret: String,
    /// PEM file with its certificate, or that of who signed it; without it those that this machine trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
}

impl Neighbour {
    /// Says in a sentence what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let area = &self.area;
        line::check_url(&self.url).map_err(|why| format!("neighbour {area}: {why}"))?;
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
        Line::new(self).map(drop)
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
    known: Arc<BTreeMap<AreaId, (Neighbour, Line)>>,
}

/// A neighbour as the settings name it cannot be used, with the reason.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

/// Something that a neighbour must be told.
enum News {
    Aid(Box<AidMessage>),
    Answer(AnswerMessage),
}

impl Neighbours {
    /// Refuses a neighbour whose certificate cannot be read, in a sentence.
    pub fn new(own: AreaId, known: &[Neighbour]) -> Result<Self, Unusable> {
        let with_line = |n: &Neighbour| Ok((n.area.clone(), (n.clone(), Line::new(n)?)));
        let known = known.iter().map(with_line).collect::<Result<_, _>>().map_err(Unusable)?;
        Ok(Self { own, known: Arc::new(known) })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Neighbour> {
        self.known.values().map(|(neighbour, _)| neighbour)
    }

    /// Whether an area is one of them.
    #[must_use]
    pub fn knows(&self, area: &AreaId) -> bool {
        self.known.contains_key(area)
    }

    /// The area whose server this is; none when it is not a neighbour or has another secret.
    #[must_use]
    pub fn recognise(&self, area: &str, secret: &str) -> Option<AreaId> {
        let known = AreaId::new(area).ok().and_then(|area| self.known.get(&area));
        let known = known.map(|(neighbour, _)| neighbour);
        let expected = known.map_or("", |neighbour| neighbour.secret.as_str());
        let same = secret::same_hash(&secret::token_hash(secret), &secret::token_hash(expected));
        if !same && let Some(neighbour) = known {
            let area = &neighbour.area;
            tracing::warn!(%area, "a neighbour's server came with another secret than ours for it");
        }
        known.filter(|_| same).map(|neighbour| neighbour.area.clone())
    }

    /// Asks a neighbour's server.
    pub async fn ask(&self, to: &Neighbour, path: &str, body: &Value) -> Result<Value, Trouble> {
        let Some((_, line)) = self.known.get(&to.area) else {
            return Err(Trouble::Unreachable(format!("{} is not a neighbour", to.area)));
        };
        line.ask(&self.own, to, path, body).await
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

    /// Tells a neighbour; what it refuses for good is decided here, so that nothing else waits behind it.
    async fn tell(&self, desk: &Desk, to: &Neighbour, news: &[News]) -> Result<(), String> {
        for one in news {
            let (path, body) = match one {
                News::Aid(message) => ("/api/v1/neighbour/aid", serde_json::to_value(message)),
                News::Answer(message) => {
                    ("/api/v1/neighbour/answers", serde_json::to_value(message))
                }
            };
            let body = body.map_err(|error| error.to_string())?;
            let command = match self.ask(to, path, &body).await {
                Ok(_) => one.understood(),
                Err(Trouble::Unreachable(problem)) => return Err(problem),
                Err(Trouble::Refused(problem)) => {
                    let area = &to.area;
                    tracing::error!(%area, problem, "a neighbour does not take what it is told");
                    one.refused(&to.area, &problem)
                }
            };
            desk.carry(by_neighbour(&to.area, command)).await.map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

impl News {
    /// What follows when the neighbour has it.
    fn understood(&self) -> AidCommand {
        match self {
            Self::Aid(message) => {
                let withdrawn = message.withdrawn.is_some();
                AidCommand::NoteDelivery { aid: AidId::from_uuid(message.id), withdrawn }
            }
            Self::Answer(message) => AidCommand::NoteTold {
                aid: AidId::from_uuid(message.id),
                answer: message.answer.clone(),
            },
        }
    }

    /// What follows when the neighbour's server will never take it: a request counts as refused, the rest as told.
    fn refused(&self, area: &AreaId, problem: &str) -> AidCommand {
        match self {
            Self::Aid(message) if message.withdrawn.is_none() => {
                let reason = Some(format!("server tetangga menolak: {problem}"));
                let (number, state) = (1, AidState::Refused);
                let answer = AidAnswer { number, state, reason, ..AidAnswer::default() };
                let aid = AidId::from_uuid(message.id);
                AidCommand::Hear { aid, area: area.clone(), answer }
            }
            Self::Aid(_) | Self::Answer(_) => self.understood(),
        }
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
