//! `/agencies/{agency}/mailboxes` and `/agencies/{agency}/calendar`: how an agency is reached.

use actix_web::http::header;
use actix_web::{HttpResponse, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::policy::Operation;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::engine::Engine;
use crate::app::setup::calendar::{self, Kept, NewCalendar};
use crate::app::setup::mailboxes::{self, Mailboxes, Which};
use crate::app::setup::precheck;
use crate::auth::permission::{ReadDirectory, Scoped, SetUpAgency};
use crate::http::envelope::in_order;
use crate::http::extract::{Deferred, IfMatch};
use crate::http::referrals::output::AgencyOut;
use crate::http::schema;
use crate::postman::Postman;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_agency_mailboxes)
        .service(put_agency_mailboxes)
        .service(test_agency_mailbox)
        .service(get_agency_calendar)
        .service(put_agency_calendar);
}

/// Where an agency's mail goes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MailboxesBody {
    /// The mailbox of the unit; null when it has none, and its notices become tasks for a person.
    unit: Option<String>,
    /// The address of whoever is on call: told of emergencies besides the unit, at once.
    on_call: Option<String>,
    /// Whether what can wait waits until the unit opens. Emergencies, what is urgent and asks something, and whatever a clock says
    /// never wait. Left out: as before.
    quiet_hours: Option<bool>,
    /// Whether a mail that tells the unit a deadline of its own carries it as a calendar entry. Left out: as before.
    calendar_files: Option<bool>,
}

/// When an agency can be reached, all of it anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CalendarIn {
    /// `{"always": true}`, or spans for each weekday (`mon` to `sun`), for public `holidays` and for single `dates`, in Oslo's
    /// local time; a day that is not named is closed. Null when nobody can say.
    #[schema(schema_with = schema::any_object)]
    opening_hours: Option<Value>,
    /// Who stands in while it is closed, by slug or id.
    out_of_hours: Option<String>,
}

/// When an agency can be reached.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CalendarOut {
    /// As it was written; null when nobody has said.
    #[schema(schema_with = schema::any_object)]
    opening_hours: Option<Value>,
    /// Whether somebody can be reached now; null when the hours are not known.
    open_now: Option<bool>,
    /// When somebody can be reached next, now included; null when nobody can within a year, or the hours are not known.
    next_opening: Option<DateTime<Utc>>,
    /// Who stands in while it is closed.
    out_of_hours: Option<AgencyOut>,
}

/// Read where an agency's mail goes
#[utoipa::path(
    tag = "Set-up",
    operation_id = "getAgencyMailboxes",
    params(("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten")),
    responses(
        (status = 200, description = "The addresses; the ETag is the agency's", body = MailboxesBody, example = json!(addresses())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/mailboxes")]
async fn get_agency_mailboxes(
    path: web::Path<String>,
    may: Scoped<SetUpAgency>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (agency, mailboxes) = mailboxes::read(&engine, may.authority(), &path).await?;
    Ok(with_version(agency.version, &MailboxesBody::of(mailboxes)))
}

/// Say where an agency's mail goes
///
/// Units are written to, not persons. An address that no server could take is refused.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "putAgencyMailboxes",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("If-Match" = String, Header, description = "The agency's version", example = "\"1\"")
    ),
    request_body(content = MailboxesBody, example = json!(addresses())),
    responses(
        (status = 200, description = "The addresses; the ETag is the agency's", body = MailboxesBody, example = json!(addresses())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency"),
        (status = 412, description = "Somebody has changed the agency meanwhile"),
        (status = 422, description = "An address that no server could take"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[put("/agencies/{agency}/mailboxes")]
async fn put_agency_mailboxes(
    path: web::Path<String>,
    may: Scoped<SetUpAgency>,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<MailboxesBody>,
) -> Result<HttpResponse, Problem> {
    let (operation, seen) = (Operation::SetUpAgency, Some(&version.0));
    let earlier = precheck(&engine, may.authority(), operation, &path, seen);
    let body = in_order(body, earlier).await?.0;
    let mailboxes = Mailboxes {
        unit: body.unit,
        on_call: body.on_call,
        quiet_hours: body.quiet_hours,
        calendar_files: body.calendar_files,
    };
    let (agency, mailboxes) = mailboxes::put(&engine, may.authority(), &path, &version.0, mailboxes).await?;
    Ok(with_version(agency.version, &MailboxesBody::of(mailboxes)))
}

/// Which address to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MailboxTestIn {
    /// `unit`, or `onCall`.
    #[serde(default)]
    #[schema(value_type = String, example = "unit")]
    mailbox: Which,
}

/// How a test mail ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MailboxTestOut {
    /// Where it went.
    to: String,
    /// Whether the mail server has taken it. Whether it lies in the mailbox, only those who read it can tell.
    taken: bool,
    /// What the mail server said; without one, where the file lies, or why nobody was reached.
    reply: String,
}

/// Send a test mail to a mailbox
///
/// At once, by the way that notices take, with what the mail server says. It tells that it is a test and of no referral. At most five
/// in a row for one agency.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "testAgencyMailbox",
    params(("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten")),
    request_body(content = MailboxTestIn, example = json!({ "mailbox": "unit" })),
    responses(
        (status = 200, description = "How it ended, also when nobody has taken it", body = MailboxTestOut, example = json!({
            "to": "post@barnevernvakten.example", "taken": true, "reply": "250 2.0.0 Ok: queued as 4bXw2"
        })),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency"),
        (status = 422, description = "The agency has no such address"),
        (status = 429, description = "Too many in a row")
    )
)]
#[post("/agencies/{agency}/mailboxes/test")]
async fn test_agency_mailbox(
    path: web::Path<String>,
    may: Scoped<SetUpAgency>,
    engine: web::Data<Engine>,
    postman: web::Data<Postman>,
    body: Deferred<MailboxTestIn>,
) -> Result<HttpResponse, Problem> {
    let earlier = precheck(&engine, may.authority(), Operation::SetUpAgency, &path, None);
    let which = in_order(body, earlier).await?.0.mailbox;
    let tested = mailboxes::test(&engine.db, engine.now(), &postman, may.authority(), &path, which).await?;
    Ok(HttpResponse::Ok().json(MailboxTestOut {
        to: tested.to,
        taken: tested.said.is_ok(),
        reply: match tested.said {
            Ok(reply) => reply.as_str().to_owned(),
            Err(failure) => failure.to_string(),
        },
    }))
}

/// Read when an agency can be reached
#[utoipa::path(
    tag = "Set-up",
    operation_id = "getAgencyCalendar",
    params(("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka")),
    responses(
        (status = 200, description = "The calendar; the ETag is the agency's", body = CalendarOut, example = json!(calendar_example())),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/calendar")]
async fn get_agency_calendar(
    path: web::Path<String>,
    _reader: Scoped<ReadDirectory>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let kept = calendar::read(&engine, &path).await?;
    Ok(with_version(
        kept.entry.agency.version,
        &CalendarOut::of(&kept, engine.now()),
    ))
}

/// Say when an agency can be reached
///
/// All of it anew: the week, public holidays, single dates on which it is closed or open otherwise, and who stands in.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "putAgencyCalendar",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("If-Match" = String, Header, description = "The agency's version", example = "\"1\"")
    ),
    request_body(content = CalendarIn, example = json!({
        "openingHours": { "mon": [["08:00", "15:30"]], "dates": { "2026-12-24": [["08:00", "12:00"]], "2026-12-28": [] } },
        "outOfHours": "barnevernvakten"
    })),
    responses(
        (status = 200, description = "The calendar; the ETag is the agency's", body = CalendarOut, example = json!(calendar_example())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency"),
        (status = 412, description = "Somebody has changed the agency meanwhile"),
        (status = 422, description = "Hours that cannot be; `errors` says which day"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[put("/agencies/{agency}/calendar")]
async fn put_agency_calendar(
    path: web::Path<String>,
    may: Scoped<SetUpAgency>,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<CalendarIn>,
) -> Result<HttpResponse, Problem> {
    let (operation, seen) = (Operation::SetUpAgency, Some(&version.0));
    let earlier = precheck(&engine, may.authority(), operation, &path, seen);
    let body = in_order(body, earlier).await?.0;
    let new = NewCalendar {
        hours: body.opening_hours,
        out_of_hours: body.out_of_hours,
    };
    let kept = calendar::put(&engine, may.authority(), &path, &version.0, new).await?;
    Ok(with_version(
        kept.entry.agency.version,
        &CalendarOut::of(&kept, engine.now()),
    ))
}

fn with_version(version: u32, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .json(body)
}

impl MailboxesBody {
    fn of(mailboxes: Mailboxes) -> Self {
        Self {
            unit: mailboxes.unit,
            on_call: mailboxes.on_call,
            quiet_hours: mailboxes.quiet_hours,
            calendar_files: mailboxes.calendar_files,
        }
    }
}

impl CalendarOut {
    fn of(kept: &Kept, now: DateTime<Utc>) -> Self {
        let hours = kept.entry.hours.as_ref();
        Self {
            // Spans of times always have a JSON form.
            opening_hours: hours.and_then(|hours| serde_json::to_value(hours).ok()),
            open_now: kept.entry.open_now,
            next_opening: hours.and_then(|hours| hours.next_opening(now)),
            out_of_hours: kept.out_of_hours.map(|unit| AgencyOut::of(unit, &kept.names)),
        }
    }
}

fn addresses() -> Value {
    json!({ "unit": "post@barnevernvakten.example", "onCall": "vakt@barnevernvakten.example", "quietHours": false, "calendarFiles": true })
}

fn calendar_example() -> Value {
    json!({
        "openingHours": { "mon": [["08:00", "15:30"]], "dates": { "2026-12-24": [["08:00", "12:00"]], "2026-12-28": [] } },
        "openNow": false,
        "nextOpening": "2026-11-30T07:00:00Z",
        "outOfHours": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "barnevernvakten", "name": "Barnevernvakten" }
    })
}
