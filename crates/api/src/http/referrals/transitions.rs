//! `POST /referrals/{id}/transitions`: take an action.

use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stafett_workflow::Command;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{Action, Code};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::output::ReferralOut;
use super::{examples, name, respond, shown};
use crate::app::engine::Engine;
use crate::app::referrals::View;
use crate::app::referrals::transition::{self, Target};
use crate::auth::permission::{Scoped, TransitionReferral};
use crate::http::envelope::{Envelope, in_order};
use crate::http::extract::{Deferred, Speaks, typed};
use crate::http::schema;
use crate::problem::{ErrorCode, Problem};

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(transition_referral);
}

/// An action with what it asks for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TransitionIn {
    /// One of the referral's `actions`.
    #[schema(example = "accept")]
    action: String,
    /// What the action asks for; its schema stands beside the action.
    #[serde(default)]
    #[schema(schema_with = schema::any_object)]
    input: Map<String, Value>,
    /// A free remark.
    #[schema(max_length = 4_000)]
    note: Option<String>,
}

/// Take an action
///
/// What may be done now stands in the referral's `actions`. Refusals come in a fixed order: not found, wrong version, not
/// yours, not now, wrong input.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "transitionReferral",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M"),
        ("If-Match" = String, Header, description = "The version on which it was decided", example = "\"1\""),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(
        content = TransitionIn,
        examples(
            ("accept" = (value = json!({ "action": "accept", "input": { "assignee": "me" } }))),
            ("decline" = (value = json!({
                "action": "decline", "input": { "code": "outside-district", "reason": "Bor på Sagene" }
            }))),
            ("complete" = (value = json!({
                "action": "complete", "input": { "outcome": "service-delivered", "text": "Fikk plass i natt" }
            })))
        )
    ),
    responses(
        (status = 200, description = "The referral as it now stands", body = ReferralOut, example = json!(examples::referral())),
        (status = 403, description = "Not the caller's to do"),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 409, description = "Not possible now"),
        (status = 412, description = "Somebody has decided something else meanwhile"),
        (status = 422, description = "The input is not right"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[post("/referrals/{id}/transitions")]
async fn transition_referral(
    path: web::Path<String>,
    may: Scoped<TransitionReferral>,
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
        action = body
            .0
            .get("action")
            .and_then(Value::as_str)
            .and_then(|action| action.parse().ok());
        let body: TransitionIn = typed(body.0)?;
        Ok((envelope.repeatable(&body), body.parse()?))
    });
    let earlier = transition::precheck(&engine, &may.caller.actor, &target, action);
    let (repeatable, command) = in_order(parsed, earlier).await?;
    let render = |view: &View| shown(view, language.0);
    let done = transition::transition(&engine, may.asker(), &target, &command, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

impl TransitionIn {
    fn parse(self) -> Result<Command, Problem> {
        let action: Action = self.action.parse().map_err(|_unknown| {
            let all = Action::ALL
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
        Ok(Command {
            action,
            input: self.input,
            note: self.note,
        })
    }
}
