//! `/workflow-proposals`: definitions of one's own, which one person proposes and another takes into use.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::BASE;
use super::extract::{Deferred, Query, Speaks};
use super::paging::{Cursor, Limit, Page};
use crate::app::definitions::{self as proposals, Answer, Shown};
use crate::app::engine::Engine;
use crate::auth::permission::{ManageDefinitions, Scoped};
use crate::problem::Problem;
use stafett_workflow::vocabulary::Language;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_workflow_proposals)
        .service(propose_workflow)
        .service(get_workflow_proposal)
        .service(answer_workflow_proposal);
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProposalsQuery {
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// A definition that somebody proposes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProposalIn {
    /// The whole file, in the language of workflow definitions (TOML).
    #[schema(min_length = 1)]
    source: String,
}

/// What somebody answers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ProposalAction {
    /// Take it into use; by another person than whoever proposed it.
    Approve,
    /// Do not take it into use; by another person.
    Reject,
    /// Take it back; by whoever proposed it.
    Withdraw,
}

/// An answer to a proposal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProposalAnswer {
    /// One of its `actions`.
    action: ProposalAction,
}

/// What changes for whom.
#[derive(Debug, Serialize, ToSchema)]
struct ProposalChange {
    /// `everybody`, `sender`, `receiver` or `coordinator`.
    #[schema(example = "receiver")]
    concerns: &'static str,
    /// What, as a sentence.
    text: String,
}

/// A definition of one's own.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowProposal {
    id: Uuid,
    /// The workflow's id.
    workflow: String,
    /// Its version.
    version: u16,
    title: String,
    /// `proposed`, `in-use`, `rejected` or `withdrawn`.
    standing: &'static str,
    /// Whether new referrals run on it: from the next start of the servers after it was approved.
    in_force: bool,
    /// Who proposed it; null when a folder of the installation brought it.
    proposed_by: Option<String>,
    proposed_at: DateTime<Utc>,
    /// Who answered.
    answered_by: Option<String>,
    answered_at: Option<DateTime<Utc>>,
    /// The version from which `changes` tell; null for a new workflow.
    changes_from: Option<u16>,
    /// What changes for whom.
    changes: Vec<ProposalChange>,
    /// What the caller may answer now.
    actions: Vec<ProposalAction>,
    /// The whole file; left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

impl WorkflowProposal {
    fn of(shown: &Shown, language: Language, whole: bool) -> Self {
        let kept = &shown.kept;
        let changes = shown.changes.iter().flat_map(|(_, changes)| changes);
        Self {
            id: kept.id,
            workflow: kept.key.id.clone(),
            version: kept.key.version,
            title: shown.definition.title.in_language(language).to_owned(),
            standing: kept.standing.as_str(),
            in_force: shown.in_force,
            proposed_by: shown.proposer.clone(),
            proposed_at: kept.proposed_at,
            answered_by: shown.answerer.clone(),
            answered_at: kept.answered_at,
            changes_from: shown.changes.as_ref().map(|(version, _)| *version),
            changes: changes
                .map(|change| ProposalChange {
                    concerns: change.concerns.as_str(),
                    text: change.text.in_language(language).to_owned(),
                })
                .collect(),
            actions: shown
                .actions
                .iter()
                .map(|answer| match answer {
                    Answer::Approve => ProposalAction::Approve,
                    Answer::Reject => ProposalAction::Reject,
                    Answer::Withdraw => ProposalAction::Withdraw,
                })
                .collect(),
            source: whole.then(|| kept.source.clone()),
        }
    }
}

/// List the definitions of one's own
///
/// Proposed, in use, rejected and withdrawn ones, the newest first. For those who run the installation.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "listWorkflowProposals",
    params(ProposalsQuery),
    responses((status = 200, description = "A page of them", body = Page<WorkflowProposal>,
        example = json!({ "items": [example(false)], "nextCursor": null })))
)]
#[get("/workflow-proposals")]
async fn list_workflow_proposals(
    may: Scoped<ManageDefinitions>,
    request: HttpRequest,
    query: Query<ProposalsQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let before = query.0.cursor.as_ref().map(Cursor::position::<Uuid>).transpose()?;
    let asker = may.asker();
    let page = proposals::list(&engine, asker, before, query.0.limit.get().into()).await?;
    let items = page
        .items
        .iter()
        .map(|shown| WorkflowProposal::of(shown, language.0, false))
        .collect();
    Ok(Page::new(items, page.next.as_ref().map(Cursor::after)).respond(&request))
}

/// Propose a definition
///
/// A new workflow, or the next version of one. The checker looks at it first; each finding stands in `errors` with its line.
/// It is taken into use when another person has approved it.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "proposeWorkflow",
    request_body(content = ProposalIn, example = json!({ "source": "id = \"escort-request\"\nversion = 1\n…" })),
    responses(
        (status = 201, description = "Proposed", body = WorkflowProposal, example = json!(example(true))),
        (status = 409, description = "This version is proposed or in use already"),
        (status = 422, description = "It could lose a referral; `errors` tells how")
    )
)]
#[post("/workflow-proposals")]
async fn propose_workflow(
    may: Scoped<ManageDefinitions>,
    engine: web::Data<Engine>,
    language: Speaks,
    body: Deferred<ProposalIn>,
) -> Result<HttpResponse, Problem> {
    let asker = may.asker();
    let shown = proposals::propose(&engine, asker, &body?.0.source).await?;
    Ok(HttpResponse::Created()
        .insert_header(("Location", format!("{BASE}/workflow-proposals/{}", shown.kept.id)))
        .json(WorkflowProposal::of(&shown, language.0, true)))
}

/// Read a definition of one's own
///
/// The whole file, and what changes for whom from the version before.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "getWorkflowProposal",
    params(("id" = Uuid, Path, description = "The proposal's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001")),
    responses(
        (status = 200, description = "The proposal", body = WorkflowProposal, example = json!(example(true))),
        (status = 404, description = "There is no such proposal")
    )
)]
#[get("/workflow-proposals/{id}")]
async fn get_workflow_proposal(
    may: Scoped<ManageDefinitions>,
    path: web::Path<String>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let asker = may.asker();
    let shown = proposals::find(&engine, asker, id(&path)?).await?;
    Ok(HttpResponse::Ok().json(WorkflowProposal::of(&shown, language.0, true)))
}

/// Answer a proposal
///
/// `approve` and `reject` are another person's, `withdraw` is the proposer's. What is approved is never changed again, and
/// counts for new referrals from the next start of the servers; running ones stay on their version.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "answerWorkflowProposal",
    params(("id" = Uuid, Path, description = "The proposal's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001")),
    request_body(content = ProposalAnswer, example = json!({ "action": "approve" })),
    responses(
        (status = 200, description = "As it now stands", body = WorkflowProposal, example = json!(example(true))),
        (status = 403, description = "Not theirs to answer"),
        (status = 404, description = "There is no such proposal"),
        (status = 409, description = "It has been answered"),
        (status = 422, description = "The action is none, or the definition is no longer sound")
    )
)]
#[post("/workflow-proposals/{id}/transitions")]
async fn answer_workflow_proposal(
    may: Scoped<ManageDefinitions>,
    path: web::Path<String>,
    engine: web::Data<Engine>,
    language: Speaks,
    body: Deferred<ProposalAnswer>,
) -> Result<HttpResponse, Problem> {
    let asker = may.asker();
    let id = id(&path)?;
    let body = match body {
        Ok(body) => body.0,
        Err(problem) => {
            proposals::find(&engine, asker, id).await?;
            return Err(problem);
        }
    };
    let answer = match body.action {
        ProposalAction::Approve => Answer::Approve,
        ProposalAction::Reject => Answer::Reject,
        ProposalAction::Withdraw => Answer::Withdraw,
    };
    let shown = proposals::answer(&engine, asker, id, answer).await?;
    Ok(HttpResponse::Ok().json(WorkflowProposal::of(&shown, language.0, true)))
}

fn id(written: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(written).map_err(|_not_an_id| Problem::not_found())
}

fn example(whole: bool) -> Value {
    let mut example = json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001",
        "workflow": "notification",
        "version": 2,
        "title": "Varsel",
        "standing": "proposed",
        "inForce": false,
        "proposedBy": "Kari Nordmann",
        "proposedAt": "2026-11-24T09:00:00Z",
        "answeredBy": null,
        "answeredAt": null,
        "changesFrom": 1,
        "changes": [{
            "concerns": "receiver",
            "text": "Fristen «Bekreft mottatt» er 2 timer når det er haster, mot før 4 timer."
        }],
        "actions": ["approve", "reject"]
    });
    if whole {
        let source = json!("id = \"notification\"\nversion = 2\n…");
        if let Some(fields) = example.as_object_mut() {
            fields.insert("source".to_owned(), source);
        }
    }
    example
}
