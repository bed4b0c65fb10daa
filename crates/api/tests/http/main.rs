//! The frame of the API over a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod frame;
mod harness;
mod permissions;
