//! The stories, one file each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that goes another way than told has failed"
)]

mod directory;
mod bad_input;
mod concern_report;
mod eight_accepts;
mod harness;
mod order_of_refusal;
mod phone_put;
mod readme;
mod reconcile;
mod reports;
mod service_referral;
mod telling;
mod who_am_i;
