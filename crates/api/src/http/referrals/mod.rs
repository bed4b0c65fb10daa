//! `/referrals`: write, list, read, change.

pub mod access_log;
pub mod attachments;
pub mod bulk;
pub(in crate::http) mod examples;
pub mod input;
pub mod keeping;
pub mod list;
pub mod messages;
pub mod output;
pub mod person;
pub mod proof;
pub mod receipts;
pub mod search;
pub mod snooze;
pub mod time_spent;
pub mod timeline;
pub mod transitions;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpResponse, get, patch, post, put, web};
use stafett_store::idempotency::Answer;
use stafett_workflow::agency::ReferralId;
use stafett_workflow::refusal::Refusal;
use stafett_workflow::vocabulary::Language;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::envelope::{Envelope, digest_of, in_order, json};
use super::extract::{Deferred, IfAbsent, IfMatch, Json, Speaks};
use crate::app::engine::Engine;
use crate::app::referrals::create::{self, Door};
use crate::app::referrals::{Answered, Name, View, edit, parse_name, read};
use crate::auth::permission::{CreateReferral, EditDraft, ReadReferral, Scoped};
use crate::problem::{ErrorCode, Problem};
use input::{ReferralIn, ReferralPatch};
use output::ReferralOut;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(create_referral)
        .configure(list::configure)
        .configure(search::configure)
        .service(put_referral)
        .service(get_referral)
        .service(edit_referral)
        .configure(bulk::configure)
        .configure(transitions::configure)
        .configure(person::configure)
        .configure(timeline::configure)
        .configure(time_spent::configure)
        .configure(messages::configure)
        .configure(attachments::configure)
        .configure(keeping::configure)
        .configure(access_log::configure)
        .configure(snooze::configure)
        .configure(proof::configure);
}

/// Write a referral
///
/// It is a draft until it is sent; `"send": true` sends it at once. The receiver's mailbox hears of it in the same commit.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "createReferral",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")),
    request_body(content = ReferralIn, example = json!(examples::concern_report())),
    responses(
        (status = 201, description = "Stored for good", body = ReferralOut, example = json!(examples::referral())),
        (status = 403, description = "The sender is not one of the caller's agencies"),
        (status = 422, description = "Something in it is not right; nothing was stored")
    )
)]
#[post("/referrals")]
async fn create_referral(
    may: Scoped<CreateReferral>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Json<ReferralIn>,
) -> Result<HttpResponse, Problem> {
    let body_digest = digest_of(&body.0);
    let door = Door::Post(envelope.repeatable(&body.0));
    let draft = body
        .0
        .parse(engine.instance)
        .map_err(|faults| Problem::from(Refusal::of_fields(faults)))?;
    let render = |view: &View| created(view, language.0);
    let done = create::create(&engine, may.asker(), &draft, &body_digest, door, &render).await?;
    Ok(respond(done, render))
}

/// Write a referral under an id of the client's own
///
/// How a phone sends after days without coverage: however often it repeats this, there is one referral. 412 tells that
/// exactly this has been stored already.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "putReferral",
    params(
        ("id" = Uuid, Path, description = "A UUIDv7 that the client made"),
        ("If-None-Match" = String, Header, description = "Must be `*`: the referral does not exist yet")
    ),
    request_body(content = ReferralIn, example = json!(examples::concern_report())),
    responses(
        (status = 201, description = "Stored for good", body = ReferralOut, example = json!(examples::referral())),
        (status = 409, description = "The id is taken"),
        (status = 412, description = "The same sender has stored the same body under this id: nothing more to do"),
        (status = 428, description = "`If-None-Match: *` is missing")
    )
)]
#[put("/referrals/{id}")]
async fn put_referral(
    path: web::Path<String>,
    may: Scoped<CreateReferral>,
    absent: IfAbsent,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<ReferralIn>,
) -> Result<HttpResponse, Problem> {
    if !absent.0 {
        return Err(Problem::new(ErrorCode::PreconditionRequired).with_detail(
            stafett_workflow::vocabulary::Text::new(
                "Send If-None-Match: * for å skrive en ny formidling under din egen id.",
                "Send If-None-Match: * to write a new referral under an id of your own.",
            ),
        ));
    }
    let id = client_made_id(&path)?;
    let body = body?.0;
    let body_digest = digest_of(&body);
    let draft = body
        .parse(engine.instance)
        .map_err(|faults| Problem::from(Refusal::of_fields(faults)))?;
    let render = |view: &View| created(view, language.0);
    let done = create::create(&engine, may.asker(), &draft, &body_digest, Door::Put(id), &render).await?;
    Ok(respond(done, render))
}

/// Read a referral
///
/// By its id or its reference, with hand-offs, clocks, receipts and what the caller may do now.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "getReferral",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M")
    ),
    responses(
        (status = 200, description = "The referral", body = ReferralOut, example = json!(examples::referral())),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[get("/referrals/{id}")]
async fn get_referral(
    path: web::Path<String>,
    may: Scoped<ReadReferral>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let name = name(&path)?;
    let view = read::read(&engine, may.asker(), &may.scope, name).await?;
    Ok(write_out(&shown(&view, language.0)))
}

/// Change a draft
///
/// A JSON merge patch: what is left out stays, null takes away.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "editReferral",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M"),
        ("If-Match" = String, Header, description = "The version that is changed", example = "\"1\"")
    ),
    request_body(content = ReferralPatch, example = json!({ "urgency": "urgent", "summary": "Hun er hos en venninne i natt." })),
    responses(
        (status = 200, description = "The draft as it now stands", body = ReferralOut, example = json!(examples::referral())),
        (status = 409, description = "It has been sent"),
        (status = 412, description = "Somebody has changed it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[patch("/referrals/{id}")]
async fn edit_referral(
    path: web::Path<String>,
    may: Scoped<EditDraft>,
    version: IfMatch,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<ReferralPatch>,
) -> Result<HttpResponse, Problem> {
    let name = name(&path)?;
    let patch = body.and_then(|body| {
        body.0
            .parse(engine.instance)
            .map_err(|faults| Problem::from(Refusal::of_fields(faults)))
    });
    // What is no JSON at all is told before anybody asks whose it would have been.
    let readable = !matches!(&patch, Err(problem) if problem.status() != StatusCode::UNPROCESSABLE_ENTITY);
    let earlier = edit::precheck(&engine, &may.caller.actor, &may.scope, name, &version.0, readable);
    let patch = in_order(patch, earlier).await?;
    let view = edit::edit(&engine, may.asker(), &may.scope, name, &version.0, patch).await?;
    Ok(write_out(&shown(&view, language.0)))
}

/// The name in the path; whatever cannot be one does not exist.
fn name(path: &str) -> Result<Name, Problem> {
    parse_name(path).ok_or_else(Problem::not_found)
}

fn client_made_id(path: &str) -> Result<ReferralId, Problem> {
    let id = Uuid::parse_str(path).ok().filter(|id| id.get_version_num() == 7);
    id.map(ReferralId).ok_or_else(|| {
        Problem::new(ErrorCode::InvalidInput).with_detail(stafett_workflow::vocabulary::Text::new(
            "Id-en i adressen skal være en UUID av versjon 7.",
            "The id in the address must be a UUID of version 7.",
        ))
    })
}

fn created(view: &View, language: Language) -> Answer {
    let location = format!("{}/referrals/{}", super::BASE, view.referral().id);
    Answer {
        status: StatusCode::CREATED.as_u16(),
        location: Some(location),
        ..shown(view, language)
    }
}

fn shown(view: &View, language: Language) -> Answer {
    Answer {
        status: StatusCode::OK.as_u16(),
        etag: Some(format!("\"{}\"", view.referral().version)),
        location: None,
        body: Some(json(&ReferralOut::of(view, language))),
    }
}

pub(in crate::http) fn respond<T>(done: Answered<T>, render: impl Fn(&T) -> Answer) -> HttpResponse {
    match done {
        Answered::Now(value) => write_out(&render(&value)),
        Answered::Replayed(answer) => {
            let mut response = write_out(&answer);
            let name = HeaderName::from_static("idempotent-replayed");
            response
                .headers_mut()
                .insert(name, header::HeaderValue::from_static("true"));
            response
        }
    }
}

pub(in crate::http) fn write_out(answer: &Answer) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK));
    if let Some(etag) = &answer.etag {
        response.insert_header((header::ETAG, etag.as_str()));
    }
    if let Some(location) = &answer.location {
        response.insert_header((header::LOCATION, location.as_str()));
    }
    response
        .content_type("application/json")
        .body(answer.body.clone().unwrap_or_default())
}
