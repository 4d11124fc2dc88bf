//! Many ambulances in one process: what a fleet is made of, and one task for each of them.

mod session;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::SimClock;
use crate::counters::{Counters, Summary};
use crate::crew::Habits;
use crate::dead_zones::DeadZones;
use crate::device::Limits;
use crate::place::Place;
use crate::route::Ways;
use crate::trace::Trace;
use crate::trouble::Troubles;
use crate::unit::Rest;
use session::Session;

/// New connections a second at the start; 248 ambulances are there within three seconds.
const CONNECTIONS_PER_S: f64 = 100.0;
/// Silence after which a device sends its records again, in real time.
const ACK_WAIT: Duration = Duration::from_secs(10);

/// One ambulance: its unit code, its device's name and secret, and the post where it stands.
#[derive(Clone, PartialEq)]
pub struct Ambulance {
    pub unit: String,
    pub device: String,
    pub secret: String,
    pub post: Place,
}

impl fmt::Debug for Ambulance {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ambulance")
            .field("unit", &self.unit)
            .field("device", &self.device)
            .field("post", &self.post)
            .finish_non_exhaustive()
    }
}

/// Where devices connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    pub host: String,
    pub port: u16,
}

/// A fleet and the server it speaks to.
#[derive(Debug, Clone)]
pub struct FleetConfig {
    /// The addresses of one server, taken in turn. One process has some 28,000 ports to each: a fleet of 83,762 needs
    /// three, for example 127.0.0.1, 127.0.0.2 and 127.0.0.3 of a server that listens at 0.0.0.0.
    pub brokers: Vec<Broker>,
    pub ambulances: Vec<Ambulance>,
    pub seed: u64,
    pub clock: SimClock,
    pub behaviour: Behaviour,
}

/// How the fleet's people, vehicles and links behave; probabilities are 0 to 1.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// Whether links fail in seeded circles on the ground.
    pub dead_zones: bool,
    /// Chance that a crew forgets a step's button.
    pub forgetful: f64,
    /// Chance that a crew refuses an order.
    pub refusing: f64,
    /// Factor on the times crews take: 1 is normal, 0.1 ten times quicker.
    pub crew_scale: f64,
    /// Every unit without a job drives round its post and reports once a second.
    pub always_moving: bool,
    /// New connections a second at the start.
    pub connections_per_s: f64,
    /// Positions each device keeps without acknowledgement.
    pub positions_kept_max: usize,
    /// Where devices keep their outboxes, one file each; without it a device that loses its power loses what it kept.
    pub outboxes: Option<PathBuf>,
    /// Times in an hour that a device loses its power for half a minute to three minutes.
    pub power_cuts_per_hour: f64,
    /// What else goes wrong.
    pub troubles: Troubles,
    /// A recorded drive that every device reports, beginning at its post.
    pub trace: Option<Arc<Trace>>,
    /// How vehicles get from one place to another.
    pub ways: Ways,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            dead_zones: false,
            forgetful: 0.04,
            refusing: 0.03,
            crew_scale: 1.0,
            always_moving: false,
            connections_per_s: CONNECTIONS_PER_S,
            positions_kept_max: Limits::default().positions_max,
            outboxes: None,
            power_cuts_per_hour: 0.0,
            troubles: Troubles::default(),
            trace: None,
            ways: Ways::default(),
        }
    }
}

/// A fleet that has not started yet.
#[derive(Debug)]
pub struct Fleet {
    config: FleetConfig,
    counters: Arc<Counters>,
}

impl Fleet {
    /// Prepares a fleet; nothing connects before `run`.
    pub fn new(config: FleetConfig) -> Fleet {
        Fleet { config, counters: Arc::default() }
    }

    /// The live counts of this fleet.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Runs until `stop` becomes true or its sender is gone, then disconnects every device.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Summary {
        let Fleet { config, counters } = self;
        let posts: Vec<Place> = config.ambulances.iter().map(|ambulance| ambulance.post).collect();
        let dead_zones = if config.behaviour.dead_zones {
            DeadZones::between(&posts, config.seed)
        } else {
            DeadZones::default()
        };
        let common = Arc::new(Common {
            seed: config.seed,
            clock: config.clock,
            habits: Habits {
                forgetful: config.behaviour.forgetful,
                refusing: config.behaviour.refusing,
                scale: config.behaviour.crew_scale,
            },
            limits: Limits {
                positions_max: config.behaviour.positions_kept_max.max(1),
                ack_wait_ms: config.clock.sim_ms(ACK_WAIT).max(1),
            },
            rest: if config.behaviour.always_moving { Rest::Circles } else { Rest::Parks },
            dead_zones: Arc::new(dead_zones),
            outboxes: config.behaviour.outboxes,
            power_cuts_per_hour: config.behaviour.power_cuts_per_hour,
            troubles: config.behaviour.troubles,
            trace: config.behaviour.trace,
            ways: config.behaviour.ways,
            counters: Arc::clone(&counters),
            trouble: AtomicBool::new(false),
        });
        let mut tasks = JoinSet::new();
        let brokers = config.brokers.iter().cycle();
        for (index, (ambulance, broker)) in config.ambulances.into_iter().zip(brokers).enumerate() {
            let delay = start_delay(index, config.behaviour.connections_per_s);
            let common = Arc::clone(&common);
            let session = Session::new(ambulance, broker.clone(), common, stop.clone());
            tasks.spawn(session.run(delay));
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "the task of an ambulance failed");
            }
        }
        counters.snapshot()
    }
}

/// Runs a fleet until `stop` becomes true; see `Fleet::run`. For live counts use `Fleet`.
pub async fn run(config: FleetConfig, stop: watch::Receiver<bool>) -> Summary {
    Fleet::new(config).run(stop).await
}

/// What all ambulances of a fleet have in common.
#[derive(Debug)]
struct Common {
    seed: u64,
    clock: SimClock,
    habits: Habits,
    limits: Limits,
    rest: Rest,
    dead_zones: Arc<DeadZones>,
    outboxes: Option<PathBuf>,
    power_cuts_per_hour: f64,
    troubles: Troubles,
    trace: Option<Arc<Trace>>,
    ways: Ways,
    counters: Arc<Counters>,
    /// Whether the log already says that connections fail.
    trouble: AtomicBool,
}

fn start_delay(index: usize, connections_per_s: f64) -> Duration {
    let valid = connections_per_s.is_finite() && connections_per_s > 0.0;
    let per_s = if valid { connections_per_s } else { CONNECTIONS_PER_S };
    Duration::try_from_secs_f64(index as f64 / per_s).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regency_is_connected_within_three_seconds() {
        assert!(start_delay(247, Behaviour::default().connections_per_s) < Duration::from_secs(3));
    }

    #[test]
    fn odd_rates_fall_back_to_the_default() {
        for per_s in [0.0, -5.0, f64::NAN, f64::INFINITY] {
            assert_eq!(start_delay(100, per_s), Duration::from_secs(1));
        }
        assert!(start_delay(usize::MAX, 1e-300) > Duration::from_secs(1_000_000));
    }

    #[test]
    fn a_secret_is_not_shown_when_an_ambulance_is_printed() {
        let ambulance = Ambulance {
            unit: "AMB-SILO-03".to_owned(),
            device: "amb-silo-03".to_owned(),
            secret: "rahasia".to_owned(),
            post: Place { lat: -8.25, lon: 113.85 },
        };
        assert!(!format!("{ambulance:?}").contains("rahasia"));
    }
}
