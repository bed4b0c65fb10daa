//! `/agencies/{agency}/capacity`: whether a unit can take somebody in, as it says itself.

use actix_web::http::header;
use actix_web::{HttpResponse, get, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::refusal::{FieldError, Refusal};
use stafett_workflow::routing::Capacity;
use stafett_workflow::vocabulary::{CapacityNote, CapacityStatus, Code, Language, Need};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::envelope::in_order;
use super::extract::{Deferred, IfMatch, Speaks};
use super::schema;
use crate::app::capacity::{self, Told};
use crate::app::engine::Engine;
use crate::auth::permission::{ReadDirectory, ReportCapacity, Scoped};
use crate::problem::{Problem, field_code};

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_agency_capacity).service(put_agency_capacity);
}

/// What a unit says: how many places are free, or in a word whether it can take somebody in; with both, they must agree.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CapacityIn {
    /// For which need; left out: for all that the unit does.
    #[schema(schema_with = schema::need)]
    need: Option<Need>,
    /// How many places are free. None free is `full`.
    #[schema(minimum = 0, maximum = 9999, example = 2)]
    free: Option<u16>,
    /// In a word.
    #[schema(schema_with = schema::capacity_status)]
    status: Option<CapacityStatus>,
    /// What to add.
    #[schema(schema_with = schema::capacity_note)]
    note: Option<CapacityNote>,
}

/// What a unit has said.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgencyCapacity {
    agency: Uuid,
    slug: String,
    /// The newest report for each need, the one for all of it first. Empty when nobody has said anything.
    reports: Vec<CapacityOut>,
    /// Counts reports; the ETag.
    version: u32,
}

/// One report, as it counts now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CapacityOut {
    /// For which need; null: for all that the unit does.
    #[schema(schema_with = schema::need)]
    pub need: Option<Need>,
    /// Whether it can take somebody in; null when the report is too old to count: then nobody knows.
    #[schema(schema_with = schema::capacity_status)]
    pub status: Option<CapacityStatus>,
    /// The status in words, in the language of the caller.
    pub title: &'static str,
    /// How many places were free.
    pub free: Option<u16>,
    /// What was added.
    #[schema(schema_with = schema::capacity_note)]
    pub note: Option<CapacityNote>,
    /// The same in words.
    pub note_title: Option<&'static str>,
    /// When it was said.
    pub reported_at: DateTime<Utc>,
    /// How long ago that is, in minutes.
    pub age_minutes: i64,
    /// Whether it is too old to count.
    pub stale: bool,
}

/// Read an agency's capacity
#[utoipa::path(
    tag = "Agencies",
    operation_id = "getAgencyCapacity",
    params(("agency" = String, Path, description = "Its slug or its id", example = "kirkens-bymisjon")),
    responses(
        (status = 200, description = "What it has said", body = AgencyCapacity,
            headers(("ETag" = String, description = "Its version")), example = json!(example())),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/capacity")]
async fn get_agency_capacity(
    _reader: Scoped<ReadDirectory>,
    agency: web::Path<String>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let told = capacity::read(&engine, &agency).await?;
    Ok(respond(told, &engine, language.0))
}

/// Report an agency's capacity
///
/// For those who work in it. A report stands until the next one for the same need, and counts for a day unless the
/// installation says otherwise. `If-Match` names the version that you have seen, `"0"` before the first report.
#[utoipa::path(
    tag = "Agencies",
    operation_id = "putAgencyCapacity",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "kirkens-bymisjon"),
        ("If-Match" = String, Header, description = "The version that you have seen", example = "\"3\"")
    ),
    request_body(content = CapacityIn, example = json!({ "need": "shelter", "free": 2 })),
    responses(
        (status = 200, description = "What counts now", body = AgencyCapacity,
            headers(("ETag" = String, description = "Its version")), example = json!(example())),
        (status = 403, description = "You do not work there"),
        (status = 404, description = "There is no such agency"),
        (status = 412, description = "Somebody has reported meanwhile"),
        (status = 422, description = "Neither places nor a word, or the two disagree"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[put("/agencies/{agency}/capacity")]
async fn put_agency_capacity(
    may: Scoped<ReportCapacity>,
    agency: web::Path<String>,
    version: IfMatch,
    engine: web::Data<Engine>,
    language: Speaks,
    body: Deferred<CapacityIn>,
) -> Result<HttpResponse, Problem> {
    let report = body.and_then(|body| body.0.parse(engine.now()).map_err(Problem::from));
    let earlier = async {
        capacity::precheck(&engine, &agency, &may.scope, &version.0)
            .await
            .map(drop)
    };
    let report = in_order(report, earlier).await?;
    let told = capacity::report(&engine, may.asker(), &agency, &may.scope, &version.0, report).await?;
    Ok(respond(told, &engine, language.0))
}

impl CapacityIn {
    fn parse(self, now: DateTime<Utc>) -> Result<Capacity, Refusal> {
        let wrong = |pointer: &str, nb: &str, en: &str| {
            Refusal::of_fields(vec![FieldError::new(pointer, field_code::INVALID_VALUE, nb, en)])
        };
        if self.free.is_some_and(|free| free > 9_999) {
            return Err(wrong("/free", "Kan være høyst 9999.", "May be at most 9999."));
        }
        let status = match (self.free, self.status) {
            (None, None) => return Err(Refusal::of_fields(vec![FieldError::required("/status")])),
            (Some(0), None | Some(CapacityStatus::Full)) => CapacityStatus::Full,
            (Some(0), Some(CapacityStatus::Open | CapacityStatus::Limited))
            | (Some(1..), Some(CapacityStatus::Full)) => {
                return Err(wrong(
                    "/status",
                    "Stemmer ikke med antallet ledige plasser: ingen ledige er «full», ellers er det noe annet.",
                    "Does not agree with the number of free places: none free is `full`, otherwise it is something else.",
                ));
            }
            (Some(1..), None) => CapacityStatus::Open,
            (_, Some(status)) => status,
        };
        Ok(Capacity {
            need: self.need,
            status,
            free: self.free,
            note: self.note,
            reported_at: now,
        })
    }
}

impl CapacityOut {
    /// As it counts now; `status` is none when it is too old to.
    pub(super) fn new(
        said: &Capacity,
        status: Option<CapacityStatus>,
        age: chrono::TimeDelta,
        language: Language,
    ) -> Self {
        let unknown = match language {
            Language::Nb => "ukjent: ikke oppdatert på lenge",
            Language::En => "unknown: not updated for long",
        };
        Self {
            need: said.need,
            status,
            title: status.map_or(unknown, |status| status.title(language)),
            free: said.free,
            note: said.note,
            note_title: said.note.map(|note| note.title(language)),
            reported_at: said.reported_at,
            age_minutes: age.num_minutes(),
            stale: status.is_none(),
        }
    }
}

fn respond(told: Told, engine: &Engine, language: Language) -> HttpResponse {
    let reports = told.reported.newest.iter().map(|said| {
        let now = said.at(told.now, engine.routing.capacity_holds);
        CapacityOut::new(said, now.status, now.age, language)
    });
    let version = told.reported.version;
    HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .json(AgencyCapacity {
            agency: told.agency.0,
            reports: reports.collect(),
            slug: told.slug,
            version,
        })
}

fn example() -> Value {
    json!({
        "agency": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a05",
        "slug": "kirkens-bymisjon",
        "reports": [{
            "need": "shelter",
            "status": "open",
            "title": "har plass",
            "free": 2,
            "note": "call-first",
            "noteTitle": "ring først",
            "reportedAt": "2026-11-24T20:15:00Z",
            "ageMinutes": 35,
            "stale": false
        }],
        "version": 4
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: Value) -> Result<CapacityStatus, &'static str> {
        let body: CapacityIn = serde_json::from_value(body).unwrap();
        let parsed = body.parse(DateTime::UNIX_EPOCH);
        parsed
            .map(|report| report.status)
            .map_err(|refusal| refusal.fields[0].code)
    }

    #[test]
    fn places_and_words_must_agree() {
        assert_eq!(parse(json!({ "free": 0 })), Ok(CapacityStatus::Full));
        assert_eq!(parse(json!({ "free": 3 })), Ok(CapacityStatus::Open));
        assert_eq!(
            parse(json!({ "free": 1, "status": "limited" })),
            Ok(CapacityStatus::Limited)
        );
        assert_eq!(parse(json!({ "status": "full" })), Ok(CapacityStatus::Full));
        assert_eq!(parse(json!({})), Err("required"));
        for wrong in [
            json!({ "free": 0, "status": "open" }),
            json!({ "free": 2, "status": "full" }),
            json!({ "free": 10_000 }),
        ] {
            assert_eq!(parse(wrong), Err("invalid-value"));
        }
    }
}
