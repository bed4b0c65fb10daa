//! `/outreach/contacts`: the lines of the tallies.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::agency::{ArenaId, PatrolId, ReferralId};
use stafett_workflow::outreach::{Acquaintance, Contact, ContactOutcome, Sex};
use stafett_workflow::refusal::Refusal;
use stafett_workflow::vocabulary::{AgeBand, Need};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::output::{ContactOut, example};
use super::{Put, RegisterParameters, entered, id, own_id, put, respond};
use crate::app::engine::Engine;
use crate::app::outreach::{self as register, Door, Shown, contacts};
use crate::app::referrals::{Asker, parse_name};
use crate::auth::permission::{KeepOutreach, ReadOutreach, Scoped};
use crate::http::envelope::{Envelope, digest_of, in_order};
use crate::http::extract::{Deferred, IfAbsent, IfMatch, Json, Query};
use crate::http::paging::{Cursor, Page};
use crate::http::referrals::respond as answered;
use crate::http::schema;
use crate::problem::Problem;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_outreach_contacts)
        .service(create_outreach_contact)
        .service(get_outreach_contact)
        .service(put_outreach_contact)
        .service(withdraw_outreach_contact);
}

/// What a line says: so many, of one age and sex. No field is about anybody in particular.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = OutreachTally)]
pub(super) struct TallyIn {
    /// Where: an arena of the register, by its id.
    arena: Uuid,
    /// Whether the team had met them before.
    #[schema(schema_with = schema::acquaintance)]
    acquaintance: Acquaintance,
    /// How old they were, about.
    #[schema(schema_with = schema::age_band)]
    age: AgeBand,
    /// Their sex.
    #[schema(schema_with = schema::sex)]
    sex: Sex,
    /// How many. Whoever is met on three nights is counted three times.
    #[schema(minimum = 1, maximum = 500)]
    persons: u16,
    /// What it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    /// What came of it; with several, the one that reaches furthest.
    #[schema(schema_with = schema::contact_outcome)]
    outcome: ContactOutcome,
    /// How many of them became clients.
    #[serde(default)]
    clients: u16,
    /// How many of them were minors whom somebody was looking for. Those of whom there is a referral are counted by it.
    #[serde(default)]
    missing: u16,
    /// The referral that came of it, by id or reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "K7QF-2M")]
    referral: Option<String>,
}

/// A line as it is entered by itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = OutreachContactIn)]
struct ContactIn {
    /// On which patrol, by its id.
    patrol: Uuid,
    /// What it says.
    tally: TallyIn,
}

/// A line in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachContactRow)]
struct ContactRow {
    /// When its patrol began.
    at: DateTime<Utc>,
    #[serde(flatten)]
    contact: ContactOut,
}

impl TallyIn {
    /// The referral that it names.
    pub(super) async fn referral(
        &self,
        engine: &Engine,
        asker: Asker<'_>,
        pointer: &str,
    ) -> Result<Option<ReferralId>, Problem> {
        let Some(written) = &self.referral else { return Ok(None) };
        let name = parse_name(written);
        let name = name.ok_or_else(|| Refusal::of_fields(vec![contacts::unknown_referral(pointer)]))?;
        Ok(contacts::referral(engine, asker, Some(name), pointer).await?)
    }

    pub(super) fn contact(&self, patrol: PatrolId, referral: Option<ReferralId>) -> Contact {
        Contact {
            patrol,
            arena: ArenaId(self.arena),
            acquaintance: self.acquaintance,
            age: self.age,
            sex: self.sex,
            persons: self.persons,
            needs: self.needs.clone(),
            outcome: self.outcome,
            clients: self.clients,
            missing: self.missing,
            referral,
        }
    }
}

impl ContactIn {
    async fn contact(&self, engine: &Engine, asker: Asker<'_>) -> Result<Contact, Problem> {
        let referral = self.tally.referral(engine, asker, "/tally/referral").await?;
        Ok(self.tally.contact(PatrolId(self.patrol), referral))
    }
}

/// List the lines of the tallies
///
/// Those of the patrol that began last first. A line counts as long as neither it nor its patrol is taken back.
#[utoipa::path(
    tag = "Outreach",
    operation_id = "listOutreachContacts",
    params(RegisterParameters),
    responses(
        (status = 200, description = "A page of lines", body = Page<ContactRow>, example = json!({ "items": [row()], "nextCursor": null })),
        (status = 403, description = "The caller keeps no register")
    )
)]
#[get("/outreach/contacts")]
async fn list_outreach_contacts(
    request: HttpRequest,
    may: Scoped<ReadOutreach>,
    query: Query<RegisterParameters>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let asked = query.0.within(may.scope.clone())?;
    let (page, beside) = register::contacts(&engine, may.asker(), &asked).await?;
    let rows = page.items.iter().map(|told| ContactRow {
        at: told.at,
        contact: ContactOut::of(&told.entry, &beside),
    });
    Ok(Page::new(rows.collect(), page.next.map(|last| Cursor::after(&last))).respond(&request))
}

/// Enter a line
#[utoipa::path(
    tag = "Outreach",
    operation_id = "createOutreachContact",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")),
    request_body(content = ContactIn, example = json!(written())),
    responses(
        (status = 201, description = "Stored for good", body = ContactOut, example = json!(stored())),
        (status = 403, description = "The caller keeps no register"),
        (status = 422, description = "Something in it is not right, or the patrol is none of the register; nothing was stored")
    )
)]
#[post("/outreach/contacts")]
async fn create_outreach_contact(
    may: Scoped<KeepOutreach>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    body: Json<ContactIn>,
) -> Result<HttpResponse, Problem> {
    let door = Door::Post(envelope.repeatable(&body.0));
    enter(&engine, &may, &body.0, door).await
}

/// Read a line
#[utoipa::path(
    tag = "Outreach",
    operation_id = "getOutreachContact",
    params(("id" = Uuid, Path, description = "The line's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fc001")),
    responses(
        (status = 200, description = "The line", body = ContactOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 404, description = "No register of the caller's has it")
    )
)]
#[get("/outreach/contacts/{id}")]
async fn get_outreach_contact(
    path: web::Path<String>,
    may: Scoped<ReadOutreach>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let shown = register::read::<Contact>(&engine, may.asker(), &may.scope, id(&path)?).await?;
    Ok(respond(&shown, out))
}

/// Enter a line under an id of the client's own, or correct it
///
/// With `If-None-Match: *` it is entered once, however often that is repeated; with `If-Match` it is corrected, and counts again if it
/// was taken back.
#[utoipa::path(
    tag = "Outreach",
    operation_id = "putOutreachContact",
    params(
        ("id" = Uuid, Path, description = "A UUIDv7 that the client made, or the line's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fc001"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: the line does not exist yet"),
        ("If-Match" = Option<String>, Header, description = "The version that is corrected", example = "\"1\"")
    ),
    request_body(content = ContactIn, example = json!(written())),
    responses(
        (status = 200, description = "Corrected", body = ContactOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 201, description = "Stored for good", body = ContactOut, example = json!(stored())),
        (status = 404, description = "There is no such line to correct"),
        (status = 409, description = "The id is taken"),
        (status = 412, description = "The same has been stored under this id, or somebody has corrected it meanwhile"),
        (status = 422, description = "Something in it is not right"),
        (status = 428, description = "Neither `If-None-Match: *` nor `If-Match`")
    )
)]
#[put("/outreach/contacts/{id}")]
async fn put_outreach_contact(
    path: web::Path<String>,
    may: Scoped<KeepOutreach>,
    absent: IfAbsent,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<ContactIn>,
) -> Result<HttpResponse, Problem> {
    match put(absent, version)? {
        Put::Enter => {
            let id = own_id(&path)?;
            enter(&engine, &may, &body?.0, Door::Put(id)).await
        }
        Put::Correct(version) => {
            let id = id(&path)?;
            let earlier = register::precheck::<Contact>(&engine, may.asker(), &may.scope, id, &version);
            let body = in_order(body, earlier).await?.0;
            let of = body.contact(&engine, may.asker()).await?;
            let shown = register::correct(&engine, may.asker(), &may.scope, (id, &version), (of, None)).await?;
            Ok(respond(&shown, out))
        }
    }
}

/// Take a line back
///
/// It is kept, and counts no more; a correction brings it back.
#[utoipa::path(
    tag = "Outreach",
    operation_id = "withdrawOutreachContact",
    params(
        ("id" = Uuid, Path, description = "The line's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fc001"),
        ("If-Match" = String, Header, description = "The version that you have seen", example = "\"1\"")
    ),
    responses(
        (status = 200, description = "Taken back", body = ContactOut, headers(("ETag" = String, description = "Its version")), example = json!(stored())),
        (status = 404, description = "No register of the caller's has it"),
        (status = 412, description = "Somebody has corrected it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[delete("/outreach/contacts/{id}")]
async fn withdraw_outreach_contact(
    path: web::Path<String>,
    may: Scoped<KeepOutreach>,
    version: IfMatch,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let id = id(&path)?;
    let shown = register::withdraw::<Contact>(&engine, may.asker(), &may.scope, (id, &version.0)).await?;
    Ok(respond(&shown, out))
}

async fn enter(
    engine: &Engine,
    may: &Scoped<KeepOutreach>,
    body: &ContactIn,
    door: Door<'_>,
) -> Result<HttpResponse, Problem> {
    let asker = may.asker();
    let permit = register::permit_on(engine, asker, &may.scope, PatrolId(body.patrol)).await?;
    let written = (body.contact(engine, asker).await?, Vec::new());
    let render = |shown: &Shown<Contact>| entered(shown, out);
    let done = register::enter(engine, asker, permit, written, &digest_of(body), door, &render).await?;
    Ok(answered(done, render))
}

fn out(shown: &Shown<Contact>) -> ContactOut {
    ContactOut::of(&shown.entry, &shown.beside)
}

fn written() -> Value {
    json!({
        "patrol": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001",
        "tally": {
            "arena": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101", "acquaintance": "known", "age": "15", "sex": "male", "persons": 1,
            "needs": ["shelter"], "outcome": "referred", "clients": 1, "referral": "K7QF-2M"
        }
    })
}

fn stored() -> Value {
    example(
        "019ab3f0-5c1e-7d20-9a55-0c9d5f1fc001",
        json!({
            "patrol": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001",
            "arena": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101", "name": "Vaterland" },
            "acquaintance": "known",
            "age": "15",
            "sex": "male",
            "persons": 1,
            "needs": ["shelter"],
            "outcome": "referred",
            "clients": 1,
            "missing": 0,
            "referral": "K7QF-2M"
        }),
    )
}

fn row() -> Value {
    let mut row = stored();
    if let Some(row) = row.as_object_mut() {
        row.insert("at".to_owned(), json!("2026-11-23T20:00:00Z"));
    }
    row
}
