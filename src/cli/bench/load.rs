//! The load of `siaga bench ingest`, in a process of its own so that its work is not counted as the server's: devices
//! that publish and wait for their acknowledgements, and screens that watch.
//!
//! It is told what to do by one line of JSON on its input, says each phase in a line on its output, and ends with what
//! it has seen. One thread for everything, one task for each connection that reads, one that writes for all.

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::BytesMut;
use hdrhistogram::Histogram;
use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{ConnectReturnCode, Packet, Publish};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio_tungstenite::MaybeTlsStream;

use super::{cpu_ms, stopwatch};
use crate::client::Client;
use crate::clock::Clock;

/// Acknowledgements that a device waits for at most; it publishes nothing more until one has come.
pub const WINDOW: usize = 64;
/// Connections opened at the same time.
const CONNECTING_MAX: usize = 48;
/// Whatever is due is published in steps of this.
const STEP: Duration = Duration::from_millis(4);
/// After the last position, so long is waited for its acknowledgement.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
/// A metre in degrees of latitude.
const METRE: f64 = 9.0e-6;
/// How fast the ambulances drive, in metres a second.
const SPEED: f64 = 11.0;

/// What the load shall be.
#[derive(Debug, Serialize, Deserialize)]
pub struct Orders {
    pub mqtt: SocketAddr,
    pub devices: Vec<Driver>,
    /// Positions of all devices together in a second.
    pub per_second: f64,
    /// Before anything is measured.
    pub warm_up_s: u64,
    pub measured_s: u64,
    pub watching: Option<Watching>,
}

/// One device and where it starts.
#[derive(Debug, Serialize, Deserialize)]
pub struct Driver {
    pub name: String,
    pub secret: String,
    pub lat: f64,
    pub lon: f64,
}

/// Screens that watch, each the units of one regency in turn.
#[derive(Debug, Serialize, Deserialize)]
pub struct Watching {
    pub http: SocketAddr,
    pub name: String,
    pub password: String,
    pub screens: usize,
    pub regencies: Vec<String>,
}

/// What the load has seen.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    pub connected: usize,
    /// From the first position to the last acknowledgement.
    pub published: u64,
    pub acknowledged: u64,
    /// Positions that were due while their device waited for 64 acknowledgements; they were never published.
    pub held_back: u64,
    /// Of the first devices, how many of their positions were acknowledged.
    pub of_first: Vec<u64>,
    /// While it was measured.
    pub measured: u64,
    pub measured_s: f64,
    /// From PUBLISH to PUBACK while it was measured, in microseconds: the median, 99 of 100, and the longest.
    pub answer_us: [u64; 3],
    pub screens: usize,
    /// Bytes that the screens were sent while it was measured.
    pub screen_bytes: u64,
    /// Connections that ended before they should.
    pub lost_connections: u64,
    /// Processor time of this process while it was measured.
    pub cpu_ms: u64,
}

/// A phase that the load has reached, as a line on its output.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Connected,
    Measuring,
    Measured,
}

/// One connected device.
struct Device {
    stream: Rc<TcpStream>,
    topic: String,
    lat: f64,
    lon: f64,
    seq: Cell<u64>,
    acknowledged: Cell<u64>,
    /// When the positions in the window were published, in microseconds; 0 for a free place.
    sent: RefCell<[u32; WINDOW]>,
    /// What the socket has not taken yet.
    unsent: RefCell<BytesMut>,
}

struct Tally {
    begun: Instant,
    measuring: Cell<bool>,
    answers: RefCell<Histogram<u64>>,
    screen_bytes: Cell<u64>,
    lost: Cell<u64>,
    held_back: Cell<u64>,
}

/// Carries out the orders of the standard input.
pub fn run() -> anyhow::Result<()> {
    let work = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(LocalSet::new().run_until(drive()))
    });
    work.join().map_err(|_| anyhow::anyhow!("the load has panicked"))?
}

/// Says a line on the output.
pub(super) fn say(line: &impl Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, line)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

async fn drive() -> anyhow::Result<()> {
    let mut input = tokio::io::BufReader::new(tokio::io::stdin());
    let mut line = String::new();
    input.read_line(&mut line).await?;
    let orders: Orders = serde_json::from_str(&line).context("the orders")?;
    let tally = Rc::new(Tally {
        begun: stopwatch(),
        measuring: Cell::new(false),
        answers: RefCell::new(Histogram::new(3)?),
        screen_bytes: Cell::new(0),
        lost: Cell::new(0),
        held_back: Cell::new(0),
    });
    let devices = connect_all(&orders, &tally).await?;
    let screens = watch_all(orders.watching.as_ref(), &tally).await?;
    say(&Phase::Connected)?;
    line.clear();
    input.read_line(&mut line).await?;
    let clock = Clock::real();
    publish_for(&devices, &orders, orders.warm_up_s, &tally, &clock).await;
    say(&Phase::Measuring)?;
    let (began, cpu_before, bytes_before) =
        (stopwatch(), cpu_ms(std::process::id()), tally.screen_bytes.get());
    tally.measuring.set(true);
    publish_for(&devices, &orders, orders.measured_s, &tally, &clock).await;
    tally.measuring.set(false);
    let measured_s = began.elapsed().as_secs_f64();
    let cpu_used = cpu_ms(std::process::id()) - cpu_before;
    let screen_bytes = tally.screen_bytes.get() - bytes_before;
    say(&Phase::Measured)?;
    let sum = |of: fn(&Device) -> u64| devices.iter().map(|device| of(device)).sum::<u64>();
    let published = sum(|device| device.seq.get());
    let deadline = stopwatch() + ANSWERED_WITHIN;
    while sum(|device| device.acknowledged.get()) < published && stopwatch() < deadline {
        devices.iter().for_each(|device| device.flush());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answers = tally.answers.borrow();
    say(&Seen {
        connected: devices.len(),
        published,
        acknowledged: sum(|device| device.acknowledged.get()),
        held_back: tally.held_back.get(),
        of_first: devices.iter().take(16).map(|device| device.acknowledged.get()).collect(),
        measured: answers.len(),
        measured_s,
        answer_us: [answers.value_at_quantile(0.5), answers.value_at_quantile(0.99), answers.max()],
        screens,
        screen_bytes,
        lost_connections: tally.lost.get(),
        cpu_ms: cpu_used,
    })
}

async fn connect_all(orders: &Orders, tally: &Rc<Tally>) -> anyhow::Result<Vec<Rc<Device>>> {
    let mut devices = Vec::with_capacity(orders.devices.len());
    for some in orders.devices.chunks(CONNECTING_MAX) {
        let connecting = some.iter().map(|driver| connect(orders.mqtt, driver));
        for device in futures_util::future::try_join_all(connecting).await? {
            let device = Rc::new(device);
            tokio::task::spawn_local(read_answers(device.clone(), tally.clone()));
            devices.push(device);
        }
    }
    Ok(devices)
}

async fn connect(server: SocketAddr, driver: &Driver) -> anyhow::Result<Device> {
    let mut stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let mut connect = rumqttc::mqttbytes::v4::Connect::new(&driver.name);
    connect.keep_alive = 300;
    connect.set_login(&driver.name, &driver.secret);
    let mut bytes = BytesMut::new();
    connect.write(&mut bytes).map_err(|error| anyhow::anyhow!("CONNECT: {error}"))?;
    stream.write_all(&bytes).await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.context("no CONNACK")?;
    let answer = Packet::read(&mut BytesMut::from(&answer[..]), 16);
    let welcome =
        matches!(&answer, Ok(Packet::ConnAck(ack)) if ack.code == ConnectReturnCode::Success);
    anyhow::ensure!(welcome, "{} was not let in: {answer:?}", driver.name);
    Ok(Device {
        stream: Rc::new(stream),
        topic: format!("siaga/v1/{}/fix", driver.name),
        lat: driver.lat,
        lon: driver.lon,
        seq: Cell::new(0),
        acknowledged: Cell::new(0),
        sent: RefCell::new([0; WINDOW]),
        unsent: RefCell::new(BytesMut::new()),
    })
}

impl Device {
    /// Publishes the next position unless as many wait for their acknowledgement as may.
    fn publish(&self, now_ms: i64, elapsed_s: f64, tally: &Tally) {
        let seq = self.seq.get() + 1;
        let Ok(slot) = usize::try_from(seq % WINDOW as u64) else { return };
        let mut sent = self.sent.borrow_mut();
        if sent[slot] != 0 {
            tally.held_back.set(tally.held_back.get() + 1);
            return;
        }
        self.seq.set(seq);
        let lat = self.lat + (elapsed_s * SPEED % 20_000.0 - 10_000.0).abs() * METRE;
        let mut payload = format!(
            r#"{{"boot":"load1","base":{seq},"now":{now_ms},"fixes":[{{"seq":{seq},"t":{now_ms},"#
        );
        let lon = self.lon;
        payload +=
            &format!(r#""lat":{lat:.6},"lon":{lon:.6},"acc":8.5,"spd":39.6,"hdg":0,"bat":87}}]}}"#);
        let mut publish = Publish::new(&self.topic, QoS::AtLeastOnce, payload);
        publish.pkid = u16::try_from(slot).unwrap_or(0) + 1;
        // 64 numbers are enough: one is free again when its acknowledgement has come.
        if publish.write(&mut self.unsent.borrow_mut()).is_ok() {
            sent[slot] = tally.now_us();
        }
        drop(sent);
        self.flush();
    }

    fn flush(&self) {
        let mut unsent = self.unsent.borrow_mut();
        while !unsent.is_empty() {
            match self.stream.try_write(&unsent) {
                Ok(written) => drop(unsent.split_to(written)),
                Err(_) => break,
            }
        }
    }

    fn answered(&self, pkid: u16, tally: &Tally) {
        let slot = usize::from(pkid.saturating_sub(1)) % WINDOW;
        let sent = std::mem::take(&mut self.sent.borrow_mut()[slot]);
        if sent == 0 {
            return;
        }
        self.acknowledged.set(self.acknowledged.get() + 1);
        if tally.measuring.get() {
            let took = tally.now_us().saturating_sub(sent);
            *tally.answers.borrow_mut() += u64::from(took);
        }
    }
}

impl Tally {
    /// Microseconds since the beginning, never 0.
    fn now_us(&self) -> u32 {
        u32::try_from(self.begun.elapsed().as_micros()).unwrap_or(u32::MAX).max(1)
    }
}

/// Reads a device's acknowledgements until its connection ends.
async fn read_answers(device: Rc<Device>, tally: Rc<Tally>) {
    let mut bytes = BytesMut::with_capacity(256);
    loop {
        if device.stream.readable().await.is_err() {
            break;
        }
        match device.stream.try_read_buf(&mut bytes) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => break,
        }
        while let Ok(packet) = Packet::read(&mut bytes, 16 * 1024) {
            if let Packet::PubAck(ack) = packet {
                device.answered(ack.pkid, &tally);
            }
        }
    }
    tally.lost.set(tally.lost.get() + 1);
}

/// Publishes evenly over time, every device in its turn.
async fn publish_for(
    devices: &[Rc<Device>],
    orders: &Orders,
    seconds: u64,
    tally: &Tally,
    clock: &Clock,
) {
    let (began, length) = (stopwatch(), Duration::from_secs(seconds));
    let mut turn = tokio::time::interval(STEP);
    let mut done: u64 = 0;
    let mut next = devices.iter().cycle();
    loop {
        turn.tick().await;
        let gone = began.elapsed().min(length);
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive and far below 2⁵³"
        )]
        let due = (gone.as_secs_f64() * orders.per_second) as u64;
        let (now_ms, elapsed_s) = (clock.now().ms(), tally.begun.elapsed().as_secs_f64());
        while done < due {
            let Some(device) = next.next() else { return };
            device.publish(now_ms, elapsed_s, tally);
            done += 1;
            if done.is_multiple_of(256) {
                // Acknowledgements are read meanwhile.
                tokio::task::yield_now().await;
            }
        }
        if gone == length {
            return;
        }
    }
}

async fn watch_all(watching: Option<&Watching>, tally: &Rc<Tally>) -> anyhow::Result<usize> {
    let Some(watching) = watching else { return Ok(0) };
    let client = Client::sign_in(watching.http, &watching.name, &watching.password).await?;
    for regency in watching.regencies.iter().cycle().take(watching.screens) {
        let socket = client.live(&format!("?within={regency}")).await?;
        tokio::task::spawn_local(watch(socket.into_inner(), tally.clone()));
    }
    Ok(watching.screens)
}

/// Takes whatever a screen is sent; what the frames say is looked at by the server's process on a socket of its own.
async fn watch(stream: MaybeTlsStream<TcpStream>, tally: Rc<Tally>) {
    let MaybeTlsStream::Plain(mut stream) = stream else { return };
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = stream.read(&mut bytes).await {
        tally.screen_bytes.set(tally.screen_bytes.get() + u64::try_from(read).unwrap_or(0));
    }
    tally.lost.set(tally.lost.get() + 1);
}
