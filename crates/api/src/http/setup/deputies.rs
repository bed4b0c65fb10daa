//! `/agencies/{agency}/deputies`: who stands in for whom.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_store::deputies::Deputy;
use stafett_store::idempotency::Answer;
use stafett_workflow::policy::Operation;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::setup::deputies::{self as setup, NewDeputy, Told};
use crate::app::setup::precheck;
use crate::auth::permission::{ManageDeputies, ReadDeputies, Scoped};
use crate::http::envelope::{Envelope, in_order, json as text};
use crate::http::extract::{Deferred, instant};
use crate::http::paging::Page;
use crate::http::referrals::output::PersonRef;
use crate::http::referrals::respond;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_agency_deputies)
        .service(create_agency_deputy)
        .service(delete_agency_deputy);
}

/// An absence as somebody writes it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeputyIn {
    /// Who is away, by id or username.
    user: String,
    /// Who stands in: somebody who does casework in the same agency.
    deputy: String,
    /// From when on.
    #[serde(deserialize_with = "instant")]
    from: DateTime<Utc>,
    /// Until when, that instant not included.
    #[serde(deserialize_with = "instant")]
    to: DateTime<Utc>,
}

/// An absence.
#[derive(Debug, Serialize, ToSchema)]
struct DeputyOut {
    id: Uuid,
    user: PersonRef,
    deputy: PersonRef,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// Whether it runs now.
    running: bool,
}

/// List who stands in for whom
///
/// The absences that have not ended, in the order in which they begin.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "listAgencyDeputies",
    params(("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka")),
    responses(
        (status = 200, description = "All of them", body = Page<DeputyOut>, example = json!({ "items": [example()], "nextCursor": null })),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/deputies")]
async fn list_agency_deputies(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReadDeputies>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (absences, names) = setup::list(&engine, may.authority(), &path).await?;
    let now = engine.now();
    let items: Vec<_> = absences
        .iter()
        .map(|absence| DeputyOut::of(absence, &names, now))
        .collect();
    Ok(Page::at(items, None).respond(&request))
}

/// Say who stands in
///
/// A caseworker says so of themselves, a lead or an administrator of anybody. While it runs, `assignee=me` shows the deputy what
/// they stand in for, and whoever assigns to the absent person is told.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "createAgencyDeputy",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = DeputyIn, example = json!({
        "user": "siri.berg", "deputy": "ola.vik", "from": "2026-12-21T07:00:00Z", "to": "2027-01-04T07:00:00Z"
    })),
    responses(
        (status = 201, description = "Noted", body = DeputyOut, example = json!(example())),
        (status = 403, description = "Not the caller's agency, or not their own absence"),
        (status = 404, description = "There is no such agency"),
        (status = 422, description = "Something is not right, such as a ring of deputies")
    )
)]
#[post("/agencies/{agency}/deputies")]
async fn create_agency_deputy(
    path: web::Path<String>,
    may: Scoped<ManageDeputies>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    body: Deferred<DeputyIn>,
) -> Result<HttpResponse, Problem> {
    let earlier = precheck(&engine, may.authority(), Operation::ManageDeputies, &path, None);
    let body = in_order(body, earlier).await?.0;
    let repeatable = envelope.repeatable(&body);
    let now = engine.now();
    let render = |(absence, names): &Told| Answer {
        status: StatusCode::CREATED.as_u16(),
        etag: None,
        location: None,
        body: Some(text(&DeputyOut::of(absence, names, now))),
    };
    let new = NewDeputy {
        user: body.user,
        deputy: body.deputy,
        from: body.from,
        to: body.to,
    };
    let done = setup::create(&engine, may.authority(), &path, &new, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

/// Take an absence back
///
/// Also to end it early: whoever is back needs nobody to stand in.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "deleteAgencyDeputy",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("deputy" = Uuid, Path, description = "The absence's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f8a10")
    ),
    responses(
        (status = 200, description = "Taken back", body = TakenBack, example = json!({ "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f8a10" })),
        (status = 403, description = "Not the caller's agency, or not their own absence"),
        (status = 404, description = "There is no such agency or absence")
    )
)]
#[delete("/agencies/{agency}/deputies/{deputy}")]
async fn delete_agency_deputy(
    path: web::Path<(String, String)>,
    may: Scoped<ManageDeputies>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let id = Uuid::parse_str(&path.1).map_err(|_not_an_id| Problem::not_found())?;
    setup::delete(&engine, may.authority(), &path.0, id).await?;
    Ok(HttpResponse::Ok().json(TakenBack { id }))
}

/// What was taken back.
#[derive(Debug, Serialize, ToSchema)]
struct TakenBack {
    id: Uuid,
}

impl DeputyOut {
    fn of(absence: &Deputy, names: &Names, now: DateTime<Utc>) -> Self {
        Self {
            id: absence.id,
            user: PersonRef::of(absence.user, names),
            deputy: PersonRef::of(absence.deputy, names),
            from: absence.starts_at,
            to: absence.ends_at,
            running: absence.starts_at <= now && now < absence.ends_at,
        }
    }
}

fn example() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f8a10",
        "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b09", "name": "Siri Berg" },
        "deputy": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b02", "name": "Ola Vik" },
        "from": "2026-12-21T07:00:00Z",
        "to": "2027-01-04T07:00:00Z",
        "running": false
    })
}
