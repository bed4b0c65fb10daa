//! `/workflows`: the definitions, in words and as data.

mod output;

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use serde_json::{Value, json};
use stafett_workflow::diagram;
use stafett_workflow::referral::WorkflowKey;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::extract::{Query, Speaks};
use super::paging::{Cursor, Limit, Page};
use crate::app::engine::Engine;
use crate::app::workflows;
use crate::auth::permission::{ReadWorkflows, Scoped};
use crate::problem::Problem;
pub use output::WorkflowDefinition;
use output::{WorkflowCheck, WorkflowSummary};

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_workflows)
        .service(get_workflow)
        .service(get_workflow_checks)
        .service(get_workflow_diagram);
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WorkflowsQuery {
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
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

/// Read what a workflow was checked for
///
/// What holds for every path through the definition, looked at anew. A definition with a finding is not taken into use.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "getWorkflowChecks",
    params(
        ("id" = String, Path, description = "The workflow's id", example = "concern-report"),
        ("version" = u16, Path, description = "Its version", example = 1)
    ),
    responses(
        (status = 200, description = "Every property", body = Page<WorkflowCheck>, example = json!({
            "items": [{
                "property": "reachability",
                "statement": "Hvert steg kan nås, og fra hvert steg går det en vei til en avslutning.",
                "holds": true,
                "findings": []
            }],
            "nextCursor": null
        })),
        (status = 404, description = "There is no such definition")
    )
)]
#[get("/workflows/{id}/{version}/checks")]
async fn get_workflow_checks(
    _reader: Scoped<ReadWorkflows>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let (id, version) = path.into_inner();
    let version = version.parse().map_err(|_not_a_version| Problem::not_found())?;
    let definition = workflows::find(&engine.library, &WorkflowKey { id, version })?;
    let proofs = definition.proofs();
    let items = proofs.into_iter().map(|proof| WorkflowCheck::of(proof, language.0));
    Ok(Page::at(items.collect(), None).respond(&request))
}

/// Read a workflow as a picture
///
/// The steps, who has the baton in each, the limits, and what leads where; for a phone as for a desk, light or dark. The same
/// in words stands in its description.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "getWorkflowDiagram",
    params(
        ("id" = String, Path, description = "The workflow's id", example = "concern-report"),
        ("version" = u16, Path, description = "Its version", example = 1)
    ),
    responses(
        (status = 200, description = "The picture", body = String, content_type = "image/svg+xml", example = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 420 900\"></svg>"),
        (status = 404, description = "There is no such definition")
    )
)]
#[get("/workflows/{id}/{version}/diagram.svg")]
async fn get_workflow_diagram(
    _reader: Scoped<ReadWorkflows>,
    path: web::Path<(String, String)>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let (id, version) = path.into_inner();
    let version = version.parse().map_err(|_not_a_version| Problem::not_found())?;
    let definition = workflows::find(&engine.library, &WorkflowKey { id, version })?;
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml; charset=utf-8")
        .body(diagram::svg(&definition, language.0)))
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
        "eligibility": { "minAge": null, "maxAge": 25, "municipalities": [], "districts": [], "residence": [] },
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
            "resumes": false,
            "undo": true,
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
            "agreed": null,
            "limit": {
                "emergency": { "amount": 1, "unit": "hours", "text": "1 time" },
                "urgent": { "amount": 1, "unit": "weeks", "text": "1 uke" },
                "routine": { "amount": 1, "unit": "weeks", "text": "1 uke" }
            },
            "runsIn": ["sent", "acknowledged", "info-requested", "screening"],
            "pausesIn": [],
            "metBy": [],
            "whileDisputed": false,
            "countsFrom": null,
            "warnPercent": 75,
            "legalRef": "bvl § 2-1", "validFrom": null, "validTo": null,
            "escalation": ["receiver-unit", "receiver-lead", "sender-unit", "sender-lead", "coordinator"],
            "escalateEvery": {
                "emergency": { "amount": 1, "unit": "hours", "text": "1 time" },
                "urgent": { "amount": 4, "unit": "hours", "text": "4 timer" },
                "routine": { "amount": 1, "unit": "working-days", "text": "1 virkedag" }
            },
            "remindEvery": {
                "emergency": { "amount": 12, "unit": "hours", "text": "12 timer" },
                "urgent": { "amount": 24, "unit": "hours", "text": "24 timer" },
                "routine": { "amount": 1, "unit": "weeks", "text": "1 uke" }
            }
        }]
    })
}

#[cfg(test)]
mod tests {
    use stafett_workflow::definition::builtin;
    use stafett_workflow::vocabulary::Language;

    use super::*;

    #[test]
    fn a_definition_is_told_in_both_languages() {
        let library = builtin().unwrap();
        let definition = library.newest("concern-report").unwrap();
        let told = |language| serde_json::to_value(WorkflowDefinition::of(definition, language)).unwrap();
        insta::assert_json_snapshot!("concern-report-nb", told(Language::Nb));
        let english = told(Language::En);
        assert_eq!(english["clocks"][2]["limit"]["urgent"]["text"], "1 week");
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
