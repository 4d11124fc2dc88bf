//! What devices say over a broker: each by the name in its topic, heard in turn, answered when it is committed.
//!
//! Who may publish on a device's topics is the broker's to say. A message that no repetition would make right is
//! written into the quarantine and acknowledged, so that it comes once.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use rumqttc::{Publish, QoS};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{Answer, End, moment};
use crate::desk::Error;
use crate::device::hearing::{self, Heard, Records, Untold};
use crate::device::payload::native;
use crate::device::{Devices, Down, Leave, Registration, door};
use crate::health::DoorCount;
use crate::store::quarantine::Quarantined;
use crate::store::{Device, DeviceKind};

/// A device's right is looked up again after this time, and so is the lack of it.
const RIGHT_HOLDS: Duration = Duration::from_secs(5);
/// A native device that says nothing for so long is offline, though its will has not come.
const NATIVE_QUIET_MAX: Duration = Duration::from_secs(5 * 60);
/// A phone at rest reports every half an hour or so.
const PHONE_QUIET_MAX: Duration = Duration::from_secs(60 * 60);
/// How long a store or a desk that cannot take something is left alone.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// Names of strangers that are remembered, so that each is logged once a minute; more are counted only.
const STRANGERS_MAX: usize = 1_000;
/// Quarantined messages written in a minute; more are counted only.
const QUARANTINED_A_MINUTE: u32 = 100;
const MINUTE: Duration = Duration::from_secs(60);

/// A message with positions that are on their way to the store.
struct Waiting {
    stored: oneshot::Receiver<()>,
    receipt: Publish,
    name: String,
    records: Option<Records>,
}

/// A device that has been heard.
struct Speaker {
    device: Device,
    /// When its right was last looked up.
    checked: Instant,
    heard: Instant,
    untold: Untold,
    /// While it is online.
    registration: Option<Registration>,
}

/// A name that may not speak here.
struct Stranger {
    checked: Instant,
    logged: Instant,
}

/// What is known of the devices behind a broker; outlives connections to it.
pub(super) struct Listener {
    devices: Devices,
    down: mpsc::Sender<Down>,
    speakers: BTreeMap<String, Speaker>,
    strangers: BTreeMap<String, Stranger>,
    waiting: VecDeque<Waiting>,
    /// Since when, and how many messages were quarantined since.
    quarantined: (Instant, u32),
}

/// What is to be done with a message.
enum Outcome {
    Done(Option<Records>),
    Waits(oneshot::Receiver<()>, Option<Records>),
    Poison(String),
}

impl Listener {
    pub(super) fn new(devices: Devices, down: mpsc::Sender<Down>) -> Self {
        Self {
            devices,
            down,
            speakers: BTreeMap::new(),
            strangers: BTreeMap::new(),
            waiting: VecDeque::new(),
            quarantined: (moment(), 0),
        }
    }

    /// Hears what one connection brings until it ends; answers each message once.
    pub(super) async fn listen(
        &mut self,
        mut heard: mpsc::Receiver<Publish>,
        answers: mpsc::Sender<Answer>,
    ) -> End {
        // What an earlier connection brought is sent again by the broker.
        self.waiting.clear();
        let mut sweep = tokio::time::interval(RIGHT_HOLDS);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let answer = tokio::select! {
                stored = next_stored(&mut self.waiting) => match self.waiting.pop_front() {
                    Some(waiting) if stored.is_ok() => {
                        self.answer(waiting.receipt, &waiting.name, waiting.records)
                    }
                    Some(_) | None => return End::Lost("positions were not taken in".to_owned()),
                },
                Some(publish) = heard.recv() => match self.hear(publish).await {
                    Ok(Some(answer)) => answer,
                    Ok(None) => continue,
                    Err(end) => return end,
                },
                _ = sweep.tick() => {
                    self.sweep().await;
                    continue;
                }
            };
            if answers.send(answer).await.is_err() {
                return End::Stopped;
            }
        }
    }

    /// Hears a message; none while its positions wait for their commit.
    async fn hear(&mut self, mut publish: Publish) -> Result<Option<Answer>, End> {
        let payload = std::mem::take(&mut publish.payload);
        let name = hearing::device_of(&publish.topic).unwrap_or_default().to_owned();
        let outcome = self.outcome(&publish, &name, &payload).await?;
        let topic = std::mem::take(&mut publish.topic);
        Ok(match outcome {
            Outcome::Done(records) => Some(self.answer(publish, &name, records)),
            Outcome::Waits(stored, records) => {
                self.waiting.push_back(Waiting { stored, receipt: publish, name, records });
                None
            }
            Outcome::Poison(reason) => {
                self.quarantine(&topic, &payload, reason).await;
                Some(Answer { receipt: publish, say: None })
            }
        })
    }

    async fn outcome(
        &mut self,
        publish: &Publish,
        name: &str,
        payload: &Bytes,
    ) -> Result<Outcome, End> {
        if name.is_empty() {
            return Ok(Outcome::Poison("a topic that is no device's".to_owned()));
        }
        if payload.len() > door::PACKET_BYTES_MAX {
            let max = door::PACKET_BYTES_MAX;
            return Ok(Outcome::Poison(format!("larger than {max} bytes")));
        }
        if publish.qos == QoS::ExactlyOnce {
            return Ok(Outcome::Poison("QoS 2 is not spoken here".to_owned()));
        }
        if !self.knows(name).await {
            return Ok(Outcome::Done(None));
        }
        let Some(speaker) = self.speakers.get(name) else { return Ok(Outcome::Done(None)) };
        let device = speaker.device.clone();
        if device.kind == DeviceKind::Native && native::is_link_topic(&publish.topic, name) {
            match payload.as_ref() {
                b"online" => self.is_here(name).await,
                b"offline" => self.is_gone(name).await,
                _ => return Ok(Outcome::Poison("neither 'online' nor 'offline'".to_owned())),
            }
            return Ok(Outcome::Done(None));
        }
        if !hearing::is_own_topic(&publish.topic, &device) {
            self.devices.health.count(DoorCount::ForeignTopic);
            return Ok(Outcome::Poison("a topic that is not the device's own".to_owned()));
        }
        let known = speaker.untold.known();
        let heard = hearing::hear(&self.devices, &device, known, &publish.topic, payload);
        if let Heard::Gone = heard {
            self.is_gone(name).await;
            return Ok(Outcome::Done(None));
        }
        // What the broker kept for whoever asks says nothing of now.
        if !publish.retain {
            self.is_here(name).await;
        }
        self.follow(&device, heard).await
    }

    /// Has the desk decide or the positions stored. While they cannot, nothing else is heard: the broker waits.
    async fn follow(&self, device: &Device, heard: Heard) -> Result<Outcome, End> {
        match heard {
            Heard::Nothing(records) => Ok(Outcome::Done(records)),
            Heard::Gone => Ok(Outcome::Done(None)),
            Heard::Garbage(fault) => Ok(Outcome::Poison(fault)),
            Heard::Fixes(fixes, records) => {
                let desk = &self.devices.desk;
                let permit = desk.permit_for(fixes.len()).await.map_err(|_| End::Stopped)?;
                let stored = desk.report(device.unit.clone(), fixes, permit);
                stored.map(|stored| Outcome::Waits(stored, records)).map_err(|_| End::Stopped)
            }
            Heard::Step(step) => loop {
                match step.carry(&self.devices).await {
                    Ok(records) => return Ok(Outcome::Done(Some(records))),
                    Err(Error::Stopped) => return Err(End::Stopped),
                    Err(fault @ (Error::Bug | Error::Refused(_))) => {
                        return Ok(Outcome::Poison(fault.to_string()));
                    }
                    Err(Error::Busy | Error::Store(_)) => tokio::time::sleep(RETRY_AFTER).await,
                }
            },
        }
    }

    fn answer(&mut self, receipt: Publish, name: &str, records: Option<Records>) -> Answer {
        let mut answer = Answer { receipt, say: None };
        if let Some(records) = records
            && let Some(speaker) = self.speakers.get_mut(name)
        {
            speaker.untold.commit(records);
            answer.say = Some((native::ack_topic(name), speaker.untold.ack()));
        }
        answer
    }

    /// Whether a device of that name may speak; one that may not is counted, and logged once a minute.
    async fn knows(&mut self, name: &str) -> bool {
        let fresh = |checked: Instant| checked.elapsed() < RIGHT_HOLDS;
        if self.speakers.get(name).is_some_and(|speaker| fresh(speaker.checked)) {
            return true;
        }
        if self.strangers.get(name).is_some_and(|stranger| fresh(stranger.checked)) {
            self.devices.health.count(DoorCount::UnknownDevice);
            return false;
        }
        let now = moment();
        match self.look_up(name).await {
            Some(device) => {
                self.strangers.remove(name);
                let known = self.devices.familiar(name);
                let made = || Speaker {
                    device: device.clone(),
                    checked: now,
                    heard: now,
                    untold: Untold::of(known),
                    registration: None,
                };
                let speaker = self.speakers.entry(name.to_owned()).or_insert_with(made);
                (speaker.checked, speaker.device) = (now, device);
                true
            }
            None => {
                self.is_gone(name).await;
                self.speakers.remove(name);
                self.is_stranger(name, now);
                false
            }
        }
    }

    /// Asks the store until it answers; a device that is known keeps its right meanwhile.
    async fn look_up(&self, name: &str) -> Option<Device> {
        loop {
            match self.devices.known(name).await {
                // A unit that came into the roster since the start is not known to the desk yet.
                Ok(device) => {
                    let mut units = self.devices.desk.room.units().iter();
                    return device.filter(|device| units.any(|unit| unit.id == device.unit));
                }
                Err(error) => {
                    if let Some(speaker) = self.speakers.get(name) {
                        return Some(speaker.device.clone());
                    }
                    tracing::error!(%error, "devices cannot be checked");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    }

    fn is_stranger(&mut self, name: &str, now: Instant) {
        self.devices.health.count(DoorCount::UnknownDevice);
        if self.strangers.len() >= STRANGERS_MAX {
            self.strangers.retain(|_, stranger| stranger.logged.elapsed() < MINUTE);
        }
        if let Some(stranger) = self.strangers.get_mut(name) {
            stranger.checked = now;
            if stranger.logged.elapsed() < MINUTE {
                return;
            }
            stranger.logged = now;
        } else if self.strangers.len() < STRANGERS_MAX {
            self.strangers.insert(name.to_owned(), Stranger { checked: now, logged: now });
        } else {
            return;
        }
        tracing::warn!(
            device = name,
            "unknown, revoked or of another area; its messages are dropped"
        );
    }

    /// The device has given a sign of life.
    async fn is_here(&mut self, name: &str) {
        let Some(speaker) = self.speakers.get_mut(name) else { return };
        speaker.heard = moment();
        if speaker.registration.is_none() {
            // A phone is told nothing.
            let down = match speaker.device.kind {
                DeviceKind::Native => self.down.clone(),
                DeviceKind::Owntracks
                | DeviceKind::Traccar
                | DeviceKind::Forwarded
                | DeviceKind::Sms => mpsc::channel(1).0,
            };
            speaker.registration = self.devices.register_behind(&speaker.device, down);
            if speaker.registration.is_some() {
                self.devices.desk.link(speaker.device.unit.clone(), true).await;
            }
        }
    }

    async fn is_gone(&mut self, name: &str) {
        let speaker = self.speakers.get_mut(name);
        if let Some(registration) = speaker.and_then(|speaker| speaker.registration.take()) {
            registration.end().await;
        }
    }

    /// The broker has been away for too long to say anything of its devices.
    pub(super) async fn let_all_go(&mut self) {
        for speaker in self.speakers.values_mut() {
            if let Some(registration) = speaker.registration.take() {
                registration.end().await;
            }
        }
    }

    /// Lets devices go that have fallen silent, have lost their right, or speak for themselves at the front door.
    async fn sweep(&mut self) {
        let mut revoked = Vec::new();
        for (name, speaker) in &mut self.speakers {
            let quiet_max = match speaker.device.kind {
                DeviceKind::Native => NATIVE_QUIET_MAX,
                DeviceKind::Owntracks
                | DeviceKind::Traccar
                | DeviceKind::Forwarded
                | DeviceKind::Sms => PHONE_QUIET_MAX,
            };
            let told = speaker.registration.as_ref().and_then(|r| *r.leave.borrow());
            if (told.is_some() || speaker.heard.elapsed() > quiet_max)
                && let Some(registration) = speaker.registration.take()
            {
                registration.end().await;
            }
            if told == Some(Leave::Revoked) {
                revoked.push(name.clone());
            }
        }
        for name in revoked {
            self.speakers.remove(&name);
        }
    }

    /// Writes down a message that would never become right.
    async fn quarantine(&mut self, topic: &str, payload: &Bytes, reason: String) {
        self.devices.health.count(DoorCount::Quarantined);
        let (since, count) = &mut self.quarantined;
        if since.elapsed() > MINUTE {
            (*since, *count) = (moment(), 0);
        }
        *count += 1;
        if *count > QUARANTINED_A_MINUTE {
            return;
        }
        let at = self.devices.desk.now();
        let message = Quarantined::new(at, topic, payload, reason);
        tracing::warn!(
            topic = message.topic,
            size = message.size,
            reason = message.reason,
            "quarantined"
        );
        let area = &self.devices.desk.room.area.id;
        while let Err(error) = self.devices.store.quarantine(area, &message).await {
            tracing::error!(%error, "a message cannot be quarantined");
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }
}

/// Completes when the oldest waiting message is durable, never while none waits.
async fn next_stored(waiting: &mut VecDeque<Waiting>) -> Result<(), oneshot::error::RecvError> {
    match waiting.front_mut() {
        Some(oldest) => (&mut oldest.stored).await,
        None => std::future::pending().await,
    }
}
