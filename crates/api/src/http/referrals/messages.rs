//! `/referrals/{id}/messages`: questions, answers and messages.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::idempotency::Answer;
use stafett_workflow::vocabulary::Language;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::output::{AgencyOut, PersonRef, in_words};
use super::{name, respond};
use crate::app::engine::Engine;
use crate::app::referrals::message::{self, Message};
use crate::app::referrals::view::Names;
use crate::auth::permission::{PostMessage, ReadMessages, Scoped};
use crate::http::envelope::{Envelope, in_order, json};
use crate::http::extract::{Deferred, Speaks};
use crate::http::paging::Page;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_referral_messages).service(post_referral_message);
}

/// A message to the other side.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MessageIn {
    /// What to say.
    #[schema(min_length = 1, max_length = 4_000)]
    text: String,
}

/// What was said.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MessageOut {
    id: Uuid,
    /// `message`, `question`, `answer` or `advice`.
    kind: &'static str,
    at: DateTime<Utc>,
    author: Option<PersonRef>,
    agency: Option<AgencyOut>,
    text: String,
}

impl MessageOut {
    fn of(message: &Message, names: &Names, language: Language) -> Self {
        Self {
            id: message.id,
            kind: message.kind.as_str(),
            at: message.at,
            author: message.by.map(|by| PersonRef::of(by.user, names)),
            agency: message.by.map(|by| AgencyOut::of(by.agency, names)),
            text: in_words(message.text.as_deref(), language),
        }
    }
}

/// Read messages
///
/// Everything that was said about the referral, the oldest first.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "listReferralMessages",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M")
    ),
    responses((status = 200, description = "All messages", body = Page<MessageOut>, example = json!({
        "items": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0010",
            "kind": "question",
            "at": "2026-11-24T01:10:00Z",
            "author": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b02", "name": "Ola Vik" },
            "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "barnevernvakten", "name": "Barnevernvakten" },
            "text": "Hvor er hun nå?"
        }],
        "nextCursor": null
    })))
)]
#[get("/referrals/{id}/messages")]
async fn list_referral_messages(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReadMessages>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (messages, names) = message::list(&engine, may.asker(), &may.scope, name(&path)?).await?;
    let items: Vec<_> = messages
        .iter()
        .map(|message| MessageOut::of(message, &names, language.0))
        .collect();
    Ok(Page::at(items, None).respond(&request))
}

/// Write a message
///
/// To the other side of the current hand-off. Nothing moves and no version changes; the other side hears of it by mail.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "postReferralMessage",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = MessageIn, example = json!({ "text": "Hun sitter hos oss nå." })),
    responses(
        (status = 201, description = "Stored", body = MessageOut, example = json!({
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0011",
            "kind": "message",
            "at": "2026-11-24T01:12:00Z",
            "author": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01", "name": "Kari Nordby" },
            "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
            "text": "Hun sitter hos oss nå."
        })),
        (status = 403, description = "The caller is not a party now"),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[post("/referrals/{id}/messages")]
async fn post_referral_message(
    path: web::Path<String>,
    may: Scoped<PostMessage>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<MessageIn>,
) -> Result<HttpResponse, Problem> {
    let name = name(&path)?;
    let earlier = message::precheck(&engine, &may.caller.actor, &may.scope, name);
    let body = in_order(body, earlier).await?.0;
    let render = |message: &Message, names: &Names| Answer {
        status: StatusCode::CREATED.as_u16(),
        etag: None,
        location: None,
        body: Some(json(&MessageOut::of(message, names, language.0))),
    };
    let repeatable = envelope.repeatable(&body);
    let done = message::post(
        &engine,
        may.asker(),
        &may.scope,
        name,
        &body.text,
        repeatable.as_ref(),
        &render,
    )
    .await?;
    Ok(respond(done, |(message, names)| render(message, names)))
}
