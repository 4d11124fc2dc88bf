//! The second way in: an MQTT broker that a regency already has. This file holds the connection; `listener.rs` hears.
//!
//! The broker gets its PUBACK for a message when its content is committed and not before. A connection that has ended
//! leaves nothing behind: the next one starts with a client of its own, and the broker sends again what it kept.

mod listener;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use rumqttc::mqttbytes::{self, v4::SubscribeReasonCode};
use rumqttc::{
    AsyncClient, ClientError, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions,
    NetworkOptions, Packet, Publish, QoS, StateError, SubscribeFilter, TlsConfiguration, Transport,
};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Devices, Down, door};
use crate::config::Broker;
use crate::trust;
use listener::Listener;

/// Largest packet that is taken without further ado; the broker's own limit should be far below.
const PACKET_BYTES_MAX: usize = 256 * 1024;
/// Largest packet that MQTT can frame. Taken only to get a message out of the way that would end every connection.
const PACKET_BYTES_EVER: usize = 268_435_455;
/// Messages taken from the broker and not answered yet. Full: nothing is read until some are committed.
const UNANSWERED_MAX: usize = 4_096;
/// What is on its way to the broker.
const REQUESTS_MAX: usize = 1_024;
/// Orders sent to the broker and not answered by it.
const IN_FLIGHT_MAX: u16 = 1_000;
/// Orders of all devices that wait for the connection. Full: dropped, and the order is repeated.
const ORDERS_WAITING_MAX: usize = 1_024;
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const CONNECT_WITHIN_S: u64 = 10;
/// The wait before the next attempt is drawn from nothing up to a ceiling that doubles from the first to the second.
const CEILING_FIRST: Duration = Duration::from_millis(500);
const CEILING_MAX: Duration = Duration::from_secs(30);
/// No attempt follows faster.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// A connection that lasted so long was a good one: the ceiling starts anew.
const GOOD_AFTER: Duration = Duration::from_secs(10);
/// Devices behind a broker that cannot be reached for so long are offline.
const GONE_AFTER: Duration = Duration::from_secs(15);

/// What is listened to: everything that devices may say.
const FILTERS: [&str; 4] =
    ["siaga/v1/+/fix", "siaga/v1/+/status", "siaga/v1/+/link", "owntracks/#"];

/// Why a connection to the broker ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("{0}")]
    Lost(String),
    #[error("a message of {0} bytes waits at the broker")]
    TooLarge(usize),
    #[error("the desk has stopped")]
    Stopped,
}

/// What follows from a message: always that it is done with, sometimes a word to its device.
struct Answer {
    receipt: Publish,
    say: Option<(String, Bytes)>,
}

/// Listens to a broker for as long as the desk runs, whatever the broker does.
pub async fn run(settings: Broker, devices: Devices) {
    let (down, mut down_out) = mpsc::channel(ORDERS_WAITING_MAX);
    let mut listener = Listener::new(devices.clone(), down);
    let mut packet_bytes_max = PACKET_BYTES_MAX;
    let mut ceiling = CEILING_FIRST;
    let mut lost_at = moment();
    loop {
        let (heard, heard_out) = mpsc::channel(UNANSWERED_MAX);
        let (answers, answers_out) = mpsc::channel(UNANSWERED_MAX);
        let mut line = Line {
            devices: &devices,
            heard,
            unanswered: 0,
            receipts: VecDeque::new(),
            open_since: None,
        };
        let (client, events) = client(&settings, packet_bytes_max);
        let end = tokio::select! {
            end = line.talk(&client, events, answers_out, &mut down_out) => end,
            end = listener.listen(heard_out, answers) => end,
        };
        packet_bytes_max = PACKET_BYTES_MAX;
        if let Some(since) = line.open_since {
            lost_at = moment();
            if since.elapsed() >= GOOD_AFTER {
                ceiling = CEILING_FIRST;
            }
        }
        let mut pause = PAUSE_MIN;
        match end {
            End::Stopped => return,
            End::TooLarge(bytes) => {
                tracing::warn!(
                    bytes,
                    "a message larger than any device sends is taken out of the way"
                );
                packet_bytes_max = bytes.min(PACKET_BYTES_EVER);
            }
            End::Lost(why) => {
                pause = jittered(ceiling);
                ceiling = (ceiling * 2).min(CEILING_MAX);
                let why = format!("broker {}:{}: {why}", settings.host, settings.port);
                if devices.health.broker_failed(&why) {
                    tracing::warn!(why, "the broker is tried again until it answers");
                }
            }
        }
        if lost_at.elapsed() + pause >= GONE_AFTER {
            listener.let_all_go().await;
        }
        tokio::time::sleep(pause).await;
    }
}

fn client(settings: &Broker, packet_bytes_max: usize) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(&settings.client_id, &settings.host, settings.port);
    if !settings.user.is_empty() {
        options.set_credentials(&settings.user, &settings.password);
    }
    match settings.trust() {
        Ok(None) => {}
        Ok(Some(trust)) => {
            let tls = TlsConfiguration::Rustls(Arc::new(trust));
            options.set_transport(Transport::tls_with_config(tls));
        }
        // The settings were checked at the start: the file has gone since. The connection says why it fails.
        Err(why) => {
            tracing::error!(why, "the broker's certificate cannot be read any more");
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(
                trust::nobody().expect("no file is read for it"),
            ))));
        }
    }
    options.set_clean_session(false);
    options.set_manual_acks(true);
    options.set_keep_alive(KEEP_ALIVE);
    options.set_inflight(IN_FLIGHT_MAX);
    options.set_max_packet_size(packet_bytes_max, door::PACKET_BYTES_MAX);
    let (client, mut events) = AsyncClient::new(options, REQUESTS_MAX);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECT_WITHIN_S);
    events.set_network_options(network);
    (client, events)
}

/// Now, for what is waited for and nothing that is stored.
#[expect(clippy::disallowed_methods, reason = "a shell that waits")]
fn moment() -> Instant {
    Instant::now()
}

/// Full jitter: servers that lost the same broker do not come back together.
fn jittered(ceiling: Duration) -> Duration {
    let draw = getrandom::u32().unwrap_or(u32::MAX);
    let share = f64::from(draw) / f64::from(u32::MAX);
    ceiling.mul_f64(share).max(PAUSE_MIN)
}

/// One connection to the broker.
struct Line<'a> {
    devices: &'a Devices,
    /// To the listener.
    heard: mpsc::Sender<Publish>,
    unanswered: usize,
    /// Committed and not yet acknowledged to the broker, oldest first.
    receipts: VecDeque<Publish>,
    /// Since the broker has granted what we listen to.
    open_since: Option<Instant>,
}

impl Line<'_> {
    async fn talk(
        &mut self,
        client: &AsyncClient,
        events: EventLoop,
        mut answers: mpsc::Receiver<Answer>,
        down: &mut mpsc::Receiver<Down>,
    ) -> End {
        // The library's poll must not be given up half-way: the stream keeps it while something else is done.
        let events = stream::unfold(events, |mut events| async {
            let event = events.poll().await;
            Some((event, events))
        });
        tokio::pin!(events);
        loop {
            let may_poll = self.unanswered < UNANSWERED_MAX || !self.receipts.is_empty();
            tokio::select! {
                event = events.next(), if may_poll => {
                    let taken = match event {
                        Some(Ok(event)) => self.take(client, event),
                        Some(Err(error)) => Err(end_of(error)),
                        None => Err(End::Stopped),
                    };
                    if let Err(end) = taken {
                        return end;
                    }
                }
                Some(answer) = answers.recv() => {
                    self.receipts.push_back(answer.receipt);
                    if let Some((topic, payload)) = answer.say {
                        say(client, topic, QoS::AtMostOnce, payload);
                    }
                }
                Some(Down::Message { topic, payload }) = down.recv() => {
                    say(client, topic, QoS::AtLeastOnce, payload);
                }
            }
            self.acknowledge(client);
        }
    }

    fn take(&mut self, client: &AsyncClient, event: Event) -> Result<(), End> {
        let Event::Incoming(packet) = event else { return Ok(()) };
        if let Packet::ConnAck(_) = packet {
            // Whether or not the broker says that it remembers: asking again costs nothing.
            let filter = |path: &str| SubscribeFilter::new(path.to_owned(), QoS::AtLeastOnce);
            let asked = client.try_subscribe_many(FILTERS.map(filter));
            return asked.map_err(|error| End::Lost(error.to_string()));
        }
        if let Packet::SubAck(ack) = &packet {
            if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                return Err(End::Lost("does not let us listen to the devices' topics".to_owned()));
            }
            self.open_since = Some(moment());
            self.devices.health.broker_works();
            tracing::info!("the broker is listened to");
        }
        if let Packet::Publish(publish) = packet {
            self.unanswered += 1;
            let full = |_| End::Lost("sent more than there is room for".to_owned());
            self.heard.try_send(publish).map_err(full)?;
        }
        Ok(())
    }

    /// Sends the PUBACKs for which there is room; polling makes more.
    fn acknowledge(&mut self, client: &AsyncClient) {
        while let Some(receipt) = self.receipts.front() {
            if client.try_ack(receipt).is_err() {
                return;
            }
            self.receipts.pop_front();
            self.unanswered = self.unanswered.saturating_sub(1);
        }
    }
}

/// Publishes when there is room. What is lost is said again: orders are repeated, and so are records.
fn say(client: &AsyncClient, topic: String, qos: QoS, payload: Bytes) {
    if let Err(ClientError::Request(_) | ClientError::TryRequest(_)) =
        client.try_publish(topic, qos, false, payload)
    {
        tracing::debug!("no room for a message to the broker");
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's errors, each said in its own words"
)]
fn end_of(error: ConnectionError) -> End {
    match error {
        ConnectionError::MqttState(StateError::Deserialization(
            mqttbytes::Error::PayloadSizeLimitExceeded(bytes),
        )) => End::TooLarge(bytes),
        ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ) => End::Lost("refuses our user or password".to_owned()),
        other => End::Lost(other.to_string()),
    }
}
