//! `POST /referrals/bulk`: assign or forward several.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stafett_store::idempotency::Answer;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Action;
use stafett_workflow::{Command, Referral};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::respond;
use crate::app::engine::Engine;
use crate::app::referrals::bulk::{self, Bulk, Done, Item};
use crate::auth::permission::{Scoped, TransitionMany};
use crate::config::PublicUrl;
use crate::http::envelope::{Envelope, json as text};
use crate::http::extract::{Json, Speaks};
use crate::http::schema;
use crate::problem::{ErrorCode, Problem};
use crate::telemetry;

/// At most so many in one request.
const MOST: usize = 100;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(transition_referrals);
}

/// What is to be done with which.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BulkIn {
    /// `assign` or `forward`. Whoever accepts or declines looks at each.
    #[schema(example = "assign")]
    action: String,
    /// What the action asks for, the same for all.
    #[serde(default)]
    #[schema(schema_with = schema::any_object)]
    input: Map<String, Value>,
    /// 1 to 100 referrals.
    items: Vec<BulkItem>,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BulkItem {
    /// Id or reference.
    #[schema(example = "K7QF-2M")]
    id: String,
    /// The version on which it was decided.
    #[schema(minimum = 1)]
    version: u32,
}

/// What has become of each, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BulkOut {
    items: Vec<VerdictOut>,
    /// How many were done.
    done: usize,
    /// How many were refused.
    refused: usize,
}

/// What has become of one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VerdictOut {
    /// As the request named it.
    id: String,
    /// The status that a request for this one alone would have.
    status: u16,
    /// As it now stands, when it was done.
    referral: Option<Brief>,
    /// Why not, when it was refused: an RFC 9457 problem.
    #[schema(schema_with = schema::nullable::any_object)]
    problem: Option<Value>,
}

/// The least of a referral.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Brief {
    id: Uuid,
    reference: String,
    /// Of the referral.
    state: String,
    /// Of the hand-off that counts now.
    handoff_state: Option<String>,
    /// The version now.
    version: u32,
}

/// Assign or forward several
///
/// Each referral is decided and stored for itself and has its own verdict; one that is refused does not hold the others
/// back. With an `Idempotency-Key` a repeated request finishes what was begun and does nothing twice.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "transitionReferrals",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")),
    request_body(content = BulkIn, examples(
        ("assign" = (value = json!({ "action": "assign", "input": { "person": "me" }, "items": [{ "id": "K7QF-2M", "version": 2 }] }))),
        ("forward" = (value = json!({
            "action": "forward",
            "input": { "receiver": "bydel-sagene", "reason": "Bor på Sagene" },
            "items": [{ "id": "K7QF-2M", "version": 2 }]
        })))
    )),
    responses(
        (status = 200, description = "A verdict on each", body = BulkOut, example = json!({
            "items": [
                { "id": "K7QF-2M", "status": 200, "problem": null, "referral": {
                    "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001", "reference": "K7QF-2M", "state": "active",
                    "handoffState": "acknowledged", "version": 3
                } },
                { "id": "M3XW-71", "status": 412, "referral": null, "problem": {
                    "type": "https://stafett.example.no/docs/errors/stale-version", "title": "Somebody else has changed this",
                    "status": 412, "detail": "…", "instance": "/api/v1/referrals/bulk", "code": "stale-version"
                } }
            ],
            "done": 1,
            "refused": 1
        })),
        (status = 403, description = "The caller does no casework"),
        (status = 422, description = "The request itself is not right; nothing was done")
    )
)]
#[post("/referrals/bulk")]
async fn transition_referrals(
    request: HttpRequest,
    may: Scoped<TransitionMany>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    public_url: web::Data<PublicUrl>,
    body: Json<BulkIn>,
) -> Result<HttpResponse, Problem> {
    let repeatable = envelope.repeatable(&body.0);
    let (command, items) = body.0.parse()?;
    let docs = format!("{}/docs/errors/", public_url.as_str());
    let path = request.path().to_owned();
    let render = |item: &Item, done: Done| {
        let verdict = match done {
            Ok(referral) => VerdictOut::done(item, &referral),
            Err(error) => {
                let problem = Problem::from(error);
                telemetry::log_problem(&request, &problem);
                let body = problem.body(language.0, &docs, &path, may.asker().request_id);
                VerdictOut::refused(item, problem.status(), body)
            }
        };
        Answer {
            status: verdict.status,
            etag: None,
            location: None,
            body: Some(text(&verdict)),
        }
    };
    let bulk = Bulk {
        command: &command,
        items: &items,
        scope: &may.scope,
    };
    let done = bulk::transition(&engine, may.asker(), &bulk, repeatable.as_ref(), &render, &together).await?;
    Ok(respond(done, Answer::clone))
}

/// The verdicts as one answer; each was written by us, so each can be read again.
fn together(verdicts: Vec<Answer>) -> Answer {
    let items: Vec<VerdictOut> = verdicts
        .iter()
        .filter_map(|verdict| serde_json::from_str(verdict.body.as_deref()?).ok())
        .collect();
    let done = items.iter().filter(|item| item.referral.is_some()).count();
    let refused = items.len() - done;
    Answer {
        status: StatusCode::OK.as_u16(),
        etag: None,
        location: None,
        body: Some(text(&BulkOut { items, done, refused })),
    }
}

impl BulkIn {
    fn parse(self) -> Result<(Command, Vec<Item>), Problem> {
        let mut faults = Vec::new();
        let action = self.action.parse::<Action>().ok();
        let action = action.filter(|action| matches!(action, Action::Assign | Action::Forward));
        if action.is_none() {
            faults.push(FieldError::new(
                "/action",
                "unknown-code",
                "Velg assign eller forward. Å akseptere eller avslå gjøres for hver enkelt.",
                "Choose assign or forward. Accepting or declining is done one by one.",
            ));
        }
        if !(1..=MOST).contains(&self.items.len()) {
            faults.push(FieldError::new(
                "/items",
                "invalid-value",
                format!("Ta med fra 1 til {MOST} formidlinger."),
                format!("Name 1 to {MOST} referrals."),
            ));
        }
        let Some(action) = action.filter(|_| faults.is_empty()) else {
            return Err(Problem::new(ErrorCode::InvalidInput).with_errors(faults));
        };
        let command = Command {
            action,
            input: self.input,
            note: None,
        };
        let items = self.items.into_iter().map(|item| Item {
            name: item.id,
            version: item.version,
        });
        Ok((command, items.collect()))
    }
}

impl VerdictOut {
    fn done(item: &Item, referral: &Referral) -> Self {
        let brief = Brief {
            id: referral.id.0,
            reference: referral.reference.to_string(),
            state: referral.state.as_str().to_owned(),
            handoff_state: referral
                .current_handoff()
                .map(|handoff| handoff.state.as_str().to_owned()),
            version: referral.version,
        };
        Self {
            id: item.name.clone(),
            status: StatusCode::OK.as_u16(),
            referral: Some(brief),
            problem: None,
        }
    }

    fn refused(item: &Item, status: StatusCode, problem: Value) -> Self {
        Self {
            id: item.name.clone(),
            status: status.as_u16(),
            referral: None,
            problem: Some(problem),
        }
    }
}
