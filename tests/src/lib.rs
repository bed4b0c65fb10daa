//! The harness of the end-to-end stories, which are told over HTTP on SQLite and on PostgreSQL.
//!
//! A story shares nothing with another: it gets a [`Database`] of its own, a server on a port of its own and, when it
//! wants to see real mail, an [`SmtpSink`] of its own. Stories live in `stories/`, one file each, and
//! [`on_both_databases!`] makes two tests of each.
//!
//! ```no_run
//! e2e::on_both_databases! {
//!     async fn a_new_database_has_an_address(database: Database) {
//!         assert!(!database.url().is_empty());
//!     }
//! }
//! # fn main() {}
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a harness that cannot go on should fail its story at once"
)]

mod client;
mod database;
pub mod postgres;
mod run;
pub mod smtp;

pub use client::{Answer, Client, Request};
pub use database::{Database, DatabaseKind};
pub use run::tell;
pub use smtp::SmtpSink;
