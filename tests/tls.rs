//! The device door over TLS: a server's certificate, a device's own, and files that change.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{Connect, ConnectReturnCode, Packet, Publish};
use rumqttc::mqttbytes::{Error as Broken, v4::Login};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use siaga::config::Config;
use siaga::device::Devices;
use siaga::device::door::{self, Places};
use siaga::device::tls::{Keys, Mqtts};
use siaga::store::DeviceKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::house::{AREA, Credentials, House, TempDir, any_port, eventually};

const PACKET_MAX: usize = 16 * 1024;

/// Somebody who signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// A certificate with its key, both PEM.
pub struct Paper {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("signed").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub fn sign(&self, name: &str) -> Paper {
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed").pem();
        Paper { certificate, key: key.serialize_pem() }
    }
}

fn write(dir: &Path, paper: &Paper, devices: &Authority) -> Mqtts {
    let put = |name: &str, text: &str| {
        let file = dir.join(name);
        std::fs::write(&file, text).expect("the directory is writable");
        file
    };
    Mqtts {
        address: any_port(),
        certificate: put("server.pem", &paper.certificate),
        key: put("server.key", &paper.key),
        device_ca: Some(put("devices.pem", &devices.pem)),
    }
}

/// A house with a door over TLS.
struct Secured {
    house: House,
    servers: Authority,
    devices: Authority,
    _papers: TempDir,
}

impl Secured {
    async fn new() -> Self {
        let (servers, devices, papers) = (Authority::new(), Authority::new(), TempDir::new());
        let mqtts = write(&papers.0, &servers.sign("localhost"), &devices);
        let (http, mqtt) = (any_port(), any_port());
        let config =
            Config { area: AREA.to_owned(), http, mqtt, mqtts: Some(mqtts), ..Config::default() };
        Self { house: House::by(config, 2).await, servers, devices, _papers: papers }
    }

    fn door(&self) -> SocketAddr {
        self.house.server.mqtts.expect("a door over TLS")
    }
}

/// Shakes hands as a device that trusts `servers`, with its own certificate or without.
async fn shake(
    door: SocketAddr,
    servers: &Authority,
    own: Option<&Paper>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(servers.pem.as_bytes()).expect("PEM"))
        .expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let client = match own {
        None => builder.with_no_client_auth(),
        Some(paper) => {
            let chain = CertificateDer::from_pem_slice(paper.certificate.as_bytes()).expect("PEM");
            let key = PrivateKeyDer::from_pem_slice(paper.key.as_bytes()).expect("PEM");
            builder.with_client_auth_cert(vec![chain], key).expect("a certificate with its key")
        }
    };
    let stream = TcpStream::connect(door).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

async fn send(stream: &mut TlsStream<TcpStream>, packet: &Packet) -> std::io::Result<()> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, PACKET_MAX).expect("a small packet");
    stream.write_all(&bytes).await
}

/// The next packet; none when the other side has hung up.
async fn receive(stream: &mut TlsStream<TcpStream>) -> Option<Packet> {
    let mut bytes = BytesMut::new();
    let packet = async {
        loop {
            match Packet::read(&mut bytes, PACKET_MAX) {
                Ok(packet) => return Some(packet),
                Err(Broken::InsufficientBytes(_)) => {}
                Err(broken) => panic!("{broken}"),
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), packet).await.expect("an answer in time")
}

/// Connects under a name; answers how that went, and the connection.
async fn connect(
    secured: &Secured,
    name: &str,
    secret: Option<&str>,
    own: Option<&Paper>,
) -> (Option<ConnectReturnCode>, TlsStream<TcpStream>) {
    let mut stream = shake(secured.door(), &secured.servers, own).await.expect("shaken hands");
    let mut connect = Connect::new(name);
    connect.keep_alive = 30;
    connect.login = secret.map(|secret| Login::new(name, secret));
    send(&mut stream, &Packet::Connect(connect)).await.expect("sent");
    let code = match receive(&mut stream).await {
        Some(Packet::ConnAck(ack)) => Some(ack.code),
        other => other.map(|packet| panic!("{packet:?}")),
    };
    (code, stream)
}

async fn publish_a_fix(secured: &Secured, device: &Credentials, stream: &mut TlsStream<TcpStream>) {
    let now = secured.house.server.desk.now().ms();
    let payload = json!({"boot": "t1", "base": 1, "fixes": [{"seq": 1, "t": now, "lat": -8.25,
        "lon": 113.6, "acc": 5.0}]});
    let topic = format!("siaga/v1/{}/fix", device.name);
    let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload.to_string());
    publish.pkid = 1;
    send(stream, &Packet::Publish(publish)).await.expect("sent");
    let answer = receive(stream).await;
    assert!(matches!(answer, Some(Packet::PubAck(ack)) if ack.pkid == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_a_device_needs_its_secret_or_the_certificate_of_its_own_name() {
    let secured = Secured::new().await;
    let device = secured.house.enrol(0, DeviceKind::Native).await;
    let other = secured.house.enrol(1, DeviceKind::Native).await;
    let own = secured.devices.sign(&device.name);
    let wrong = Some(ConnectReturnCode::BadUserNamePassword);
    let good = Some(ConnectReturnCode::Success);
    for (name, secret, paper, expected) in [
        (&device.name, Some(device.secret.as_str()), None, good),
        (&device.name, None, Some(&own), good),
        // Whoever has a certificate may still come with a secret.
        (&other.name, Some(other.secret.as_str()), Some(&own), good),
        (&device.name, None, None, wrong),
        (&device.name, Some("wrong"), None, wrong),
        (&other.name, None, Some(&own), wrong),
        (&"nobody".to_owned(), None, Some(&own), wrong),
    ] {
        let (code, _) = connect(&secured, name, secret, paper).await;
        assert_eq!(code, expected, "{name} {secret:?} {}", paper.is_some());
    }
    let (_, mut stream) = connect(&secured, &device.name, None, Some(&own)).await;
    publish_a_fix(&secured, &device, &mut stream).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_is_no_certificate_and_a_revoked_device_stays_out() {
    let secured = Secured::new().await;
    let device = secured.house.enrol(0, DeviceKind::Native).await;
    let forged = Authority::new().sign(&device.name);
    // With TLS 1.3 a client learns of it with its first read.
    let refused = match shake(secured.door(), &secured.servers, Some(&forged)).await {
        Err(_) => true,
        Ok(mut stream) => {
            let sent = send(&mut stream, &Packet::Connect(Connect::new(&device.name))).await;
            sent.is_err() || receive(&mut stream).await.is_none()
        }
    };
    assert!(refused, "a certificate of a stranger");
    let own = secured.devices.sign(&device.name);
    let area = &secured.house.server.desk.room.area.id;
    let now = secured.house.server.desk.now();
    secured.house.server.store.revoke_devices(area, now).await.expect("revoked");
    let (code, _) = connect(&secured, &device.name, None, Some(&own)).await;
    assert_eq!(code, Some(ConnectReturnCode::BadUserNamePassword));
    let stranger = shake(secured.door(), &Authority::new(), None).await;
    assert!(stranger.is_err(), "a device that does not trust this server goes away");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_plainly_or_not_at_all_at_the_door_over_tls_disturbs_nobody() {
    let secured = Secured::new().await;
    let device = secured.house.enrol(0, DeviceKind::Native).await;
    let mut plain = TcpStream::connect(secured.door()).await.expect("connected");
    plain.write_all(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00").await.expect("sent");
    let _silent = TcpStream::connect(secured.door()).await.expect("connected");
    let mut answer = Vec::new();
    // An alert of TLS or nothing, then the end; never a CONNACK.
    let ended = tokio::time::timeout(Duration::from_secs(20), plain.read_to_end(&mut answer)).await;
    assert!(ended.is_ok() && answer.first() != Some(&0x20), "{answer:?}");
    let (code, _) = connect(&secured, &device.name, Some(&device.secret), None).await;
    assert_eq!(code, Some(ConnectReturnCode::Success));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_taken_without_a_restart_and_a_broken_one_leaves_the_old_in_place() {
    let house = House::with_units(1).await;
    let (before, after, devices) = (Authority::new(), Authority::new(), Authority::new());
    let papers = TempDir::new();
    let files = write(&papers.0, &before.sign("localhost"), &devices);
    let keys = Keys::read(&files).expect("good files");
    let listener = TcpListener::bind(any_port()).await.expect("a port");
    let door = listener.local_addr().expect("an address");
    let (store, desk, health) =
        (house.server.store.clone(), house.server.desk.clone(), house.server.health.clone());
    let knocked = Devices::new(store, desk, health);
    tokio::spawn(door::serve(listener, knocked, Places::default(), Some(keys.clone())));
    let trusted = async |who: &Authority| shake(door, who, None).await.is_ok();
    assert!(trusted(&before).await && !trusted(&after).await);
    std::fs::write(&files.certificate, "-----BEGIN CERTIFICATE-----\nhalf").expect("written");
    keys.read_again();
    assert!(trusted(&before).await, "half a file is no certificate");
    let mismatched = after.sign("localhost");
    std::fs::write(&files.certificate, &mismatched.certificate).expect("written");
    keys.read_again();
    assert!(trusted(&before).await, "a certificate without its key is not used");
    write(&papers.0, &after.sign("localhost"), &devices);
    keys.read_again();
    eventually(async || trusted(&after).await.then_some(())).await;
    assert!(!trusted(&before).await);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let papers = TempDir::new();
    let (servers, devices) = (Authority::new(), Authority::new());
    let good = write(&papers.0, &servers.sign("localhost"), &devices);
    assert!(Keys::read(&good).is_ok());
    let missing = papers.0.join("missing.pem");
    let empty = papers.0.join("empty.pem");
    std::fs::write(&empty, "nothing\n").expect("written");
    for (files, named) in [
        (Mqtts { certificate: missing.clone(), ..good.clone() }, "missing.pem"),
        (Mqtts { key: missing.clone(), ..good.clone() }, "missing.pem"),
        (Mqtts { device_ca: Some(missing), ..good.clone() }, "missing.pem"),
        (Mqtts { certificate: empty.clone(), ..good.clone() }, "empty.pem"),
        (Mqtts { device_ca: Some(empty.clone()), ..good.clone() }, "empty.pem"),
        (Mqtts { key: empty, ..good }, "empty.pem"),
    ] {
        let why = Keys::read(&files).err().unwrap_or_default();
        assert!(why.contains(named), "{why}");
    }
}
