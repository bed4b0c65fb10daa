//! # The Stafett server and command line
//!
//! A tour, from the outside in:
//!
//! * [`cli`]: the commands. [`config`]: what an operator may set, and where each value came from.
//! * [`server`]: everything put together; [`server::start`] is what `serve`, the demo and the tests call.
//! * [`http`]: one file for each resource, handlers with their types. [`auth`]: who is calling. [`problem`]: how the API
//!   says no, and the only map from errors to statuses.
//! * [`app`]: one file for each use case, between HTTP and the store, knowing neither HTTP nor SQL.
//! * [`demo`]: a synthetic Oslo in which something has happened.
//! * [`vault_keys`]: where the master keys come from.
//! * [`blind_index`]: how a youth is found again without their number being stored twice.
//! * [`workers`]: what runs beside the requests, watched. [`mailroom`]: the dispatcher of notices; [`postman`]: test mails, at once. [`telemetry`]: what the operator is told. [`clock`]: the one clock.
//!
//! **Architecture invariant:** `app` imports no actix, `http` imports no database library, and nobody but `problem` knows
//! which status an error has.

#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test may panic"
    )
)]

pub mod app;
pub mod auth;
pub mod blind_index;
pub mod cli;
pub mod clock;
pub mod config;
pub(crate) mod database;
pub mod demo;
pub mod disclosure_table;
pub mod docs_pages;
pub mod files;
pub mod http;
pub mod mailroom;
pub mod pdf;
pub mod postman;
pub mod problem;
pub mod routing_table;
pub mod server;
pub mod telemetry;
pub mod vault_keys;
pub mod workers;
pub mod workflow_library;
