//! `/reconciliation/statements`: the signed statements that were made of every day.

use actix_web::{HttpRequest, HttpResponse, get, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_store::statements::{Kept, Place};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::extract::{Query, day_if_given};
use super::paging::{Cursor, Limit, Page};
use super::referrals::output::AgencyOut;
use super::schema;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::statements;
use crate::auth::permission::{ReadReconciliation, Scoped};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_statements).service(get_statement);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatementsParams {
    /// The other agency, by slug or id.
    with: Option<String>,
    /// Of this day (in Oslo) and later ones.
    #[serde(default, deserialize_with = "day_if_given")]
    #[param(value_type = Option<String>, example = "2026-11-01")]
    from: Option<NaiveDate>,
    /// Of this day and earlier ones.
    #[serde(default, deserialize_with = "day_if_given")]
    #[param(value_type = Option<String>, example = "2026-11-30")]
    to: Option<NaiveDate>,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// A statement in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatementLine {
    id: Uuid,
    /// The two agencies.
    between: [AgencyOut; 2],
    /// The day, in Oslo.
    date: NaiveDate,
    /// When it was made.
    made_at: DateTime<Utc>,
    /// How many hand-offs it tells of.
    handoffs: u32,
    /// How many of these were not accounted for.
    unaccounted: u32,
    /// How many stood how.
    #[schema(schema_with = schema::any_object)]
    counts: Value,
}

/// A statement, and its signature.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatementWhole {
    #[serde(flatten)]
    line: StatementLine,
    /// What was signed: the two agencies, the day, how many hand-offs stood how, and each of them.
    #[schema(schema_with = schema::any_object)]
    statement: Value,
    /// The signed document (JWS, EdDSA). Both sides get the same bytes.
    signed: String,
    /// The key to check it by, as a JSON Web Key.
    #[schema(schema_with = schema::any_object)]
    key: Value,
}

/// List the statements of every day
///
/// After each day one is made for each two agencies that handed something to each other on it. Both find it here, the newest day first.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "listReconciliationStatements",
    params(StatementsParams),
    responses(
        (status = 200, description = "A page of them", body = Page<StatementLine>, example = json!({ "items": [line_example()], "nextCursor": null })),
        (status = 404, description = "There is no such other agency")
    )
)]
#[get("/reconciliation/statements")]
async fn list_statements(
    request: HttpRequest,
    may: Scoped<ReadReconciliation>,
    engine: web::Data<Engine>,
    params: Query<StatementsParams>,
) -> Result<HttpResponse, Problem> {
    let params = params.0;
    let after: Option<Place> = params.cursor.map(|cursor| cursor.position()).transpose()?;
    let (days, limit) = ([params.from, params.to], params.limit.get().into());
    let listed = statements::list(&engine, &may.scope, params.with.as_deref(), days, after, limit).await?;
    let items: Vec<_> = listed
        .page
        .items
        .iter()
        .map(|kept| StatementLine::of(kept, &listed.names))
        .collect();
    let next = listed.page.next.map(|place| Cursor::after(&place));
    Ok(Page::new(items, next).respond(&request))
}

/// Get a statement of a day
///
/// As it was made and signed then, to keep and to check without us.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "readReconciliationStatement",
    params(("id" = Uuid, Path, description = "Its id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0009")),
    responses(
        (status = 200, description = "The statement", body = StatementWhole, example = json!(whole_example())),
        (status = 404, description = "There is none, or neither of the two is the caller's")
    )
)]
#[get("/reconciliation/statements/{id}")]
async fn get_statement(
    path: web::Path<String>,
    may: Scoped<ReadReconciliation>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let id = path.parse().map_err(|_no_id| Problem::not_found())?;
    let (kept, names) = statements::read(&engine, &may.scope, id).await?;
    let whole = StatementWhole {
        line: StatementLine::of(&kept, &names),
        statement: payload(&kept.signed).map_err(Problem::internal)?,
        signed: kept.signed,
        key: kept.key,
    };
    Ok(HttpResponse::Ok().json(whole))
}

/// What a signed document says, as JSON.
fn payload(signed: &str) -> Result<Value, String> {
    let middle = signed.split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(middle).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

impl StatementLine {
    fn of(kept: &Kept, names: &Names) -> Self {
        Self {
            id: kept.id,
            between: kept.between.map(|agency| AgencyOut::of(agency, names)),
            date: kept.day,
            made_at: kept.made_at,
            handoffs: kept.handoffs,
            unaccounted: kept.unaccounted,
            counts: json!(kept.counts),
        }
    }
}

fn line_example() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0009",
        "between": [
            { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
            { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "barnevernvakten", "name": "Barnevernvakten" }
        ],
        "date": "2026-11-23", "madeAt": "2026-11-23T23:00:01Z", "handoffs": 1, "unaccounted": 0, "counts": { "answered": 1 }
    })
}

fn whole_example() -> Value {
    let mut whole = line_example();
    if let Some(fields) = whole.as_object_mut() {
        fields.insert(
            "statement".to_owned(),
            json!({
                "between": ["barnevernvakten", "uteseksjonen"], "date": "2026-11-23", "madeAt": "2026-11-23T23:00:01Z",
                "counts": { "answered": 1 },
                "handoffs": [{
                    "reference": "K7QF-2M", "sender": "uteseksjonen", "receiver": "barnevernvakten", "state": "accepted",
                    "standing": "answered", "sentAt": "2026-11-23T20:45:00Z", "mailedAt": "2026-11-23T20:45:01Z",
                    "openedAt": "2026-11-23T20:50:00Z", "acknowledgedAt": "2026-11-23T20:50:10Z", "decidedAt": "2026-11-23T20:59:00Z"
                }]
            }),
        );
        fields.insert(
            "signed".to_owned(),
            json!("eyJ0eXAiOiJzdGFmZXR0LXN0YXRlbWVudCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJiZXR3ZWVuIjpbXX0.c2lnbmF0dXJl"),
        );
        fields.insert(
            "key".to_owned(),
            json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "…", "x": "…" }),
        );
    }
    whole
}
