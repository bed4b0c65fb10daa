//! `/incidents`: notices that have not arrived, until somebody has taken each.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_store::incidents::{Incident, Reason, Which};
use stafett_workflow::vocabulary::{Code, Language, Text, Urgency};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::extract::{Query, Speaks};
use super::paging::{Cursor, Limit, Page};
use super::referrals::output::{AgencyOut, PersonRef};
use super::schema;
use crate::app::engine::Engine;
use crate::app::incidents;
use crate::app::referrals::view::Names;
use crate::auth::permission::{ReadIncidents, Scoped, TakeIncident};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_incidents)
        .service(get_incident)
        .service(take_incident)
        .service(retry_incident);
}

/// Which incidents to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct IncidentParams {
    /// `open` (usual): those that nobody has taken. `all`: also those in hand and those that are over.
    #[serde(default)]
    #[param(inline)]
    show: ShowParam,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ShowParam {
    #[default]
    Open,
    All,
}

/// A notice that has not arrived.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct IncidentOut {
    id: Uuid,
    /// The referral or the case that was told of.
    #[schema(example = "K7QF-2M")]
    reference: String,
    referral_id: Option<Uuid>,
    case_id: Option<Uuid>,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    /// What was to be told; null when that itself cannot be understood.
    #[schema(example = "new-referral")]
    notice: Option<String>,
    title: Option<String>,
    /// Whom it was for.
    agency: AgencyOut,
    /// Whether it was for one person there, and not for the unit.
    to_person: bool,
    /// The other side of the hand-off.
    other: Option<AgencyOut>,
    /// `refused`, `no-address`, `bounced`, `delayed` or `unreadable`.
    #[schema(example = "refused")]
    reason: &'static str,
    /// The same in words, with what to do.
    reason_title: String,
    /// What the mail server said, as a code.
    #[schema(example = "550")]
    code: Option<String>,
    opened_at: DateTime<Utc>,
    /// How often both sides' leads were told.
    times_told: u32,
    /// When they are told again; null once somebody has taken it.
    next_notice_at: Option<DateTime<Utc>>,
    /// Who has taken it in hand.
    taken: Option<TakenOut>,
    /// Since when it is over: the mail arrived after all, or was answered without.
    closed_at: Option<DateTime<Utc>>,
}

/// Who has taken it in hand.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TakenOut {
    by: PersonRef,
    agency: AgencyOut,
    at: DateTime<Utc>,
}

/// List notices that have not arrived
///
/// Mails that a server refused or that came back, those without an address, and those that have been tried in vain for long. Both
/// sides of a hand-off see them; their leads are told by mail until somebody has taken each.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "listIncidents",
    params(IncidentParams),
    responses((status = 200, description = "A page, the newest first", body = Page<IncidentOut>,
        example = json!({ "items": [example()], "nextCursor": null })))
)]
#[get("/incidents")]
async fn list_incidents(
    request: HttpRequest,
    may: Scoped<ReadIncidents>,
    language: Speaks,
    engine: web::Data<Engine>,
    params: Query<IncidentParams>,
) -> Result<HttpResponse, Problem> {
    let after = params.0.cursor.map(|cursor| cursor.position()).transpose()?;
    let which = match params.0.show {
        ShowParam::Open => Which::Open,
        ShowParam::All => Which::All,
    };
    let limit = params.0.limit.get().into();
    let (page, names) = incidents::list(&engine, &may.scope, which, after, limit).await?;
    let items: Vec<_> = page
        .items
        .iter()
        .map(|incident| IncidentOut::of(incident, &names, language.0))
        .collect();
    let next = page.next.map(|place| Cursor::after(&place));
    Ok(Page::new(items, next).respond(&request))
}

/// Read one
#[utoipa::path(
    tag = "Delivery",
    operation_id = "getIncident",
    params(("id" = Uuid, Path, description = "The notice's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0003")),
    responses(
        (status = 200, description = "The incident", body = IncidentOut, example = json!(example())),
        (status = 404, description = "There is none that you may know of")
    )
)]
#[get("/incidents/{id}")]
async fn get_incident(
    path: web::Path<String>,
    may: Scoped<ReadIncidents>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (incident, names) = incidents::read(&engine, &may.scope, id(&path)?).await?;
    Ok(HttpResponse::Ok().json(IncidentOut::of(&incident, &names, language.0)))
}

/// Take one in hand
///
/// You see to it that whoever it was for is told, by telephone for instance. Nobody is reminded of it any more. Of several who do
/// so at once, one gets it.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "takeIncident",
    params(("id" = Uuid, Path, description = "The notice's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0003")),
    responses(
        (status = 200, description = "It is yours", body = IncidentOut, example = json!(example())),
        (status = 404, description = "There is none that you may know of"),
        (status = 409, description = "Somebody else has it, or it is over")
    )
)]
#[post("/incidents/{id}/take")]
async fn take_incident(
    path: web::Path<String>,
    may: Scoped<TakeIncident>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (incident, names) = incidents::take(&engine, may.asker(), &may.scope, id(&path)?).await?;
    Ok(HttpResponse::Ok().json(IncidentOut::of(&incident, &names, language.0)))
}

/// Send it again
///
/// Once the address has been corrected, or the other side's mail server mended. The incident is over when the mail has arrived.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "retryIncident",
    params(("id" = Uuid, Path, description = "The notice's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0003")),
    responses(
        (status = 200, description = "It is on its way again", body = IncidentOut, example = json!(example())),
        (status = 404, description = "There is none that you may know of"),
        (status = 409, description = "It is being tried anyway, or has arrived")
    )
)]
#[post("/incidents/{id}/retry")]
async fn retry_incident(
    path: web::Path<String>,
    may: Scoped<TakeIncident>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (incident, names) = incidents::retry(&engine, may.asker(), &may.scope, id(&path)?).await?;
    Ok(HttpResponse::Ok().json(IncidentOut::of(&incident, &names, language.0)))
}

fn id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_not_an_id| Problem::not_found())
}

impl IncidentOut {
    fn of(incident: &Incident, names: &Names, language: Language) -> Self {
        Self {
            id: incident.id,
            reference: incident.reference.clone(),
            referral_id: incident.referral.map(|referral| referral.0),
            case_id: incident.case.map(|case| case.0),
            urgency: incident.urgency,
            notice: incident.notice.map(|notice| notice.to_string()),
            title: incident.notice.map(|notice| notice.title(language).to_owned()),
            agency: AgencyOut::of(incident.agency, names),
            to_person: incident.to_person,
            other: incident.other.map(|other| AgencyOut::of(other, names)),
            reason: incident.reason.as_str(),
            reason_title: words(incident.reason).in_language(language).to_owned(),
            code: incident.code.clone(),
            opened_at: incident.opened_at,
            times_told: incident.round,
            next_notice_at: incident.next_notice_at,
            taken: incident.taken.map(|taken| TakenOut {
                by: PersonRef::of(taken.by, names),
                agency: AgencyOut::of(taken.agency, names),
                at: taken.at,
            }),
            closed_at: incident.closed_at,
        }
    }
}

/// What has happened and what to do.
fn words(reason: Reason) -> Text {
    match reason {
        Reason::Refused => Text::new(
            "E-postserveren tok ikke imot. Ring mottakeren, rett adressen og send på nytt.",
            "The mail server refused it. Call the recipient, correct the address and send it again.",
        ),
        Reason::NoAddress => Text::new(
            "Mottakeren har ingen adresse som virker. Ring mottakeren, og be dem legge inn en postkasse.",
            "The recipient has no address that works. Call the recipient, and ask them to enter a mailbox.",
        ),
        Reason::Bounced => Text::new(
            "E-posten kom i retur. Ring mottakeren, rett adressen og send på nytt.",
            "The mail came back. Call the recipient, correct the address and send it again.",
        ),
        Reason::Delayed => Text::new(
            "E-posten er forsøkt sendt lenge uten å komme fram, og forsøkes fortsatt. Ring mottakeren.",
            "The mail has been tried for long and is tried still. Call the recipient.",
        ),
        Reason::Unreadable => Text::new(
            "Varselet kunne ikke skrives. Ring mottakeren, og meld fra til den som driver Stafett.",
            "The notice could not be written. Call the recipient, and tell whoever runs Stafett.",
        ),
    }
}

fn example() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0003", "reference": "K7QF-2M",
        "referralId": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000", "caseId": null,
        "urgency": "emergency", "notice": "new-referral", "title": "ny formidling",
        "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "barnevernvakten", "name": "Barnevernvakten" },
        "toPerson": false,
        "other": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
        "reason": "refused", "reasonTitle": words(Reason::Refused).nb, "code": "550",
        "openedAt": "2026-11-24T00:45:01Z", "timesTold": 1, "nextNoticeAt": "2026-11-24T01:45:01Z",
        "taken": null, "closedAt": null
    })
}
