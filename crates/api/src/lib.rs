//! The Stafett server and command line.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic"))]

pub mod clock;
pub mod config;
