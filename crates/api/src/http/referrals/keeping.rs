//! `/referrals/{id}/hold` and `/referrals/{id}/erasure`: what a lead decides about keeping what was told.

use actix_web::{HttpResponse, delete, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::policy::Operation;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::name;
use super::output::{AgencyOut, PersonRef};
use crate::app::engine::Engine;
use crate::app::referrals::keeping::{self, Held};
use crate::auth::permission::{EraseReferral, HoldReferral, Scoped};
use crate::http::envelope::in_order;
use crate::http::extract::Deferred;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_referral_hold)
        .service(put_referral_hold)
        .service(delete_referral_hold)
        .service(erase_referral);
}

/// Why nothing may be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldIn {
    /// The reason, for one's own agency to read.
    #[schema(min_length = 1, max_length = 4_000)]
    reason: String,
}

/// Why all is erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ErasureIn {
    /// `asked-for`, `unlawful`, `wrong-person` or `no-longer-needed`.
    #[schema(example = "asked-for")]
    reason: String,
}

/// The legal holds that stand.
#[derive(Debug, Serialize, ToSchema)]
struct HoldsOut {
    holds: Vec<HoldOut>,
}

/// A legal hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HoldOut {
    /// Whose it is; null when it is the operator's.
    agency: Option<AgencyOut>,
    set_by: Option<PersonRef>,
    since: DateTime<Utc>,
    /// Why; null when it is another agency's.
    reason: Option<String>,
}

/// What was erased.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErasureOut {
    /// The referrals that told of the youth.
    referrals: Vec<String>,
    erased_at: DateTime<Utc>,
}

/// Read the legal holds
///
/// Who forbids that what was told is erased. As long as one of them stands, no rule and nobody erases it.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "getReferralHold",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M")),
    responses(
        (status = 200, description = "The holds that stand", body = HoldsOut, example = json!(example())),
        (status = 403, description = "For leads"),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[get("/referrals/{id}/hold")]
async fn get_referral_hold(
    path: web::Path<String>,
    may: Scoped<HoldReferral>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let held = keeping::holds(&engine, may.asker(), &may.scope, name(&path)?).await?;
    Ok(HttpResponse::Ok().json(HoldsOut::of(&held)))
}

/// Set a legal hold
///
/// For one's own agency, on all that was told of the youth. Set again, it has the new reason.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "putReferralHold",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M")),
    request_body(content = HoldIn, example = json!({ "reason": "Klagesak hos statsforvalteren" })),
    responses(
        (status = 200, description = "The holds that stand", body = HoldsOut, example = json!(example())),
        (status = 403, description = "For leads"),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 409, description = "It is erased already, or a draft")
    )
)]
#[put("/referrals/{id}/hold")]
async fn put_referral_hold(
    path: web::Path<String>,
    may: Scoped<HoldReferral>,
    engine: web::Data<Engine>,
    body: Deferred<HoldIn>,
) -> Result<HttpResponse, Problem> {
    let name = name(&path)?;
    let earlier = keeping::precheck(&engine, &may.caller.actor, &may.scope, name, Operation::HoldReferral);
    let body = in_order(body, earlier).await?.0;
    let held = keeping::hold(&engine, may.asker(), &may.scope, name, &body.reason).await?;
    Ok(HttpResponse::Ok().json(HoldsOut::of(&held)))
}

/// Lift a legal hold
///
/// That of one's own agency. Where there is none, nothing happens.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "deleteReferralHold",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M")),
    responses(
        (status = 200, description = "The holds that stand", body = HoldsOut, example = json!({ "holds": [] })),
        (status = 403, description = "For leads"),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[delete("/referrals/{id}/hold")]
async fn delete_referral_hold(
    path: web::Path<String>,
    may: Scoped<HoldReferral>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let held = keeping::release(&engine, may.asker(), &may.scope, name(&path)?).await?;
    Ok(HttpResponse::Ok().json(HoldsOut::of(&held)))
}

/// Erase what was told
///
/// For good, and everything that was told of the youth: summaries, reasons, messages, files, in every referral about them. The
/// history of who did what and when stays. Only where no other agency has had a part in any of it; else whoever runs the
/// installation does it. Nothing may be open, and no legal hold may stand.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "eraseReferral",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M")),
    request_body(content = ErasureIn, example = json!({ "reason": "asked-for" })),
    responses(
        (status = 200, description = "Erased for good", body = ErasureOut, example = json!({
            "referrals": ["K7QF-2M"], "erasedAt": "2026-11-24T09:00:00Z"
        })),
        (status = 403, description = "For leads"),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 409, description = "Others take part, something is open, a legal hold stands, or it is erased already"),
        (status = 422, description = "No such reason")
    )
)]
#[post("/referrals/{id}/erasure")]
async fn erase_referral(
    path: web::Path<String>,
    may: Scoped<EraseReferral>,
    engine: web::Data<Engine>,
    body: Deferred<ErasureIn>,
) -> Result<HttpResponse, Problem> {
    let name = name(&path)?;
    let earlier = keeping::precheck(&engine, &may.caller.actor, &may.scope, name, Operation::EraseReferral);
    let body = in_order(body, earlier).await?.0;
    let done = keeping::erase(&engine, may.asker(), &may.scope, name, &body.reason).await?;
    Ok(HttpResponse::Ok().json(ErasureOut {
        referrals: done.referrals,
        erased_at: done.at,
    }))
}

impl HoldsOut {
    fn of(held: &Held) -> Self {
        let holds = held.holds.iter().map(|(hold, reason)| HoldOut {
            agency: hold.agency.map(|agency| AgencyOut::of(agency, &held.names)),
            set_by: hold.set_by.map(|user| PersonRef::of(user, &held.names)),
            since: hold.since,
            reason: reason.clone(),
        });
        Self { holds: holds.collect() }
    }
}

fn example() -> Value {
    json!({ "holds": [{
        "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "barnevernvakten", "name": "Barnevernvakten" },
        "setBy": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b02", "name": "Ola Vik" },
        "since": "2026-11-24T09:00:00Z",
        "reason": "Klagesak hos statsforvalteren"
    }] })
}
