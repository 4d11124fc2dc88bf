//! The tests of firmware-sim from outside: whole ambulances without a network, and one endpoint
//! on the loopback interface.

mod endpoint;
mod room;
mod two_hours;
