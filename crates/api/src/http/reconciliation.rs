//! `/reconciliation`: whether what one agency sent is what the other has.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_store::handed_over::HandedOver;
use stafett_workflow::vocabulary::HandoffState;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::extract::Query;
use super::paging::{Cursor, Limit, Page};
use super::referrals::output::AgencyOut;
use super::schema;
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::reconciliation::{self, Listed, Standing};
use crate::app::reports::period::Period;
use crate::app::statements::KIND;
use crate::auth::permission::{ReadReconciliation, Scoped};
use crate::auth::token::Tokens;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_reconciliation).service(get_reconciliation_statement);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReconciliationParams {
    /// The other agency, by slug or id.
    with: Option<String>,
    /// Sent from this day (in Oslo) or instant on; left out: for a year.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// Sent until the end of this day, or before this instant.
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatementParams {
    /// One of the two, by slug or id.
    #[param(example = "uteseksjonen")]
    agency: String,
    /// The other one.
    #[param(example = "barnevernvakten")]
    with: String,
    /// The day, in Oslo.
    #[param(value_type = String, example = "2026-11-23")]
    date: NaiveDate,
}

/// One hand-off, the same for sender and receiver.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HandedOverOut {
    handoff_id: Uuid,
    referral_id: Uuid,
    #[schema(example = "K7QF-2M")]
    reference: String,
    sender: AgencyOut,
    receiver: AgencyOut,
    #[schema(schema_with = schema::handoff_state)]
    state: HandoffState,
    /// `ended`, `answered`, `acknowledged`, `opened`, `mailed`, `in-hand`, `on-its-way` or `unaccounted`: the surest sign that the
    /// receiver knows, or that somebody sees to it.
    #[schema(value_type = String, example = "mailed")]
    standing: Standing,
    /// Sent, and stored with the receiver by the same commit.
    sent_at: DateTime<Utc>,
    queued_at: Option<DateTime<Utc>>,
    mailed_at: Option<DateTime<Utc>>,
    undelivered: bool,
    opened_at: Option<DateTime<Utc>>,
    acknowledged_at: Option<DateTime<Utc>>,
    decided_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

/// A statement, and its signature.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatementOut {
    /// The two agencies, the day, how many hand-offs stand how, and each of them.
    #[schema(schema_with = schema::any_object)]
    statement: Value,
    /// How many are not accounted for.
    unaccounted: u64,
    /// The same as a signed document (JWS, EdDSA), to keep and to check without us.
    signed: String,
    /// The key to check it by, as a JSON Web Key.
    #[schema(schema_with = schema::any_object)]
    key: Value,
}

/// Compare what was sent with what has arrived
///
/// Every hand-off to or from the caller's agencies, and the surest sign that the receiver knows of it. Both sides get the same rows.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "getReconciliation",
    params(ReconciliationParams),
    responses(
        (status = 200, description = "A page, the oldest first", body = Page<HandedOverOut>,
            example = json!({ "items": [example()], "nextCursor": null })),
        (status = 404, description = "There is no such other agency"),
        (status = 422, description = "No period")
    )
)]
#[get("/reconciliation")]
async fn get_reconciliation(
    request: HttpRequest,
    may: Scoped<ReadReconciliation>,
    engine: web::Data<Engine>,
    params: Query<ReconciliationParams>,
) -> Result<HttpResponse, Problem> {
    let params = params.0;
    let period = Period::parse(params.from.as_deref(), params.to.as_deref(), engine.now()).map_err(AppError::Fields)?;
    let after = params.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = params.limit.get().into();
    let listed = reconciliation::list(&engine, &may.scope, params.with.as_deref(), period, after, limit).await?;
    let items: Vec<_> = listed
        .page
        .items
        .iter()
        .map(|row| HandedOverOut::of(row, &listed))
        .collect();
    let next = listed.page.next.map(|place| Cursor::after(&place));
    Ok(Page::new(items, next).respond(&request))
}

/// Get a signed statement of a day
///
/// What two agencies handed to each other on one day, as either sees it, signed by this installation. Keep it: whatever is said later,
/// this was said then.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "getReconciliationStatement",
    params(StatementParams),
    responses(
        (status = 200, description = "The statement", body = StatementOut, example = json!(statement_example())),
        (status = 404, description = "There are no such agencies, or neither is yours")
    )
)]
#[get("/reconciliation/statement")]
async fn get_reconciliation_statement(
    may: Scoped<ReadReconciliation>,
    engine: web::Data<Engine>,
    tokens: web::Data<Arc<Tokens>>,
    params: Query<StatementParams>,
) -> Result<HttpResponse, Problem> {
    let StatementParams { agency, with, date } = params.0;
    let statement = reconciliation::statement(&engine.db, &may.scope, [&agency, &with], date, engine.now()).await?;
    let signed = tokens.sign(KIND, &statement).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().json(StatementOut {
        unaccounted: statement.unaccounted(),
        statement: serde_json::to_value(&statement).map_err(Problem::internal)?,
        signed,
        key: tokens.public_key(),
    }))
}

impl HandedOverOut {
    fn of(row: &HandedOver, listed: &Listed) -> Self {
        Self {
            handoff_id: row.handoff.0,
            referral_id: row.referral.0,
            reference: row.reference.clone(),
            sender: AgencyOut::of(row.sender, &listed.names),
            receiver: AgencyOut::of(row.receiver, &listed.names),
            state: row.state,
            standing: Standing::of(row, listed.now),
            sent_at: row.sent_at,
            queued_at: row.queued_at,
            mailed_at: row.mailed_at,
            undelivered: row.undelivered,
            opened_at: row.opened_at,
            acknowledged_at: row.acknowledged_at,
            decided_at: row.decided_at,
            ended_at: row.ended_at,
        }
    }
}

fn example() -> Value {
    json!({
        "handoffId": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001", "referralId": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "reference": "K7QF-2M",
        "sender": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
        "receiver": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "barnevernvakten", "name": "Barnevernvakten" },
        "state": "sent", "standing": "mailed", "sentAt": "2026-11-24T00:45:00Z", "queuedAt": "2026-11-24T00:45:00Z",
        "mailedAt": "2026-11-24T00:45:01Z", "undelivered": false, "openedAt": null, "acknowledgedAt": null, "decidedAt": null,
        "endedAt": null
    })
}

fn statement_example() -> Value {
    json!({
        "statement": {
            "between": ["barnevernvakten", "uteseksjonen"], "date": "2026-11-23", "madeAt": "2026-11-24T06:00:00Z",
            "counts": { "answered": 1 },
            "handoffs": [{
                "reference": "K7QF-2M", "sender": "uteseksjonen", "receiver": "barnevernvakten", "state": "accepted", "standing": "answered",
                "sentAt": "2026-11-23T20:45:00Z", "mailedAt": "2026-11-23T20:45:01Z", "openedAt": "2026-11-23T20:50:00Z",
                "acknowledgedAt": "2026-11-23T20:50:10Z", "decidedAt": "2026-11-23T20:59:00Z"
            }]
        },
        "unaccounted": 0,
        "signed": "eyJ0eXAiOiJzdGFmZXR0LXN0YXRlbWVudCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJiZXR3ZWVuIjpbXX0.c2lnbmF0dXJl",
        "key": { "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "…", "x": "…" }
    })
}
