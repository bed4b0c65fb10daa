//! `POST /cases/{id}/merge` and `POST /cases/{id}/split`: a youth who was registered twice, and one who was not.

use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use stafett_workflow::refusal::{FieldError, Refusal};
use stafett_workflow::vocabulary::CaseAction;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::output::CaseOut;
use super::{examples, name, shown};
use crate::app::cases::change::{self, Target};
use crate::app::cases::merge::{self, Other};
use crate::app::cases::{CaseView, parse_name};
use crate::app::engine::Engine;
use crate::auth::permission::{MergeCase, Scoped, SplitCase};
use crate::http::envelope::{Envelope, in_order};
use crate::http::extract::{Deferred, Speaks};
use crate::http::referrals::respond;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(merge_case).service(split_case);
}

/// Into which case, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MergeIn {
    /// The case that survives, by id or reference.
    #[schema(example = "S-9QMM-JX")]
    into: String,
    /// Why they are about the same youth.
    #[schema(max_length = 4_000)]
    reason: String,
}

/// Which case leaves, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SplitIn {
    /// The case that was merged into this one, by id or reference.
    #[schema(example = "S-K7QF-2N")]
    case: String,
    /// Why they are not about the same youth.
    #[schema(max_length = 4_000)]
    reason: String,
}

/// Merge a case into another
///
/// For a lead of an agency that knows both. The referrals move to the surviving case, both histories are kept, and the old
/// address leads on. Nobody sees what they could not see before.
#[utoipa::path(
    tag = "Cases",
    operation_id = "mergeCase",
    params(
        ("id" = String, Path, description = "The case that is merged away, by id or reference", example = "S-K7QF-2N"),
        ("If-Match" = String, Header, description = "Its version", example = "\"1\""),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = MergeIn, example = json!({ "into": "S-9QMM-JX", "reason": "Samme jente, møtt to netter" })),
    responses(
        (status = 200, description = "The surviving case", body = CaseOut, example = json!(examples::case())),
        (status = 403, description = "Not a lead of an agency that knows both"),
        (status = 409, description = "One of them is not open"),
        (status = 412, description = "Somebody has changed it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[post("/cases/{id}/merge")]
async fn merge_case(
    path: web::Path<String>,
    may: Scoped<MergeCase>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<MergeIn>,
) -> Result<HttpResponse, Problem> {
    let target = Target {
        name: name(&path)?,
        scope: &may.scope,
        precondition: &envelope.precondition,
    };
    let parsed = body.and_then(|body| {
        let repeatable = envelope.repeatable(&body.0);
        Ok((repeatable, other("/into", &body.0.into, body.0.reason)?))
    });
    let earlier = change::precheck(&engine, &may.caller.actor, &target, Some(CaseAction::Merge));
    let (repeatable, into) = in_order(parsed, earlier).await?;
    let render = |view: &CaseView| shown(view, language.0);
    let done = merge::merge(&engine, may.asker(), &target, &into, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

/// Split a merged case off again
///
/// For a lead of an agency that took part in both. What came with the merge leaves again; a referral that was added since
/// stays. There is no time limit: a wrong merge is often found late.
#[utoipa::path(
    tag = "Cases",
    operation_id = "splitCase",
    params(
        ("id" = String, Path, description = "The surviving case, by id or reference", example = "S-9QMM-JX"),
        ("If-Match" = String, Header, description = "Its version", example = "\"2\""),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = SplitIn, example = json!({ "case": "S-K7QF-2N", "reason": "To søstre" })),
    responses(
        (status = 200, description = "The case that remains", body = CaseOut, example = json!(examples::case())),
        (status = 403, description = "Not a lead of an agency that took part in both"),
        (status = 409, description = "The other is not merged into it"),
        (status = 412, description = "Somebody has changed it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[post("/cases/{id}/split")]
async fn split_case(
    path: web::Path<String>,
    may: Scoped<SplitCase>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<SplitIn>,
) -> Result<HttpResponse, Problem> {
    let target = Target {
        name: name(&path)?,
        scope: &may.scope,
        precondition: &envelope.precondition,
    };
    let parsed = body.and_then(|body| {
        let repeatable = envelope.repeatable(&body.0);
        Ok((repeatable, other("/case", &body.0.case, body.0.reason)?))
    });
    let earlier = change::precheck(&engine, &may.caller.actor, &target, Some(CaseAction::Split));
    let (repeatable, off) = in_order(parsed, earlier).await?;
    let render = |view: &CaseView| shown(view, language.0);
    let done = merge::split(&engine, may.asker(), &target, &off, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

fn other(pointer: &str, given: &str, reason: String) -> Result<Other, Problem> {
    let name = parse_name(given).ok_or_else(|| {
        Problem::from(Refusal::of_fields(vec![FieldError::new(
            pointer,
            "unknown-case",
            "Det finnes ingen slik sak som du har tilgang til.",
            "There is no such case that you have access to.",
        )]))
    })?;
    Ok(Other { name, reason })
}
