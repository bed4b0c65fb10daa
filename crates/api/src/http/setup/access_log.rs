//! `/agencies/{agency}/access-log`: at what its people have looked, for its leads.

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_store::looks::{Cursor as Place, Flagged, LookRow};
use stafett_workflow::agency::UserId;
use stafett_workflow::look::StatedReason;
use stafett_workflow::policy::Operation;
use stafett_workflow::refusal::Refusal;
use stafett_workflow::vocabulary::Language;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::app::engine::Engine;
use crate::app::looks::log::{self, OfAgency, Wanted};
use crate::app::referrals::parse_name;
use crate::app::setup::precheck;
use crate::auth::permission::{ReviewLooks, Scoped};
use crate::http::extract::{Deferred, Query, Speaks, instant_if_given};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::access_log::CodeOut;
use crate::http::referrals::output::{PersonRef, ReferralRef, in_words};
use crate::http::reports::format::{Format, cell, csv};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_agency_access_log)
        .service(get_agency_look)
        .service(acknowledge_look);
}

/// Which looks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LogParams {
    /// Of this person only.
    user: Option<Uuid>,
    /// At this referral only, by id or reference.
    #[param(example = "K7QF-2M")]
    referral: Option<String>,
    /// From then on.
    #[serde(default, deserialize_with = "instant_if_given")]
    from: Option<DateTime<Utc>>,
    /// Until then, that instant not included.
    #[serde(default, deserialize_with = "instant_if_given")]
    to: Option<DateTime<Utc>>,
    /// `all`: only unusual ones. `open`: only those of them that no lead has acknowledged.
    #[param(value_type = Option<String>)]
    flagged: Option<FlaggedParam>,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FlaggedParam {
    All,
    Open,
}

/// What a lead made of an unusual look.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcknowledgementIn {
    /// In words; nothing about the youth.
    #[schema(min_length = 10, max_length = 1_000)]
    note: String,
}

/// What a lead made of it.
#[derive(Debug, Serialize, ToSchema)]
struct AcknowledgementOut {
    user: PersonRef,
    at: DateTime<Utc>,
    note: String,
}

/// One look by somebody of the agency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgencyLookOut {
    id: Uuid,
    at: DateTime<Utc>,
    user: PersonRef,
    role: &'static str,
    looked_at: CodeOut,
    why: CodeOut,
    /// How the agency stood to the referral then.
    relation: &'static str,
    /// Whether its part had ended.
    part_ended: bool,
    /// At which referral; null for a search that found nothing, and where the agency has no part in it.
    referral: Option<ReferralRef>,
    /// At which case.
    case_id: Option<Uuid>,
    /// The rules that find it unusual.
    flags: Vec<CodeOut>,
    /// What a lead made of it.
    acknowledgement: Option<AcknowledgementOut>,
}

/// One look, with the reason that was given.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgencyLookWhole {
    #[serde(flatten)]
    look: AgencyLookOut,
    /// In words, when one was demanded or given; null too where the agency has no part in the referral.
    reason: Option<String>,
}

/// A look as the document shows one, but for what is said of it otherwise.
fn example(otherwise: Value) -> Value {
    let mut look = json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9c02", "at": "2026-11-24T01:02:00Z",
        "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b02", "name": "Ola Vik" }, "role": "worker",
        "lookedAt": { "code": "referral", "title": "formidlingen" },
        "why": { "code": "part", "title": "enheten har en del i det" },
        "relation": "receiver", "partEnded": false,
        "referral": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001", "reference": "K7QF-2M" },
        "caseId": null,
        "flags": [{ "code": "outside-hours", "title": "utenfor åpningstiden, uten vakt" }],
        "acknowledgement": null
    });
    if let (Value::Object(look), Value::Object(otherwise)) = (&mut look, otherwise) {
        look.extend(otherwise);
    }
    look
}

/// List the looks of an agency's people
///
/// For its leads, the newest first, by person, referral and period, or only the unusual ones; as CSV with `Accept: text/csv`. A
/// rule that finds a look unusual asks a lead to look twice, and accuses nobody. The log of an agency tells nothing of what other
/// agencies' people looked at.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "listAgencyAccessLog",
    params(("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"), LogParams),
    responses(
        (status = 200, description = "A page", body = Page<AgencyLookOut>, example = json!({ "items": [example(json!({}))], "nextCursor": null })),
        (status = 403, description = "Not a lead of the agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/access-log")]
async fn list_agency_access_log(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReviewLooks>,
    format: Format,
    language: Speaks,
    engine: web::Data<Engine>,
    params: Query<LogParams>,
) -> Result<HttpResponse, Problem> {
    let wanted = params.0.parse()?;
    let found = log::of_agency(&engine, may.asker(), &path, &wanted).await?;
    match format {
        Format::Json => {
            let items: Vec<_> = found
                .looked
                .rows
                .iter()
                .map(|shown| AgencyLookOut::of(&shown.row, &found, language.0))
                .collect();
            let next = found.looked.next.as_ref().map(Cursor::after);
            Ok(Page::new(items, next).respond(&request))
        }
        Format::Csv => as_csv(&found, language.0),
    }
}

/// Read one look, and why
///
/// For the leads of whoever looked: the same as in the list, and the words in which they said why. Those may tell of the youth, so
/// reading them is a look itself, and of whoever is strictly confidential it demands a reason.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "getAgencyLook",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("look" = Uuid, Path, description = "The look's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9c02")
    ),
    responses(
        (status = 200, description = "The look", body = AgencyLookWhole, example = json!(example(json!({
            "why": { "code": "reason", "title": "oppgitt grunn" }, "flags": [], "reason": "Skal møte familien i kveld"
        })))),
        (status = 403, description = "Not a lead of the agency"),
        (status = 404, description = "There is no such look")
    )
)]
#[get("/agencies/{agency}/access-log/{look}")]
async fn get_agency_look(
    path: web::Path<(String, String)>,
    may: Scoped<ReviewLooks>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    precheck(&engine, may.authority(), Operation::ReviewLooks, &path.0, None).await?;
    let id = Uuid::parse_str(&path.1).map_err(|_not_an_id| Problem::not_found())?;
    let (found, reason) = log::one(&engine, may.asker(), &path.0, id).await?;
    let shown = found.looked.rows.first().ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(AgencyLookWhole {
        look: AgencyLookOut::of(&shown.row, &found, language.0),
        reason: reason.map(|text| in_words(text.body.as_deref(), language.0)),
    }))
}

/// Acknowledge an unusual look
///
/// By a lead other than whoever looked, once, in words: what was asked, and what came of it.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "acknowledgeLook",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("look" = Uuid, Path, description = "The look's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9c02")
    ),
    request_body(content = AcknowledgementIn, example = json!({ "note": "Snakket med Ola, han hadde vakt den natten" })),
    responses(
        (status = 200, description = "The look as it now stands", body = AgencyLookOut, example = json!(example(json!({
            "acknowledgement": {
                "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b09", "name": "Siri Berg" },
                "at": "2026-11-24T08:00:00Z", "note": "Snakket med Ola, han hadde vakt den natten"
            }
        })))),
        (status = 403, description = "Not a lead of the agency, or their own look"),
        (status = 404, description = "There is no such look"),
        (status = 409, description = "It was acknowledged already"),
        (status = 422, description = "The note is missing")
    )
)]
#[put("/agencies/{agency}/access-log/{look}/acknowledgement")]
async fn acknowledge_look(
    path: web::Path<(String, String)>,
    may: Scoped<ReviewLooks>,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<AcknowledgementIn>,
) -> Result<HttpResponse, Problem> {
    precheck(&engine, may.authority(), Operation::ReviewLooks, &path.0, None).await?;
    let id = Uuid::parse_str(&path.1).map_err(|_not_an_id| Problem::not_found())?;
    let note = StatedReason::parse(&body?.0.note, "/note").map_err(|fault| Refusal::of_fields(vec![fault]))?;
    let found = log::acknowledge(&engine, may.asker(), &path.0, id, &note).await?;
    let shown = found.looked.rows.first().ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(AgencyLookOut::of(&shown.row, &found, language.0)))
}

fn as_csv(found: &OfAgency, language: Language) -> Result<HttpResponse, Problem> {
    let headings = [
        "at",
        "user",
        "role",
        "lookedAt",
        "why",
        "relation",
        "partEnded",
        "referral",
        "caseId",
        "flags",
        "acknowledgedAt",
    ];
    let rows = found.looked.rows.iter().map(|shown| {
        let look = AgencyLookOut::of(&shown.row, found, language);
        [
            look.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            look.user.name().to_owned(),
            look.role.to_owned(),
            look.looked_at.code().to_owned(),
            look.why.code().to_owned(),
            look.relation.to_owned(),
            look.part_ended.to_string(),
            cell(look.referral.as_ref().map(ReferralRef::reference)),
            cell(look.case_id),
            look.flags.iter().map(CodeOut::code).collect::<Vec<_>>().join(" "),
            cell(
                look.acknowledgement
                    .map(|given| given.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            ),
        ]
    });
    csv("access-log", headings, rows)
}

impl LogParams {
    fn parse(self) -> Result<Wanted, Problem> {
        // What cannot be a name has been looked at by nobody.
        let referral = match self.referral.as_deref() {
            None => None,
            Some(name) => Some(parse_name(name).ok_or_else(Problem::not_found)?),
        };
        let after: Option<Place> = self.cursor.as_ref().map(Cursor::position).transpose()?;
        Ok(Wanted {
            user: self.user.map(UserId),
            referral,
            from: self.from,
            to: self.to,
            flagged: self.flagged.map(|flagged| match flagged {
                FlaggedParam::All => Flagged::All,
                FlaggedParam::Open => Flagged::Open,
            }),
            after,
            limit: u32::from(self.limit.get()),
        })
    }
}

impl AgencyLookOut {
    fn of(row: &LookRow, found: &OfAgency, language: Language) -> Self {
        let reference = row.referral.and_then(|id| Some((id, found.references.get(&id)?)));
        Self {
            id: row.id,
            at: row.at,
            user: PersonRef::of(row.user, &found.looked.names),
            role: row.role.as_str(),
            looked_at: CodeOut::of(row.looked_at, language),
            why: CodeOut::of(row.why, language),
            relation: row.relation.as_str(),
            part_ended: row.part_ended,
            referral: reference.map(|(id, reference)| ReferralRef::new(id.0, reference.to_string())),
            case_id: row.case.map(|case| case.0),
            flags: found
                .flags
                .get(&row.id)
                .into_iter()
                .flatten()
                .map(|rule| CodeOut::of(*rule, language))
                .collect(),
            acknowledgement: found.reviews.get(&row.id).map(|review| AcknowledgementOut {
                user: PersonRef::of(review.by, &found.looked.names),
                at: review.at,
                note: in_words(review.note.as_deref(), language),
            }),
        }
    }
}
