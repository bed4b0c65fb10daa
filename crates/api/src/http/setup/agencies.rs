//! `POST /agencies` and `PATCH /agencies/{agency}`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, patch, post, web};
use serde::{Deserialize, Serialize};
use stafett_store::agencies::Agency;
use stafett_store::idempotency::Answer;
use stafett_workflow::policy::Operation;
use stafett_workflow::vocabulary::{AgencyKind, Language};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::directory::Entry;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::setup::agencies::{self as setup, AgencyPatch, NewAgency};
use crate::app::setup::precheck;
use crate::auth::permission::{CreateAgency, Scoped, SetUpAgency};
use crate::http::agencies::{AgencyEntry, example};
use crate::http::envelope::{Envelope, in_order, json as text};
use crate::http::extract::{Deferred, IfMatch, Json};
use crate::http::referrals::input::given;
use crate::http::referrals::{respond, write_out};
use crate::http::{BASE, schema};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(create_agency).service(change_agency);
}

/// An agency as somebody enters it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AgencyIn {
    /// Its short name in addresses: small letters, digits and hyphens. It never changes.
    slug: String,
    name: String,
    #[schema(schema_with = schema::agency_kind)]
    kind: AgencyKind,
    /// The agency that it is a unit of, by slug or id. Its administrator may then enter it too.
    parent: Option<String>,
    /// Organisation number, nine digits of which the last is checked.
    orgnr: Option<String>,
    /// The municipality that it serves, four digits.
    municipality: Option<String>,
    /// The district that it serves, six digits.
    district: Option<String>,
    /// What else it serves: districts, six digits, and whole municipalities, four.
    #[serde(default)]
    also_serves: Vec<String>,
    /// Whether it carries out tasks for a public body, so that the duty to report binds it (bvl § 13-2).
    #[serde(default)]
    public_tasks: bool,
    /// The language of its mails: `nb` or `en`.
    #[serde(default)]
    #[schema(value_type = String)]
    language: Language,
    phone: Option<String>,
}

/// A change of an agency: what is left out stays, null takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AgencyChange {
    name: Option<String>,
    /// Set by the system administrator, or for a unit by the administrator of the agency above.
    #[schema(schema_with = schema::agency_kind)]
    kind: Option<AgencyKind>,
    /// Set by the system administrator.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    parent: Option<Option<String>>,
    /// Organisation number.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    orgnr: Option<Option<String>>,
    /// The municipality that it serves.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    municipality: Option<Option<String>>,
    /// The district that it serves.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    district: Option<Option<String>>,
    /// What else it serves, all of it: districts, six digits, and whole municipalities, four. Set by the system administrator, or for
    /// a unit by the administrator of the agency above.
    also_serves: Option<Vec<String>>,
    /// Set by the system administrator, or for a unit by the administrator of the agency above.
    public_tasks: Option<bool>,
    /// `nb` or `en`.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// Whether it takes part. One that still answers for something cannot be closed.
    active: Option<bool>,
}

/// Enter an agency
///
/// The system administrator enters any; the administrator of an agency enters units of it, whose kind is the agency's own
/// or, below a municipality or district, one that the law lays upon municipalities.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "createAgency",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")),
    request_body(content = AgencyIn, example = json!({
        "slug": "barnevern-sagene",
        "name": "Barneverntjenesten Sagene",
        "kind": "child-welfare",
        "parent": "oslo-kommune",
        "municipality": "0301",
        "district": "030103",
        "publicTasks": true,
        "phone": "+47 22 00 00 00"
    })),
    responses(
        (status = 201, description = "Entered", body = AgencyEntry, headers(("ETag" = String, description = "Its version")),
            example = json!(example())),
        (status = 403, description = "Not the caller's to enter, or more than theirs to set"),
        (status = 422, description = "Something in it is not right")
    )
)]
#[post("/agencies")]
async fn create_agency(
    may: Scoped<CreateAgency>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    body: Json<AgencyIn>,
) -> Result<HttpResponse, Problem> {
    let repeatable = envelope.repeatable(&body.0);
    // The parent's name is known before the answer is written within the transaction.
    let names = names_of(&engine, body.0.parent.as_deref()).await?;
    let render = |agency: &Agency| {
        let location = format!("{BASE}/agencies/{}", agency.slug);
        Answer {
            status: StatusCode::CREATED.as_u16(),
            location: Some(location),
            ..shown(&engine, agency, &names)
        }
    };
    let done = setup::create(&engine, may.authority(), body.0.parse(), repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

/// Change an agency
///
/// A JSON merge patch by the administrator of the agency or of the one above, or by the system administrator.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "changeAgency",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevern-sagene"),
        ("If-Match" = String, Header, description = "The version that is changed", example = "\"1\"")
    ),
    request_body(content = AgencyChange, example = json!({ "name": "Barnevernet i Sagene", "phone": null })),
    responses(
        (status = 200, description = "As it now stands", body = AgencyEntry,
            headers(("ETag" = String, description = "Its version")), example = json!(example())),
        (status = 403, description = "Not the caller's agency, or more than theirs to set"),
        (status = 404, description = "There is no such agency"),
        (status = 409, description = "It cannot be closed: it still answers for something"),
        (status = 412, description = "Somebody has changed it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[patch("/agencies/{agency}")]
async fn change_agency(
    path: web::Path<String>,
    may: Scoped<SetUpAgency>,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<AgencyChange>,
) -> Result<HttpResponse, Problem> {
    let (operation, seen) = (Operation::SetUpAgency, Some(&version.0));
    let earlier = precheck(&engine, may.authority(), operation, &path, seen);
    let body = in_order(body, earlier).await?.0;
    let agency = setup::change(&engine, may.authority(), &path, &version.0, body.parse()).await?;
    let names = Names::load(&engine.db, agency.parent, []).await?;
    Ok(write_out(&shown(&engine, &agency, &names)))
}

async fn names_of(engine: &Engine, parent: Option<&str>) -> Result<Names, Problem> {
    let parent = match parent {
        Some(name) => stafett_store::agencies::find(&engine.db, name)
            .await?
            .map(|parent| parent.id),
        None => None,
    };
    Ok(Names::load(&engine.db, parent, []).await?)
}

fn shown(engine: &Engine, agency: &Agency, names: &Names) -> Answer {
    let entry = AgencyEntry::new(Entry::new(agency.clone(), engine.now()), names);
    Answer {
        status: StatusCode::OK.as_u16(),
        etag: Some(format!("\"{}\"", agency.version)),
        location: None,
        body: Some(text(&entry)),
    }
}

impl AgencyIn {
    fn parse(self) -> NewAgency {
        NewAgency {
            slug: self.slug,
            name: self.name,
            kind: self.kind,
            facts: AgencyPatch {
                parent: self.parent.map(Some),
                orgnr: self.orgnr.map(Some),
                municipality: self.municipality.map(Some),
                district: self.district.map(Some),
                also_serves: Some(self.also_serves),
                public_tasks: Some(self.public_tasks),
                language: Some(self.language),
                phone: self.phone.map(Some),
                ..AgencyPatch::default()
            },
        }
    }
}

impl AgencyChange {
    fn parse(self) -> AgencyPatch {
        AgencyPatch {
            name: self.name,
            kind: self.kind,
            orgnr: self.orgnr,
            parent: self.parent,
            municipality: self.municipality,
            district: self.district,
            also_serves: self.also_serves,
            public_tasks: self.public_tasks,
            language: self.language,
            phone: self.phone,
            mailbox: None,
            active: self.active,
        }
    }
}
