//! `/cases`: open, list, read, change.

mod examples;
pub mod input;
pub mod list;
pub mod merge;
pub mod output;
pub mod timeline;
pub mod transitions;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, get, patch, post, web};
use serde_json::Value;
use stafett_store::idempotency::Answer;
use stafett_workflow::vocabulary::{CaseAction, Language};
use utoipa_actix_web::service_config::ServiceConfig;

use super::envelope::{Envelope, digest_of, in_order, json};
use super::extract::{Deferred, IfMatch, Json, Speaks};
use super::referrals::{respond, write_out};
use crate::app::cases::change::{self, Target};
use crate::app::cases::read::{self, Found};
use crate::app::cases::{CaseView, Name, add, open, parse_name};
use crate::app::engine::Engine;
use crate::auth::permission::{AddCaseReferral, EditCase, OpenCase, ReadCase, Scoped};
use crate::problem::Problem;
use input::{AdditionIn, CaseIn, CasePatch};
use output::CaseOut;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(open_case)
        .configure(list::configure)
        .service(get_case)
        .service(edit_case)
        .service(add_case_referral)
        .configure(transitions::configure)
        .configure(merge::configure)
        .configure(timeline::configure);
}

/// Open a case
///
/// Around referrals in which the coordinator has a part, with new ones, or both: all in one commit, or none. Each new
/// referral has its own receiver, workflow, legal basis, urgency and summary, and whoever receives one sees nothing of the
/// others but what their workflows let them.
#[utoipa::path(
    tag = "Cases",
    operation_id = "openCase",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")),
    request_body(content = CaseIn, example = json!(examples::trafficking())),
    responses(
        (status = 201, description = "Stored for good", body = CaseOut, example = json!(examples::case())),
        (status = 403, description = "The coordinator is not one of the caller's agencies, or has no part in a referral"),
        (status = 409, description = "A referral lies in a case already"),
        (status = 422, description = "Something in it is not right; nothing was stored")
    )
)]
#[post("/cases")]
async fn open_case(
    may: Scoped<OpenCase>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Json<CaseIn>,
) -> Result<HttpResponse, Problem> {
    let (repeatable, body_digest) = (envelope.repeatable(&body.0), digest_of(&body.0));
    let draft = body.0.parse(engine.instance)?;
    let render = |view: &CaseView| created(view, language.0);
    let done = open::open(&engine, may.asker(), &draft, &body_digest, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

/// Read a case
///
/// By its id or its reference: its referrals, who has taken which need and what nobody has, as far as the caller may know.
/// A case that was merged leads on to the one that it is part of.
#[utoipa::path(
    tag = "Cases",
    operation_id = "getCase",
    params(("id" = String, Path, description = "Id or reference", example = "S-K7QF-2N")),
    responses(
        (status = 200, description = "The case", body = CaseOut, example = json!(examples::case())),
        (status = 307, description = "It was merged into the case at `Location`"),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[get("/cases/{id}")]
async fn get_case(
    path: web::Path<String>,
    may: Scoped<ReadCase>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    match read::read(&engine, may.asker(), &may.scope, name(&path)?).await? {
        Found::Here(view) => Ok(write_out(&shown(&view, language.0))),
        Found::Elsewhere(into) => Ok(HttpResponse::TemporaryRedirect()
            .insert_header((header::LOCATION, format!("{}/cases/{into}", super::BASE)))
            .finish()),
    }
}

/// Change the needs of a case
///
/// Needs beside those of the referrals: what has been seen and nobody was asked for yet. They are seen by whoever registers
/// them and by those who coordinate.
#[utoipa::path(
    tag = "Cases",
    operation_id = "editCase",
    params(
        ("id" = String, Path, description = "Id or reference", example = "S-K7QF-2N"),
        ("If-Match" = String, Header, description = "The version that is changed", example = "\"1\"")
    ),
    request_body(content = CasePatch, example = json!({ "addNeeds": ["school-work"] })),
    responses(
        (status = 200, description = "The case as it now stands", body = CaseOut, example = json!(examples::case())),
        (status = 409, description = "The case is not open"),
        (status = 412, description = "Somebody has changed it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[patch("/cases/{id}")]
async fn edit_case(
    path: web::Path<String>,
    may: Scoped<EditCase>,
    version: IfMatch,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<CasePatch>,
) -> Result<HttpResponse, Problem> {
    let target = Target {
        name: name(&path)?,
        scope: &may.scope,
        precondition: &version.0,
    };
    let earlier = change::precheck(&engine, &may.caller.actor, &target, Some(CaseAction::ChangeNeeds));
    let wanted = in_order(body, earlier).await?.0.parse();
    let render = |view: &CaseView| shown(view, language.0);
    let done = change::change(&engine, may.asker(), &target, &wanted, None, &render).await?;
    Ok(respond(done, render))
}

/// Add a referral to a case
///
/// A new one about the same youth, written as with `createReferral` but without `person`: the sender's own newest referral
/// of the case tells who it is. Or `{"attach": …}` for one that exists. `Location` leads to the referral.
#[utoipa::path(
    tag = "Cases",
    operation_id = "addCaseReferral",
    params(
        ("id" = String, Path, description = "Id or reference", example = "S-K7QF-2N"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(
        content = AdditionIn,
        examples(
            ("new" = (value = json!(examples::addition()))),
            ("attach" = (value = json!({ "attach": "K7QF-2M" })))
        )
    ),
    responses(
        (status = 201, description = "The case as it now stands", body = CaseOut, example = json!(examples::case())),
        (status = 403, description = "The sender has no part in the case, or the caller none in the referral"),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 409, description = "The case is not open, or the referral lies in one already"),
        (status = 422, description = "Something in it is not right; nothing was stored")
    )
)]
#[post("/cases/{id}/referrals")]
async fn add_case_referral(
    path: web::Path<String>,
    may: Scoped<AddCaseReferral>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<Value>,
) -> Result<HttpResponse, Problem> {
    let name = name(&path)?;
    let parsed = body.and_then(|body| {
        let (repeatable, body_digest) = (envelope.repeatable(&body.0), digest_of(&body.0));
        Ok((repeatable, body_digest, AdditionIn::read(body.0)?))
    });
    let earlier = add::precheck(&engine, &may.caller.actor, &may.scope, name);
    let (repeatable, body_digest, addition) = in_order(parsed, earlier).await?;
    let render = |view: &CaseView| Answer {
        status: StatusCode::CREATED.as_u16(),
        location: view.added.map(|id| format!("{}/referrals/{id}", super::BASE)),
        ..shown(view, language.0)
    };
    let done = add::add(
        &engine,
        may.asker(),
        &may.scope,
        name,
        &addition,
        &body_digest,
        repeatable.as_ref(),
        &render,
    )
    .await?;
    Ok(respond(done, render))
}

/// The name in the path; whatever cannot be one does not exist.
fn name(path: &str) -> Result<Name, Problem> {
    parse_name(path).ok_or_else(Problem::not_found)
}

fn created(view: &CaseView, language: Language) -> Answer {
    Answer {
        status: StatusCode::CREATED.as_u16(),
        location: Some(format!("{}/cases/{}", super::BASE, view.case.id)),
        ..shown(view, language)
    }
}

fn shown(view: &CaseView, language: Language) -> Answer {
    Answer {
        status: StatusCode::OK.as_u16(),
        etag: Some(format!("\"{}\"", view.seen.version)),
        location: None,
        body: Some(json(&CaseOut::of(view, language))),
    }
}
