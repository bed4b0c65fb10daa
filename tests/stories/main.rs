//! The stories, one file each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that goes another way than told has failed"
)]

mod harness;
mod who_am_i;
