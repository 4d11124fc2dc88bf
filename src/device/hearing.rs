//! What a device's message means and what is noted of it, the same at the front door and over a broker.

use bytes::Bytes;

use super::payload::native::{self, Channel, Numbered, REFUSED_MAX, Refused};
use super::payload::owntracks;
use super::{Devices, Familiar, locked, record};
use crate::clock::Timestamp;
use crate::desk::{Error, Request};
use crate::dispatch::unit::{DeviceNote, Fix};
use crate::health::DoorCount;
use crate::store::{Device, DeviceKind};

/// The numbers of a message, and which of its records were refused.
pub(super) struct Records {
    pub boot: String,
    pub base: u64,
    pub seqs: Vec<u64>,
    pub refused: Vec<Refused>,
}

/// What a message on a device's own topic asks for.
pub(super) enum Heard {
    /// Positions to store; numbered ones are noted when they are durable.
    Fixes(Vec<Fix>, Option<Records>),
    /// A step that the desk decides about.
    Step(Box<Step>),
    /// Nothing to store; what is numbered is noted at once.
    Nothing(Option<Records>),
    /// The device says that it is gone: its will.
    Gone,
    /// No repetition would make it right.
    Garbage(String),
}

/// A step of an order, by its number.
pub(super) struct Step {
    request: Request,
    records: Records,
}

/// Letters of a device's name.
const NAME_CHARS_MAX: usize = 128;

/// The name in a topic that is some device's own.
pub(super) fn device_of(topic: &str) -> Option<&str> {
    let rest = topic.strip_prefix("siaga/v1/").or_else(|| topic.strip_prefix("owntracks/"))?;
    let (name, channel) = rest.split_once('/')?;
    (!name.is_empty() && name.len() <= NAME_CHARS_MAX && !channel.is_empty()).then_some(name)
}

/// Whether a topic belongs to the device.
pub(super) fn is_own_topic(topic: &str, device: &Device) -> bool {
    match device.kind {
        DeviceKind::Native => native::channel_of(topic, &device.name).is_some(),
        DeviceKind::Owntracks => owntracks::is_own_topic(topic, &device.name),
        DeviceKind::Traccar | DeviceKind::Forwarded | DeviceKind::Sms => false,
    }
}

/// Reads a message on a topic that is the device's own.
pub(super) fn hear(
    devices: &Devices,
    device: &Device,
    known: &Familiar,
    topic: &str,
    payload: &[u8],
) -> Heard {
    let now = devices.desk.now();
    let mut heard = match native::channel_of(topic, &device.name) {
        Some(Channel::Fix) => hear_fixes(devices, device, payload, now),
        Some(Channel::Status) => hear_status(devices, device, payload),
        None => hear_owntracks(device, payload, now),
    };
    if let Heard::Fixes(fixes, _) = &mut heard {
        let source = devices.source_of(device, known);
        for fix in fixes {
            fix.source = source;
        }
    }
    if matches!(heard, Heard::Nothing(_) | Heard::Step(_)) {
        devices.note(device, known, DeviceNote::Spoke);
    }
    if let Heard::Garbage(fault) = &heard {
        devices.health.count(DoorCount::BadPacket);
        tracing::warn!(device = device.name, fault, "a message that cannot be read was dropped");
    }
    heard
}

/// What an app sends together is judged each alone: the good ones are taken.
pub(super) fn hear_owntracks(device: &Device, payload: &[u8], now: Timestamp) -> Heard {
    let messages = match owntracks::decode(payload, device.payload_key.as_ref(), now) {
        Ok(messages) => messages,
        Err(fault) => return Heard::Garbage(fault),
    };
    let (mut fixes, mut faults, mut is_gone) = (Vec::new(), Vec::new(), false);
    for message in messages {
        match message {
            Ok(owntracks::Message::Location(fix)) => fixes.push(fix),
            Ok(owntracks::Message::Alive) => {}
            Ok(owntracks::Message::Gone) => is_gone = true,
            Err(fault) => faults.push(fault),
        }
    }
    match (fixes.is_empty(), faults.pop()) {
        (true, Some(fault)) => Heard::Garbage(fault),
        (true, None) if is_gone => Heard::Gone,
        (true, None) => Heard::Nothing(None),
        (false, fault) => {
            if let Some(fault) = fault {
                tracing::warn!(device = device.name, fault, "a message among others was dropped");
            }
            Heard::Fixes(fixes, None)
        }
    }
}

fn hear_fixes(devices: &Devices, device: &Device, payload: &[u8], now: Timestamp) -> Heard {
    let message = match native::decode_fixes(payload, now) {
        Ok(message) => message,
        Err(fault) => return Heard::Garbage(fault),
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
        devices.health.count(DoorCount::BadPacket);
        let (device, refused) = (&device.name, &numbers.refused);
        tracing::warn!(device, ?refused, "positions that cannot be true were refused");
    }
    if fixes.is_empty() {
        return Heard::Nothing(Some(numbers));
    }
    Heard::Fixes(fixes, Some(numbers))
}

fn hear_status(devices: &Devices, device: &Device, payload: &[u8]) -> Heard {
    let message = match native::decode_status(payload) {
        Ok(message) => message,
        Err(fault) => return Heard::Garbage(fault),
    };
    let Numbered { boot, base, records: (seq, judged) } = message;
    let mut records = Records { boot, base, seqs: vec![seq], refused: Vec::new() };
    match judged {
        Ok(status) => {
            let (name, unit) = (&device.name, &device.unit);
            let request = record::request_of(name, unit, &records.boot, seq, &status);
            Heard::Step(Box::new(Step { request, records }))
        }
        Err(why) => {
            devices.health.count(DoorCount::BadPacket);
            tracing::warn!(device = device.name, why, "a step that cannot be was refused");
            records.refused.push(Refused::unbelievable(seq, &why));
            Heard::Nothing(Some(records))
        }
    }
}

impl Step {
    /// Has the desk decide; what is to be noted afterwards, a refusal included. The error is never a refusal: then
    /// nothing was committed and nothing may be acknowledged.
    pub(super) async fn carry(&self, devices: &Devices) -> Result<Records, Error> {
        let Records { boot, base, seqs, .. } = &self.records;
        let refused = match devices.desk.carry(self.request.clone()).await {
            Ok(_) => Vec::new(),
            Err(Error::Refused(why)) => seqs.iter().map(|&s| record::refused(s, &why)).collect(),
            Err(other) => return Err(other),
        };
        Ok(Records { boot: boot.clone(), base: *base, seqs: seqs.clone(), refused })
    }
}

/// What a device has still to be told: of one boot, the refused records that no acknowledgement has covered yet.
#[derive(Debug)]
pub(super) struct Untold {
    known: Familiar,
    boot: String,
    through: u64,
    refused: Vec<Refused>,
}

impl Untold {
    /// Nothing yet, of a device of which this is known.
    pub(super) const fn of(known: Familiar) -> Self {
        Self { known, boot: String::new(), through: 0, refused: Vec::new() }
    }

    pub(super) const fn known(&self) -> &Familiar {
        &self.known
    }

    /// Whether some record was refused.
    pub(super) const fn names_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Notes that records are done with.
    pub(super) fn commit(&mut self, records: Records) {
        let Records { boot, base, seqs, refused } = records;
        if self.boot != boot {
            (self.boot, self.refused) = (boot, Vec::new());
        }
        for refused in refused {
            self.refused.retain(|earlier| earlier.seq != refused.seq);
            if self.refused.len() < REFUSED_MAX {
                self.refused.push(refused);
            }
        }
        let ledger = &mut locked(&self.known).ledger;
        self.through = ledger.commit(&self.boot, base, seqs.into_iter());
    }

    /// Our acknowledgement as it is sent now: a refused record is named up to the first that covers it.
    pub(super) fn ack(&mut self) -> Bytes {
        let payload = native::encode_ack(&self.boot, self.through, &self.refused);
        self.refused.retain(|refused| refused.seq > self.through);
        payload
    }
}
