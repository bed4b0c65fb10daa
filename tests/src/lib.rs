//! The harness of the end-to-end stories, which are told over HTTP on SQLite and on PostgreSQL.
//!
//! A story shares nothing with another. It gets a [`Home`]: a database of its own with a small Oslo in it, and a folder. In
//! it, it starts servers, as an [`App`] in its own process or as a [`Process`] that it may kill, and speaks to them as a
//! [`Persona`]. When it wants to see real mail it has an [`SmtpSink`] of its own. Stories live in `stories/`, one file
//! each, and [`on_both_databases!`] makes two tests of each.
//!
//! ```no_run
//! use e2e::Persona;
//!
//! e2e::on_both_databases! {
//!     async fn a_caseworker_is_known(home: Home) {
//!         let app = home.start().await;
//!         let me = app.by(Persona::Outreach).get("/me").await.expect(200).json();
//!         assert_eq!(me["username"], "outreach");
//!         app.finish().await;
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

use std::time::Duration;

mod app;
mod client;
mod database;
mod home;
pub mod postgres;
mod process;
mod run;
pub mod smtp;
pub mod template;
pub mod traces;
mod world;

/// So long a story waits for what must come. Whoever waits for longer has found something; on a machine that builds beside the
/// tests, twenty seconds were too few.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub use app::App;
pub use client::{Answer, Client, Request};
pub use database::{Database, DatabaseKind, sqlite_url};
pub use home::Home;
pub use process::Process;
pub use run::{Ground, tell};
pub use smtp::SmtpSink;
pub use world::{Persona, mailbox};
