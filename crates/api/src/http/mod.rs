//! The API over HTTP: one file for each resource, handlers and their input and output types together.
//!
//! A handler parses, calls one use case of [`crate::app`], and writes the answer out. Its signature shows its permission
//! ([`crate::auth::permission::Scoped`]). Registering it in `protected` puts it behind authentication and into the
//! OpenAPI document at once; the few operations without authentication are registered in `public`.

pub mod agencies;
pub mod audit;
pub mod auth;
pub mod break_glass;
pub mod capacity;
pub mod cases;
pub mod dev_mail;
pub mod docs;
pub mod envelope;
pub mod events;
pub mod extract;
pub mod headers;
pub mod health;
pub mod hints;
pub mod incidents;
pub mod insight;
pub mod keys;
pub mod legal_rules;
pub mod me;
pub mod metrics;
pub mod notifications;
pub mod openapi;
pub mod outreach;
pub mod paging;
pub mod reconciliation;
pub mod referrals;
pub mod reports;
pub mod routing;
pub mod schema;
pub mod sessions;
pub mod setup;
pub mod shows;
pub mod statements;
pub mod unsubscribe;
pub mod web;
pub mod workflow_proposals;
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
    notifications::configure(config);
    sessions::configure(config);
    agencies::configure(config);
    capacity::configure(config);
    routing::configure(config);
    setup::configure(config);
    workflows::configure(config);
    workflow_proposals::configure(config);
    legal_rules::configure(config);
    events::configure(config);
    incidents::configure(config);
    reconciliation::configure(config);
    statements::configure(config);
    audit::configure(config);
    reports::configure(config);
    referrals::configure(config);
    insight::configure(config);
    cases::configure(config);
    break_glass::configure(config);
    hints::configure(config);
    outreach::configure(config);
}
