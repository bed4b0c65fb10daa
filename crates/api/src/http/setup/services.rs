//! `/agencies/{agency}/services`, as its administrator keeps them: in both languages.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, delete, patch, post, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stafett_store::agencies::Service;
use stafett_store::idempotency::Answer;
use stafett_workflow::policy::Operation;
use stafett_workflow::vocabulary::{Need, Text};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::BothLanguages;
use crate::app::engine::Engine;
use crate::app::setup::precheck;
use crate::app::setup::services::{self as setup, Offered, ServicePatch};
use crate::auth::permission::{Scoped, SetUpAgency};
use crate::http::envelope::{Envelope, in_order, json as text};
use crate::http::extract::{Deferred, IfMatch};
use crate::http::referrals::input::given;
use crate::http::referrals::{respond, write_out};
use crate::http::{BASE, schema};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(create_agency_service)
        .service(change_agency_service)
        .service(delete_agency_service);
}

/// Something that an agency offers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ServiceIn {
    /// Which need it meets.
    #[schema(schema_with = schema::need)]
    need: Need,
    /// What it is called.
    title: BothLanguages,
    /// What it is.
    description: Option<BothLanguages>,
    /// From which age, in whole years.
    min_age: Option<u8>,
    /// Up to and including which age.
    max_age: Option<u8>,
}

/// A change: what is left out stays, null takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ServiceChange {
    /// Which need it meets.
    #[schema(schema_with = schema::need)]
    need: Option<Need>,
    /// What it is called.
    title: Option<BothLanguages>,
    /// What it is.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<BothLanguages>)]
    description: Option<Option<BothLanguages>>,
    /// From which age.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u8>)]
    min_age: Option<Option<u8>>,
    /// Up to and including which age.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u8>)]
    max_age: Option<Option<u8>>,
}

/// A service in both languages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ServiceKept {
    id: Uuid,
    #[schema(schema_with = schema::need)]
    need: Need,
    title: BothLanguages,
    description: Option<BothLanguages>,
    min_age: Option<u8>,
    max_age: Option<u8>,
}

/// Add a service
#[utoipa::path(
    tag = "Set-up",
    operation_id = "createAgencyService",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = ServiceIn, example = json!({
        "need": "housing",
        "title": { "nb": "Boligkontoret for unge", "en": "Housing for young people" },
        "minAge": 18,
        "maxAge": 25
    })),
    responses(
        (status = 201, description = "Added; the ETag is the agency's", body = ServiceKept, example = json!(example())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[post("/agencies/{agency}/services")]
async fn create_agency_service(
    path: web::Path<String>,
    may: Scoped<SetUpAgency>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    body: Deferred<ServiceIn>,
) -> Result<HttpResponse, Problem> {
    let earlier = precheck(&engine, may.authority(), Operation::SetUpAgency, &path, None);
    let body = in_order(body, earlier).await?.0;
    let repeatable = envelope.repeatable(&body);
    let (named, patch) = body.parse();
    let render = |offered: &Offered| {
        let location = format!("{BASE}/agencies/{}/services", offered.0.slug);
        Answer {
            status: StatusCode::CREATED.as_u16(),
            location: Some(location),
            ..shown(offered)
        }
    };
    let done = setup::add(
        &engine,
        may.authority(),
        &path,
        named,
        patch,
        repeatable.as_ref(),
        &render,
    )
    .await?;
    Ok(respond(done, render))
}

/// Change a service
#[utoipa::path(
    tag = "Set-up",
    operation_id = "changeAgencyService",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("service" = Uuid, Path, description = "Its id"),
        ("If-Match" = String, Header, description = "The agency's version", example = "\"1\"")
    ),
    request_body(content = ServiceChange, example = json!({ "maxAge": 30, "description": null })),
    responses(
        (status = 200, description = "As it now stands; the ETag is the agency's", body = ServiceKept, example = json!(example())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency or service"),
        (status = 412, description = "Somebody has changed the agency meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[patch("/agencies/{agency}/services/{service}")]
async fn change_agency_service(
    path: web::Path<(String, String)>,
    may: Scoped<SetUpAgency>,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<ServiceChange>,
) -> Result<HttpResponse, Problem> {
    let (operation, seen) = (Operation::SetUpAgency, Some(&version.0));
    let earlier = precheck(&engine, may.authority(), operation, &path.0, seen);
    let body = in_order(body, earlier).await?.0;
    let which = (path.0.as_str(), service_id(&path.1)?);
    let offered = setup::change(&engine, may.authority(), which, &version.0, body.parse()).await?;
    Ok(write_out(&shown(&offered)))
}

/// Take a service away
#[utoipa::path(
    tag = "Set-up",
    operation_id = "deleteAgencyService",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("service" = Uuid, Path, description = "Its id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f7a10"),
        ("If-Match" = String, Header, description = "The agency's version", example = "\"1\"")
    ),
    responses(
        (status = 200, description = "Gone; the ETag is the agency's", body = Gone, example = json!({ "version": 2 })),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency or service")
    )
)]
#[delete("/agencies/{agency}/services/{service}")]
async fn delete_agency_service(
    path: web::Path<(String, String)>,
    may: Scoped<SetUpAgency>,
    version: IfMatch,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let which = (path.0.as_str(), service_id(&path.1)?);
    let agency = setup::delete(&engine, may.authority(), which, &version.0).await?;
    let gone = Gone {
        version: agency.version,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{}\"", agency.version)))
        .json(gone))
}

/// What is left when something is gone.
#[derive(Debug, Serialize, ToSchema)]
struct Gone {
    /// The agency's version now.
    version: u32,
}

/// Whatever is no id names nothing.
fn service_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_not_an_id| Problem::not_found())
}

fn shown((agency, service): &Offered) -> Answer {
    Answer {
        status: StatusCode::OK.as_u16(),
        etag: Some(format!("\"{}\"", agency.version)),
        location: None,
        body: Some(text(&ServiceKept::of(service.clone()))),
    }
}

impl ServiceIn {
    fn parse(self) -> ((Need, Text), ServicePatch) {
        let patch = ServicePatch {
            description: self.description.map(|text| Some(text.into())),
            min_age: Some(self.min_age),
            max_age: Some(self.max_age),
            ..ServicePatch::default()
        };
        ((self.need, self.title.into()), patch)
    }
}

impl ServiceChange {
    fn parse(self) -> ServicePatch {
        ServicePatch {
            need: self.need,
            title: self.title.map(Text::from),
            description: self.description.map(|text| text.map(Text::from)),
            min_age: self.min_age,
            max_age: self.max_age,
        }
    }
}

impl ServiceKept {
    fn of(service: Service) -> Self {
        Self {
            id: service.id,
            need: service.need,
            title: service.title.into(),
            description: service.description.map(BothLanguages::from),
            min_age: service.min_age,
            max_age: service.max_age,
        }
    }
}

fn example() -> serde_json::Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f7a10",
        "need": "housing",
        "title": { "nb": "Boligkontoret for unge", "en": "Housing for young people" },
        "description": null,
        "minAge": 18,
        "maxAge": 25
    })
}
