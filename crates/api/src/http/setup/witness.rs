//! `/agencies/{agency}/witness`: the key by which an agency witnesses the sealed log.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, put, web};
use serde::Deserialize;
use stafett_store::agencies::Agency;
use stafett_workflow::policy::Operation;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::engine::Engine;
use crate::app::sealed_log;
use crate::app::setup::precheck;
use crate::auth::permission::{ManageWitness, Scoped};
use crate::http::envelope::in_order;
use crate::http::extract::{Deferred, IfMatch};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(put_agency_witness).service(delete_agency_witness);
}

/// A key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WitnessIn {
    /// The public key in the form `name+id+key`, of type 4 (C2SP tlog-cosignature). The private half stays with the agency.
    key: String,
}

/// Say by which key an agency witnesses the log
///
/// In place of the one before; what that has signed stands. Only the agency's own administrator says so, and nobody who runs the
/// installation, for it is them whom a witness watches.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "putAgencyWitness",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("If-Match" = String, Header, description = "The agency's version", example = "\"1\"")
    ),
    request_body(content = WitnessIn, example = json!({ "key": "witness.example.com/w1+8d66cf3f+BDzp2J2bqS0ZJ4h8bLzXc9zZ9wq4b8qL8xkO1nC5eYQ9" })),
    responses(
        (status = 204, description = "Done; the ETag is the agency's"),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency"),
        (status = 412, description = "Somebody has changed the agency meanwhile"),
        (status = 422, description = "No such key, or one that somebody has"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[put("/agencies/{agency}/witness")]
async fn put_agency_witness(
    path: web::Path<String>,
    may: Scoped<ManageWitness>,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<WitnessIn>,
) -> Result<HttpResponse, Problem> {
    let authority = may.authority();
    let earlier = precheck(&engine, authority, Operation::ManageWitness, &path, Some(&version.0));
    let key = in_order(body, earlier).await?.0.key;
    let agency = sealed_log::put_witness(&engine, authority, &path, &version.0, Some(&key)).await?;
    Ok(done(&agency))
}

/// Witness the log no more
#[utoipa::path(
    tag = "Set-up",
    operation_id = "deleteAgencyWitness",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("If-Match" = String, Header, description = "The agency's version", example = "\"1\"")
    ),
    responses(
        (status = 204, description = "Done; the ETag is the agency's"),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency, or it does not witness"),
        (status = 412, description = "Somebody has changed the agency meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[delete("/agencies/{agency}/witness")]
async fn delete_agency_witness(
    path: web::Path<String>,
    may: Scoped<ManageWitness>,
    version: IfMatch,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let agency = sealed_log::put_witness(&engine, may.authority(), &path, &version.0, None).await?;
    Ok(done(&agency))
}

fn done(agency: &Agency) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ETAG, format!("\"{}\"", agency.version)))
        .finish()
}
