//! `/agencies/{agency}/retention` and `/retention/due`: how long what was told is kept, and what will be erased.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::policy::Operation;
use stafett_workflow::retention::Rule;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::app::engine::Engine;
use crate::app::retention;
use crate::app::setup::precheck;
use crate::app::setup::retention::{self as setup, Kept};
use crate::auth::permission::{ManageRetention, ReadDueErasures, ReadRetention, Scoped};
use crate::http::envelope::in_order;
use crate::http::extract::{Deferred, IfMatch, Query};
use crate::http::paging::{Cursor, Limit, Page};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_agency_retention)
        .service(put_agency_retention)
        .service(list_due_erasures);
}

/// How long an agency keeps.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RetentionIn {
    /// Its rules, all of them; none for a workflow leaves that to the installation.
    rules: Vec<RuleBody>,
}

/// A rule.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleBody {
    /// For which workflow; null for all that have no rule of their own.
    #[serde(default)]
    workflow: Option<String>,
    /// How many months after closing.
    #[schema(minimum = 1, maximum = 1_200)]
    months: u16,
    /// On which ground.
    #[schema(example = "Bevarings- og kassasjonsplan 4.2")]
    legal_ref: String,
}

/// How long an agency keeps, and what counts where it says nothing.
#[derive(Debug, Serialize, ToSchema)]
struct RetentionOut {
    /// Its own rules.
    rules: Vec<RuleBody>,
    /// Those of the installation.
    installation: Vec<RuleBody>,
}

/// A referral of which all that was told will be erased.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DueOut {
    id: Uuid,
    reference: String,
    /// The workflow's id.
    workflow: String,
    closed_at: DateTime<Utc>,
    /// When it is erased at the earliest.
    due_at: DateTime<Utc>,
    /// Since when it stands in this list.
    announced_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DueQuery {
    /// 1 to 100, 50 when it is missing.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Read how long an agency keeps
///
/// Months after closing, for all workflows or for one. What was told of a youth is kept until the last agency that takes part
/// in the last of their referrals needs it no more; where nobody says how long, it is kept.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "getAgencyRetention",
    params(("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten")),
    responses(
        (status = 200, description = "The rules; the ETag is the agency's", body = RetentionOut, example = json!(example())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/retention")]
async fn get_agency_retention(
    path: web::Path<String>,
    may: Scoped<ReadRetention>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let kept = setup::read(&engine.db, may.authority(), &path).await?;
    Ok(shown(&kept))
}

/// Say how long an agency keeps
///
/// In place of what it said before. What is due by it stands in the list of what will be erased for the time of notice first.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "putAgencyRetention",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("If-Match" = String, Header, description = "The agency's version", example = "\"1\"")
    ),
    request_body(content = RetentionIn, example = json!({ "rules": [{ "workflow": null, "months": 24, "legalRef": "Bevarings- og kassasjonsplan 4.2" }] })),
    responses(
        (status = 200, description = "The rules; the ETag is the agency's", body = RetentionOut, example = json!(example())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency"),
        (status = 412, description = "Somebody has changed the agency meanwhile"),
        (status = 422, description = "A rule without a ground, or for a workflow that does not exist"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[put("/agencies/{agency}/retention")]
async fn put_agency_retention(
    path: web::Path<String>,
    may: Scoped<ManageRetention>,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<RetentionIn>,
) -> Result<HttpResponse, Problem> {
    let authority = may.authority();
    let earlier = precheck(&engine, authority, Operation::ManageRetention, &path, Some(&version.0));
    let body = in_order(body, earlier).await?.0;
    let rules: Vec<Rule> = body
        .rules
        .into_iter()
        .map(|rule| setup::rule(None, rule.workflow, rule.months, rule.legal_ref))
        .collect();
    let kept = setup::put(
        &engine.db,
        &engine.library,
        authority,
        &path,
        Some(&version.0),
        &rules,
        engine.now(),
    )
    .await?;
    Ok(shown(&kept))
}

/// List what will be erased
///
/// The referrals of the caller's agencies of which all that was told will be erased, the earliest day first. Whoever must keep
/// it sets a legal hold meanwhile.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listDueErasures",
    params(DueQuery),
    responses(
        (status = 200, description = "A page of it", body = Page<DueOut>, example = json!({ "items": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001", "reference": "K7QF-2M", "workflow": "service-referral",
            "closedAt": "2024-11-20T10:00:00Z", "dueAt": "2026-12-20T22:59:59Z", "announcedAt": "2026-11-20T23:00:00Z"
        }], "nextCursor": null })),
        (status = 403, description = "For leads")
    )
)]
#[get("/retention/due")]
async fn list_due_erasures(
    request: HttpRequest,
    may: Scoped<ReadDueErasures>,
    engine: web::Data<Engine>,
    query: Query<DueQuery>,
) -> Result<HttpResponse, Problem> {
    let after = query
        .0
        .cursor
        .as_ref()
        .map(Cursor::position::<(DateTime<Utc>, Uuid)>)
        .transpose()?;
    let after = after.map(|(due, id)| (due, ReferralId(id)));
    let (lines, more) = retention::due(&engine.db, &may.scope, after, query.0.limit.get()).await?;
    let last = lines.last().filter(|_| more);
    let next = last.map(|last| Cursor::after(&(last.due_at, last.referral.0)));
    let items: Vec<_> = lines
        .into_iter()
        .map(|line| DueOut {
            id: line.referral.0,
            reference: line.reference.to_string(),
            workflow: line.workflow,
            closed_at: line.closed_at,
            due_at: line.due_at,
            announced_at: line.announced_at,
        })
        .collect();
    Ok(Page::new(items, next).respond(&request))
}

fn shown(kept: &Kept) -> HttpResponse {
    let bodies = |rules: &[Rule]| {
        rules
            .iter()
            .map(|rule| RuleBody {
                workflow: rule.workflow.clone(),
                months: rule.months,
                legal_ref: rule.legal_ref.clone(),
            })
            .collect()
    };
    HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{}\"", kept.agency.version)))
        .json(RetentionOut {
            rules: bodies(&kept.own),
            installation: bodies(&kept.installation),
        })
}

fn example() -> Value {
    json!({
        "rules": [{ "workflow": null, "months": 24, "legalRef": "Bevarings- og kassasjonsplan 4.2" }],
        "installation": [{ "workflow": null, "months": 120, "legalRef": "Arkivlova § 9" }]
    })
}
