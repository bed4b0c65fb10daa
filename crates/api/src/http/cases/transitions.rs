//! `POST /cases/{id}/transitions`: who coordinates, and whether there is anything left to coordinate.

use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stafett_workflow::case::CaseCommand;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::CaseAction;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::output::CaseOut;
use super::{examples, name, shown};
use crate::app::cases::CaseView;
use crate::app::cases::change::{self, Change, Target};
use crate::app::engine::Engine;
use crate::auth::permission::{Scoped, TransitionCase};
use crate::http::envelope::{Envelope, in_order};
use crate::http::extract::{Deferred, Speaks, typed};
use crate::http::referrals::respond;
use crate::problem::{ErrorCode, Problem};

/// The actions that are taken here; the others have requests of their own.
const ACTIONS: [CaseAction; 6] = [
    CaseAction::ProposeCoordinator,
    CaseAction::AcceptCoordination,
    CaseAction::DeclineCoordination,
    CaseAction::AssignCoordinator,
    CaseAction::Close,
    CaseAction::Reopen,
];

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(transition_case);
}

/// An action with what it asks for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CaseTransitionIn {
    /// One of the case's `actions`.
    #[schema(example = "propose-coordinator")]
    action: String,
    /// What the action asks for; its schema stands beside the action.
    #[serde(default)]
    input: CaseInput,
}

/// What an action may ask for.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CaseInput {
    /// Who is asked to coordinate, by slug or id: somebody who takes part.
    #[schema(example = "barnevernvakten")]
    agency: Option<String>,
    /// Who coordinates in one's own agency: `me`, or a person's id.
    person: Option<String>,
    /// Why.
    #[schema(max_length = 4_000)]
    reason: Option<String>,
}

/// Take an action on a case
///
/// Somebody always coordinates: whoever is proposed takes over when they accept, and not before. A case can be closed when
/// no referral of it is active that the coordinator may know of.
#[utoipa::path(
    tag = "Cases",
    operation_id = "transitionCase",
    params(
        ("id" = String, Path, description = "Id or reference", example = "S-K7QF-2N"),
        ("If-Match" = String, Header, description = "The version on which it was decided", example = "\"1\""),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(
        content = CaseTransitionIn,
        examples(
            ("propose" = (value = json!({
                "action": "propose-coordinator", "input": { "agency": "barnevernvakten", "reason": "De kjenner henne best" }
            }))),
            ("accept" = (value = json!({ "action": "accept-coordination", "input": { "person": "me" } }))),
            ("close" = (value = json!({ "action": "close", "input": { "reason": "Alle formidlinger er avsluttet" } })))
        )
    ),
    responses(
        (status = 200, description = "The case as it now stands", body = CaseOut, example = json!(examples::case())),
        (status = 403, description = "Not the caller's to do"),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 409, description = "Not possible now"),
        (status = 412, description = "Somebody has decided something else meanwhile"),
        (status = 422, description = "The input is not right"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[post("/cases/{id}/transitions")]
async fn transition_case(
    path: web::Path<String>,
    may: Scoped<TransitionCase>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<Value>,
) -> Result<HttpResponse, Problem> {
    let target = Target {
        name: name(&path)?,
        scope: &may.scope,
        precondition: &envelope.precondition,
    };
    let mut action = None;
    let parsed = body.and_then(|body| {
        action = body.0.get("action").and_then(Value::as_str).and_then(known);
        let body: CaseTransitionIn = typed(body.0)?;
        Ok((envelope.repeatable(&body), Change::Act(body.parse()?)))
    });
    let earlier = change::precheck(&engine, &may.caller.actor, &target, action);
    let (repeatable, wanted) = in_order(parsed, earlier).await?;
    let render = |view: &CaseView| shown(view, language.0);
    let done = change::change(&engine, may.asker(), &target, &wanted, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

/// One of the actions that are taken here.
fn known(action: &str) -> Option<CaseAction> {
    action.parse().ok().filter(|action| ACTIONS.contains(action))
}

impl CaseTransitionIn {
    fn parse(self) -> Result<CaseCommand, Problem> {
        let action = known(&self.action).ok_or_else(|| {
            let all = ACTIONS
                .iter()
                .map(|action| action.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            let field = FieldError::new(
                "/action",
                "unknown-code",
                format!("Velg en av: {all}."),
                format!("Choose one of: {all}."),
            );
            Problem::field(ErrorCode::InvalidInput, field)
        })?;
        Ok(CaseCommand {
            action,
            agency: self.input.agency,
            person: self.input.person,
            reason: self.input.reason,
        })
    }
}
