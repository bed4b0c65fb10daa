//! `/outreach/arenas`: places, who works there, what is seen and what is missing.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::outreach::Arena;
use stafett_workflow::vocabulary::Need;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::output::{ArenaOut, example};
use super::{Put, entered, id, own_id, put, respond};
use crate::app::engine::Engine;
use crate::app::outreach::{self as register, Door, Shown, arenas};
use crate::app::referrals::Asker;
use crate::auth::permission::{KeepOutreach, ReadOutreach, Scoped};
use crate::http::envelope::{Envelope, digest_of, in_order};
use crate::http::extract::{Deferred, IfAbsent, IfMatch, Json, Query, day_if_given};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::respond as answered;
use crate::http::schema;
use crate::problem::Problem;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_outreach_arenas)
        .service(create_outreach_arena)
        .service(get_outreach_arena)
        .service(put_outreach_arena)
        .service(withdraw_outreach_arena);
}

/// Which arenas to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ArenasQuery {
    /// In the register of this agency, by its id; usually all of the caller's.
    agency: Option<Uuid>,
    /// Those that were taken back instead of those that count.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    withdrawn: bool,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// An arena as the team writes it. It is about a place: nobody may be named.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = OutreachArenaIn)]
struct ArenaIn {
    /// In whose register, by slug or id: one of the caller's agencies that is an outreach service. An arena stays there.
    #[schema(example = "uteseksjonen")]
    agency: String,
    /// What it is called.
    #[schema(max_length = 80, example = "Vaterland")]
    name: String,
    /// The number of its municipality or district.
    #[schema(example = "030116")]
    area: Option<String>,
    /// Who works there, and how often.
    #[serde(default)]
    present: Vec<PresenceIn>,
    /// Which problems are seen there.
    #[serde(default)]
    #[schema(schema_with = schema::needs)]
    problems: Vec<Need>,
    /// Which effort there is. About the place; nobody may be named.
    #[schema(max_length = 500)]
    effort: Option<String>,
    /// Who is responsible, by slug or id.
    #[schema(example = "bydel-grunerlokka")]
    responsible: Option<String>,
    /// What is missing. About the place; nobody may be named.
    #[schema(max_length = 500)]
    missing: Option<String>,
    /// When the team last thought it over.
    #[serde(default, deserialize_with = "day_if_given")]
    reviewed_on: Option<NaiveDate>,
}

/// An agency that works in an arena.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = OutreachPresenceIn)]
struct PresenceIn {
    /// Which, by slug or id.
    agency: String,
    /// How often in a month.
    #[schema(minimum = 1, maximum = 200)]
    times_a_month: u16,
}

impl ArenaIn {
    async fn arena(&self, engine: &Engine) -> Result<Arena, Problem> {
        let arena = Arena {
            name: self.name.trim().to_owned(),
            area: self.area.clone(),
            present: Vec::new(),
            problems: self.problems.clone(),
            effort: self.effort.clone(),
            responsible: None,
            missing: self.missing.clone(),
            reviewed_on: self.reviewed_on,
        };
        let present: Vec<(String, u16)> = self
            .present
            .iter()
            .map(|presence| (presence.agency.clone(), presence.times_a_month))
            .collect();
        Ok(arenas::naming(engine, arena, self.responsible.as_deref(), &present).await?)
    }
}

/// List the arenas of the register, by name
#[utoipa::path(
    tag = "Outreach",
    operation_id = "listOutreachArenas",
    params(ArenasQuery),
    responses(
        (status = 200, description = "A page of arenas", body = Page<ArenaOut>, example = json!({ "items": [stored()], "nextCursor": null })),
        (status = 403, description = "The caller keeps no register")
    )
)]
#[get("/outreach/arenas")]
async fn list_outreach_arenas(
    request: HttpRequest,
    may: Scoped<ReadOutreach>,
    query: Query<ArenasQuery>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let after = query.cursor.as_ref().map(Cursor::position).transpose()?;
    let which = (query.agency.map(AgencyId), query.withdrawn);
    let limit = query.limit.get().into();
    let (page, beside) = register::arenas(&engine, may.asker(), &may.scope, which, after, limit).await?;
    let items = page.items.iter().map(|entry| ArenaOut::of(entry, &beside)).collect();
    Ok(Page::new(items, page.next.map(|last| Cursor::after(&last))).respond(&request))
}

/// Enter an arena
#[utoipa::path(
    tag = "Outreach",
    operation_id = "createOutreachArena",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")),
    request_body(content = ArenaIn, example = json!(written())),
    responses(
        (status = 201, description = "Stored for good", body = ArenaOut, example = json!(stored())),
        (status = 403, description = "The agency is not one in which the caller keeps the register"),
        (status = 422, description = "Something in it is not right; nothing was stored")
    )
)]
#[post("/outreach/arenas")]
async fn create_outreach_arena(
    may: Scoped<KeepOutreach>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    body: Json<ArenaIn>,
) -> Result<HttpResponse, Problem> {
    let door = Door::Post(envelope.repeatable(&body.0));
    enter(&engine, may.asker(), &body.0, door).await
}

/// Read an arena
#[utoipa::path(
    tag = "Outreach",
    operation_id = "getOutreachArena",
    params(("id" = Uuid, Path, description = "The arena's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101")),
    responses(
        (status = 200, description = "The arena", body = ArenaOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 404, description = "No register of the caller's has it")
    )
)]
#[get("/outreach/arenas/{id}")]
async fn get_outreach_arena(
    path: web::Path<String>,
    may: Scoped<ReadOutreach>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let shown = register::read::<Arena>(&engine, may.asker(), &may.scope, id(&path)?).await?;
    Ok(respond(&shown, out))
}

/// Enter an arena under an id of the client's own, or correct it
///
/// With `If-None-Match: *` it is entered once, however often that is repeated; with `If-Match` it is corrected, and counts again if it
/// was taken back.
#[utoipa::path(
    tag = "Outreach",
    operation_id = "putOutreachArena",
    params(
        ("id" = Uuid, Path, description = "A UUIDv7 that the client made, or the arena's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: the arena does not exist yet"),
        ("If-Match" = Option<String>, Header, description = "The version that is corrected", example = "\"1\"")
    ),
    request_body(content = ArenaIn, example = json!(written())),
    responses(
        (status = 200, description = "Corrected", body = ArenaOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 201, description = "Stored for good", body = ArenaOut, example = json!(stored())),
        (status = 403, description = "The agency is not one in which the caller keeps the register"),
        (status = 404, description = "There is no such arena to correct"),
        (status = 409, description = "The id is taken"),
        (status = 412, description = "The same has been stored under this id, or somebody has corrected it meanwhile"),
        (status = 422, description = "Something in it is not right"),
        (status = 428, description = "Neither `If-None-Match: *` nor `If-Match`")
    )
)]
#[put("/outreach/arenas/{id}")]
async fn put_outreach_arena(
    path: web::Path<String>,
    may: Scoped<KeepOutreach>,
    absent: IfAbsent,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<ArenaIn>,
) -> Result<HttpResponse, Problem> {
    match put(absent, version)? {
        Put::Enter => {
            let id = own_id(&path)?;
            enter(&engine, may.asker(), &body?.0, Door::Put(id)).await
        }
        Put::Correct(version) => {
            let id = id(&path)?;
            let earlier = register::precheck::<Arena>(&engine, may.asker(), &may.scope, id, &version);
            let body = in_order(body, earlier).await?.0;
            let of = (body.arena(&engine).await?, Some(body.agency.as_str()));
            let shown = register::correct(&engine, may.asker(), &may.scope, (id, &version), of).await?;
            Ok(respond(&shown, out))
        }
    }
}

/// Take an arena back
///
/// It is offered no more; the patrols that came by it keep it. A correction brings it back.
#[utoipa::path(
    tag = "Outreach",
    operation_id = "withdrawOutreachArena",
    params(
        ("id" = Uuid, Path, description = "The arena's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101"),
        ("If-Match" = String, Header, description = "The version that you have seen", example = "\"1\"")
    ),
    responses(
        (status = 200, description = "Taken back", body = ArenaOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 404, description = "No register of the caller's has it"),
        (status = 412, description = "Somebody has corrected it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[delete("/outreach/arenas/{id}")]
async fn withdraw_outreach_arena(
    path: web::Path<String>,
    may: Scoped<KeepOutreach>,
    version: IfMatch,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let id = id(&path)?;
    let shown = register::withdraw::<Arena>(&engine, may.asker(), &may.scope, (id, &version.0)).await?;
    Ok(respond(&shown, out))
}

async fn enter(engine: &Engine, asker: Asker<'_>, body: &ArenaIn, door: Door<'_>) -> Result<HttpResponse, Problem> {
    let permit = register::permit(engine, asker, &body.agency).await?;
    let written = (body.arena(engine).await?, Vec::new());
    let render = |shown: &Shown<Arena>| entered(shown, out);
    let done = register::enter(engine, asker, permit, written, &digest_of(body), door, &render).await?;
    Ok(answered(done, render))
}

fn out(shown: &Shown<Arena>) -> ArenaOut {
    ArenaOut::of(&shown.entry, &shown.beside)
}

fn written() -> Value {
    json!({
        "agency": "uteseksjonen",
        "name": "Vaterland",
        "area": "030116",
        "present": [{ "agency": "barnevernvakten", "timesAMonth": 4 }],
        "problems": ["substance-use", "shelter"],
        "effort": "Varmestue til klokken 22.",
        "responsible": "bydel-grunerlokka",
        "missing": "Et sted å være om natten.",
        "reviewedOn": "2026-11-02"
    })
}

fn stored() -> Value {
    example(
        "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101",
        json!({
            "name": "Vaterland",
            "area": "030116",
            "present": [{
                "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "barnevernvakten", "name": "Barnevernvakten" },
                "timesAMonth": 4
            }],
            "problems": ["substance-use", "shelter"],
            "effort": "Varmestue til klokken 22.",
            "responsible": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "bydel-grunerlokka", "name": "Bydel Grünerløkka" },
            "missing": "Et sted å være om natten.",
            "reviewedOn": "2026-11-02"
        }),
    )
}
