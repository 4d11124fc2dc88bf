//! One ambulance's task: connecting, publishing, listening, and starting over after a loss.
//!
//! What rumqttc keeps of a lost connection is thrown away with it: the outbox of the device is the
//! only memory, because it alone knows what Siaga has committed.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, LastWill, MqttOptions, Outgoing, Packet,
    Publish, QoS, SubscribeFilter, SubscribeReasonCode,
};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{Ambulance, Broker, Common};
use crate::chance::Chance;
use crate::counters::Count;
use crate::device::Kind;
use crate::device::journal::Entry;
use crate::outbox::Outbox;
use crate::payload::PACKET_BYTES_MAX;
use crate::trouble::Troubles;
use crate::unit::{Heard, Plan, Unit};

/// PUBLISH packets without PUBACK on one connection.
const IN_FLIGHT_MAX: u16 = 16;
/// The contract reads no more than 64 ahead.
const _: () = assert!(IN_FLIGHT_MAX <= 64);
/// Room in rumqttc's request channel: the window, the subscription and the DISCONNECT.
const REQUESTS_MAX: usize = IN_FLIGHT_MAX as usize + 8;
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT_S: u64 = 10;
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// A connection that held this long was a good one: the next loss starts from the first back-off.
const SETTLED: Duration = Duration::from_secs(10);
/// At great speeds several simulated seconds pass in one turn.
const TURN_MIN: Duration = Duration::from_millis(5);
/// How long a stopping device waits for acknowledgements, and then for its DISCONNECT to be sent.
const DRAIN_MAX: Duration = Duration::from_secs(2);
const FAREWELL_MAX: Duration = Duration::from_secs(1);
/// How long a device is without power, in simulated seconds.
const POWER_OFF_S: std::ops::Range<f64> = 30.0..180.0;
/// Refused connections that are logged; the others are counted.
const REFUSALS_LOGGED_MAX: u64 = 20;

/// The task of one ambulance.
pub(super) struct Session {
    ambulance: Ambulance,
    broker: Broker,
    common: Arc<Common>,
    unit: Unit,
    stop: watch::Receiver<bool>,
    chance: Chance,
    in_flight: u16,
    connected_before: bool,
    outbox: Option<Outbox>,
    /// A message that goes out after the one behind it.
    held: Option<(String, Vec<u8>)>,
    /// When the power goes next, in simulated time.
    power_cut_at_ms: i64,
}

/// Why a connection ended.
enum Ending {
    Stopped,
    OutOfCoverage,
    WithoutPower,
    Lost(ConnectionError),
}

impl Session {
    pub fn new(
        ambulance: Ambulance,
        broker: Broker,
        common: Arc<Common>,
        stop: watch::Receiver<bool>,
    ) -> Session {
        let (outbox, journal) = open_outbox(&common, &ambulance.device).unzip();
        let plan = Plan {
            unit: ambulance.unit.clone(),
            boot: new_boot(),
            journal,
            troubles: common.troubles,
            trace: common.trace.clone(),
            post: ambulance.post,
            ways: common.ways.clone(),
            seed: common.seed,
            habits: common.habits,
            limits: common.limits,
            rest: common.rest,
            dead_zones: Arc::clone(&common.dead_zones),
        };
        let unit = Unit::new(plan, common.clock.now_ms());
        let mut chance = Chance::new(common.seed, &ambulance.device, "back-off");
        let power_cut_at_ms = next_power_cut(&common, &mut chance);
        Session {
            ambulance,
            broker,
            common,
            unit,
            stop,
            chance,
            in_flight: 0,
            connected_before: false,
            outbox,
            held: None,
            power_cut_at_ms,
        }
    }

    /// Lives until the fleet stops; the first connection is tried after `delay`.
    pub async fn run(mut self, delay: Duration) {
        let mut pause = delay;
        let mut attempt = 0;
        while self.stay_offline(pause).await.is_continue() {
            let begun = self.common.clock.elapsed();
            let ending = self.stay_connected().await;
            self.unit.link_down();
            match ending {
                Ending::Stopped => break,
                Ending::OutOfCoverage => {
                    attempt = 0;
                    pause = Duration::ZERO;
                }
                Ending::WithoutPower => {
                    attempt = 0;
                    pause = Duration::ZERO;
                    if self.stay_off().await.is_break() {
                        break;
                    }
                }
                Ending::Lost(error) => {
                    let held = self.common.clock.elapsed().saturating_sub(begun);
                    attempt = if held >= SETTLED { 0 } else { attempt + 1 };
                    let share = self.chance.between(0.0..1.0);
                    pause = backoff_max(attempt).mul_f64(share);
                    self.note_loss(&error);
                }
            }
        }
        self.common.counters.count(Count::Ended {
            dropped: self.unit.positions_dropped(),
            unacknowledged: self.unit.kept() as u64,
        });
    }

    /// Lets time pass without a link for `pause`, and on until there is coverage.
    async fn stay_offline(&mut self, pause: Duration) -> std::ops::ControlFlow<()> {
        let mut stop = self.stop.clone();
        let mut rest = pin!(sleep(pause));
        let mut rested = false;
        while !(rested && self.unit.covered()) {
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return std::ops::ControlFlow::Break(()),
                () = &mut rest, if !rested => rested = true,
                () = sleep(self.turn_in()) => self.advance(),
            }
        }
        std::ops::ControlFlow::Continue(())
    }

    /// The device is off for a while; then it starts with what stands on its disk.
    async fn stay_off(&mut self) -> std::ops::ControlFlow<()> {
        tracing::debug!(device = %self.ambulance.device, "without power");
        self.unit.power_off();
        self.outbox = None;
        let off_s = self.chance.between(POWER_OFF_S);
        let on_at_ms = self.common.clock.now_ms() + (off_s * 1_000.0) as i64;
        let mut stop = self.stop.clone();
        while self.common.clock.now_ms() < on_at_ms {
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return std::ops::ControlFlow::Break(()),
                () = sleep(self.turn_in()) => self.unit.advance(self.common.clock.now_ms()),
            }
        }
        let (outbox, journal) = open_outbox(&self.common, &self.ambulance.device).unzip();
        self.outbox = outbox;
        self.unit.power_on(new_boot(), journal);
        self.power_cut_at_ms = next_power_cut(&self.common, &mut self.chance);
        std::ops::ControlFlow::Continue(())
    }

    /// Writes down what the device noted, before anything is sent that follows from it.
    fn write_down(&mut self) {
        let entries = self.unit.take_journal();
        let Some(outbox) = &mut self.outbox else { return };
        let written = outbox.append(&entries, self.common.clock.now_ms());
        let written = written.and_then(|()| {
            if outbox.is_long() { outbox.shorten(&self.unit.snapshot()) } else { Ok(()) }
        });
        if let Err(error) = written {
            // It goes on without a disk, as hardware does whose flash is worn out.
            tracing::error!(device = %self.ambulance.device, %error, "the outbox cannot be written");
            self.outbox = None;
        }
    }

    /// One connection, from CONNECT to its end.
    async fn stay_connected(&mut self) -> Ending {
        let (client, mut events) = AsyncClient::new(self.options(), REQUESTS_MAX);
        events.network_options.set_tcp_nodelay(true);
        events.network_options.set_connection_timeout(CONNECT_TIMEOUT_S);
        self.in_flight = 0;
        self.held = None;
        let mut up = false;
        let ending = self.converse(&client, &mut events, &mut up).await;
        if matches!(ending, Ending::Stopped) && up {
            self.take_leave(&client, &mut events).await;
        }
        if up {
            self.common.counters.count(Count::Disconnection);
        }
        ending
    }

    async fn converse(
        &mut self,
        client: &AsyncClient,
        events: &mut EventLoop,
        up: &mut bool,
    ) -> Ending {
        let mut stop = self.stop.clone();
        loop {
            // One poll is kept over many turns: dropping it half-way could lose a packet.
            let mut poll = pin!(events.poll());
            let event = loop {
                tokio::select! {
                    biased;
                    () = stopped(&mut stop) => return Ending::Stopped,
                    () = sleep(self.turn_in()) => {
                        self.advance();
                        if self.common.clock.now_ms() >= self.power_cut_at_ms {
                            return Ending::WithoutPower;
                        }
                        if !self.unit.covered() {
                            return Ending::OutOfCoverage;
                        }
                        self.publish(client);
                    }
                    event = &mut poll => break event,
                }
            };
            match event {
                Ok(Event::Incoming(packet)) => self.hear(client, packet, up),
                Ok(Event::Outgoing(_)) => {}
                Err(error) => return Ending::Lost(error),
            }
            self.publish(client);
        }
    }

    /// Waits a little for what is on its way to be acknowledged, then disconnects.
    async fn take_leave(&mut self, client: &AsyncClient, events: &mut EventLoop) {
        let drain = async {
            while self.unit.kept() > 0 {
                match events.poll().await {
                    Ok(Event::Incoming(packet)) => self.hear(client, packet, &mut true),
                    Ok(Event::Outgoing(_)) => {}
                    Err(_) => return false,
                }
                self.publish(client);
            }
            true
        };
        let alive = timeout(DRAIN_MAX, drain).await.unwrap_or(true);
        if !alive || client.try_disconnect().is_err() {
            return;
        }
        let farewell = async {
            while let Ok(event) = events.poll().await {
                if matches!(event, Event::Outgoing(Outgoing::Disconnect)) {
                    break;
                }
            }
        };
        if timeout(FAREWELL_MAX, farewell).await.is_err() {
            tracing::debug!(device = %self.ambulance.device, "the DISCONNECT was not sent in time");
        }
    }

    fn hear(&mut self, client: &AsyncClient, packet: Packet, up: &mut bool) {
        if let Packet::ConnAck(_) = packet {
            *up = true;
            self.begin(client);
        } else if let Packet::PubAck(_) = packet {
            self.in_flight = self.in_flight.saturating_sub(1);
        } else if let Packet::Publish(publish) = packet {
            self.hear_message(&publish);
        } else if let Packet::SubAck(answer) = packet
            && answer.return_codes.contains(&SubscribeReasonCode::Failure)
        {
            let device = &self.ambulance.device;
            tracing::error!(%device, "the server refused the subscription to orders and acks");
        }
    }

    fn begin(&mut self, client: &AsyncClient) {
        let again = std::mem::replace(&mut self.connected_before, true);
        let count = if again { Count::Reconnection } else { Count::FirstConnection };
        self.common.counters.count(count);
        self.common.trouble.store(false, Relaxed);
        let filters = [("order", QoS::AtLeastOnce), ("ack", QoS::AtMostOnce)]
            .map(|(name, qos)| SubscribeFilter::new(self.topic(name), qos));
        if client.try_subscribe_many(filters).is_err() {
            tracing::error!(device = %self.ambulance.device, "no room to subscribe");
        }
        self.unit.link_up(self.common.clock.now_ms());
    }

    fn hear_message(&mut self, publish: &Publish) {
        let now_ms = self.common.clock.now_ms();
        self.unit.advance(now_ms);
        let heard = if publish.topic == self.topic("ack") {
            self.unit.hear_ack(now_ms, &publish.payload)
        } else if publish.topic == self.topic("order") {
            self.unit.hear_order(now_ms, &publish.payload)
        } else {
            self.common.counters.count(Count::Malformed);
            return;
        };
        let device = &self.ambulance.device;
        match heard {
            Ok(Heard::Order) => self.common.counters.count(Count::Order),
            Ok(Heard::Acknowledged(outcome)) => {
                let refused = outcome.refused.len() as u64;
                for refusal in outcome.refused {
                    let (code, detail) = (refusal.code, refusal.detail);
                    tracing::debug!(%device, code, detail, "a record was refused");
                }
                let records = outcome.records;
                self.common.counters.count(Count::Acknowledged { records, refused });
            }
            Err(error) => {
                self.common.counters.count(Count::Malformed);
                tracing::warn!(%device, topic = publish.topic, %error, "a message made no sense");
            }
        }
    }

    fn publish(&mut self, client: &AsyncClient) {
        self.write_down();
        while self.in_flight < IN_FLIGHT_MAX {
            let Some(message) = self.unit.due(self.common.clock.now_ms()) else { break };
            let span = message.span();
            let topic = self.topic(match message.kind {
                Kind::Fix => "fix",
                Kind::Status => "status",
            });
            let Troubles { doubled, swapped, .. } = self.common.troubles;
            let is_swapped = self.held.is_none() && self.chance.between(0.0..1.0) < swapped;
            let is_doubled = self.chance.between(0.0..1.0) < doubled;
            if is_swapped {
                self.held = Some((topic, message.payload));
            } else {
                let again = is_doubled.then(|| (topic.clone(), message.payload.clone()));
                if !self.put(client, topic, message.payload) {
                    return;
                }
                for (topic, payload) in again.into_iter().chain(self.held.take()) {
                    self.put(client, topic, payload);
                }
            }
            let sent = self.unit.sent(self.common.clock.now_ms(), span);
            self.common.counters.count(Count::Published(sent));
        }
        // Nothing came behind it.
        if let Some((topic, payload)) = self.held.take() {
            self.put(client, topic, payload);
        }
    }

    fn put(&mut self, client: &AsyncClient, topic: String, payload: Vec<u8>) -> bool {
        let queued = client.try_publish(topic, QoS::AtLeastOnce, false, payload).is_ok();
        self.in_flight += u16::from(queued);
        queued
    }

    fn advance(&mut self) {
        self.unit.advance(self.common.clock.now_ms());
        self.write_down();
    }

    fn turn_in(&self) -> Duration {
        self.common.clock.real_until(self.unit.wake_ms()).max(TURN_MIN)
    }

    fn topic(&self, name: &str) -> String {
        format!("siaga/v1/{}/{name}", self.ambulance.device)
    }

    fn options(&self) -> MqttOptions {
        let Ambulance { device, secret, .. } = &self.ambulance;
        let mut options = MqttOptions::new(device, &self.broker.host, self.broker.port);
        options.set_credentials(device, secret);
        options.set_clean_session(true);
        options.set_keep_alive(KEEP_ALIVE);
        options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
        options.set_inflight(IN_FLIGHT_MAX);
        let will = LastWill::new(self.topic("status"), "", QoS::AtLeastOnce, false);
        options.set_last_will(will);
        options
    }

    /// A fleet that cannot connect must not fill the log: the first loss in a row is a warning.
    fn note_loss(&self, error: &ConnectionError) {
        let Broker { host, port } = &self.broker;
        let device = &self.ambulance.device;
        if let ConnectionError::ConnectionRefused(code) = error {
            self.common.counters.count(Count::ConnectionRefused);
            if self.common.counters.snapshot().connections_refused <= REFUSALS_LOGGED_MAX {
                tracing::warn!(%device, ?code, "{host}:{port} refused it; is its secret right?");
            }
        } else if self.common.trouble.swap(true, Relaxed) {
            tracing::debug!(%device, %error, "no connection to {host}:{port}");
        } else {
            tracing::warn!(%device, %error, "no connection to {host}:{port}, trying on");
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone can no longer say stop: that is a stop too.
    drop(stop.wait_for(|stop| *stop).await);
}

/// Not seeded: a boot id that came back would make new records look like old ones.
fn new_boot() -> String {
    Uuid::now_v7().simple().to_string()
}

/// The device's file and what stands in it; none when devices have no disk, or this one's cannot be used.
fn open_outbox(common: &Common, device: &str) -> Option<(Outbox, Vec<Entry>)> {
    let folder = common.outboxes.as_ref()?;
    let opened = std::fs::create_dir_all(folder)
        .and_then(|()| Outbox::open(&folder.join(format!("{device}.outbox"))));
    opened.inspect_err(|error| tracing::error!(%device, %error, "the outbox cannot be opened")).ok()
}

fn next_power_cut(common: &Common, chance: &mut Chance) -> i64 {
    if common.power_cuts_per_hour <= 0.0 {
        return i64::MAX;
    }
    // Spread evenly about the mean: nobody should be able to set a clock by it.
    let mean_s = 3_600.0 / common.power_cuts_per_hour;
    common.clock.now_ms() + (mean_s * chance.between(0.5..1.5) * 1_000.0) as i64
}

fn backoff_max(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    BACKOFF_FIRST.saturating_mul(1 << doublings).min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_from_half_a_second_to_half_a_minute() {
        let seconds: Vec<f64> = (0..9).map(|n| backoff_max(n).as_secs_f64()).collect();
        assert_eq!(seconds, [0.5, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert_eq!(backoff_max(u32::MAX), BACKOFF_MAX);
    }

    #[test]
    fn the_window_fits_the_request_channel() {
        assert!(usize::from(IN_FLIGHT_MAX) < REQUESTS_MAX);
    }
}
