//! The store's promises, each kept on SQLite and, when `TEST_POSTGRES_URL` names a server, on PostgreSQL. Every test has a
//! database of its own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test may panic"
)]

mod world;

mod aggregates;
mod connection;
mod constraints;
mod lists;
mod looks;
mod migrations;
mod outbox;
mod relay;
mod reports;
mod sessions;
