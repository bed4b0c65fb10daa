//! `/outreach/patrols`: walks of the team, each with its tally.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::agency::{ArenaId, PatrolId};
use stafett_workflow::outreach::{Contact, Patrol};
use stafett_workflow::policy::Permit;
use stafett_workflow::refusal::{FieldError, Refusal};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::contacts::TallyIn;
use super::output::{PatrolOut, example};
use super::{Put, RegisterParameters, entered, id, own_id, put, respond};
use crate::app::engine::Engine;
use crate::app::outreach::{self as register, Door, Shown};
use crate::app::referrals::Asker;
use crate::auth::permission::{KeepOutreach, ReadOutreach, Scoped};
use crate::http::envelope::{Envelope, digest_of, in_order};
use crate::http::extract::{Deferred, IfAbsent, IfMatch, Json, Query, instant, instant_if_given};
use crate::http::paging::{Cursor, Page};
use crate::http::referrals::respond as answered;
use crate::problem::Problem;

/// So many lines come with one patrol at most.
const MOST_LINES: usize = 200;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_outreach_patrols)
        .service(create_outreach_patrol)
        .service(get_outreach_patrol)
        .service(put_outreach_patrol)
        .service(withdraw_outreach_patrol);
}

/// A patrol as the team writes it. No field is about anybody in particular.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = OutreachPatrolIn)]
struct PatrolIn {
    /// In whose register, by slug or id: one of the caller's agencies that is an outreach service. A patrol stays there.
    #[schema(example = "uteseksjonen")]
    agency: String,
    /// When it began.
    #[serde(deserialize_with = "instant")]
    from: DateTime<Utc>,
    /// When it ended, within a day; left out while it goes on.
    #[serde(
        default,
        deserialize_with = "instant_if_given",
        skip_serializing_if = "Option::is_none"
    )]
    until: Option<DateTime<Utc>>,
    /// Where it came by: 1 to 30 arenas of the register, by their ids.
    arenas: Vec<Uuid>,
    /// How many walked.
    #[schema(minimum = 1, maximum = 50)]
    workers: u16,
    /// The lines of its tally, entered with it or not at all. Only with a new patrol; later they have an address of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    contacts: Vec<LineIn>,
}

/// A line of the tally of a patrol that is entered with it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = OutreachLineIn)]
struct LineIn {
    /// A UUIDv7 that the client made.
    id: Uuid,
    /// What it says.
    tally: TallyIn,
}

impl PatrolIn {
    fn patrol(&self) -> Patrol {
        Patrol {
            from: self.from,
            until: self.until,
            arenas: self.arenas.iter().copied().map(ArenaId).collect(),
            workers: self.workers,
        }
    }

    /// The patrol with its tally. Which patrol a line belongs to it learns when the patrol has its id.
    async fn with_tally(&self, engine: &Engine, asker: Asker<'_>) -> Result<(Patrol, Vec<(Uuid, Contact)>), Problem> {
        if self.contacts.len() > MOST_LINES {
            return Err(Refusal::of_fields(vec![too_many()]).into());
        }
        let mut lines = Vec::with_capacity(self.contacts.len());
        for (at, line) in self.contacts.iter().enumerate() {
            if line.id.get_version_num() != 7 {
                return Err(Refusal::of_fields(vec![not_an_own_id(at)]).into());
            }
            let tally = &line.tally;
            let referral = tally
                .referral(engine, asker, &format!("/contacts/{at}/tally/referral"))
                .await?;
            lines.push((line.id, tally.contact(PatrolId(Uuid::nil()), referral)));
        }
        Ok((self.patrol(), lines))
    }
}

/// List the patrols of the register
///
/// Those that began last first. Of the agencies in which the caller keeps the register; nobody else has any.
#[utoipa::path(
    tag = "Outreach",
    operation_id = "listOutreachPatrols",
    params(RegisterParameters),
    responses(
        (status = 200, description = "A page of patrols", body = Page<PatrolOut>, example = json!({ "items": [stored()], "nextCursor": null })),
        (status = 403, description = "The caller keeps no register")
    )
)]
#[get("/outreach/patrols")]
async fn list_outreach_patrols(
    request: HttpRequest,
    may: Scoped<ReadOutreach>,
    query: Query<RegisterParameters>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let asked = query.0.within(may.scope.clone())?;
    let (page, beside) = register::patrols(&engine, may.asker(), &asked).await?;
    let items = page.items.iter().map(|entry| PatrolOut::of(entry, &beside)).collect();
    Ok(Page::new(items, page.next.map(|last| Cursor::after(&last))).respond(&request))
}

/// Enter a patrol
#[utoipa::path(
    tag = "Outreach",
    operation_id = "createOutreachPatrol",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")),
    request_body(content = PatrolIn, example = json!(written())),
    responses(
        (status = 201, description = "Stored for good", body = PatrolOut, example = json!(stored())),
        (status = 403, description = "The agency is not one in which the caller keeps the register"),
        (status = 422, description = "Something in it is not right; nothing was stored")
    )
)]
#[post("/outreach/patrols")]
async fn create_outreach_patrol(
    may: Scoped<KeepOutreach>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    body: Json<PatrolIn>,
) -> Result<HttpResponse, Problem> {
    let door = Door::Post(envelope.repeatable(&body.0));
    enter(&engine, may.asker(), &body.0, door).await
}

/// Read a patrol
#[utoipa::path(
    tag = "Outreach",
    operation_id = "getOutreachPatrol",
    params(("id" = Uuid, Path, description = "The patrol's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001")),
    responses(
        (status = 200, description = "The patrol", body = PatrolOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 404, description = "No register of the caller's has it")
    )
)]
#[get("/outreach/patrols/{id}")]
async fn get_outreach_patrol(
    path: web::Path<String>,
    may: Scoped<ReadOutreach>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let shown = register::read::<Patrol>(&engine, may.asker(), &may.scope, id(&path)?).await?;
    Ok(respond(&shown, out))
}

/// Enter a patrol under an id of the client's own, or correct it
///
/// With `If-None-Match: *` it is entered, with all lines of its tally: how a phone sends a whole night at once, however often it repeats
/// itself. 412 tells that exactly this has been stored already. With `If-Match` it is corrected, and counts again if it was taken
/// back.
#[utoipa::path(
    tag = "Outreach",
    operation_id = "putOutreachPatrol",
    params(
        ("id" = Uuid, Path, description = "A UUIDv7 that the client made, or the patrol's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: the patrol does not exist yet"),
        ("If-Match" = Option<String>, Header, description = "The version that is corrected", example = "\"1\"")
    ),
    request_body(content = PatrolIn, example = json!(written())),
    responses(
        (status = 200, description = "Corrected", body = PatrolOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 201, description = "Stored for good", body = PatrolOut, example = json!(stored())),
        (status = 403, description = "The agency is not one in which the caller keeps the register"),
        (status = 404, description = "There is no such patrol to correct"),
        (status = 409, description = "An id is taken"),
        (status = 412, description = "The same has been stored under this id, or somebody has corrected it meanwhile"),
        (status = 422, description = "Something in it is not right"),
        (status = 428, description = "Neither `If-None-Match: *` nor `If-Match`")
    )
)]
#[put("/outreach/patrols/{id}")]
async fn put_outreach_patrol(
    path: web::Path<String>,
    may: Scoped<KeepOutreach>,
    absent: IfAbsent,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<PatrolIn>,
) -> Result<HttpResponse, Problem> {
    match put(absent, version)? {
        Put::Enter => {
            let id = own_id(&path)?;
            enter(&engine, may.asker(), &body?.0, Door::Put(id)).await
        }
        Put::Correct(version) => {
            let id = id(&path)?;
            let earlier = register::precheck::<Patrol>(&engine, may.asker(), &may.scope, id, &version);
            let body = in_order(body, earlier).await?.0;
            if !body.contacts.is_empty() {
                return Err(Refusal::of_fields(vec![not_here()]).into());
            }
            let of = body.patrol();
            let shown = register::correct(
                &engine,
                may.asker(),
                &may.scope,
                (id, &version),
                (of, Some(&body.agency)),
            )
            .await?;
            Ok(respond(&shown, out))
        }
    }
}

/// Take a patrol back
///
/// It is kept, and neither it nor its tally counts any more; a correction brings it back.
#[utoipa::path(
    tag = "Outreach",
    operation_id = "withdrawOutreachPatrol",
    params(
        ("id" = Uuid, Path, description = "The patrol's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001"),
        ("If-Match" = String, Header, description = "The version that you have seen", example = "\"1\"")
    ),
    responses(
        (status = 200, description = "Taken back", body = PatrolOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 404, description = "No register of the caller's has it"),
        (status = 412, description = "Somebody has corrected it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[delete("/outreach/patrols/{id}")]
async fn withdraw_outreach_patrol(
    path: web::Path<String>,
    may: Scoped<KeepOutreach>,
    version: IfMatch,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let id = id(&path)?;
    let shown = register::withdraw::<Patrol>(&engine, may.asker(), &may.scope, (id, &version.0)).await?;
    Ok(respond(&shown, out))
}

async fn enter(engine: &Engine, asker: Asker<'_>, body: &PatrolIn, door: Door<'_>) -> Result<HttpResponse, Problem> {
    let permit: Permit = register::permit(engine, asker, &body.agency).await?;
    let written = body.with_tally(engine, asker).await?;
    let render = |shown: &Shown<Patrol>| entered(shown, out);
    let done = register::enter(engine, asker, permit, written, &digest_of(body), door, &render).await?;
    Ok(answered(done, render))
}

fn out(shown: &Shown<Patrol>) -> PatrolOut {
    PatrolOut::of(&shown.entry, &shown.beside)
}

fn too_many() -> FieldError {
    FieldError::new(
        "/contacts",
        "out-of-range",
        format!("En patrulje har høyst {MOST_LINES} linjer."),
        format!("A patrol has at most {MOST_LINES} lines."),
    )
}

fn not_here() -> FieldError {
    FieldError::new(
        "/contacts",
        "not-here",
        "Linjene følger bare med en ny patrulje. Rett dem hver for seg under /outreach/contacts.",
        "Lines come with a new patrol only. Correct each of them below /outreach/contacts.",
    )
}

fn not_an_own_id(at: usize) -> FieldError {
    FieldError::new(
        format!("/contacts/{at}/id"),
        "invalid-value",
        "Skal være en UUID av versjon 7.",
        "Must be a UUID of version 7.",
    )
}

fn written() -> Value {
    json!({
        "agency": "uteseksjonen",
        "from": "2026-11-23T20:00:00Z",
        "until": "2026-11-24T00:30:00Z",
        "arenas": ["019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101"],
        "workers": 2,
        "contacts": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fc001",
            "tally": {
                "arena": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101", "acquaintance": "new", "age": "16-17", "sex": "female",
                "persons": 2, "needs": ["substance-use"], "outcome": "talked"
            }
        }]
    })
}

fn stored() -> Value {
    example(
        "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001",
        json!({
            "from": "2026-11-23T20:00:00Z",
            "until": "2026-11-24T00:30:00Z",
            "arenas": [{ "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101", "name": "Vaterland" }],
            "workers": 2,
            "contacts": 1,
            "persons": 2,
            "new": 2
        }),
    )
}
