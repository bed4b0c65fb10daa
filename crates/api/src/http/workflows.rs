//! `/workflows`: the definitions, in words and as data.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::calendar::{Limit, LimitUnit};
use stafett_workflow::definition::{
    self, Addressee, ClockRule, Definition, Escalation, Guard, Holder, LimitByUrgency, Party, State, Transition,
};
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::{Action, AgencyKind, Code, HandoffState, Language, LegalBasisCode, Notice, Role};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::extract::{Query, Speaks};
use super::paging::{self, Cursor, Page};
use super::schema;
use crate::app::engine::Engine;
use crate::app::workflows;
use crate::auth::permission::{ReadWorkflows, Scoped};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_workflows).service(get_workflow);
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WorkflowsQuery {
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: paging::Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// A definition in a sentence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowSummary {
    #[schema(example = "concern-report")]
    id: String,
    version: u16,
    title: String,
    /// What it is for.
    summary: String,
}

/// A whole definition, its words in the language of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowDefinition {
    #[schema(example = "concern-report")]
    id: String,
    version: u16,
    title: String,
    /// What it is for.
    summary: String,
    /// Kinds of agencies that may send.
    senders: Vec<WorkflowCode>,
    /// Kinds of agencies that may receive.
    receivers: Vec<WorkflowCode>,
    /// For whom it is.
    eligibility: WorkflowEligibility,
    /// Which legal bases it admits.
    legal_bases: Vec<WorkflowBasis>,
    /// The states, the first being where a hand-off is written.
    states: Vec<WorkflowState>,
    /// What leads from one to the next.
    transitions: Vec<WorkflowTransition>,
    /// The limits.
    clocks: Vec<WorkflowClock>,
}

/// A code with its words.
#[derive(Debug, Serialize, ToSchema)]
struct WorkflowCode {
    code: &'static str,
    title: &'static str,
}

/// Whole years, both included; null is no bound.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowEligibility {
    min_age: Option<u8>,
    max_age: Option<u8>,
}

/// A legal basis with its statutes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowBasis {
    #[schema(schema_with = schema::legal_basis)]
    code: LegalBasisCode,
    title: &'static str,
    #[schema(example = "bvl § 13-2; hpl § 33; sosialtjl § 45")]
    legal_ref: &'static str,
}

/// One step of a hand-off.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowState {
    #[schema(example = "screening")]
    id: String,
    /// The state that everybody understands.
    #[schema(schema_with = schema::handoff_state)]
    core: HandoffState,
    title: String,
    /// Who holds the baton: `sender`, `receiver` or `originator`.
    #[schema(value_type = String, example = "receiver")]
    holder: Holder,
    /// The limits that run here.
    clocks: Vec<String>,
}

/// What leads from one state to the next.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowTransition {
    #[schema(value_type = String, example = "accept")]
    action: Action,
    title: &'static str,
    /// From which states of the current hand-off.
    from: Vec<String>,
    /// To which state; null: it stays where it is.
    to: Option<String>,
    /// Whether it leads back to where the hand-off was before it was put on hold.
    resumes: bool,
    /// Whether whoever did it may undo it for a while.
    undo: bool,
    /// In which state the next hand-off begins, when one is opened.
    opens: Option<String>,
    /// By whom: `sender`, `receiver`, `custodian`, `either`, `earlier` or `coordinator`.
    #[schema(value_type = String, example = "receiver")]
    party: Party,
    /// In which roles there.
    roles: Vec<WorkflowCode>,
    /// What must be said, as JSON Schema.
    #[schema(schema_with = schema::any_object)]
    input: Value,
    /// What must hold besides: `receiver-admitted`, `basis-covers`, `eligible`, `person-given`, `content-given`.
    #[schema(value_type = Vec<String>)]
    guards: Vec<Guard>,
    /// Who is told by mail.
    notices: Vec<WorkflowNotice>,
}

/// Whom a transition tells, and what.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowNotice {
    /// `sender`, `receiver`, `next-receiver` or `originator`.
    #[schema(value_type = String, example = "sender")]
    to: Addressee,
    #[schema(value_type = String, example = "accepted")]
    notice: Notice,
    title: &'static str,
}

/// A limit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowClock {
    #[schema(example = "review")]
    id: String,
    title: String,
    /// How long, for each urgency.
    limit: WorkflowLimits,
    /// It runs from the first of these states until the last is left.
    runs_in: Vec<String>,
    /// In these states it stands still.
    pauses_in: Vec<String>,
    /// These actions fulfil it.
    #[schema(value_type = Vec<String>)]
    met_by: Vec<Action>,
    /// Whether it runs while the services disagree about who is responsible.
    while_disputed: bool,
    /// It counts from when this other limit is up, not from its own start.
    counts_from: Option<String>,
    /// When to warn, in percent of the way.
    warn_percent: u8,
    /// The statute or standard.
    legal_ref: Option<String>,
    /// Who hears of a breach, in this order: `holder-unit`, `holder-lead`, `sender-lead`, `coordinator`.
    #[schema(value_type = Vec<String>)]
    escalation: Vec<Escalation>,
}

/// A limit for each urgency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowLimits {
    emergency: WorkflowLimit,
    urgent: WorkflowLimit,
    routine: WorkflowLimit,
}

/// How long somebody has. Hours are exact; the others end with the local day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowLimit {
    amount: u16,
    /// `hours`, `days`, `weeks`, `months` or `working-days`.
    unit: &'static str,
    /// The same in words.
    #[schema(example = "1 uke")]
    text: String,
}

/// List the workflows
///
/// Every definition in all its versions. A new referral takes the newest; a running hand-off stays on its own.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "listWorkflows",
    params(WorkflowsQuery),
    responses((status = 200, description = "A page of definitions", body = Page<WorkflowSummary>, example = json!({
        "items": [{
            "id": "concern-report",
            "version": 1,
            "title": "Bekymringsmelding",
            "summary": "Noen er bekymret for et barn og melder til barnevernet."
        }],
        "nextCursor": null
    })))
)]
#[get("/workflows")]
async fn list_workflows(
    _reader: Scoped<ReadWorkflows>,
    request: HttpRequest,
    query: Query<WorkflowsQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let after = query
        .0
        .cursor
        .as_ref()
        .map(Cursor::position::<(String, u16)>)
        .transpose()?;
    let page = workflows::list(&engine.library, after.as_ref(), query.0.limit.get().into());
    let items = page
        .items
        .iter()
        .map(|definition| WorkflowSummary::new(definition, language.0))
        .collect();
    Ok(Page::new(items, page.next.as_ref().map(Cursor::after)).respond(&request))
}

/// Read a workflow
///
/// The whole definition: who may send and receive, the states and who holds the baton in each, the transitions with what
/// must be said, the limits and the legal bases. A version that is out is never changed.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "getWorkflow",
    params(
        ("id" = String, Path, description = "The workflow's id", example = "concern-report"),
        ("version" = u16, Path, description = "Its version", example = 1)
    ),
    responses(
        (status = 200, description = "The definition", body = WorkflowDefinition, example = json!(example())),
        (status = 404, description = "There is no such definition")
    )
)]
#[get("/workflows/{id}/{version}")]
async fn get_workflow(
    _reader: Scoped<ReadWorkflows>,
    path: web::Path<(String, String)>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let (id, version) = path.into_inner();
    let version = version.parse().map_err(|_not_a_version| Problem::not_found())?;
    let definition = workflows::find(&engine.library, &WorkflowKey { id, version })?;
    Ok(HttpResponse::Ok().json(WorkflowDefinition::of(&definition, language.0)))
}

impl WorkflowSummary {
    fn new(definition: &Definition, language: Language) -> Self {
        Self {
            id: definition.key.id.clone(),
            version: definition.key.version,
            title: definition.title.in_language(language).to_owned(),
            summary: definition.summary.in_language(language).to_owned(),
        }
    }
}

impl WorkflowDefinition {
    /// The definition in the words of one language.
    #[must_use]
    pub fn of(definition: &Definition, language: Language) -> Self {
        let kinds = |kinds: &[AgencyKind]| kinds.iter().map(|kind| WorkflowCode::of(*kind, language)).collect();
        let basis = |code: &LegalBasisCode| WorkflowBasis {
            code: *code,
            title: code.title(language),
            legal_ref: code.reference(),
        };
        let WorkflowSummary {
            id,
            version,
            title,
            summary,
        } = WorkflowSummary::new(definition, language);
        Self {
            id,
            version,
            title,
            summary,
            senders: kinds(&definition.senders),
            receivers: kinds(&definition.receivers),
            eligibility: WorkflowEligibility {
                min_age: definition.eligibility.min_age,
                max_age: definition.eligibility.max_age,
            },
            legal_bases: definition.legal_bases.iter().map(basis).collect(),
            states: definition
                .states
                .iter()
                .map(|state| WorkflowState::of(state, definition, language))
                .collect(),
            transitions: definition
                .transitions
                .iter()
                .map(|one| WorkflowTransition::of(one, language))
                .collect(),
            clocks: definition
                .clocks
                .iter()
                .map(|rule| WorkflowClock::of(rule, language))
                .collect(),
        }
    }
}

impl WorkflowCode {
    fn of<C: Code>(code: C, language: Language) -> Self {
        Self {
            code: code.as_str(),
            title: code.title(language),
        }
    }
}

impl WorkflowState {
    fn of(state: &State, definition: &Definition, language: Language) -> Self {
        let runs_here = definition
            .clocks
            .iter()
            .filter(|clock| clock.runs_in.contains(&state.id));
        Self {
            id: state.id.clone(),
            core: state.core,
            title: state.title.in_language(language).to_owned(),
            holder: state.holder,
            clocks: runs_here.map(|clock| clock.id.clone()).collect(),
        }
    }
}

impl WorkflowTransition {
    fn of(transition: &Transition, language: Language) -> Self {
        let notices = transition.notices.iter().map(|rule| WorkflowNotice {
            to: rule.to,
            notice: rule.notice,
            title: rule.notice.title(language),
        });
        Self {
            action: transition.action,
            title: transition.action.title(language),
            from: transition.from.clone(),
            to: transition.to.clone(),
            resumes: transition.resumes,
            undo: transition.undo,
            opens: transition.opens.clone(),
            party: transition.party,
            roles: transition
                .roles
                .iter()
                .map(|role: &Role| WorkflowCode::of(*role, language))
                .collect(),
            input: definition::schema(&transition.input, language),
            guards: transition.guards.clone(),
            notices: notices.collect(),
        }
    }
}

impl WorkflowClock {
    fn of(rule: &ClockRule, language: Language) -> Self {
        Self {
            id: rule.id.clone(),
            title: rule.title.in_language(language).to_owned(),
            limit: WorkflowLimits::of(&rule.limit, language),
            runs_in: rule.runs_in.clone(),
            pauses_in: rule.pauses_in.clone(),
            met_by: rule.met_by.clone(),
            while_disputed: rule.while_disputed,
            counts_from: rule.counts_from.clone(),
            warn_percent: rule.warn_percent,
            legal_ref: rule.legal_ref.clone(),
            escalation: rule.escalation.clone(),
        }
    }
}

impl WorkflowLimits {
    fn of(limits: &LimitByUrgency, language: Language) -> Self {
        let limit = |limit: Limit| WorkflowLimit {
            amount: limit.amount(),
            unit: unit(limit.unit()),
            text: limit.text(language),
        };
        Self {
            emergency: limit(limits.emergency),
            urgent: limit(limits.urgent),
            routine: limit(limits.routine),
        }
    }
}

const fn unit(unit: LimitUnit) -> &'static str {
    match unit {
        LimitUnit::Hours => "hours",
        LimitUnit::Days => "days",
        LimitUnit::Weeks => "weeks",
        LimitUnit::Months => "months",
        LimitUnit::WorkingDays => "working-days",
    }
}

/// A definition cut short.
fn example() -> Value {
    json!({
        "id": "concern-report",
        "version": 1,
        "title": "Bekymringsmelding",
        "summary": "Noen er bekymret for et barn og melder til barnevernet.",
        "senders": [{ "code": "outreach", "title": "oppsøkende tjeneste" }],
        "receivers": [{ "code": "child-welfare", "title": "barnevern" }],
        "eligibility": { "minAge": null, "maxAge": 25 },
        "legalBases": [{
            "code": "duty-to-report",
            "title": "meldeplikt",
            "legalRef": "bvl § 13-2; hpl § 33; sosialtjl § 45"
        }],
        "states": [{
            "id": "screening",
            "core": "accepted",
            "title": "Til gjennomgang",
            "holder": "receiver",
            "clocks": ["review", "feedback"]
        }],
        "transitions": [{
            "action": "accept",
            "title": "Aksepter",
            "from": ["sent", "acknowledged", "info-requested"],
            "to": "screening",
            "opens": null,
            "party": "receiver",
            "roles": [{ "code": "worker", "title": "saksbehandler" }],
            "input": {
                "type": "object",
                "properties": { "assignee": { "type": "string", "title": "Saksbehandler", "format": "person" } },
                "required": [],
                "additionalProperties": false
            },
            "guards": [],
            "notices": [{ "to": "sender", "notice": "accepted", "title": "akseptert" }]
        }],
        "clocks": [{
            "id": "review",
            "title": "Gjennomgang av meldingen",
            "limit": {
                "emergency": { "amount": 1, "unit": "hours", "text": "1 time" },
                "urgent": { "amount": 1, "unit": "weeks", "text": "1 uke" },
                "routine": { "amount": 1, "unit": "weeks", "text": "1 uke" }
            },
            "runsIn": ["sent", "acknowledged", "info-requested", "screening"],
            "countsFrom": null,
            "warnPercent": 75,
            "legalRef": "bvl § 2-1",
            "escalation": ["holder-unit", "holder-lead", "sender-lead", "coordinator"]
        }]
    })
}

#[cfg(test)]
mod tests {
    use stafett_workflow::definition::builtin;

    use super::*;

    #[test]
    fn a_definition_is_told_in_both_languages() {
        let library = builtin().unwrap();
        let definition = library.newest("concern-report").unwrap();
        let told = |language| serde_json::to_value(WorkflowDefinition::of(definition, language)).unwrap();
        insta::assert_json_snapshot!("concern-report-nb", told(Language::Nb));
        let english = told(Language::En);
        assert_eq!(english["clocks"][1]["limit"]["urgent"]["text"], "1 week");
        assert_eq!(english["states"][4]["title"], "Under review");
    }

    #[test]
    fn the_example_has_the_form_of_an_answer() {
        fn keys(value: &Value) -> Vec<&String> {
            value.as_object().unwrap().keys().collect()
        }
        let library = builtin().unwrap();
        let told = WorkflowDefinition::of(library.newest("concern-report").unwrap(), Language::Nb);
        let (told, example) = (serde_json::to_value(told).unwrap(), example());
        assert_eq!(keys(&told), keys(&example));
        for list in ["senders", "legalBases", "states", "transitions", "clocks"] {
            assert_eq!(keys(&told[list][0]), keys(&example[list][0]), "{list}");
        }
    }
}
