//! Bytes to meaning and back, one file for each way of speaking. Total: no input panics.

pub mod native;
pub mod owntracks;
pub mod sms;
pub mod traccar;
