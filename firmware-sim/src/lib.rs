//! The ambulance's side of Siaga: a tracker, a vehicle and a crew, spoken over real MQTT.
//!
//! Everything but `fleet`, `outbox`, `clock` and `counters` is pure: no clock, no I/O, no ambient chance.
//! The server and this crate share no code; they agree only through `docs/protocol.md`.

pub mod chance;
pub mod place;

pub mod payload;

pub mod crew;
pub mod dead_zones;
pub mod device;
pub mod receiver;
pub mod route;
pub mod trace;
pub mod trouble;
pub mod unit;
pub mod vehicle;

pub mod clock;
pub mod counters;
pub mod fleet;
pub mod outbox;
pub mod roster;

pub use clock::SimClock;
pub use counters::{Counters, Summary};
pub use fleet::{Ambulance, Behaviour, Broker, Fleet, FleetConfig, run};
pub use place::Place;
pub use route::Ways;
