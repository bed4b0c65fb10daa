//! The stories, one file each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that goes another way than told has failed"
)]

mod agreements;
mod bad_input;
mod before_the_vault;
mod bulk;
mod burglary;
mod case_merge;
mod cases;
mod concern_report;
mod deadlines;
mod deputies;
mod directory;
mod eight_accepts;
mod erasure;
mod harness;
mod idempotency;
mod killed;
mod lists;
mod mail_trouble;
mod no_such_character;
mod openapi;
mod order_of_refusal;
mod outsider;
mod part_ended;
mod phone_put;
mod readme;
mod reconcile;
mod replay;
mod reports;
mod routing;
mod same_youth;
mod service_referral;
mod setup;
mod setup_at_once;
mod snooze;
mod telling;
mod trafficking;
mod vault;
mod who_am_i;
