//! One device's connection after its CONNECT: what it may say, what follows, and how it is answered.
//!
//! A position is acknowledged when it is durable and not before; while too many wait, the socket is not read. A store
//! that takes nothing for longer must not silence a crew: a native device is then read on, and further positions
//! are passed over, because it keeps them.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{
    Packet, PubAck, Publish, SubAck, Subscribe, SubscribeReasonCode, UnsubAck,
};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::Instant;

use super::door::{End, Wire};
use super::hearing::{self, Heard, Records, Untold};
use super::pace::Pace;
use super::payload::{native, owntracks};
use super::{Devices, Down, Leave};
use crate::desk::Error;
use crate::dispatch::unit::Fix;
use crate::health::DoorCount;
use crate::store::{Device, DeviceKind};

/// Messages with positions of one device that wait for their commit.
const UNANSWERED_MAX: usize = 64;
/// For a client that asks for no keep-alive.
const KEEP_ALIVE_DEFAULT_S: u64 = 300;

/// A message with positions that are on their way to the store.
struct Waiting {
    stored: oneshot::Receiver<()>,
    /// For the PUBACK; none at QoS 0.
    pkid: Option<u16>,
    /// For our own acknowledgement; a phone gets none.
    records: Option<Records>,
}

type Permit = Result<OwnedSemaphorePermit, Error>;

/// Positions that wait for the server to have room; one message of a device at most.
struct Held {
    permit: Pin<Box<dyn Future<Output = Permit> + Send>>,
    fixes: Vec<Fix>,
    pkid: Option<u16>,
    records: Option<Records>,
}

struct Session<'a> {
    wire: Wire,
    pace: Pace,
    devices: &'a Devices,
    device: Device,
    waiting: VecDeque<Waiting>,
    held: Option<Held>,
    /// The store takes nothing, and something of this native device waits for it.
    stuck: bool,
    untold: Untold,
    /// Records were done with of which the device has not been told.
    owes_ack: bool,
    /// The device has asked for orders and is spoken to from then on.
    listens: bool,
    pkid: u16,
}

/// Serves a connection, whose CONNACK waits to be sent, until it ends.
pub(super) async fn run(
    mut wire: Wire,
    devices: &Devices,
    device: Device,
    keep_alive_s: u16,
) -> Result<(), End> {
    let (registration, mut down) = devices.register(&device);
    // CONNACK goes out only now: of two connections the one that was let in later stays.
    wire.flush().await?;
    devices.desk.link(device.unit.clone(), true).await;
    let silence = match u64::from(keep_alive_s) {
        0 => Duration::from_secs(KEEP_ALIVE_DEFAULT_S),
        asked => Duration::from_millis(asked * 1_500),
    };
    let untold = Untold::of(devices.familiar(&device.name));
    let mut session = Session {
        wire,
        pace: Pace::of_device(),
        devices,
        device,
        waiting: VecDeque::new(),
        held: None,
        stuck: false,
        untold,
        owes_ack: false,
        listens: false,
        pkid: 0,
    };
    let end = session.talk(&mut down, silence).await;
    let why = *registration.leave.borrow();
    match why {
        Some(Leave::Revoked) => Err(End::Revoked),
        Some(Leave::TakenOver) => Err(End::TakenOver),
        None => end,
    }
}

/// The next packet, not before its turn.
async fn paced(pace: &Pace, wire: &mut Wire) -> Result<Packet, End> {
    pace.turn().await;
    wire.read().await
}

#[expect(clippy::disallowed_methods, reason = "a shell that waits")]
impl Session<'_> {
    async fn talk(
        &mut self,
        down: &mut mpsc::Receiver<Down>,
        silence: Duration,
    ) -> Result<(), End> {
        // Set anew when it has run out and not with every packet: timers are dear when thousands speak.
        let quiet = tokio::time::sleep(silence);
        tokio::pin!(quiet);
        let mut heard_at = Instant::now();
        loop {
            let may_read = self.may_read();
            tokio::select! {
                // What happens most is looked for first; what is told is never far behind, for a device has its pace.
                biased;
                stored = next_stored(&mut self.waiting) => self.answer_all(stored.is_ok())?,
                permit = permit_for(&mut self.held) => self.let_go(permit)?,
                told = down.recv() => match told {
                    Some(Down::Message { topic, payload }) => self.send_down(topic, payload)?,
                    Some(Down::Stuck) => self.is_stuck()?,
                    // Why stands in the registration.
                    None => return Err(End::TakenOver),
                },
                packet = paced(&self.pace, &mut self.wire), if may_read => {
                    heard_at = Instant::now();
                    self.pace.take(heard_at);
                    self.hear(packet?).await?;
                }
                () = &mut quiet => {
                    if !may_read {
                        // Nobody listened.
                        heard_at = Instant::now();
                    }
                    let until = heard_at + silence;
                    if until <= quiet.deadline() {
                        return Err(End::Silent);
                    }
                    quiet.as_mut().reset(until);
                }
            }
            self.acknowledge_records()?;
            self.wire.flush().await?;
        }
    }

    /// A phone has nothing but positions to say and repeats nothing by itself, so it is always made to wait.
    fn may_read(&self) -> bool {
        let has_room = self.held.is_none() && self.waiting.len() < UNANSWERED_MAX;
        has_room || self.stuck
    }

    /// Gives a native device its window of PUBLISH packets back while the store is stuck: what it keeps depends on our
    /// own acknowledgement alone, and a full window would hold its crew's answers back.
    fn is_stuck(&mut self) -> Result<(), End> {
        let is_native = self.device.kind == DeviceKind::Native;
        self.stuck = is_native && (self.held.is_some() || !self.waiting.is_empty());
        if !self.stuck {
            return Ok(());
        }
        let held = self.held.iter_mut().filter_map(|held| held.pkid.take());
        let waiting = self.waiting.iter_mut().filter_map(|waiting| waiting.pkid.take());
        let unanswered: Vec<u16> = waiting.chain(held).collect();
        unanswered.into_iter().try_for_each(|pkid| self.acknowledge(Some(pkid)))
    }

    async fn hear(&mut self, packet: Packet) -> Result<(), End> {
        match packet {
            Packet::Publish(publish) => self.hear_publish(publish).await,
            Packet::Subscribe(subscribe) => self.hear_subscribe(&subscribe).await,
            Packet::Unsubscribe(unsubscribe) => {
                self.wire.put(&Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid)))
            }
            Packet::PingReq => self.wire.put(&Packet::PingResp),
            // An order's PUBACK says only that the socket took it; the device confirms in its own words.
            Packet::PubAck(_) => Ok(()),
            Packet::Disconnect => Err(End::Goodbye),
            Packet::Connect(_)
            | Packet::ConnAck(_)
            | Packet::PubRec(_)
            | Packet::PubRel(_)
            | Packet::PubComp(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::PingResp => {
                self.devices.health.count(DoorCount::BadPacket);
                Err(End::Refused("a packet that a device does not send".to_owned()))
            }
        }
    }

    async fn hear_subscribe(&mut self, subscribe: &Subscribe) -> Result<(), End> {
        let mut codes = Vec::with_capacity(subscribe.filters.len());
        let mut orders = false;
        for filter in &subscribe.filters {
            let own = match self.device.kind {
                DeviceKind::Native => native::may_subscribe(&filter.path, &self.device.name),
                DeviceKind::Owntracks => owntracks::is_own_topic(&filter.path, &self.device.name),
                DeviceKind::Traccar | DeviceKind::Forwarded | DeviceKind::Sms => false,
            };
            orders |= own && self.device.kind == DeviceKind::Native;
            codes.push(if own {
                SubscribeReasonCode::Success(granted(filter.qos))
            } else {
                SubscribeReasonCode::Failure
            });
        }
        self.wire.put(&Packet::SubAck(SubAck::new(subscribe.pkid, codes)))?;
        if orders {
            self.listens = true;
            self.devices.desk.link(self.device.unit.clone(), true).await;
        }
        Ok(())
    }

    async fn hear_publish(&mut self, publish: Publish) -> Result<(), End> {
        if publish.qos == QoS::ExactlyOnce {
            return Err(End::Refused("QoS 2 is not spoken here".to_owned()));
        }
        if !hearing::is_own_topic(&publish.topic, &self.device) {
            self.devices.health.count(DoorCount::ForeignTopic);
            tracing::warn!(device = self.device.name, "published outside its own topics; closed");
            return Err(End::Refused("a topic that is not the device's own".to_owned()));
        }
        let pkid = (publish.qos == QoS::AtLeastOnce).then_some(publish.pkid);
        let (topic, known) = (&publish.topic, self.untold.known());
        match hearing::hear(self.devices, &self.device, known, topic, &publish.payload) {
            Heard::Fixes(fixes, records) => self.report(fixes, pkid, records),
            Heard::Step(step) => match step.carry(self.devices).await {
                Ok(records) => self.done(pkid, Some(records)),
                Err(Error::Stopped) => Err(End::Stopped),
                // Not committed: no answer, so the device keeps it and says it again.
                Err(Error::Busy | Error::Store(_) | Error::Bug | Error::Refused(_)) => Ok(()),
            },
            Heard::Nothing(records) => self.done(pkid, records),
            // The connection itself says whether the device is there.
            Heard::Gone | Heard::Garbage(_) => self.done(pkid, None),
        }
    }

    /// Hands positions in, as soon as there is room for them; passes them over while the store is stuck.
    fn report(
        &mut self,
        fixes: Vec<Fix>,
        pkid: Option<u16>,
        records: Option<Records>,
    ) -> Result<(), End> {
        if self.stuck {
            return self.acknowledge(pkid);
        }
        if let Some(permit) = self.devices.desk.permit(fixes.len()) {
            return self.hand_in(fixes, permit, pkid, records);
        }
        let (desk, count) = (self.devices.desk.clone(), fixes.len());
        let permit = Box::pin(async move { desk.permit_for(count).await });
        self.held = Some(Held { permit, fixes, pkid, records });
        Ok(())
    }

    fn hand_in(
        &mut self,
        fixes: Vec<Fix>,
        permit: OwnedSemaphorePermit,
        pkid: Option<u16>,
        records: Option<Records>,
    ) -> Result<(), End> {
        let stored = self.devices.desk.report(self.device.unit.clone(), fixes, permit);
        let stored = stored.map_err(|_| End::Stopped)?;
        self.waiting.push_back(Waiting { stored, pkid, records });
        Ok(())
    }

    /// There was room for the positions that were held: they are on their way to the store.
    fn let_go(&mut self, permit: Permit) -> Result<(), End> {
        self.stuck = false;
        let permit = permit.map_err(|_| End::Stopped)?;
        match self.held.take() {
            Some(Held { fixes, pkid, records, .. }) => self.hand_in(fixes, permit, pkid, records),
            None => Ok(()),
        }
    }

    fn acknowledge(&mut self, pkid: Option<u16>) -> Result<(), End> {
        match pkid {
            Some(pkid) => self.wire.put(&Packet::PubAck(PubAck::new(pkid))),
            None => Ok(()),
        }
    }

    /// Answers the oldest waiting message, and all after it that are durable with it.
    fn answer_all(&mut self, stored: bool) -> Result<(), End> {
        self.answer(stored)?;
        while let Some(next) = self.waiting.front_mut()
            && let Ok(()) = next.stored.try_recv()
        {
            self.answer(true)?;
        }
        Ok(())
    }

    /// Answers the oldest waiting message: it is durable.
    fn answer(&mut self, stored: bool) -> Result<(), End> {
        let Some(waiting) = self.waiting.pop_front() else { return Ok(()) };
        if !stored {
            // The program is ending and never stored it: the device keeps it.
            return Err(End::Stopped);
        }
        self.stuck = false;
        self.done(waiting.pkid, waiting.records)
    }

    /// A message is done with: notes its records.
    fn done(&mut self, pkid: Option<u16>, records: Option<Records>) -> Result<(), End> {
        self.acknowledge(pkid)?;
        if let Some(records) = records {
            self.untold.commit(records);
            self.owes_ack = true;
        }
        // There is no room for the refused of many messages in one acknowledgement.
        if self.untold.names_refused() { self.acknowledge_records() } else { Ok(()) }
    }

    /// Tells the device which of its records are done with.
    fn acknowledge_records(&mut self) -> Result<(), End> {
        if !std::mem::take(&mut self.owes_ack) || !self.listens {
            return Ok(());
        }
        let topic = native::ack_topic(&self.device.name);
        let publish = Publish::from_bytes(topic, QoS::AtMostOnce, self.untold.ack());
        self.wire.put(&Packet::Publish(publish))
    }

    fn send_down(&mut self, topic: String, payload: Bytes) -> Result<(), End> {
        if !self.listens {
            return Ok(());
        }
        self.pkid = self.pkid.checked_add(1).unwrap_or(1);
        let mut publish = Publish::from_bytes(topic, QoS::AtLeastOnce, payload);
        publish.pkid = self.pkid;
        self.wire.put(&Packet::Publish(publish))
    }
}

/// Completes when the oldest waiting message is durable, never while none waits.
async fn next_stored(waiting: &mut VecDeque<Waiting>) -> Result<(), oneshot::error::RecvError> {
    match waiting.front_mut() {
        Some(oldest) => (&mut oldest.stored).await,
        None => std::future::pending().await,
    }
}

/// Completes when there is room for the positions that are held, never while there are none.
async fn permit_for(held: &mut Option<Held>) -> Permit {
    match held {
        Some(held) => held.permit.as_mut().await,
        None => std::future::pending().await,
    }
}

/// The quality of service that we grant: what was asked, at most 1.
const fn granted(asked: QoS) -> QoS {
    match asked {
        QoS::AtMostOnce => QoS::AtMostOnce,
        QoS::AtLeastOnce | QoS::ExactlyOnce => QoS::AtLeastOnce,
    }
}
