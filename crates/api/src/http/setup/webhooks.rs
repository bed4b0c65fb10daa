//! `/webhooks`: the addresses of units' own systems.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_store::webhooks::Delivery;
use stafett_workflow::vocabulary::Notice;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::app::engine::Engine;
use crate::app::setup::webhooks::{self as setup, ChangedWebhook, NewWebhook, Told};
use crate::auth::permission::{ManageWebhooks, Scoped};
use crate::http::envelope::in_order;
use crate::http::extract::{Deferred, IfMatch, Json, Query};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::output::AgencyOut;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_webhooks)
        .service(create_webhook)
        .service(get_webhook)
        .service(change_webhook)
        .service(delete_webhook)
        .service(list_webhook_deliveries)
        .service(replay_webhook_delivery);
}

/// A webhook as somebody enters it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WebhookIn {
    /// Whose it is, by slug or id.
    agency: String,
    /// Where it lies: https, and to be reached from outside.
    url: String,
    /// Of which notices it is told; left out: of everything that the unit's mailbox is told.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    notices: Vec<Notice>,
    /// Whether it leads to whoever is on call, such as a gateway for text messages: told of emergencies only, at once.
    #[serde(default)]
    on_call: bool,
}

/// What is changed of a webhook; what is left out stays.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WebhookChange {
    url: Option<String>,
    #[schema(value_type = Option<Vec<String>>)]
    notices: Option<Vec<Notice>>,
    /// `true` switches it on again, and what did not arrive is sent.
    enabled: Option<bool>,
    /// `true` makes new secrets; the old ones sign beside them for a day.
    #[serde(default)]
    rotate_secret: bool,
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WebhookOut {
    id: Uuid,
    agency: AgencyOut,
    url: String,
    #[schema(value_type = Vec<String>)]
    notices: Vec<Notice>,
    on_call: bool,
    enabled: bool,
    /// Why it is told no more.
    disabled_because: Option<String>,
    disabled_at: Option<DateTime<Utc>>,
    /// Since when nothing arrives; after five days it is switched off and the unit's lead told.
    failing_since: Option<DateTime<Utc>>,
    /// What the receiver checks the `v1` signature with; only in the answer in which it is new.
    secret: Option<String>,
    /// What anybody checks the `v1a` signature with.
    #[schema(example = "whpk_…")]
    public_key: String,
    created_at: DateTime<Utc>,
    version: u32,
}

/// What became of one telling.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WebhookDelivery {
    /// The `webhook-id`; the same at every attempt.
    id: Uuid,
    #[schema(example = "new-referral")]
    notice: Option<String>,
    #[schema(example = "K7QF-2M")]
    reference: String,
    attempts: u32,
    /// When it is tried next; null once it has arrived.
    next_attempt_at: Option<DateTime<Utc>>,
    /// What the receiver answered last.
    status_code: Option<u16>,
    last_error: Option<String>,
    created_at: DateTime<Utc>,
    delivered_at: Option<DateTime<Utc>>,
}

/// What was taken out.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookGone {
    id: Uuid,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeliveryParams {
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// List webhooks
///
/// Those of the agencies that you administer.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "listWebhooks",
    responses((status = 200, description = "All of them", body = Page<WebhookOut>,
        example = json!({ "items": [example(false)], "nextCursor": null })))
)]
#[get("/webhooks")]
async fn list_webhooks(
    request: HttpRequest,
    may: Scoped<ManageWebhooks>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let told = setup::list(&engine, may.authority()).await?;
    let items: Vec<_> = told.iter().map(|told| WebhookOut::of(told, false)).collect();
    Ok(Page::at(items, None).respond(&request))
}

/// Enter a webhook
///
/// By [Standard Webhooks](https://www.standardwebhooks.com): thin, signed with a shared secret (`v1`) and with a key of ours (`v1a`),
/// tried again without end. An address that leads into a private network is refused, and no redirect is followed.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "createWebhook",
    request_body(content = WebhookIn, example = json!({
        "agency": "barnevernvakten", "url": "https://fagsystem.example.org/stafett", "notices": ["new-referral", "forwarded-to-you"],
        "onCall": false
    })),
    responses(
        (status = 201, description = "Entered; the secret is shown this once", body = WebhookOut, example = json!(example(true))),
        (status = 403, description = "Not an agency that you administer"),
        (status = 404, description = "There is no such agency"),
        (status = 422, description = "An address that cannot be")
    )
)]
#[post("/webhooks")]
async fn create_webhook(
    may: Scoped<ManageWebhooks>,
    engine: web::Data<Engine>,
    body: Json<WebhookIn>,
) -> Result<HttpResponse, Problem> {
    let new = NewWebhook {
        agency: body.0.agency,
        url: body.0.url,
        notices: body.0.notices,
        on_call: body.0.on_call,
    };
    let told = setup::create(&engine, may.authority(), new).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/webhooks/{}", told.webhook.id)))
        .insert_header((header::ETAG, format!("\"{}\"", told.webhook.version)))
        .json(WebhookOut::of(&told, true)))
}

/// Read a webhook
#[utoipa::path(
    tag = "Delivery",
    operation_id = "getWebhook",
    params(("id" = Uuid, Path, description = "Its id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9a01")),
    responses(
        (status = 200, description = "The webhook", body = WebhookOut, example = json!(example(false))),
        (status = 404, description = "There is none that you administer")
    )
)]
#[get("/webhooks/{id}")]
async fn get_webhook(
    path: web::Path<String>,
    may: Scoped<ManageWebhooks>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let told = setup::read(&engine, may.authority(), id(&path)?).await?;
    Ok(respond(&told, false))
}

/// Change a webhook
///
/// Another address, other notices, on or off, or new secrets.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "changeWebhook",
    params(
        ("id" = Uuid, Path, description = "Its id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9a01"),
        ("If-Match" = String, Header, description = "Its version", example = "\"1\"")
    ),
    request_body(content = WebhookChange, example = json!({ "enabled": true })),
    responses(
        (status = 200, description = "As it stands now; a new secret is shown this once", body = WebhookOut, example = json!(example(false))),
        (status = 404, description = "There is none that you administer"),
        (status = 412, description = "Somebody has changed it meanwhile"),
        (status = 422, description = "An address that cannot be"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[patch("/webhooks/{id}")]
async fn change_webhook(
    path: web::Path<String>,
    may: Scoped<ManageWebhooks>,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<WebhookChange>,
) -> Result<HttpResponse, Problem> {
    let id = id(&path)?;
    let earlier = async {
        let told = setup::read(&engine, may.authority(), id).await?;
        version.0.check_at(format!("webhooks/{id}"), told.webhook.version)
    };
    let body = in_order(body, earlier).await?.0;
    let rotate = body.rotate_secret;
    let changed = ChangedWebhook {
        url: body.url,
        notices: body.notices,
        enabled: body.enabled,
        rotate,
    };
    let told = setup::change(&engine, may.authority(), id, &version.0, changed).await?;
    Ok(respond(&told, rotate))
}

/// Take a webhook out
#[utoipa::path(
    tag = "Delivery",
    operation_id = "deleteWebhook",
    params(("id" = Uuid, Path, description = "Its id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9a01")),
    responses(
        (status = 200, description = "Taken out", body = WebhookGone, example = json!({ "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9a01" })),
        (status = 404, description = "There is none that you administer")
    )
)]
#[delete("/webhooks/{id}")]
async fn delete_webhook(
    path: web::Path<String>,
    may: Scoped<ManageWebhooks>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let id = id(&path)?;
    setup::delete(&engine, may.authority(), id).await?;
    Ok(HttpResponse::Ok().json(WebhookGone { id }))
}

/// List what became of its tellings
#[utoipa::path(
    tag = "Delivery",
    operation_id = "listWebhookDeliveries",
    params(("id" = Uuid, Path, description = "The webhook's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9a01"), DeliveryParams),
    responses(
        (status = 200, description = "A page, the newest first", body = Page<WebhookDelivery>,
            example = json!({ "items": [delivery_example()], "nextCursor": null })),
        (status = 404, description = "There is none that you administer")
    )
)]
#[get("/webhooks/{id}/deliveries")]
async fn list_webhook_deliveries(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ManageWebhooks>,
    engine: web::Data<Engine>,
    params: Query<DeliveryParams>,
) -> Result<HttpResponse, Problem> {
    let after = params.0.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = params.0.limit.get().into();
    let page = setup::deliveries(&engine, may.authority(), id(&path)?, after, limit).await?;
    let next = page.next.map(|place| Cursor::after(&place));
    let items: Vec<_> = page.items.iter().map(WebhookDelivery::of).collect();
    Ok(Page::new(items, next).respond(&request))
}

/// Tell the same again
///
/// Under the same id, so that a receiver which has it already can tell.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "replayWebhookDelivery",
    params(
        ("id" = Uuid, Path, description = "The webhook's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9a01"),
        ("delivery" = Uuid, Path, description = "The telling's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9b01")
    ),
    responses(
        (status = 200, description = "It is on its way again", body = WebhookGone, example = json!({ "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9b01" })),
        (status = 404, description = "There is none that you administer")
    )
)]
#[post("/webhooks/{id}/deliveries/{delivery}/replay")]
async fn replay_webhook_delivery(
    path: web::Path<(String, String)>,
    may: Scoped<ManageWebhooks>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (webhook, delivery) = (id(&path.0)?, id(&path.1)?);
    setup::replay(&engine, may.authority(), webhook, delivery).await?;
    Ok(HttpResponse::Ok().json(WebhookGone { id: delivery }))
}

fn respond(told: &Told, is_new: bool) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{}\"", told.webhook.version)))
        .json(WebhookOut::of(told, is_new))
}

fn id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_not_an_id| Problem::not_found())
}

impl WebhookOut {
    fn of(told: &Told, is_new: bool) -> Self {
        let webhook = &told.webhook;
        Self {
            id: webhook.id,
            agency: AgencyOut::of(webhook.agency, &told.names),
            url: webhook.url.clone(),
            notices: webhook.notices.clone(),
            on_call: webhook.on_call,
            enabled: webhook.disabled.is_none(),
            disabled_because: webhook.disabled.as_ref().map(|(_, because)| because.clone()),
            disabled_at: webhook.disabled.as_ref().map(|(at, _)| *at),
            failing_since: webhook.failing_since,
            secret: is_new.then(|| told.keys.secret()),
            public_key: told.keys.public(),
            created_at: webhook.created_at,
            version: webhook.version,
        }
    }
}

impl WebhookDelivery {
    fn of(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id,
            notice: delivery.notice.map(|notice| notice.to_string()),
            reference: delivery.reference.clone(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.sent_at.is_none().then_some(delivery.next_attempt_at),
            status_code: delivery.status_code,
            last_error: delivery.last_error.clone(),
            created_at: delivery.created_at,
            delivered_at: delivery.sent_at,
        }
    }
}

fn example(is_new: bool) -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9a01",
        "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "barnevernvakten", "name": "Barnevernvakten" },
        "url": "https://fagsystem.example.org/stafett", "notices": ["new-referral", "forwarded-to-you"], "onCall": false,
        "enabled": true, "disabledBecause": null, "disabledAt": null, "failingSince": null,
        "secret": is_new.then_some("whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="),
        "publicKey": "whpk_/RckOFqgx1tk+3jNYC+h2ZH96/drE8WO1wLrCwW9pxg=",
        "createdAt": "2026-11-24T09:00:00Z", "version": 1
    })
}

fn delivery_example() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9b01", "notice": "new-referral", "reference": "K7QF-2M", "attempts": 2,
        "nextAttemptAt": "2026-11-24T09:00:35Z", "statusCode": 503, "lastError": "answered 503 Service Unavailable",
        "createdAt": "2026-11-24T09:00:00Z", "deliveredAt": null
    })
}
