//! The front door: MQTT 3.1.1 spoken by ourselves on rumqttc's codec. An endpoint, not a broker.
//!
//! This file takes connections in and frames packets; what a device may say and what follows is in `session.rs`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet};
use rumqttc::mqttbytes::{self, Protocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Devices, hearing, session};
use crate::health::DoorCount;

/// Largest packet in either direction.
pub const PACKET_BYTES_MAX: usize = 16 * 1024;
/// From the connection to its CONNECT.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A socket that takes nothing for so long is given up.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// How long to wait after the machine has refused a connection, usually for want of files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many connections the door holds at once.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub connected: usize,
    /// Beyond those, connections that are kept until they have been told why they are turned away; any more are
    /// closed without a word.
    pub turned_away: usize,
}

impl Default for Places {
    /// The process may open 20,000 files; the rest is for people.
    fn default() -> Self {
        Self { connected: 19_000, turned_away: 200 }
    }
}

/// Takes devices in until the listener's task is dropped.
pub async fn serve(listener: TcpListener, devices: Devices, places: Places) {
    let turned_away = Arc::new(Semaphore::new(places.turned_away));
    let places = Arc::new(Semaphore::new(places.connected));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a device connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let place = places.clone().try_acquire_owned();
        let full = place.is_err();
        let Ok(place) = place.or_else(|_| turned_away.clone().try_acquire_owned()) else {
            devices.health.count(DoorCount::Refused);
            continue;
        };
        let devices = devices.clone();
        tokio::spawn(async move {
            if let Err(end) = greet(stream, &devices, full).await {
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

/// A socket that speaks in packets.
pub(super) struct Wire {
    stream: TcpStream,
    incoming: BytesMut,
    outgoing: BytesMut,
}

impl Wire {
    fn new(stream: TcpStream) -> Self {
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
        let write = self.stream.write_all(&self.outgoing);
        let written = timeout(WRITE_WITHIN, write).await;
        written.map_err(|_| End::Lost(io::ErrorKind::TimedOut.into()))??;
        self.outgoing.clear();
        Ok(())
    }
}

/// Reads CONNECT, checks who it is, and hands the connection on.
async fn greet(stream: TcpStream, devices: &Devices, full: bool) -> Result<(), End> {
    stream.set_nodelay(true)?;
    let mut wire = Wire::new(stream);
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
    if full {
        return turn_away(&mut wire, devices, ConnectReturnCode::ServiceUnavailable).await;
    }
    if connect.protocol != Protocol::V4 {
        return turn_away(&mut wire, devices, ConnectReturnCode::RefusedProtocolVersion).await;
    }
    if connect.client_id.is_empty() && !connect.clean_session {
        return turn_away(&mut wire, devices, ConnectReturnCode::BadClientId).await;
    }
    let device = match authenticated(devices, &connect).await {
        Ok(Some(device)) => device,
        Ok(None) => {
            let name = connect.login.as_ref().map(|login| login.username.as_str());
            tracing::warn!(device = name.unwrap_or("-"), "wrong device name or secret");
            return turn_away(&mut wire, devices, ConnectReturnCode::BadUserNamePassword).await;
        }
        Err(error) => {
            tracing::error!(%error, "devices cannot be checked");
            return turn_away(&mut wire, devices, ConnectReturnCode::ServiceUnavailable).await;
        }
    };
    if let Some(will) = &connect.last_will
        && !hearing::is_own_topic(&will.topic, &device)
    {
        devices.health.count(DoorCount::ForeignTopic);
        return turn_away(&mut wire, devices, ConnectReturnCode::NotAuthorized).await;
    }
    wire.put(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false)))?;
    wire.flush().await?;
    session::run(wire, devices, device, connect.keep_alive).await
}

async fn authenticated(
    devices: &Devices,
    connect: &Connect,
) -> Result<Option<crate::store::Device>, crate::store::Error> {
    match &connect.login {
        Some(login) => devices.authenticate(&login.username, &login.password).await,
        None => Ok(None),
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
