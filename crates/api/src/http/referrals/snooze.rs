//! `/referrals/{id}/snooze`: put a referral aside in one's own inbox.

use actix_web::{HttpResponse, delete, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::name;
use crate::app::engine::Engine;
use crate::app::referrals::snooze;
use crate::auth::permission::{Scoped, SnoozeReferral};
use crate::http::envelope::in_order;
use crate::http::extract::Deferred;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(put_referral_snooze).service(delete_referral_snooze);
}

/// Until when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SnoozeIn {
    /// A time to come, at most 90 days from now.
    until: DateTime<Utc>,
}

/// What I have put aside, as it now stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SnoozeOut {
    /// Until when I wanted it out of sight; null when it is not put aside.
    until: Option<DateTime<Utc>>,
    /// When it comes back at the latest: then, or when a clock of it warns or is up, if that is earlier.
    wakes_at: Option<DateTime<Utc>>,
}

/// Put a referral aside
///
/// It leaves lists with `snoozed=false` for the caller alone, until the time or until a clock of it warns, a limit is missed or
/// anything else happens to it. Its clocks run. It is the caller's own affair: the referral, its version and its log are as
/// before, and nobody else sees it. Asked again, the newest time counts.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "putReferralSnooze",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M")),
    request_body(content = SnoozeIn, example = json!({ "until": "2026-11-30T07:00:00Z" })),
    responses(
        (status = 200, description = "Put aside", body = SnoozeOut, example = json!({
            "until": "2026-11-30T07:00:00Z", "wakesAt": "2026-11-27T22:59:59Z"
        })),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 422, description = "A time that is past or too far")
    )
)]
#[put("/referrals/{id}/snooze")]
async fn put_referral_snooze(
    path: web::Path<String>,
    may: Scoped<SnoozeReferral>,
    engine: web::Data<Engine>,
    body: Deferred<SnoozeIn>,
) -> Result<HttpResponse, Problem> {
    let name = name(&path)?;
    let body = in_order(body, snooze::precheck(&engine, &may.scope, name)).await?.0;
    let kept = snooze::put(&engine, &may.caller.actor, &may.scope, name, body.until).await?;
    Ok(HttpResponse::Ok().json(SnoozeOut {
        until: Some(kept.until),
        wakes_at: Some(kept.wakes_at),
    }))
}

/// Take a referral out again
///
/// It is back in the caller's lists. Where it was not put aside, nothing happens.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "deleteReferralSnooze",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M")),
    responses(
        (status = 200, description = "Not put aside", body = SnoozeOut, example = json!({ "until": null, "wakesAt": null })),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[delete("/referrals/{id}/snooze")]
async fn delete_referral_snooze(
    path: web::Path<String>,
    may: Scoped<SnoozeReferral>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    snooze::delete(&engine, &may.caller.actor, &may.scope, name(&path)?).await?;
    Ok(HttpResponse::Ok().json(SnoozeOut {
        until: None,
        wakes_at: None,
    }))
}
