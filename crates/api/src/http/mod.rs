//! The API over HTTP: one file for each resource, handlers and their input and output types together.
//!
//! A handler parses, calls one use case of [`crate::app`], and writes the answer out. Its signature shows its permission
//! ([`crate::auth::permission::Scoped`]). Registering it in `protected` puts it behind authentication and into the
//! OpenAPI document at once; the few operations without authentication are registered in `public`.

pub mod agencies;
pub mod auth;
pub mod capacity;
pub mod cases;
pub mod docs;
pub mod extract;
pub mod headers;
pub mod health;
pub mod legal_rules;
pub mod me;
pub mod metrics;
pub mod openapi;
pub mod paging;
pub mod referrals;
pub mod reports;
pub mod routing;
pub mod schema;
pub mod setup;
pub mod web;
pub mod workflows;

use actix_web::middleware::from_fn;
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::session;

/// Where the API lives.
pub const BASE: &str = "/api/v1";

/// Registers every operation of the API.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(scope("/api/v1/auth").configure(public))
        .service(scope(BASE).wrap(from_fn(session::require)).configure(protected));
}

/// Operations that nobody has to be signed in for.
fn public(config: &mut ServiceConfig) {
    auth::configure(config);
}

/// Operations behind authentication, by resource.
fn protected(config: &mut ServiceConfig) {
    me::configure(config);
    agencies::configure(config);
    capacity::configure(config);
    routing::configure(config);
    setup::configure(config);
    workflows::configure(config);
    legal_rules::configure(config);
    reports::configure(config);
    referrals::configure(config);
    cases::configure(config);
}
