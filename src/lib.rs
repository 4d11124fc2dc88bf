//! Siaga: emergency dispatch and live tracking of village ambulances.
//!
//! A pure core (`dispatch`) inside a thin shell. Read the modules in this order; `docs/architecture.md` is the map.

pub mod clock;
pub mod ids;
pub mod lookup;
pub mod neighbour;
pub mod place;

pub mod asleep;
pub mod boundaries;
pub mod dispatch;
pub mod gazetteer;
pub mod guidance;
pub mod places;
pub mod report;
pub mod roads;

pub mod in_use;
pub mod sealed;

pub mod chain;
pub mod private;
pub mod secret;
pub mod store;

pub mod desk;
pub mod health;
pub mod learning;
pub mod links;
pub mod packing;
pub mod reads;
pub mod retention;
pub mod room;
pub mod tracks;
pub mod trust;
pub mod view;
pub mod wording;

pub mod device;
pub mod http;
pub mod live;
pub mod sessions;

pub mod cli;
pub mod client;
pub mod config;
pub mod server;
pub mod setup;
