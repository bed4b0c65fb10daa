//! `/agencies/{agency}/agreements`: what agencies have agreed about how soon the one answers the other.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use stafett_store::idempotency::Answer;
use stafett_workflow::agency::AgreementId;
use stafett_workflow::agreement::{Change, Status};
use stafett_workflow::policy::Operation;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::agreements_output::{AgreementOut, example, proposed};
use crate::app::engine::Engine;
use crate::app::setup::agreements::{self as setup, NewAgreement, Shown, Target};
use crate::app::setup::precheck;
use crate::auth::permission::{ManageAgreements, ReadAgreements, Scoped};
use crate::http::BASE;
use crate::http::envelope::{Envelope, in_order, json as text};
use crate::http::extract::{Deferred, Query};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::{respond, write_out};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_agency_agreements)
        .service(propose_agency_agreement)
        .service(get_agency_agreement)
        .service(change_agency_agreement);
}

/// Which agreements to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AgreementsQuery {
    /// Standing like this; a code of the list `agreement-status`.
    #[param(value_type = Option<String>, example = "approved")]
    status: Option<Status>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// An agreement as somebody proposes it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AgreementIn {
    /// Who sends, by slug or id. One of the two is the agency in the address.
    #[schema(example = "bydel-grunerlokka")]
    sender: String,
    /// Who receives, by slug or id.
    #[schema(example = "barnevernvakten")]
    receiver: String,
    /// How the agencies call it, such as a number in their archive.
    #[schema(min_length = 1, max_length = 80, example = "2026/418")]
    reference: String,
    /// How long, for each purpose (a code of the list `agreement-limit`) and urgency: hours, days, weeks, months, working
    /// days or opening hours. What is left out stays as the workflow says.
    limits: BTreeMap<String, BTreeMap<String, String>>,
    /// The first day on which it counts, today at the earliest.
    valid_from: NaiveDate,
    /// The last day; left out, it counts until somebody ends it.
    valid_to: Option<NaiveDate>,
}

/// What is done with an agreement.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AgreementChange {
    /// One of its `actions`.
    #[schema(value_type = String, example = "approve")]
    action: Change,
}

/// List the agreements of an agency
///
/// On either side, every version, the newest first. For those who work there.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "listAgencyAgreements",
    params(("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"), AgreementsQuery),
    responses(
        (status = 200, description = "A page of agreements", body = Page<AgreementOut>,
            example = json!({ "items": [example()], "nextCursor": null })),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/agreements")]
async fn list_agency_agreements(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReadAgreements>,
    query: Query<AgreementsQuery>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let after = query.cursor.as_ref().map(Cursor::position::<Uuid>).transpose()?;
    let page = setup::list(
        &engine,
        may.authority(),
        &path,
        query.status,
        after.map(AgreementId),
        query.limit.get().into(),
    )
    .await?;
    let items = page.items.iter().map(AgreementOut::of).collect();
    Ok(Page::new(items, page.next.map(|last| Cursor::after(&last.0))).respond(&request))
}

/// Propose an agreement
///
/// Or a new version of the one that stands between the two. It counts once another person of the other agency has approved
/// it, for what is sent from then on. No agreement changes a limit of the law.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "proposeAgencyAgreement",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = AgreementIn, example = json!({
        "sender": "bydel-grunerlokka", "receiver": "barnevernvakten", "reference": "2026/418",
        "limits": {
            "acknowledge": { "emergency": "1 hour", "urgent": "4 hours", "routine": "1 working day" },
            "answer": { "urgent": "24 hours", "routine": "5 working days" }
        },
        "validFrom": "2026-12-01"
    })),
    responses(
        (status = 201, description = "Proposed", body = AgreementOut, headers(("ETag" = String, description = "Its version")),
            example = json!(proposed())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency"),
        (status = 409, description = "A proposal between these two waits already"),
        (status = 422, description = "Something is not right")
    )
)]
#[post("/agencies/{agency}/agreements")]
async fn propose_agency_agreement(
    path: web::Path<String>,
    may: Scoped<ManageAgreements>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    body: Deferred<AgreementIn>,
) -> Result<HttpResponse, Problem> {
    let earlier = precheck(&engine, may.authority(), Operation::ManageAgreements, &path, None);
    let body = in_order(body, earlier).await?.0;
    let repeatable = envelope.repeatable(&body);
    let new = NewAgreement {
        sender: body.sender,
        receiver: body.receiver,
        reference: body.reference,
        limits: body.limits,
        valid_from: body.valid_from,
        valid_to: body.valid_to,
    };
    let render = |shown: &Shown| Answer {
        status: StatusCode::CREATED.as_u16(),
        location: Some(format!(
            "{BASE}/agencies/{}/agreements/{}",
            path.as_str(),
            shown.agreement.id
        )),
        ..answer(shown)
    };
    let done = setup::propose(&engine, may.authority(), &path, &new, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

/// Read an agreement
///
/// One version of it, with what the caller may do with it now.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "getAgencyAgreement",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("agreement" = Uuid, Path, description = "The agreement's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001")
    ),
    responses(
        (status = 200, description = "The agreement", body = AgreementOut, headers(("ETag" = String, description = "Its version")),
            example = json!(example())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency, or it has no such agreement")
    )
)]
#[get("/agencies/{agency}/agreements/{agreement}")]
async fn get_agency_agreement(
    path: web::Path<(String, String)>,
    may: Scoped<ReadAgreements>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let shown = setup::find(&engine, may.authority(), &path.0, id(&path.1)?).await?;
    Ok(write_out(&answer(&shown)))
}

/// Answer, withdraw or end an agreement
///
/// `approve` and `reject` are the other party's, `withdraw` is the proposer's, `end` is either's. What has been sent keeps
/// the limits that it was sent with.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "changeAgencyAgreement",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("agreement" = Uuid, Path, description = "The agreement's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001"),
        ("If-Match" = String, Header, description = "The version on which it was decided", example = "\"1\""),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = AgreementChange, example = json!({ "action": "approve" })),
    responses(
        (status = 200, description = "The agreement as it now stands", body = AgreementOut,
            headers(("ETag" = String, description = "Its version")), example = json!(example())),
        (status = 403, description = "Not the caller's agency, or not theirs to do"),
        (status = 404, description = "There is no such agency, or it has no such agreement"),
        (status = 409, description = "Not possible now"),
        (status = 412, description = "Somebody has decided something else meanwhile"),
        (status = 422, description = "The action is none"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[post("/agencies/{agency}/agreements/{agreement}/transitions")]
async fn change_agency_agreement(
    path: web::Path<(String, String)>,
    may: Scoped<ManageAgreements>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    body: Deferred<AgreementChange>,
) -> Result<HttpResponse, Problem> {
    let target = Target {
        agency: &path.0,
        id: id(&path.1)?,
        precondition: &envelope.precondition,
    };
    let body = in_order(body, setup::precheck(&engine, may.authority(), target))
        .await?
        .0;
    let repeatable = envelope.repeatable(&body);
    let done = setup::change(
        &engine,
        may.authority(),
        target,
        body.action,
        repeatable.as_ref(),
        &answer,
    )
    .await?;
    Ok(respond(done, answer))
}

fn id(written: &str) -> Result<AgreementId, Problem> {
    let id = Uuid::parse_str(written).map_err(|_not_an_id| Problem::not_found())?;
    Ok(AgreementId(id))
}

fn answer(shown: &Shown) -> Answer {
    Answer {
        status: StatusCode::OK.as_u16(),
        etag: Some(format!("\"{}\"", shown.agreement.revision)),
        location: None,
        body: Some(text(&AgreementOut::of(shown))),
    }
}
