//! One device's connection after its CONNECT: what it may say, what follows, and how it is answered.
//!
//! A position is acknowledged when it is durable and not before; while too many wait, the socket is not read. A store
//! that takes nothing for longer must not silence a crew: a native device is then read on, and further positions
//! are passed over, because it keeps them.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{
    Packet, PubAck, Publish, SubAck, Subscribe, SubscribeReasonCode, UnsubAck,
};
use tokio::sync::{mpsc, oneshot};

use super::door::{End, Wire};
use super::payload::native::{self, Channel, Numbered, REFUSED_MAX, Refused};
use super::payload::owntracks;
use super::{Devices, Down, Leave, record};
use crate::clock::Timestamp;
use crate::desk::Error;
use crate::dispatch::unit::{Fix, SourceId};
use crate::health::DoorCount;
use crate::store::{Device, DeviceKind};

/// Messages with positions of one device that wait for their commit.
const UNANSWERED_MAX: usize = 64;
/// When no position of a device became durable for so long, the store is stuck and the crew comes first.
const STUCK_AFTER: Duration = Duration::from_secs(3);
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

/// Positions that wait for the server to have room; one message of a device at most.
struct Held {
    room: Pin<Box<dyn Future<Output = Result<oneshot::Receiver<()>, Error>> + Send>>,
    pkid: Option<u16>,
    records: Option<Records>,
}

/// The numbers of a message, and which of its records were refused.
struct Records {
    boot: String,
    base: u64,
    seqs: Vec<u64>,
    refused: Vec<Refused>,
}

struct Session<'a> {
    wire: Wire,
    devices: &'a Devices,
    device: Device,
    waiting: VecDeque<Waiting>,
    held: Option<Held>,
    /// Messages that went on or became durable, now and when it was last looked.
    moved: (u64, u64),
    /// Nothing has moved for a while, though something should.
    stuck: bool,
    /// Of one boot, the refused records that no acknowledgement has covered yet: named until one does.
    refused: (String, Vec<Refused>),
    /// The device has asked for orders and is spoken to from then on.
    listens: bool,
    pkid: u16,
    source: SourceId,
}

/// Whether a topic belongs to the device.
pub(super) fn is_own_topic(topic: &str, device: &Device) -> bool {
    match device.kind {
        DeviceKind::Native => native::channel_of(topic, &device.name).is_some(),
        DeviceKind::Owntracks => owntracks::is_own_topic(topic, &device.name),
        DeviceKind::Traccar => false,
    }
}

/// Serves a connection until it ends.
pub(super) async fn run(
    wire: Wire,
    devices: &Devices,
    device: Device,
    keep_alive_s: u16,
) -> Result<(), End> {
    devices.health.connected();
    let (registration, mut down) = devices.register(&device);
    let mut leave = registration.leave.clone();
    devices.desk.link(device.unit.clone(), true).await;
    let silence = match u64::from(keep_alive_s) {
        0 => Duration::from_secs(KEEP_ALIVE_DEFAULT_S),
        asked => Duration::from_millis(asked * 1_500),
    };
    let source = devices.source_of(&device.name);
    let mut session = Session {
        wire,
        devices,
        device,
        waiting: VecDeque::new(),
        held: None,
        moved: (0, 0),
        stuck: false,
        refused: (String::new(), Vec::new()),
        listens: false,
        pkid: 0,
        source,
    };
    let told = async {
        let why = leave.wait_for(Option::is_some).await;
        why.ok().and_then(|why| *why)
    };
    tokio::select! {
        end = session.talk(&mut down, silence) => end,
        why = told => Err(match why {
            Some(Leave::Revoked) => End::Revoked,
            Some(Leave::TakenOver) | None => End::TakenOver,
        }),
    }
}

impl Session<'_> {
    async fn talk(
        &mut self,
        down: &mut mpsc::Receiver<Down>,
        silence: Duration,
    ) -> Result<(), End> {
        let quiet = tokio::time::sleep(silence);
        tokio::pin!(quiet);
        let mut look = tokio::time::interval(STUCK_AFTER);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let may_read = self.may_read();
            tokio::select! {
                stored = next_stored(&mut self.waiting) => self.answer(stored.is_ok())?,
                room = room_for(&mut self.held) => self.let_go(room)?,
                Some(message) = down.recv() => self.send_down(message)?,
                packet = self.wire.read(), if may_read => {
                    quiet.set(tokio::time::sleep(silence));
                    self.hear(packet?).await?;
                }
                () = &mut quiet, if may_read => return Err(End::Silent),
                _ = look.tick() => self.look_whether_stuck()?,
            }
            self.wire.flush().await?;
        }
    }

    /// A phone has nothing but positions to say and repeats nothing by itself, so it is always made to wait.
    fn may_read(&self) -> bool {
        let has_room = self.held.is_none() && self.waiting.len() < UNANSWERED_MAX;
        has_room || (self.stuck && self.device.kind == DeviceKind::Native)
    }

    /// Gives a native device its window of PUBLISH packets back while the store is stuck: what it keeps depends on our
    /// own acknowledgement alone, and a full window would hold its crew's answers back.
    fn look_whether_stuck(&mut self) -> Result<(), End> {
        let (now, before) = self.moved;
        self.stuck = now == before && (self.held.is_some() || !self.waiting.is_empty());
        self.moved.1 = now;
        if !self.stuck || self.device.kind != DeviceKind::Native {
            return Ok(());
        }
        let held = self.held.iter_mut().filter_map(|held| held.pkid.take());
        let waiting = self.waiting.iter_mut().filter_map(|waiting| waiting.pkid.take());
        let unanswered: Vec<u16> = waiting.chain(held).collect();
        unanswered.into_iter().try_for_each(|pkid| self.acknowledge(Some(pkid)))
    }

    /// Something has moved: the store is not stuck, or not any more.
    fn has_moved(&mut self) {
        self.moved.0 += 1;
        self.stuck = false;
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
                DeviceKind::Traccar => false,
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
        if !is_own_topic(&publish.topic, &self.device) {
            self.devices.health.count(DoorCount::ForeignTopic);
            tracing::warn!(device = self.device.name, "published outside its own topics; closed");
            return Err(End::Refused("a topic that is not the device's own".to_owned()));
        }
        let now = self.devices.desk.now();
        let pkid = (publish.qos == QoS::AtLeastOnce).then_some(publish.pkid);
        match native::channel_of(&publish.topic, &self.device.name) {
            Some(Channel::Fix) => self.hear_fixes(&publish.payload, pkid, now),
            Some(Channel::Status) => self.hear_status(&publish.payload, pkid).await,
            None => self.hear_owntracks(&publish.payload, pkid, now),
        }
    }

    fn hear_fixes(&mut self, payload: &[u8], pkid: Option<u16>, now: Timestamp) -> Result<(), End> {
        let message = match native::decode_fixes(payload, now) {
            Ok(message) => message,
            Err(fault) => return self.drop_garbage(&fault, pkid),
        };
        let Numbered { boot, base, records } = message;
        let mut fixes = Vec::with_capacity(records.len());
        let mut numbers = Records { boot, base, seqs: Vec::new(), refused: Vec::new() };
        for (seq, judged) in records {
            numbers.seqs.push(seq);
            match judged {
                Ok(fix) => fixes.push(fix),
                Err(why) => numbers.refused.push(Refused::unbelievable(seq, &why)),
            }
        }
        if !numbers.refused.is_empty() {
            self.devices.health.count(DoorCount::BadPacket);
            let (device, refused) = (&self.device.name, &numbers.refused);
            tracing::warn!(device, ?refused, "positions that cannot be true were refused");
        }
        if fixes.is_empty() {
            self.acknowledge(pkid)?;
            return self.commit(numbers);
        }
        self.report(fixes, pkid, Some(numbers))
    }

    fn hear_owntracks(
        &mut self,
        payload: &[u8],
        pkid: Option<u16>,
        now: Timestamp,
    ) -> Result<(), End> {
        match owntracks::decode(payload, now) {
            Ok(owntracks::Message::Location(fix)) => self.report(vec![fix], pkid, None),
            Ok(owntracks::Message::Alive) => self.acknowledge(pkid),
            Err(fault) => self.drop_garbage(&fault, pkid),
        }
    }

    /// Hands positions in, as soon as there is room for them; passes them over while the store is stuck.
    fn report(
        &mut self,
        mut fixes: Vec<Fix>,
        pkid: Option<u16>,
        records: Option<Records>,
    ) -> Result<(), End> {
        for fix in &mut fixes {
            fix.source = self.source;
        }
        if self.stuck {
            return self.acknowledge(pkid);
        }
        let (desk, unit) = (self.devices.desk.clone(), self.device.unit.clone());
        let room = Box::pin(async move { desk.report(unit, fixes).await });
        self.held = Some(Held { room, pkid, records });
        Ok(())
    }

    /// There was room for the positions that were held: they are on their way to the store.
    fn let_go(&mut self, room: Result<oneshot::Receiver<()>, Error>) -> Result<(), End> {
        let stored = room.map_err(|_| End::Stopped)?;
        if let Some(Held { pkid, records, .. }) = self.held.take() {
            self.waiting.push_back(Waiting { stored, pkid, records });
            self.has_moved();
        }
        Ok(())
    }

    /// A message that no repetition would make right: counted, logged, and acknowledged so that it does not come again.
    fn drop_garbage(&mut self, fault: &str, pkid: Option<u16>) -> Result<(), End> {
        self.devices.health.count(DoorCount::BadPacket);
        tracing::warn!(
            device = self.device.name,
            fault,
            "a message that cannot be read was dropped"
        );
        self.acknowledge(pkid)
    }

    fn acknowledge(&mut self, pkid: Option<u16>) -> Result<(), End> {
        match pkid {
            Some(pkid) => self.wire.put(&Packet::PubAck(PubAck::new(pkid))),
            None => Ok(()),
        }
    }

    async fn hear_status(&mut self, payload: &[u8], pkid: Option<u16>) -> Result<(), End> {
        let message = match native::decode_status(payload) {
            Ok(message) => message,
            Err(fault) => return self.drop_garbage(&fault, pkid),
        };
        let Numbered { boot, base, records: (seq, judged) } = message;
        let refused = match judged {
            Err(why) => {
                self.devices.health.count(DoorCount::BadPacket);
                tracing::warn!(device = self.device.name, why, "a step that cannot be was refused");
                vec![Refused::unbelievable(seq, &why)]
            }
            Ok(status) => {
                let (device, unit) = (&self.device.name, &self.device.unit);
                let request = record::request_of(device, unit, &boot, seq, &status);
                match self.devices.desk.carry(request).await {
                    Ok(_) => Vec::new(),
                    Err(Error::Refused(refusal)) => vec![record::refused(seq, &refusal)],
                    // Not committed: no answer, so the device keeps it and says it again.
                    Err(Error::Busy | Error::Store(_) | Error::Bug) => return Ok(()),
                    Err(Error::Stopped) => return Err(End::Stopped),
                }
            }
        };
        self.acknowledge(pkid)?;
        self.commit(Records { boot, base, seqs: vec![seq], refused })
    }

    /// Answers the oldest waiting message: it is durable.
    fn answer(&mut self, stored: bool) -> Result<(), End> {
        let Some(waiting) = self.waiting.pop_front() else { return Ok(()) };
        if !stored {
            // The program is ending and never stored it: the device keeps it.
            return Err(End::Stopped);
        }
        self.has_moved();
        self.acknowledge(waiting.pkid)?;
        waiting.records.map_or(Ok(()), |records| self.commit(records))
    }

    /// Notes that records are done with, and tells the device.
    fn commit(&mut self, records: Records) -> Result<(), End> {
        let Records { boot, base, seqs, refused } = records;
        if self.refused.0 != boot {
            self.refused = (boot.clone(), Vec::new());
        }
        for refused in refused {
            let named = &mut self.refused.1;
            named.retain(|earlier| earlier.seq != refused.seq);
            if named.len() < REFUSED_MAX {
                named.push(refused);
            }
        }
        let through = self
            .devices
            .with_ledger(&self.device.name, |ledger| ledger.commit(&boot, base, seqs.into_iter()));
        self.send_ack(&boot, through)
    }

    fn send_ack(&mut self, boot: &str, through: u64) -> Result<(), End> {
        if !self.listens {
            return Ok(());
        }
        let payload = native::encode_ack(boot, through, &self.refused.1);
        self.refused.1.retain(|refused| refused.seq > through);
        let topic = native::ack_topic(&self.device.name);
        self.wire.put(&Packet::Publish(Publish::from_bytes(topic, QoS::AtMostOnce, payload)))
    }

    fn send_down(&mut self, message: Down) -> Result<(), End> {
        if !self.listens {
            return Ok(());
        }
        self.pkid = self.pkid.checked_add(1).unwrap_or(1);
        let mut publish = Publish::from_bytes(message.topic, QoS::AtLeastOnce, message.payload);
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
async fn room_for(held: &mut Option<Held>) -> Result<oneshot::Receiver<()>, Error> {
    match held {
        Some(held) => held.room.as_mut().await,
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
