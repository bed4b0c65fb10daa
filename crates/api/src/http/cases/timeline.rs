//! `GET /cases/{id}/timeline`: who, for which agency, what and when, as far as the caller may know.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use stafett_workflow::case::CaseFact;
use stafett_workflow::vocabulary::{Code, Language, Need};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{examples, name};
use crate::app::cases::timeline::{self, Entry, Reason, Timeline};
use crate::app::engine::Engine;
use crate::auth::permission::{ReadCaseTimeline, Scoped};
use crate::http::extract::Speaks;
use crate::http::paging::Page;
use crate::http::referrals::output::{AgencyOut, PersonRef, ReferralRef, in_words};
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_case_timeline);
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct CaseEntryOut {
    /// Says nothing but which entry it is: neither when nor in which order.
    id: Uuid,
    at: DateTime<Utc>,
    /// What kind of fact: `opened`, `referral-attached`, `coordinator-changed` and so on.
    kind: &'static str,
    /// What happened, in words.
    title: String,
    /// In which case's log it stands: the case's own, or that of one merged into it.
    case_id: Uuid,
    /// Who did it; null when the caller may not know that this agency takes part.
    actor: Option<CaseActorOut>,
    /// The referral that it is about, when the caller sees it whole.
    referral: Option<ReferralRef>,
    #[schema(value_type = Option<String>)]
    need: Option<Need>,
    /// The reason that was given, for those whom it concerns.
    reason: Option<String>,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CaseActorOut {
    user: PersonRef,
    agency: AgencyOut,
    role: String,
}

/// Read the timeline of a case
///
/// The oldest first, with what happened to cases that were merged into it. What the caller may not know of is not in it.
#[utoipa::path(
    tag = "Cases",
    operation_id = "getCaseTimeline",
    params(("id" = String, Path, description = "Id or reference", example = "S-K7QF-2N")),
    responses((status = 200, description = "Everything that has happened", body = Page<CaseEntryOut>,
        example = json!(examples::timeline())))
)]
#[get("/cases/{id}/timeline")]
async fn get_case_timeline(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReadCaseTimeline>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let timeline = timeline::timeline(&engine, may.asker(), &may.scope, name(&path)?).await?;
    let items: Vec<_> = timeline
        .entries
        .iter()
        .map(|entry| CaseEntryOut::of(entry, &timeline, language.0))
        .collect();
    Ok(Page::at(items, None).respond(&request))
}

impl CaseEntryOut {
    pub(in crate::http) fn of(entry: &Entry, timeline: &Timeline, language: Language) -> Self {
        let event = &entry.event;
        let names = &timeline.names;
        let referral = match &event.fact {
            CaseFact::ReferralAttached { referral } => timeline
                .references
                .get(referral)
                .map(|reference| ReferralRef::new(referral.0, reference.clone())),
            _ => None,
        };
        let need = match &event.fact {
            CaseFact::NeedAdded { need } | CaseFact::NeedRemoved { need } => Some(*need),
            _ => None,
        };
        Self {
            id: entry.id,
            at: event.at,
            kind: event.fact.kind(),
            title: title(&event.fact, timeline, language),
            case_id: entry.case.0,
            actor: entry.by_known.then(|| CaseActorOut {
                user: PersonRef::of(event.by.user, names),
                agency: AgencyOut::of(event.by.agency, names),
                role: event.by.role.to_string(),
            }),
            referral,
            need,
            reason: entry
                .reason
                .as_ref()
                .map(|Reason(words)| in_words(words.as_deref(), language)),
        }
    }
}

fn title(fact: &CaseFact, timeline: &Timeline, language: Language) -> String {
    let name = |id| timeline.names.agency(id).map_or("", |agency| agency.name.as_str());
    let words = |nb: &str, en: &str| match language {
        Language::Nb => nb.to_owned(),
        Language::En => en.to_owned(),
    };
    let about = |nb: &str, en: &str, what: &str| format!("{}: {what}", words(nb, en));
    match fact {
        CaseFact::Opened { coordinator, .. } => about(
            "Saken åpnet. Koordinerer",
            "Case opened. Coordinates",
            name(*coordinator),
        ),
        CaseFact::ReferralAttached { .. } => words("Formidling lagt i saken", "Referral put into the case"),
        CaseFact::NeedAdded { need } => about("Behov registrert", "Need registered", need.title(language)),
        CaseFact::NeedRemoved { need } => about("Behov fjernet", "Need removed", need.title(language)),
        CaseFact::CoordinatorProposed { to, .. } => about("Spurt om å koordinere", "Asked to coordinate", name(*to)),
        CaseFact::CoordinationDeclined { .. } => words("Takket nei til å koordinere", "Declined to coordinate"),
        CaseFact::CoordinatorChanged { to, .. } => about("Koordinerer nå", "Coordinates now", name(*to)),
        CaseFact::CoordinatorAssigned { person } => about(
            "Koordinator er",
            "The coordinator is",
            timeline.names.person(*person).unwrap_or_default(),
        ),
        CaseFact::Closed { .. } => words("Saken avsluttet", "Case closed"),
        CaseFact::Reopened { .. } => words("Saken gjenåpnet", "Case reopened"),
        CaseFact::Merged { .. } => words(
            "En annen sak slått sammen med denne",
            "Another case was merged into this one",
        ),
        CaseFact::MergedInto { .. } => words("Slått sammen med en annen sak", "Merged into another case"),
        CaseFact::Split { .. } => words("En sak delt ut igjen", "A case was split off again"),
        CaseFact::SplitOff { .. } => words("Står for seg selv igjen", "Stands by itself again"),
    }
}
