//! `/break-glass` and `/agencies/{agency}/break-glass`: opening a referral that is not one's own, and answering for it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_store::glasses::StoredGlass;
use stafett_store::idempotency::Answer;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::glass::GlassFinding;
use stafett_workflow::identifier::InstanceKind;
use stafett_workflow::look::StatedReason;
use stafett_workflow::refusal::{FieldError, Refusal};
use stafett_workflow::vocabulary::Language;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::envelope::{Envelope, json as text};
use super::extract::{Deferred, Json, Query, Speaks};
use super::paging::{Cursor, Limit, Page};
use super::referrals::access_log::CodeOut;
use super::referrals::input::IdentifierIn;
use super::referrals::output::{AgencyOut, PersonRef, ReferralRef, in_words};
use super::referrals::respond;
use crate::app::engine::Engine;
use crate::app::glass::{self, ByWhat, Concern, Listed, Request, Verdict};
use crate::app::referrals::parse_name;
use crate::app::setup;
use crate::auth::permission::{BreakGlass, ReviewGlass, Scoped};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(break_glass)
        .service(list_break_glass)
        .service(list_agency_break_glass)
        .service(decide_break_glass)
        .service(review_break_glass);
}

/// Which referral, and why. It is found by its exact reference or by the youth's exact number: one of the two.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GlassIn {
    /// Its reference or id.
    #[schema(example = "K7QF-2M")]
    referral: Option<String>,
    /// The youth's number, exactly. Whoever has address protection is not found by it.
    identifier: Option<IdentifierIn>,
    /// For which of the caller's agencies, by slug or id.
    #[schema(example = "bup-oslo")]
    agency: String,
    /// Why it cannot wait. Those whose referral it is read this.
    #[schema(min_length = 10, max_length = 1_000)]
    reason: String,
}

/// A broken glass, for who broke it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct GlassOut {
    id: Uuid,
    /// The referral that it shows; read it as usual, as long as it is open.
    referral: Option<ReferralRef>,
    state: CodeOut,
    asked_at: DateTime<Utc>,
    /// Until when it shows the referral; null while it waits for a second person, and when it was refused.
    until: Option<DateTime<Utc>>,
    /// Whether a second person must agree first.
    needs_second: bool,
    /// By when it must have been reviewed.
    review_due_at: DateTime<Utc>,
    /// What the review found.
    finding: Option<CodeOut>,
}

/// A broken glass, for the leads whom it concerns.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgencyGlassOut {
    id: Uuid,
    /// Who broke it.
    user: PersonRef,
    agency: AgencyOut,
    role: &'static str,
    /// The referral; null where the agency has no part in it and only its own people broke the glass.
    referral: Option<ReferralRef>,
    /// Why, in their words; null where the referral is.
    reason: Option<String>,
    state: CodeOut,
    asked_at: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    needs_second: bool,
    /// Who agreed or refused, as the second person.
    second: Option<SecondOut>,
    review_due_at: DateTime<Utc>,
    /// Whether nobody has reviewed it by now.
    review_overdue: bool,
    review: Option<ReviewOut>,
    /// Whether this agency's leads answer for it: it was the sender or held the baton.
    ours: bool,
}

/// The second person's word.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SecondOut {
    user: PersonRef,
    at: DateTime<Utc>,
    agrees: bool,
}

/// A review.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReviewOut {
    user: PersonRef,
    at: DateTime<Utc>,
    finding: CodeOut,
    note: Option<String>,
}

/// Whether the second person agrees.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionIn {
    agrees: bool,
}

/// What the review found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewIn {
    /// `justified` or `not-justified`; the latter ends it at once.
    #[schema(value_type = String, example = "justified")]
    finding: GlassFinding,
    /// In words.
    #[schema(min_length = 10, max_length = 1_000)]
    note: String,
}

/// Which glasses.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GlassParams {
    /// Only those that await a review.
    #[serde(default)]
    unreviewed: bool,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Break the glass
///
/// In an emergency, for a while: the referral can then be read as usual, with timeline and messages, and nothing can be done
/// with it. The leads of the sender and of whoever holds the baton hear of it at once, and one of them must review it. For a
/// strictly confidential person one of them must agree first. Every try is written down, also one that finds nothing.
#[utoipa::path(
    tag = "Break-glass",
    operation_id = "breakGlass",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")),
    request_body(content = GlassIn, example = json!({
        "referral": "K7QF-2M", "agency": "bup-oslo", "reason": "Innlagt i natt, vi må vite hvem som følger opp"
    })),
    responses(
        (status = 201, description = "Broken, or waiting for a second person", body = GlassOut, example = json!(example())),
        (status = 403, description = "The caller does no casework in that agency"),
        (status = 404, description = "There is no such referral"),
        (status = 422, description = "Something is not right, or the caller takes part in it already")
    )
)]
#[post("/break-glass")]
async fn break_glass(
    may: Scoped<BreakGlass>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Json<GlassIn>,
) -> Result<HttpResponse, Problem> {
    let repeatable = envelope.repeatable(&body.0);
    let wanted = body.0.parse(engine.instance)?;
    let render = |concern: &Concern| Answer {
        status: StatusCode::CREATED.as_u16(),
        etag: None,
        location: None,
        body: Some(text(&GlassOut::of(concern, language.0))),
    };
    let done = glass::break_glass(&engine, may.asker(), &wanted, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

/// List my broken glasses
///
/// The newest fifty, with what came of them.
#[utoipa::path(
    tag = "Break-glass",
    operation_id = "listBreakGlass",
    responses((status = 200, description = "All of them", body = Page<GlassOut>, example = json!({ "items": [example()], "nextCursor": null })))
)]
#[get("/break-glass")]
async fn list_break_glass(
    request: HttpRequest,
    may: Scoped<BreakGlass>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let listed = glass::own(&engine, may.asker()).await?;
    let items: Vec<_> = listed
        .glasses
        .iter()
        .map(|stored| {
            GlassOut::of(
                &Concern {
                    stored: stored.clone(),
                    reference: listed.references.get(&stored.glass.referral).copied(),
                    now: listed.now,
                },
                language.0,
            )
        })
        .collect();
    Ok(Page::at(items, None).respond(&request))
}

/// List the broken glasses that concern an agency
///
/// For its leads, the newest first: before what it sent or holds, and those that its own people broke. Of whoever is strictly
/// confidential the reason and the note are null without `Look-Reason`.
#[utoipa::path(
    tag = "Break-glass",
    operation_id = "listAgencyBreakGlass",
    params(("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"), GlassParams),
    responses(
        (status = 200, description = "A page", body = Page<AgencyGlassOut>, example = json!({ "items": [agency_example()], "nextCursor": null })),
        (status = 403, description = "Not a lead of the agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/break-glass")]
async fn list_agency_break_glass(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReviewGlass>,
    language: Speaks,
    engine: web::Data<Engine>,
    params: Query<GlassParams>,
) -> Result<HttpResponse, Problem> {
    let after = params.0.cursor.as_ref().map(Cursor::position).transpose()?;
    let limit = u32::from(params.0.limit.get());
    let (agency, listed) = glass::of_agency(&engine, may.asker(), &path, params.0.unreviewed, after, limit).await?;
    let items: Vec<_> = listed
        .glasses
        .iter()
        .map(|stored| AgencyGlassOut::of(stored, &listed, agency, language.0))
        .collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

/// Agree to a glass, or refuse it
///
/// As the second person for a strictly confidential one: a lead of the sender or of whoever held the baton, on an account of their
/// own.
#[utoipa::path(
    tag = "Break-glass",
    operation_id = "decideBreakGlass",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("glass" = Uuid, Path, description = "The glass's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001")
    ),
    request_body(content = DecisionIn, example = json!({ "agrees": true })),
    responses(
        (status = 200, description = "As it now stands", body = GlassOut, example = json!(example())),
        (status = 403, description = "Not a lead of the agency, or not theirs to say"),
        (status = 404, description = "There is no such glass"),
        (status = 409, description = "It has been decided already")
    )
)]
#[put("/agencies/{agency}/break-glass/{glass}/decision")]
async fn decide_break_glass(
    path: web::Path<(String, String)>,
    may: Scoped<ReviewGlass>,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<DecisionIn>,
) -> Result<HttpResponse, Problem> {
    let id = glass_id(&engine, &path.0, &path.1).await?;
    let body = body?.0;
    let concern = glass::decide(&engine, may.asker(), &path.0, id, body.agrees).await?;
    Ok(HttpResponse::Ok().json(GlassOut::of(&concern, language.0)))
}

/// Review a broken glass
///
/// Once, with what was found and why. What was not justified ends at once.
#[utoipa::path(
    tag = "Break-glass",
    operation_id = "reviewBreakGlass",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("glass" = Uuid, Path, description = "The glass's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001")
    ),
    request_body(content = ReviewIn, example = json!({ "finding": "justified", "note": "Innleggelsen er bekreftet av avdelingen" })),
    responses(
        (status = 200, description = "As it now stands", body = GlassOut, example = json!(example())),
        (status = 403, description = "Not a lead of the agency, or not theirs to say"),
        (status = 404, description = "There is no such glass"),
        (status = 409, description = "It has been reviewed already, or still waits"),
        (status = 422, description = "Something is not right")
    )
)]
#[put("/agencies/{agency}/break-glass/{glass}/review")]
async fn review_break_glass(
    path: web::Path<(String, String)>,
    may: Scoped<ReviewGlass>,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<ReviewIn>,
) -> Result<HttpResponse, Problem> {
    let id = glass_id(&engine, &path.0, &path.1).await?;
    let body = body?.0;
    let note = StatedReason::parse(&body.note, "/note").map_err(|fault| Refusal::of_fields(vec![fault]))?;
    let verdict = Verdict {
        finding: body.finding,
        note,
    };
    let concern = glass::review(&engine, may.asker(), &path.0, id, &verdict).await?;
    Ok(HttpResponse::Ok().json(GlassOut::of(&concern, language.0)))
}

/// The id in the path. An agency that does not exist is told before a broken body is.
async fn glass_id(engine: &Engine, agency: &str, id: &str) -> Result<Uuid, Problem> {
    setup::named(&engine.db, agency).await?;
    Uuid::parse_str(id).map_err(|_not_an_id| Problem::not_found())
}

impl GlassIn {
    fn parse(self, instance: InstanceKind) -> Result<Request, Problem> {
        let mut faults = Vec::new();
        let identifier = match self.identifier.map(|identifier| identifier.parse(instance)) {
            None => None,
            Some(Ok(identifier)) => identifier,
            Some(Err(mut fault)) => {
                fault.pointer = fault.pointer.replacen("/person", "", 1);
                faults.push(fault);
                None
            }
        };
        let reason = StatedReason::parse(&self.reason, "/reason");
        let by = match (self.referral.as_deref(), identifier) {
            (Some(name), None) => match parse_name(name) {
                Some(name) => Some(ByWhat::Name(name)),
                // What cannot be a name is the name of nothing.
                None => return Err(Problem::not_found()),
            },
            (None, Some(identifier)) => Some(ByWhat::Identifier(identifier)),
            (Some(_), Some(_)) | (None, None) => None,
        };
        if by.is_none() && faults.is_empty() {
            faults.push(FieldError::new(
                "/referral",
                "one-of",
                "Oppgi enten formidlingens referanse eller den unges nummer.",
                "Give either the referral's reference or the youth's number.",
            ));
        }
        match (by, reason) {
            (Some(by), Ok(reason)) if faults.is_empty() => Ok(Request {
                by,
                agency: self.agency,
                reason,
            }),
            (_, reason) => {
                faults.extend(reason.err());
                Err(Refusal::of_fields(faults).into())
            }
        }
    }
}

impl GlassOut {
    fn of(concern: &Concern, language: Language) -> Self {
        let glass = &concern.stored.glass;
        Self {
            id: glass.id,
            referral: concern
                .reference
                .map(|reference| ReferralRef::new(glass.referral.0, reference.to_string())),
            state: CodeOut::of(glass.state(concern.now), language),
            asked_at: glass.asked_at,
            until: glass.until,
            needs_second: glass.needs_second,
            review_due_at: glass.review_due_at,
            finding: glass.reviewed.map(|(_, _, finding)| CodeOut::of(finding, language)),
        }
    }
}

impl AgencyGlassOut {
    fn of(stored: &StoredGlass, listed: &Listed, agency: AgencyId, language: Language) -> Self {
        let glass = &stored.glass;
        let reference = listed.references.get(&glass.referral);
        let words = |id| {
            let words = listed.words.get(&id)?;
            Some(in_words(words.as_deref(), language))
        };
        Self {
            id: glass.id,
            user: PersonRef::of(glass.by.user, &listed.names),
            agency: AgencyOut::of(glass.by.agency, &listed.names),
            role: glass.by.role.as_str(),
            referral: reference.map(|reference| ReferralRef::new(glass.referral.0, reference.to_string())),
            reason: words(stored.reason),
            state: CodeOut::of(glass.state(listed.now), language),
            asked_at: glass.asked_at,
            until: glass.until,
            needs_second: glass.needs_second,
            second: glass.second.map(|(by, at, agrees)| SecondOut {
                user: PersonRef::of(by, &listed.names),
                at,
                agrees,
            }),
            review_due_at: glass.review_due_at,
            review_overdue: glass.awaits_review() && listed.now > glass.review_due_at,
            review: glass.reviewed.map(|(by, at, finding)| ReviewOut {
                user: PersonRef::of(by, &listed.names),
                at,
                finding: CodeOut::of(finding, language),
                note: stored.note.and_then(words),
            }),
            ours: glass.owners.contains(&agency),
        }
    }
}

fn example() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001",
        "referral": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001", "reference": "K7QF-2M" },
        "state": { "code": "open", "title": "åpen" },
        "askedAt": "2026-11-24T02:10:00Z",
        "until": "2026-11-24T03:10:00Z",
        "needsSecond": false,
        "reviewDueAt": "2026-11-27T02:10:00Z",
        "finding": null
    })
}

fn agency_example() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001",
        "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b11", "name": "Nina Moe" },
        "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a05", "slug": "bup-oslo", "name": "BUP Oslo" },
        "role": "worker",
        "referral": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001", "reference": "K7QF-2M" },
        "reason": "Innlagt i natt, vi må vite hvem som følger opp",
        "state": { "code": "open", "title": "åpen" },
        "askedAt": "2026-11-24T02:10:00Z",
        "until": "2026-11-24T03:10:00Z",
        "needsSecond": false,
        "second": null,
        "reviewDueAt": "2026-11-27T02:10:00Z",
        "reviewOverdue": false,
        "review": null,
        "ours": true
    })
}
