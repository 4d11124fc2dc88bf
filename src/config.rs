//! Every setting: one file, each key overridable by an environment variable `SIAGA_…`, unknown keys refused.

mod boundaries;
mod broker;
mod dispatching;
mod gateway;
mod roads;

use std::net::SocketAddr;
use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

pub use crate::config::boundaries::Boundaries;
pub use crate::config::broker::Broker;
pub use crate::config::dispatching::Dispatching;
pub use crate::config::gateway::Gateway;
pub use crate::config::roads::Roads;
use crate::device::tls::{Keys, Mqtts};
use crate::neighbour::Neighbour;
use crate::place::Position;
use crate::retention::Retention;

/// The settings of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Kemendagri code of the dispatch area; `siaga init` sets it up.
    pub area: String,
    /// Where the data is: `sqlite:DIRECTORY` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub store: String,
    /// Address and port of the console and the API.
    pub http: SocketAddr,
    /// Address and port of the device door (MQTT).
    pub mqtt: SocketAddr,
    /// Host and port under which devices reach the door, for QR codes; the door's own address when empty.
    pub mqtt_public: String,
    /// The address under which phones reach the console and API, `https://psc.example.id`, for QR codes and for links
    /// to callers; `http` when empty.
    pub http_public: String,
    /// The device door over TLS, beside the other one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mqtts: Option<Mqtts>,
    /// By which numbers the area dispatches.
    pub dispatch: Dispatching,
    /// How long personal data is kept.
    pub retention: Retention,
    /// Servers of neighbouring areas, which may be asked for units and may ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neighbour: Vec<Neighbour>,
    /// A broker that devices publish to beside the door; none unless it is named.
    pub broker: Option<Broker>,
    /// Who speaks for several devices.
    #[serde(default)]
    pub gateway: Gateway,
    /// By which roads units are ranked.
    #[serde(default)]
    pub roads: Roads,
    /// By which outlines a place lies in a village.
    #[serde(default)]
    pub boundaries: Boundaries,
    /// Where the villages are, in their order, when it is not where the gazetteer has them: the demo on any roads.
    #[serde(skip)]
    pub villages_at: Option<Vec<Position>>,
}

/// Where devices are told to knock, as it stands in QR codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicDoor {
    pub host: String,
    pub port: u16,
    pub tls: bool,
    /// For devices that speak HTTP: scheme, host and port, without a slash at the end.
    pub web: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            area: String::new(),
            store: "sqlite:data".to_owned(),
            http: SocketAddr::from(([127, 0, 0, 1], 8080)),
            mqtt: SocketAddr::from(([127, 0, 0, 1], 1883)),
            mqtt_public: String::new(),
            http_public: String::new(),
            mqtts: None,
            dispatch: Dispatching::default(),
            retention: Retention::default(),
            neighbour: Vec::new(),
            broker: None,
            gateway: Gateway::default(),
            roads: Roads::default(),
            boundaries: Boundaries::default(),
            villages_at: None,
        }
    }
}

impl Config {
    /// Reads a file and the environment; says in a sentence what cannot be read or is not known.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            format!("{}: {error}. Make one with 'siaga init --regency CODE'", file.display())
        })?;
        let mut config: Self = Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::string(&text))
            .merge(Env::prefixed("SIAGA_").only(&[
                "area",
                "store",
                "http",
                "mqtt",
                "mqtt_public",
                "http_public",
            ]))
            .merge(section("MQTTS"))
            .merge(section("DISPATCH"))
            .merge(section("RETENTION"))
            .merge(section("BROKER"))
            .merge(section("GATEWAY"))
            .merge(section("ROADS"))
            .merge(section("BOUNDARIES"))
            .extract()
            .map_err(|error| format!("{}: {error}", file.display()))?;
        if config.area.is_empty() {
            return Err(format!(
                "{}: 'area' is missing, for example area = \"35.09\"",
                file.display()
            ));
        }
        let checked = config.dispatch.check().and_then(|()| config.retention.check());
        let checked = checked.and_then(|()| config.check_neighbours());
        let checked = checked.and_then(|()| config.gateway.check());
        let checked = checked.and_then(|()| config.roads.check());
        let checked =
            checked.and_then(|()| config.mqtts.iter().try_for_each(|m| Keys::read(m).map(drop)));
        checked.map_err(|wrong| format!("{}: {wrong}", file.display()))?;
        if let Some(broker) = config.broker.take() {
            let checked = broker.checked(&config.area);
            config.broker = Some(checked.map_err(|why| format!("{}: {why}", file.display()))?);
        }
        Ok(config)
    }

    fn check_neighbours(&self) -> Result<(), String> {
        for (place, neighbour) in self.neighbour.iter().enumerate() {
            neighbour.check()?;
            let area = &neighbour.area;
            if area.as_str() == self.area {
                return Err(format!("neighbour {area}: that is this area itself"));
            }
            if self.neighbour.iter().take(place).any(|other| other.area == *area) {
                return Err(format!("neighbour {area} is there twice"));
            }
        }
        Ok(())
    }

    /// Where devices are told to knock: over TLS where there is a door for that, else at `own`.
    #[must_use]
    pub fn public_door(&self, http: SocketAddr, own: SocketAddr) -> PublicDoor {
        let web = match self.http_public.trim_end_matches('/') {
            "" => format!("http://{http}"),
            public => public.to_owned(),
        };
        let own = self.mqtts.as_ref().map_or(own, |mqtts| mqtts.address).to_string();
        let public = match self.mqtt_public.as_str() {
            "" => own.as_str(),
            public => public,
        };
        let tls = self.mqtts.is_some();
        let usual = if tls { 8883 } else { 1883 };
        let (host, port) = public.rsplit_once(':').unwrap_or((public, ""));
        PublicDoor { host: host.to_owned(), port: port.parse().unwrap_or(usual), tls, web }
    }

    /// The file that `siaga init` writes: every key with what it means.
    #[must_use]
    pub fn as_file(&self) -> String {
        format!(
            "# Siaga: settings. Each can be overridden by an environment variable, for example SIAGA_HTTP or\n\
             # SIAGA_DISPATCH_TRAVEL_KMH. What each means, and its range: docs/settings.md.\n\n\
             # Kemendagri code of the dispatch area.\narea = {:?}\n\n\
             # Where the data is: sqlite:DIRECTORY or postgres://USER:PASSWORD@HOST/DATABASE\nstore = {:?}\n\n\
             # Console and API. Behind a TLS proxy keep it on 127.0.0.1.\nhttp = \"{}\"\n\n\
             # The device door (MQTT). 0.0.0.0 takes devices from everywhere.\nmqtt = \"{}\"\n\n\
             # Host and port under which phones reach the door, for QR codes.\nmqtt_public = {:?}\n\n\
             # Address under which phones reach the console, for QR codes and links: https://psc.example.id\n\
             http_public = {:?}\n\n\
             # The device door over TLS beside it; QR codes name this one then.\n\
             # [mqtts]\n# address = \"0.0.0.0:8883\"\n# certificate = \"server.pem\"\n# key = \"server.key\"\n\
             # device_ca = \"devices.pem\"\n\n\
             {}\n{}\n\
             # Servers of neighbouring areas, which may be asked for units and may ask; one table for each.\n\
             # [[neighbour]]\n# area = \"35.11\"\n# name = \"Bondowoso\"\n\
             # url = \"https://psc.example.id\"\n# secret = \"at least 32 characters, the same on both servers\"\n\
             # certificate = \"bondowoso.pem\"\n\n\
             # An MQTT broker that you have already and devices publish to: docs/protocol.md 1.3.\n\
             # [broker]\n# host = \"127.0.0.1\"\n# port = 1883\n# user = \"siaga\"\n# password = \"\"\n\
             # tls = true\n# certificate = \"broker.pem\"\n\n\
             {}\n{}\n{}",
            self.area,
            self.store,
            self.http,
            self.mqtt,
            self.mqtt_public,
            self.http_public,
            self.dispatch.as_section(),
            self.retention.as_section(),
            Gateway::as_section(),
            Roads::as_section(),
            Boundaries::as_section()
        )
    }
}

/// The variables of a section: `SIAGA_DISPATCH_TRAVEL_KMH` is `dispatch.travel_kmh`.
fn section(name: &'static str) -> Env {
    let key = name.to_ascii_lowercase();
    Env::prefixed(&format!("SIAGA_{name}_")).map(move |own| format!("{key}.{own}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::policy::Policy;

    fn read(text: &str) -> Result<Config, String> {
        let name = format!("siaga-config-{}.toml", uuid::Uuid::now_v7());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, text).expect("the temporary directory is writable");
        let config = Config::read(&file);
        std::fs::remove_file(&file).expect("it was just written");
        config
    }

    #[test]
    fn the_file_that_init_writes_is_read_back_as_it_was() {
        let config = Config { area: "35.09".to_owned(), ..Config::default() };
        assert_eq!(read(&config.as_file()), Ok(config));
    }

    #[test]
    fn what_is_left_out_is_as_by_default_and_what_is_set_reaches_the_policy() {
        let text = "area = \"35.09\"\n[dispatch]\ntarget_p1_minutes = 12\ntravel_kmh = 55\n\
                    pass_on_automatically = true\n[retention]\npositions_days = 0\n";
        let config = read(text).expect("a good file");
        let expected = Policy {
            targets_s: [12 * 60, 30 * 60, 60 * 60, 120 * 60],
            travel_kmh: 55.0,
            pass_on_automatically: true,
            ..Policy::default()
        };
        assert_eq!(config.dispatch.on(Policy::default()), expected);
        assert_eq!(Dispatching::default().on(Policy::default()), Policy::default());
        assert_eq!(config.retention, Retention { positions_days: 0, ..Retention::default() });
    }

    #[test]
    fn every_setting_stands_in_the_file_of_init_and_is_explained() {
        let settings = serde_json::to_value(Config::default()).expect("JSON");
        let file = Config::default().as_file();
        let page = include_str!("../docs/settings.md");
        let sections = ["dispatch", "retention"].map(|name| settings[name].as_object());
        let keys = sections.into_iter().chain([settings.as_object()]).flatten();
        for key in keys.flat_map(|section| section.keys()) {
            assert!(file.contains(key), "{key} is not in the file");
            assert!(
                page.contains(&format!("`{key}`")) || page.contains(&format!("[{key}]")),
                "{key}"
            );
        }
    }

    #[test]
    fn a_broker_needs_only_its_host_and_its_password_is_not_shown() {
        let config = read("area = \"35.09\"\n[broker]\nhost = \"here\"\npassword = \"tiga\"");
        let broker = config.expect("read").broker.expect("a broker");
        assert_eq!((broker.port, broker.client_id.as_str()), (1883, "siaga-35.09"));
        assert!(!format!("{broker:?}").contains("tiga"));
    }

    #[test]
    fn a_brokers_certificate_that_cannot_be_used_is_named() {
        for (text, named) in [
            (
                "area = \"35.09\"\n[broker]\nhost = \"here\"\ntls = true\ncertificate = \"/nowhere.pem\"",
                "'broker.certificate': /nowhere.pem",
            ),
            (
                "area = \"35.09\"\n[broker]\nhost = \"here\"\ncertificate = \"/nowhere.pem\"",
                "'broker.certificate' is of use only with",
            ),
        ] {
            let refusal = read(text).expect_err(text);
            assert!(refusal.contains(named), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_mistyped_file_is_refused_and_the_mistake_is_named() {
        let cases = [
            ("area = \"35.09\"\nhtttp = \"127.0.0.1:1\"", "htttp"),
            ("area = \"35.09\"\nhttp = \"here\"", "http"),
            ("area = 35", "area"),
            ("area = \"35.09\"\n[dispatch]\ntravel_kph = 40", "travel_kph"),
            (
                "area = \"35.09\"\n[dispatch]\ntravel_kmh = 0",
                "'dispatch.travel_kmh' is 0: set 5 to 120 km/h",
            ),
            ("area = \"35.09\"\n[dispatch]\ntravel_kmh = nan", "'dispatch.travel_kmh' is NaN"),
            (
                "area = \"35.09\"\n[dispatch]\nroad_factor = 0.9",
                "'dispatch.road_factor' is 0.9: set 1 to 5",
            ),
            (
                "area = \"35.09\"\n[dispatch]\ntarget_p1_minutes = 0",
                "'dispatch.target_p1_minutes' is 0: set 1 to",
            ),
            (
                "area = \"35.09\"\n[dispatch]\ntarget_p2_minutes = 10",
                "'dispatch.target_p2_minutes' is 10: set at least the 15 of 'dispatch.target_p1_minutes'",
            ),
            (
                "area = \"35.09\"\n[dispatch]\np1_alarm_seconds = 20",
                "'dispatch.p1_alarm_seconds' is 20: set at least the 30 of 'dispatch.p1_realert_seconds'",
            ),
            (
                "area = \"35.09\"\n[dispatch]\nother_pass_on_seconds = 4000",
                "'dispatch.other_pass_on_seconds' is 4000: set 5 to 3600 seconds",
            ),
            (
                "area = \"35.09\"\n[dispatch]\nstale_after_seconds = 5",
                "'dispatch.stale_after_seconds' is 5",
            ),
            (
                "area = \"35.09\"\n[dispatch]\nundo_within_minutes = 61",
                "'dispatch.undo_within_minutes' is 61",
            ),
            (
                "area = \"35.09\"\n[dispatch]\ntie_seconds = 601",
                "'dispatch.tie_seconds' is 601: set 0 to 600",
            ),
            ("area = \"35.09\"\n[dispatch]\nmobilisation_seconds = -1", "mobilisation_seconds"),
            (
                "area = \"35.09\"\n[dispatch]\npass_on_automatically = \"ya\"",
                "pass_on_automatically",
            ),
            (
                "area = \"35.09\"\n[retention]\npersonal_data_days = 3",
                "'retention.personal_data_days' is 3: set 7 to 36500 days, or 0",
            ),
            ("area = \"35.09\"\n[retention]\ndays = 30", "days"),
            ("area = ", "siaga-config"),
            ("", "'area' is missing"),
            ("area = \"35.09\"\n[broker]\nport = 1883", "host"),
            ("area = \"35.09\"\n[broker]\nhost = \"\"", "broker.host"),
            ("area = \"35.09\"\n[broker]\nhost = \"mqtt://here\"", "broker.host"),
            ("area = \"35.09\"\n[broker]\nhost = \"here\"\nport = 0", "broker.port"),
            ("area = \"35.09\"\n[broker]\nhost = \"here\"\nport = 70000", "port"),
            ("area = \"35.09\"\n[broker]\nhost = \"here\"\nqos = 2", "qos"),
        ];
        for (text, named) in cases {
            let refusal = read(text).expect_err(text);
            assert!(refusal.contains(named), "{text}: {refusal}");
        }
        let missing = Config::read(Path::new("/nowhere/siaga.toml")).expect_err("no such file");
        assert!(missing.contains("siaga init"), "{missing}");
    }
}
