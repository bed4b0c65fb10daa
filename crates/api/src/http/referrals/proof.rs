//! `GET /referrals/{id}/proof`: that what one's own agency has done with a referral stands in the sealed log.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::name;
use crate::app::engine::Engine;
use crate::app::sealed_log;
use crate::auth::permission::{ReadReferralProof, Scoped};
use crate::http::audit::{NOTE, ProvedOut, proved_example};
use crate::http::extract::Query;
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_referral_proof);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProofParams {
    /// Only those after the one with this number: an answer has 100 at most.
    after: Option<u64>,
}

/// Entries with their proofs, and the checkpoint in which they are proved to stand.
#[derive(Debug, Serialize, ToSchema)]
struct ProofOut {
    /// The signed note; null while nothing is sealed.
    checkpoint: Option<String>,
    /// What the caller's agencies have done, in its order, as far as it is sealed: what was done in the last minute may not be.
    items: Vec<ProvedOut>,
}

/// Prove what one's own agency has done
///
/// Each thing that the caller's agencies have done with the referral, when, with the proof that it stands in the sealed log. Whoever
/// has the log's key can check it without us. What others have done they can show themselves.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "getReferralProof",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M"), ProofParams),
    responses(
        (status = 200, description = "The proofs", body = ProofOut, example = json!({ "checkpoint": NOTE, "items": [proved_example()] })),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[get("/referrals/{id}/proof")]
async fn get_referral_proof(
    path: web::Path<String>,
    may: Scoped<ReadReferralProof>,
    engine: web::Data<Engine>,
    params: Query<ProofParams>,
) -> Result<HttpResponse, Problem> {
    let (kept, proved) = sealed_log::of_referral(&engine, &may.scope, name(&path)?, params.0.after).await?;
    Ok(HttpResponse::Ok().json(ProofOut {
        checkpoint: kept.map(|kept| kept.note),
        items: proved.into_iter().map(ProvedOut::of).collect(),
    }))
}
