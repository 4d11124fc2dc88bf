//! Every setting: one file, each key overridable by an environment variable `SIAGA_…`, unknown keys refused.

use std::net::SocketAddr;
use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

/// The settings of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Default for Config {
    fn default() -> Self {
        Self {
            area: String::new(),
            store: "sqlite:data".to_owned(),
            http: SocketAddr::from(([127, 0, 0, 1], 8080)),
            mqtt: SocketAddr::from(([127, 0, 0, 1], 1883)),
            mqtt_public: String::new(),
        }
    }
}

impl Config {
    /// Reads a file and the environment; says in a sentence what cannot be read or is not known.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            format!("{}: {error}. Make one with 'siaga init --regency CODE'", file.display())
        })?;
        let config: Self = Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::string(&text))
            .merge(Env::prefixed("SIAGA_").only(&["area", "store", "http", "mqtt", "mqtt_public"]))
            .extract()
            .map_err(|error| format!("{}: {error}", file.display()))?;
        if config.area.is_empty() {
            return Err(format!(
                "{}: 'area' is missing, for example area = \"35.09\"",
                file.display()
            ));
        }
        Ok(config)
    }

    /// The file that `siaga init` writes: every key with what it means.
    #[must_use]
    pub fn as_file(&self) -> String {
        format!(
            "# Siaga: settings. Each can be overridden by an environment variable, for example SIAGA_HTTP.\n\n\
             # Kemendagri code of the dispatch area.\narea = {:?}\n\n\
             # Where the data is: sqlite:DIRECTORY or postgres://USER:PASSWORD@HOST/DATABASE\nstore = {:?}\n\n\
             # Console and API. Behind a TLS proxy keep it on 127.0.0.1.\nhttp = \"{}\"\n\n\
             # The device door (MQTT). 0.0.0.0 takes devices from everywhere.\nmqtt = \"{}\"\n\n\
             # Host and port under which phones reach the door, for QR codes.\nmqtt_public = {:?}\n",
            self.area, self.store, self.http, self.mqtt, self.mqtt_public
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_mistyped_file_is_refused_and_the_mistake_is_named() {
        let cases = [
            ("area = \"35.09\"\nhtttp = \"127.0.0.1:1\"", "htttp"),
            ("area = \"35.09\"\nhttp = \"here\"", "http"),
            ("area = 35", "area"),
            ("area = ", "siaga-config"),
            ("", "'area' is missing"),
        ];
        for (text, named) in cases {
            let refusal = read(text).expect_err(text);
            assert!(refusal.contains(named), "{text}: {refusal}");
        }
        let missing = Config::read(Path::new("/nowhere/siaga.toml")).expect_err("no such file");
        assert!(missing.contains("siaga init"), "{missing}");
    }
}
