//! The front door: MQTT 3.1.1 spoken by ourselves on rumqttc's codec. An endpoint, not a broker.
//!
//! This file takes connections in and frames packets; what a device may say and what follows is in `session.rs`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet};
use rumqttc::mqttbytes::{self, Protocol};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::tls::{self, Keys};
use super::{Devices, hearing, session};
use crate::health::DoorCount;
use crate::store::{self, Device};

/// Largest packet in either direction.
pub const PACKET_BYTES_MAX: usize = 16 * 1024;
/// From the connection to its CONNECT.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A socket that takes nothing for so long is given up.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// Devices whose right to connect is looked up at the same time: thousands that come back at once wait for each other
/// and not the desk for them.
const ADMITTED_AT_ONCE_MAX: usize = 64;
/// A device waits so long for its turn; then it is told to come back later.
const ADMITTED_WITHIN: Duration = Duration::from_secs(20);
/// How long to wait after the machine has refused a connection, usually for want of files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many connections the door holds at once, over TLS and without. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Places {
    connected: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

impl Places {
    /// So many connections; beyond those so many that are kept until they have been told why they are turned away, and
    /// any more are closed without a word.
    #[must_use]
    pub fn new(connected: usize, turned_away: usize) -> Self {
        Self {
            connected: Arc::new(Semaphore::new(connected)),
            turned_away: Arc::new(Semaphore::new(turned_away)),
            admitted: Arc::new(Semaphore::new(ADMITTED_AT_ONCE_MAX)),
        }
    }
}

/// Connections at once: a process may usually open 20,000 files, and the rest is for people.
pub const CONNECTED_MAX: usize = 19_000;
/// Connections beyond those that are told so.
const TURNED_AWAY_MAX: usize = 200;

impl Default for Places {
    fn default() -> Self {
        Self::new(CONNECTED_MAX, TURNED_AWAY_MAX)
    }
}

/// Takes devices in until the listener's task is dropped; over TLS where there are keys.
pub async fn serve(listener: TcpListener, devices: Devices, places: Places, keys: Option<Keys>) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a device connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let place = places.connected.clone().try_acquire_owned();
        let full = place.is_err();
        let Ok(place) = place.or_else(|_| places.turned_away.clone().try_acquire_owned()) else {
            devices.health.count(DoorCount::Refused);
            continue;
        };
        let caller = Caller { devices: devices.clone(), admitted: places.admitted.clone(), full };
        let keys = keys.clone();
        tokio::spawn(async move {
            if let Err(end) = caller.take_in(stream, keys).await {
                tracing::debug!(%peer, reason = %end, "device connection ended");
            }
            drop(place);
        });
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error("the device said goodbye")]
    Goodbye,
    #[error("no turn within {} s", ADMITTED_WITHIN.as_secs())]
    NoTurn,
    #[error("the connection was lost: {0}")]
    Lost(#[from] io::Error),
    #[error("no CONNECT within {} s", CONNECT_WITHIN.as_secs())]
    NoConnect,
    #[error("nothing heard within 1.5 × keep-alive")]
    Silent,
    #[error("broken packet: {0}")]
    Broken(mqttbytes::Error),
    #[error("{0}")]
    Refused(String),
    #[error("another connection of this device took over")]
    TakenOver,
    #[error("the device's right to connect has ended")]
    Revoked,
    #[error("the desk has stopped")]
    Stopped,
}

/// What bytes come and go over.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

/// A socket that speaks in packets.
pub(super) struct Wire {
    stream: Box<dyn Socket>,
    incoming: BytesMut,
    outgoing: BytesMut,
}

impl Wire {
    fn new(stream: impl Socket + 'static) -> Self {
        let stream = Box::new(stream);
        Self { stream, incoming: BytesMut::with_capacity(512), outgoing: BytesMut::new() }
    }

    /// The next packet. Cancel-safe: bytes that were read stay for the next call.
    pub(super) async fn read(&mut self) -> Result<Packet, End> {
        loop {
            match Packet::read(&mut self.incoming, PACKET_BYTES_MAX) {
                Ok(packet) => return Ok(packet),
                Err(mqttbytes::Error::InsufficientBytes(_)) => {}
                Err(broken) => return Err(End::Broken(broken)),
            }
            if self.stream.read_buf(&mut self.incoming).await? == 0 {
                return Err(End::Lost(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Puts a packet into the buffer; `flush` sends it.
    pub(super) fn put(&mut self, packet: &Packet) -> Result<(), End> {
        packet.write(&mut self.outgoing, PACKET_BYTES_MAX).map(|_| ()).map_err(End::Broken)
    }

    pub(super) async fn flush(&mut self) -> Result<(), End> {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        let write = self.stream.write_all(&self.outgoing);
        let written = timeout(WRITE_WITHIN, write).await;
        written.map_err(|_| End::Lost(io::ErrorKind::TimedOut.into()))??;
        self.outgoing.clear();
        Ok(())
    }
}

/// Somebody who has connected and of whom nothing is known yet.
struct Caller {
    devices: Devices,
    admitted: Arc<Semaphore>,
    /// There is no place left: it is only told so.
    full: bool,
}

impl Caller {
    async fn take_in(self, stream: TcpStream, keys: Option<Keys>) -> Result<(), End> {
        stream.set_nodelay(true)?;
        let Some(keys) = keys else {
            return self.greet(Wire::new(stream), |_| false).await;
        };
        let stream = keys.accept(stream).await?;
        let own = tls::own_certificate(&stream);
        self.greet(Wire::new(stream), |name| own.as_ref().is_some_and(|own| tls::is_of(own, name)))
            .await
    }

    /// Reads CONNECT, checks who it is, and hands the connection on. `is_certified` says whether it came with the
    /// certificate of the device of a name.
    async fn greet(self, mut wire: Wire, is_certified: impl Fn(&str) -> bool) -> Result<(), End> {
        let devices = &self.devices;
        let first = timeout(CONNECT_WITHIN, wire.read()).await.map_err(|_| End::NoConnect)?;
        let connect = match first {
            Ok(Packet::Connect(connect)) => connect,
            Ok(_) => return Err(End::Refused("the first packet was not CONNECT".to_owned())),
            Err(end) => {
                if let End::Broken(mqttbytes::Error::InvalidProtocolLevel(_)) = end {
                    refuse(&mut wire, ConnectReturnCode::RefusedProtocolVersion).await?;
                }
                devices.health.count(DoorCount::BadPacket);
                return Err(end);
            }
        };
        if self.full {
            return turn_away(&mut wire, devices, ConnectReturnCode::ServiceUnavailable).await;
        }
        if connect.protocol != Protocol::V4 {
            return turn_away(&mut wire, devices, ConnectReturnCode::RefusedProtocolVersion).await;
        }
        if connect.client_id.is_empty() && !connect.clean_session {
            return turn_away(&mut wire, devices, ConnectReturnCode::BadClientId).await;
        }
        let Ok(turn) = timeout(ADMITTED_WITHIN, self.admitted.acquire()).await else {
            refuse(&mut wire, ConnectReturnCode::ServiceUnavailable).await?;
            return Err(End::NoTurn);
        };
        let device = match self.known(&connect, &is_certified).await {
            Ok(Some(device)) => device,
            Ok(None) => {
                let name = connect.login.as_ref().map(|login| login.username.as_str());
                tracing::warn!(
                    device = name.unwrap_or("-"),
                    "wrong device name, secret or certificate"
                );
                return turn_away(&mut wire, devices, ConnectReturnCode::BadUserNamePassword).await;
            }
            Err(error) => {
                tracing::error!(%error, "devices cannot be checked");
                return turn_away(&mut wire, devices, ConnectReturnCode::ServiceUnavailable).await;
            }
        };
        drop(turn);
        if let Some(will) = &connect.last_will
            && !hearing::is_own_topic(&will.topic, &device)
        {
            devices.health.count(DoorCount::ForeignTopic);
            return turn_away(&mut wire, devices, ConnectReturnCode::NotAuthorized).await;
        }
        wire.put(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false)))?;
        session::run(wire, devices, device, connect.keep_alive).await
    }

    /// The device that it is, by its certificate or by its secret.
    async fn known(
        &self,
        connect: &Connect,
        is_certified: &impl Fn(&str) -> bool,
    ) -> Result<Option<Device>, store::Error> {
        let login = connect.login.as_ref();
        let name = login.map_or(&connect.client_id, |login| &login.username);
        if is_certified(name) {
            return self.devices.known(name).await;
        }
        match login {
            Some(login) => self.devices.authenticate(&login.username, &login.password).await,
            None => Ok(None),
        }
    }
}

async fn turn_away(wire: &mut Wire, devices: &Devices, code: ConnectReturnCode) -> Result<(), End> {
    devices.health.count(DoorCount::Refused);
    refuse(wire, code).await?;
    Err(End::Refused(format!("turned away: {code:?}")))
}

async fn refuse(wire: &mut Wire, code: ConnectReturnCode) -> Result<(), End> {
    wire.put(&Packet::ConnAck(ConnAck::new(code, false)))?;
    wire.flush().await
}
